"""The network against the published graph in ONNX Runtime, and the method as the matte job uses it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.matte import methods, refiner, rvm
from engine.matte.method import BACKGROUND, FOREGROUND, UNKNOWN, Follows
from engine.matte.people import People
from engine.matte.rvm.network import Network, enlarged, guides, shrunk
from engine.segment import models
from engine.segment.models import pypi

PHOTO = Path(__file__).resolve().parents[2] / "scripts" / "window-prompted.jpg"


def frames(height, width, count=3):
    """A pan over a photograph, (height, width, 3) float32 RGB each."""
    photo = cv2.cvtColor(cv2.imread(str(PHOTO)), cv2.COLOR_BGR2RGB).astype(np.float32) / 255
    return [np.ascontiguousarray(photo[80 : 80 + height, 200 + 9 * at : 200 + 9 * at + width]) for at in range(count)]


@pytest.mark.parametrize(("height", "width", "ratio"), [(144, 208, 1.0), (163, 257, 0.8), (201, 177, 0.4)])
def test_the_network_is_the_published_one(installed, wheel, height, width, ratio):
    """Foreground, alpha and all that is remembered, over frames, sizes that halve to odd ones among them."""
    import onnxruntime

    source = models.MATTING["rvm"].source
    assert isinstance(source, models.PypiPackage)
    session = onnxruntime.InferenceSession(pypi.read_member(wheel, source.graph), providers=["CPUExecutionProvider"])
    network = Network().eval()
    network.load_state_dict(models.state_dict("rvm"))
    theirs = [np.zeros((1, 1, 1, 1), np.float32)] * 4
    ours = None
    for frame in frames(height, width):
        picture = np.ascontiguousarray(frame.transpose(2, 0, 1)[None])
        states = {f"r{index + 1}i": state for index, state in enumerate(theirs)}
        foreground, alpha, *theirs = session.run(None, {"src": picture, **states, "downsample_ratio": np.array([ratio], np.float32)})
        with torch.inference_mode():
            large = torch.from_numpy(picture)
            slope, offset, ours = network(shrunk(large, ratio), ours)
            found = enlarged(slope, offset, guides(large))
        np.testing.assert_allclose((large + found[:, :3]).clamp(0, 1).numpy(), foreground, atol=2e-4)
        np.testing.assert_allclose(found[:, 3:].clamp(0, 1).numpy(), alpha, atol=2e-4)
        for state, expected in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(state.numpy(), expected, atol=2e-3)


def trimap(height, width):
    made = np.full((height, width), UNKNOWN, np.uint8)
    made[:, : width // 3] = BACKGROUND
    made[:, -width // 3 :] = FOREGROUND
    return made


def test_what_the_trimap_knows_stays(installed):
    method, known = rvm.load("cpu"), trimap(90, 120)
    alpha = method.alpha(frames(90, 120)[0], known, np.zeros((90, 120), np.float32))
    assert alpha.dtype == np.float32 and alpha.shape == (90, 120)
    assert (alpha[known == BACKGROUND] == 0).all() and (alpha[known == FOREGROUND] == 1).all()
    assert alpha.min() >= 0 and alpha.max() <= 1
    assert method.sequential and not method.needs_features


def test_the_same_frames_give_the_same_bytes_and_their_order_matters(installed):
    first, second, third = frames(96, 128)
    method = rvm.load("cpu")
    once = [method.people(frame) for frame in (first, second, third)]
    method.restart()
    again = [method.people(frame) for frame in (first, second, third)]
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)
    method.restart()
    assert not np.array_equal(method.people(third), once[2]), "it remembers"


def test_a_frame_of_another_size_is_refused(installed):
    method = rvm.load("cpu")
    method.alpha(frames(64, 96)[0], trimap(64, 96), np.zeros((64, 96), np.float32))
    with pytest.raises(ValueError, match="as the frames before"):
        method.alpha(frames(64, 90)[0], trimap(64, 90), np.zeros((64, 90), np.float32))


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (16, 3)])
def test_tiny_pictures(installed, size):
    assert rvm.load("cpu").people(np.full((*size, 3), 0.5, np.float32)).shape == size


def test_large_pictures_are_looked_at_smaller(installed):
    """The network's memory is that of the small picture, whatever the large one's size."""
    method = rvm.load("cpu")
    alpha = method.people(np.zeros((1296, 900, 3), np.float32))
    assert alpha.shape == (1296, 900)
    assert method._memory is not None and method._memory[0].shape[2:] == (311, 216)


def test_the_closed_form_with_people_follows_as_it_makes(installed):
    """What comes before is seen alike whether its alpha was made or not."""
    first, second = frames(96, 128, 2)
    known, guide = trimap(96, 128), np.full((96, 128), 0.5, np.float32)
    made, followed = (methods.make("people", "cpu") for _ in range(2))
    assert made.sequential and made.version == methods.choose("people").version != methods.choose("rvm").version
    made.alpha(first, known, guide)
    assert isinstance(followed, Follows)
    followed.follow(first)
    alpha = made.alpha(second, known, guide)
    np.testing.assert_array_equal(alpha, followed.alpha(second, known, guide))
    plain = People(rvm.load("cpu"), "uncorrected")
    plain.follow(first)
    corrected = refiner.load_corrector().corrected(second, known, guide, plain.alpha(second, known, guide))
    np.testing.assert_allclose(alpha, corrected, atol=1e-6)
