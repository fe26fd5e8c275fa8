"""An object's threshold chain: op names and the values that differ from the ops' defaults.

The ops are declared in the engine, so the properties hold them by name; a value is a number, a switch or a choice.
"""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, StringProperty


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

    @property
    def value(self) -> float | bool | str:
        """The value as the shot document holds it."""
        if self.kind == "CHOICE":
            return str(self.choice)
        if self.kind == "SWITCH":
            return bool(self.number)
        # Blender keeps 32 bits: six digits give back what was typed, so that 0.35 doesn't reach the document as 0.34999999404.
        return float(f"{self.number:.6g}")

    def set_value(self, value: float | bool | str) -> None:
        if isinstance(value, bool):
            self.kind, self.number = "SWITCH", float(value)
        elif isinstance(value, str):
            self.kind, self.choice = "CHOICE", value
        else:
            self.kind, self.number = "NUMBER", float(value)


class RefineOp(bpy.types.PropertyGroup):
    """One op of the chain."""

    op: StringProperty(name="Op", description="The refine op's name")
    enabled: BoolProperty(name="Enabled", default=True)
    values: CollectionProperty(type=RefineValue)

    def set_value(self, name: str, value: float | bool | str) -> None:
        """Set the op's parameter `name`, as a script would: ``step.set_value("radius", 4)``."""
        found = self.values.get(name)
        if found is None:
            found = self.values.add()
            found.name = name
        found.set_value(value)
