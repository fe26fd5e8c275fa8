"""What one looks at during a run: its curves, and samples with what the network makes of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from torch import Tensor

from engine.matte.refiner.inputs import Inputs

from .samples import Batch

__all__ = ["curves", "samples"]

_SIZE = (420, 900)
_COLOURS = {
    "mad": (40, 40, 220),
    "relaxed": (160, 160, 60),
    "solved": (160, 160, 60),
    "guide": (170, 170, 170),
    "loss_total": (60, 160, 60),
}


def curves(rows: list[dict[str, float]], path: Path) -> None:
    """Each figure from 0 to its highest, as a PNG: validation error red, guide and relaxed or solved candidate beside, loss green."""
    height, width = _SIZE
    sheet = np.full((height, width, 3), 255, np.uint8)
    last = max(row["step"] for row in rows)
    scale = max(row["guide"] for row in rows)
    for line, (name, colour) in enumerate(_COLOURS.items()):
        points = [(row["step"], row[name]) for row in rows if name in row]
        if not points:
            continue
        top = max(value for _, value in points) if name.startswith("loss") else scale
        at = [(20 + (width - 40) * step / last, height - 20 - (height - 60) * min(1.0, value / max(top, 1e-9))) for step, value in points]
        cv2.polylines(sheet, [np.rint(at).astype(np.int32)], False, colour, 2, cv2.LINE_AA)
        text = f"{name} {points[-1][1]:.2f}, least {min(value for _, value in points):.2f}"
        cv2.putText(sheet, text, (20 + 220 * line, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    _written(sheet, path)


def samples(batch: Batch, inputs: Inputs, alpha: Tensor, path: Path, most: int = 6) -> None:
    """A row for each sample: picture, trimap, guide, third candidate, what the network made, the truth."""
    rows = []
    for number in range(min(most, alpha.shape[0])):
        greys = (batch.trimap[number] / 255, batch.guide[number], inputs.candidates[number, 2:3], alpha[number], batch.alpha[number])
        tiles = [_shown(batch.picture[number]), *(_shown(grey.expand(3, -1, -1)) for grey in greys)]
        rows.append(np.concatenate(tiles, 1))
    _written(np.concatenate(rows, 0), path)


def _shown(tensor: Tensor) -> npt.NDArray[np.uint8]:
    shown = np.rint(tensor.detach().cpu().float().clamp(0, 1).permute(1, 2, 0).numpy()[..., ::-1] * 255)
    return np.asarray(shown, np.uint8)


def _written(picture: npt.NDArray[np.uint8], path: Path) -> None:
    path.write_bytes(cv2.imencode(path.suffix, picture)[1].tobytes())
