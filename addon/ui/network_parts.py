"""Which network is asked, whether it is there, and the button that gets it."""

from __future__ import annotations

import re
from typing import Any

import bpy

from ...engine.shot.networks import Network, NetworkTask
from .. import disk, networks, outputs, properties
from ..install.session import installer
from ..link import session
from ..operators.networks import settings_of
from ..translations import phrase
from . import install_parts
from .parts import tell


class _Menu(bpy.types.Menu):
    """Base of those below; Blender wants a class each."""

    task: NetworkTask

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if layout is None:
            return
        found = networks.known.of(self.task)
        if not found:
            layout.label(text="The engine has told of none yet")
        for network in found:
            button: Any = layout.operator(
                "mattewright.network_choose", text=_title(network), icon="CHECKMARK" if network.installed else "IMPORT", translate=False
            )
            button.task, button.network = self.task, network.name


class MATTEWRIGHT_MT_networks_classes(_Menu):
    bl_idname = "MATTEWRIGHT_MT_networks_classes"
    bl_label = "Network"

    task: NetworkTask = "classes"


class MATTEWRIGHT_MT_networks_people(_Menu):
    bl_idname = "MATTEWRIGHT_MT_networks_people"
    bl_label = "Network"

    task: NetworkTask = "people"


class MATTEWRIGHT_MT_networks_depth(_Menu):
    bl_idname = "MATTEWRIGHT_MT_networks_depth"
    bl_label = "Network"

    task: NetworkTask = "depth"


def draw(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, task: NetworkTask) -> bool:
    """The network for `task` and what there is to do about it; whether it is ready, as far as is known."""
    networks.look(clip)
    name = str(settings_of(properties.of(clip), task).network)
    found = networks.known.find(name)
    layout.menu(f"MATTEWRIGHT_MT_networks_{task}", text=_title(found) if found is not None else name, icon="NODE_SEL")
    for problem in networks.known.problems:
        tell(layout, problem, "ERROR")
    if found is not None and not found.installed:
        work = installer.work
        if work is not None and work.request.model == name and (work.ended is None or work.ended.event != "done"):
            install_parts.draw_work(layout)
            return False
        tell(layout, phrase("Network '{network}' is not installed", network=name), "IMPORT")
        if found.fetched:
            text = phrase("Install ({size})", size=disk.size(found.bytes)) if found.bytes else phrase("Install")
            button: Any = layout.operator("mattewright.model_install", text=text, icon="IMPORT", translate=False)
            button.model = name
        if not bpy.app.online_access:
            install_parts.draw_offline(layout)
        return False
    if found is None and networks.known.of(task):
        tell(layout, phrase("There is no network '{network}': choose one", network=name), "ERROR")
        return False
    if found is None and networks.known.problem:
        tell(layout, networks.known.problem, "ERROR")
    return True


def draw_spans(layout: bpy.types.UILayout, operator: str, method: str) -> None:
    """The job's buttons, and while it runs the one that stops it."""
    row = layout.row(align=True)
    for span, text in (("HERE", "This Frame"), ("PLAYED", "Scene Range"), ("BOTH", "All Frames")):
        button: Any = row.operator(operator, text=text)
        button.span = span
    draw_stop(layout, method)


def draw_stop(layout: bpy.types.UILayout, method: str) -> None:
    if session.running is not None and session.running.method == method:
        layout.operator("mattewright.cancel", text="Stop at Once" if session.running.cancelling else "Stop", icon="X")


def draw_count(layout: bpy.types.UILayout, clip: bpy.types.MovieClip, there: frozenset[int] | None, text: str) -> None:
    """How many of the shot's frames there are; `text` has {have} and {count}."""
    if there is None:
        return
    frames = outputs.shot_range(clip)
    have = sum(frame in frames for frame in there)
    if have:
        told = phrase(text, have=have, count=len(frames))
        layout.label(text=told, translate=False, icon="CHECKMARK" if have == len(frames) else "RENDER_ANIMATION")


def _title(network: Network) -> str:
    """In one short line."""
    return re.split(r"[:,(]", network.label)[0].strip()


CLASSES = (MATTEWRIGHT_MT_networks_classes, MATTEWRIGHT_MT_networks_people, MATTEWRIGHT_MT_networks_depth)
