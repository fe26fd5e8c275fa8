"""The trace job over a store, and the command line's JSON; mask prompts of a Blender Mask's outlines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from engine.cli import main
from engine.jobs import OpenShot
from engine.jobs.seed import seed
from engine.jobs.trace import trace_job
from engine.shot import BlenderMask, Footage, FrameRange, MattewrightError, Polygon, RefineStep, Shot, ShotObject, to_json
from engine.shot.outlines import Outlines, Shape, read_lines
from engine.store import Store, pictures
from engine.trace import Settings

SIZE = 48, 64


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A shot whose footage is not at hand, with a square in its mattes on frames 1 to 4 that goes to the right."""
    found = Store(tmp_path / "Aufnahme é")
    for frame in range(1, 5):
        mask = np.zeros(SIZE, np.uint8)
        mask[10:30, 10 + 2 * frame : 40 + 2 * frame] = 255
        found.write_mask("dog", frame, mask, key="k")
    write(found, ())
    return found


def write(store: Store, refine: tuple[RefineStep, ...]) -> None:
    footage = Footage("nowhere.mov", "movie", SIZE[1], SIZE[0], 4, fps=24.0)
    store.layout.document.write_text(to_json(Shot("s", footage, FrameRange(1, 4), (ShotObject("dog", refine=refine),))), "utf-8")


def test_the_program_traces_into_the_store_and_into_plain_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    target = store.root / "out é.json"
    assert main(["trace", str(store.root), "--tolerance", "0.8", "--output", str(target)]) == 0
    assert re.search(r"1 outline of \d points, 2 keyed shapes for 4", capsys.readouterr().out)
    content = json.loads(target.read_text("utf-8"))
    (piece,) = content["pieces"]
    assert (content["object"], content["width"], content["range"]) == ("dog", 64, {"first": 1, "last": 4})
    assert [shape["frame"] for shape in piece["shapes"]] == [1, 4]
    corners = np.array(piece["shapes"][0]["points"])[:, 2:4]
    assert corners.min(axis=0) == pytest.approx([12, 10], abs=0.5) and corners.max(axis=0) == pytest.approx([42, 30], abs=0.5)
    first, *shapes = read_lines(store.layout.outlines("dog"))
    assert isinstance(first, Outlines) and len(shapes) == 2 and all(isinstance(shape, Shape) for shape in shapes)
    assert main(["trace", str(store.root), "--frames", "1-5"]) == 1
    store.layout.file("dog", "mask", 3).unlink()
    assert main(["trace", str(store.root)]) == 1
    assert "object 'dog' has no matte on frame 3: track first" in capsys.readouterr().err


def test_a_live_step_is_traced_too_and_a_stopped_job_writes_nothing(store: Store) -> None:
    write(store, (RefineStep("invert", live=True),))
    with OpenShot(store.root) as opened:
        job = trace_job(opened, "dog", Settings())
        assert next(job).stage == "trace"
        job.close()
        assert not store.layout.outlines("dog").exists()
        job = trace_job(opened, "dog", Settings())
        for _ in job:
            pass
    first = next(read_lines(store.layout.outlines("dog")))
    assert isinstance(first, Outlines) and [piece.hole for piece in first.pieces] == [False, True], "all but the square"


def test_outlines_become_mask_prompts(store: Store) -> None:
    square = Polygon(((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)))
    hole = Polygon(((15.0, 15.0), (25.0, 15.0), (25.0, 25.0), (15.0, 25.0)), subtract=True)
    (seeded,) = seed(store.root, "dog", SIZE, BlenderMask("m", {"3": (square, hole)}))
    inside = pictures.read(store.root / seeded.mask) > 127
    assert (seeded.frame, seeded.area) == (3, 300) and inside[12, 12] and not inside[20, 20] and not inside[5, 5]
    away = Polygon(((100.0, 10.0), (130.0, 10.0), (130.0, 30.0)))
    with pytest.raises(MattewrightError, match="Mask 'm': covers nothing of the picture on frame 4"):
        seed(store.root, "cat", SIZE, BlenderMask("m", {"3": (square,), "4": (away,)}))
    assert not (store.root / "objects" / "cat").exists(), "nothing is written then"
