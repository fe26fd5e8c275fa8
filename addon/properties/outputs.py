"""A clip's outputs: what leaves the shot, each in a format with a value for every option that the format declares.

The formats are declared in the engine (`engine.shot.formats`). An output whose format this version doesn't know keeps its values as they
are. Nothing here can be keyed.
"""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ...engine.shot import DocumentError, MattewrightError, Parameter, Value, formats
from ...engine.shot.outputs import LAST_FRAME
from .. import paths
from ..translations import CONTEXT
from .callbacks import FIELDS, cut, formatted, keep_option_within, option_choices, option_of
from .objects import MatteObject
from .refine import KINDS, default_of, rounded


class OutputObject(bpy.types.PropertyGroup):
    """One object that an output is of."""

    name: StringProperty(name="Name", description="The object's name", maxlen=63)
    target: IntProperty(description="The identity of the object that is meant", options={"HIDDEN"})


class OutputValue(bpy.types.PropertyGroup):
    """One option's value. Which property holds it: `FIELDS[kind]`."""

    name: StringProperty(name="Name", description="The option's name")
    format: StringProperty(name="Format", description="The format that the option is of", options={"HIDDEN"})
    kind: EnumProperty(
        name="Kind",
        description="What kind of value it is",
        # Saved by number, those of a refine step's values: none is used twice.
        items=(
            ("NUMBER", "Number", "A number with decimals", 0),
            ("SWITCH", "Switch", "On or off", 1),
            ("CHOICE", "Choice", "One of the format's own choices", 2),
            ("WHOLE", "Whole Number", "A number without decimals", 3),
            ("COLOR", "Color", "Red, green and blue as displayed", 4),
        ),
        options=set(),
    )
    number: FloatProperty(
        name="Value", description="The format's option, for all frames", precision=3, options=set(), update=keep_option_within
    )
    whole: IntProperty(name="Value", description="The format's option, for all frames", options=set(), update=keep_option_within)
    switch: BoolProperty(name="Value", description="The format's option, for all frames", options=set())
    choice: EnumProperty(
        name="Value",
        description="The format's option, for all frames",
        items=option_choices,
        options=set(),
        translation_context=CONTEXT,
    )
    color: FloatVectorProperty(
        name="Value",
        description="The format's option, for all frames",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        options=set(),
    )


class MatteOutput(bpy.types.PropertyGroup):
    """One deliverable of the shot: what goes where, in which format."""

    name: StringProperty(name="Name", description="What the output is called; its own in the shot, and part of its files' names", maxlen=63)
    format: StringProperty(name="Format", description="The format's name", maxlen=64, update=formatted)
    enabled: BoolProperty(
        name="Enabled", description="Made by an export that names none; off: only where it is asked for", default=True, options=set()
    )
    all_objects: BoolProperty(
        name="All Objects", description="The output is of all objects, also those to come; off: of chosen ones", default=True, options=set()
    )
    objects: CollectionProperty(name="Objects", description="The chosen objects", type=OutputObject)
    content: EnumProperty(
        name="Content",
        description="What of the objects is exported",
        items=(
            ("auto", "Automatic", "The alpha of objects whose matte is switched on, else the mask", 0),
            ("mask", "Masks", "The masks, after the refine chain", 1),
            ("alpha", "Alphas", "The soft alpha that the matte made", 2),
        ),
        default="auto",
        options=set(),
    )
    folder: StringProperty(
        name="Folder",
        description="Where the files go; // is the folder of the .blend",
        subtype="DIR_PATH",
        default="//exports/",
        options=paths.PROPERTY_OPTIONS,
    )
    pattern: StringProperty(
        name="File Names",
        description="Names without the ending, / between folders, with {shot}, {output}, {object}, {frame} or {frame:6}, and {source}, the"
        " footage's file name; empty for the format's usual ones",
        maxlen=255,
    )
    use_range: BoolProperty(name="Own Range", description="Export these frames; off: the shot's range", default=False, options=set())
    first: IntProperty(name="First", description="First scene frame to export", min=0, max=LAST_FRAME, default=1, options=set())
    last: IntProperty(name="Last", description="Last scene frame to export", min=0, max=LAST_FRAME, default=250, options=set())
    values: CollectionProperty(name="Options", description="The format's options", type=OutputValue)


def complete(output: MatteOutput) -> None:
    """Give the output a value for every option that its format declares: those that it has where they fit, else the declared ones.

    Options of another format go; those of a format that this version doesn't know stay.
    """
    declaration = formats().get(output.format)
    if declaration is None:
        return
    before = {value.name: _content(value) for value in output.values}
    wanted = [parameter for parameter in declaration.parameters if parameter.kind in KINDS]
    names = [(parameter.name, KINDS[parameter.kind], output.format) for parameter in wanted]
    if [(value.name, value.kind, value.format) for value in output.values] == names:
        return
    output.values.clear()
    for parameter in wanted:
        value = output.values.add()
        value.name, value.format, value.kind = parameter.name, output.format, KINDS[parameter.kind]
        _put(value, parameter, _fitting(parameter, before.get(parameter.name, parameter.default)))


def copy_output(source: MatteOutput, made: MatteOutput) -> None:
    """Set `made` as `source` is."""
    made.format = source.format
    for name in ("name", "enabled", "all_objects", "content", "folder", "pattern", "use_range", "first", "last"):
        setattr(made, name, getattr(source, name))
    made.objects.clear()
    for one in source.objects:
        chosen = made.objects.add()
        chosen.name, chosen.target = one.name, one.target
    for value in source.values:
        parameter = option_of(value.format, value.name)
        if parameter is not None:
            _put(made.values[value.name], parameter, _content(value))


def choose_object(output: MatteOutput, item: MatteObject) -> None:
    """Make the output of this object too; it goes on being meant when it is renamed."""
    chosen = output.objects.add()
    chosen.name, chosen.target = item.name, item.identity


def set_option(output: MatteOutput, name: str, content: Value) -> None:
    """Set the option `name` of the output's format. Raises MattewrightError for one that the format doesn't have, or a wrong value."""
    parameter = option_of(output.format, name)
    value = output.values.get(name)
    if parameter is None or value is None:
        known = ", ".join(known.name for known in output.values) or "none"
        raise MattewrightError(f"option '{name}': '{output.format}' has none such; its options: {known}")
    _put(value, parameter, parameter.check(content, f"option '{name}'"))


def options_of(output: MatteOutput) -> dict[str, Value]:
    """The options that differ from what the format declares, as the document holds them."""
    found = {}
    for value in output.values:
        parameter, content = option_of(value.format, value.name), _content(value)
        if parameter is None or content != default_of(parameter):
            found[value.name] = content
    return found


def _fitting(parameter: Parameter, content: Value) -> Value:
    try:
        return parameter.check(content, parameter.name)
    except DocumentError:
        return parameter.default


def _put(value: OutputValue, parameter: Parameter, content: Value) -> None:
    if value.kind == "CHOICE":
        value.choice = str(content)
    elif value.kind == "COLOR":
        value.color = content if isinstance(content, tuple | list) else (0.0, 0.0, 0.0)
    elif not isinstance(content, str | tuple | list):
        whole = {"SWITCH": bool(content), "WHOLE": round(content)}
        setattr(value, FIELDS[value.kind], whole.get(value.kind, float(content)))


def _content(value: OutputValue) -> Value:
    """As the document holds it: in the option's range, six digits."""
    parameter = option_of(value.format, value.name)
    if value.kind == "CHOICE":
        chosen = str(value.choice) if value.is_property_set("choice") else ""
        return chosen or (str(parameter.default) if parameter else "")
    if value.kind == "SWITCH":
        return bool(value.switch)
    if value.kind == "COLOR":
        red, green, blue = (rounded(min(max(channel, 0.0), 1.0)) for channel in value.color)
        return red, green, blue
    number = getattr(value, FIELDS[value.kind])
    if parameter is not None:
        number = cut(parameter, number)
    return int(number) if value.kind == "WHOLE" else rounded(number)
