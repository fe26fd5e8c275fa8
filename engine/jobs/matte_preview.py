"""An object's trimap or alpha on one frame for a look: as the job would make it of that frame alone.

The band of every value that is dragged is made anew; an alpha is kept until something that it is made from changes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from ..shot import ShotObject
from ..shot.messages import Preview, PreviewDone
from . import alpha_maker, out_of_turn
from .alpha_maker import Stored
from .alphas import AlphaKeys, RawStage
from .kept import MASK_BYTES, Bounded
from .kept_chain import KeptSources
from .masks import MaskKeys
from .opened import OpenShot, Resources

if TYPE_CHECKING:
    from ..segment.image_model import Embedding


class _FeaturesMissingError(Exception):
    """The method takes the picture's features, and nobody has made them yet."""


class MattePreviews:
    """Makes them, one at a time. For one thread."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._alphas: Bounded[Stored] = Bounded(resources.settings.fitting(MASK_BYTES, 0.05))

    def make(self, request: Preview, sources: KeptSources, item: ShotObject, done: PreviewDone) -> PreviewDone:
        """Write what the request shows into its file. `done` is what the answer says already. Raises MattewrightError."""
        frame, opened = request.frame, sources.opened
        keys = AlphaKeys(opened, MaskKeys(opened, sources.logits_key))
        if not keys.there(item, frame):
            return done
        done = replace(done, tracked=True)
        if request.show == "trimap":
            return _shown(request, done, alpha_maker.band(sources, item, frame).trimap)
        if keys.finished(item, frame):
            return _shown(request, replace(done, locked=True), _eight(opened.store.read_alpha(item.name, frame)))
        done = replace(done, method=keys.chosen(item).name)
        try:
            return _shown(request, done, _eight(self._alpha(request, sources, item, keys)))
        except _FeaturesMissingError:
            return replace(
                done,
                problem=f"{done.method}: the model has not looked at frame {frame} yet: click on the frame, or track it, or make its matte",
            )

    def _alpha(self, request: Preview, sources: KeptSources, item: ShotObject, keys: AlphaKeys) -> Stored:
        opened, frame, chosen = sources.opened, request.frame, keys.chosen(item)
        # What a method that goes by what came before would make takes all that is before it: that is not looked through here.
        if not chosen.sequential and (stage := _fresh(opened, item, frame, keys)) is not None:
            return opened.store.read_alpha(item.name, frame, stage)
        alone = keys.alone(item, frame)
        known = self._alphas.get(alone)
        if known is None:
            band = alpha_maker.band(sources, item, frame)
            features = partial(self._features, opened, frame, request.look) if chosen.needs_features else None
            if features is not None and band.unknown:
                features()  # before the method is loaded for nothing
            method = alpha_maker.method_of(self._resources, chosen.name, opened.shot.footage.wraps)
            known = alpha_maker.alpha(method, band, partial(sources.picture, frame), features)
            self._alphas.keep(alone, known, known.nbytes)
        return known

    def _features(self, opened: OpenShot, frame: int, look: bool) -> Embedding:
        known = self._resources.known_embedding(opened.features_identity(frame))
        if known is None and not look:
            raise _FeaturesMissingError
        return known or opened.embedding(frame, opened.reader.picture(frame))


def _fresh(opened: OpenShot, item: ShotObject, frame: int, keys: AlphaKeys) -> RawStage | None:
    """The stage whose file is what would be made: the steadied alpha, or else the method's own."""
    wanted: list[tuple[RawStage, str | None]] = [("alpha", keys.alpha(item, frame)), ("raw", keys.raw(item, frame))]
    return next((stage for stage, key in wanted if key is not None and opened.store.key(item.name, stage, frame) == key), None)


def _eight(alpha: Stored) -> npt.NDArray[np.uint8]:
    """65535 becomes 255, rounded."""
    return ((alpha.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _shown(request: Preview, done: PreviewDone, pixels: npt.NDArray[np.uint8]) -> PreviewDone:
    out_of_turn.write(request, pixels)
    left, top, across, down = cv2.boundingRect(pixels)
    return replace(done, box=(left, top, left + across, top + down))
