"""Which clips are fit for training: how well guides agree with the alpha, and what a person says of them.

The automatic verdict is in each clip's guide/guide.json. A person's is in ``struck.txt`` in the folder of clips: a name a line strikes that
clip, ``+name`` keeps it whatever was measured, and what follows ``#`` is a remark.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.segment.tracker import Prediction

from . import layouts, sheets
from .layouts import Alpha, Colour

VERDICT = "guide.json"
STRUCK = "struck.txt"
_IOU, _SCORE, _JUMP = 0.72, 0.25, 0.3
"""The least agreement and score of a frame, and the most that the area may change beyond what the true one does, as a logarithm."""


def enlarged(logits: npt.NDArray[np.floating], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Logits (256, 256) over a picture of `shape` (height, width)."""
    return np.asarray(cv2.resize(logits.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def iou(logits: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_]) -> float:
    """Intersection over union of the mask with the true one, 0 to 1."""
    seen = enlarged(logits, truth.shape) > 0
    union = int((seen | truth).sum())
    return float((seen & truth).sum() / union) if union else 1.0


def measured(name: str, prediction: Prediction, alpha: Alpha, clicks: int) -> dict[str, Any]:
    """A frame's line in guide.json: areas are shares of the picture; `clicks` is 0 on a tracked frame."""
    truth = alpha > 0.5
    return {
        "frame": name,
        "iou": round(iou(prediction.logits, truth), 4),
        "score": round(prediction.score, 4),
        "area": round(float((prediction.logits > 0).mean()), 5),
        "truth": round(float(truth.mean()), 5),
        "clicks": clicks,
    }


def judged(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The automatic verdict on a clip's frames: ``kept`` or ``struck``, and why."""
    reasons = [f"IoU {row['iou']:.2f} on {row['frame']}" for row in rows if row["iou"] < _IOU]
    reasons += [f"score {row['score']:.2f} on {row['frame']}" for row in rows if row["score"] < _SCORE]
    for before, after in pairwise(rows):
        seen, true = (np.log(max(after[key], 1e-5) / max(before[key], 1e-5)) for key in ("area", "truth"))
        if abs(seen - true) > _JUMP:
            reasons.append(f"the area jumps from {before['frame']} to {after['frame']}")
    verdict = "struck" if reasons else "kept"
    return {"iou": min((row["iou"] for row in rows), default=0.0), "verdict": verdict, "by": "measure", "reason": "; ".join(reasons)}


def by_hand(folder: Path) -> dict[str, str]:
    """What the person wrote into struck.txt: ``struck`` or ``kept`` by the clip's name."""
    path = folder / STRUCK
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name = line.split("#")[0].strip()
        if name:
            found[name.removeprefix("+").strip()] = "kept" if name.startswith("+") else "struck"
    return found


def judge_all(folder: Path, clips: Sequence[Path]) -> tuple[int, int]:
    """Bring all verdicts up to date with struck.txt and the measures; how many clips are kept and struck."""
    said = by_hand(folder)
    kept = struck = 0
    for clip in clips:
        path = clip / "guide" / VERDICT
        if not path.is_file():
            continue
        before = layouts.read_json(path)
        after = {**before, **judged(before["frames"])}
        if clip.name in said:
            after.update(verdict=said[clip.name], by="hand")
        if after != before:
            layouts.write_json(path, after)
        kept, struck = kept + (after["verdict"] == "kept"), struck + (after["verdict"] == "struck")
    unknown = sorted(set(said) - {clip.name for clip in clips})
    if unknown:
        raise layouts.LayoutError(f"{folder / STRUCK}: there is no clip {unknown[0]}: write a clip's name as its folder is called")
    return kept, struck


def start_by_hand(folder: Path) -> None:
    """An empty struck.txt that says what to write, where there is none."""
    path = folder / STRUCK
    if not path.is_file():
        lines = "# A clip's name a line strikes it; +name keeps it whatever was measured. Then run scripts/guide_mattes --judge\n"
        layouts.write_bytes(path, lines.encode())


def review(path: Path, clips: Sequence[Path], columns: int = 6) -> None:
    """A sheet of the last frame of each clip with the guide's outline (red: struck) and the true one (green), worst first."""
    rows = []
    for clip in clips:
        if (clip / "guide" / VERDICT).is_file():
            said = layouts.read_json(clip / "guide" / VERDICT)
            rows.append((said["verdict"] != "struck", said["iou"], clip, said))
    tiles = []
    for kept, agreement, clip, said in sorted(rows, key=lambda row: (row[0], row[1], row[2].name)):
        picture = _outlined(clip, said["frames"][-1]["frame"])
        colour = (255, 255, 255) if kept else (255, 90, 90)
        tiles.append(sheets.labelled(picture, f"{agreement:.2f} {clip.name}", colour))
    layouts.write_colour(path, sheets.grid(tiles, columns))


def _outlined(clip: Path, frame: str) -> Colour:
    from safetensors import safe_open

    picture = layouts.read_colour(clip / "frames" / f"{frame}.png")
    truth = layouts.read_alpha(clip / "alpha" / f"{frame}.png") > 0.5
    with safe_open(clip / "guide" / f"{frame}.safetensors", "numpy") as tensors:
        seen = enlarged(tensors.get_tensor("logits"), truth.shape) > 0
    thick = max(1, picture.shape[1] // 320)
    for mask, colour in ((truth, (60, 255, 60)), (seen, (255, 50, 50))):
        outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, colour, thick)
    return picture
