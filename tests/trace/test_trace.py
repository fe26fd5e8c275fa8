"""Mattes to splines: where the outlines are, which belong together over time, and how few keyframes hold them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.refine import Box
from engine.refine.polygons import coverage
from engine.shot.outlines import Outlines, Shape
from engine.trace import Settings, Tracing
from engine.trace.contours import contours
from engine.trace.splines import curve

HEIGHT, WIDTH = 96, 160


def ellipse(x: float, y: float, a: float, b: float) -> np.ndarray:
    rows, columns = np.mgrid[: 4 * HEIGHT, : 4 * WIDTH] / 4 + 0.125
    inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
    return inside.reshape(HEIGHT, 4, WIDTH, 4).mean(axis=(1, 3)).astype(np.float32)


def traced(mattes: list[np.ndarray], settings: Settings) -> tuple[Outlines, list[Shape]]:
    tracing = Tracing(settings)
    for frame, matte in enumerate(mattes, 1):
        tracing.add(frame, matte)
    for piece in tracing.pieces():
        for _ in tracing.fit(piece):
            pass
    return tracing.outlines("dog", (HEIGHT, WIDTH), 1, len(mattes))


def drawn(outlines: Outlines, shapes: list[Shape], frame: int) -> np.ndarray:
    """The splines filled, as keyframes interpolate them."""
    made = np.zeros((HEIGHT, WIDTH), np.float32)
    for number, piece in sorted(enumerate(outlines.pieces), key=lambda one: one[1].depth):
        if not piece.first <= frame <= piece.last:
            continue
        keys = {shape.frame: np.array(shape.points).reshape(-1, 3, 2) for shape in shapes if shape.piece == number}
        before, after = max(key for key in keys if key <= frame), min(key for key in keys if key >= frame)
        share = (frame - before) / max(1, after - before)
        spline = (1 - share) * keys[before] + share * keys[after]
        filled = coverage(curve(spline[None], 16)[0], Box(0, 0, HEIGHT, WIDTH))
        made = made * (1 - filled) if piece.hole else np.maximum(made, filled)
    return made


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float(((one > 0.5) & (other > 0.5)).sum() / ((one > 0.5) | (other > 0.5)).sum())


def test_outlines_lie_where_the_matte_is_half() -> None:
    matte = ellipse(80.3, 47.6, 40, 30) - ellipse(80.3, 47.6, 10, 10)
    island, hole = contours(matte)
    assert island.area == pytest.approx(np.pi * 1200, rel=2e-3) and hole.area == pytest.approx(-np.pi * 100, rel=1e-2)
    off = np.hypot((island.points[:, 0] - 80.3) / 40, (island.points[:, 1] - 47.6) / 30) - 1
    assert np.abs(off).max() * 40 < 0.3, "a fraction of a pixel"
    # What the picture's edge cuts is closed there, and two pixels that touch at a corner alone are two islands.
    cut = np.zeros((8, 8), np.float32)
    cut[:3, :3] = 1
    (corner,) = contours(cut)
    assert corner.points.min() == 0.0 and corner.points.max() == 3.0
    apart = np.eye(2, dtype=np.float32)
    assert len(contours(np.pad(apart * 0.9, 2))) == 2
    assert contours(np.zeros((5, 5), np.float32)) == [] == contours(np.full((5, 5), 0.5, np.float32))


def test_what_moves_at_one_speed_has_two_keyframes() -> None:
    mattes = [ellipse(40 + 2.5 * frame, 48, 25 + frame / 2, 20) for frame in range(8)]
    outlines, shapes = traced(mattes, Settings(0.75))
    (piece,) = outlines.pieces
    assert piece.points <= 8 and (piece.first, piece.last, piece.hole) == (1, 8, False)
    assert [shape.frame for shape in shapes][:: len(shapes) - 1] == [1, 8] and len(shapes) <= 3
    assert all(iou(drawn(outlines, shapes, frame), matte) > 0.97 for frame, matte in enumerate(mattes, 1))


def test_a_turn_is_keyed_and_a_wider_tolerance_keys_less() -> None:
    mattes = [ellipse(80 + 40 * np.cos(frame / 7), 48 + 20 * np.sin(frame / 7), 20, 14) for frame in range(10)]
    tight, loose = traced(mattes, Settings(0.5)), traced(mattes, Settings(3.0))
    assert 10 > len(tight[1]) > len(loose[1]) >= 3
    assert tight[0].pieces[0].points >= loose[0].pieces[0].points
    for frame, matte in enumerate(mattes, 1):
        assert iou(drawn(*tight, frame), matte) > 0.96 and iou(drawn(*loose, frame), matte) > 0.75


def test_corners_stay_and_points_keep_to_theirs_while_a_shape_turns() -> None:
    def square(angle: float) -> np.ndarray:
        rows, columns = np.mgrid[: 4 * HEIGHT, : 4 * WIDTH] / 4 + 0.125
        x, y = columns - 80, rows - 48
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        return ((np.abs(u) < 30) & (np.abs(v) < 20)).reshape(HEIGHT, 4, WIDTH, 4).mean(axis=(1, 3)).astype(np.float32)

    mattes = [square(frame * 0.03) for frame in range(10)]
    outlines, shapes = traced(mattes, Settings(0.75))
    assert len(outlines.pieces) == 1 and len(shapes) <= 4
    assert all(iou(drawn(outlines, shapes, frame), matte) > 0.97 for frame, matte in enumerate(mattes, 1))


def test_islands_and_holes_come_and_go() -> None:
    body = ellipse(90, 48, 50, 40)
    mattes = [body - (ellipse(90, 48, 12, 12) if 3 <= frame <= 7 else 0) for frame in range(1, 11)]
    for frame in (2, 3, 4, 8, 9):  # gone between: two pieces
        mattes[frame - 1] = mattes[frame - 1] + ellipse(15, 15, 9, 9)
    mattes[4] = mattes[4] + ellipse(20, 80, 2, 2)  # smaller than asked for
    outlines, shapes = traced([np.clip(matte, 0, 1) for matte in mattes], Settings(1.0, 40))
    lives = sorted((piece.first, piece.last, piece.hole, piece.depth) for piece in outlines.pieces)
    assert lives == [(1, 10, False, 0), (2, 4, False, 0), (3, 7, True, 1), (8, 9, False, 0)]
    for frame, matte in enumerate(mattes, 1):
        assert iou(drawn(outlines, shapes, frame), matte) > 0.97, frame
    assert traced([np.zeros((HEIGHT, WIDTH), np.float32)] * 3, Settings())[0].pieces == ()
