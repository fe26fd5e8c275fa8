"""What our own tracker makes of a composited clip: the logits and features that the refiner is given, judged against the true alpha.

A guide of a frame is a safetensors file of float16: ``logits`` (256, 256), above 0 inside; ``image_embed`` (256, 64, 64), ``high``
(32, 256, 256) and ``middle`` (64, 128, 128), as in `engine.segment.image_model.Embedding`. ``guide.json`` beside them says how well the
logits agree with the alpha, and whether the clip is fit for training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import safetensors.numpy

from engine.detect.detector import Detector, roomy
from engine.detect.known import union
from engine.segment.follow import as_stored, follow
from engine.segment.image_model import LOGITS_SIDE, Embedding, ImageModel
from engine.segment.matching import GONE_LOGIT
from engine.segment.tracker import Prediction
from engine.segment.trackers import make_tracker
from engine.shot import Box, Point, Prompts
from engine.shot.people import USUAL_PEOPLE

from . import layouts, screening
from .layouts import Alpha

VERSION = 1
MODES = ("all", "first", "both")
_CLICKS = 4
"""At most, of one frame."""
_GOOD = 0.92
"""An IoU at which a user would stop to click."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """How guides are made."""

    mode: str = "both"
    """``all``: every frame is prompted from its alpha; ``first``: the first one, which the others are tracked from; ``both``: half the
    clips in the one way, half in the other."""
    tracker: str = "matching"
    seed: int = 1
    prompts: str = "alpha"
    """``alpha``: sampled from the truth, as a user would; ``people``: boxes around the people that a detector finds, as one."""

    def mode_of(self, clip: str) -> str:
        return ("all", "first")[_number(clip) % 2] if self.mode == "both" else self.mode


def _number(clip: str) -> int:
    return int.from_bytes(hashlib.sha256(clip.encode()).digest()[:6], "big")


def is_made(clip: Path, model: str, settings: Settings) -> bool:
    """Whether the clip's guides are there, as these settings would make them."""
    path = clip / "guide" / screening.VERDICT
    if not path.is_file():
        return False
    found = layouts.read_json(path)
    wanted = {"version": VERSION, "model": model, "mode": settings.mode_of(clip.name), "seed": settings.seed}
    return found.get("prompts", "alpha") == settings.prompts and all(found.get(key) == value for key, value in wanted.items())


def make_guides(clip: Path, model: ImageModel, settings: Settings, detector: Detector | None = None) -> None:
    """Write guide/ of one clip: the frames first, and guide.json when they are all there. `detector`: who prompts ``people``."""
    frames = layouts.pictures_in(clip / "frames")
    rng = np.random.default_rng([settings.seed, _number(clip.name)])
    alphas = [layouts.read_alpha(clip / "alpha" / path.name) for path in frames]
    embeddings = [model.encode(layouts.read_colour(path)) for path in frames]
    mode = settings.mode_of(clip.name)
    prompted = range(len(frames)) if mode == "all" else range(1)
    predictions: dict[int, Prediction] = {}
    clicks: dict[int, int] = {}
    for index in prompted:
        if settings.prompts == "people":
            assert detector is not None, "people are found by a detector"
            predictions[index], clicks[index] = people(detector, model, embeddings[index], layouts.read_colour(frames[index]), index)
            continue
        predictions[index], prompts = asked(rng, model, embeddings[index], alphas[index], index)
        clicks[index] = len(prompts.points) + (prompts.box is not None)
    if mode == "first":
        tracker = make_tracker(settings.tracker, model)
        walk = follow(tracker, embeddings.__getitem__, {0: predictions[0]}, range(1, len(frames)), [], predictions.__getitem__)
        for index, prediction in walk:
            predictions[index] = prediction  # noqa: PERF403 - the walk reads back what it has yielded
    rows = []
    for index, path in enumerate(frames):
        write_guide(clip / "guide" / f"{path.stem}.safetensors", predictions[index], embeddings[index])
        rows.append(screening.measured(path.stem, as_stored(predictions[index]), alphas[index], clicks.get(index, 0)))
    said = {"version": VERSION, "model": model.name, "side": model.side, "mode": mode, "seed": settings.seed, "frames": rows}
    if settings.prompts != "alpha":
        said["prompts"] = settings.prompts
    layouts.write_json(clip / "guide" / screening.VERDICT, {**said, **screening.judged(rows)})


def asked(rng: np.random.Generator, model: ImageModel, embedding: Embedding, alpha: Alpha, frame: int) -> tuple[Prediction, Prompts]:
    """What a user would get who clicks on the object or draws a box, and clicks again where it is most wrong while it isn't good yet."""
    truth = alpha > 0.5
    prompts = first_prompts(rng, truth, frame)
    prediction = model.segment(embedding, prompts)
    best = prediction, prompts
    best_iou = screening.iou(prediction.logits, truth)
    while len(prompts.points) < _CLICKS and best_iou < _GOOD:
        seen = screening.enlarged(prediction.logits, truth.shape) > 0
        prompts = Prompts(frame, (*prompts.points, correction(seen, truth)), prompts.box)
        prediction = model.segment(embedding, prompts)
        found = screening.iou(prediction.logits, truth)
        if found > best_iou:
            best, best_iou = (prediction, prompts), found
    return best


def people(detector: Detector, model: ImageModel, embedding: Embedding, picture: layouts.Colour, frame: int) -> tuple[Prediction, int]:
    """All people on the picture as one, and how many they are; nothing where nobody is found, which the measures then strike."""
    found = detector.find(picture, USUAL_PEOPLE.least_score)
    if not found:
        return Prediction(np.full((LOGITS_SIDE, LOGITS_SIDE), GONE_LOGIT, np.float16), 0.0), 0
    return union([model.segment(embedding, Prompts(frame, box=roomy(one.box, embedding.size))) for one in found]), len(found)


def first_prompts(rng: np.random.Generator, truth: Mask, frame: int) -> Prompts:
    """One to three clicks inside `truth`, mostly well inside, or a box around it drawn by a hand that isn't quite steady."""
    if not truth.any():
        raise layouts.LayoutError("the object is nowhere on the frame: its alpha is empty")
    height, width = truth.shape
    if rng.random() < 0.35:
        rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
        ends = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
        slack = 0.03 * np.array([ends[2] - ends[0], ends[3] - ends[1]] * 2)
        left, top, right, bottom = (ends + slack * rng.normal(0, 1, 4)).clip(0, [width, height, width, height])
        if right > left + 2 and bottom > top + 2:
            return Prompts(frame, (), Box(float(left), float(top), float(right), float(bottom)))
    depth = _depth(truth)
    rows, columns = np.nonzero(depth > 0)
    weight = depth[rows, columns] ** rng.uniform(1, 3)
    count = int(rng.integers(1, 4))
    chosen = rng.choice(len(rows), size=count, p=weight / weight.sum())
    return Prompts(frame, tuple(Point(float(columns[index]) + 0.5, float(rows[index]) + 0.5) for index in chosen))


def correction(seen: Mask, truth: Mask) -> Point:
    """A click in the middle of the thickest part that is wrong: on the object where it is missed, on the rest where that was taken."""
    missed, taken = _depth(truth & ~seen), _depth(seen & ~truth)
    wrong, positive = (missed, True) if missed.max() >= taken.max() else (taken, False)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return Point(float(column) + 0.5, float(row) + 0.5, positive)


def _depth(mask: Mask) -> npt.NDArray[np.float64]:
    padded = np.pad(mask.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float64)


def write_guide(path: Path, prediction: Prediction, embedding: Embedding) -> None:
    """One frame's guide."""
    named = {
        "logits": prediction.logits,
        "image_embed": embedding.image_embed[0].cpu().numpy(),
        "high": embedding.high_res_feats[0][0].cpu().numpy(),
        "middle": embedding.high_res_feats[1][0].cpu().numpy(),
    }
    tensors = {name: np.ascontiguousarray(value, np.float16) for name, value in named.items()}
    layouts.write_bytes(path, safetensors.numpy.save(tensors))


def clips_in(folder: Path) -> Sequence[Path]:
    """The composited clips that are whole, by name."""
    if not folder.is_dir():
        raise layouts.LayoutError(f"{folder}: no such folder: make clips with scripts/composite_mattes first")
    return [clip for clip in sorted(folder.iterdir()) if (clip / layouts.MANIFEST).is_file() and (clip / "frames").is_dir()]


def in_turn(clips: Sequence[Path]) -> list[Path]:
    """The clips of each set (the first word of the name) by turns, shuffled, so that a part of the work holds all kinds."""
    sets: dict[str, list[Path]] = {}
    for clip in sorted(clips, key=lambda clip: _number(clip.name)):
        sets.setdefault(clip.name.split("_")[0], []).append(clip)
    ordered: list[Path] = []
    for rank in range(max((len(found) for found in sets.values()), default=0)):
        ordered += [found[rank] for found in sets.values() if rank < len(found)]
    return ordered
