"""What the requests share that are answered beside the jobs, on threads of their own: previews and clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..refine import CATALOGUE
from ..shot import Shot, check, document_path, mapped, read
from ..shot.messages import Click, Preview
from .opened import OpenShot, Resources


def said(request: Preview | Click) -> tuple[Path, Shot]:
    """The document's path, and the shot as the request has it, or else the file. Raises MattewrightError."""
    path = document_path(Path(request.shot))
    if request.document is None:
        return path, read(path, CATALOGUE)
    check(request.document, CATALOGUE)
    return path, request.document


def write(request: Preview | Click, mask: npt.NDArray[np.uint8]) -> None:
    """Write `mask`, (height, width) of the whole picture, into the request's file. Raises MattewrightError."""
    height, width = mask.shape
    with mapped.map_file(Path(request.file), width, height) as pixels:
        whole = np.frombuffer(pixels, np.uint8, height * width, request.slot * height * width).reshape(mask.shape)
        whole[:] = mask
        del whole  # a map that an array looks into can't be closed


class StandingShot:
    """A shot with its footage, which stay open from one request to the next. For one thread."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._opened: OpenShot | None = None
        self._opened_of: object = None

    def holds(self, path: Path, shot: Shot) -> bool:
        """Whether it is this shot's footage that is open, with this tracking."""
        return self._opened is not None and self._opened_of == _identity(path, shot)

    def open(self, path: Path, shot: Shot) -> OpenShot:
        """`shot`, whose document is at `path`. Raises MattewrightError."""
        if self._opened is None or not self.holds(path, shot):
            self.close()
            self._opened, self._opened_of = OpenShot(path, self._resources, shot), _identity(path, shot)
        self._opened.shot = shot
        return self._opened

    def close(self) -> None:
        """Let go of the footage; the next request opens it anew."""
        if self._opened is not None:
            self._opened.close()
        self._opened, self._opened_of = None, None


def _identity(path: Path, shot: Shot) -> object:
    footage = path.parent / shot.footage.path
    return path, shot.footage, shot.tracking, footage.stat().st_mtime_ns if footage.is_file() else 0
