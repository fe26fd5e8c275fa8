"""What every reader of footage is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ..shot import Footage, MattewrightError
from .picture import MissingPictureError, Picture


class Reader(ABC):
    """Pictures of one clip by Blender's scene frame, in any order. Safe to call from several threads."""

    def __init__(self, footage: Footage, path: Path) -> None:
        self.footage = footage
        self.path = path

    @property
    def width(self) -> int:
        """Pixels, as Blender shows the picture."""
        return self.footage.width

    @property
    def height(self) -> int:
        return self.footage.height

    @abstractmethod
    def picture(self, frame: int) -> Picture:
        """The picture that Blender shows at scene frame `frame`.

        Raises MissingPictureError where there is none (outside the clip, a gap, what a truncated movie lost), MattewrightError where
        there is one that can't be read or has another size than the document says.
        """

    @abstractmethod
    def straight(self, frame: int) -> tuple[Picture, npt.NDArray[np.float32] | None]:
        """The picture with colours that are not multiplied by its own alpha, and that, (height, width), 0 to 1; None where it has none.

        What files say of that, and what the document says, is `SourceAlpha`. Raises as `picture` does.
        """

    @abstractmethod
    def identity(self, frame: int) -> str:
        """A hex digest of what the picture is made from: the file's content and what selects the picture in it.

        It stays the same when the file is moved or copied, and changes with the content. The first call reads the file, later ones only
        its size and time. Raises as `picture` does.
        """

    @abstractmethod
    def has_picture(self, frame: int) -> bool:
        """Whether there should be a picture at `frame`; cheap, decodes nothing."""

    def close(self) -> None:  # noqa: B027 - a reader that holds nothing open has nothing to do
        """Let go of the file. Closing twice is allowed; a closed reader must not be used."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _check_size(self, width: int, height: int, what: object) -> None:
        if (width, height) != (self.width, self.height):
            raise MattewrightError(
                f"{what}: {width}x{height} pixels, but the shot document says {self.width}x{self.height}: reload the clip in Blender"
            )

    def _outside(self, frame: int) -> MissingPictureError:
        clip = self.footage.frames()
        return MissingPictureError(frame, f"{self.path.name}: no picture at frame {frame}; the clip is frames {clip.first} to {clip.last}")
