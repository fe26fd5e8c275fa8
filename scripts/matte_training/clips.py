"""Composited clips on disk: which there are, which are held back, and their frames in memory.

``<set>/<clip>/{frames,alpha,foreground}/####.png``; where the tracker has been over a clip, ``guide/####.safetensors`` with ``logits``
(256, 256), and SAM 2's features ``high`` (32, 256, 256), ``middle`` (64, 128, 128), ``image_embed`` (256, 64, 64), float16, and
``guide/guide.json`` with the screening's verdict. A clip without frames/, such as those from which clips are composited, is put over
backgrounds as samples are drawn.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from engine.matte.refiner.inputs import FEATURES

from .damage import SIDE

__all__ = ["Clip", "Frame", "Frames", "NoClipsError", "find_clips", "split"]


class NoClipsError(Exception):
    """One line: what is missing, where, and what to do."""


@dataclass(frozen=True)
class Clip:
    """One clip, its frames in order."""

    folder: Path
    names: tuple[str, ...]
    """Of the frames, without the ending."""
    source: str
    """What its foreground came from: clips of one source are held back together."""
    framed: bool
    """Whether there are pictures; else there are alpha and foreground alone."""
    guided: bool
    """Whether the tracker has been over it, and the screening let it pass."""


@dataclass(frozen=True)
class Frame:
    """One frame in memory."""

    picture: npt.NDArray[np.uint8] | None
    """None where it has to be composited first."""
    alpha: npt.NDArray[np.float32]
    small: npt.NDArray[np.float32]
    """Alpha's means over the logits' cells."""
    foreground: npt.NDArray[np.uint8]
    logits: npt.NDArray[np.float32] | None
    features: dict[str, npt.NDArray[np.float16]] | None
    """By FEATURES' names, (channels, h, w)."""

    @property
    def nbytes(self) -> int:
        """Bytes of all of it."""
        arrays = [self.picture, self.alpha, self.foreground, *(() if self.features is None else self.features.values())]
        return sum(array.nbytes for array in arrays if array is not None)


def find_clips(folder: Path) -> list[Clip]:
    """The clips below `folder` that are whole and weren't struck, by name. Raises NoClipsError where there is none."""
    found = [clip for path in sorted(folder.iterdir()) if (clip := _clip(path)) is not None] if folder.is_dir() else []
    if not found:
        raise NoClipsError(f"{folder}: holds no clip with alpha/ and foreground/: make some with scripts/composite_mattes")
    return found


def _clip(folder: Path) -> Clip | None:
    framed = (folder / "frames").is_dir()
    parts = [folder / name for name in ("alpha", "foreground", *(("frames",) if framed else ()))]
    if folder.name.startswith(".") or not all(part.is_dir() for part in parts):
        return None
    stems = [{path.stem for path in part.glob("*.png") if not path.name.startswith(".")} for part in parts]
    names = tuple(sorted(set.intersection(*stems)))
    manifest = _json(folder / "manifest.json")
    guide = _json(folder / "guide" / "guide.json")
    if not names or len(names) < _count(manifest) or guide.get("verdict") == "struck":
        return None
    guided = bool(guide) and all((folder / "guide" / f"{name}.safetensors").is_file() for name in names)
    return Clip(folder, names, _source(manifest, folder), framed, guided and framed)


def _count(manifest: dict[str, object]) -> int:
    frames = manifest.get("frames", 1)
    return len(frames) if isinstance(frames, list) else int(str(frames))


def _source(manifest: dict[str, object], folder: Path) -> str:
    """The clip whose foreground it is, wherever in it the frames begin."""
    source = manifest.get("source", {"set": folder.parent.name, "clip": folder.name})
    return f"{source.get('set')}/{source.get('clip')}" if isinstance(source, dict) else str(source)


def _json(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def split(clips: list[Clip], share: float) -> tuple[list[Clip], list[Clip]]:
    """Clips to train on, and those held back: about `share` of the sources, the same ones however many clips are added."""
    held = [clip for clip in clips if int(hashlib.sha256(clip.source.encode()).hexdigest()[:8], 16) / 2**32 < share]
    if not held and len(clips) > 1:
        held = [clip for clip in clips if clip.source == clips[-1].source]
    kept = [clip for clip in clips if clip not in held]
    return (kept, held) if kept else (held, held)


class Frames:
    """Frames of clips, as many in memory as fit into `limit` bytes."""

    def __init__(self, limit: int = 3 << 30) -> None:
        self._limit = limit
        self._held: OrderedDict[tuple[Path, str], Frame] = OrderedDict()
        self._bytes = 0

    def __call__(self, clip: Clip, index: int) -> Frame:
        """Frame `index`, 0 for the first one."""
        key = clip.folder, clip.names[index]
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        frame = _read(clip, clip.names[index])
        self._held[key] = frame
        self._bytes += frame.nbytes
        while self._bytes > self._limit and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].nbytes
        return frame


def _read(clip: Clip, name: str) -> Frame:
    alpha, foreground = (_picture(clip.folder / part / f"{name}.png") for part in ("alpha", "foreground"))
    picture = _colour(_picture(clip.folder / "frames" / f"{name}.png")) if clip.framed else None
    if alpha.ndim == 3:
        alpha = alpha[..., 0]
    share = np.asarray(alpha, np.float32) / np.float32(65535 if alpha.dtype == np.uint16 else 255)
    tensors = load_file(clip.folder / "guide" / f"{name}.safetensors") if clip.guided else None
    logits = None if tensors is None else tensors["logits"].astype(np.float32)
    features = None if tensors is None else {feature: tensors[feature] for feature in FEATURES}
    small = np.asarray(cv2.resize(share, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
    return Frame(picture, share, small, _colour(foreground), logits, features)


def _picture(path: Path) -> npt.NDArray[Any]:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise NoClipsError(f"{path}: can't be read: delete its clip and make it anew")
    return picture


def _colour(picture: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if picture.dtype == np.uint16:
        picture = (picture.astype(np.uint32) + 128) // 257
    return np.ascontiguousarray(picture[..., 2::-1].astype(np.uint8))
