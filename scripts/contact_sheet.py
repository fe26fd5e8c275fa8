"""A contact sheet of keyed frames: the clip above, the object cut out over a checkerboard below, frame numbers burned in."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

COLUMNS, CELL = 4, 320
CHECKER = 16

Pixels = npt.NDArray[np.uint8]


def _read(path: Path) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        raise SystemExit(f"{path}: expected an RGBA picture")
    return np.asarray(picture, np.uint8)


def _cells(path: Path) -> Pixels:
    """(height, CELL, 3) BGR: the picture over its cut-out. The keyed frame keeps the whole picture's colour under alpha 0."""
    keyed = _read(path)
    height = round(CELL * keyed.shape[0] / keyed.shape[1])
    small = cv2.resize(keyed, (CELL, height), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0:height, 0:CELL] // CHECKER
    checker = np.where(((x + y) % 2)[..., None] == 0, 105, 150).astype(np.float32)
    alpha = small[..., 3:].astype(np.float32) / 255.0
    cut = (small[..., :3] * alpha + checker * (1.0 - alpha)).astype(np.uint8)
    plain = np.ascontiguousarray(small[..., :3])
    for text, color, width in ((path.stem.rpartition("_")[2], (0, 0, 0), 3), (path.stem.rpartition("_")[2], (255, 255, 255), 1)):
        cv2.putText(plain, text, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55, color, width, cv2.LINE_AA)
    return np.asarray(np.vstack([plain, cut]), np.uint8)


def make(folder: Path, sheet: Path, count: int = 8) -> None:
    """Write `sheet` from `count` frames spread evenly over those in `folder`."""
    files = sorted(folder.glob("*.png"))
    if not files:
        raise SystemExit(f"{folder}: no keyed frames")
    chosen = [files[round(place)] for place in np.linspace(0, len(files) - 1, min(count, len(files)))]
    cells = [_cells(path) for path in chosen]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]
    done, data = cv2.imencode(".png", np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise SystemExit(f"{sheet}: can't be made")
    sheet.write_bytes(data.tobytes())
    print(f"{sheet.name}: frames {', '.join(path.stem.rpartition('_')[2] for path in chosen)}")


if __name__ == "__main__":
    make(Path(sys.argv[1]) / "keyed", Path(sys.argv[2]))
