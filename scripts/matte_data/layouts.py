"""Where clips with true alpha lie, and how their pictures are read and written.

Two layouts are read. "Alpha + foreground folders": ``<set>/<clip>/alpha/####.png`` and ``<set>/<clip>/foreground/####.png``. That of
VideoMatte240K (Lin et al., "Real-Time High-Resolution Background Matting", CVPR 2021): ``<set>/[train/|test/]pha/<clip>`` and
``fgr/<clip>``, where a clip is a movie file or a folder of pictures.

Everywhere: alpha (h, w) float32 0..1; colour (h, w, 3) uint8 sRGB as displayed, R'G'B', straight (not premultiplied by alpha).
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Colour = npt.NDArray[np.uint8]
Alpha = npt.NDArray[np.float32]

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
MOVIES = (".mp4", ".mov", ".mkv", ".avi", ".webm")
MANIFEST = "manifest.json"


class LayoutError(Exception):
    """One line: what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Source:
    """One clip with alpha and foreground, in either layout."""

    name: str
    alpha: Path
    """A folder of pictures or a movie file."""
    foreground: Path

    def count(self) -> int:
        """How many frames both have."""
        return min(_count(self.alpha), _count(self.foreground))

    def read(self, first: int, count: int) -> list[tuple[Alpha, Colour]]:
        """`count` consecutive frames from index `first` (0 is the first one)."""
        alphas = [_as_alpha(picture) for picture in _pictures(self.alpha, first, count)]
        colours = [_as_colour(picture) for picture in _pictures(self.foreground, first, count)]
        if min(len(alphas), len(colours)) < count:
            raise LayoutError(f"{self.alpha.parent}: frames {first} to {first + count - 1} can't all be read: make the clip anew")
        for alpha, colour in zip(alphas, colours, strict=True):
            if alpha.shape != colour.shape[:2]:
                raise LayoutError(
                    f"{self.foreground}: {colour.shape[1::-1]} pixels, but its alpha has {alpha.shape[::-1]}: make the clip anew"
                )
        return list(zip(alphas, colours, strict=True))


def sources(folder: Path) -> list[Source]:
    """All clips below `folder`, by name. Raises LayoutError when there is neither layout in it."""
    if not folder.is_dir():
        raise LayoutError(f"{folder}: no such folder: name one that holds clips with alpha/ and foreground/, or fgr/ and pha/")
    for part in ("", "train", "test"):
        if (folder / part / "pha").is_dir() and (folder / part / "fgr").is_dir():
            return _video_matte(folder)
    found = [
        Source(clip.name, clip / "alpha", clip / "foreground")
        for clip in sorted(folder.iterdir())
        if (clip / "alpha").is_dir() and (clip / "foreground").is_dir() and _complete(clip)
    ]
    if not found:
        raise LayoutError(f"{folder}: holds no clip with alpha/ and foreground/, nor fgr/ and pha/: choose another folder")
    return found


def _complete(clip: Path) -> bool:
    """A clip that is still being made has no manifest yet, or one that counts more frames than there are."""
    if not (clip / MANIFEST).is_file():
        return not clip.name.startswith(".")
    wanted = read_json(clip / MANIFEST).get("frames")
    count = len(wanted) if isinstance(wanted, list) else wanted if isinstance(wanted, int) else 0
    return _count(clip / "alpha") >= count and _count(clip / "foreground") >= count


def _video_matte(folder: Path) -> list[Source]:
    found = []
    for part in ("", "train", "test"):
        pha, fgr = folder / part / "pha", folder / part / "fgr"
        if not (pha.is_dir() and fgr.is_dir()):
            continue
        by_stem = {item.stem: item for item in fgr.iterdir() if item.is_dir() or item.suffix.lower() in MOVIES}
        alphas = [item for item in sorted(pha.iterdir()) if item.is_dir() or item.suffix.lower() in MOVIES]
        found += [Source(f"{part}_{item.stem}".lstrip("_"), item, by_stem[item.stem]) for item in alphas if item.stem in by_stem]
    if not found:
        raise LayoutError(f"{folder}: fgr/ and pha/ have no clip of the same name: unpack the whole set")
    return found


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder, by name; hidden ones are files that are not written to the end."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith("."))


def _count(clip: Path) -> int:
    if clip.is_dir():
        return len(pictures_in(clip))
    movie = cv2.VideoCapture(str(clip))
    try:
        return int(movie.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        movie.release()


def _pictures(clip: Path, first: int, count: int) -> Iterator[npt.NDArray[Any]]:
    if clip.is_dir():
        for path in pictures_in(clip)[first : first + count]:
            yield read_picture(path)
        return
    movie = cv2.VideoCapture(str(clip))
    try:
        for index in range(first + count):
            if index < first:
                going = movie.grab()  # seeking goes to key frames only in some builds
            else:
                going, picture = movie.read()
            if not going:
                return
            if index >= first:
                yield picture
    finally:
        movie.release()


def read_picture(path: Path) -> npt.NDArray[Any]:
    """A picture as it is in the file: any depth, any count of channels, in OpenCV's order (BGR). Non-ASCII paths too."""
    try:
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        raise LayoutError(f"{path}: can't be read as a picture: make it anew or take it away")
    return picture


def read_colour(path: Path) -> Colour:
    """A picture file as (h, w, 3) uint8 R'G'B'."""
    return _as_colour(read_picture(path))


def read_alpha(path: Path) -> Alpha:
    """A grey picture file of 8 or 16 bits as (h, w) float32 0..1."""
    return _as_alpha(read_picture(path))


def _as_alpha(picture: npt.NDArray[Any]) -> Alpha:
    grey = picture if picture.ndim == 2 else picture[..., 1]
    return grey.astype(np.float32) / np.float32(np.iinfo(grey.dtype).max)


def _as_colour(picture: npt.NDArray[Any]) -> Colour:
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, -1)
    if picture.dtype == np.uint16:
        picture = np.asarray((picture.astype(np.uint32) + 128) // 257, np.uint8)
    return np.ascontiguousarray(picture[..., 2::-1])


def write_alpha(path: Path, alpha: Alpha) -> None:
    """(h, w) float 0..1 as a grey PNG of 16 bits."""
    _write_png(path, np.rint(np.clip(alpha, 0, 1) * 65535).astype(np.uint16))


def write_colour(path: Path, colour: Colour) -> None:
    """(h, w, 3) uint8 R'G'B' as a PNG."""
    _write_png(path, np.ascontiguousarray(colour[..., ::-1]))


def _write_png(path: Path, picture: npt.NDArray[Any]) -> None:
    ok, packed = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not ok:
        raise LayoutError(f"{path}: a picture of {picture.shape} {picture.dtype} can't be written as PNG")
    write_bytes(path, packed.tobytes())


def write_bytes(path: Path, content: bytes) -> None:
    """The whole file or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}.partial")
    try:
        part.write_bytes(content)
        os.replace(part, path)  # noqa: PTH105 - the call that is atomic on every system
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    write_bytes(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises LayoutError when it isn't one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path}: can't be read ({error}): make the clip anew") from None
    if not isinstance(content, dict):
        raise LayoutError(f"{path}: holds no JSON object: make the clip anew")
    return content
