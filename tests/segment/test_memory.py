"""The memory tracker against the sam2 package's own video predictor: same weights (seeded random ones), same pictures, same masks.

The real memory weights are in no registry's package. Logits are compared before they are rounded to half floats for the store; what
leaving out one remembered frame or pointer does to them is fifty times what is allowed here, and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from random_sam2 import SIDE, Clip, embed, network
from weights import sam2_tiny  # noqa: F401

from engine.segment import follow as walking
from engine.segment.follow import as_stored, follow
from engine.segment.image_model import ImageModel, load_image_model
from engine.segment.memory import GONE, MemoryTracker
from engine.segment.tracker import Past, Prediction
from engine.shot import MattewrightError, Point, Prompts

CLIP = Clip(20)
"""At least as many frames as pointers are taken of: in shorter clips the package counts them otherwise."""
MIDDLE = 11
TOLERANCE = 1e-4


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Pictures of 256 pixels are too small to share between threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model() -> ImageModel:
    return ImageModel("random", "random", network(), "cpu")


@pytest.fixture(scope="module")
def look(model: ImageModel) -> Any:
    return cache(lambda index: embed(model, CLIP, index))


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`run(prompts, start, reverse)`: what the package makes of masks {(frame, object): mask}, by object and frame."""
    made = network("sam2.sam2_video_predictor.SAM2VideoPredictor")
    folder = tmp_path_factory.mktemp("clip")
    for index in range(CLIP.count):
        cv2.imwrite(str(folder / f"{index:05d}.jpg"), CLIP.picture(index))

    def run(
        prompts: dict[tuple[int, int], np.ndarray], start: int | None = None, reverse: bool = False
    ) -> dict[int, dict[int, np.ndarray]]:
        state = made.init_state(str(folder))
        state["images"] = torch.cat([CLIP.tensor(index) for index in range(CLIP.count)])  # not JPEG's idea of them
        state["cached_features"] = {}
        for (frame, number), mask in prompts.items():
            made.add_new_mask(state, frame, number, mask)
        for _ in made.propagate_in_video(state, start_frame_idx=start, reverse=reverse):
            pass
        found: dict[int, dict[int, np.ndarray]] = {}
        for index, outputs in state["output_dict_per_obj"].items():
            number = state["obj_idx_to_id"][index]
            found[number] = {frame: one["pred_masks"][0, 0].numpy() for kind in outputs.values() for frame, one in kind.items()}
        return found

    return run


def tracked(
    model: ImageModel, look: Any, prompted: dict[int, np.ndarray], frames: Any, history: list[Past] | None = None, done: Any = None
) -> dict[int, Prediction]:
    """Our walk over `frames` from masks on the `prompted` ones."""
    tracker = MemoryTracker(model)
    anchors = {frame: walking.as_stored(tracker.start(look(frame), Prompts(frame, mask="true"), mask)) for frame, mask in prompted.items()}
    found = {**anchors, **(done or {})}
    for made in follow(tracker, look, anchors, frames, history or [], found.__getitem__):
        found.update([made])
    return found


@pytest.fixture
def unrounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "as_stored", lambda prediction: prediction)


def difference(ours: dict[int, Prediction], theirs: dict[int, np.ndarray], frames: Any) -> float:
    return max(float(np.abs(ours[frame].logits.astype(np.float32) - theirs[frame]).max()) for frame in frames)


@pytest.mark.usefixtures("unrounded")
def test_equals_the_package_with_several_objects_and_a_correction(model: ImageModel, look: Any, predictor: Any) -> None:
    given = {(0, 1): CLIP.mask(0, 0), (0, 2): CLIP.mask(0, 1), (MIDDLE, 1): CLIP.mask(MIDDLE, 1)}
    theirs = predictor(given)
    second = tracked(model, look, {0: given[0, 2]}, range(1, CLIP.count))
    assert difference(second, theirs[2], range(CLIP.count)) < TOLERANCE
    between = tracked(model, look, {0: given[0, 1], MIDDLE: given[MIDDLE, 1]}, range(1, MIDDLE))
    assert difference(between, theirs[1], range(MIDDLE + 1)) < TOLERANCE
    # After the correction we remember what the package would if that were all that it had been told.
    alone = predictor({(MIDDLE, 1): given[MIDDLE, 1]}, start=MIDDLE)
    after = tracked(model, look, {MIDDLE: given[MIDDLE, 1]}, range(MIDDLE + 1, CLIP.count))
    assert difference(after, alone[1], range(MIDDLE, CLIP.count)) < TOLERANCE


@pytest.mark.usefixtures("unrounded")
def test_equals_the_package_backward(model: ImageModel, look: Any, predictor: Any) -> None:
    last = CLIP.count - 1
    theirs = predictor({(last, 1): CLIP.mask(last, 0)}, start=last, reverse=True)
    ours = tracked(model, look, {last: CLIP.mask(last, 0)}, range(last - 1, -1, -1))
    assert difference(ours, theirs[1], range(CLIP.count)) < TOLERANCE


@pytest.mark.usefixtures("unrounded")
def test_what_is_remembered_matters(model: ImageModel, look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the comparisons above could fail: one frame, or the far pointers, left out changes the logits by far more."""
    whole = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, 12))
    for kept in (5, 6):
        monkeypatch.setattr(
            MemoryTracker, "recall", lambda _, anchors, history, kept=kept: [*anchors, *(past.frame for past in history[-kept:])]
        )
        other = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, 12))
        assert float(np.abs(other[11].logits - whole[11].logits).max()) > 50 * TOLERANCE


def test_rounded_for_the_store_the_masks_are_the_packages(model: ImageModel, look: Any, predictor: Any) -> None:
    theirs = predictor({(0, 1): CLIP.mask(0, 0)})[1]
    ours = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, CLIP.count))
    for frame in range(CLIP.count):
        different = (ours[frame].logits > 0) != (theirs[frame] > 0)
        assert not different[np.abs(theirs[frame]) > 0.02].any()
        assert different.mean() < 0.001


@pytest.mark.parametrize("frames", [range(1, 19), range(17, -1, -1)])
def test_a_stop_changes_no_byte(model: ImageModel, look: Any, frames: range) -> None:
    start = frames[0] - frames.step
    whole = tracked(model, look, {start: CLIP.mask(start, 0)}, frames)
    for stop in (1, 9):
        done = {frame: whole[frame] for frame in frames[:stop]}
        history = [Past(frame, whole[frame].score) for frame in frames[:stop]]
        resumed = tracked(model, look, {start: CLIP.mask(start, 0)}, frames, history, done)
        for frame in frames:
            assert resumed[frame].logits.tobytes() == whole[frame].logits.tobytes()
            assert resumed[frame].pointer.tobytes() == whole[frame].pointer.tobytes()  # type: ignore[union-attr]
            assert resumed[frame].score == whole[frame].score


def test_points_guide_the_frames_that_they_are_on_and_those_after(model: ImageModel, look: Any) -> None:
    start = {0: walking.as_stored(MemoryTracker(model).start(look(0), Prompts(0, mask="true"), CLIP.mask(0, 0)))}
    walks = []
    for said in ({}, {2: (Point(10.0, 10.0), Point(40.0, 30.0, False))}):
        found = dict(start)
        for made in follow(
            MemoryTracker(model), look, start, range(1, 4), [], found.__getitem__, lambda frame, said=said: said.get(frame, ())
        ):
            found.update([made])
        walks.append([found[frame].logits.tobytes() for frame in range(1, 4)])
    (one, *plain), (other, *guided) = walks
    assert one == other and all(a != b for a, b in zip(plain, guided, strict=True))


def test_a_frame_of_another_tracker_serves_too(model: ImageModel, look: Any) -> None:
    """A locked frame that `matching` made has no pointer: it is made from the mask where the frame is attended to."""
    whole = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, 18))
    done = {frame: Prediction(whole[frame].logits, whole[frame].score) for frame in range(1, 17)}
    resumed = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, 18), [Past(frame, 0.5) for frame in range(1, 17)], done)
    assert resumed[17].logits.shape == (SIDE // 4, SIDE // 4)
    assert np.isfinite(resumed[17].logits).all()


def test_half_precision_tracks_alike(model: ImageModel, look: Any) -> None:
    """bfloat16 by torch's autocast, as on a GPU: the same object, not the same bytes."""
    half = ImageModel("random", "random", network(), "cpu", "bfloat16")
    whole = tracked(model, look, {0: CLIP.mask(0, 0)}, range(1, 6))
    rough = tracked(half, look, {0: CLIP.mask(0, 0)}, range(1, 6))
    assert all(prediction.logits.dtype == np.float16 for prediction in rough.values())
    ours, theirs = whole[5].logits > 0, rough[5].logits > 0
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.97
    assert rough[5].logits.tobytes() != whole[5].logits.tobytes()


def test_gone_says_so(look: Any) -> None:
    other = network()
    other.sam_mask_decoder.pred_obj_score_head.layers[-1].bias.data.fill_(-50)
    found = tracked(ImageModel("random", "random", other, "cpu"), look, {0: CLIP.mask(0, 0)}, range(1, 3))
    assert (found[2].logits == GONE).all()
    assert found[2].score < 0.01
    assert (found[0].logits > 0).any()


def test_refuses_a_model_without_memory(sam2_tiny: str) -> None:  # noqa: F811
    with pytest.raises(MattewrightError, match="has no memory weights"):
        MemoryTracker(load_image_model(sam2_tiny, "cpu"))


def test_memory_is_bounded(model: ImageModel, look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a walk keeps and is handed doesn't grow with its length."""
    monkeypatch.setattr("engine.segment.memory.KEPT", 20)
    tracker = MemoryTracker(model)
    asked: list[int] = []
    anchors = {0: as_stored(tracker.start(look(0), Prompts(0, mask="true"), CLIP.mask(0, 0)))}
    found = dict(anchors)

    def counted(index: int) -> Any:
        asked.append(index)
        return look(index % CLIP.count)

    for frame, prediction in follow(tracker, counted, anchors, range(1, 60), [], found.__getitem__):
        found = {0: found[0], **{other: one for other, one in found.items() if other > frame - 16}, frame: prediction}
        assert len(tracker.recall([0], [Past(other, 1.0) for other in range(1, frame + 1)])) <= 16
    assert len(tracker._memories) <= 40
    assert sum(other < 50 for other in asked[-9:]) == 0, "old frames are encoded again and again"


def test_pointer_survives_the_store(model: ImageModel, look: Any, tmp_path: Path) -> None:
    from engine.store import Store

    made = as_stored(MemoryTracker(model).start(look(0), Prompts(0, mask="true"), CLIP.mask(0, 0)))
    store = Store(tmp_path)
    store.write_logits("disk", 7, made, "key")
    back = store.read_logits("disk", 7)
    assert made.pointer is not None and back.pointer is not None
    assert back.pointer.dtype == np.float32 and back.pointer.tobytes() == made.pointer.tobytes()
    assert back.logits.tobytes() == made.logits.tobytes()
