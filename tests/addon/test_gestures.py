"""What the user's hand means, event by event, and which prompt is under the cursor."""

from __future__ import annotations

import pytest
from mattewright.addon.tool.gestures import (
    DRAG,
    MOST_POINTS,
    AddPoint,
    AddScribble,
    Delete,
    Gestures,
    Hover,
    Input,
    Leave,
    NewObject,
    Pick,
    PickNext,
    SetBox,
)
from mattewright.addon.tool.marks import Mark, under


def click(hand: Gestures, at=(50.0, 60.0), value="PRESS", **keys):
    assert hand.take(Input("LEFTMOUSE", value, at, **keys)).handled
    return hand.take(Input("LEFTMOUSE", "RELEASE", at)).action


def drag(hand: Gestures, *places, **keys):
    """Press at the first of `places`, move over the others and let go at the last."""
    hand.take(Input("LEFTMOUSE", "PRESS", places[0], **keys))
    for place in places[1:]:
        assert hand.take(Input("MOUSEMOVE", "NOTHING", place)).handled
    return hand.take(Input("LEFTMOUSE", "RELEASE", places[-1])).action


def test_a_click_adds_and_one_with_ctrl_takes_away() -> None:
    hand = Gestures()
    assert click(hand) == AddPoint((50.0, 60.0), True)
    assert click(hand, ctrl=True) == AddPoint((50.0, 60.0), False)
    assert click(hand, shift=True) == AddPoint((50.0, 60.0), True)
    assert click(hand, value="DOUBLE_CLICK") == AddPoint((50.0, 60.0), True), "two quick clicks are two clicks"
    assert not hand.busy


def test_a_hand_that_trembles_clicks() -> None:
    assert drag(Gestures(), (50, 60), (52, 61), (50 + DRAG - 1, 60)) == AddPoint((50, 60), True)
    assert drag(Gestures(scale=2.0), (50, 60), (50 + 2 * DRAG - 1, 60)) == AddPoint((50, 60), True)


def test_a_drag_draws_a_box_in_any_direction() -> None:
    hand = Gestures()
    hand.take(Input("LEFTMOUSE", "PRESS", (50, 60)))
    assert hand.box is None
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (20, 90))).redraw
    assert hand.box == ((50, 60), (20, 90)) and hand.stroke is None
    assert hand.take(Input("LEFTMOUSE", "RELEASE", (10, 95))).action == SetBox((50, 60), (10, 95))
    assert hand.box is None


def test_one_that_comes_with_the_release_alone() -> None:
    hand = Gestures()
    hand.take(Input("LEFTMOUSE", "PRESS", (50, 60)))
    assert hand.take(Input("LEFTMOUSE", "RELEASE", (90, 95))).action == SetBox((50, 60), (90, 95))


def test_alt_draws_a_stroke_and_ctrl_one_that_takes_away() -> None:
    places = [(50.0, 60.0), (60.0, 60.0), (61.0, 60.0), (70.0, 65.0)]
    assert drag(Gestures(), *places, alt=True) == AddScribble((places[0], places[1], places[3]), True)
    assert drag(Gestures(), *places, alt=True, ctrl=True) == AddScribble((places[0], places[1], places[3]), False)
    assert drag(Gestures(), *places, ctrl=True) == AddScribble((places[0], places[1], places[3]), False)
    hand = Gestures()
    hand.take(Input("LEFTMOUSE", "PRESS", places[0], alt=True))
    hand.take(Input("MOUSEMOVE", "NOTHING", places[1]))
    assert hand.stroke == ((places[0], places[1]), True)


def test_an_endless_stroke_is_thinned_out() -> None:
    action = drag(Gestures(), *((float(4 * step), 10.0) for step in range(5000)), alt=True)
    assert isinstance(action, AddScribble)
    assert MOST_POINTS / 4 < len(action.points) <= MOST_POINTS + 1
    assert action.points[0] == (0.0, 10.0) and action.points[-1] == (4.0 * 4999, 10.0)


@pytest.mark.parametrize("key", ["ESC", "RIGHTMOUSE"])
def test_a_drag_can_be_given_up(key: str) -> None:
    hand = Gestures()
    hand.take(Input("LEFTMOUSE", "PRESS", (50, 60)))
    hand.take(Input("MOUSEMOVE", "NOTHING", (90, 90)))
    taken = hand.take(Input(key))
    assert taken.handled and taken.action is None and taken.redraw and not hand.busy and hand.box is None
    assert hand.take(Input("LEFTMOUSE", "RELEASE", (90, 90))).action is None


def test_nothing_moves_under_a_drag() -> None:
    hand = Gestures()
    hand.take(Input("LEFTMOUSE", "PRESS", (50, 60)))
    for key in ("RIGHT_ARROW", "WHEELUPMOUSE", "MIDDLEMOUSE", "Z", "N", "TAB"):
        assert hand.take(Input(key)) == hand.take(Input(key)) and hand.take(Input(key)).handled and hand.busy
    assert not hand.take(Input("TIMER")).handled


def test_shift_shows_what_a_click_selects_while_it_is_held() -> None:
    hand = Gestures()
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (5, 6))).action is None
    taken = hand.take(Input("LEFT_SHIFT", "PRESS", (5, 6), shift=True))
    assert taken.action == Hover((5, 6), True) and not taken.handled
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (7, 8), shift=True, ctrl=True)).action == Hover((7, 8), False)
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (7, 8), shift=True, inside=False)).action == Hover(None)
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (7, 8), shift=True)).action == Hover((7, 8), True)
    assert hand.take(Input("LEFT_SHIFT", "RELEASE", (7, 8))).action == Hover(None)
    assert hand.take(Input("MOUSEMOVE", "NOTHING", (7, 8))).action is None


def test_the_keys() -> None:
    hand = Gestures()
    for event, action in (
        (Input("X", at=(3, 4)), Delete((3, 4))),
        (Input("DEL", at=(3, 4)), Delete((3, 4))),
        (Input("ONE"), Pick(0)),
        (Input("NINE"), Pick(8)),
        (Input("ZERO"), Pick(9)),
        (Input("TAB"), PickNext(1)),
        (Input("TAB", shift=True), PickNext(-1)),
        (Input("N"), NewObject()),
        (Input("ESC"), Leave()),
        (Input("RET"), Leave()),
        (Input("NUMPAD_ENTER"), Leave()),
    ):
        taken = hand.take(event)
        assert taken.handled and taken.action == action, event
    for held in ("N", "X"):
        taken = hand.take(Input(held, repeated=True))
        assert taken.handled and taken.action is None, "a key that is held down makes one"


@pytest.mark.parametrize(
    "event",
    [
        *(Input(key) for key in ("LEFT_ARROW", "RIGHT_ARROW", "UP_ARROW", "DOWN_ARROW", "SPACE", "HOME", "NUMPAD_1", "G", "RIGHTMOUSE")),
        *(Input(key) for key in ("MIDDLEMOUSE", "WHEELUPMOUSE", "WHEELDOWNMOUSE", "TRACKPADPAN", "TRACKPADZOOM", "TIMER", "MOUSEMOVE")),
        Input("Z", ctrl=True),
        Input("Z", ctrl=True, shift=True),
        Input("Z", system=True),
        Input("N", ctrl=True),
        Input("X", ctrl=True),
        Input("TAB", ctrl=True),
        Input("ONE", "RELEASE"),
        Input("ESC", inside=False),
        Input("N", inside=False),
        Input("LEFTMOUSE", inside=False),
        Input("LEFTMOUSE", "RELEASE"),
        Input("WINDOW_DEACTIVATE", "NOTHING"),
    ],
)
def test_all_else_is_blenders(event: Input) -> None:
    hand = Gestures()
    taken = hand.take(event)
    assert not taken.handled and taken.action is None and not hand.busy


# --- what is under the cursor

POINT = Mark("dog", "POINT", 0, ((50.0, 50.0),))
OTHER = Mark("dog", "POINT", 1, ((56.0, 50.0),))
BOX = Mark("dog", "BOX", 0, ((10.0, 10.0), (110.0, 60.0)))
STROKE = Mark("dog", "SCRIBBLE", 0, ((40.0, 52.0), (60.0, 52.0), (60.0, 90.0)))


def test_the_nearest_and_points_before_lines() -> None:
    marks = [POINT, OTHER, BOX, STROKE]
    assert under(marks, (51, 52)) == POINT
    assert under(marks, (55, 51)) == OTHER
    assert under(marks, (60, 80)) == STROKE
    assert under(marks, (30, 12)) == BOX and under(marks, (111, 40)) == BOX
    assert under(marks, (30, 35)) is None, "a box is its edge"
    assert under(marks, (200, 200)) is None and under([], (0, 0)) is None


def test_the_active_objects_before_others_and_none_of_other_frames() -> None:
    cat = Mark("cat", "POINT", 0, ((50.0, 50.0),), active=False)
    assert under([cat, OTHER], (50, 50)) == OTHER
    assert under([cat], (50, 50)) == cat
    assert under([Mark("dog", "POINT", 0, ((50.0, 50.0),), strength=0.4)], (50, 50)) is None


def test_of_two_at_one_place_the_later() -> None:
    assert under([POINT, Mark("dog", "POINT", 4, POINT.places)], (50, 50)).index == 4


def test_a_dot_and_a_box_without_area() -> None:
    assert under([Mark("dog", "SCRIBBLE", 0, ((5.0, 5.0),))], (6, 6)) is not None
    assert under([Mark("dog", "BOX", 0, ((5.0, 5.0), (5.0, 5.0)))], (6, 6)) is not None
