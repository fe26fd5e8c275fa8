"""Mattes against the truth: folders of mattes, and clips that a method is run over with its trimaps from a tracker's logits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import matte_metrics
import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file

from engine.matte.guide import guide as guide_of
from engine.matte.method import AlphaMethod
from engine.matte.refiner.inputs import FEATURES
from engine.matte.trimap import make_trimap
from engine.refine.logits import enlarge
from engine.segment.image_model import Embedding

if TYPE_CHECKING:
    from engine.segment.image_model import ImageModel

__all__ = ["COLUMNS", "Features", "Shot", "compared", "read_matte", "row", "run", "shots"]

COLUMNS = ("SAD", "MAD", "MSE", "Grad", "Conn", "dtSSD")
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


@dataclass(frozen=True)
class Shot:
    """A clip to measure on: pictures, true alphas and logits in the same order."""

    name: str
    frames: list[Path]
    alphas: list[Path]
    logits: list[Path]
    """``.npy`` of (256, 256), or ``.safetensors`` that hold ``logits``, and maybe features."""


def shots(folder: Path, logits: Path | None) -> list[Shot]:
    """``<folder>/<clip>/{frames,alpha}``; logits from ``<logits>/<clip>/*.npy``, the file's number the frame's from 0, or ``guide/``.

    Only frames that have logits count.
    """
    found = []
    for clip in sorted(path for path in folder.iterdir() if (path / "frames").is_dir() and (path / "alpha").is_dir()):
        frames, alphas = pictures(clip / "frames"), pictures(clip / "alpha")
        if logits is None:
            said = dict(enumerate(sorted((clip / "guide").glob("*.safetensors"))))
        else:
            said = {int(path.stem.rpartition("_")[2]): path for path in (logits / clip.name).glob("*.npy")}
        numbers = [number for number in range(min(len(frames), len(alphas))) if number in said]
        if numbers:
            chosen = [[items[number] for number in numbers] for items in (frames, alphas)]
            found.append(Shot(clip.name, chosen[0], chosen[1], [said[number] for number in numbers]))
    return found


def pictures(folder: Path) -> list[Path]:
    """A folder's pictures by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith("."))


def read_matte(path: Path) -> npt.NDArray[np.float32]:
    """(h, w) float32, 0 to 1, of an 8 or 16 bit picture; of one with colours, the first channel."""
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError(f"{path}: can't be read as a picture")
    matte = pixels if pixels.ndim == 2 else pixels[..., 0]
    return np.asarray(matte, np.float32) / np.float32(65535 if matte.dtype == np.uint16 else 255)


def compared(mattes: Path, truths: Path) -> matte_metrics.Figures:
    """Of two folders with as many pictures, in order of their names."""
    return matte_metrics.clip(map(read_matte, pictures(mattes)), map(read_matte, pictures(truths)))


class Features:
    """The image encoder's features of pictures, from the logits' file, else from `kept`, else made by the model and kept there."""

    def __init__(self, kept: Path, model: str = "sam2-hiera-tiny") -> None:
        self._kept, self._name = kept, model
        self._model: ImageModel | None = None

    def __call__(self, picture: npt.NDArray[np.uint8], logits: Path, name: str) -> Embedding:
        """Of the picture `name`, (h, w, 3) uint8."""
        path = logits if logits.suffix == ".safetensors" else self._kept / f"{name}.safetensors"
        if not path.is_file():
            if self._model is None:
                from engine.segment.image_model import load_image_model

                self._model = load_image_model(self._name)
            made = self._model.encode(picture)
            arrays = {"high": made.high_res_feats[0], "middle": made.high_res_feats[1], "image_embed": made.image_embed}
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file({key: tensor[0].cpu().numpy().astype(np.float16) for key, tensor in arrays.items()}, path)
        tensors = load_file(path)
        high, middle, deep = (torch.from_numpy(tensors[key].astype(np.float32))[None] for key in FEATURES)
        return Embedding(deep, (high, middle), (picture.shape[0], picture.shape[1]))


def run(
    shot: Shot, method: AlphaMethod, features: Features, numbers: list[int] | None = None
) -> Iterator[tuple[npt.NDArray[np.float32], float]]:
    """Each frame's alpha, and the seconds that the method took."""
    for number in range(len(shot.frames)) if numbers is None else numbers:
        frame, logits = shot.frames[number], shot.logits[number]
        read = cv2.imdecode(np.fromfile(frame, np.uint8), cv2.IMREAD_COLOR)
        if read is None:
            raise ValueError(f"{frame}: can't be read as a picture")
        picture = np.ascontiguousarray(np.asarray(read, np.uint8)[..., ::-1])
        said = np.load(logits) if logits.suffix == ".npy" else load_file(logits)["logits"]
        spread = enlarge(said.astype(np.float32), (picture.shape[0], picture.shape[1]))
        probability = np.asarray(1 / (1 + np.exp(-spread)), np.float32)
        mask = np.asarray(probability > 0.5, np.float32)
        trimap, guide = make_trimap(probability, mask), guide_of(probability, mask)
        embedding = features(picture, logits, f"{shot.name}/{frame.stem}") if method.needs_features else None
        began = time.perf_counter()
        alpha = method.alpha(picture.astype(np.float32) / np.float32(255), trimap, guide, embedding)
        yield alpha, time.perf_counter() - began


def row(name: str, figures: matte_metrics.Figures, more: str = "") -> str:
    """One line of the table."""
    return f"{name:32}" + "".join(f"{value:9.3f}" if value is not None else "        -" for value in astuple(figures)) + more
