"""Clips that several test files read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from footage_fixtures import remuxed, with_lying_index, write_movie

UNEVEN = [0, 1, 2, 4, 5, 6, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 28, 29, 30]


@pytest.fixture(scope="session")
def movies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Movies that are hard to seek in, by what is hard about them."""
    folder = tmp_path_factory.mktemp("movies")
    plain = write_movie(folder / "b_frames.mp4", 60, options={"g": "24", "bf": "3"})
    return {
        "b_frames": plain,
        "open_gop": write_movie(folder / "open.mp4", 40, options={"g": "12", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}),
        "open_gop_hevc": write_movie(folder / "open.mkv", 40, codec="libx265", options={"x265-params": "open-gop=1:keyint=12:bframes=3"}),
        "intra_refresh": write_movie(folder / "refresh.mp4", 40, options={"x264-params": "intra-refresh=1:keyint=12:bframes=0"}),
        "lying_index": with_lying_index(plain, folder / "lies.mp4"),
        "edit_list": remuxed(plain, folder / "edited.mp4", 5 / 24),
        "uneven": write_movie(folder / "uneven.mkv", 20, pts=UNEVEN, time_base=Fraction(1, 24), options={"g": "8", "bf": "2"}),
        "mpegts": write_movie(folder / "b.ts", 40, rate=25, options={"g": "12", "bf": "2"}),
        "avi": write_movie(folder / "b.avi", 30, options={"g": "10", "bf": "2"}),
        "no_times": write_movie(folder / "raw.h264", 30, options={"g": "10", "bf": "2"}),
    }
