"""Masks and cut-outs, as readers that others wrote find them: PIL, OpenImageIO and OpenCV."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import cv2
import export_scene as scene
import numpy as np
import numpy.typing as npt
import OpenImageIO
import pytest
from PIL import Image, ImageCms

from engine.export import cryptomatte, exr, png, tiff
from engine.export.murmur import murmur3
from engine.footage.view import srgb_decoded
from engine.shot import Footage, Matte, MattewrightError, Output, ShotObject
from engine.store import Store


def read(path: Path) -> tuple[npt.NDArray[Any], Any]:
    """(height, width, channels) as the file has them, straight or not, and the header."""
    wishes = OpenImageIO.ImageSpec()
    wishes.attribute("oiio:UnassociatedAlpha", 1)
    source = OpenImageIO.ImageInput.open(str(path), wishes)
    assert source is not None, OpenImageIO.geterror()
    spec = source.spec()
    found = source.read_image(0, 0, 0, spec.nchannels, str(spec.format))
    source.close()
    return found, spec


def one(tmp_path: Path, format: str, **values: Any) -> Path:
    """The file that the format makes of frame 2 of `scene`."""
    folder = scene.make(tmp_path, Output("out", format, first=2, last=2, values=values))
    scene.export(folder)
    (made,) = (folder / "exports").rglob("*_0002.*")
    return made


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_16_bit_masks_are_the_stores_alphas(tmp_path: Path, format: str) -> None:
    path = one(tmp_path, format)
    with Image.open(path) as picture:
        assert picture.mode.startswith("I;16")
        assert np.array_equal(np.asarray(picture), scene.alpha("disk", 2))
    assert np.array_equal(read(path)[0][..., 0], scene.alpha("disk", 2))


@pytest.mark.parametrize("compression", ["zip", "lzw", "none"])
@pytest.mark.parametrize(("height", "width", "channels"), [(1, 1, 1), (7, 5, 4), (61, 1201, 4), (900, 700, 1)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_tiff_is_read_by_everybody(tmp_path: Path, compression: str, height: int, width: int, channels: int, kind: type) -> None:
    """One strip or several, by OpenImageIO, OpenCV and Pillow, which has no RGBA of 16 bits."""
    size = (height, width) if channels == 1 else (height, width, channels)
    pixels = np.random.default_rng(1).integers(0, np.iinfo(kind).max, size, kind, endpoint=True)
    pixels[: height // 2] //= 64  # a half that can be packed
    path = tmp_path / "ä.tif"
    tiff.write(path, pixels, compression, profile=b"a profile")
    assert np.array_equal(read(path)[0].reshape(size), pixels)
    if channels == 1 or kind is np.uint16:  # OpenCV multiplies the colours of 8 bits
        seen = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), -1)
        assert np.array_equal(seen if channels == 1 else seen[..., [2, 1, 0, 3]], pixels)
    with Image.open(path) as picture:
        assert picture.size == (width, height) and picture.tag_v2[259] == {"zip": 8, "lzw": 5, "none": 1}[compression]
        if channels == 1 or kind is np.uint8:
            assert np.array_equal(np.asarray(picture), pixels)
    before = path.read_bytes()
    tiff.write(path, pixels, compression, profile=b"a profile")
    assert path.read_bytes() == before


def test_8_bit_masks_are_rounded_to_the_nearest(tmp_path: Path) -> None:
    path = one(tmp_path, "png", depth="8")
    with Image.open(path) as picture:
        assert picture.mode == "L"
        assert np.array_equal(np.asarray(picture), np.rint(scene.alpha("disk", 2) / 257).astype(np.uint8))


@pytest.mark.parametrize(("depth", "most"), [("half", 2**-12), ("float", 2**-24)])
def test_exr_masks_hold_what_their_type_can(tmp_path: Path, depth: str, most: float) -> None:
    found, spec = read(one(tmp_path, "exr", depth=depth))
    assert list(spec.channelnames) == ["Y"]
    assert str(spec.format) == depth
    assert spec.getattribute("compression") == "zip"
    assert np.abs(found[..., 0].astype(np.float64) - scene.alpha("disk", 2) / 65535).max() <= most


def test_dwaa_is_near(tmp_path: Path) -> None:
    found, spec = read(one(tmp_path, "exr", compression="dwaa"))
    assert spec.getattribute("compression").startswith("dwaa")
    assert np.abs(found[..., 0].astype(np.float64) - scene.alpha("disk", 2) / 65535).max() < 0.02


def test_an_objects_mask_is_exported_where_its_matte_is_off(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("out", "png", values={"depth": "8"}), matte=False)
    scene.export(folder)
    assert np.array_equal(cv2.imread(str(folder / "exports/out/disk/disk_0002.png"), -1), scene.mask("disk", 2))


@pytest.mark.parametrize("depth", ["8", "16"])
def test_png_cutouts_keep_the_pictures_colours_under_alpha_0(tmp_path: Path, depth: str) -> None:
    path = one(tmp_path, "png_cutout", depth=depth)
    found, _ = read(path)
    full = 257 if depth == "16" else 1
    assert np.array_equal(found[..., :3], scene.picture(2).astype(np.uint16) * full)
    alpha = scene.alpha("disk", 2)
    assert np.array_equal(found[..., 3], alpha if depth == "16" else np.rint(alpha / 257))
    assert (alpha == 0).any()
    again = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(again[..., [2, 1, 0, 3]], found)
    if depth == "8":
        with Image.open(path) as picture:
            assert picture.mode == "RGBA"
            assert np.array_equal(np.asarray(picture), found)


def test_bleeding_takes_the_nearest_colours_of_the_object(tmp_path: Path) -> None:
    found, _ = read(one(tmp_path, "png_cutout", hidden="bleed"))
    alpha, picture = scene.alpha("disk", 2), scene.picture(2)
    inside = alpha > 0
    assert np.array_equal(found[inside][:, :3], picture[inside])
    ys, xs = np.nonzero(inside)
    for y, x in [(0, 0), (47, 63), (24, 1), (2, 60)]:
        assert not inside[y, x]
        far = np.hypot(ys - y, xs - x)
        nearest = picture[ys[far <= far.min() + 1.5], xs[far <= far.min() + 1.5]]
        assert (found[y, x, :3] == nearest).all(axis=1).any()


def test_exr_cutouts_are_linear_and_premultiplied(tmp_path: Path) -> None:
    found, spec = read(one(tmp_path, "exr_cutout", depth="float"))
    assert list(spec.channelnames) == ["R", "G", "B", "A"]
    share = (scene.alpha("disk", 2) / 65535).astype(np.float32)
    linear = srgb_decoded((scene.picture(2) / 255).astype(np.float32))
    assert np.abs(found[..., 3] - share).max() < 1e-6
    assert np.abs(found[..., :3] - linear * share[..., None]).max() < 1e-5


def test_the_objects_own_colours(tmp_path: Path) -> None:
    folder = scene.make(tmp_path)
    colours = np.full((scene.HEIGHT, scene.WIDTH, 3), (0.5, 0.25, 1.0), np.float16)
    output = Output("own", "png_cutout", first=2, last=2, values={"colors": "foreground"})
    scene.write(folder, output)
    with pytest.raises(MattewrightError, match="'disk' has no foreground colors: turn them on"):
        scene.export(folder)
    scene.write(folder, output, objects=(ShotObject("disk", matte=Matte(enabled=True, foreground=True)),))
    with pytest.raises(MattewrightError, match="'disk' has no foreground on frame 2: run first"):
        scene.export(folder)
    Store(folder).write_foreground("disk", 2, colours, "own 1")
    assert scene.export(folder).written == 1
    found, _ = read(folder / "exports/own/disk/disk_0002.png")
    assert (found[..., :3] == (188, 137, 255)).all()
    Store(folder).write_foreground("disk", 2, colours * np.float16(0.5), "own 2")
    assert scene.export(folder).written == 1


def test_the_footages_profile_is_passed_on(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("out", "png_cutout", first=2, last=2))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(scene.picture(2)).save(tmp_path / "clip/shot_0002.png", icc_profile=profile)
    scene.export(folder)
    with Image.open(folder / "exports/out/disk/disk_0002.png") as picture:
        assert picture.info["icc_profile"] == profile
        assert np.array_equal(np.asarray(picture)[..., :3], scene.picture(2))


@pytest.mark.parametrize("format", ["png_cutout", "exr_cutout"])
def test_the_footages_own_alpha_counts(tmp_path: Path, format: str) -> None:
    folder = scene.make(tmp_path, Output("out", format, first=2, last=2))
    own = np.linspace(0, 255, scene.WIDTH).astype(np.uint8)[None].repeat(scene.HEIGHT, 0)
    Image.fromarray(np.dstack([scene.picture(2), own])).save(tmp_path / "clip/shot_0002.png")
    scene.export(folder)
    (made,) = (folder / "exports").rglob("*_0002.*")
    found, _ = read(made)
    share = scene.alpha("disk", 2) / 65535 * (own / 255)
    if format == "png_cutout":
        assert np.array_equal(found[..., :3], scene.picture(2))
        assert np.abs(found[..., 3] - share * 255).max() <= 0.51
    else:
        linear = srgb_decoded((scene.picture(2) / 255).astype(np.float32))
        assert np.abs(found[..., 3] - share).max() < 1e-3
        assert np.abs(found[..., :3] - linear * share[..., None]).max() < 1e-3


def test_linear_footage_stays_as_it_is(tmp_path: Path) -> None:
    colours = np.random.default_rng(1).uniform(0, 8, (scene.HEIGHT, scene.WIDTH, 3)).astype(np.float32)
    footage = Footage("../exr/shot_0001.exr", "sequence", scene.WIDTH, scene.HEIGHT, 4)
    folder = scene.make(tmp_path, Output("out", "exr_cutout", values={"depth": "float"}), footage=footage)
    (tmp_path / "exr").mkdir()
    for frame in range(1, 5):
        exr.write(tmp_path / f"exr/shot_{frame:04d}.exr", ("R", "G", "B"), colours, depth="float")
    scene.export(folder)
    found, _ = read(folder / "exports/out/disk/disk_0002.exr")
    share = (scene.alpha("disk", 2) / 65535).astype(np.float32)
    assert np.allclose(found[..., :3], colours * share[..., None], rtol=1e-6)


def test_layers_are_named_after_the_objects(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("out", "exr_layers"), names=("disk", "a.b ö"))
    scene.export(folder)
    found, spec = read(folder / "exports/out/a shot_0003.exr")
    assert set(spec.channelnames) == {"disk.A", "a_b ö.A"}
    for name, channel in (("disk", "disk.A"), ("a.b ö", "a_b ö.A")):
        index = list(spec.channelnames).index(channel)
        assert np.abs(found[..., index] - scene.alpha(name, 3) / 65535).max() <= 2**-12


def test_cryptomattes_manifest_ids_and_ranks(tmp_path: Path) -> None:
    names = ("disk", "other", "third")
    folder = scene.make(tmp_path, Output("out", "cryptomatte"), names=names)
    scene.export(folder)
    found, spec = read(folder / "exports/out/a shot_0002.exr")
    assert set(spec.channelnames) == {f"Mattewright{layer}.{channel}" for layer in ("00", "01") for channel in "RGBA"}
    key = f"cryptomatte/{murmur3(b'Mattewright'):08x}"[:19]
    assert spec.getattribute(f"{key}/name") == "Mattewright"
    assert spec.getattribute(f"{key}/hash") == "MurmurHash3_32"
    assert spec.getattribute(f"{key}/conversion") == "uint32_to_float32"
    manifest = json.loads(spec.getattribute(f"{key}/manifest"))
    assert set(manifest) == set(names)
    channels = {channel: found[..., index] for index, channel in enumerate(spec.channelnames)}
    pairs = [(f"Mattewright{layer}.{a}", f"Mattewright{layer}.{b}") for layer in ("00", "01") for a, b in ("RG", "BA")]
    for name, bits in manifest.items():
        number = np.array([int(bits, 16)], np.uint32).view(np.float32)[0]
        share = sum(np.where(channels[a] == number, channels[b], 0) for a, b in pairs)
        assert np.abs(share - scene.alpha(name, 2) / 65535).max() < 1e-6
    shares = np.stack([channels[b] for _, b in pairs])
    assert (np.diff(shares, axis=0) <= 0).all()


def test_murmur_is_the_known_one() -> None:
    known = {b"": 0, b"hello": 0x248BFA47, b"hello, world": 0x149BBB7F, b"The quick brown fox jumps over the lazy dog": 0x2E4FF723}
    assert {text: murmur3(text) for text in known} == known


def test_ids_are_numbers_that_a_float_can_be() -> None:
    for index in range(2000):
        value = cryptomatte.id_float(f"object {index}")
        assert np.isfinite(value)
        assert abs(value) >= np.finfo(np.float32).tiny


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_our_png_files_are_what_was_put_in(channels: int, kind: type[np.uint8] | type[np.uint16]) -> None:
    pixels = np.random.default_rng(channels).integers(0, np.iinfo(kind).max, (37, 53, channels), kind, endpoint=True)
    data = png.encode(pixels)
    assert data == png.encode(pixels)
    if kind is np.uint8:
        with Image.open(io.BytesIO(data)) as picture:
            assert np.array_equal(np.asarray(picture).reshape(pixels.shape), pixels)
    elif channels != 2:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).reshape(pixels.shape)
        order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
        assert np.array_equal(found[..., order], pixels)
