"""The sidebar's panels, drawn into a layout that refuses what Blender hasn't and takes notes of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import bpy
from addon_fixtures import quiet_override
from mattewright.addon import ui

PANELS = [kind for kind in ui.CLASSES if issubclass(kind, bpy.types.Panel)]
ICONS = bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items


class Button:
    """An operator's properties: only those that it has."""

    def __init__(self, name: str) -> None:
        group, _, rest = name.partition(".")
        assert hasattr(getattr(bpy.ops, group), rest)
        self._rna = getattr(getattr(bpy.ops, group), rest).get_rna_type()

    def __setattr__(self, name: str, value: object) -> None:
        if name != "_rna":
            assert name in self._rna.properties, (self._rna, name)
        super().__setattr__(name, value)


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes
        self.enabled = self.active = True

    def _part(self, **options: object) -> Layout:
        return Layout(self.notes)

    row = column = box = split = _part

    def _icon(self, icon: str) -> None:
        assert icon in ICONS, icon

    def label(self, text: str = "", icon: str = "NONE", **options: object) -> None:
        self._icon(icon)
        self.notes.append(text)

    def prop(self, data: Any, name: str, text: str | None = None, icon: str = "NONE", **options: object) -> None:
        assert name in data.bl_rna.properties, name
        self._icon(icon)
        self.notes.append(f"prop {name}")

    def operator(self, name: str, text: str | None = None, icon: str = "NONE", **options: object) -> Button:
        self._icon(icon)
        button = Button(name)
        self.notes.append(name)
        return button

    def menu(self, name: str, **options: object) -> None:
        assert hasattr(bpy.types, name)

    def progress(self, factor: float, type: str, text: str) -> None:
        assert 0 <= factor <= 1
        self.notes.append(text)

    def template_list(self, kind: str, name: str, data: Any, items: str, active: Any, index: str, rows: int) -> None:
        assert hasattr(bpy.types, kind)
        for item in getattr(data, items):
            getattr(bpy.types, kind).draw_item(None, bpy.context, Layout(self.notes), data, item, 0, active, index)

    def prop_search(self, data: Any, name: str, source: Any, collection: str, **options: object) -> None:
        assert hasattr(source, collection)
        self.notes.append(f"search {name}")

    def separator(self) -> None:
        pass


def drawn() -> list[str]:
    """All that the tab shows in the editor by now."""
    notes: list[str] = []
    for kind in PANELS:
        if kind.poll(bpy.context):
            panel = SimpleNamespace(layout=Layout(notes))
            if hasattr(kind, "draw_header"):
                kind.draw_header(panel, bpy.context)
            kind.draw(panel, bpy.context)
    return notes


@contextmanager
def in_editor(clip: bpy.types.MovieClip) -> Iterator[None]:
    """The clip in a Movie Clip Editor that is the context; operators may be called."""
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    before, area.type = area.type, "CLIP_EDITOR"
    area.spaces.active.clip = clip
    region = next(region for region in area.regions if region.type == "WINDOW")
    with quiet_override(window=window, area=area, region=region):
        yield
    area.type = before
