"""Motion tracks in the document: what they add to prompts, and what they can't be."""

from __future__ import annotations

import pytest

from engine.shot import DocumentError, Footage, FrameRange, MotionTrack, Point, Prompts, Shot, ShotObject, check, parse, to_json
from engine.store.keys import step_key

FOOTAGE = Footage("plate.mov", "movie", 64, 48, 20, fps=24.0)
EAR = MotionTrack("Camera/ear", {"3": (10.0, 20.0), "4": (11.0, 20.0)})
WALL = MotionTrack("Camera/wall", {"4": (50.0, 40.0)}, positive=False)


def shot(*tracks: MotionTrack, prompts: tuple[Prompts, ...] = ()) -> Shot:
    return Shot("plate", FOOTAGE, FrameRange(1, 20), (ShotObject("dog", prompts=prompts, tracks=tracks),))


def test_tracks_guide_frames_and_join_prompts_by_hand() -> None:
    said = Prompts(4, (Point(1.0, 2.0),))
    (item,) = parse(to_json(shot(EAR, WALL, prompts=(said,)))).objects
    assert item.track_points(3) == (Point(10.0, 20.0),)
    assert item.prompted == (Prompts(4, (Point(1.0, 2.0), Point(11.0, 20.0), Point(50.0, 40.0, False))),)
    painted = Prompts(4, mask="dog.png")
    assert shot(EAR, prompts=(painted,)).objects[0].prompted == (painted,), "a mask says all there is to say"


def test_tracks_alone_begin_where_most_of_them_are_on_the_object() -> None:
    tail = MotionTrack("Camera/tail", {"4": (30.0, 30.0), "5": (31.0, 30.0)})
    assert [prompts.frame for prompts in shot(EAR, tail).objects[0].prompted] == [4]
    assert [prompts.frame for prompts in shot(EAR, WALL).objects[0].prompted] == [3]
    assert shot(WALL).objects[0].prompted == (), "what isn't the object says nowhere what is"


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ({"30": (1.0, 1.0)}, r"objects\[0\].tracks\[0\].frames: frame 30 is outside the clip, which is frames 1 to 20"),
        ({"3": (65.0, 1.0)}, r"objects\[0\].tracks\[0\].frames.3: \(65, 1\) is outside the picture, which is 64 x 48"),
        ({"03": (1.0, 1.0)}, "expected frame numbers as keys"),
    ],
)
def test_what_can_not_be_is_refused(frames, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        check(shot(MotionTrack("Camera/ear", frames)))


def test_points_are_part_of_a_tracked_frame_s_key_and_none_leave_it_as_it_was() -> None:
    plain = step_key("before", "picture", ("anchor",))
    assert step_key("before", "picture", ("anchor",), ()) == plain
    keys = {step_key("before", "picture", ("anchor",), (Point(1.0, 2.0, on),)) for on in (True, False)}
    assert len(keys | {plain}) == 3
