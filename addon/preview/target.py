"""Which of the clips that the editors show is the one whose mask is live: the one that was worked on last."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...engine.shot import MattewrightError
from .. import properties
from .wanted import Wanted, active, wanted_of

Target = tuple[bpy.types.MovieClip, int]
"""A clip and its scene's frame."""


class Targets:
    """Told at each look what the editors show. By names, for an undo makes all datablocks anew."""

    def __init__(self) -> None:
        self._latest = ""
        self._seen: dict[str, Wanted] = {}
        """What was to be seen of each clip, when there is more than one."""

    def pick(self) -> Target | None:
        """The clip whose active object or values have changed since the last look, else the one of the last look, else the first."""
        found = list(_shown())
        if len(found) < 2:
            self.forget()
            return found[0] if found else None
        changed = [clip.name_full for clip, frame in found if self._has_changed(clip, frame)]
        if changed and self._latest not in changed:
            self._latest = changed[0]
        return next((target for target in found if target[0].name_full == self._latest), found[0])

    def works_on(self, clip: bpy.types.MovieClip) -> None:
        """It is this one, whatever else has changed."""
        self._latest = clip.name_full

    def forget(self) -> None:
        """No clip was worked on."""
        self._latest = ""
        self._seen.clear()

    def _has_changed(self, clip: bpy.types.MovieClip, frame: int) -> bool:
        try:
            wanted = wanted_of(clip, active(clip), frame)
        except MattewrightError:
            return False
        before, self._seen[clip.name_full] = self._seen.get(clip.name_full), wanted
        # On another frame keyed values are others, and nobody has worked on them.
        return before is not None and before.frame == frame and before != wanted


def _shown() -> Iterator[Target]:
    """The clips with objects that Movie Clip Editors show, each once."""
    seen = set()
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            space = area.spaces.active
            if not isinstance(space, bpy.types.SpaceClipEditor) or space.clip is None or window.scene is None:
                continue
            if space.clip.name_full not in seen and len(properties.of(space.clip).objects):
                seen.add(space.clip.name_full)
                yield space.clip, window.scene.frame_current
