"""Labels on disk: a grey PNG a frame, each pixel the index of its class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..shot import MattewrightError
from . import pictures

Labels = npt.NDArray[np.uint8]


def read_class_labels(path: Path) -> Labels:
    """(height, width). Raises MattewrightError where there are none, or a file is damaged."""
    if not path.is_file():
        raise MattewrightError(f"{path}: these labels are not made yet: run `classify`")
    found = pictures.read(path)
    if found.dtype != np.uint8 or found.ndim != 2:
        raise MattewrightError(f"{path}: not labels of 8 bits: delete it and run `classify` again")
    return np.asarray(found, np.uint8)
