"""What is cut out: several objects as one, all but them, footage with an alpha of its own, and colours as they come."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import export_scene as scene
import movie_scene
import numpy as np
import numpy.typing as npt
import OpenImageIO
import pytest
from PIL import Image, ImageCms

from engine.export import exr
from engine.footage.view import light_of, seen, srgb_decoded
from engine.shot import Footage, Matte, MattewrightError, Output, Rate, ShotObject, View
from engine.store import Store

TWO = ("disk", "moon")


def both(frame: int) -> npt.NDArray[np.uint16]:
    return np.maximum(scene.alpha("disk", frame), scene.alpha("moon", frame))


def read(path: Path) -> npt.NDArray[Any]:
    """(height, width, channels) as the file has them."""
    wishes = OpenImageIO.ImageSpec()
    wishes.attribute("oiio:UnassociatedAlpha", 1)
    source = OpenImageIO.ImageInput.open(str(path), wishes)
    assert source is not None, OpenImageIO.geterror()
    found = source.read_image(0, 0, 0, source.spec().nchannels, str(source.spec().format))
    source.close()
    return found


def frames_of(path: Path, format: str) -> list[npt.NDArray[Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=format) for frame in container.decode(video=0)]


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("format", "full"), [("png", 65535), ("png_cutout", 255), ("tiff_cutout", 65535), ("exr_cutout", 1)])
def test_objects_leave_as_one(tmp_path: Path, format: str, full: int, inverted: bool) -> None:
    folder = scene.make(tmp_path, Output("out", format, values={"merge": True, "invert": inverted}), names=TWO)
    assert scene.export(folder).written == scene.LAST
    ending = {"exr_cutout": "exr", "tiff_cutout": "tif"}.get(format, "png")
    assert len(list((folder / "exports").rglob("*.*"))) == scene.LAST
    found = read(folder / f"exports/out/out_0002.{ending}")
    wanted = (65535 - both(2) if inverted else both(2)) / 65535
    assert np.abs(found[..., -1] / full - wanted).max() <= 0.51 / min(full, 65535) if full > 1 else 2**-12


def test_a_file_each_where_they_are_not_merged(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("out", "png_cutout", first=2, last=2, values={"invert": True}), names=TWO)
    scene.export(folder)
    for name in TWO:
        found = cv2.imread(str(folder / f"exports/out/{name}/{name}_0002.png"), -1)
        assert np.array_equal(found[..., 3], np.rint((65535 - scene.alpha(name, 2)) / 257))
        assert np.array_equal(found[..., 2::-1], scene.picture(2))


def test_a_merged_movie_has_all_objects(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("out", "ffv1", values={"merge": True, "rate": 25.0}), names=TWO)
    scene.export(folder)
    for number, pixels in enumerate(frames_of(folder / "exports/out.mkv", "rgba64le"), scene.FIRST):
        assert np.array_equal(pixels[..., 3], both(number))
        assert np.array_equal(pixels[..., :3], scene.picture(number).astype(np.uint16) * 257)


def test_own_colours_of_several_are_mixed_as_they_cover(tmp_path: Path) -> None:
    objects = tuple(ShotObject(name, matte=Matte(enabled=True, foreground=True)) for name in TWO)
    output = Output("out", "exr_cutout", first=2, last=2, values={"merge": True, "colors": "foreground", "depth": "float"})
    folder = scene.make(tmp_path, output, names=TWO, objects=objects)
    colours = {"disk": (0.5, 0.25, 1.0), "moon": (0.125, 2.0, 0.0)}
    for name in TWO:
        Store(folder).write_foreground(name, 2, np.full((scene.HEIGHT, scene.WIDTH, 3), colours[name], np.float16), f"colours {name}")
    scene.export(folder)
    found = read(folder / "exports/out/out_0002.exr")
    disk, moon = (scene.alpha(name, 2)[..., None] / 65535 for name in TWO)
    mixed = (disk * colours["disk"] + moon * colours["moon"]) / np.maximum(disk + moon, 1e-9)
    assert np.abs(found[..., :3] - mixed * both(2)[..., None] / 65535).max() < 1e-5
    scene.write(folder, Output("out", "exr_cutout", values={"invert": True, "colors": "foreground"}), names=TWO, objects=objects)
    with pytest.raises(MattewrightError, match="has no colors of its own: take the picture's"):
        scene.export(folder)


@pytest.mark.parametrize("alpha", ["straight", "premultiplied"])
def test_tiff_says_how_its_colours_are(tmp_path: Path, alpha: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    folder = scene.make(tmp_path, Output("out", "tiff_cutout", first=2, last=2, values={"alpha": alpha}))
    Image.fromarray(scene.picture(2)).save(tmp_path / "clip/shot_0002.png", icc_profile=profile)
    scene.export(folder)
    made = folder / "exports/out/disk/disk_0002.tif"
    before = made.read_bytes()
    with Image.open(made) as picture:
        assert picture.tag_v2[338] == ((2,) if alpha == "straight" else (1,))
        assert picture.info["icc_profile"] == profile
        assert not picture.tag_v2.get(306)
    deep = scene.picture(2).astype(np.uint16) * 257
    share = scene.alpha("disk", 2)
    found = cv2.imread(str(made), -1)[..., [2, 1, 0, 3]]
    assert np.array_equal(found[..., 3], share)
    wanted = deep if alpha == "straight" else np.rint(deep * (share / 65535)[..., None])
    assert np.abs(found[..., :3].astype(int) - wanted).max() <= (0 if alpha == "straight" else 1)
    made.unlink()
    scene.export(folder)
    assert made.read_bytes() == before


def movie_with_alpha(path: Path, codec: str, pixels: str) -> Path:
    """Four pictures, straight colours and an alpha that rises to the right."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for number in range(4):
            rgba = np.empty((48, 64, 4), np.uint16)
            rgba[..., :3] = scene.picture(number + 1).astype(np.uint16) * 257 if codec == "ffv1" else 30000
            rgba[..., 3] = np.linspace(0, 65535, 64)
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba64le")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame.reformat(format=pixels)))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("ending", "codec", "pixels"), [("mkv", "ffv1", "gbrap16le"), ("mov", "prores_ks", "yuva444p10le")])
def test_a_movies_own_alpha_counts(tmp_path: Path, ending: str, codec: str, pixels: str) -> None:
    source = movie_with_alpha(tmp_path / f"own.{ending}", codec, pixels)
    outputs = Output("cut", "png_cutout", first=2, last=2, values={"depth": "16"}), Output("film", "ffv1"), Output("light", "exr_cutout")
    folder = movie_scene.shot(source, *outputs)
    scene.export(folder)
    own = np.linspace(0, 65535, 64)[None].repeat(48, 0) / 65535
    wanted = movie_scene.alpha(2, (48, 64)) / 65535 * own
    cut = cv2.imread(str(folder / "exports/cut/disk/disk_0002.png"), -1)[..., [2, 1, 0, 3]]
    exact = codec == "ffv1"
    colours = scene.picture(2).astype(np.uint16) * 257 if exact else np.uint16(30000)
    assert np.abs(cut[..., :3].astype(int) - colours).max() <= (0 if exact else 200)
    assert np.abs(cut[..., 3] / 65535 - wanted).max() <= (1e-4 if exact else 2e-3)
    assert np.array_equal(frames_of(folder / "exports/film/disk.mkv", "rgba64le")[1], cut)
    light = read(folder / "exports/light/disk/disk_0002.exr")
    assert np.abs(light[..., :3] - srgb_decoded(cut[..., :3].astype(np.float32) / 65535) * light[..., 3:]).max() < 2e-3


def test_deep_movies_keep_their_steps(tmp_path: Path) -> None:
    path = tmp_path / "deep.mkv"
    ramp = np.linspace(0, 65535, 1024).astype(np.uint16)[None].repeat(32, 0)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 1024, 32, "gbrp12le"
        frame = av.VideoFrame.from_ndarray(np.dstack([ramp] * 3), format="rgb48le")
        frame.pts = 0
        out.mux(stream.encode(frame.reformat(format="gbrp12le")))
        out.mux(stream.encode(None))
    folder = movie_scene.shot(path, Output("out", "png_cutout", values={"depth": "16"}), Output("tif", "tiff_cutout"))
    scene.export(folder)
    for made in (folder / "exports/out/disk/disk_0001.png", folder / "exports/tif/disk/disk_0001.tif"):
        found = cv2.imread(str(made), -1)[0, :, 0]
        assert len(np.unique(found)) == 1024
        assert np.abs(found.astype(int) - ramp[0]).max() <= 16


@pytest.mark.parametrize("view", [View(), View(1.5), View(-2, "rolloff"), View(0, "log")], ids=str)
def test_linear_footage_is_shown_as_its_view_says(tmp_path: Path, view: View) -> None:
    light = (np.random.default_rng(1).uniform(0, 1, (scene.HEIGHT, scene.WIDTH, 3)) ** 3 * 12).astype(np.float32)
    footage = Footage("../exr/shot_0001.exr", "sequence", scene.WIDTH, scene.HEIGHT, 1, rate=Rate(24000, 1001), view=view)
    outputs = Output("light", "exr_cutout", values={"depth": "float"}), Output("shown", "png_cutout", values={"depth": "16"})
    folder = scene.make(tmp_path, *outputs, Output("film", "ffv1"), footage=footage)
    scene.write(folder, *outputs, Output("film", "ffv1"), footage=footage, range=scene.FrameRange(1, 1))
    (tmp_path / "exr").mkdir()
    aces = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    exr.write(tmp_path / "exr/shot_0001.exr", ("R", "G", "B"), light, depth="float", primaries=aces)
    scene.export(folder)
    made = folder / "exports/light/disk/disk_0001.exr"
    share = (scene.alpha("disk", 1) / 65535).astype(np.float32)[..., None]
    assert np.allclose(read(made)[..., :3], light * share, rtol=1e-6)  # no view touches what is linear
    assert np.allclose(OpenImageIO.ImageInput.open(str(made)).spec().getattribute("chromaticities"), aces, atol=1e-6)
    shown = cv2.imread(str(folder / "exports/shown/disk/disk_0001.png"), -1)[..., 2::-1]
    assert np.array_equal(shown, np.rint(seen(light, view) * 65535))
    assert np.array_equal(frames_of(folder / "exports/film/disk.mkv", "rgba64le")[0][..., :3], shown)
    with av.open(str(folder / "exports/film/disk.mkv")) as container:
        assert abs(container.streams.video[0].guessed_rate - Fraction(24000, 1001)) < Fraction(1, 1000)


def test_views_are_taken_back() -> None:
    light = np.geomspace(1e-4, 3, 500).astype(np.float32)
    for view, whole in ((View(), 1.0), (View(-2), 3.0), (View(-1, "rolloff"), 3.0), (View(2, "log"), 3.0)):
        inside = light[light <= whole]
        assert np.allclose(light_of(seen(inside, view), view), inside, rtol=2e-4)
        assert np.all(np.diff(seen(light, view)) >= 0)


def test_what_is_seen_decides_about_a_picture(tmp_path: Path) -> None:
    from engine.footage import open_footage

    (tmp_path / "exr").mkdir()
    exr.write(tmp_path / "exr/a_0001.exr", ("R", "G", "B"), np.ones((8, 8, 3), np.float32))
    cv2.imwrite(str(tmp_path / "exr/b_0001.png"), np.full((8, 8, 3), 99, np.uint8))
    identities = {}
    for name in ("a_0001.exr", "b_0001.png"):
        for view in (View(), View(1.0), View(0, "log")):
            with open_footage(Footage(f"exr/{name}", "sequence", 8, 8, 1, view=view), tmp_path) as reader:
                identities[name, view] = reader.identity(1)
    assert len({identity for (name, _), identity in identities.items() if name[0] == "a"}) == 3
    assert len({identity for (name, _), identity in identities.items() if name[0] == "b"}) == 1  # it is seen as it is
