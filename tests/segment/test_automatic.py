"""Everything on a picture: each thing is one region, nothing twice, and every pixel one region's."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import random_sam2
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine.segment import automatic
from engine.segment.automatic import Found, areas_of, boxes_of, distinct, find, grid_points, lay, order_of_painting, packed, tidy_labels
from engine.segment.image_model import Embedding, ImageModel, load_image_model
from engine.shot.regions import RegionSettings

SIDE = 256


def finished(finding: automatic.Finding) -> Found:
    while True:
        try:
            next(finding)
        except StopIteration as end:
            return end.value


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def disk(x: float, y: float, radius: float, side: int = SIDE) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return np.hypot(columns + 0.5 - x, rows + 0.5 - y) < radius


def found_of(*masks: np.ndarray, scores: list[float] | None = None) -> Found:
    count = len(masks)
    logits = np.array([np.where(mask, 5, -5) for mask in masks], np.float16).reshape(count, SIDE, SIDE)
    return Found(logits, np.array(scores or [0.9] * count, np.float32), np.ones(count, np.float32))


# --- with the real weights


SHAPES = (("disk", (235, 60, 40)), ("square", (40, 90, 230)), ("bar", (240, 220, 40)), ("triangle", (30, 200, 90)))


def shapes(width: int = 480, height: int = 270) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A picture of four plain things on a dim ground with some grain, and where each is."""
    random = np.random.default_rng(5)
    ground = cv2.GaussianBlur(random.integers(60, 110, (height, width, 3), np.uint8), (0, 0), 2)
    truth = {name: np.zeros((height, width), np.uint8) for name, _ in SHAPES}
    cv2.circle(truth["disk"], (95, 80), 48, 1, -1)
    cv2.rectangle(truth["square"], (210, 40), (300, 130), 1, -1)
    cv2.rectangle(truth["bar"], (60, 190), (280, 225), 1, -1)
    cv2.fillPoly(truth["triangle"], [np.array([[340, 230], [450, 230], [395, 100]], np.int32)], 1)
    for name, color in SHAPES:
        ground[truth[name] > 0] = color
    return ground, {name: mask > 0 for name, mask in truth.items()}


@pytest.fixture(scope="module")
def tiny(sam2_tiny: str) -> ImageModel:  # noqa: F811
    return load_image_model(sam2_tiny, "cpu")


@pytest.fixture(scope="module")
def on_shapes(tiny: ImageModel) -> Found:
    return finished(find(tiny, tiny.encode(shapes()[0]), RegionSettings(grid=8)))


def test_each_thing_is_one_region(on_shapes: Found) -> None:
    picture, truth = shapes()
    labels, regions = lay(on_shapes, picture.shape[:2], RegionSettings().pixels(480, 270))
    for name, mask in truth.items():
        alike = [region.number for region in regions if iou(labels == region.number, mask) > 0.9]
        assert len(alike) == 1, f"{name}: {[round(iou(labels == region.number, mask), 2) for region in regions]}"
        (number,) = alike
        rows, columns = np.nonzero(mask)
        assert labels[int(rows.mean()), int(columns.mean())] == number, "what is clicked on is what is picked"


def test_nothing_is_there_twice(on_shapes: Found) -> None:
    masks = on_shapes.masks.reshape(len(on_shapes), -1)
    assert all(iou(masks[i], masks[j]) <= automatic.OVERLAP for i in range(len(masks)) for j in range(i))


def test_a_picture_of_one_colour_gives_at_most_itself(tiny: ImageModel) -> None:
    """Nothing is on it: the list is empty, or what there is covers more or less all of it."""
    found = finished(find(tiny, tiny.encode(np.full((91, 133, 3), 128, np.uint8)), RegionSettings(grid=3)))
    labels, regions = lay(found, (91, 133), 3)
    assert labels.shape == (91, 133)
    assert len(regions) <= 1 and all(region.area > 0.5 * 91 * 133 for region in regions)


# --- with random weights: every mask is nonsense, and the book-keeping is the same


@pytest.fixture(scope="module")
def small() -> ImageModel:
    return ImageModel("random", "none", random_sam2.network(), "cpu")


@pytest.fixture(scope="module")
def seen(small: ImageModel) -> Embedding:
    return small.encode(random_sam2.Clip(1).picture(0))


ANYTHING = RegionSettings(grid=6, least_score=0.0, least_stability=0.0, least_area=1)


class Counting:
    """The model, and how many points it was asked about, batch by batch."""

    def __init__(self, model: ImageModel) -> None:
        self._model = model
        self.device = model.device
        self.batches: list[int] = []

    def decode_batch(self, embedding, points, labels, *, multimask):
        assert multimask and (labels == 1).all()
        self.batches.append(len(points))
        return self._model.decode_batch(embedding, points, labels, multimask=multimask)


def test_the_points_come_in_batches_and_a_cancel_stops_between_two(small: ImageModel, seen: Embedding) -> None:
    model = Counting(small)
    finding = find(model, seen, ANYTHING, batch=16)  # type: ignore[arg-type]
    assert next(finding) == (1, 3)
    assert next(finding) == (2, 3)
    finding.close()
    assert model.batches == [16, 16]
    finished(find(model, seen, ANYTHING, batch=16))  # type: ignore[arg-type]
    assert model.batches == [16, 16, 16, 16, 4]


def test_the_same_again_is_the_same(small: ImageModel, seen: Embedding) -> None:
    one, other = (finished(find(small, seen, ANYTHING)) for _ in range(2))
    assert len(one) > 1
    assert one.logits.tobytes() == other.logits.tobytes()
    assert one.scores.tobytes() == other.scores.tobytes()


@pytest.mark.parametrize("held", [1024, 5])
def test_copies_are_dropped_however_few_masks_are_held(
    small: ImageModel, seen: Embedding, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "_HELD", held)
    masks = finished(find(small, seen, ANYTHING)).masks
    assert len(masks) > 1
    assert all(iou(masks[i], masks[j]) <= automatic.OVERLAP for i in range(len(masks)) for j in range(i))


@pytest.mark.parametrize("asked", [{"least_score": 1.0}, {"least_area": 90 * 160}])
def test_where_nothing_passes_there_is_nothing(small: ImageModel, seen: Embedding, asked: dict[str, float]) -> None:
    settings = RegionSettings(**{"grid": 2, "least_score": 0.0, "least_stability": 0.0, **asked})  # type: ignore[arg-type]
    labels, regions = lay(finished(find(small, seen, settings)), seen.size)
    assert regions == [] and not labels.any() and labels.shape == seen.size


def test_no_doubtful_mask_passes(small: ImageModel, seen: Embedding) -> None:
    every = finished(find(small, seen, ANYTHING))
    score, stability = float(np.median(every.scores)), float(np.median(every.stabilities))
    some = finished(find(small, seen, RegionSettings(6, score, stability, 1)))
    assert 0 < len(some) < len(every)
    assert some.scores.min() >= score and some.stabilities.min() >= stability


# --- the parts


@pytest.mark.parametrize("size", [(1, 1), (270, 480), (2304, 4096), (7, 301)])
def test_the_grid_is_even_and_inside(size: tuple[int, int]) -> None:
    points = grid_points(4, size)
    assert len(points) == 16
    np.testing.assert_allclose(points.mean(0), [size[1] / 2, size[0] / 2], rtol=1e-6)
    np.testing.assert_allclose(points[0], [size[1] / 8, size[0] / 8], rtol=1e-6)
    assert (points > 0).all() and (points < [size[1], size[0]]).all()


@st.composite
def some_masks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    count = draw(st.integers(0, 14))
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    masks = np.zeros((count, 32, 32), bool)
    for mask in masks:
        top, left = random.integers(0, 24, 2)
        mask[top : top + random.integers(0, 12), left : left + random.integers(0, 12)] = True
    return masks, (random.integers(0, 5, count) / 4).astype(np.float32)  # with ties


@settings(deadline=None)
@given(some_masks(), st.sampled_from([0.3, 0.7, 0.9]))
def test_what_is_left_is_distinct_and_stands_for_the_rest(case: tuple[np.ndarray, np.ndarray], overlap: float) -> None:
    masks, scores = case
    kept = [int(index) for index in distinct(packed(masks), scores, overlap)]
    assert all(iou(masks[i], masks[j]) <= overlap for n, i in enumerate(kept) for j in kept[:n])
    assert [scores[index] for index in kept] == sorted((scores[index] for index in kept), reverse=True)
    for index, mask in enumerate(masks):
        better = [other for other in kept if iou(mask, masks[other]) > overlap and scores[other] >= scores[index]]
        assert index in kept or better or not mask.any()


def test_specks_go_and_small_holes_are_filled() -> None:
    mask = disk(100, 100, 40)
    mask[100:102, 100:102] = False
    mask[10:12, 10:12] = True
    mask |= disk(200, 200, 20)
    mask[195:205, 195:205] = False
    tidy = automatic.cleaned(found_of(mask), 20 / SIDE**2).masks[0]
    expected = disk(100, 100, 40) | disk(200, 200, 20)
    expected[195:205, 195:205] = False
    np.testing.assert_array_equal(tidy, expected)


def test_a_mask_that_is_but_specks_goes() -> None:
    specks = np.zeros((SIDE, SIDE), bool)
    specks[::16, ::16] = True
    found = automatic.cleaned(found_of(specks, disk(128, 128, 30)), 9 / SIDE**2)
    assert len(found) == 1 and iou(found.masks[0], disk(128, 128, 30)) == 1


def test_a_part_lies_over_the_whole_and_both_can_be_picked() -> None:
    coat, button = disk(128, 128, 80), disk(140, 120, 12)
    labels, regions = lay(found_of(coat, button, scores=[0.99, 0.8]), (SIDE, SIDE))
    assert [region.within for region in regions] == [None, 1]
    np.testing.assert_array_equal(labels == 2, button)
    np.testing.assert_array_equal(labels == 1, coat & ~button)


@pytest.mark.parametrize("scores", [[0.95, 0.85], [0.85, 0.95]])
def test_where_two_things_overlap_the_better_one_has_it(scores: list[float]) -> None:
    left, right = disk(100, 128, 50), disk(170, 128, 40)
    found = found_of(left, right, scores=scores)
    labels, regions = lay(found, (SIDE, SIDE))
    better, area = (left, left.sum()) if scores[0] > scores[1] else (right, right.sum())
    assert sorted(region.area for region in regions) == sorted([area, (left | right).sum() - area])
    assert len({int(number) for number in labels[better]}) == 1
    assert all(region.within is None for region in regions)


def test_a_poor_part_of_a_part_is_still_seen() -> None:
    """The order holds however the qualities lie: the smallest of three nested ones has the lowest score."""
    rings = [disk(128, 128, radius) for radius in (30, 60, 100)]
    labels, regions = lay(found_of(*rings, scores=[0.81, 0.99, 0.9]), (SIDE, SIDE))
    assert labels[128, 128] == labels[128, 120] and len(regions) == 3
    innermost = int(labels[128, 128])
    np.testing.assert_array_equal(labels == innermost, rings[0])
    order = order_of_painting(packed(np.array(rings)), np.array([0.81, 0.99, 0.9], np.float32))
    assert order == [2, 1, 0]


def test_a_mask_that_is_covered_is_no_region() -> None:
    left, right = disk(100, 128, 40), disk(160, 128, 40)
    _, regions = lay(found_of(left | right, left, right, scores=[0.9, 0.9, 0.9]), (SIDE, SIDE))
    assert len(regions) == 2
    assert all(region.within is None for region in regions), "what isn't listed holds nothing"


@pytest.fixture
def many() -> Iterator[Found]:
    random = np.random.default_rng(11)
    masks = [disk(*random.uniform(0, SIDE, 2), random.uniform(4, 90)) for _ in range(24)]
    yield found_of(*masks, scores=[float(score) for score in random.uniform(0.5, 1, 24)])


@pytest.mark.parametrize("size", [(256, 256), (91, 133), (7, 301), (1, 1), (480, 853), (1, 640)])
@pytest.mark.parametrize("least", [1, 12])
def test_the_list_says_what_the_label_image_shows(many: Found, size: tuple[int, int], least: int) -> None:
    labels, regions = lay(many, size, least)
    assert labels.shape == size and labels.dtype == np.uint16
    assert [region.number for region in regions] == list(range(1, len(regions) + 1))
    assert set(np.unique(labels)) - {0} == {region.number for region in regions}
    assert [region.area for region in regions] == sorted((region.area for region in regions), reverse=True)
    for region in regions:
        mask = labels == region.number
        assert region.area == mask.sum() >= min(least, labels.size)
        rows, columns = np.nonzero(mask)
        box = region.box
        assert (box.left, box.top, box.right, box.bottom) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert mask[int(region.point[1]), int(region.point[0])]
        assert region.within is None or (region.within != region.number and 1 <= region.within <= len(regions))


def test_pieces_go_to_what_is_around_them() -> None:
    labels = np.zeros((40, 60), np.uint16)
    labels[:, :30], labels[:, 30:] = 1, 2
    labels[10:12, 10:12] = 2  # of the right region, in the left one
    labels[20:22, 5:7] = 0  # of none
    labels[5:15, 40:50] = 0  # a hole that is large enough
    tidy_labels(labels, 9)
    assert (labels[:, :30] == 1).all()
    assert (labels[5:15, 40:50] == 0).all() and (labels[:, 30:40] == 2).all()
    lonely = np.zeros((8, 8), np.uint16)
    lonely[0, 0] = 5
    tidy_labels(lonely, 100)
    assert not lonely.any(), "nothing around it but nothing"


def test_boxes_of_scattered_regions() -> None:
    labels = np.zeros((5, 9), np.uint16)
    labels[1, 2] = labels[4, 8] = 3
    labels[0, 0] = 1
    assert boxes_of(labels) == {1: (slice(0, 1), slice(0, 1)), 3: (slice(1, 5), slice(2, 9))}
    assert boxes_of(np.zeros((2, 2), np.uint16)) == {}


def test_areas() -> None:
    masks = np.array([disk(100, 100, 30), np.zeros((SIDE, SIDE), bool), np.ones((SIDE, SIDE), bool)])
    np.testing.assert_array_equal(areas_of(packed(masks)), masks.sum((1, 2)))
