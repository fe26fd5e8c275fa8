"""How far the running job is: in the panel, and in the status bar of every window, whichever editors it shows. Esc stops it."""

from __future__ import annotations

import time
from typing import Any

import bpy

from .. import jobs, playback
from ..link import HUNG, Cancelled, Job, Stopped, session
from . import engine_state
from .parts import tell

QUIET = 30.0
"""Seconds without a frame, and ten times what one takes, from which on it is said how long there has been none."""
WIDTH = 16.0
"""Of the bar in the status bar, in units of Blender's buttons."""

_keys: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


def draw(layout: bpy.types.UILayout) -> None:
    """The running job with its stop button, or what became of the last one; what went wrong with it `engine_state` draws."""
    job = session.job
    if job is None:
        return
    if session.running:
        column = layout.column(align=True)
        column.progress(factor=share(job), type="BAR", text=_head(job))
        for line in lines(job):
            tell(column, line, "TIME")
        if session.silence > HUNG:
            engine_state.draw_silence(column)
        column.operator("mattewright.cancel", text="Stop at Once" if job.cancelling else "Stop", icon="X")
    elif isinstance(job.error, Cancelled | Stopped):
        tell(layout, str(job.error), "CANCEL")
    elif job.result is not None:
        tell(layout, jobs.summary(job.method, job.result), "CHECKMARK")


def share(job: Job) -> float:
    """How much of it is done, 0 to 1."""
    progress = job.progress
    return min(progress.done / progress.total, 1.0) if progress and progress.total else 0.0


def lines(job: Job) -> list[str]:
    """What there is to say below the bar."""
    if job.cancelling:
        return []
    found = []
    _, _, rest = jobs.progress_line(job).partition(", ")
    if rest:
        found.append(rest)
    quiet = time.monotonic() - job.heard_at
    rate = job.progress.frames_per_second if job.progress else 0.0
    if quiet > max(QUIET, 10.0 / rate if rate > 0 else 0.0):
        found.append(f"no frame for {jobs.clock(quiet)}")
    return found


def status_text(job: Job) -> str:
    """All of it in one short line."""
    if session.silence > HUNG:
        return f"the engine has not answered for {session.silence:.0f} s"
    if job.cancelling or job.progress is None:
        return _head(job)
    return jobs.short_line(job)


def _head(job: Job) -> str:
    if job.cancelling:
        return "stopping"
    progress = job.progress
    return f"{progress.stage} {progress.done}/{progress.total}" if progress else f"{job.method}: starting"


def draw_status_bar(header: Any, context: bpy.types.Context) -> None:
    """Appended to Blender's own status bar; nothing while no job runs."""
    job = session.running
    if job is None:
        return
    row = header.layout.row(align=True)
    bar = row.row(align=True)
    bar.ui_units_x = WIDTH
    bar.progress(factor=share(job), type="BAR", text=status_text(job))
    row.operator("mattewright.cancel", text="", icon="X")


def register() -> None:
    playback.register()
    bar: Any = bpy.types.STATUSBAR_HT_header
    bar.append(draw_status_bar)
    if hasattr(bar, "_draw_orig"):  # which Blender draws again once a tool has said its keys there
        bar._draw_orig = bar.draw
    manager = bpy.context.window_manager
    configuration = manager.keyconfigs.addon if manager else None
    if configuration is not None:
        keymap = configuration.keymaps.new(name="Clip Editor", space_type="CLIP_EDITOR")
        _keys.append((keymap, keymap.keymap_items.new("mattewright.cancel", "ESC", "PRESS")))


def unregister() -> None:
    while _keys:
        keymap, item = _keys.pop()
        keymap.keymap_items.remove(item)
    playback.unregister()
    bar: Any = bpy.types.STATUSBAR_HT_header
    for drawing in (bar.draw, getattr(bar, "_draw_orig", None)):
        known = getattr(drawing, "_draw_funcs", [])
        while draw_status_bar in known:
            known.remove(draw_status_bar)
