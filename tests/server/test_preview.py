"""Live previews: the pixels that `refine` makes, out of turn, and only the newest of those that wait."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import moving_shape
import numpy as np
import numpy.typing as npt
import pytest
from served import PATIENCE, Served

from engine import shot
from engine.jobs import OpenShot, refine_job
from engine.jobs.masks import MaskSources
from engine.jobs.preview import Previews
from engine.refine import CATALOGUE, OPS
from engine.refine.op import Op
from engine.segment.tracker import Prediction
from engine.server.previews import PreviewThread
from engine.shot import mapped
from engine.shot import messages as m
from engine.shot.framing import write_message
from engine.store import Store, pictures

FIRST, COUNT = moving_shape.FIRST, 4
WIDTH, HEIGHT = moving_shape.WIDTH, moving_shape.HEIGHT
CHAIN = (shot.RefineStep("threshold", {"level": 0.4, "softness": 0.5}), shot.RefineStep("grow", {"pixels": 3}))


def logits(index: int, wobble: float = 0.0) -> npt.NDArray[np.float16]:
    """(256, 256): soft, and not right where the disk is."""
    distance = cv2.distanceTransform(moving_shape.truth(index).astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - moving_shape.truth(index).astype(np.uint8), cv2.DIST_L2, 5)
    soft = cv2.resize((distance - outside) * 0.3 + wobble, (256, 256), interpolation=cv2.INTER_LINEAR)
    return soft.astype(np.float16)


def track(folder: Path, name: str, index: int, wobble: float = 0.0) -> None:
    Store(folder).write_logits(name, FIRST + index, Prediction(logits(index, wobble), 0.9), f"{name} {index} {wobble}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two objects, tracked on all frames but the last."""
    moving_shape.write_sequence(tmp_path / "pictures", COUNT)
    place = tmp_path / "shot.mattewright"
    place.mkdir()
    for index in range(COUNT - 1):
        track(place, "disk", index)
        track(place, "ring", index, -2.0)
    return place


@pytest.fixture
def previews() -> Iterator[Previews]:
    made = Previews()
    yield made
    made.close()


def document(*steps: shot.RefineStep, other: tuple[shot.RefineStep, ...] = (), **changed: Any) -> shot.Shot:
    footage = shot.Footage(f"../pictures/disk_{FIRST}.png", "sequence", WIDTH, HEIGHT, COUNT, frame_start=FIRST)
    objects = (shot.ShotObject("disk", refine=steps), shot.ShotObject("ring", refine=other))
    return dataclasses.replace(shot.Shot("disk", footage, shot.FrameRange(FIRST, FIRST + COUNT - 1), objects), **changed)


def request(folder: Path, file: Path, said: shot.Shot | None, frame: int = FIRST, **changed: Any) -> m.Preview:
    return dataclasses.replace(m.Preview(str(folder / "shot.json"), "disk", frame, str(file), 0, said), **changed)


def pixels(file: Path, slot: int = 0) -> npt.NDArray[np.uint8]:
    with mapped.map_file(file, WIDTH, HEIGHT) as content:
        return np.frombuffer(content[:], np.uint8).reshape(2, HEIGHT, WIDTH)[slot]


def refined(folder: Path, said: shot.Shot, frame: int = FIRST, name: str = "disk") -> npt.NDArray[np.uint8]:
    """What the refine job writes."""
    (folder / "shot.json").write_text(shot.to_json(said), encoding="utf-8")
    with OpenShot(folder) as opened:
        for _ in refine_job(opened, (), frame, frame):
            pass
        made = opened.store.read_mask(name, frame)
    assert made.dtype == np.uint8
    return made.astype(np.uint8)


# --- the pixels


def test_the_same_pixels_as_refine_from_the_document_or_from_the_file(folder: Path, file: Path, previews: Previews) -> None:
    said = document(*CHAIN)
    expected = refined(folder, said)
    assert 0 < np.count_nonzero(expected) < expected.size and len(np.unique(expected)) > 2
    done = previews.make(request(folder, file, said))
    assert (done.tracked, done.locked, done.width, done.height, done.slot) == (True, False, WIDTH, HEIGHT, 0)
    assert np.array_equal(pixels(file), expected)
    rows, columns = np.nonzero(expected)
    assert done.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert not pixels(file, 1).any(), "the other slot is not touched"
    previews.make(request(folder, file, None, slot=1))
    assert np.array_equal(pixels(file, 1), expected)


def test_a_drag_in_any_place_of_the_chain_gives_what_refine_gives(folder: Path, file: Path, previews: Previews) -> None:
    for level in (0.2, 0.7):
        for pixels_out in (-3, 0, 5):
            for softness in (0.0, 0.6):
                values: dict[str, shot.KeyedValue] = {"level": level, "softness": softness}
                said = document(shot.RefineStep("threshold", values), shot.RefineStep("grow", {"pixels": pixels_out}))
                previews.make(request(folder, file, said))
                assert np.array_equal(pixels(file), refined(folder, said)), (level, pixels_out, softness)


def test_a_drag_on_the_last_op_runs_that_op_alone(folder: Path, file: Path, previews: Previews, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []

    def counted(op: Op) -> Op:
        def function(*arguments: Any) -> Any:
            runs.append(op.declaration.name)
            return op.function(*arguments)

        return dataclasses.replace(op, function=function)

    for name in ("threshold", "grow"):
        op = OPS[name]
        assert isinstance(op, Op)
        monkeypatch.setitem(OPS, name, counted(op))
    reads: list[Path] = []
    read = pictures.read
    monkeypatch.setattr(pictures, "read", lambda path: (reads.append(path), read(path))[1])
    soft = CHAIN[0]
    for count in (3, 4, 5, 4):
        previews.make(request(folder, file, document(soft, shot.RefineStep("grow", {"pixels": count}))))
    assert runs == ["threshold", "grow", "grow", "grow"], "what was made before is there still"
    previews.make(request(folder, file, document(shot.RefineStep("threshold"), shot.RefineStep("grow", {"pixels": 4}))))
    assert runs[4:] == ["threshold", "grow"]
    assert reads == [Store(folder).layout.file("disk", "logits", FIRST)]


def test_logits_that_are_tracked_anew_are_seen(folder: Path, file: Path, previews: Previews) -> None:
    said = document(*CHAIN)
    previews.make(request(folder, file, said))
    before = pixels(file)
    track(folder, "disk", 0, 1.5)
    previews.make(request(folder, file, said))
    assert not np.array_equal(pixels(file), before)
    assert np.array_equal(pixels(file), refined(folder, said))


def test_live_steps_are_done_as_if_they_were_baked(folder: Path, file: Path, previews: Previews) -> None:
    live = dataclasses.replace(CHAIN[1], live=True)
    previews.make(request(folder, file, document(CHAIN[0], live)))
    assert np.array_equal(pixels(file), refined(folder, document(*CHAIN)))


def test_steps_that_are_off_and_an_empty_chain(folder: Path, file: Path, previews: Previews) -> None:
    for said in (document(CHAIN[0], dataclasses.replace(CHAIN[1], enabled=False)), document()):
        previews.make(request(folder, file, said))
        assert np.array_equal(pixels(file), refined(folder, said))


def test_objects_that_share_out_the_pixels(folder: Path, file: Path, previews: Previews) -> None:
    track(folder, "ring", 0, 0.5)
    for said in (document(*CHAIN, overlap="winner"), document(*CHAIN), document(*CHAIN, overlap="winner")):
        previews.make(request(folder, file, said))
        assert np.array_equal(pixels(file), refined(folder, said))


def test_keyed_values_go_by_the_frame(folder: Path, file: Path, previews: Previews) -> None:
    keyed: dict[str, shot.KeyedValue] = {"pixels": {str(FIRST): -4.0, str(FIRST + 1): 6.0}}
    said = document(CHAIN[0], shot.RefineStep("grow", keyed))
    for frame in (FIRST, FIRST + 1, FIRST + 2, FIRST):
        previews.make(request(folder, file, said, frame))
        assert np.array_equal(pixels(file), refined(folder, said, frame))


def test_a_frame_that_was_not_tracked_is_said_and_leaves_the_file_alone(folder: Path, file: Path, previews: Previews) -> None:
    previews.make(request(folder, file, document(*CHAIN)))
    before = pixels(file)
    done = previews.make(request(folder, file, document(*CHAIN), FIRST + COUNT - 1))
    assert not done.tracked and done.box == (0, 0, 0, 0)
    assert np.array_equal(pixels(file), before)


def test_a_shot_that_has_no_store_yet_is_not_tracked(tmp_path: Path, file: Path, previews: Previews) -> None:
    """Nor can the footage be found from a folder that is not there."""
    assert not previews.make(request(tmp_path / "none" / "yet", file, document(*CHAIN))).tracked


def test_a_locked_frame_shows_its_finished_mask(folder: Path, file: Path, previews: Previews) -> None:
    finished = refined(folder, document(*CHAIN))
    said = document(shot.RefineStep("threshold", {"level": 0.9}))
    locked = dataclasses.replace(said.objects[0], locked=(shot.FrameRange(FIRST, FIRST),))
    for _ in range(2):
        done = previews.make(request(folder, file, dataclasses.replace(said, objects=(locked,))))
        assert done.locked and np.array_equal(pixels(file), finished)
    assert not previews.make(request(folder, file, said)).locked


def every_op() -> list[Any]:
    return [pytest.param(name, id=name) for name in CATALOGUE]


@pytest.mark.parametrize("name", every_op())
def test_every_op_that_there_is(folder: Path, file: Path, previews: Previews, name: str) -> None:
    """With its default values, after a soft threshold; ops on the picture, on other frames and on other objects among them."""
    declaration = CATALOGUE[name]
    values: dict[str, shot.KeyedValue] = {item.name: "ring" for item in declaration.parameters if item.kind == "object"}
    values |= {item.name: "outline" for item in declaration.parameters if item.kind == "mask"}
    square = shot.Polygon(((100.0, 60.0), (140.0, 60.0), (140.0, 110.0), (100.0, 110.0)))
    masks = (shot.BlenderMask("outline", {"0": (square,)}),)
    for softness in (0.5, 0.2, 0.5):
        soft = shot.RefineStep("threshold", {"level": 0.4, "softness": softness})
        last = shot.RefineStep("threshold", {"level": 0.3, "softness": 0.3})
        said = document(soft, shot.RefineStep(name, values), last, other=CHAIN, masks=masks)
        for frame in (FIRST + 1, FIRST):
            previews.make(request(folder, file, said, frame))
            assert np.array_equal(pixels(file), refined(folder, said, frame)), (softness, frame)


def test_what_is_wrong_is_one_line(folder: Path, file: Path, previews: Previews, tmp_path: Path) -> None:
    reads = document(shot.RefineStep("picture_threshold"))
    lost = dataclasses.replace(reads, footage=dataclasses.replace(document().footage, path="gone/a_0001.png"))
    other_size = tmp_path / "small"
    other_size.write_bytes(b"1234")
    for wrong, says in (
        (request(folder, file, document(shot.RefineStep("fly"))), "objects[0].refine[0].op: unknown op 'fly'"),
        (request(folder, file, document(shot.RefineStep("grow", {"pixels": 1e6}))), "objects[0].refine[0].values.pixels"),
        (request(folder, file, document(), object="cat"), "object 'cat': not in this shot"),
        (request(folder, file, None), "no such shot document"),
        (request(folder, file, lost), "gone"),  # its chain reads the picture
        (
            request(folder, other_size, document()),
            f"{other_size}: 4 bytes, expected {2 * WIDTH * HEIGHT} for two masks of 320 x 180 pixels",
        ),
        (request(folder, tmp_path / "none", document()), "none: can't be written to: No such file"),
    ):
        with pytest.raises(shot.MattewrightError) as caught:
            previews.make(wrong)
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)
    assert previews.make(request(folder, file, document())).tracked, "and the next is made"


def test_the_chains_of_previews_look_at_what_jobs_look_at() -> None:
    """`KeptSources` overrides by name: a method that is called otherwise one day would be passed over in silence."""
    from engine.jobs import kept_chain

    for name in ("logits", "lost", "picture", "finished"):
        assert name in vars(MaskSources) and name in vars(kept_chain.KeptSources)
    for name in ("_after", "picture"):
        assert name in vars(kept_chain.Chain) and name in vars(kept_chain._KeptChain)


# --- the thread


class Gate:
    """Work that can be held up: each request waits until it is let through."""

    def __init__(self) -> None:
        self.begun: queue.Queue[int] = queue.Queue()
        self.through = threading.Semaphore(0)
        self.sent: queue.Queue[dict[str, Any]] = queue.Queue()
        self.thread = PreviewThread(lambda number, message: None, self._respond, self.sent.put)

    def _respond(self, message: dict[str, Any], work: Callable[[int, Any], Any]) -> None:
        self.begun.put(message["id"])
        assert self.through.acquire(timeout=PATIENCE)
        self.sent.put(m.response(message["id"], {}))

    def put(self, number: int, file: str = "a") -> None:
        self.thread.put({"id": number, "method": "preview", "params": {"file": file}})

    def next(self) -> dict[str, Any]:
        return self.sent.get(timeout=PATIENCE)


def test_of_those_that_wait_only_the_newest_into_a_file_is_made() -> None:
    gate = Gate()
    gate.put(1)
    assert gate.begun.get(timeout=PATIENCE) == 1
    for number in (2, 3, 4):
        gate.put(number)
    gate.put(5, "b")
    replaced = [gate.next(), gate.next()]
    assert [(answer["id"], answer["error"]["code"]) for answer in replaced] == [(2, m.SUPERSEDED), (3, m.SUPERSEDED)]
    for _ in range(3):
        gate.through.release()
    assert [gate.next()["id"] for _ in range(3)] == [1, 4, 5]
    gate.thread.end()
    assert gate.sent.empty()


def test_one_that_waits_is_cancelled_and_the_one_in_hand_is_not() -> None:
    gate = Gate()
    gate.put(1)
    gate.begun.get(timeout=PATIENCE)
    gate.put(2)
    assert gate.thread.cancel(2) and not gate.thread.cancel(2) and not gate.thread.cancel(1)
    assert gate.next()["error"]["code"] == m.CANCELLED
    gate.through.release()
    assert gate.next() == m.response(1, {})
    gate.thread.end()


def test_the_end_answers_those_that_wait() -> None:
    gate = Gate()
    gate.put(1)
    gate.begun.get(timeout=PATIENCE)
    gate.put(2)
    gate.through.release()
    gate.thread.end()
    said = {answer["id"]: answer for answer in (gate.next(), gate.next())}
    assert "result" in said[1] or said[1]["error"]["code"] == m.CANCELLED
    assert set(said) == {1, 2}
    PreviewThread(lambda number, message: None, gate._respond, gate.sent.put).end()


# --- the server


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()


def test_previews_are_answered_while_a_job_runs(served: Served, folder: Path, file: Path) -> None:
    served.ask("initialize", m.Initialize())
    assert "result" in served.next()
    job = served.ask("track", m.ShotJob("x"))
    assert served.busy.wait(PATIENCE)
    for count in (2, 5):
        said = document(CHAIN[0], shot.RefineStep("grow", {"pixels": count}))
        number = served.ask("preview", request(folder, file, said))
        answer = served.next()
        assert answer["id"] == number and answer["result"]["tracked"], answer
        assert np.array_equal(pixels(file), refined(folder, said))
    served.let_go.set()
    assert served.next() == m.response(job, m.JobDone(1, 0))


def test_bad_previews_are_answered_in_one_line(served: Served, folder: Path, file: Path) -> None:
    served.ask("preview", request(folder, file, document()))
    assert "'initialize' comes first" in served.next()["error"]["message"]
    served.ask("initialize", m.Initialize())
    served.next()
    good = m.request(0, "preview", request(folder, file, document()))["params"]
    for number, (params, code, says) in enumerate(
        (
            (None, m.INVALID_PARAMS, "params: expected an object"),
            ({**good, "slot": 2}, m.INVALID_PARAMS, "params.slot: expected 0 or 1, got 2"),
            ({**good, "document": {"name": "x"}}, m.INVALID_PARAMS, "params.document.footage: missing"),
            ({**good, "object": "cat"}, m.REFUSED, "object 'cat': not in this shot"),
        ),
        90,
    ):
        write_message(served._input, {"jsonrpc": "2.0", "id": number, "method": "preview", "params": params})
        answer = served.next()
        assert (answer["id"], answer["error"]["code"]) == (number, code)
        assert says in answer["error"]["message"] and "\n" not in answer["error"]["message"]
    write_message(served._input, {"jsonrpc": "2.0", "id": "x", "method": "preview", "params": good})
    assert served.next()["error"]["code"] == m.INVALID_REQUEST
