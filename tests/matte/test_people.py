"""The closed form with what a network sees of people: trusted where it is right about what is known, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matte_scenes import disk_scene

from engine.matte import methods, tiles
from engine.matte.closed_form import CLOSED_FORM
from engine.matte.method import BACKGROUND, FOREGROUND, UNKNOWN, Follows
from engine.matte.people import People
from engine.matte.trimap import TrimapSettings, make_trimap


class Seen:
    """A network that sees what it is told."""

    def __init__(self, alpha):
        self.alpha, self.frames = alpha, 0

    def people(self, picture):
        self.frames += 1
        return self.alpha


def rimmed():
    """A disk whose soft rim has a colour of its own, as after a loose key: colours alone leave it with the background."""
    picture, alpha = disk_scene(100, 120, radius=30)
    grown = cv2.GaussianBlur(cv2.dilate(alpha, np.ones((7, 7), np.uint8)), (0, 0), 1)
    rim = np.clip(grown - alpha, 0, 1)[..., None]
    picture = (picture * (1 - rim) + rim * np.float32((0.05, 0.25, 0.05))).astype(np.float32)
    guide = cv2.GaussianBlur(alpha, (0, 0), 2)
    return picture, grown, make_trimap(guide, (guide > 0.5).astype(np.float32), TrimapSettings(width=16)), guide


def test_what_the_network_sees_of_a_person_decides_where_colours_mislead():
    picture, truth, trimap, guide = rimmed()
    plain, ours = (method.alpha(picture, trimap, guide) for method in (CLOSED_FORM, People(Seen(truth), "")))
    assert np.abs(ours - truth).mean() < 0.5 * np.abs(plain - truth).mean()


@pytest.mark.parametrize("seen", ["nobody", "everybody", "somebody else"])
def test_what_is_no_person_comes_out_as_by_the_closed_form(seen):
    picture, truth, trimap, guide = rimmed()
    told = {"nobody": np.zeros_like(truth), "everybody": np.ones_like(truth), "somebody else": 1 - truth}[seen]
    found, expected = (method.alpha(picture, trimap, guide) for method in (People(Seen(told), ""), CLOSED_FORM))
    assert np.abs(found - expected).max() < 5e-3


def test_what_is_thin_goes_by_the_guide_where_the_network_misses_it():
    """Nothing of it is known to be the object: no known pixel shows the network to be wrong."""
    truth = np.zeros((80, 80), np.float32)
    truth[:, 38:42] = 1
    picture = np.repeat(truth[..., None], 3, 2) * 0.5 + 0.2
    trimap = np.where(cv2.dilate(truth, np.ones((1, 9), np.uint8)) > 0, UNKNOWN, BACKGROUND).astype(np.uint8)
    found = People(Seen(np.zeros_like(truth)), "").alpha(picture.astype(np.float32), trimap, truth)
    assert np.abs(found - truth).mean() < 0.01


def test_known_pixels_stay_and_tiles_give_what_the_whole_gives(monkeypatch):
    picture, truth, trimap, guide = rimmed()
    whole = People(Seen(truth), "").alpha(picture, trimap, guide)
    assert (whole[trimap == FOREGROUND] == 1).all() and (whole[trimap == BACKGROUND] == 0).all()
    monkeypatch.setattr(tiles, "SIDE", 60)
    monkeypatch.setattr("engine.matte.people.by_tiles", lambda *given, **named: tiles.by_tiles(*given, whole=1500, **named))
    assert np.abs(People(Seen(truth), "").alpha(picture, trimap, guide) - whole).mean() < 2e-3


def test_a_frame_that_is_only_followed_is_seen():
    network = Seen(np.zeros((8, 9), np.float32))
    method = People(network, "")
    assert isinstance(method, Follows) and not isinstance(methods.WITHOUT_WEIGHTS["guided"], Follows)
    method.follow(np.zeros((8, 9, 3), np.float32))
    assert network.frames == 1
