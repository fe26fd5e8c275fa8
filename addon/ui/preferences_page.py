"""The add-on's page in Blender's preferences."""

from __future__ import annotations

from typing import Any

import bpy
import rna_keymap_ui

from ...engine.shot import MattewrightError
from .. import link, preferences
from ..install.session import installer
from ..translations import phrase
from . import install_parts
from .install_parts import disk
from .parts import tell

WIDTH = 90
"""Letters of a line."""
KEYMAPS = ("Clip Editor", "Clip")
"""Where the add-on has keys."""


def draw(layout: bpy.types.UILayout, chosen: Any, context: bpy.types.Context) -> None:
    """The page; `chosen` are the preferences."""
    layout.row().prop(chosen, "section", expand=True)
    column = layout.column()
    {"ENGINE": _engine, "WORK": _work, "COLORS": _colors, "KEYMAP": _keymap}[chosen.section](column, chosen, context)


def _engine(layout: bpy.types.UILayout, chosen: Any, context: bpy.types.Context) -> None:
    found = disk.look()
    try:
        tell(layout, phrase("The engine runs in {python}", python=link.find_python()), "CHECKMARK", WIDTH)
    except link.NotInstalled:
        tell(layout, "The engine is not installed yet", "INFO", WIDTH)
    except MattewrightError as error:
        tell(layout, str(error), "ERROR", WIDTH)
    if found.installed and not found.current:
        tell(layout, "It was installed by another version of Mattewright, or another Python: install it again", "FILE_REFRESH", WIDTH)
    box = layout.box()
    if installer.running is None:
        install_parts.draw_choices(box)
        if not bpy.app.online_access:
            install_parts.draw_offline(box, WIDTH)
        row = box.row(align=True)
        row.scale_y = 1.2
        row.operator_context = "EXEC_DEFAULT"
        row.operator(
            "mattewright.engine_install",
            text=("Resume Installation" if found.broken_off else "Install Again" if found.installed else "Install Engine"),
            icon="IMPORT",
        )
        row.operator("mattewright.model_install", text="Install Model Alone")
        remove = row.row(align=True)
        remove.operator_context = "INVOKE_DEFAULT"
        remove.operator("mattewright.engine_remove", text="", icon="TRASH")
    install_parts.draw_work(box, WIDTH, again=False)
    header = box.row()
    header.alignment = "LEFT"
    header.prop(chosen, "show_advanced", icon="DOWNARROW_HLT" if chosen.show_advanced else "RIGHTARROW", emboss=False)
    if chosen.show_advanced:
        _split(box, chosen, ("install_folder", "build_python", "packages_folder", "model_file"))
    layout.label(text="Or an environment that is there already, such as a studio's:")
    _split(layout, chosen, ("engine_python",))


def _work(layout: bpy.types.UILayout, chosen: Any, context: bpy.types.Context) -> None:
    _split(layout, chosen, ("models_folder", "device"))
    if chosen.device == "cuda":
        _split(layout, chosen, ("gpu",))
    _split(layout, chosen, ("memory_limit", "cache_folder", "cache_size"))
    layout.label(text="A change holds from the engine's next job on", icon="INFO")


def _colors(layout: bpy.types.UILayout, chosen: Any, context: bpy.types.Context) -> None:
    layout.label(text="New objects, in turn:")
    row = layout.row()
    for number in range(len(preferences.PALETTE)):
        row.prop(chosen, f"object_color_{number + 1}", text="")
    layout.label(text="Frames in the frame strip:")
    _split(layout, chosen, ("prompted_color", "doubtful_color", "locked_color"))


def _keymap(layout: bpy.types.UILayout, chosen: Any, context: bpy.types.Context) -> None:
    manager: Any = context.window_manager
    configuration = manager.keyconfigs.user
    for name in KEYMAPS:
        keymap = configuration.keymaps.get(name)
        for item in keymap.keymap_items if keymap else ():
            if item.idname.startswith("mattewright."):
                layout.context_pointer_set("keymap", keymap)
                rna_keymap_ui.draw_kmi([], configuration, keymap, item, layout, 0)


def _split(layout: bpy.types.UILayout, chosen: Any, names: tuple[str, ...]) -> None:
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    for name in names:
        column.prop(chosen, name)
