"""An object's threshold chain: ops by name, each with a value for every parameter that its declaration has.

The ops are declared in the engine (`engine.shot.catalogue`); a value's `kind` says which of its properties holds it (`FIELDS`), so that
each can be edited, keyed and driven as what it is. A step whose op this version doesn't know keeps its values as they are.
"""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ...engine.shot import KeyedValue, Parameter, Value, catalogue
from ..translations import CONTEXT
from .callbacks import FIELDS, choices, cut, keep_within, made_live, parameter_of, referred, switched, valued

KINDS = {
    "float": "NUMBER",
    "int": "WHOLE",
    "bool": "SWITCH",
    "choice": "CHOICE",
    "color": "COLOR",
    "object": "OBJECT",
    "mask": "MASK",
}
"""A RefineValue's kind by the parameter's."""


class RefineValue(bpy.types.PropertyGroup):
    """One parameter's value. Which property holds it: `FIELDS[kind]`."""

    name: StringProperty(name="Name", description="The parameter's name")
    op: StringProperty(name="Op", description="The op that the parameter is of", options={"HIDDEN"})
    kind: EnumProperty(
        name="Kind",
        description="What kind of value it is",
        # Saved by number: none is used twice.
        items=(
            ("NUMBER", "Number", "A number with decimals", 0),
            ("SWITCH", "Switch", "On or off", 1),
            ("CHOICE", "Choice", "One of the op's own choices", 2),
            ("WHOLE", "Whole Number", "A number without decimals", 3),
            ("COLOR", "Color", "Red, green and blue as displayed", 4),
            ("OBJECT", "Object", "Another object of the shot", 5),
            ("MASK", "Mask", "A Blender Mask", 6),
        ),
        options=set(),
    )
    number: FloatProperty(
        name="Value", description="The step's value, on this frame where it is keyed", precision=4, step=1, update=keep_within
    )
    whole: IntProperty(name="Value", description="The step's value, on this frame where it is keyed", update=keep_within)
    switch: BoolProperty(name="Value", description="The step's value, on this frame where it is keyed", update=valued)
    choice: EnumProperty(
        name="Value",
        description="The step's value, on this frame where it is keyed",
        items=choices,
        update=valued,
        translation_context=CONTEXT,
    )
    color: FloatVectorProperty(
        name="Value",
        description="The step's color, on this frame where it is keyed",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        update=valued,
    )
    reference: StringProperty(name="Value", description="The name of the object or the mask", update=referred)
    target: IntProperty(description="The identity of the object that is meant", options={"HIDDEN"})


class RefineOp(bpy.types.PropertyGroup):
    """One op of the chain."""

    op: StringProperty(name="Op", description="The refine op's name")
    enabled: BoolProperty(name="Enabled", description="Do this step; off: pass over it", default=True, options=set(), update=switched)
    live: BoolProperty(
        name="In the Compositor",
        description="Done by nodes of the clip's node group, after the mask file, to be tuned there; so are the steps after it",
        default=False,
        options=set(),
        update=made_live,
    )
    show_expanded: BoolProperty(name="Expanded", description="Show the step's values", default=True, options=set())
    identity: IntProperty(description="Tells the step from the object's others; 0 before it is known", options={"HIDDEN"})
    values: CollectionProperty(name="Values", description="The step's values, by their parameters", type=RefineValue)


def complete(step: RefineOp) -> None:
    """Give the step a value for every parameter that its op declares, by default the declared one.

    A step of a file that an earlier version saved holds only what differed from the defaults then.
    """
    declaration = catalogue().get(step.op)
    for value in step.values:
        value.op = step.op
        parameter = parameter_of(step.op, value.name)
        if parameter is not None and value.kind != KINDS[parameter.kind]:
            content = _content(value)
            value.kind = KINDS[parameter.kind]
            _put(value, content)
    for parameter in declaration.parameters if declaration else ():
        if step.values.get(parameter.name) is None:
            set_value(step, parameter.name, parameter.default)


def set_value(step: RefineOp, name: str, value: Value) -> None:
    """Set the op's parameter `name`."""
    parameter = parameter_of(step.op, name)
    found = step.values.get(name)
    if found is None:
        found = step.values.add()
    found.name, found.op = name, step.op
    found.kind = KINDS[parameter.kind] if parameter else _kind_of(value)
    _put(found, value)


def values_of(step: RefineOp) -> dict[str, Value]:
    """The op's values that differ from its defaults, as the shot document holds them, on the frame that Blender is at."""
    return {value.name: content for value in step.values if not is_default(value, content := _content(value))}


def is_default(value: RefineValue, content: KeyedValue) -> bool:
    """Whether `content` is what the declaration says anyway."""
    parameter = parameter_of(value.op, value.name)
    return parameter is not None and content == default_of(parameter)


def within(value: RefineValue, content: Value) -> Value:
    """`content`, which a curve or a driver may have given, as the document holds it: in the parameter's range, six digits."""
    parameter = parameter_of(value.op, value.name)
    if isinstance(content, bool | str):
        return content
    if isinstance(content, tuple | list):
        red, green, blue = (rounded(min(max(channel, 0.0), 1.0)) for channel in content)
        return red, green, blue
    if parameter is not None:
        content = cut(parameter, content)
    return int(content) if value.kind == "WHOLE" else rounded(content)


def content_of(value: RefineValue) -> Value:
    """One value as the document holds it, on the frame that Blender is at."""
    return _content(value)


def choices_by_number(value: RefineValue) -> dict[int, str]:
    """A choice's names by the numbers that stand for them in an F-curve."""
    return {number: name for name, _, _, _, number in choices(value, None)}


def rounded(value: float) -> float:
    """Blender keeps 32 bits: six digits give back what was typed, so that 0.35 doesn't reach the document as 0.34999999404."""
    return float(f"{value:.6g}")


def _kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "SWITCH"
    if isinstance(value, str):
        return "CHOICE"
    return "COLOR" if isinstance(value, tuple | list) else "NUMBER"


def _put(value: RefineValue, content: Value) -> None:
    if value.kind == "CHOICE" and any(item[0] == content for item in choices(value, None)):
        value.choice = str(content)
    elif value.kind in ("CHOICE", "OBJECT", "MASK"):
        value.reference = str(content)
    elif value.kind == "COLOR":
        value.color = content if isinstance(content, tuple | list) else (float(content),) * 3
    elif not isinstance(content, str | tuple | list):
        whole = {"SWITCH": bool(content), "WHOLE": round(content)}
        setattr(value, FIELDS[value.kind], whole.get(value.kind, float(content)))


def _content(value: RefineValue) -> Value:
    if value.kind == "CHOICE":
        parameter = parameter_of(value.op, value.name)
        # A driver may come to a number that stands for nothing; a choice of an op that isn't known here is kept as text.
        chosen = str(value.choice) if value.is_property_set("choice") else str(value.reference)
        return chosen if chosen or parameter is None else default_of(parameter)
    if value.kind in ("OBJECT", "MASK"):
        return str(value.reference)
    if value.kind == "SWITCH":
        return bool(value.switch)
    if value.kind == "COLOR":
        red, green, blue = value.color
        return within(value, (red, green, blue))
    return within(value, getattr(value, FIELDS[value.kind]))


def default_of(parameter: Parameter) -> Value:
    """The declared default as `values_of` would give it."""
    value = parameter.default
    if isinstance(value, list | tuple):
        red, green, blue = (rounded(channel) for channel in value)
        return red, green, blue
    return float(value) if parameter.kind == "float" and not isinstance(value, bool | str) else value
