"""The engine's installation as the preferences and the sidebar show it: what will be installed, how far it is, what became of it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...engine.shot import MattewrightError
from .. import preferences
from ..install import places
from ..install.session import installer
from ..operators.install import chosen_build
from ..translations import phrase
from .parts import tell

DIALOG = 70
"""Letters of a line in the dialog."""
KEPT = 2.0
"""Seconds for which it is known what there is on the disk."""


@dataclass(frozen=True)
class Disk:
    """What there is."""

    installed: bool
    current: bool
    """Whether it is made from this version's requirements."""
    broken_off: bool
    free: int
    """Bytes; -1 where nobody knows."""


class _Disk:
    def __init__(self) -> None:
        self._known: Disk | None = None
        self._until = 0.0

    def look(self) -> Disk:
        now = time.monotonic()
        if self._known is None or now > self._until:
            installed = places.is_installed()
            self._known = Disk(installed, installed and places.is_current(), places.is_broken_off(), _free(places.folder()))
            self._until = now + KEPT
        return self._known

    def forget(self) -> None:
        self._known = None


disk = _Disk()


def _free(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return -1


def draw_in_sidebar(layout: bpy.types.UILayout) -> bool:
    """What is being installed, or why that failed; whether there was anything to say, and so nothing else is to be done first."""
    work = installer.work
    if work is None or (work.ended is not None and (work.ended.event == "done" or disk.look().installed)):
        return False
    draw_work(layout)
    return True


def draw_work(layout: bpy.types.UILayout, width: int = 0, *, again: bool = True) -> None:
    """How far the installation is, with its cancel button; or what became of the last one, with the buttons to go on (`again` or not)."""
    work = installer.work
    if work is None:
        return
    column = layout.column()
    if work.ended is None:
        text = phrase("stopping") if work.cancelling else f"{100 * work.news.share:.0f} %"
        column.progress(factor=work.news.share, type="BAR", text=text)
        column.label(text=_step(work.news.text), icon="TIME", translate=False)
        if work.waits_for_engine:
            tell(column, "Waits for the running job", "INFO", width)
        column.operator("mattewright.engine_install_cancel", icon="X")
        return
    if work.ended.event == "done":
        tell(column, work.ended.text, "CHECKMARK", width)
    elif work.ended.event == "cancelled":
        tell(column, "Cancelled; what was made so far is kept for the next try", "CANCEL", width)
    else:
        tell(column, work.ended.text, "ERROR", width)
    if work.ended.event != "done":
        row = column.row(align=True)
        if work.request.kind == "model":
            row.operator("mattewright.model_install", text="Try Again", icon="FILE_REFRESH").model = work.request.model
        elif work.request.kind == "install" and again:
            row.operator("mattewright.engine_install", text="Try Again", icon="FILE_REFRESH")
        row.operator("mattewright.install_log_show", icon="TEXT")


def draw_offline(layout: bpy.types.UILayout, width: int = 0) -> None:
    """That Blender may not use the network, and Blender's own switch for it."""
    if bpy.app.online_access_override:
        tell(layout, "Blender was started offline: name a Packages Folder and a Model File to install from", "INTERNET_OFFLINE", width)
        return
    tell(layout, "Blender may not use the network", "INTERNET_OFFLINE", width)
    preferences_of_blender = bpy.context.preferences
    if preferences_of_blender is not None:
        layout.prop(preferences_of_blender.system, "use_online_access")


def draw_choices(layout: bpy.types.UILayout) -> None:
    """What will be installed, and how much room it takes."""
    chosen = preferences.current()
    if chosen is not None:
        column = layout.column()
        column.use_property_split = True
        column.prop(chosen, "torch_build")
        column.prop(chosen, "install_model")
    try:
        build = chosen_build()
    except MattewrightError as error:
        tell(layout, str(error), "ERROR", DIALOG)
        return
    if build is None:
        layout.label(text="Looking for a GPU...", icon="TIME")
        return
    if installer.machine is not None and (chosen is None or chosen.torch_build == "AUTO"):
        suits = phrase("{build}: {machine}", build=phrase(build.label), machine=phrase(installer.machine.found))
        tell(layout, suits, "MEMORY", DIALOG)
    found = disk.look()
    free = f"{found.free / 1e9:.0f}" if found.free >= 0 else "?"
    text = "Needs about {needed} GB of free disk while it installs; {free} GB are free"
    if build.at_least:
        text = "Needs at least {needed} GB of free disk while it installs; {free} GB are free"
    room = phrase(text, needed=f"{build.needed / 1e9:.1f}", free=free)
    tell(layout, room, "ERROR" if 0 <= found.free < build.needed else "DISK_DRIVE", DIALOG)
    tell(layout, phrase("Into {folder}", folder=places.folder()), "FILE_FOLDER", DIALOG)
    if found.broken_off:
        tell(layout, "Goes on with what an earlier try has made", "INFO", DIALOG)


def _step(text: str) -> str:
    """The worker's words in the user's language, as far as there are any."""
    label, colon, rest = text.partition(": ")
    return phrase(label) + colon + rest
