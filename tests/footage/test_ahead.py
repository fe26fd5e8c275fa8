"""Pictures that were announced come from a thread that decodes ahead; the rest is as if there were none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from footage_fixtures import read_code, write_sequence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.footage import AheadReader, MissingPictureError, Picture, Reader, open_footage, probe

THERE = [1, 2, 3, 4, 6, 7, 8, 9]


class Counting:
    """A reader that says what it was asked for."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.asked: list[int] = []
        self.arrived = threading.Condition()

    def picture(self, frame: int) -> Picture:
        with self.arrived:
            self.asked.append(frame)
            self.arrived.notify_all()
        return self.reader.picture(frame)

    def wait_for(self, count: int) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.asked) >= count, timeout=60)


@pytest.fixture
def counting(tmp_path: Path) -> Counting:
    return Counting(open_footage(probe(write_sequence(tmp_path, THERE)), tmp_path))


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mattewright-prefetch"]


def test_the_next_picture_is_decoded_before_it_is_asked_for(counting: Counting) -> None:
    ahead = AheadReader(counting)  # type: ignore[arg-type]
    ahead.announce([6, 4, 2])
    assert read_code(ahead.picture(6).pixels) == 6
    assert counting.wait_for(2), "4 is on its way while the consumer has 6"
    assert read_code(ahead.picture(6).pixels) == 6 and read_code(ahead.picture(4).pixels) == 4
    assert counting.asked[:2] == [6, 4] and counting.asked.count(6) == 1, "what was handed out last is not decoded again"
    ahead.close()
    assert threads() == []
    assert read_code(ahead.picture(9).pixels) == 9, "closed, it reads what it is asked for"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(announced=st.lists(st.integers(1, 10), max_size=6), asked=st.lists(st.integers(0, 11), max_size=8))
def test_whatever_was_announced_each_frame_is_itself(counting: Counting, announced: list[int], asked: list[int]) -> None:
    ahead = AheadReader(counting)  # type: ignore[arg-type]
    ahead.announce(announced)
    for frame in asked:
        if frame in THERE:
            assert read_code(ahead.picture(frame).pixels) == frame
        else:
            with pytest.raises(MissingPictureError) as caught:
                ahead.picture(frame)
            assert caught.value.frame == frame
    ahead.close()
    assert threads() == []


def test_an_error_comes_where_its_frame_is_asked_for(counting: Counting, tmp_path: Path) -> None:
    broken = counting.reader.path.with_name(counting.reader.path.name.replace("1", "3"))
    assert broken.is_file()
    broken.write_bytes(b"no picture")
    ahead = AheadReader(counting)  # type: ignore[arg-type]
    ahead.announce([1, 2, 3, 4])
    assert [read_code(ahead.picture(frame).pixels) for frame in (1, 2)] == [1, 2]
    with pytest.raises(Exception, match=broken.name):
        ahead.picture(3)
    assert read_code(ahead.picture(4).pixels) == 4, "not ahead any more, but there"
    assert threads() == []
