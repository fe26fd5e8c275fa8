"""From scores to labels: fused, at the picture's size, by its edges, and held over time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import own_networks
import pytest

from engine.classify import Answer, Seen, drawn, joined, labels, log_odds, merged, read_scores, shown_size, steadied, views
from engine.footage.shrunk import resized
from engine.networks import find_card
from engine.networks.card import Input
from engine.networks.session import Session, blob
from engine.shot import MattewrightError

RANDOM = np.random.default_rng(5)


def smooth(classes: int = 5, size: tuple[int, int] = (36, 64)) -> np.ndarray:
    return np.stack(
        [cv2.resize(RANDOM.normal(0, 4, (6, 9)).astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC) for _ in range(classes)]
    )


def test_labels_are_the_likeliest_class_the_first_of_equal_ones() -> None:
    for classes in (2, 5, 21):
        scores = smooth(classes)
        scores[:, :9] = np.rint(scores[:, :9])  # ties
        assert (labels(scores) == scores.argmax(axis=0)).all()
    behind = np.zeros((3, 4, 4), np.float32)
    assert (labels(behind) == 0).all() and (labels(behind + np.array([0, 1, 1], np.float32)[:, None, None]) == 1).all()


def test_log_odds_are_those_of_the_softmax() -> None:
    scores = smooth(6)
    shares = np.exp(scores.astype(np.float64))
    shares /= shares.sum(axis=0)
    inside = shares[[1, 4]].sum(axis=0)
    expected = np.clip(np.log(inside / (1 - inside)), -30, 30)
    assert np.abs(log_odds(scores, [4, 1, 1]) - expected).max() < 0.02
    assert (log_odds(scores, range(6)) == 30).all()


def test_answers_are_read_in_every_shape_that_a_card_may_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path))
    card = find_card(own_networks.warm(tmp_path))
    scores = smooth(2)

    def said(kind: str, layout: str = "NCHW") -> object:
        return replace(card, output=replace(card.output, kind=kind, layout=layout))

    assert (read_scores(scores[None], card, (36, 64)) == scores).all()
    assert (read_scores(scores[None].transpose(0, 2, 3, 1), said("scores", "NHWC"), (36, 64)) == scores).all()
    shares = np.exp(scores) / np.exp(scores).sum(axis=0)
    assert (labels(read_scores(shares[None], said("probabilities"), (36, 64))) == labels(scores)).mean() > 0.999
    assert (labels(read_scores(shares[None, 1:], said("probabilities"), (36, 64))) == labels(scores)).mean() > 0.999
    for shape in ((1, 36, 64), (1, 1, 36, 64), (1, 36, 64, 1)):
        assert (labels(read_scores(labels(scores).reshape(shape).astype(np.int64), said("labels"), (36, 64))) == labels(scores)).all()
    boxed = replace(card, input=replace(card.input, fit="letterbox"))
    assert read_scores(scores[None], boxed, (36, 128)).shape == (2, 18, 64)
    with pytest.raises(MattewrightError, match=r"it answers with an array of \[1, 3, 36, 64\], its card says 2 classes as NCHW"):
        read_scores(smooth(3)[None], card, (36, 64))


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("size", [(36, 64), (180, 320), (181, 299), (20, 30)])
def test_labels_at_the_pictures_size_are_those_of_scores_scaled_to_it(corners: bool, size: tuple[int, int]) -> None:
    for classes in (2, 5, 21):
        answer = Answer(smooth(classes, (9, 16)), (65, 121), corners)
        said = answer.labels(size)
        assert (said == answer.at(size).argmax(axis=0)).mean() > 0.9995 and said.shape == size
    if corners:  # where the outermost are, and that the rest lie evenly between
        ramp = np.add.outer(np.arange(9, dtype=np.float32), np.arange(16, dtype=np.float32))
        found = Answer(ramp[None], (65, 121), True).at((65, 121))[0]
        assert np.allclose(found, np.add.outer(np.arange(65) / 8, np.arange(121) / 8), atol=1e-4)
    else:
        plane = smooth(1, (9, 16))
        assert np.allclose(
            Answer(plane, (65, 121)).at(size)[0], cv2.resize(plane[0], size[::-1], interpolation=cv2.INTER_LINEAR), atol=1e-4
        )


@pytest.mark.parametrize(("size", "count"), [((720, 1280), 2), ((858, 2048), 3), ((1280, 720), 2), ((480, 500), 1), ((480, 720), 2)])
def test_parts_cover_the_picture_and_join_without_a_seam(size: tuple[int, int], count: int) -> None:
    network = Input(257, 257)
    assert shown_size(size, network, "whole") == (257, 257) and len(views((257, 257), network)) == 1
    shown = shown_size(size, network, "parts")
    parts = views(shown, network)
    assert len(parts) == count and min(shown) == 257
    assert count == 1 or abs(shown[1] / shown[0] - size[1] / size[0]) < 0.02 * size[1] / size[0]
    ramp = np.add.outer(np.linspace(0, 1, shown[0], dtype=np.float32), np.linspace(0, 1, shown[1], dtype=np.float32))
    assert all(ramp[part].shape == (257, 257) for part in parts)
    for finer in (1, 2):  # as many scores as pixels, or fewer
        seen = [cv2.resize(ramp[part], (257 // finer, 257 // finer), interpolation=cv2.INTER_AREA)[None] for part in parts]
        whole = joined(seen, parts)
        assert np.abs(whole[0] - cv2.resize(ramp, whole.shape[:0:-1], interpolation=cv2.INTER_AREA)).max() < 0.02


@pytest.mark.parametrize("size", [(720, 1280), (858, 2048), (1280, 720), (480, 500), (2160, 3840), (90, 160), (300, 4000)])
def test_a_network_of_any_shape_is_shown_the_picture_in_its_own(size: tuple[int, int]) -> None:
    network = Input(257, 257, step=8)
    for look, times in (("whole", 1.0), ("parts", size[1] / size[0]), ("both", size[1] / size[0]), ("fine", 4 * size[1] / size[0])):
        shown = shown_size(size, network, look)
        assert all(side % 8 == 1 for side in shown) and len(views(shown, network)) == 1
        assert abs(shown[1] / shown[0] - size[1] / size[0]) < 0.07 * size[1] / size[0]
        assert abs(shown[0] * shown[1] / 257**2 / max(times, 1 / times if look != "fine" else times) - 1) < 0.3 or size[0] > size[1]
        picture = np.zeros((*shown, 3), np.uint8)
        assert blob(picture, network).shape == (1, 3, *shown)


@pytest.mark.parametrize("sequence", ["lucia", "hike"])
def test_fused_labels_are_those_of_scores_scaled_to_the_picture(sequence: str, data: Path) -> None:
    card = find_card(own_networks.need("deeplab"))
    session = Session(card, "cpu")
    for path in sorted((data / "davis" / sequence / "frames").glob("*.jpg"))[::30][:2]:
        picture = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        size = picture.shape[:2]
        shown = shown_size(size, card.input, "parts")
        small = resized(picture, shown)
        answer = Answer(read_scores(session.run(blob(small, card.input)), card, shown), shown, card.output.corners)
        # As the graph itself goes on: all scores at the size of what it was shown; then at the picture's.
        plain = np.stack([cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR) for plane in answer.at(shown)]).argmax(axis=0)
        assert 15 in np.unique(plain)
        assert (answer.labels(size) == plain).mean() > 0.998
        edged = drawn(answer, picture)
        assert (edged == plain).mean() > 0.98 and set(np.unique(edged)) <= set(np.unique(plain))


def test_labels_are_drawn_to_the_pictures_edges() -> None:
    y, x = np.mgrid[0:360, 0:640]
    truth = np.hypot(x - 321.5, y - 183.5) < 97
    picture = np.where(truth[..., None], np.uint8([220, 180, 60]), np.uint8([40, 60, 90])).astype(np.uint8)
    # What a network says: the same, a little blurred and off.
    rough = (
        cv2.GaussianBlur(cv2.resize(np.roll(truth, 4, axis=1).astype(np.float32), (64, 36), interpolation=cv2.INTER_AREA), (0, 0), 1) - 0.5
    )
    scores = np.stack([-rough, rough]) * 8
    answer = Answer(scores, (36, 64))
    assert (drawn(answer, picture) != truth).sum() < 0.5 * (answer.labels((360, 640)) != truth).sum()


def test_noise_goes_where_nothing_moves_and_what_moves_is_not_smeared() -> None:
    picture = np.clip(cv2.resize(RANDOM.normal(128, 60, (20, 30)).astype(np.float32), (96, 64), interpolation=cv2.INTER_CUBIC), 0, 255)
    grey = picture.astype(np.uint8)
    truth = np.zeros((64, 96), np.float32)
    truth[20:50, 30:70] = 1

    def seen(shift: int) -> Seen:
        scores = np.stack([0.5 - truth, truth - 0.5]) * 4 + RANDOM.normal(0, 2, (2, 64, 96)).astype(np.float32)
        return Seen(np.roll(scores, shift, axis=2), np.roll(grey, shift, axis=1))

    still = {offset: seen(0) for offset in range(-3, 4)}
    alone = (labels(steadied(still, 0.0)) != truth).mean()
    held = (labels(steadied(still, 1.0)) != truth).mean()
    assert alone > 0.05 and held < 0.3 * alone
    moving = {offset: seen(3 * offset) for offset in range(-3, 4)}
    inner = np.s_[12:52, 15:80]
    assert (labels(steadied(moving, 1.0)) != truth)[inner].mean() < 0.5 * alone
    other = {0: seen(0), 1: Seen(-seen(0).scores, 255 - grey)}  # a cut
    assert (labels(steadied(other, 1.0)) == labels(other[0].scores)).mean() > 0.97


def test_what_either_look_has_found_counts() -> None:
    parts, whole = np.zeros((2, 9, 16), np.float32), np.zeros((2, 9, 9), np.float32)
    parts[0], whole[0] = 4, 4  # the background
    parts[1, :, 8:], whole[1] = 6, 5
    found = merged(parts, whole, 0)
    assert (labels(found) == 1).all() and (labels(parts)[:, :8] == 0).all() and found[1, 0, 12] == 6
