"""The mask of the picture that the user is just prompting: the model's answer to the prompts, and the object's chain of that, out of turn;
nothing of it is kept on disk.

The model and the pictures' features are those of the jobs, so that no weights are in memory twice, and a picture that was clicked on is
not encoded again to be tracked. While a job encodes a picture, a click on another waits for that one picture, and not for the job.
"""

from __future__ import annotations

import time

import cv2
import numpy as np

from ..refine.logits import Logits, enlarge
from ..segment.image_model import ImageModel
from ..shot import MattewrightError
from ..shot.messages import Click, PreviewDone
from . import out_of_turn
from .kept import Kept
from .opened import Resources
from .out_of_turn import StandingShot
from .preview import chained


class Clicks:
    """Answers clicks, one at a time. For one thread; the footage is opened for it alone."""

    def __init__(self, resources: Resources) -> None:
        self._resources, self._standing = resources, StandingShot(resources)
        self._model: tuple[ImageModel, ImageModel] | None = None
        """The jobs' model, and its twin for this thread."""
        self._kept = Kept(resources.settings)
        self._last: tuple[object, Logits] | None = None
        """What the model said last, and to what: a value of the chain that is dragged doesn't ask it again."""

    def make(self, request: Click) -> PreviewDone:
        """Write the mask into the request's file. Raises MattewrightError for what can't be worked on, or says nothing of the object."""
        started = time.perf_counter()
        path, shot = out_of_turn.said(request)
        item = shot.object(request.object)
        prompts = item.with_tracks(request.prompts)
        opened = self._standing.open(path, shot)
        if not shot.footage.has_frame(prompts.frame) or not opened.reader.has_picture(prompts.frame):
            clip = shot.footage.frames()
            raise MattewrightError(f"no picture on frame {prompts.frame}: the clip is frames {clip.first} to {clip.last}")
        mask = opened.prompt_mask(prompts)
        asked = path, shot.footage, shot.tracking, prompts, mask[0] if mask else None, opened.reader.identity(prompts.frame)
        if self._last is None or self._last[0] != asked:
            made = self._beside(opened.model()).segment(opened.embedding(prompts.frame), prompts, mask[1] if mask else None)
            self._last = asked, made.logits
        found = self._last[1]
        height, width = opened.size
        if any(step.enabled for step in item.refine):
            refined = chained(opened, self._kept, item.name, prompts.frame, found)
            pixels = np.asarray(refined.rounded(opened.size), np.uint8)
        else:
            pixels = np.multiply(enlarge(found, opened.size) > 0, np.uint8(255))
        out_of_turn.write(request, pixels)
        left, top, across, down = cv2.boundingRect(pixels)
        box = (left, top, left + across, top + down)
        spent = round((time.perf_counter() - started) * 1000, 3)
        return PreviewDone(item.name, prompts.frame, request.slot, width, height, True, box=box, milliseconds=spent)

    def close(self) -> None:
        """Let go of the footage and of what is kept; the model stays, for it is the jobs' too."""
        self._standing.close()
        self._kept, self._last = Kept(self._resources.settings), None

    def _beside(self, model: ImageModel) -> ImageModel:
        if self._model is None or self._model[0] is not model:
            self._model = model, model.beside()
        return self._model[1]
