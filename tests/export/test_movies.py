"""Movies: the source's pictures at the source's times with the right matte each, its sound to the sample, whole or not at all."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import environments
import export_scene
import movie_scene as scene
import numpy as np
import OpenImageIO
import pytest
from av.video.reformatter import VideoReformatter
from footage_fixtures import remuxed, write_movie

from engine.export import Context, movie_sound
from engine.export.catalogue import exporters
from engine.export.movie_reading import decoded
from engine.export.movie_source import evenly
from engine.footage.quicktime import PREMULTIPLIED, graphics_mode
from engine.footage.view import srgb_decoded, srgb_encoded
from engine.jobs import OpenShot
from engine.jobs.export import export_job, verify_job
from engine.shot import Footage, FrameRange, MattewrightError, Output, ShotObject, to_json
from engine.shot.view import meant_rate

VARIABLE = [0, 25, 50, 150, 175, 250, 275, 300]
"""Of 1/600 s, at 24 frames a second: some pictures held for long."""
MILLISECOND = Fraction(1, 2000)
FORMATS = {"prores": ".mov", "ffv1": ".mkv", "vp9": ".webm", "av1": ".mp4", "h264": ".mp4", "labels": ".mp4"}
QUICK = {"vp9": {"quality": 10}, "av1": {"quality": 5}, "h264": {"quality": 5}, "labels": {"quality": 5}}


def output(name: str, **values: Any) -> Output:
    return Output(name, name, pattern="{output}", values={**QUICK.get(name, {}), **values})


def exported(source: Path, *outputs: Output, **how: Any) -> list[Path]:
    """The movies, in the outputs' order."""
    folder = scene.shot(source, *outputs, **how)
    export_scene.export(folder)
    return [folder / "exports" / f"{made.name}{FORMATS[made.format]}" for made in outputs]


def rgba(path: Path, alpha: bool = True) -> list[np.ndarray]:
    """The movie's pictures as (height, width, 4) 0..1, by the tags that are in it."""
    spaces = {1: "ITU709", 5: "ITU601", 6: "ITU601"}
    made = []
    for frame in decoded(path, alpha):
        space = {} if frame.format.name.startswith(("gb", "bg", "gray")) else {"src_colorspace": spaces[frame.colorspace]}
        if frame.format.name == "bgra":  # the way to 16 bits is not exact
            made.append(frame.to_ndarray(format="rgba") / 255)
            continue
        made.append(VideoReformatter().reformat(frame, format="rgba64le", **space).to_ndarray() / 65535)
    return made


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return scene.movie(tmp_path / "film é.mov")


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    return scene.movie(tmp_path / "uneven.mov", rate=24, pts=VARIABLE, time_base=Fraction(1, 600), last=50)


@pytest.mark.parametrize("name", FORMATS)
def test_a_constant_rate_stays_exact(film: Path, name: str) -> None:
    (made,) = exported(film, output(name))
    right = [number / scene.FILM for number in range(8)]
    assert scene.times(film) == right
    found = scene.times(made)
    assert len(found) == 8
    slack = MILLISECOND if made.suffix in (".mkv", ".webm") else 0
    assert all(abs(time - wanted) <= slack for time, wanted in zip(found, right, strict=True))
    assert abs(scene.seconds(made) - 8 / scene.FILM) <= 2 * slack
    with av.open(str(made)) as container:
        assert container.streams.video[0].average_rate == scene.FILM


@pytest.mark.parametrize("name", ["prores", "ffv1", "h264"])
def test_a_variable_rates_pictures_keep_their_times_and_get_their_own_mattes(uneven: Path, name: str) -> None:
    (made,) = exported(uneven, output(name))
    right = [Fraction(time, 600) for time in VARIABLE]
    assert scene.times(uneven) == right
    slack = MILLISECOND if made.suffix == ".mkv" else 0
    assert all(abs(time - wanted) <= slack for time, wanted in zip(scene.times(made), right, strict=True))
    assert abs(scene.seconds(made) - scene.seconds(uneven)) <= 2 * slack
    if name == "h264":
        return
    pictures = rgba(made)
    assert [scene.number_in(pixels) for pixels in pictures] == list(range(8))
    # 24 scene frames a second, 25 ticks each: the first frame that shows the picture.
    assert [scene.frame_in(pixels[..., 3]) for pixels in pictures] == [1 + time // 25 for time in VARIABLE]


def test_a_variable_rate_can_be_made_constant(uneven: Path) -> None:
    (made,) = exported(uneven, output("ffv1", timing="constant"))
    pictures = rgba(made)
    assert [scene.frame_in(pixels[..., 3]) for pixels in pictures] == list(range(1, 15))
    held = [max(number for number, time in enumerate(VARIABLE) if time <= 25 * index) for index in range(14)]
    assert [scene.number_in(pixels) for pixels in pictures] == held
    assert all(abs(time - Fraction(k, 24)) <= MILLISECOND for k, time in enumerate(scene.times(made)))


def test_a_part_of_a_variable_rate_begins_where_the_range_does(uneven: Path) -> None:
    (made,) = exported(uneven, output("prores"), first=4, last=10)
    # Frame 4 is at 75, within the third picture, which shows until 150; frame 10 ends at 250.
    assert scene.times(made) == [Fraction(time - 75, 600) for time in (75, 150, 175)]
    assert scene.seconds(made) == Fraction(250 - 75, 600)
    assert [scene.frame_in(pixels[..., 3]) for pixels in rgba(made)] == [4, 7, 8]
    start, found, _ = scene.samples(made)
    assert start == 0
    assert np.array_equal(found, scene.tone(20000)[75 * 80 : 250 * 80])


@pytest.mark.parametrize("depth", ["8", "16"])
def test_ffv1_loses_nothing(film: Path, depth: str) -> None:
    (made,) = exported(film, output("ffv1", depth=depth))
    full = 65535 if depth == "16" else 255
    with OpenShot(film.parent / f"{film.stem}.mattewright") as opened:
        for frame, pixels in enumerate(rgba(made), 1):
            shown = opened.reader.picture(frame).pixels
            assert np.array_equal(np.rint(pixels[..., :3] * 255), shown)
            assert np.array_equal(np.rint(pixels[..., 3] * full), np.rint(scene.alpha(frame) / 65535 * full))
        verified = exporters()["ffv1"](Context(opened, opened.shot.outputs[0], exporters()["ffv1"].declaration))
        verified.verify(verified.files()[0], made)


@pytest.mark.parametrize(("name", "color_most", "alpha_most"), [("prores", 0.012, 0.003), ("vp9", 0.04, 0.03)])
def test_alpha_and_colors_are_the_stores(film: Path, name: str, color_most: float, alpha_most: float) -> None:
    (made,) = exported(film, output(name))
    for frame, pixels in enumerate(rgba(made), 1):
        inside = np.r_[4:44, 52:92]  # not at the edge between the two colours, where there is half of their resolution
        assert np.abs(pixels[:, inside, :3] - scene.picture(frame - 1)[:, inside] / 255).max() < color_most
        assert np.abs(pixels[..., 3] - scene.alpha(frame) / 65535)[np.r_[2:30, 34:62]].max() < alpha_most


def test_av1_has_its_alpha_in_a_second_movie(film: Path) -> None:
    (made,) = exported(film, output("av1"))
    beside = made.with_name("av1_alpha.mp4")
    assert scene.times(beside) == scene.times(made)
    for frame, (pixels, matte) in enumerate(zip(rgba(made), rgba(beside), strict=True), 1):
        assert scene.number_in(pixels) == frame - 1
        assert np.abs(matte[..., 1] - scene.alpha(frame) / 65535)[np.r_[2:30, 34:62]].max() < 0.03


def test_premultiplied_is_multiplied_with_black(film: Path) -> None:
    straight, multiplied = exported(film, output("ffv1"), replace(output("ffv1", alpha="premultiplied"), name="multiplied"))
    for one, other in zip(rgba(straight), rgba(multiplied), strict=True):
        assert np.abs(one[..., :3] * one[..., 3:] - other[..., :3]).max() < 1e-4
        assert np.array_equal(one[..., 3], other[..., 3])


def test_prores_says_that_it_is_premultiplied(film: Path, tmp_path: Path) -> None:
    """And is read as what it is."""
    straight, multiplied = exported(film, output("prores"), replace(output("prores", alpha="premultiplied"), name="multiplied"))
    assert (graphics_mode(straight), graphics_mode(multiplied)) == (0, PREMULTIPLIED)
    assert scene.times(multiplied) == scene.times(straight)
    with OpenShot(scene.shot(straight)) as one, OpenShot(scene.shot(multiplied)) as other:
        for frame in (1, 8):
            (picture, alpha), (again, share) = one.reader.straight(frame), other.reader.straight(frame)
            assert alpha is not None and share is not None and np.abs(alpha - share).max() < 2e-3
            seen = alpha > 0.2
            assert np.abs(picture.pixels[seen].astype(int) - again.pixels[seen]).max() / 65535 < 0.03


def test_a_matte_alone_is_grey(film: Path) -> None:
    prores, ffv1 = exported(film, output("prores", holds="matte"), output("ffv1", holds="matte"))
    for path, most in ((prores, 0.003), (ffv1, 1e-6)):
        for frame, pixels in enumerate(rgba(path, alpha=False), 1):
            assert np.abs(pixels[..., 1] - scene.alpha(frame) / 65535)[np.r_[2:30, 34:62]].max() < most


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (6, False), (6, True)])
def test_red_stays_red(tmp_path: Path, matrix: int, full: bool) -> None:
    source = scene.movie(tmp_path / "tagged.mov", 3, matrix=matrix, full=full, sound="")
    made = exported(source, output("prores"), output("h264", background="color", fill=scene_red()))
    for path in made:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            assert (frame.colorspace, frame.color_range) == (matrix, 1)
            context = container.streams.video[0].codec_context
            assert (context.color_primaries, context.color_trc) == ((1, 1) if matrix == 1 else (6, 6))
        assert np.abs(rgba(path, alpha=False)[0][8:24, 8:40, :3] * 255 - scene.RED).max() < 4


def scene_red() -> tuple[float, float, float]:
    red, green, blue = scene.RED
    return red / 255, green / 255, blue / 255


def test_all_of_the_sound_is_copied_where_the_container_takes_it(tmp_path: Path) -> None:
    source = scene.movie(tmp_path / "a.mp4", sound="aac")
    made = exported(source, output("prores"), output("h264"), output("ffv1"), output("vp9"))

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    for copied in made[:2]:
        assert packets(copied) == packets(source)
        assert scene.samples(copied)[0] == 0
    length = 8 / scene.FILM
    for path, codec in zip(made[2:], ("flac", "opus"), strict=True):
        start, found, name = scene.samples(path)
        assert name == codec
        assert abs(start) <= Fraction(1, 100)
        assert scene.times(path)[0] == 0
        assert abs(len(found) / Fraction(scene.SOUND_RATE) - length) < Fraction(1, 30)


def test_sound_that_begins_early_makes_no_picture_late(tmp_path: Path) -> None:
    source = scene.movie(tmp_path / "stream.ts", sound="aac")
    assert scene.samples(source)[0] < scene.times(source)[0]
    for path in exported(source, output("ffv1"), output("vp9"), output("prores")):
        assert scene.times(path)[0] == 0
        assert abs(scene.times(path)[7] - 7 / scene.FILM) <= MILLISECOND


@pytest.mark.parametrize("name", ["prores", "ffv1", "h264", "vp9"])
def test_sound_of_a_part_is_cut_at_the_sample(film: Path, name: str) -> None:
    (made,) = exported(film, output(name), first=3, last=6)
    first, last = (round(index / scene.FILM * scene.SOUND_RATE) for index in (2, 6))
    start, found, _ = scene.samples(made)
    assert abs(start) < Fraction(1, 100)
    if name in ("prores", "ffv1"):
        assert np.array_equal(found.astype(np.int64) if found.dtype == np.int16 else found >> 16, scene.tone(20000)[first:last])
    else:
        assert abs(len(found) - (last - first)) <= 1024


def test_sound_can_be_left_out(film: Path) -> None:
    (made,) = exported(film, output("h264", audio=False))
    with av.open(str(made)) as container:
        assert not container.streams.audio


def test_odd_sizes(tmp_path: Path) -> None:
    source = scene.movie(tmp_path / "odd.mkv", 3, size=(64, 96), sound="")
    folder = scene.shot(source, output("prores"), output("vp9"), output("h264"), output("av1"))
    with OpenShot(folder) as opened:
        shot = opened.shot
    pictures = source.parent / "pictures"
    pictures.mkdir()
    for number in range(3):
        av.VideoFrame.from_ndarray(scene.picture(number, (65, 97)), format="rgb24").save(str(pictures / f"p_{number + 1}.png"))
    store = OpenShot(folder).store
    for frame in (1, 2, 3):
        store.write_alpha("disk", frame, scene.alpha(frame, (65, 97)), f"odd {frame}", "alpha")
    footage = Footage("../pictures/p_1.png", "sequence", 97, 65, 3)
    outputs = tuple(replace(made, values={**made.values, "rate": 29.97}) for made in shot.outputs)
    (folder / "shot.json").write_text(to_json(replace(shot, footage=footage, outputs=outputs)), encoding="utf-8")
    export_scene.export(folder)
    sizes = {"prores.mov": (65, 97), "vp9.webm": (65, 97), "h264.mp4": (66, 98), "av1.mp4": (66, 98), "av1_alpha.mp4": (66, 98)}
    for name, size in sizes.items():
        frames = list(decoded(folder / "exports" / name, name.startswith(("prores", "vp9"))))
        assert [(frame.height, frame.width) for frame in frames] == [size] * 3
        with av.open(str(folder / "exports" / name)) as container:
            assert container.streams.video[0].average_rate == Fraction(30000, 1001)


@pytest.mark.parametrize("applied", [True, False])
def test_a_source_that_players_turn_is_seen_as_the_source(tmp_path: Path, applied: bool) -> None:
    """Blender 4.5 and later turn the picture themselves, 4.2 leaves that to players."""
    source = write_movie(tmp_path / "turned.mov", 3, size=(320, 180), rotation=90)
    made = exported(source, output("prores"), applied=applied)[0]
    frames = list(decoded(made))
    assert (frames[0].width, frames[0].height) == ((180, 320) if applied else (320, 180))
    with av.open(str(source)) as container:
        turned = next(container.decode(video=0)).rotation
    assert turned != 0
    assert frames[0].rotation == (0 if applied else turned)


def test_pixels_that_are_no_squares_and_hidden_pictures(tmp_path: Path) -> None:
    """An edit list hides what lies before the source's first picture; DV's pixels are not square."""
    whole = scene.movie(tmp_path / "whole.mov", 12, rate=24, sound="", shape=Fraction(16, 15))
    source = remuxed(whole, tmp_path / "edited.mov", 5 / 24)
    assert len(scene.times(source)) == 7
    (made,) = exported(source, output("prores"))
    assert scene.times(made) == scene.times(source) == [Fraction(k, 24) for k in range(7)]
    assert [scene.number_in(pixels) for pixels in rgba(made)] == list(range(5, 12))
    with av.open(str(made)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(16, 15)


def test_an_image_sequences_rate_must_be_said(tmp_path: Path) -> None:
    folder = export_scene.make(tmp_path, output("h264"))
    with pytest.raises(MattewrightError, match=r"output 'h264': an image sequence has no frame rate.*\(rate\)"):
        export_scene.export(folder)
    rates = [meant_rate(rate) for rate in (25, 23.976, 23.98, 29.97, 59.94, 12.5, 24.000001)]
    assert rates == [25, scene.FILM, scene.FILM, Fraction(30000, 1001), Fraction(60000, 1001), Fraction(25, 2), 24]
    assert [moment.frame for moment in evenly(FrameRange(5, 7))] == [5, 6, 7]


def test_the_preview_is_over_its_background(film: Path) -> None:
    (made,) = exported(film, output("h264", background="color", fill=(0.0, 0.0, 1.0)))
    pixels = rgba(made, alpha=False)[0]
    assert np.abs(pixels[4:28, 2:8, :3] - [0, 0, 1]).max() < 0.03  # nothing there
    assert np.abs(pixels[4:28, 88:94, :3] - scene.picture(0)[0, -1] / 255).max() < 0.03  # all there


def test_labels_are_the_objects_colors(film: Path) -> None:
    colors = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0)}
    alone = output("labels", layout="alone")
    folder = scene.shot(film, alone, replace(output("labels", layout="beside"), name="beside"), replace(output("labels"), name="over"))
    with OpenShot(folder) as opened:
        shot, store = opened.shot, opened.store
    for name in colors:
        for frame in shot.range:
            solid = np.zeros((scene.HEIGHT, scene.WIDTH), np.uint16)
            solid[: 32 if name == "red" else 48, :40] = 65535
            store.write_alpha(name, frame, solid, f"{name} {frame}", "alpha")
    objects = tuple(ShotObject(name, color=color, matte=shot.objects[0].matte) for name, color in colors.items())
    (folder / "shot.json").write_text(to_json(replace(shot, objects=objects)), encoding="utf-8")
    export_scene.export(folder)
    labels, beside, over = (rgba(folder / "exports" / f"{name}.mp4", alpha=False)[2][..., :3] for name in ("labels", "beside", "over"))
    for pixels in (labels, beside[:, scene.WIDTH :]):
        assert np.abs(pixels[4:28, 4:36] - [1, 0, 0]).max() < 0.04
        assert np.abs(pixels[36:44, 4:36] - [0, 1, 0]).max() < 0.04
        assert pixels[52:, :].max() < 0.04
    picture = scene.picture(2) / 255
    assert np.abs(beside[4:60, 4:44] - picture[4:60, 4:44]).max() < 0.04
    assert np.abs(over[4:28, 4:36] - (0.4 * picture[4, 4] + 0.6 * np.array([1, 0, 0]))).max() < 0.04
    assert np.abs(over[52:60, 4:36] - picture[4, 4]).max() < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("version", ["4.2", "4.5", "5.0"])
def test_blender_shows_them(tmp_path: Path, version: str) -> None:
    source = scene.movie(tmp_path / "film.mov", size=(128, 192))
    multiplied = output("prores", alpha="premultiplied")
    preview = output("h264", background="color", fill=scene_red())
    movies = dict(zip(("prores", "vp9", "av1", "h264"), exported(source, multiplied, output("vp9"), output("av1"), preview), strict=True))
    jobs = [{"name": name, "path": str(path), "frames": [1, 8], "folder": str(tmp_path)} for name, path in movies.items()]
    (tmp_path / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    script = Path(__file__).parents[1] / "footage" / "blender_pictures.py"
    python = environments.python_of(f"bpy-{version}")
    if not python.is_file():
        pytest.skip(f"no Blender {version} at {python}")
    command = [str(python), str(script), str(tmp_path / "jobs.json"), str(tmp_path / "said.json")]
    subprocess.run(command, check=True, capture_output=True)
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    for name in movies:
        assert (said[name]["frame_duration"], said[name]["width"], said[name]["height"]) == (8, 192, 128)
        assert abs(said[name]["fps"] - float(scene.FILM)) < 1e-4
        if version == "4.2" and name == "prores":
            continue  # it takes all movies for straight
        for frame in (1, 8):
            shown = OpenImageIO.ImageBuf(str(tmp_path / f"{name}.{frame}.exr")).get_pixels()[..., :3]
            red, grey = (srgb_encoded(shown[20, x]) * 255 for x in (60, 180))
            share = scene.alpha(frame, (128, 192))[20, 60] / 65535 if name == "prores" or (name == "vp9" and version != "4.2") else 1
            wanted = srgb_encoded(srgb_decoded(np.float32(scene.RED) / 255) * np.float32(share)) * 255
            assert np.abs(red - wanted).max() < 5
            assert np.abs(grey - scene.picture(frame - 1)[0, -1]).max() < 5


def test_a_movie_is_whole_or_not_there(film: Path) -> None:
    folder = scene.shot(film, output("ffv1"), output("prores"))
    with OpenShot(folder) as opened:
        job = export_job(opened)
        for _ in range(11):
            next(job)  # all of the first, and some of the second
        job.close()
    assert [path.name for path in sorted((folder / "exports").iterdir())] == ["ffv1.mkv"]
    before = (folder / "exports" / "ffv1.mkv").stat().st_mtime_ns
    again = export_scene.export(folder)
    assert (again.written, again.fresh) == (1, 1)
    assert (folder / "exports" / "ffv1.mkv").stat().st_mtime_ns == before
    assert len(scene.times(folder / "exports" / "prores.mov")) == 8


def test_the_same_is_the_same_bytes(film: Path) -> None:
    names = ("prores", "ffv1", "vp9", "h264")
    twice = [replace(output(name), name=f"{name}2") for name in names]
    made = exported(film, *map(output, names), *twice)
    for one, other in zip(made[:4], made[4:], strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_verifying_reads_every_picture(film: Path) -> None:
    folder = scene.shot(film, *(output(name) for name in FORMATS))
    export_scene.export(folder)
    with OpenShot(folder) as opened:
        job = verify_job(opened)
        try:
            while True:
                next(job)
        except StopIteration as end:
            assert end.value.wrong == ()
            assert end.value.right == 7


def test_a_missing_encoder_is_said_in_one_line(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str, mode: str) -> None:
        raise ValueError(name)

    monkeypatch.setattr(movie_sound.av, "Codec", lacking)
    with pytest.raises(MattewrightError, match=r"no encoder 'prores_ks': install the engine anew.*or choose another format$"):
        exported(film, output("prores"))
