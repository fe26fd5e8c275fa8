"""Drawn foregrounds: coverage that is exact, colour that is straight, the same clip from the same number, and runs that resume."""

from __future__ import annotations

import numpy as np
import pytest
from matte_data import drawn, layouts
from matte_data.drawing import Camera, Canvas, Shape, disc, film, split
from matte_data.textures import Photographs


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(drawn, "SIZES", [(160, 120)] * 7)


SHARP = Camera(0.0, 0.0, 0.5)
RED, BLUE = np.array([200.0, 40, 20]), np.array([10.0, 60, 220])


def square(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def test_alpha_is_the_covered_share_of_each_pixel():
    canvas = Canvas(24, 20)
    angle = np.linspace(0, 2 * np.pi, 90)
    canvas.fill(np.stack([12 + 6.3 * np.cos(angle), 10 + 6.3 * np.sin(angle)], -1), RED)
    alpha, colour = split(canvas.resolved())
    fine = (np.arange(24 * 16) + 0.5) / 16
    true = ((fine[None] - 12) ** 2 + (fine[: 20 * 16, None] - 10) ** 2 < 6.3**2).reshape(20, 16, 24, 16).mean((1, 3))
    assert np.abs(alpha - true).max() < 0.3 and abs(alpha.sum() - true.sum()) / true.sum() < 0.06
    assert np.allclose(colour[alpha > 0.01], RED, atol=1.5), "straight: the same colour wherever there is alpha"


def test_colour_goes_on_beyond_the_edge():
    canvas = Canvas(40, 40)
    canvas.fill(square(10, 10, 30, 30), BLUE)
    _, colour = split(canvas.resolved())
    assert np.allclose(colour, BLUE, atol=3)


def test_light_is_kept_by_defocus_and_alpha_follows_the_disk():
    def draw(canvas, time):
        canvas.fill(square(30, 30, 34, 34), RED)

    sharp, _ = film(draw, (64, 64), 0, 0, SHARP)
    soft, _ = film(draw, (64, 64), 0, 0, Camera(0.0, 6.0, 0.5))
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.02)
    assert soft[32, 41] < 0.01 < soft[32, 36]
    assert disc(3.2).sum() == pytest.approx(1)


def test_what_moves_is_blurred_along_its_way_and_no_farther():
    def draw(canvas, time):
        canvas.fill(square(20 + 8 * time, 10, 30 + 8 * time, 30), RED)

    alpha, _ = film(draw, (64, 40), 1, 8, Camera(0.0, 0.0, 0.5))
    row = alpha[20]
    soft = np.flatnonzero((row > 0.02) & (row < 0.98))
    assert row.sum() == pytest.approx(10, rel=0.06)
    assert soft.min() >= 25 and soft.max() <= 40 and len(soft) >= 6, "half of the way from a frame to the next, at both edges"


def test_a_tube_has_no_gaps_and_is_as_wide_as_said():
    canvas = Canvas(60, 30)
    line = np.stack([np.linspace(10, 50, 12), np.full(12, 15.0)], -1)
    canvas.paint(Shape([], [(line, np.full(12, 4.0, np.float32))]), lambda box, covered: np.broadcast_to(BLUE, (*covered.shape, 3)))
    alpha, colour = split(canvas.resolved())
    assert alpha[:, 30].sum() == pytest.approx(8, abs=0.6)
    assert np.all(alpha[13:17, 12:48] == 1)
    assert np.allclose(colour[15, 30], BLUE, atol=1.5)


def test_the_same_number_gives_the_same_clip_and_another_one_another(tmp_path):
    numbers = [next(number for number in range(99) if drawn.kind_of(5, number) == kind) for kind in ("person-half", "fur-ball")]
    for number in numbers:
        assert drawn.draw_clip(tmp_path / "a", 5, number, Photographs(None), 1)
        assert drawn.draw_clip(tmp_path / "b", 5, number, Photographs(None), 1)
        name = drawn.name_of(5, number)
        for part in ("alpha", "foreground"):
            one, two = (tmp_path / folder / name / part / "0001.png" for folder in "ab")
            assert one.read_bytes() == two.read_bytes()
    alphas = [layouts.read_alpha(tmp_path / "a" / drawn.name_of(5, number) / "alpha" / "0001.png") for number in numbers]
    for alpha in alphas:
        assert 0.02 < alpha.mean() < 0.9 and ((alpha > 0.05) & (alpha < 0.95)).sum() > 200


@pytest.mark.parametrize("kind", ["leaves", "lattice", "blob"])
def test_things_move_from_frame_to_frame(kind):
    rng = np.random.default_rng(8)
    scene = drawn.KINDS[kind][1](rng, (200, 160), Photographs(None))
    first, later = (film(scene.draw, (200, 160), time, 0, SHARP)[0] for time in (0, 30))
    assert first.sum() > 100 and np.abs(first - later).max() > 0.5


def test_a_clip_that_is_done_is_left_alone_and_a_broken_off_one_is_made(tmp_path):
    number = next(number for number in range(99) if drawn.kind_of(6, number) == "blob")
    clip = tmp_path / drawn.name_of(6, number)
    assert drawn.draw_clip(tmp_path, 6, number, Photographs(None), 1)
    before = (clip / "alpha" / "0001.png").read_bytes()
    assert not drawn.draw_clip(tmp_path, 6, number, Photographs(None), 1)
    (clip / layouts.MANIFEST).unlink()
    (clip / "alpha" / "0001.png").write_bytes(b"")
    assert drawn.draw_clip(tmp_path, 6, number, Photographs(None), 1)
    assert (clip / "alpha" / "0001.png").read_bytes() == before
