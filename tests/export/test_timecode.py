"""Time code of the source in exported movies, as ffmpeg's readers find it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import export_scene
import movie_scene as scene
import numpy as np
import OpenImageIO
import pytest

from engine.export.timecode import later
from engine.shot import Footage, FrameRange, Output, Rate

NTSC = Fraction(30000, 1001)


def labels(whole: int, drops: int) -> list[str]:
    """All that the first 25 minutes have, as ST 12-1 words it: numbers 0 to `drops` - 1 are left out at each minute but every tenth."""
    mark = ";" if drops else ":"
    return [
        f"{minute // 60:02d}:{minute % 60:02d}:{second:02d}{mark}{frame:02d}"
        for minute in range(25)
        for second in range(60)
        for frame in range(whole)
        if second or not minute % 10 or frame >= drops
    ]


@pytest.mark.parametrize(
    ("rate", "whole", "drops"), [(NTSC, 30, 2), (Fraction(60000, 1001), 60, 4), (Fraction(24000, 1001), 24, 0), (Fraction(25), 25, 0)]
)
def test_frames_are_counted_on(rate: Fraction, whole: int, drops: int) -> None:
    day = labels(whole, drops)
    assert [later(day[0], number, rate) for number in range(len(day))] == day
    last = f"23:59:59{';' if drops else ':'}{whole - 1:02d}"
    assert later(last, 1, rate) == day[0]
    assert later(day[5000], 12345, rate) == day[17345]


@pytest.mark.parametrize("code", ["", "1:2:3:4", "00:00:00:25", "00:61:00:00", "00:00:00;00"])
def test_what_is_none_is_left_out(code: str) -> None:
    assert later(code, 1, Fraction(25)) == ""


def found(path: Path) -> set[str]:
    with av.open(str(path)) as container:
        said = [container.metadata, *(stream.metadata for stream in container.streams)]
        return {value for words in said for name, value in words.items() if name.casefold() == "timecode"}


def test_movies_go_on_with_the_sources(tmp_path: Path) -> None:
    source = scene.movie(tmp_path / "film.mov", rate=NTSC, timecode="01:00:59;28")
    outputs = [Output(name, name, first=4, last=6) for name in ("prores", "ffv1", "vp9", "h264")]
    folder = scene.shot(source, *outputs, Output("whole", "h264"))
    export_scene.export(folder)
    for name, path in (("prores", "prores/disk.mov"), ("ffv1", "ffv1/disk.mkv"), ("vp9", "vp9/disk.webm"), ("h264", "h264.mp4")):
        assert found(folder / "exports" / path) == {"01:01:00;03"}, name
        with av.open(str(folder / "exports" / path)) as container:
            assert len(list(container.decode(video=0))) == 3
    assert found(folder / "exports/whole.mp4") == {"01:00:59;28"}


def test_sequences_say_it_in_their_pictures(tmp_path: Path) -> None:
    (tmp_path / "exr").mkdir()
    for number in (1, 2):
        spec = OpenImageIO.ImageSpec(export_scene.WIDTH, export_scene.HEIGHT, 3, "half")
        spec.attribute("smpte:TimeCode", OpenImageIO.TypeDesc("timecode"), (0x10203000 | number, 0))
        path = str(tmp_path / f"exr/shot_{number:04d}.exr")
        pixels = np.full((export_scene.HEIGHT, export_scene.WIDTH, 3), 0.2, np.float32)
        out = OpenImageIO.ImageOutput.create(path)
        assert out.open(path, spec) and out.write_image(pixels) and out.close()
    footage = Footage("../exr/shot_0001.exr", "sequence", export_scene.WIDTH, export_scene.HEIGHT, 2, rate=Rate(25))
    folder = export_scene.make(tmp_path, Output("film", "prores", first=2, last=2), footage=footage, range=FrameRange(1, 2))
    export_scene.export(folder)
    assert found(folder / "exports/film/disk.mov") == {"10:20:30:02"}
