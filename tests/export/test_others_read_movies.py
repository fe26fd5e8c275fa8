"""Exported movies as ffprobe and ffmpeg see them, built by others (scripts/fetch_ffmpeg): not the libraries that wrote them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import environments
import export_scene
import movie_scene as scene
import numpy as np
import numpy.typing as npt
import pytest

from engine.footage.view import srgb_decoded, srgb_encoded
from engine.shot import Output

FFMPEG, FFPROBE = (environments.BUILD / "ffmpeg" / name for name in ("ffmpeg", "ffprobe"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (FFMPEG.is_file() and FFPROBE.is_file()), reason=f"no ffmpeg in {FFMPEG.parent}: python scripts/fetch_ffmpeg"),
]
VARIABLE = [0, 25, 50, 150, 175, 250, 275, 300]
"""Of 1/600 s, at 24 frames a second."""


@dataclass(frozen=True)
class Wanted:
    """What a format's movie should be."""

    file: str
    pixels: str
    """As ffprobe calls them; its decoder gives ProRes' 10 bits as 12."""
    matrix: str = ""
    """Where it isn't the source's."""
    limited: bool = True
    milliseconds: bool = False
    """Whether the container's times are."""
    sound: str = "aac"
    decoder: tuple[str, ...] = ()
    """For alpha."""
    alpha: float = 0.0
    """The most that the alpha may be off; 0 for none."""
    values: tuple[tuple[str, Any], ...] = ()


FORMATS = {
    "prores": Wanted("prores.mov", "yuva444p12le", sound="pcm_s16le", alpha=0.003),
    "ffv1": Wanted("ffv1.mkv", "gbrap16le", "gbr", False, True, "pcm_s16le", alpha=1e-5),
    "vp9": Wanted("vp9.webm", "yuv420p", "", True, True, "opus", ("-c:v", "libvpx-vp9"), 0.03, (("quality", 10),)),
    "av1": Wanted("av1.mp4", "yuv420p10le", values=(("quality", 5),)),
    "h264": Wanted("h264.mp4", "yuv420p", values=(("quality", 5),)),
    "labels": Wanted("labels.mp4", "yuv420p", values=(("quality", 5),)),
}
by_format = pytest.mark.parametrize("name", FORMATS)


def exported(source: Path, name: str, **values: Any) -> Path:
    made = Output(name, name, pattern="{output}", values={**dict(FORMATS[name].values), **values})
    folder = scene.shot(source, made)
    export_scene.export(folder)
    return folder / "exports" / FORMATS[name].file


def probed(path: Path) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """The picture stream, the sound stream, and every picture."""
    command = [str(FFPROBE), "-v", "error", "-count_frames", "-show_streams", "-show_frames", "-of", "json", str(path)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout)
    by_kind = {stream["codec_type"]: stream for stream in reversed(said["streams"])}
    return by_kind["video"], by_kind.get("audio", {}), [frame for frame in said["frames"] if frame["media_type"] == "video"]


def decoded(path: Path, *options: str, before: tuple[str, ...] = ()) -> bytes:
    command = [str(FFMPEG), "-v", "error", "-nostdin", *before, "-i", str(path), *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def rgba(path: Path, *before: str) -> npt.NDArray[np.float32]:
    """(count, height, width, 4), 0 to 1."""
    raw = decoded(path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba64le", before=before)
    return (np.frombuffer(raw, np.uint16) / np.float32(65535)).reshape(-1, scene.HEIGHT, scene.WIDTH, 4)


def times(stream: dict[str, Any], pictures: list[dict[str, Any]]) -> list[Fraction]:
    return [picture["pts"] * Fraction(stream["time_base"]) for picture in pictures]


@by_format
@pytest.mark.parametrize("kind", ["constant", "variable"])
def test_pictures_times_sound_and_tags(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "constant":
        source = scene.movie(tmp_path / "film é.mov", timecode="01:00:00:00")
    else:
        source = scene.movie(tmp_path / "uneven.mov", rate=24, pts=VARIABLE, time_base=Fraction(1, 600), last=50)
    wanted, path = FORMATS[name], exported(source, name)
    theirs, _, shown = probed(source)
    video, audio, pictures = probed(path)
    slack = Fraction(1, 2000) if wanted.milliseconds else Fraction(0)

    assert int(video["nb_read_frames"]) == len(pictures) == len(shown) == 8
    assert video["r_frame_rate"] == theirs["r_frame_rate"] == ("24000/1001" if kind == "constant" else "24/1")
    assert video["time_base"] == ("1/1000" if wanted.milliseconds else theirs["time_base"])
    off = [abs(time - right) for time, right in zip(times(video, pictures), times(theirs, shown), strict=True)]
    assert max(off) <= slack
    if not wanted.milliseconds:
        assert video["avg_frame_rate"] == theirs["avg_frame_rate"] and video["duration"] == theirs["duration"]
        assert [picture["duration"] for picture in pictures] == [picture["duration"] for picture in shown]

    assert video["pix_fmt"] == wanted.pixels
    tags = {(one["color_range"], one["color_space"], one["color_primaries"], one["color_transfer"]) for one in pictures}
    assert tags == {("tv" if wanted.limited else "pc", wanted.matrix or "bt709", "bt709", "bt709")}
    said = {key.casefold(): value for key, value in video.get("tags", {}).items()}
    assert said.get("timecode") == ("01:00:00:00" if kind == "constant" else None)
    assert said.get("alpha_mode") == ("1" if name == "vp9" else None)

    assert audio["codec_name"] == wanted.sound
    raw = ("-map", "0:a", "-f", "s16le", "-c:a", "pcm_s16le")
    ours, right = (np.frombuffer(decoded(file, *raw), np.int16) for file in (path, source))
    if wanted.sound.startswith("pcm"):
        assert np.array_equal(ours, right)
    else:
        assert abs(len(ours) - len(right)) <= 1024  # a block of the codec's


@by_format
def test_colours_and_alpha(tmp_path: Path, name: str) -> None:
    """Of the picture's two colours, and the store's alpha; the preview's and the labels' are theirs."""
    wanted, path = FORMATS[name], exported(scene.movie(tmp_path / "film.mov"), name)
    inside = np.r_[4:44, 52:92]
    for number, pixels in enumerate(rgba(path, *wanted.decoder)):
        alpha = scene.alpha(number + 1) / np.float32(65535)
        if wanted.alpha:
            assert np.abs(pixels[..., 3] - alpha)[np.r_[2:30, 34:62]].max() < wanted.alpha
        else:
            assert pixels[..., 3].min() == 1
        if name not in ("h264", "labels"):
            assert np.abs(pixels[:, inside, :3] - scene.picture(number)[:, inside] / 255).max() < 0.04
    if name == "av1":
        for number, pixels in enumerate(rgba(path.with_name("av1_alpha.mp4"))):
            assert np.abs(pixels[..., 1] - scene.alpha(number + 1) / 65535)[np.r_[2:30, 34:62]].max() < 0.03


@pytest.mark.parametrize("name", ["prores", "ffv1"])
def test_premultiplied_over_black_is_what_was_cut_out(tmp_path: Path, name: str) -> None:
    pixels = rgba(exported(scene.movie(tmp_path / "film.mov"), name, alpha="premultiplied"))[3]
    wanted = scene.picture(3) / 255 * (scene.alpha(4)[..., None] / 65535)
    assert np.abs(pixels[..., :3] - wanted)[:, np.r_[4:44, 52:92]].max() < 0.02


@pytest.mark.parametrize(
    ("matrix", "full", "tags"),
    [
        (6, False, ("smpte170m", "smpte170m", "smpte170m")),
        (6, True, ("smpte170m", "smpte170m", "smpte170m")),
        (9, False, ("bt2020nc", "smpte170m", "smpte170m")),
    ],
)
@pytest.mark.parametrize("name", ["prores", "ffv1", "vp9", "av1", "h264"])
def test_tags_are_the_sources(tmp_path: Path, name: str, matrix: int, full: bool, tags: tuple[str, str, str]) -> None:
    source = scene.movie(tmp_path / "tagged.mov", 2, matrix=matrix, full=full, sound="")
    video, audio, pictures = probed(exported(source, name))
    assert not audio
    for picture in pictures:
        assert picture["color_range"] == ("pc" if name == "ffv1" else "tv")
        found = picture["color_space"], picture["color_primaries"], picture["color_transfer"]
        assert found == (FORMATS[name].matrix or tags[0], *tags[1:])
    assert video["codec_type"] == "video"


def test_a_preview_is_mixed_in_light(tmp_path: Path) -> None:
    path = exported(scene.movie(tmp_path / "film.mov"), "h264", background="color", fill=(0.0, 0.0, 0.0))
    pixels, share = rgba(path)[2][16, 6:42, :3], scene.alpha(3)[16, 6:42, None] / np.float32(65535)
    right = srgb_encoded(srgb_decoded(np.float32(scene.RED) / 255) * share)
    assert np.abs(pixels - right).max() < 0.05
