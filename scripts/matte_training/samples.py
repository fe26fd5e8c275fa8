"""Batches: squares out of clips along the soft edges, changed, with a trimap and a guide such as the product would have made.

A batch depends on the seed, the step, and the clips alone, so that a run that goes on is the run that was cut.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.matte.closed_form import CLOSED_FORM
from engine.matte.refiner.inputs import FEATURES, placed_features
from engine.matte.trimap import TrimapSettings, automatic_half, make_trimap

from .changes import Dye, LooseKey, Places, Wrap, changed_colours, evened, places, screen, taken
from .clips import Clip, Frame, Frames
from .damage import SIDE, damaged_logits

__all__ = ["Batch", "BatchSettings", "Kept", "Sampler", "kept_batches"]

MARGIN = 32
"""Pixels around a sample that its trimap is made with."""
LEAST = 0.01
"""A sample of which a smaller share is unknown is drawn again ..."""
TRIES = 4
"""... so often at most."""
TENSORS = ("picture", "trimap", "guide", "solved", "alpha", "foreground")
PHOTOGRAPH = 1280
"""Pixels across a background in memory."""


@dataclass(frozen=True)
class BatchSettings:
    """What a batch is made of."""

    side: int = 224
    """Pixels, a multiple of the network's STRIDE."""
    clips: int = 4
    """Clips in a batch of single frames; in one of pairs, half as many."""
    pairs: float = 0.25
    """The share of batches that are made of two consecutive frames each, for the temporal loss."""
    without_features: float = 0.5
    """The share of samples whose features are left out."""
    replaced: float = 0.85
    """Of the samples without features, the share that gets another background."""
    keyed: float = 0.15
    """The share of samples that look as if keyed before, with the screen's rim (`LooseKey`)."""
    wrapped: float = 0.4
    """The share of samples whose rim has light from behind (`Wrap`)."""
    screens: float = 0.25
    """Of the backgrounds that take another's place, the share of screens."""
    hopeless: float = 0.0
    """Samples in whose band the closed form is, on average, farther from the truth than that are drawn again; 0: none are."""
    solved: bool = False
    """Whether the closed form is worked out for each sample; else there are zeros."""
    damaged: float = 0.2
    """The share of samples with damaged truth for a guide although the tracker has been over the clip."""


@dataclass(frozen=True)
class Batch:
    """(B, ., side, side) float32; with `frames` of 2, samples 2i and 2i + 1 are consecutive frames."""

    picture: Tensor
    trimap: Tensor
    guide: Tensor
    solved: Tensor
    alpha: Tensor
    foreground: Tensor
    features: dict[str, Tensor]
    """Zero in samples without."""
    frames: int

    def to(self, device: str) -> Batch:
        """The same there."""
        moved = {name: getattr(self, name).to(device) for name in TENSORS}
        return Batch(**moved, features={name: values.to(device) for name, values in self.features.items()}, frames=self.frames)


@dataclass(frozen=True)
class Kept:
    """Batches on disk, for samples that take longer to make than to learn from."""

    folder: Path
    count: int
    """After so many, the first ones come again."""

    def batch(self, step: int, made: Callable[[int], Batch]) -> Batch:
        """That of the step, `made` where it isn't there yet: the same bytes either way."""
        path = self.folder / f"{step % self.count:06}.safetensors"
        if not path.is_file():
            batch = made(step % self.count)
            tensors = {name: getattr(batch, name) for name in TENSORS} | {f"features.{name}": part for name, part in batch.features.items()}
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            save_file({name: part.contiguous() for name, part in tensors.items()} | {"frames": torch.tensor(batch.frames)}, temporary)
            temporary.replace(path)
        return _read(path)


def kept_batches(folder: Path) -> Iterator[Batch]:
    """Those that `Kept` has in the folder, in order."""
    yield from map(_read, sorted(folder.glob("*.safetensors")))


def _read(path: Path) -> Batch:
    read = load_file(path)
    features = {name: read[f"features.{name}"] for name in FEATURES}
    return Batch(**{name: read[name] for name in TENSORS}, features=features, frames=int(read["frames"]))


class Sampler:
    """Batches of `clips`. `backgrounds`: pictures that may take a background's place."""

    def __init__(
        self,
        clips: list[Clip],
        settings: BatchSettings,
        seed: int,
        backgrounds: list[Path] | None = None,
        *,
        plain: bool = False,
        kept: Kept | None = None,
    ) -> None:
        self._kept = kept
        self._clips, self._settings, self._seed = clips, settings, seed
        self._backgrounds = backgrounds or []
        self._plain = plain
        """Whether pictures stay as they are: for validation."""
        self._read = Frames()
        self._photographs: dict[Path, npt.NDArray[np.uint8]] = {}

    def batch(self, step: int) -> Batch:
        """The batch of that step."""
        return self._new(step) if self._kept is None else self._kept.batch(step, self._new)

    def _new(self, step: int) -> Batch:
        settings = self._settings
        rng = np.random.default_rng((self._seed, step))
        frames = 2 if rng.random() < settings.pairs else 1
        drawn = [sample for _ in range(max(1, settings.clips // frames)) for sample in self._drawn(frames, rng)]
        stacked = {name: np.stack([np.atleast_3d(sample[name]) for sample in drawn]) for name in TENSORS}
        tensors = {name: torch.from_numpy(part).permute(0, 3, 1, 2).float() for name, part in stacked.items()}
        return Batch(**tensors, features=self._features(drawn), frames=frames)

    def _drawn(self, frames: int, rng: np.random.Generator) -> list[dict[str, npt.NDArray[Any]]]:
        """Samples of `frames` consecutive frames of one clip."""
        for _ in range(TRIES):
            clip = self._clips[rng.integers(len(self._clips))]
            first = int(rng.integers(max(1, len(clip.names) - frames + 1)))
            numbers = [min(first + step, len(clip.names) - 1) for step in range(frames)]
            made = self._samples([self._read(clip, number) for number in numbers], rng)
            band = made[0]["trimap"] == 128
            if band.mean() >= LEAST and not self._hopeless(made[0], band):
                break
        return made

    def _hopeless(self, sample: dict[str, npt.NDArray[Any]], band: npt.NDArray[np.bool_]) -> bool:
        most = self._settings.hopeless if self._settings.solved and not self._plain else 0.0
        return most > 0 and bool(np.abs(sample["solved"] - sample["alpha"])[band].mean() > most)

    def _samples(self, frames: list[Frame], rng: np.random.Generator) -> list[dict[str, npt.NDArray[Any]]]:
        settings, size = self._settings, frames[0].alpha.shape
        where, _ = places(_corner(frames[0].alpha, settings.side, rng), settings.side + 2 * MARGIN, rng)
        inner = np.ascontiguousarray(where[MARGIN:-MARGIN, MARGIN:-MARGIN])
        tracked = frames[0].logits is not None and (self._plain or rng.random() >= settings.damaged)
        featured = frames[0].features is not None and (self._plain or rng.random() >= settings.without_features)
        replaced = frames[0].picture is None or (not featured and not self._plain and rng.random() < settings.replaced)
        other = self._background(rng) if replaced else None
        widening, seed = np.exp(rng.normal(0.25, 0.3)), rng.integers(1 << 32)
        made: list[dict[str, npt.NDArray[Any]]] = []
        pictures: list[npt.NDArray[Any]] = []
        dyes = (Dye.drawn(rng), Dye.drawn(rng)) if other is not None and not self._plain else None
        softness = float(rng.uniform(0.4, 2.5)) if other is not None and rng.random() < 0.6 else 0.0
        even = float(np.exp(rng.uniform(0, 2.5))) if other is not None and rng.random() < 0.6 else 0.0
        key = LooseKey.drawn(rng) if not self._plain and rng.random() < settings.keyed else None
        wrap = Wrap.drawn(rng) if not self._plain and rng.random() < settings.wrapped else None
        for frame in frames:
            if rng.random() < 0.3:
                seed = rng.integers(1 << 32)
            logits = frame.logits if tracked and frame.logits is not None else damaged_logits(frame.small, np.random.default_rng(seed))
            guide = _probability(logits, size, where)
            trimap = make_trimap(guide, guide, TrimapSettings(float(_width(logits, size) * widening)))
            alpha, foreground = taken(frame.alpha, inner), taken(frame.foreground, inner)
            straight: npt.NDArray[Any] = foreground.astype(np.float32) / 255
            if other is not None:
                if even:
                    straight = evened(straight, alpha, even)
                if softness:
                    alpha = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), softness)
                straight, behind = (straight, other) if dyes is None else (dyes[0].on(straight), dyes[1].on(other))
                share = alpha[..., None]
                picture = share * straight + (1 - share) * behind
            elif frame.picture is not None:
                picture = taken(frame.picture, inner).astype(np.float32) / 255
            else:
                raise ValueError("clips without frames/ need backgrounds: name a folder of pictures")
            if wrap is not None:
                straight, picture = wrap.over(np.asarray(alpha, np.float32), straight, np.asarray(picture, np.float32))
            if key is not None and not key.like(picture[alpha < 0.02]):
                alpha, straight, picture = key.over(alpha.astype(np.float32), straight, picture)
            pictures.append(picture)
            sample: dict[str, npt.NDArray[Any]] = {"alpha": alpha, "foreground": straight}
            sample |= {"guide": guide[MARGIN:-MARGIN, MARGIN:-MARGIN], "trimap": trimap[MARGIN:-MARGIN, MARGIN:-MARGIN]}
            if featured and frame.features is not None:
                sample |= frame.features
                sample["where"] = (inner + np.float32(0.5)) / np.asarray(size[::-1], np.float32)
            made.append(sample)
        if not self._plain and rng.random() < 0.8:
            pictures = changed_colours(pictures, rng)
        return [self._solved(sample | {"picture": picture}) for sample, picture in zip(made, pictures, strict=True)]

    def _solved(self, sample: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        """With the closed form's alpha, such as the product would have found, if it is wanted."""
        trimap, guide = (np.ascontiguousarray(sample[name]) for name in ("trimap", "guide"))
        if not self._settings.solved:
            return sample | {"solved": np.zeros_like(guide)}
        return sample | {"solved": CLOSED_FORM.alpha(np.asarray(sample["picture"], np.float32), trimap, guide)}

    def _background(self, rng: np.random.Generator) -> npt.NDArray[np.float32] | None:
        """(side, side, 3), 0 to 1, out of one of the backgrounds; None without any."""
        if not self._backgrounds:
            return None
        if rng.random() < self._settings.screens:
            return screen(self._settings.side, rng)
        picture, side = self._photograph(self._backgrounds[rng.integers(len(self._backgrounds))]), self._settings.side
        taken_side = min(round(side * rng.uniform(0.5, 2)), *picture.shape[:2])
        y, x = (int(rng.integers(full - taken_side + 1)) for full in picture.shape[:2])
        patch: npt.NDArray[Any] = picture[y : y + taken_side, x : x + taken_side, ::-1]
        patch = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA if taken_side > side else cv2.INTER_LINEAR)
        if rng.random() < 0.7:
            patch = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.5, 6))
        return np.asarray(patch, np.float32) / np.float32(255)

    def _photograph(self, path: Path) -> npt.NDArray[np.uint8]:
        """(h, w, 3) BGR, kept in memory at no more than `PHOTOGRAPH` pixels across."""
        if path not in self._photographs:
            picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise ValueError(f"{path}: can't be read: delete it, or name another folder of backgrounds")
            scale = min(1.0, PHOTOGRAPH / max(picture.shape))
            size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
            self._photographs[path] = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return self._photographs[path]

    def _features(self, drawn: list[dict[str, npt.NDArray[Any]]]) -> dict[str, Tensor]:
        side = self._settings.side
        made = {name: torch.zeros(len(drawn), count, side // stride, side // stride) for name, (count, stride) in FEATURES.items()}
        for number, sample in enumerate(drawn):
            if "where" in sample:
                whole = {name: torch.from_numpy(sample[name])[None] for name in FEATURES}
                for name, values in placed_features(whole, torch.from_numpy(sample["where"])[None]).items():
                    made[name][number] = values[0]
        return made


def _corner(alpha: npt.NDArray[np.float32], side: int, rng: np.random.Generator) -> tuple[int, int]:
    """x and y of a square of `side` around some pixel that is neither wholly in nor out, its margin taken off."""
    step = 3
    offset = rng.integers(step, size=2)
    few = alpha[offset[0] :: step, offset[1] :: step]
    soft = np.flatnonzero((few > 0.02) & (few < 0.98))
    chosen = int(soft[rng.integers(len(soft))]) if len(soft) else int(rng.integers(few.size))
    y, x = (int(value) * step for value in divmod(chosen, few.shape[1]))
    corner = [centre - side // 2 + int(rng.integers(-side // 3, side // 3 + 1)) for centre in (x, y)]
    kept = [max(0, min(value, full - side)) for value, full in zip(corner, alpha.shape[::-1], strict=True)]
    return kept[0] - MARGIN, kept[1] - MARGIN


def _probability(logits: npt.NDArray[np.float32], size: tuple[int, ...], where: Places) -> npt.NDArray[np.float32]:
    """The logits enlarged to a picture of `size`, through the sigmoid, at `where` of it."""
    cells = (where + np.float32(0.5)) * (np.float32(SIDE) / np.asarray(size[::-1], np.float32)) - np.float32(0.5)
    enlarged: npt.NDArray[Any] = cv2.remap(  # type: ignore[call-overload]
        logits, cells.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(1 / (1 + np.exp(-enlarged)), np.float32)


def _width(logits: npt.NDArray[np.float32], size: tuple[int, ...]) -> float:
    """The trimap's automatic width for the whole picture."""
    inner = cv2.resize((logits > 0).astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST)
    return 2 * automatic_half(np.asarray(inner, np.uint8))
