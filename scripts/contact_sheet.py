"""A contact sheet of keyed frames: the clip above, the object cut out over a checkerboard below, frame numbers burned in."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from engine.footage import display_rgb8, open_footage
from engine.shot import document_path, read

COLUMNS, CELL = 4, 320
CHECKER = 16

Pixels = npt.NDArray[np.uint8]


def _keyed(path: Path) -> Pixels:
    """(height, width, 4) BGRA, straight."""
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        raise SystemExit(f"{path}: expected an RGBA picture")
    return np.asarray(picture, np.uint8)


def _cells(rgb: Pixels, keyed: Pixels, frame: int) -> Pixels:
    """(height, CELL, 3) BGR: the clip's picture above the keyed frame."""
    size = (CELL, round(CELL * rgb.shape[0] / rgb.shape[1]))
    above = cv2.resize(np.ascontiguousarray(rgb[..., ::-1]), size, interpolation=cv2.INTER_AREA)
    cv2.rectangle(above, (0, 0), (56, 22), (0, 0, 0), cv2.FILLED)
    cv2.putText(above, f"{frame:04d}", (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    alpha = keyed[..., 3:].astype(np.float32) / 255.0
    y, x = np.mgrid[0 : keyed.shape[0], 0 : keyed.shape[1]] * size[0] // keyed.shape[1] // CHECKER
    checker = np.where(((x + y) % 2)[..., None] == 0, 105, 150).astype(np.float32)
    below = cv2.resize(keyed[..., :3] * alpha + checker * (1.0 - alpha), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.vstack([above, below.astype(np.uint8)]), np.uint8)


def make(shot: Path, folder: Path, sheet: Path, count: int = 8) -> None:
    """Write `sheet` from `count` of the keyed frames in `folder`, spread evenly, and the clip of `shot`."""
    files = {int(path.stem.rpartition("_")[2]): path for path in sorted(folder.glob("*.png"))}
    if not files:
        raise SystemExit(f"{folder}: no keyed frames")
    frames = sorted(files)
    chosen = [frames[round(place)] for place in np.linspace(0, len(frames) - 1, min(count, len(frames)))]
    document = read(document_path(shot))
    with open_footage(document.footage, document_path(shot).parent) as footage:
        cells = [_cells(display_rgb8(footage.picture(frame)), _keyed(files[frame]), frame) for frame in chosen]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    done, data = cv2.imencode(".png", np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise SystemExit(f"{sheet}: can't be made")
    sheet.write_bytes(data.tobytes())
    print(f"{sheet.name}: frames {', '.join(str(frame) for frame in chosen)}")


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
