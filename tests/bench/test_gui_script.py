"""What drives the test in a window, without one: waits with bounds, the clips, and how a Blender that isn't there is said."""

from __future__ import annotations

import subprocess
import sys

import av
import environments
import numpy as np
import pytest

from scripts.gui import footage
from scripts.gui.driver import Driver, Failed, Steps, check, until


def drive(steps: Steps, most: int = 1000) -> int:
    """How often it had to be called."""
    driver = Driver(steps)
    for count in range(1, most):
        if not driver.tick():
            return count
    raise AssertionError("it has no end")


def test_a_step_goes_on_when_what_it_waits_for_holds() -> None:
    seen: list[str] = []
    looks = iter([False, False, True])

    def steps() -> Steps:
        yield None
        seen.append("next look")
        yield from until(lambda: next(looks), "three looks")
        seen.append("held")

    assert drive(steps()) == 5
    assert seen == ["next look", "held"]


def test_what_does_not_come_within_its_bound_is_a_failure_with_its_name_and_the_steps_go_on() -> None:
    told: list[str] = []

    def steps() -> Steps:
        for what, holds in (("the moon", lambda: False), ("a broken look", lambda: 1 / 0), ("nothing", lambda: True)):
            try:
                yield from until(holds, what, 0.0)
                told.append(what)
            except Failed as error:
                told.append(str(error))

    drive(steps())
    assert told == ["the moon: not within 0 s", "a broken look: ZeroDivisionError: division by zero", "nothing"]


def test_a_check_says_what_does_not_hold() -> None:
    check(1, "nothing")
    with pytest.raises(Failed, match="the mask is empty"):
        check([], "the mask is empty")


def test_the_disks_are_where_their_truth_says(tmp_path) -> None:
    import cv2

    first = footage.disks(tmp_path / "ä b", "a")
    assert first.is_file() and len(list(first.parent.iterdir())) == footage.DISK_FRAMES
    content = np.fromfile(first.parent / "a_0009.png", np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]
    assert picture.shape == (*footage.DISK_SIZE[::-1], 3)
    assert np.array_equal((picture == footage.COLORS["a"]).all(axis=2), footage.disk(9))


def test_a_movie_is_made_short_and_small_at_its_own_rate(tmp_path) -> None:
    source, target = tmp_path / "long.mp4", tmp_path / "short.mp4"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for shade in range(20):
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.full((180, 320, 3), shade * 10, np.uint8))):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    footage.short_movie(source, target)
    with av.open(str(target)) as made:
        times = [round(float(frame.time or 0) * 25) for frame in made.decode(video=0)]
        video = made.streams.video[0]
        assert (video.width, video.height) == footage.SIZE
    assert times == list(range(footage.FRAMES))


def test_a_blender_that_is_not_there_is_one_line(tmp_path) -> None:
    program = environments.ROOT / "scripts" / "test_gui"
    missing = tmp_path / "no-blender"
    command = [sys.executable, str(program), "--failures", str(tmp_path), "--zip", str(program), "--", str(missing)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"{missing}: can't be started" in done.stderr
