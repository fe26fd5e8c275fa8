"""What is wrong with the engine, and the buttons that mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import bpy

from ...engine.shot import MattewrightError
from ...engine.shot.errors import UnlessError
from .. import exporting, properties
from ..link import HUNG, Cancelled, EngineError, ModelMissing, NeverStarted, OutOfMemory, Starved, Stopped, WrongVersion, session
from ..translations import phrase
from .chain import is_registered
from .parts import tell

UNTOUCHED = "Prompts and finished masks are as they were"


@dataclass(frozen=True)
class Mend:
    """A button."""

    operator: str
    label: str
    icon: str = "NONE"
    values: Mapping[str, object] = field(default_factory=dict)


def trouble() -> MattewrightError | None:
    """What the last job failed of, or else the engine; None while all is well, or was stopped on purpose."""
    job = session.job
    if session.running is not None:
        return None
    if job is not None and job.error is not None and not isinstance(job.error, Cancelled | Stopped):
        return job.error
    return session.failure


def mends(error: MattewrightError, shot: properties.ShotProperties) -> list[Mend]:
    """What the user can do about it, the likeliest first."""
    restart = Mend("mattewright.engine_restart", "Restart Engine", "FILE_REFRESH")
    settings = Mend("mattewright.preferences_show", "Open Preferences", "PREFERENCES")
    if isinstance(error, OutOfMemory | Starved):
        found = []
        smaller = smaller_size(shot)
        if smaller:
            found.append(
                Mend("mattewright.take_less", phrase("Size: {size}", size=phrase(smaller[1])), "FULLSCREEN_EXIT", {"size": smaller[0]})
            )
        model = error.model if isinstance(error, OutOfMemory) else ""
        if model and model != shot.model:
            found.append(Mend("mattewright.take_less", phrase("Model: {model}", model=model), "FULLSCREEN_EXIT", {"model": model}))
        return [*found, restart] if isinstance(error, Starved) or not found else found
    if isinstance(error, ModelMissing):
        return [_install(error.model), Mend("mattewright.trouble_dismiss", "Try Again", "FILE_REFRESH")]
    if isinstance(error, UnlessError):
        return [_unless(error)]
    if isinstance(error, NeverStarted | WrongVersion):
        return [restart, settings]
    if isinstance(error, EngineError):
        return [restart]
    return []


def _unless(error: UnlessError) -> Mend:
    """Export it all the same, of the outputs that were asked for."""
    wish = exporting.wished
    values = {"output": wish.names[0] if wish.names else "", "incomplete": wish.incomplete, "overwrite": wish.overwrite, error.option: True}
    if error.option == "overwrite":
        return Mend("mattewright.export", "Export and Replace Others' Files", "EXPORT", values)
    return Mend("mattewright.export", "Export What There Is", "EXPORT", values)


def smaller_size(shot: properties.ShotProperties) -> tuple[str, str] | None:
    """(identifier, name) of the next smaller working size; None where there is none."""
    items: Any = shot.bl_rna.properties["size"]
    sizes = sorted((int(item.identifier), item.name) for item in items.enum_items)
    below = [(str(side), name) for side, name in sizes if side < int(shot.size)]
    return below[-1] if below else None


def _install(model: str) -> Mend:
    if is_registered("model_install"):
        return Mend("mattewright.model_install", "Install Model", "IMPORT", {"model": model})
    return Mend("mattewright.command_copy", "Copy the Command", "COPYDOWN", {"arguments": f"models install {model}"})


def draw_silence(layout: bpy.types.UILayout) -> bool:
    """An engine that hangs, or may do so: the user decides."""
    tell(layout, f"The engine has not answered for {session.silence:.0f} s: wait, or restart it; what is done is kept", "ERROR")
    layout.operator("mattewright.engine_restart", icon="FILE_REFRESH")
    return True


def draw(layout: bpy.types.UILayout, clip: bpy.types.MovieClip) -> bool:
    """Draw it, if anything is wrong; whether there is a button, which then is the next thing to do."""
    if session.running is None and session.silence > HUNG:  # a preview waits for it
        return draw_silence(layout.column(align=True))
    error = trouble()
    if error is None:
        return False
    column = layout.column(align=True)
    tell(column, str(error), "ERROR")
    if isinstance(error, EngineError):
        tell(column, UNTOUCHED, "BLANK1")
    offered = mends(error, properties.of(clip))
    for mend in offered:
        icon: Any = mend.icon
        button: Any = column.operator(mend.operator, text=mend.label, icon=icon)
        for name, value in mend.values.items():
            setattr(button, name, value)
    return bool(offered)
