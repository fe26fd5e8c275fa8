"""Depth for flat footage: files of true depth, pictures that stand for depth, or a network that the user names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from engine.store.depth import DEPTH, FAR, NEAR

from .drawing import Floats
from .layouts import Colour, LayoutError, read_picture

ENDINGS = (".exr", ".png", ".tif", ".tiff")
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SIDE = 518
"""The shorter side of a network's picture where the network takes any size; 37 times 14, as vision transformers like it."""


@dataclass(frozen=True)
class Scale:
    """How relative values become metres."""

    near: float
    far: float
    inverse: bool
    """Whether a larger value is nearer (disparity, as most networks give it), so that 1 / depth is linear in it; else depth is."""
    said: bool = True
    """Whether near and far are somebody's word, which stands above a file's."""

    def metres(self, share: Floats) -> Floats:
        """0..1 -> metres. `inverse`: 1 is near; else 0 is near."""
        if self.inverse:
            return np.asarray(1 / (1 / self.far + share * (1 / self.near - 1 / self.far)), np.float32)
        return np.asarray(self.near + share * (self.far - self.near), np.float32)


def depth_files(folder: Path) -> list[Path]:
    """The depth pictures of a folder, by name."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and not path.name.startswith("."))
    if not found:
        raise LayoutError(f"{folder}: holds no depth pictures ({', '.join(ENDINGS)}): choose another folder")
    return found


def read_depth(path: Path, scale: Scale) -> Floats:
    """(h, w) metres: the first channel of an EXR file as it is, a grey picture by `scale`.

    An EXR file of a shot's depth (`engine.store.depth`) holds shares, 0 far to 1 near: by the metres that its header has, else by
    the near and far ends of `scale`.
    """
    if path.suffix.lower() != ".exr":
        grey = read_picture(path)
        grey = grey if grey.ndim == 2 else grey[..., 1]
        return scale.metres(grey.astype(np.float32) / np.float32(np.iinfo(grey.dtype).max if grey.dtype.kind == "u" else 1))
    import OpenImageIO as Oiio

    picture = Oiio.ImageInput.open(str(path))
    if picture is None:
        raise LayoutError(f"{path}: can't be read: {Oiio.geterror()}: make it anew")
    try:
        depth = picture.read_image(0, 0, 0, 1, Oiio.FLOAT)
        shares, near, far = (picture.spec().getattribute(name) for name in (DEPTH, NEAR, FAR))
    finally:
        picture.close()
    if depth is None:
        raise LayoutError(f"{path}: can't be read to its end: make it anew")
    found = np.asarray(depth, np.float32)[..., 0]
    if shares is None:
        return found
    known = scale if near is None or far is None or scale.said else replace(scale, near=float(near), far=float(far))
    return replace(known, inverse=True).metres(np.clip(found, 0, 1))


class DepthModel:
    """A network in an ONNX file: (1, 3, h, w) float32 R'G'B', less ImageNet's mean and deviation, goes in, a value a pixel comes out."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise LayoutError(f"{path}: can't be read ({error.strerror}): name an ONNX file") from None
        except Exception as error:  # the library's own kinds share no class
            raise LayoutError(f"{path}: is no network that onnxruntime can run: {str(error).splitlines()[0]}") from None
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4:
            raise LayoutError(f"{path}: expected one input (1, 3, h, w), got {[value.shape for value in inputs]}: name a depth network")
        self._name, self._shape = inputs[0].name, inputs[0].shape

    def raw(self, picture: Colour) -> Floats:
        """(h, w) of the picture's size: what the network says, in its own units."""
        height, width = picture.shape[:2]
        grow = _SIDE / min(height, width)
        size = [
            given if isinstance(given, int) else max(14, round(extent * grow / 14) * 14)
            for given, extent in zip(self._shape[2:], (height, width), strict=True)
        ]
        small = cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
        fed = ((small - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)).transpose(2, 0, 1)[None]
        said = np.squeeze(np.asarray(self._session.run(None, {self._name: np.ascontiguousarray(fed, np.float32)})[0], np.float32))
        if said.ndim != 2:
            raise LayoutError(f"the depth network gave {said.shape} for a picture, expected one value a pixel: name another one")
        return np.asarray(cv2.resize(said, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def by_model(model: DepthModel, scale: Scale, first: Colour) -> Callable[[Colour], Floats]:
    """Metres by `model`, whose range on the clip's `first` picture is taken for near to far on all: so depth doesn't pump."""
    low, high = (float(value) for value in np.percentile(model.raw(first), (1, 99)))
    span = max(high - low, 1e-6)
    return lambda picture: scale.metres(np.asarray(np.clip((model.raw(picture) - low) / span, 0, 1), np.float32))


def matching(frames: Sequence[Path], depths: Sequence[Path]) -> dict[str, Path]:
    """The depth file of each frame, by the frame's name: of the same stem, or, where stems differ, of the same rank."""
    by_stem = {path.stem: path for path in depths}
    if all(frame.stem in by_stem for frame in frames):
        return {frame.name: by_stem[frame.stem] for frame in frames}
    if len(frames) != len(depths):
        raise LayoutError(f"{depths[0].parent}: {len(depths)} depth pictures for {len(frames)} frames: give one for each")
    return {frame.name: depth for frame, depth in zip(frames, depths, strict=True)}
