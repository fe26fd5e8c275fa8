"""What review names: known troubles in logits made by hand, out of a store without footage or model."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from engine import shot
from engine.jobs import review
from engine.segment.tracker import Prediction
from engine.shot import Footage, FrameRange, Point, Prompts, Shot, ShotObject
from engine.store import Store

ROOT = Path(__file__).resolve().parents[2]
FIRST, LAST = 1001, 1030


def disk(
    frame: int, *, radius: float = 30.0, sharpness: float = 1.0, score: float = 0.9, aside: float = 0.0, wide: float = 1.0
) -> Prediction:
    """(256, 256): a disk that wanders slowly over the picture."""
    y, x = np.mgrid[0:256, 0:256]
    at = 60 + 3 * (frame - FIRST) % 130 + aside
    return Prediction((np.clip(radius - np.hypot((y - at) * wide, (x - at) / wide), -12, 12) * sharpness).astype(np.float16), score)


def gone(frame: int) -> Prediction:
    return Prediction(np.full((256, 256), -10, np.float16), 0.0)


TROUBLES = {
    1006: (lambda frame: disk(frame, score=0.4), "the tracker doubts it"),
    1010: (lambda frame: disk(frame, radius=14), "the mask jumps in size"),
    1014: (lambda frame: disk(frame, sharpness=0.05), "the edges are unsure"),
    1018: (gone, "the mask is empty, and was not before"),
    1022: (lambda frame: disk(frame, wide=3.0), "the mask changes shape between frames"),
    1026: (lambda frame: disk(frame, radius=60), "the mask jumps in size"),
}


def store_of(folder: Path, *objects: ShotObject, last: int = LAST) -> Path:
    """A store whose footage is nowhere."""
    folder.mkdir()
    footage = Footage("nowhere/plate_1001.png", "sequence", 640, 360, last - FIRST + 1, frame_start=FIRST)
    (folder / "shot.json").write_text(shot.to_json(Shot("made", footage, FrameRange(FIRST, last), objects)), encoding="utf-8")
    return folder


THING = ShotObject("Möwe", prompts=(Prompts(1002, (Point(5, 5),)),), locked=(FrameRange(1029, 1030),))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = store_of(tmp_path_factory.mktemp("review") / "made", THING, ShotObject("later"))
    for frame in range(FIRST, LAST + 1):
        prediction = TROUBLES[frame][0](frame) if frame in TROUBLES else disk(frame)
        if frame == 1030:
            prediction = gone(frame)
        Store(folder).write_logits(THING.name, frame, prediction, "a key")
    return folder


def named(folder: Path, item: ShotObject = THING, **choice: float) -> list[review.Named]:
    found = review.review(Store(folder), shot.read(folder / "shot.json"), [item], **choice)  # type: ignore[arg-type]
    return found[item.name]


def judged(frames: Iterable[tuple[int, Prediction]], prompted: Mapping[int, float]) -> list[review.Judged]:
    return list(review.judge_all((review.look(*one) for one in frames), prompted))


def test_every_trouble_comes_first_with_its_reason(made: Path) -> None:
    found = named(made, count=27)
    assert len(found) == 27, "thirty frames without the prompted one and the two that are locked"
    assert not {1002, 1029, 1030} & {one.frame for one in found}
    assert [one.confidence for one in found] == sorted(one.confidence for one in found)
    assert all(0 <= one.confidence <= 1 for one in found)
    assert found[0].frame == 1018
    assert {one.frame: one.reason for one in found if one.frame in TROUBLES} == {frame: says for frame, (_, says) in TROUBLES.items()}
    quiet = [one for one in found if not {one.frame + by for by in (-1, 0, 1)} & {*TROUBLES, 1030}]
    assert quiet and min(one.confidence for one in quiet) > max(one.confidence for one in found if one.frame in TROUBLES)


def test_a_frame_that_only_lies_beside_a_jump_is_less_to_blame(made: Path) -> None:
    by_frame = {one.frame: one.confidence for one in named(made, count=99)}
    assert all(by_frame[frame] < min(by_frame[frame - 1], by_frame[frame + 1]) for frame in TROUBLES)


def test_how_many(made: Path) -> None:
    everything = named(made, count=99)
    assert named(made) == everything[:3]
    assert named(made, share=1.0) == everything
    assert named(made, share=0.001) == everything[:1]
    assert named(made, ShotObject("later")) == []


def test_two_objects_in_one_place_are_told_and_one_alone_is_not(tmp_path: Path) -> None:
    one, other = ShotObject("one", prompts=(Prompts(FIRST, (Point(5, 5),)),)), ShotObject("other", prompts=(Prompts(LAST, (Point(5, 5),)),))
    folder = store_of(tmp_path / "two", one, other)
    for frame in range(FIRST, 1011):
        Store(folder).write_logits("one", frame, disk(frame), "a key")
        Store(folder).write_logits("other", frame, disk(frame, aside=0.0 if frame == 1005 else 110.0), "a key")
    found = review.review(Store(folder), shot.read(folder / "shot.json"), [one, other], count=1)
    assert {name: [(item.frame, item.reason) for item in frames] for name, frames in found.items()} == {
        name: [(1005, "another object claims the same place")] for name in ("one", "other")
    }


def test_motion_is_not_blamed() -> None:
    one, other = disk(FIRST).logits > 0, disk(FIRST, aside=80).logits > 0
    assert review.agreement(one, other) > 0.95
    assert not (one & other).any()
    leaving = np.roll(other, 100, axis=1)
    leaving[:, :100] = False
    assert review.agreement(other, other) == 1.0
    assert 0 <= review.agreement(leaving, other) < 1
    empty = np.zeros_like(one)
    assert (review.agreement(empty, empty), review.agreement(one, empty), review.agreement(empty, one)) == (1.0, 0.0, 0.0)


def test_a_size_that_stays_wrong_is_told_from_the_prompted_frame() -> None:
    for radius, says in ((15, "smaller"), (60, "larger")):
        frames = [(frame, disk(frame, radius=radius if frame > 1015 else 30, score=0.95)) for frame in range(FIRST, 1025)]
        found = review.worst(judged(frames, {FIRST: review.look(FIRST, disk(FIRST)).area}), count=20)
        reasons = {one.frame: one.reason for one in found}
        assert reasons[1016] == "the mask jumps in size"
        assert reasons[1020] == f"the object is {says} than where it was prompted"


def test_what_is_usual_for_an_object_is_a_reason_only_for_want_of_another() -> None:
    frames = [(frame, disk(frame, sharpness=0.1, score=0.5 if frame == 1006 else 0.95)) for frame in range(FIRST, 1012)]
    found = {one.frame: one.reason for one in review.worst(judged(frames, {}), share=1.0)}
    assert found[1006] == "the tracker doubts it"
    assert found[1003] == "the edges are unsure"
    (flawless,) = review.worst([review.judge(1, review.Signals(0.99, 1.0, 1.0, 1.0, 1.0, 1.0, True))])
    assert flawless.reason == "nothing stands out" and review.worst([]) == []


def test_an_entry_is_not_an_absence() -> None:
    frames = [(frame, gone(frame) if frame < 1004 else disk(frame)) for frame in range(FIRST, 1010)]
    entering = review.worst(judged(frames, {1009: review.look(1009, disk(1009)).area}), share=1.0)
    assert not any("empty" in one.reason for one in entering)
    frames = [(frame, disk(frame) if frame < 1004 else gone(frame)) for frame in range(FIRST, 1010)]
    leaving = {one.frame: one for one in review.worst(judged(frames, {}), share=1.0)}
    assert leaving[1004].confidence < leaving[1006].confidence, "where it vanishes, before where it has been gone for long"
    assert leaving[1009].reason == "the mask is empty, and was not before"


def test_across_a_gap_nothing_is_compared() -> None:
    small = review.look(1010, disk(1010, radius=10))
    frames = [(1005, disk(1005)), (1010, disk(1010, radius=10))]
    (_, alone) = judged(frames, {1010: small.area})
    assert (alone.signals.agreement, alone.signals.steadiness) == (1.0, 1.0)
    assert review.signals(small, [], True, {}).steadiness == 1.0


def test_what_is_not_a_number_is_not_the_object() -> None:
    broken = Prediction(np.full((8, 8), np.nan, np.float16), float("nan"))
    assert review.look(1, broken).area == 0
    assert 0 <= review.judge(1, review.signals(review.look(1, broken), [], True, {})).confidence <= 1


def test_memory_is_bounded() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        collections.deque(review.judge_all((review.look(frame, disk(FIRST)) for frame in range(count)), {}), maxlen=1)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    assert peak(60) < peak(8) + 200_000, "a frame's logits alone take 131072 bytes"


def engine(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_needs_neither_footage_nor_model(made: Path) -> None:
    done = engine("review", made, "--count", 6)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 6 and lines[0].startswith("Möwe  frame 1018  0.0") and lines[0].endswith("the mask is empty, and was not before")
    listed = json.loads(engine("review", made, "--object", "Möwe", "--share", 0.2, "--json").stdout)
    assert [item["frame"] for item in listed] == [one.frame for one in named(made, share=0.2)]
    assert set(listed[0]) == {"object", "frame", "confidence", "reason"}


def test_what_the_command_refuses(made: Path, tmp_path: Path) -> None:
    for words, code, says in (
        ((made, "--object", "cup"), 1, "object 'cup': not in this shot; its objects: 'Möwe', 'later'"),
        ((made, "--object", "later"), 1, "object 'later' has no tracked frames: track first"),
        ((store_of(tmp_path / "empty", THING),), 1, "the shot has no tracked frames: track first"),
        ((made, "--share", "0"), 2, "expected a share above 0"),
        ((made, "--count", "0"), 2, "expected a whole number from 1 on"),
        ((made, "--share", "0.1", "--count", "2"), 2, "not allowed with"),
    ):
        done = engine("review", *words)
        assert done.returncode == code and says in done.stderr, done.stderr
        assert code == 2 or done.stderr.count("\n") == 1
