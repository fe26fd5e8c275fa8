"""Image sequences without Blender: names, gaps, formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from footage_fixtures import as_dtype, drawn, read_code, write_image, write_sequence

from engine.footage import MissingPictureError, open_footage, probe
from engine.footage.sequence import chosen_channels, counted_files, file_at
from engine.shot import MattewrightError


@pytest.mark.parametrize(
    ("opened", "index", "name"),
    [
        ("shot_1001.png", 0, "shot_1001.png"),
        ("shot_1001.png", 12, "shot_1013.png"),
        ("shot_98.png", 5, "shot_103.png"),
        ("shot_0098.png", 5, "shot_0103.png"),
        ("v2_007_plate.exr", 3, "v2_010_plate.exr"),
        ("v2.0007.exr", 3, "v2.0010.exr"),
        ("still.png", 3, "still.png"),
        ("still.jp2", 3, "still.jp2"),
    ],
)
def test_names(opened: str, index: int, name: str, tmp_path: Path) -> None:
    assert file_at(tmp_path / opened, index) == tmp_path / name


def test_a_gap_is_missing_and_the_rest_comes(tmp_path: Path) -> None:
    first = write_sequence(tmp_path / "a folder of ünicode", [1001, 1002, 1004])
    footage = probe(first)
    assert (footage.kind, footage.frame_duration, footage.fps) == ("sequence", 2, 0)
    assert counted_files(first) == 2
    with open_footage(footage, tmp_path) as reader:
        assert [reader.has_picture(frame) for frame in range(6)] == [False, True, True, False, True, False]
        with pytest.raises(MissingPictureError, match=r"shot_1003\.png: no such file") as error:
            reader.picture(3)
        assert error.value.frame == 3
        with pytest.raises(MissingPictureError):
            reader.identity(3)
        with pytest.raises(MissingPictureError):
            reader.picture(0)
        assert read_code(reader.picture(4).pixels) == 1004


def test_paths_relative_to_the_document(tmp_path: Path) -> None:
    first = write_sequence(tmp_path / "plates", [1, 2])
    footage = replace(probe(first), path="plates/shot_0001.png")
    with open_footage(footage, tmp_path) as reader:
        assert read_code(reader.picture(2).pixels) == 2


@pytest.mark.parametrize(
    ("extension", "dtype", "encoding"),
    [
        (".png", "uint8", "display"),
        (".png", "uint16", "display"),
        (".tif", "uint8", "display"),
        (".tif", "uint16", "display"),
        (".tif", "float32", "display"),
        (".exr", "float32", "linear"),
        (".hdr", "float32", "linear"),
        (".bmp", "uint8", "display"),
        (".tga", "uint8", "display"),
    ],
)
def test_formats(extension: str, dtype: str, encoding: str, tmp_path: Path) -> None:
    pixels = as_dtype(drawn(5, 321, 181), dtype)
    path = write_image(tmp_path / f"p5{extension}", pixels)
    with open_footage(probe(path), tmp_path) as reader:
        picture = reader.picture(1)
    assert (picture.pixels.dtype.name, picture.encoding) == (dtype, encoding)
    if extension == ".hdr":
        assert np.allclose(picture.pixels, pixels, atol=0.01)
    else:
        assert np.array_equal(picture.pixels, pixels)
    assert picture.pixels.flags.writeable


def test_half_float_and_grey_and_data_window(tmp_path: Path) -> None:
    linear = as_dtype(drawn(5), "float32")
    half = write_image(tmp_path / "half.exr", linear, pixel_format="half")
    grey = write_image(tmp_path / "grey.exr", linear[..., :1], {"channelnames": "Y"})
    with open_footage(probe(half), tmp_path) as reader:
        assert np.array_equal(reader.picture(1).pixels, linear.astype(np.float16).astype(np.float32))
    with open_footage(probe(grey), tmp_path) as reader:
        assert np.array_equal(reader.picture(1).pixels, np.repeat(linear[..., :1], 3, axis=-1))
    spec = OpenImageIO.ImageSpec(300, 160, 3, "float")
    spec.x, spec.y, spec.full_width, spec.full_height = 10, 15, 320, 180
    window = tmp_path / "window.exr"
    output = OpenImageIO.ImageOutput.create(str(window))
    output.open(str(window), spec)
    output.write_image(np.ascontiguousarray(linear[15:175, 10:310]))
    output.close()
    footage = probe(window)
    assert (footage.width, footage.height) == (300, 160)
    with open_footage(footage, tmp_path) as reader:
        assert np.array_equal(reader.picture(1).pixels, linear[15:175, 10:310])


def test_channels() -> None:
    assert chosen_channels(["R", "G", "B", "A"], 3) == ((0, 1, 2), 3)
    assert chosen_channels(["A", "B", "G", "R"], 0) == ((3, 2, 1), 0)
    assert chosen_channels(["Y"], -1) == ((0, 0, 0), None)
    assert chosen_channels(["Y", "A"], 1) == ((0, 0, 0), 1)
    layers = ["L.Normal.R", "L.Normal.G", "L.Normal.B", "L.Combined.R", "L.Combined.G", "L.Combined.B", "L.Combined.A", "L.Depth.Z"]
    assert chosen_channels(layers, -1) == ((3, 4, 5), 6)
    assert chosen_channels([*layers, "R", "G", "B"], -1) == ((8, 9, 10), None)


def test_a_file_of_another_size_is_named(tmp_path: Path) -> None:
    first = write_sequence(tmp_path, [1])
    write_sequence(tmp_path, [2], size=(640, 360))
    with open_footage(probe(first), tmp_path) as reader:
        reader.picture(1)
        with pytest.raises(MattewrightError, match=r"shot_0002\.png: 640x360 pixels, but the shot document says 320x180"):
            reader.picture(2)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".exr", ".tif"])
def test_a_damaged_file_is_an_error_not_black(extension: str, tmp_path: Path) -> None:
    first = write_sequence(tmp_path, [1, 2], extension=extension, dtype="float32" if extension == ".exr" else "uint8")
    second = tmp_path / f"shot_0002{extension}"
    content = second.read_bytes()
    with open_footage(probe(first), tmp_path) as reader:
        for size in (len(content) // 2, 40, 0):
            second.write_bytes(content[:size])
            with pytest.raises(MattewrightError) as error:
                reader.picture(2)
            assert "shot_0002" in str(error.value)
            assert "\n" not in str(error.value)
        assert read_code(reader.picture(1).pixels) == 1
