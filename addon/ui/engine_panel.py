"""The engine: what it is at, and the next thing to do."""

from __future__ import annotations

import time
from typing import Any

import bpy

from ...engine.shot import MattewrightError
from .. import compositor, frames, jobs, properties
from ..link import Cancelled, find_python, session
from .chain import is_registered
from .next_step import Facts, Step, next_step
from .parts import MattePanel, clip_of, tell

KEPT = 5.0
"""Seconds for which it is known whether there is a Python for the engine: looking touches the disk."""


class _Python:
    """Why there is no engine."""

    def __init__(self) -> None:
        self._problem, self._until = "", 0.0

    def problem(self) -> str:
        now = time.monotonic()
        if now > self._until:
            try:
                find_python()
                self._problem = ""
            except MattewrightError as error:
                self._problem = str(error)
            self._until = now + KEPT
        return self._problem


_python = _Python()


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
        tuple(str(item.name) for item in shot.objects if len(item.prompts)),
        frames.states.of(clip.name_full),
        compositor.group_of(clip) is not None,
    )


class MATTEWRIGHT_PT_engine(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_engine"
    bl_label = "Mattewright"

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clip_of(context), self.layout
        if clip is None or layout is None:
            return
        column = layout.column()
        if session.running is None:
            _draw_step(column, next_step(facts_of(clip)))
        draw_job(column)


class MATTEWRIGHT_PT_engine_settings(MattePanel, bpy.types.Panel):
    bl_idname = "MATTEWRIGHT_PT_engine_settings"
    bl_parent_id = "MATTEWRIGHT_PT_engine"
    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        clip, layout = clip_of(context), self.layout
        if clip is None or layout is None:
            return
        layout.use_property_split, layout.use_property_decorate = True, False
        shot = properties.of(clip)
        column = layout.column()
        for name in ("model", "tracker", "precision", "size", "compiled"):
            column.prop(shot, name)
        layout.prop(shot, "overlap")
        layout.prop(shot, "store")
        started = session.client is not None and session.client.initialized is not None and session.client.alive
        layout.label(text="The engine is running" if started else "The engine starts when it is needed", icon="INFO")


def _draw_step(layout: bpy.types.UILayout, step: Step) -> None:
    tell(layout, step.text, step.icon)
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


def draw_job(layout: bpy.types.UILayout) -> None:
    """The running job with its stop button, or what became of the last one."""
    job = session.job
    if job is None:
        return
    if session.running:
        progress = job.progress
        share = progress.done / progress.total if progress and progress.total else 0.0
        column = layout.column(align=True)
        column.progress(factor=share, type="BAR", text="stopping" if job.cancelling else _short(job))
        _, _, rest = jobs.progress_line(job).partition(", ")
        if rest and not job.cancelling:
            tell(column, rest, "TIME")
        column.operator("mattewright.cancel", text="Stop at Once" if job.cancelling else "Stop", icon="X")
    elif job.error is not None:
        tell(layout, str(job.error), "CANCEL" if isinstance(job.error, Cancelled) else "ERROR")
    elif job.result is not None:
        tell(layout, jobs.summary(job.method, job.result), "CHECKMARK")


def _short(job: Any) -> str:
    progress = job.progress
    return f"{progress.stage} {progress.done}/{progress.total}" if progress else f"{job.method}: starting"


CLASSES = (MATTEWRIGHT_PT_engine, MATTEWRIGHT_PT_engine_settings)
