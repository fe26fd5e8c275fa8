"""A shot's files by object, stage and frame."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..segment.tracker import Prediction
from ..shot import Layout, MattewrightError, Stage
from . import pictures
from .atomic import clear_abandoned, explain


class Store:
    """Reads and writes the files of the shot whose folder is `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(root)
        self._begun = False
        """Whether the folder was there, and is to stay so."""

    def key(self, object_name: str, stage: Stage, frame: int) -> str | None:
        """What the file says that it was made from; None where there is none."""
        return pictures.read_key(self.layout.file(object_name, stage, frame))

    def write_logits(self, object_name: str, frame: int, prediction: Prediction, key: str) -> None:
        path = self.layout.file(object_name, "logits", frame)
        self._check_there()
        pictures.write(path, prediction.logits, key=key, score=prediction.score, pointer=prediction.pointer)

    def read_logits(self, object_name: str, frame: int) -> Prediction:
        path = self.layout.file(object_name, "logits", frame)
        return Prediction(pictures.read(path), pictures.read_score(path), pictures.read_pointer(path))

    def read_logit_pixels(self, object_name: str, frame: int) -> npt.NDArray[np.float16] | None:
        """The logits without their score and pointer, (h, w); None where there are none. Raises MattewrightError."""
        path = self.layout.file(object_name, "logits", frame)
        pixels: npt.NDArray[np.float16] | None = pictures.read(path) if path.is_file() else None
        return pixels

    def read_score(self, object_name: str, frame: int) -> float:
        return pictures.read_score(self.layout.file(object_name, "logits", frame))

    def write_mask(self, object_name: str, frame: int, mask: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], key: str) -> None:
        """`mask` is (height, width), 255 or 65535 where the object is."""
        self._check_there()
        pictures.write(self.layout.file(object_name, "mask", frame), mask, key=key)

    def read_mask(self, object_name: str, frame: int) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
        """(height, width) as the file has it: 255 or 65535 where the object is. Raises MattewrightError."""
        mask: npt.NDArray[np.uint8] | npt.NDArray[np.uint16] = pictures.read(self.layout.file(object_name, "mask", frame))
        return mask

    def write_alpha(self, object_name: str, frame: int, alpha: npt.NDArray[np.uint16], key: str, stage: Literal["alpha", "raw"]) -> None:
        """`alpha` is (height, width), 65535 where the object covers the pixel; `stage` says whether it is what it was before steadying."""
        self._check_there()
        pictures.write(self.layout.file(object_name, stage, frame), alpha, key=key)

    def read_alpha(self, object_name: str, frame: int, stage: Literal["alpha", "raw"] = "alpha") -> npt.NDArray[np.uint16]:
        """(height, width), 65535 where the object covers the pixel. Raises MattewrightError."""
        alpha: npt.NDArray[Any] = pictures.read(self.layout.file(object_name, stage, frame))
        # 8 bits: what somebody put into the place of a locked frame's file. 255 is 65535.
        return alpha if alpha.dtype == np.uint16 else alpha.astype(np.uint16) * np.uint16(257)

    def write_foreground(self, object_name: str, frame: int, colour: npt.NDArray[np.float16], key: str) -> None:
        """`colour` is (height, width, 3) RGB, scene-linear Rec.709, straight: not multiplied by alpha."""
        self._check_there()
        pictures.write(self.layout.file(object_name, "foreground", frame), colour, key=key)

    def read_foreground(self, object_name: str, frame: int) -> npt.NDArray[np.float16]:
        """(height, width, 3) RGB, scene-linear Rec.709, straight. Raises MattewrightError."""
        colour: npt.NDArray[np.float16] = pictures.read(self.layout.file(object_name, "foreground", frame))
        return colour

    def _check_there(self) -> None:
        """A network drive may go away; the folders that are missing then must not be made anew on the disk below it."""
        if self._begun and not self.root.is_dir():
            raise MattewrightError(f"{self.root}: the store is gone: see that its drive is there and run again; what is done is kept")

    def prepare(self, object_name: str, stage: Stage) -> None:
        """Make the folder, clear what a killed engine left there, and see that it can be written before any work is spent."""
        prepare_folder(self.layout.folder(object_name, stage))
        self._begun = True


def prepare_folder(folder: Path) -> None:
    """Make `folder`, clear what a killed engine left there, and see that it can be written. Raises MattewrightError if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MattewrightError(explain(error, folder)) from error
    clear_abandoned(folder)
