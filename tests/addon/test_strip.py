"""The frame strip: where its rectangles are, what it shows of an object, and the way to the doubtful frames."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save
from mattewright.addon import frames, properties
from mattewright.addon.frames import Asked, Known, Says
from mattewright.addon.frames.known import MEANWHILE, PATIENCE, RETRY
from mattewright.addon.frames.watch import says
from mattewright.addon.link import session
from mattewright.addon.ui import strip_marks
from mattewright.addon.ui.strip import rows_of
from mattewright.addon.ui.strip_marks import Row, Strip
from mattewright.engine.shot import Footage, FrameRange, MattewrightError, Shot
from mattewright.engine.shot.messages import Doubt, FramesDone, ObjectFrames

ORANGE = (1.0, 0.5, 0.0)
WIDTH = 400


def strip(*rows: Row, width: int = WIDTH, scale: float = 1.0) -> Strip:
    """Ten frames from 11 on, each 40 pixels wide."""
    return Strip(width, scale, 11, 20, rows)


def of_kind(made: Strip, kind: str) -> list[tuple[float, float]]:
    """Left and right of the marks of a kind."""
    return [(mark.left, mark.right) for mark in strip_marks.marks(made) if mark.kind == kind]


def test_frames_lie_as_on_the_editors_own_line() -> None:
    made = strip(Row("fox", ORANGE))
    assert [made.x(frame) for frame in (11, 12, 21)] == [0.0, 40.0, 400.0]
    for frame in range(11, 21):
        assert made.frame_at(made.x(frame)) == made.frame_at(made.x(frame + 1) - 0.5) == frame
    assert (made.frame_at(-100), made.frame_at(9999)) == (11, 20)
    assert Strip(400, 1.0, 5, 4, (Row("fox", ORANGE),)).frame_at(200) == 5, "a scene that plays no frame"


def test_spans_become_rectangles_and_what_is_outside_the_scene_is_cut_off() -> None:
    row = Row("fox", ORANGE, tracked=((1, 12), (15, 16), (18, 90), (95, 99)), locked=((15, 15),))
    made = strip(row)
    assert of_kind(made, "tracked") == [(0.0, 80.0), (160.0, 240.0), (280.0, 400.0)]
    assert set(of_kind(made, "locked")) == {(160.0, 200.0)}
    assert of_kind(made, "ground") == of_kind(made, "lane") == [(0.0, 400.0)]


def test_a_frame_of_a_long_scene_is_still_seen() -> None:
    made = Strip(400, 2.0, 1, 10000, (Row("fox", ORANGE, prompted=(5000,), doubtful=(7000,)),))
    for kind in ("prompted", "doubtful"):
        assert all(right - left >= 6.0 for left, right in of_kind(made, kind)) and of_kind(made, kind)


def test_stale_frames_are_hatched_within_their_span() -> None:
    made = strip(Row("fox", ORANGE, tracked=((11, 20),), stale=((13, 14),)))
    assert of_kind(made, "stale") == [(80.0, 160.0)]
    stripes = [mark for mark in strip_marks.marks(made) if mark.kind == "hatch"]
    assert len(stripes) > 5
    for mark in stripes:
        assert all(80.0 - 1e-6 <= x <= 160.0 + 1e-6 for x, _ in mark.triangles()) and mark.slant > 0


def test_rows_are_stacked_over_the_line_the_first_on_top() -> None:
    made = strip(Row("fox", ORANGE), Row("leaf", ORANGE, active=True), Row("owl", ORANGE), scale=1.5)
    assert [low < high for low, high in made.lanes] == [True] * 3
    assert made.lanes[0][0] > made.lanes[1][1] > made.lanes[1][0] > made.lanes[2][1]
    assert made.bottom == 12.0 and made.lanes[2][0] >= made.bottom and made.top >= made.lanes[0][1]
    for row, (low, high) in zip(made.rows, made.lanes, strict=True):
        assert made.row_at((low + high) / 2) is row
    assert made.holds(5, made.bottom) and not made.holds(5, made.bottom - 1), "the line below is Blender's own"
    assert not made.holds(5, made.top) and not made.holds(-1, made.bottom + 1) and not made.holds(WIDTH, made.bottom + 1)


def test_the_current_frame() -> None:
    made = strip(Row("fox", ORANGE))
    wide, thin = strip_marks.playhead(made, 12, (0.2, 0.4, 0.9))
    assert (wide.left, wide.right) == (40.0, 80.0) and wide.left < thin.left < thin.right < wide.right
    assert strip_marks.playhead(made, 21, (0, 0, 0)) == []
    boxes = [strip_marks.number_box(made, frame, 50.0, (0, 0, 0)) for frame in (11, 15, 20)]
    assert [(box.left, box.right) for box in boxes] == [(0.0, 58.0), (151.0, 209.0), (342.0, 400.0)] and boxes[0].bottom == made.top
    nothing = strip()
    assert strip_marks.marks(nothing) == strip_marks.playhead(nothing, 12, (0, 0, 0)) == []
    assert not nothing.holds(5, 9) and nothing.row_at(9) is None


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    save(tmp_path / "shot.blend")
    loaded = load_clip(make_sequence(tmp_path / "plate", 1, 10).first, 11)
    for name in ("fox", "leaf"):
        properties.add_object(properties.of(loaded), name)
    properties.of(loaded).active_index = 0
    return loaded


def tell(clip: bpy.types.MovieClip, *objects: ObjectFrames) -> None:
    frames.states.learn(clip.name_full, says(clip, 1), FramesDone(11, 20, objects))


def test_what_is_shown_of_the_objects(clip: bpy.types.MovieClip) -> None:
    assert rows_of(clip) == ()
    fox = properties.of(clip).objects["fox"]
    bpy.ops.mattewright.prompt_point_add(clip=clip.name, object="fox", frame=13, x=5, y=5)
    (row,) = rows_of(clip)
    assert (row.name, row.prompted, row.tracked, row.active) == ("fox", (13,), (), True), "before the engine has said anything"
    tell(clip, ObjectFrames("fox", ((11, 18),), ((15, 16),), (), (Doubt(17, 0.2, "why"),)), ObjectFrames("leaf", ((12, 13),)))
    bpy.ops.mattewright.object_lock(clip=clip.name, object="fox")
    first, second = rows_of(clip)
    assert (first.tracked, first.stale, first.doubtful) == (((11, 18),), ((15, 16),), (17,)) and first.locked[0][0] == 0
    assert second.name == "leaf" and not second.active and not second.locked
    fox.visible = False
    assert [row.name for row in rows_of(clip)] == ["leaf"]
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert frames.states.of("plate_0001.png") is None, "another file"


def test_to_the_next_doubtful_frame_and_back(clip: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    doubts = Doubt(13, 0.4, "the mask jumps in size"), Doubt(17, 0.2, "the edges are unsure")
    asked = []

    def answer(method, params, name):
        asked.append((method, params.shot))
        return FramesDone(11, 20, (ObjectFrames("fox", ((11, 20),), doubtful=doubts), ObjectFrames("leaf")))

    with pytest.raises(RuntimeError, match="nothing is tracked yet"):
        bpy.ops.mattewright.next_doubtful(clip=clip.name)
    (Path(bpy.data.filepath).parent / "shot.mattewright" / "plate_0001.png").mkdir(parents=True)
    monkeypatch.setattr(session, "run", answer)
    scene = bpy.context.scene
    scene.frame_set(11)
    seen = []
    for operator in ("next", "next", "next", "previous", "previous"):
        assert getattr(bpy.ops.mattewright, f"{operator}_doubtful")(clip=clip.name) == {"FINISHED"}
        seen.append(scene.frame_current)
    assert seen == [13, 17, 17, 13, 13]
    assert {method for method, _ in asked} == {"frames"}
    bpy.ops.mattewright.next_doubtful(clip=clip.name, object="leaf")
    assert scene.frame_current == 13


# --- when the engine is asked


class Bench:
    """A clock, a session that answers when told to, and a clip whose properties are a text."""

    def __init__(self) -> None:
        self.time = 0.0
        self.job = self.running = None
        self.answer = None
        self.reviews: list[bool] = []
        self.changed = 0
        self.has_store = True
        self.known = Known(self, self.note, lambda: self.time)  # type: ignore[arg-type]

    def note(self) -> None:
        self.changed += 1

    def ask(self, method, params, on_done) -> None:
        assert method == "frames" and params.shot == "shot.json"
        self.answer = on_done
        self.reviews.append(params.review)

    def question(self) -> Asked | None:
        footage = Footage("plate_0001.png", "sequence", 64, 48, 10)
        return Asked("shot.json", Shot("clip", footage, FrameRange(1, 10), ())) if self.has_store else None

    def look(self, fixed: str, values: str = "", frame: int = 1, seconds: float = 0.25) -> None:
        self.time += seconds
        self.known.look("clip", Says(fixed, values, frame), self.question)

    def answers(self, result=None, error=None) -> None:
        answer, self.answer = self.answer, None
        answer(result or (None if error else FramesDone(1, 10, ())), error)


def test_asked_at_once_and_again_when_a_change_has_settled() -> None:
    bench = Bench()
    bench.look("a")
    assert bench.known.asked == 1 and bench.known.waiting
    bench.look("b")
    bench.answers()
    assert bench.known.of("clip") is not None and bench.changed == 1
    for said in "cdefg":
        bench.look(said)
    assert bench.known.asked == 1, "not while it changes"
    bench.look("g", seconds=PATIENCE)
    assert bench.known.asked == 2
    bench.answers()
    for _ in range(20):
        bench.look("g")
    assert bench.known.asked == 2


def test_values_that_only_keyframes_move_are_nothing_new() -> None:
    bench = Bench()
    bench.look("a", "1")
    bench.answers()
    for frame in range(2, 9):
        bench.look("a", str(frame), frame, PATIENCE)
    assert bench.known.asked == 1
    bench.look("a", "99", 8)
    bench.look("a", "99", 8, PATIENCE)
    assert bench.known.asked == 2, "a slider on the frame where one stands"


def test_while_a_job_runs_without_the_review_and_once_more_at_its_end() -> None:
    bench = Bench()
    bench.look("a")
    bench.answers()
    bench.job = bench.running = SimpleNamespace(done=False)
    bench.look("a", seconds=MEANWHILE)
    bench.answers()
    bench.look("a")
    assert bench.reviews == [True, False]
    bench.job.done, bench.running = True, None
    bench.look("a")
    bench.answers()
    bench.look("a", seconds=MEANWHILE)
    assert bench.reviews == [True, False, True]


def test_without_a_store_nothing_is_asked_and_an_error_is_not_repeated() -> None:
    bench = Bench()
    bench.has_store = False
    for _ in range(9):
        bench.look("a")
    assert bench.known.asked == 0 and bench.known.of("clip") is None
    bench.has_store = True
    bench.look("b")
    bench.look("b", seconds=PATIENCE)
    bench.answers(error=MattewrightError("no"))
    for _ in range(9):
        bench.look("b")
    assert bench.known.asked == 1 and bench.known.problem("clip") == "no"
    bench.look("c")
    bench.look("c", seconds=PATIENCE)
    bench.known.forget()
    bench.answers()
    assert bench.known.of("clip") is None, "an answer about another file"


def test_what_is_missing_is_asked_for_again_as_the_user_may_have_seen_to_it() -> None:
    bench = Bench()
    bench.look("a")
    bench.answers(FramesDone(1, 10, (), "model 'x' is not installed"))
    bench.look("a")
    assert bench.known.asked == 1 and "not installed" in bench.known.problem("clip")
    bench.look("a", seconds=RETRY)
    bench.answers()
    assert bench.known.asked == 2 and bench.known.problem("clip") == ""
    bench.look("a", seconds=RETRY)
    assert bench.known.asked == 2
