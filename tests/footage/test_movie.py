"""Movies in any order, without Blender: the same bytes whichever way they are read, in bounded memory, for little decoding."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from footage_fixtures import read_code, write_movie
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.footage import MissingPictureError, open_footage, probe
from engine.footage.movie import MovieReader
from engine.shot import Footage, MattewrightError

KINDS = (
    "b_frames", "open_gop", "open_gop_hevc", "intra_refresh", "lying_index", "edit_list", "uneven", "mpegts", "avi", "no_times",
)  # fmt: skip


def footage_of(path: Path) -> Footage:
    if path.suffix == ".h264":
        # A bare stream: no length, and every picture's time is made up from the rate.
        return Footage(str(path), "movie", 320, 180, 30, fps=25)
    return probe(path)


@cache
def forward(path: Path) -> dict[int, np.ndarray]:
    """All pictures of a movie, read once from the first to the last."""
    footage = footage_of(path)
    with MovieReader(footage, path) as reader:
        return {frame: reader.picture(frame).pixels for frame in footage.frames()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cache_bytes", [0, 400_000, 1 << 28])
def test_backward_is_forward_bit_for_bit(kind: str, cache_bytes: int, movies: dict[str, Path]) -> None:
    footage = footage_of(movies[kind])
    expected = forward(movies[kind])
    with MovieReader(footage, movies[kind], cache_bytes) as reader:
        for frame in reversed(list(footage.frames())):
            assert np.array_equal(reader.picture(frame).pixels, expected[frame]), frame


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), order=st.lists(st.floats(0, 0.999), min_size=1, max_size=8), small=st.booleans())
def test_any_order_is_forward_bit_for_bit(kind: str, order: list[float], small: bool, movies: dict[str, Path]) -> None:
    footage = footage_of(movies[kind])
    expected = forward(movies[kind])
    with MovieReader(footage, movies[kind], 200_000 if small else 1 << 28) as reader:
        for share in order:
            frame = footage.frames().first + int(share * len(footage.frames()))
            assert np.array_equal(reader.picture(frame).pixels, expected[frame]), frame


def test_a_lying_index_and_intra_refresh_give_the_true_pictures(movies: dict[str, Path]) -> None:
    """Blender itself shows grey or torn pictures when it jumps in these two."""
    for kind, count in (("lying_index", 60), ("intra_refresh", 40)):
        footage = footage_of(movies[kind])
        with open_footage(footage, Path()) as reader:
            for frame in range(count, 0, -7):
                assert read_code(reader.picture(frame).pixels) == frame - 1


def test_forward_decodes_each_picture_once(movies: dict[str, Path]) -> None:
    footage = probe(movies["b_frames"])
    with MovieReader(footage, movies["b_frames"]) as reader:
        for frame in footage.frames():
            reader.picture(frame)
        assert reader.decoded_pictures == 60


def test_a_jump_decodes_from_the_nearest_key_picture_only(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "long.mp4", 240, options={"g": "12", "bf": "2"})
    footage = probe(path)
    with MovieReader(footage, path) as reader:
        for frame in (230, 17, 120, 119, 229):
            before = reader.decoded_pictures
            assert read_code(reader.picture(frame).pixels) == frame - 1
            # A group, the next group's pictures that the decoder needs before it gives the last, and one landing too late.
            assert reader.decoded_pictures - before <= 12 + 8, frame


def test_backward_decodes_each_group_once_when_it_fits(movies: dict[str, Path]) -> None:
    footage = probe(movies["b_frames"])
    with MovieReader(footage, movies["b_frames"]) as reader:
        for frame in reversed(list(footage.frames())):
            reader.picture(frame)
        # 60 pictures, the first once more at opening, and a few beyond each of the three groups' ends.
        assert reader.decoded_pictures <= 60 + 1 + 3 * 8


def test_memory_is_bounded(movies: dict[str, Path]) -> None:
    footage = probe(movies["b_frames"])
    one = 320 * 180 * 3 // 2
    with MovieReader(footage, movies["b_frames"], cache_bytes=5 * one + 100_000) as reader:
        for frame in [*footage.frames(), *reversed(list(footage.frames()))]:
            reader.picture(frame)
            assert reader.cached_bytes <= 5 * one + 100_000
        assert reader.cached_bytes >= one


def test_small_pictures_are_bounded_in_number(movies: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.footage.movie.CACHE_PICTURES", 4)
    one = 320 * 180 * 3 // 2
    footage = probe(movies["b_frames"])
    with open_footage(footage, Path()) as reader:
        for frame in reversed(list(footage.frames())):
            assert read_code(reader.picture(frame).pixels) == frame - 1
            assert reader.cached_bytes < 5 * one + 100_000, "each with some padding"


def test_the_pixels_are_the_callers_own(movies: dict[str, Path]) -> None:
    with open_footage(probe(movies["b_frames"]), Path()) as reader:
        first = reader.picture(5).pixels
        kept = first.copy()
        first[:] = 0
        assert np.array_equal(reader.picture(5).pixels, kept)


def test_more_than_8_bits_come_as_16(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "ten.mkv", 2, codec="ffv1", pix_fmt="yuv422p10le")
    with open_footage(probe(path), Path()) as reader:
        picture = reader.picture(1)
    assert picture.pixels.dtype == np.uint16
    assert picture.pixels.shape == (180, 320, 3)
    assert picture.encoding == "display"
    assert picture.pixels.max() == 65535


def test_outside_the_clip_is_missing(movies: dict[str, Path]) -> None:
    footage = replace(probe(movies["b_frames"]), frame_start=100)
    with open_footage(footage, Path()) as reader:
        assert not reader.has_picture(99)
        assert reader.has_picture(100)
        assert reader.has_picture(159)
        assert not reader.has_picture(160)
        for frame in (99, 160):
            with pytest.raises(MissingPictureError, match=f"no picture at frame {frame}; the clip is frames 100 to 159") as error:
                reader.picture(frame)
            assert error.value.frame == frame


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi"])
def test_a_movie_cut_short_has_its_first_pictures_only(name: str, tmp_path: Path) -> None:
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    whole = write_movie(
        tmp_path / f"whole{Path(name).suffix}",
        60,
        codec=codec,
        options={"g": "10", **({"b": "6000000"} if codec == "mpeg4" else {})},
        container_options={"movflags": "faststart"} if name.endswith("mp4") else {},
    )
    footage = probe(whole)
    content = whole.read_bytes()
    cut = tmp_path / name
    cut.write_bytes(content[: len(content) * 6 // 10])
    footage = replace(footage, path=str(cut))
    with open_footage(footage, Path()) as reader:
        assert read_code(reader.picture(10).pixels) == 9
        with pytest.raises(MissingPictureError, match="cut short") as error:
            reader.picture(60)
        assert error.value.frame == 60
        assert reader.has_picture(10)
        assert not reader.has_picture(60)
        assert read_code(reader.picture(12).pixels) == 11
        missing = [frame for frame in range(1, 61) if not reader.has_picture(frame)]
        assert missing == list(range(missing[0], 61))
        with pytest.raises(MissingPictureError):
            reader.picture(missing[0])
        assert read_code(reader.picture(missing[0] - 4).pixels) == missing[0] - 5


def test_a_movie_replaced_by_a_shorter_one(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "short.mp4", 20)
    with open_footage(replace(probe(path), frame_duration=50), Path()) as reader:
        assert read_code(reader.picture(20).pixels) == 19
        with pytest.raises(MissingPictureError):
            reader.picture(45)


def test_a_damaged_part_leaves_the_rest(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "damaged.mp4", 60, options={"g": "10", "bf": "0"})
    footage = probe(path)
    content = bytearray(path.read_bytes())
    middle = content.index(b"mdat") + len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    path.write_bytes(content)
    with open_footage(footage, Path()) as reader:
        assert read_code(reader.picture(3).pixels) == 2
        assert read_code(reader.picture(60).pixels) == 59
        for frame in footage.frames():
            reader.picture(frame)


def test_the_size_must_be_the_documents(movies: dict[str, Path]) -> None:
    footage = replace(probe(movies["b_frames"]), width=640, height=360)
    with pytest.raises(MattewrightError, match=r"320x180 pixels, but the shot document says 640x360"):
        open_footage(footage, Path())


def test_rotation_is_applied_only_where_blender_does(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "turned.mov", 4, rotation=90)
    turned, plain = probe(path), probe(path, applies_rotation=False)
    assert (turned.width, turned.height) == (180, 320)
    assert (plain.width, plain.height) == (320, 180)
    with open_footage(turned, Path()) as one, open_footage(plain, Path()) as other:
        assert np.array_equal(one.picture(2).pixels, np.rot90(other.picture(2).pixels))
        assert one.identity(2) != other.identity(2)
