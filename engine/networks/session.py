"""A network, loaded, by the best of onnxruntime's providers that is there, or by a named one."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from ..footage.shrunk import resized
from ..shot import MattewrightError
from .card import Input, NetworkCard
from .known import checksum, graph_path

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""onnxruntime's names by what a device is called here; the best first."""
Picture8 = npt.NDArray[np.uint8]
"""(height, width, 3) RGB as displayed."""


def providers() -> tuple[str, ...]:
    """The devices that this onnxruntime has a provider for, the best first."""
    import onnxruntime

    there = onnxruntime.get_available_providers()
    return tuple(device for device, provider in PROVIDERS.items() if provider in there)


def pick_provider(device: str | None = None) -> str:
    """``cpu``, ``cuda``, ``mps`` or ``directml``: the one named (``cuda:1`` is ``cuda``), or the best that there is.

    A device that torch has and onnxruntime has not is no reason to fail: these networks are small, and the CPU does them.
    """
    there = providers()
    named = (device or there[0]).partition(":")[0]
    return named if named in there else "cpu"


class Session:
    """A network's graph, ready. Any thread may ask; they take turns where the provider can't do otherwise."""

    def __init__(self, card: NetworkCard, device: str | None = None, threads: int = 0, graph: Path | None = None) -> None:
        """`threads` 0 is one a core; `graph` is the card's where it is not installed yet.

        Raises MattewrightError when it isn't there, isn't what it was or can't be loaded.
        """
        import onnxruntime

        path = graph or graph_path(card)
        if graph is None:
            checksum(card)
        self.card = card
        self.device = pick_provider(device)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        names = [(PROVIDERS[self.device], _provider_options(device))] if self.device != "cpu" else []
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=[*names, PROVIDERS["cpu"]])
        except Exception as error:  # onnxruntime has an exception for each of its states, in a module that it calls private
            raise MattewrightError(f"{path}: onnxruntime can't load it: {_line(error)}") from None
        self.device = next(name for name, provider in PROVIDERS.items() if provider == self._session.get_providers()[0])
        self._input = _named(card.input.name, self._session.get_inputs(), "input", path)
        self._outputs = [output.name for output in self._session.get_outputs()]
        if card.output.name:
            _named(card.output.name, self._session.get_outputs(), "output", path)
        self._turn: AbstractContextManager[object] = threading.Lock() if self.device in ("mps", "directml") else nullcontext()
        _check_shape(card, self._input, path)

    def run(self, shown: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """The card's output, of the graph's own shape and type, for `shown` as `blob` makes it. Raises MattewrightError."""
        wanted = [self.card.output.name or self._outputs[0]]
        try:
            with self._turn:
                found: npt.NDArray[Any] = self._session.run(wanted, {self._input.name: shown})[0]
        except Exception as error:
            raise MattewrightError(f"network '{self.card.name}': {self.device}: {_line(error)}") from None
        return found


def blob(picture: Picture8, shown: Input) -> npt.NDArray[np.float32]:
    """What the network is shown of `picture`: (1, 3, h, w) or (1, h, w, 3) float32. A picture in a size that it takes is shown as it is."""
    height, width = picture.shape[:2]
    if shown.fit == "letterbox":
        times = min(shown.width / width, shown.height / height)
        rows, columns = max(1, round(height * times)), max(1, round(width * times))
        small = np.full((shown.height, shown.width, 3), shown.padding, np.uint8)
        small[:rows, :columns] = resized(picture, (rows, columns))
    elif shown.step and not ((height - shown.height) % shown.step or (width - shown.width) % shown.step):
        small = picture
    else:
        small = resized(picture, (shown.height, shown.width))
    planes = cv2.split(small)
    if shown.channels == "BGR":
        planes = planes[::-1]
    values = np.empty((3, *small.shape[:2]), np.float32)
    for plane, mean, scale, made in zip(planes, shown.mean, shown.scale, values, strict=True):
        np.subtract(plane, np.float32(mean), out=made)
        made *= np.float32(scale)
    return values[None] if shown.layout == "NCHW" else np.ascontiguousarray(values.transpose(1, 2, 0))[None]


def _provider_options(device: str | None) -> dict[str, str]:
    number = (device or "").partition(":")[2]
    return {"device_id": number} if number else {}


def _named(name: str, there: list[onnxruntime.NodeArg], what: str, path: Path) -> onnxruntime.NodeArg:
    for item in there:
        if item.name == name or (not name and len(there) == 1):
            return item
    known = ", ".join(item.name for item in there)
    said = f"no {what} '{name}'" if name else f"more than one {what}"
    raise MattewrightError(f"{path}: the graph has {said}: say one of {known} as the card's {what}.name")


def _check_shape(card: NetworkCard, value: onnxruntime.NodeArg, path: Path) -> None:
    shown = card.input
    wanted = [1, 3, shown.height, shown.width] if shown.layout == "NCHW" else [1, shown.height, shown.width, 3]
    fits = len(value.shape) == 4 and all(not isinstance(side, int) or side == want for side, want in zip(value.shape, wanted, strict=True))
    rows = 2 if shown.layout == "NCHW" else 1
    if fits and shown.step and any(isinstance(side, int) for side in value.shape[rows : rows + 2]):
        raise MattewrightError(f"{path}: the graph takes pictures of {value.shape} alone: take the step out of the card's input")
    if not fits or value.type != "tensor(float)":
        takes = f"{value.type} {value.shape}"
        raise MattewrightError(f"{path}: the graph takes {takes}, its card says tensor(float) {wanted}: correct the card's input")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
