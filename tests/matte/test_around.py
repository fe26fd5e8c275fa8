"""A method that remembers, on a panorama: an object across the seam is as it is amid the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.matte.around import Around
from engine.matte.method import BACKGROUND, FOREGROUND, UNKNOWN, Follows

HEIGHT, WIDTH = 48, 160


class Smears:
    """Looks 20 pixels to either side; remembers what it was shown last."""

    needs_features, sequential, version = False, True, "smears-1"

    def __init__(self):
        self.before = None

    def alpha(self, picture, trimap, guide, features=None):
        seen = picture[..., 0] if self.before is None else (picture[..., 0] + self.before) / 2
        self.before = picture[..., 0]
        return np.where(trimap == UNKNOWN, cv2.blur(seen, (41, 5)), (trimap == FOREGROUND).astype(np.float32))

    def follow(self, picture):
        self.before = picture[..., 0]


def scene(shift):
    x = np.arange(WIDTH)
    row = np.where(abs(x - 80) < 20, FOREGROUND, np.where(abs(x - 80) < 35, UNKNOWN, BACKGROUND)).astype(np.uint8)
    trimap = np.roll(np.tile(row, (HEIGHT, 1)), shift, axis=1)
    picture = np.roll(np.random.default_rng(4).random((HEIGHT, WIDTH, 3), np.float32), shift, axis=1)
    return picture, trimap, np.zeros((HEIGHT, WIDTH), np.float32)


@pytest.mark.parametrize("shift", [80, 70, 100, 3])
def test_an_object_across_the_seam_is_as_amid_the_picture(shift):
    assert np.abs(Smears().alpha(*scene(shift)) - np.roll(Smears().alpha(*scene(0)), shift, axis=1)).max() > 0.005 or shift == 3
    turned, amid = Around(Smears()), Around(Smears())
    for _ in range(2):  # the second one goes by the first
        np.testing.assert_array_equal(turned.alpha(*scene(shift)), np.roll(amid.alpha(*scene(0)), shift, axis=1))


def test_what_is_only_followed_is_seen_alike():
    made, followed = Around(Smears()), Around(Smears())
    picture, trimap, guide = scene(80)
    made.alpha(picture, trimap, guide)
    assert isinstance(followed, Follows)
    followed.follow(picture)
    np.testing.assert_array_equal(made.alpha(picture, trimap, guide), followed.alpha(picture, trimap, guide))
    assert made.sequential and made.version != Smears.version


def test_a_picture_narrower_than_the_margin():
    picture, trimap, guide = (part[:, 60:80] for part in scene(0))
    assert Around(Smears()).alpha(picture, trimap, guide).shape == (HEIGHT, 20)
