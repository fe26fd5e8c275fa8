"""Our pictures are the ones that each Blender's Movie Clip node shows: the same number on every frame, and the same colours."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import environments
import numpy as np
import OpenImageIO
import pytest
from footage_fixtures import as_dtype, drawn, read_code, remuxed, with_ramp, write_image, write_movie, write_sequence

from engine.footage import open_footage, probe
from engine.footage.view import srgb_decoded
from engine.shot import Footage, MattewrightError

VERSIONS = ("4.2", "4.5", "5.0")
UNEVEN = [0, 1, 2, 4, 5, 6, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 28, 29, 30, 31, 35, 36, 37]
HELD = [max(k for k, time in enumerate(UNEVEN) if time <= index) for index in range(38)]
EXACT = 0.002
"""Of 255: what float32 leaves of equal values."""


@dataclass(frozen=True)
class Case:
    """One clip; `codes` are the numbers of the pictures by media index."""

    make: Callable[[Path], Path]
    codes: Sequence[int] = ()
    frame_start: int = 1
    frame_offset: int = 0
    turns: int = 0
    """Quarter turns counter-clockwise, for the Blenders that turn at all."""
    most: float = EXACT
    """The largest difference from 4.5 and 5.0, of 255."""
    most_42: float = 3.01
    mean_42: float = 1.2
    """The same for 4.2, which converts 8 bits less exactly, and more than 8 with smooth chroma: single pixels at edges are far off."""
    duration: int | None = None
    """What Blender calls the length, when it is not the number of `codes`."""
    colorspace: str | None = "Non-Color"
    """Non-Color passes the encoded values through; None is for alpha, which Blender applies in linear light only."""
    crashes: tuple[str, ...] = ()
    """The Blenders that don't survive showing it."""


def movie(name: str, count: int, **settings: Any) -> Callable[[Path], Path]:
    return lambda folder: write_movie(folder / name, count, **settings)


def sequence(below: str, numbers: Sequence[int], **settings: Any) -> Callable[[Path], Path]:
    return lambda folder: write_sequence(folder / below, numbers, **settings)


def image(name: str, pixels: np.ndarray, **attributes: Any) -> Callable[[Path], Path]:
    return lambda folder: write_image(folder / name, pixels, attributes)


def edited(folder: Path) -> Path:
    return remuxed(write_movie(folder / "whole.mp4", 40, options={"g": "12", "bf": "2"}), folder / "edited.mp4", 5 / 24)


def multiplied(pixels: np.ndarray) -> np.ndarray:
    """16-bit RGBA of 8-bit ones, with colours that are multiplied by alpha as displayed."""
    return np.dstack([np.rint(pixels[..., :3] * (pixels[..., 3:] / 255) * 257), pixels[..., 3] * 257.0]).astype(np.uint16)


TEN_BITS = {"most_42": 256.0, "mean_42": 2.6}
CHROMA_42 = {"most_42": 256.0, "mean_42": 8.0}
STILL = {"most_42": EXACT, "mean_42": EXACT}
GAP = [1001, 1002, 1003, 1005, 1006]
CASES: dict[str, Case] = {
    "h264_b_frames": Case(movie("b.mp4", 60, options={"g": "24", "bf": "3"}), range(60)),
    "h264_offsets": Case(movie("offsets.mp4", 30, options={"g": "10", "bf": "2"}), range(30), frame_start=101, frame_offset=7),
    "h264_early": Case(movie("early.mp4", 30, options={"g": "10"}), range(30), frame_start=-4, frame_offset=3),
    # With a negative offset clip.size is 256 x 256 in every Blender, and 4.2 ends with a segmentation fault.
    "h264_negative_offset": Case(movie("negative.mp4", 30, options={"g": "10"}), range(30), frame_offset=-9, crashes=("4.2",)),
    "h264_open_gop": Case(movie("open.mp4", 48, options={"g": "12", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}), range(48)),
    "h264_tagged_709": Case(movie("tagged.mp4", 8, colorspace=1, color_range=1), range(8)),
    "h264_full_range": Case(movie("full.mp4", 8, pix_fmt="yuvj420p", color_range=2), range(8)),
    "h264_hd_untagged": Case(movie("hd.mp4", 3, size=(1280, 720)), range(3)),
    "h264_444_odd_size": Case(movie("odd444.mp4", 8, size=(321, 181), pix_fmt="yuv444p"), range(8)),
    "h264_avi": Case(movie("b.avi", 30, options={"g": "10", "bf": "0"}), range(30)),
    "h264_mpegts": Case(movie("b.ts", 48, rate=25, options={"g": "12", "bf": "2"}), range(48)),
    "hevc": Case(movie("hevc.mp4", 40, codec="libx265", options={"x265-params": "keyint=12:bframes=3"}), range(40)),
    "hevc_10_bits": Case(
        movie("hevc10.mkv", 20, codec="libx265", pix_fmt="yuv420p10le", colorspace=1, color_range=1), range(20), **TEN_BITS
    ),
    "prores": Case(movie("prores.mov", 20, codec="prores_ks", pix_fmt="yuv422p10le"), range(20), **TEN_BITS),
    "vp9": Case(
        movie("vp9.webm", 20, codec="libvpx-vp9", options={"cpu-used": "8", "deadline": "realtime", "g": "10", "crf": "10"}), range(20)
    ),
    "mjpeg": Case(movie("m.avi", 10, codec="mjpeg", pix_fmt="yuvj422p", options={"q:v": "2"}), range(10)),
    "29_97": Case(movie("ntsc.mp4", 70, rate=Fraction(30000, 1001), options={"g": "30", "bf": "2"}), range(70)),
    "23_976_mkv": Case(movie("film.mkv", 48, rate=Fraction(24000, 1001), options={"g": "12", "bf": "2"}), range(48)),
    "variable_rate": Case(movie("vfr.mp4", 24, pts=UNEVEN, time_base=Fraction(1, 24), options={"g": "8"}), HELD),
    "variable_rate_mkv": Case(movie("vfr.mkv", 24, pts=UNEVEN, time_base=Fraction(1, 24), options={"g": "8", "bf": "2"}), HELD),
    "late_first_pts": Case(movie("late.mkv", 24, pts=range(48, 72), time_base=Fraction(1, 24)), range(24)),
    "late_first_pts_mp4": Case(movie("late.mp4", 24, pts=range(48, 72), time_base=Fraction(1, 24)), range(24)),
    "edit_list": Case(edited, range(5, 40)),
    "turned_90": Case(movie("t90.mov", 12, rotation=90), range(12), turns=1),
    "turned_180": Case(movie("t180.mov", 12, rotation=180), range(12), turns=2),
    "turned_270": Case(movie("t270.mov", 12, rotation=-90), range(12), turns=3),
    "odd_size_420": Case(movie("odd420.mkv", 6, codec="ffv1", size=(321, 181)), range(6), **CHROMA_42),
    "odd_size_422": Case(movie("odd422.mkv", 6, codec="ffv1", pix_fmt="yuv422p", size=(321, 181)), range(6), **CHROMA_42),
    "grey_movie": Case(movie("grey.mkv", 4, codec="ffv1", pix_fmt="gray"), range(4), **STILL),
    "rgb_movie": Case(movie("rgb.mkv", 4, codec="ffv1", pix_fmt="bgr0"), range(4), **STILL),
    "alpha_movie": Case(
        movie("alpha.mkv", 3, codec="ffv1", pix_fmt="yuva420p", alpha=True), most=1.1, most_42=8, colorspace=None, duration=3
    ),
    "vp9_alpha": Case(
        movie("vp9a.webm", 3, codec="libvpx-vp9", pix_fmt="yuva420p", options={"auto-alt-ref": "0", "crf": "10"}, alpha=True),
        most=1.1,
        most_42=256,
        mean_42=256,
        colorspace=None,
        duration=3,
    ),
    "png": Case(sequence("png", range(1001, 1009)), range(1001, 1009), **STILL),
    "png_gap": Case(sequence("png gäp", GAP), GAP, duration=3, **STILL),
    "png_offsets": Case(sequence("pngo", range(1, 12)), range(1, 12), frame_start=50, frame_offset=2, **STILL),
    "png_more_digits": Case(sequence("pngd", range(97, 104), name="f{:02d}"), range(97, 104), **STILL),
    "png_digits_inside": Case(sequence("pngv", range(7, 12), name="v2_{:03d}_plate"), range(7, 12), **STILL),
    "png_16": Case(sequence("png16", range(1, 4), dtype="uint16"), range(1, 4), **STILL),
    "jpeg_gap": Case(sequence("jpeg", GAP, extension=".jpg", size=(321, 181)), GAP, duration=3, **STILL),
    "exr_gap": Case(sequence("exr", GAP, extension=".exr", dtype="float32", size=(321, 181)), GAP, duration=3, **STILL),
    "tiff_16_gap": Case(sequence("tiff", GAP, extension=".tif", dtype="uint16"), GAP, duration=3, **STILL),
    "tiff_8": Case(sequence("tiff8", range(1, 4), extension=".tif"), range(1, 4), **STILL),
    "jpeg_exif": Case(image("exif6.jpg", drawn(3), Orientation=6), [3], **STILL),
    "tiff_exif": Case(image("exif8.tif", drawn(3), Orientation=8), [3], **STILL),
    "png_grey": Case(image("grey5.png", drawn(3)[..., :1]), [3], **STILL),
    "png_alpha": Case(
        image("alpha.png", with_ramp(drawn(3)), **{"oiio:UnassociatedAlpha": 1}),
        colorspace=None,
        most=1.1,
        most_42=1.1,
        mean_42=1,
        duration=1,
    ),
    "tiff_alpha": Case(
        image("alphas.tif", with_ramp(drawn(3)), **{"oiio:UnassociatedAlpha": 1}),
        colorspace=None,
        most=1.1,
        most_42=1.1,
        mean_42=1,
        duration=1,
    ),
    "tiff_multiplied": Case(
        image("alpham.tif", multiplied(with_ramp(drawn(3)))), colorspace=None, most=1.1, most_42=1.1, mean_42=1, duration=1
    ),
    "exr_alpha": Case(
        image("alpha.exr", with_ramp(as_dtype(drawn(3), "float32")) / np.float32([1, 1, 1, 255])), colorspace=None, duration=1
    ),
    "tga": Case(image("tga.tga", drawn(3)), [3], **STILL),
    "bmp": Case(image("bmp.bmp", drawn(3)), [3], **STILL),
    "webp": Case(image("webp.webp", drawn(3), Compression="lossless"), [3], **STILL),
    "hdr": Case(image("hdr.hdr", as_dtype(drawn(3), "float32")), [3], most=0.01, most_42=0.01),
}


@dataclass(frozen=True)
class Clip:
    path: Path
    footage: Footage
    frames: tuple[int, ...]
    """In the order in which Blender is asked for them."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Every case's clip, and a shuffled choice of its frames with the first and the last among them."""
    folder = tmp_path_factory.mktemp("clips of ünicode")
    order = random.Random(7)
    made = {}
    for name, case in CASES.items():
        path = case.make(folder)
        footage = replace(probe(path), frame_start=case.frame_start, frame_offset=case.frame_offset)
        count = len(case.codes) or footage.frame_duration
        if footage.kind == "sequence" and case.codes:
            count = case.codes[-1] - case.codes[0] + 1
        first = case.frame_start - case.frame_offset
        # Blender renders scene frames from 0 on only.
        frames = [frame for frame in range(first, first + count) if frame >= 0]
        frames = order.sample(frames[2:-2], min(5, len(frames[2:-2]))) + frames[:2] + frames[-2:] if len(frames) > 4 else frames
        order.shuffle(frames)
        made[name] = Clip(path, footage, tuple(frames))
    return made


@dataclass(frozen=True)
class Shown:
    folder: Path
    facts: dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=VERSIONS)
def blender(request: pytest.FixtureRequest, clips: dict[str, Clip], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Shown]:
    """One Blender's version, and what it shows of all clips, in one process."""
    version: str = request.param
    python = environments.python_of(f"bpy-{version}")
    if not python.is_file():
        pytest.skip(f"no Blender {version} at {python}")
    folder = tmp_path_factory.mktemp(f"shown-{version}")
    jobs = [
        {
            "name": name,
            "path": str(clip.path),
            "frames": clip.frames,
            "frame_start": CASES[name].frame_start,
            "frame_offset": CASES[name].frame_offset,
            "colorspace": CASES[name].colorspace,
            "folder": str(folder),
        }
        for name, clip in clips.items()
        if version not in CASES[name].crashes
    ]
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    script = Path(__file__).with_name("blender_pictures.py")
    done = subprocess.run(
        [str(python), str(script), str(folder / "jobs.json"), str(folder / "facts.json")], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return version, Shown(folder, json.loads((folder / "facts.json").read_text("utf-8")))


@pytest.mark.parametrize("name", CASES)
def test_shows_what_blender_shows(name: str, blender: tuple[str, Shown], clips: dict[str, Clip], record_property: Any) -> None:
    version, shown = blender
    case, clip = CASES[name], clips[name]
    if version in case.crashes:
        pytest.skip(f"Blender {version} crashes showing this")
    turns = 0 if version == "4.2" else case.turns
    footage = replace(probe(clip.path, applies_rotation=version != "4.2"), frame_start=case.frame_start, frame_offset=case.frame_offset)
    facts = shown.facts[name]
    assert (footage.width, footage.height) == (facts["width"], facts["height"])
    # 4.2 divides in float32 and may be off by the last bit; a document made there must still mean the same rate.
    assert footage.fps == (pytest.approx(facts["fps"], rel=2e-7) if version == "4.2" else facts["fps"])
    footage = replace(footage, fps=facts["fps"])
    assert footage.frame_duration == facts["frame_duration"] == (case.duration or len(case.codes))
    assert (footage.kind == "movie") == (facts["source"] == "MOVIE")

    greatest, mean = 0.0, 0.0
    with open_footage(footage, Path("unused")) as reader:
        for frames in (sorted(clip.frames), sorted(clip.frames, reverse=True), clip.frames):
            for frame in frames:
                blenders = exr(shown.folder / f"{name}.{frame}.exr")
                index = footage.media_index(frame)
                if case.codes and footage.kind == "sequence" and case.codes[0] + index not in case.codes:
                    assert not reader.has_picture(frame)
                    assert not blenders.any(), "Blender shows nothing at a gap"
                    continue
                assert reader.has_picture(frame)
                picture = reader.picture(frame)
                assert picture.frame == frame
                ours = picture.pixels
                if case.codes:
                    expected = case.codes[0] + index if footage.kind == "sequence" else case.codes[index]
                    assert read_code(np.rot90(blenders, -turns)) == expected, f"Blender, frame {frame}"
                    assert read_code(np.rot90(ours, -turns)) == expected, f"frame {frame}"
                difference = np.abs(in_blender(ours, linear=picture.encoding == "linear", decoded=case.colorspace is None) - blenders) * 255
                greatest, mean = max(greatest, float(difference.max())), max(mean, float(difference.mean()))
    record_property("greatest", greatest)
    record_property("mean", mean)
    print(f"\n{name} {version}: at most {greatest:.4f}, on average {mean:.4f} of 255")
    assert greatest <= (case.most_42 if version == "4.2" else case.most)
    assert mean <= (case.mean_42 if version == "4.2" else case.most)


def test_a_missing_file_is_an_error_in_both(tmp_path: Path) -> None:
    with pytest.raises(MattewrightError, match="no such file"):
        probe(tmp_path / "none.mp4")


def in_blender(pixels: np.ndarray, *, linear: bool, decoded: bool) -> np.ndarray:
    """Our pixels on the scale of Blender's floats."""
    value = pixels / np.float32({"uint8": 255, "uint16": 65535}.get(pixels.dtype.name, 1))
    return srgb_decoded(value) if decoded and not linear else value


def exr(path: Path) -> np.ndarray:
    source = OpenImageIO.ImageInput.open(str(path))
    assert source is not None, f"Blender wrote no {path.name}"
    pixels = source.read_image("float")
    source.close()
    return pixels
