"""An object's mask on one frame while the user drags a value: the same pixels as `refine` writes, from the store and without the model.

What doesn't hang on the changed value is kept from one preview to the next: the open footage, the frame's picture, the logits, and the
mask after each step of the chain, so that a drag on the last op costs that op alone.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..refine import Region
from ..refine.logits import Logits
from ..shot import Layout, Shot, ShotObject, Stage
from ..shot.messages import Preview, PreviewDone
from . import out_of_turn
from .kept import Kept, Tracked
from .kept_chain import KeptSources
from .matte_preview import MattePreviews
from .opened import OpenShot, Resources
from .out_of_turn import StandingShot

STAGES: tuple[Stage, ...] = ("logits", "mask")
"""Without a file of one of these there is nothing to show."""


class Previews:
    """Makes previews, one at a time. For one thread; the footage is opened for it alone."""

    def __init__(self, resources: Resources | None = None) -> None:
        self._resources = resources or Resources()
        self._standing, self._kept = StandingShot(self._resources), Kept(self._resources.settings)
        self._mattes = MattePreviews(self._resources)

    def make(self, request: Preview) -> PreviewDone:
        """Write the mask into the request's file. Raises MattewrightError for a document, a store or footage that can't be worked on."""
        started = time.perf_counter()
        path, shot = _read(request)
        footage, item, frame = shot.footage, shot.object(request.object), request.frame
        done = PreviewDone(item.name, frame, request.slot, footage.width, footage.height, False)
        if not any(Layout(path.parent).file(item.name, stage, frame).is_file() for stage in STAGES):
            return done  # and the footage may not be there yet, either
        if not self._standing.holds(path, shot):
            self.close()
        opened = self._standing.open(path, shot)
        sources = KeptSources(opened, self._kept)
        if request.show != "mask":
            done = self._mattes.make(request, sources, item, done)
            return replace(done, milliseconds=round((time.perf_counter() - started) * 1000, 3))
        locked = item.is_locked(frame) and opened.store.key(item.name, "mask", frame) is not None
        mask = sources.finished(item.name, frame) if locked else sources.mask(item, frame)
        done = replace(done, tracked=mask is not None, locked=locked)
        if mask is not None:
            out_of_turn.write(request, np.asarray(mask.rounded(opened.size), np.uint8))
            box = mask.box
            done = replace(done, box=(box.left, box.top, box.right, box.bottom))
        return replace(done, milliseconds=round((time.perf_counter() - started) * 1000, 3))

    def close(self) -> None:
        """Let go of the footage and of all that is kept; the next preview begins anew."""
        self._standing.close()
        self._kept, self._mattes = Kept(self._resources.settings), MattePreviews(self._resources)


def chained(opened: OpenShot, kept: Kept, name: str, frame: int, logits: Logits) -> Region:
    """What the whole chain of the object `name` makes of `logits`, whatever the store holds of it on `frame`. For one thread.

    Raises MattewrightError for what the chain can't be worked with.
    """
    item = _baked(opened.shot.object(name))
    sources = KeptSources(opened, kept, {(name, frame): Tracked(f"said {hashlib.sha256(logits.tobytes()).hexdigest()}", logits)})
    return sources.chain(item).mask(frame) or Region.nothing()


def _baked(item: ShotObject) -> ShotObject:
    return replace(item, refine=tuple(replace(step, live=False) for step in item.refine))


def _read(request: Preview) -> tuple[Path, Shot]:
    """The document's path, and the shot as the request has it, with every step of the object's chain baked."""
    path, shot = out_of_turn.said(request)
    item = shot.object(request.object)
    return path, replace(shot, objects=tuple(_baked(item) if known is item else known for known in shot.objects))
