"""Decoding ahead: in order, bounded, and over when its consumer is."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from footage_fixtures import read_code, write_sequence

from engine.footage import MissingPictureError, Picture, Reader, open_footage, prefetched, probe
from engine.shot import MattewrightError


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mattewright-prefetch"]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return open_footage(probe(write_sequence(tmp_path, [1, 2, 3, 4, 6, 7, 8, 9])), tmp_path)


def test_in_order_with_gaps(reader: Reader) -> None:
    found = list(prefetched(reader, [3, 1, 5, 2, 5, 8]))
    assert [read_code(item.pixels) if isinstance(item, Picture) else f"missing {item.frame}" for item in found] == [
        3, 1, "missing 5", 2, "missing 5", 8,
    ]  # fmt: skip
    assert threads() == []


def test_a_movie_backward(movies: dict[str, Path]) -> None:
    footage = probe(movies["b_frames"])
    with open_footage(footage, Path()) as reader:
        frames = list(reversed(list(footage.frames())))
        assert [read_code(item.pixels) for item in prefetched(reader, frames, 3) if isinstance(item, Picture)] == [f - 1 for f in frames]


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_no_further_ahead_than_asked(reader: Reader, depth: int) -> None:
    asked: list[int] = []

    def frames():
        for frame in (1, 2, 3, 4, 6, 7, 8, 9):
            asked.append(frame)
            yield frame

    pictures = prefetched(reader, frames(), depth)
    next(pictures)
    time.sleep(0.3)
    # One in the consumer's hands, `depth` decoded, and the number of one more taken.
    assert len(asked) <= 1 + depth + 1
    pictures.close()
    assert threads() == []


def test_closing_early_ends_the_thread(reader: Reader) -> None:
    for taken in range(3):
        pictures = prefetched(reader, iter(range(1, 5)))
        for _ in range(taken):
            next(pictures)
        pictures.close()
        assert threads() == []
    for item in prefetched(reader, iter(lambda: 1, None)):
        assert isinstance(item, Picture)
        break
    del item
    deadline = time.monotonic() + 5
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == [], "dropped, not closed"


def test_errors_surface_in_the_consumer(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "shot_0003.png").write_bytes(b"no picture")
    pictures = prefetched(reader, [1, 2, 3, 4])
    assert read_code(next(pictures).pixels) == 1
    assert read_code(next(pictures).pixels) == 2
    with pytest.raises(MattewrightError, match="shot_0003") as error:
        next(pictures)
    assert not isinstance(error.value, MissingPictureError)
    assert list(pictures) == []
    assert threads() == []


def test_a_frame_source_that_fails(reader: Reader) -> None:
    def frames():
        yield 1
        raise RuntimeError("no more frames")

    pictures = prefetched(reader, frames())
    next(pictures)
    with pytest.raises(RuntimeError, match="no more frames"):
        next(pictures)
    assert threads() == []
