"""The engine: what it is at, and the next thing to do."""

from __future__ import annotations

import time
from typing import Any

import bpy

from ...engine.shot import MattewrightError
from .. import clips, compositor, frames, properties, refusal
from ..footage import is_linear
from ..install.session import installer
from ..link import NotInstalled, find_python, session
from ..translations import phrase
from . import engine_state, install_parts, progress
from .chain import is_registered
from .next_step import Facts, Step, next_step
from .parts import MattePanel, tell

KEPT = 5.0
"""Seconds for which it is known whether there is a Python for the engine: looking touches the disk."""


class _Python:
    """Why there is no engine."""

    def __init__(self) -> None:
        self._problem, self._until = "", 0.0
        self.not_installed = False
        """Whether nobody has named one, and none is installed."""

    def problem(self) -> str:
        now = time.monotonic()
        if now > self._until:
            self.not_installed = False
            try:
                find_python()
                self._problem = ""
            except NotInstalled as error:
                self._problem, self.not_installed = str(error), True
            except MattewrightError as error:
                self._problem = str(error)
            self._until = now + KEPT
        return self._problem

    def forget(self) -> None:
        """Look again: something was installed."""
        self._until = 0.0


_python = _Python()


def forget() -> None:
    """Something was installed, or removed: look again."""
    _python.forget()


def facts_of(clip: bpy.types.MovieClip) -> Facts:
    """What is known of the clip, without a look at its files."""
    shot = properties.of(clip)
    names = tuple(str(item.name) for item in shot.objects)
    client = session.client
    return Facts(
        _python.problem(),
        str(client.failure) if client is not None and client.failure else "",
        frames.states.problem(clip.name_full),
        bool(shot.store.strip() or bpy.data.filepath),
        names,
        tuple(str(item.name) for item in shot.objects if len(item.prompts) or len(item.tracks)),
        frames.states.of(clip.name_full),
        compositor.group_of(clip) is not None,
        matted=any(item.matte.enabled for item in shot.objects),
        of_classes=tuple(str(item.name) for item in shot.objects if properties.is_of_classes(item)),
        not_installed=_python.not_installed,
        refused=tuple(refusal.reasons(clip)),
        awaited=frames.states.awaits(clip.name_full),
    )


class MATTEWRIGHT_PT_engine(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_engine"
    bl_label = "Mattewright"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        column = layout.column()
        if install_parts.draw_in_sidebar(column):
            return
        if session.running is None and not engine_state.draw(column, clip):
            _draw_step(column, next_step(facts_of(clip)))
        progress.draw(column)


class MATTEWRIGHT_PT_engine_settings(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_engine_settings"
    bl_parent_id = "MATTEWRIGHT_PT_engine"
    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clips.shown(context), self.layout
        if clip is None or layout is None:
            return
        layout.use_property_split, layout.use_property_decorate = True, False
        shot = properties.of(clip)
        column = layout.column()
        for name in ("model", "tracker", "precision", "size", "compiled", "panorama", "alpha"):
            column.prop(shot, name)
        if is_linear(clip):
            column.prop(shot, "transfer")
            column.prop(shot, "exposure")
        started = session.client is not None and session.client.initialized is not None and session.client.alive
        layout.label(text="The engine is running" if started else "The engine starts when it is needed", icon="INFO")


def _draw_step(layout: bpy.types.UILayout, step: Step) -> None:
    tell(layout, phrase(step.template, **step.words), step.icon)
    operator = step.operator
    if operator == "mattewright.prompt_tool" and not is_registered("prompt_tool"):
        operator = "mattewright.prompt_point_add"
    if operator:
        row = layout.row()
        row.scale_y = 1.3
        row.operator_context = "INVOKE_DEFAULT"
        button: Any = row.operator(operator, text=step.label)
        for name, value in step.values.items():
            setattr(button, name, value)
    if operator == "mattewright.engine_install":
        installer.look()  # it takes a moment; the dialog shall know it
        layout.operator("mattewright.preferences_show", icon="PREFERENCES")
        if not bpy.app.online_access:
            install_parts.draw_offline(layout)


CLASSES = (MATTEWRIGHT_PT_engine, MATTEWRIGHT_PT_engine_settings)
