"""What a rendered clip shows is drawn from a seed: the same seed the same clip, and the kinds are mixed."""

from __future__ import annotations

import json

import cv2
import numpy as np

from scripts.matte_data import rendering
from scripts.matte_data.scenes import plan, strands

SIZE = (64, 48)


def test_the_same_seed_draws_the_same_clips():
    first = [plan.draw(5, index, SIZE, 3).as_json() for index in range(20)]
    again = [plan.draw(5, index, SIZE, 3).as_json() for index in range(20)]
    other = [plan.draw(6, index, SIZE, 3).as_json() for index in range(20)]
    assert first == again
    assert all(one["parameters"] != two["parameters"] for one, two in zip(first, other, strict=True))


def test_a_clip_does_not_depend_on_those_before_it():
    alone = plan.draw(5, 13, SIZE, 3)
    assert alone == [plan.draw(5, index, SIZE, 3) for index in range(14)][13]


def test_every_kind_is_among_the_first_twenty_and_people_are_most():
    kinds = [plan.draw(1, index, SIZE, 1).kind for index in range(20)]
    assert set(kinds) == set(plan.KINDS)
    assert kinds.count("portrait") + kinds.count("figure") >= 8


def test_plans_are_plain_json():
    for index in range(40):
        described = plan.draw(3, index, SIZE, 2).as_json()
        assert json.loads(json.dumps(described))["parameters"] == described["parameters"]


def test_strands_start_at_their_roots_and_are_as_long_as_asked():
    rng = np.random.default_rng(1)
    roots = rng.normal(size=(300, 3))
    style = strands.Style(0.3, points=10, clump=0.0, uneven=0.0, flyaway=0.0)
    points = strands.grow(rng, roots, np.tile([0.0, 0.0, 1.0], (300, 1)), style)
    assert np.allclose(points[:, 0], roots)
    assert np.allclose(np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1), 0.3)


def test_strands_are_pushed_out_of_a_head():
    points = np.random.default_rng(2).normal(size=(50, 6, 3)) * 0.5
    radii = np.array([0.5, 0.6, 0.7])
    out = strands.push_out(points, np.zeros(3), radii)
    assert np.linalg.norm(out / radii, axis=-1).min() > 1.0


def test_straight_colour_is_exact_inside_and_spreads_outwards():
    alpha = np.zeros((40, 60), np.float32)
    alpha[10:30, 20:40] = 1.0
    alpha[10:30, 40] = 0.5
    colour = np.float32([0.2, 0.5, 0.8])
    straight = rendering.spread(alpha[..., None] * colour, alpha)
    assert np.allclose(straight[10:30, 20:41], colour, atol=1e-5)
    assert np.allclose(straight, colour, atol=1e-3)


def test_a_contact_sheet_shows_every_whole_clip(tmp_path):
    for index, kind in enumerate(("portrait", "wire")):
        clip = tmp_path / f"{index:04d}_{kind}"
        for folder in ("alpha", "foreground"):
            (clip / folder).mkdir(parents=True)
        cv2.imwrite(str(clip / "alpha" / "0001.png"), np.full((48, 64), 65535, np.uint16))
        cv2.imwrite(str(clip / "foreground" / "0001.png"), np.full((48, 64, 3), 200, np.uint8))
        (clip / "manifest.json").write_text(json.dumps({"index": index, "kind": kind}), encoding="utf-8")
    (tmp_path / ".0002_figure.partial").mkdir()
    rendering.write_manifest(tmp_path, 9)
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["clips"] == ["0000_portrait", "0001_wire"]
    sheet = rendering.contact_sheet(tmp_path, columns=2, width=64)
    assert cv2.imread(str(sheet)).shape == (96, 128, 3)
