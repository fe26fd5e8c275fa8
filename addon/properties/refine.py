"""An object's threshold chain: op names and the values that differ from the ops' defaults.

The ops are declared in the engine, so the properties hold them by name; a value is a number, a switch or a choice.
"""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, StringProperty

from ...engine.shot import Value


class RefineValue(bpy.types.PropertyGroup):
    name: StringProperty(name="Name")
    kind: EnumProperty(
        name="Kind",
        items=(
            ("NUMBER", "Number", "", 0),
            ("SWITCH", "Switch", "On where the number is not 0", 1),
            ("CHOICE", "Choice", "One of the op's own choices, by its name", 2),
        ),
    )
    number: FloatProperty(name="Value", precision=4)
    choice: StringProperty(name="Choice")


class RefineOp(bpy.types.PropertyGroup):
    """One op of the chain."""

    op: StringProperty(name="Op", description="The refine op's name")
    enabled: BoolProperty(name="Enabled", default=True)
    values: CollectionProperty(type=RefineValue)


def set_value(step: RefineOp, name: str, value: Value) -> None:
    """Set the op's parameter `name`."""
    found = step.values.get(name) or step.values.add()
    found.name = name
    if isinstance(value, bool):
        found.kind, found.number = "SWITCH", float(value)
    elif isinstance(value, str):
        found.kind, found.choice = "CHOICE", value
    else:
        found.kind, found.number = "NUMBER", float(value)


def values_of(step: RefineOp) -> dict[str, Value]:
    """The op's values as the shot document holds them."""
    return {value.name: _value(value) for value in step.values}


def _value(value: RefineValue) -> Value:
    if value.kind == "CHOICE":
        return str(value.choice)
    if value.kind == "SWITCH":
        return bool(value.number)
    # Blender keeps 32 bits: six digits give back what was typed, so that 0.35 doesn't reach the document as 0.34999999404.
    return float(f"{value.number:.6g}")
