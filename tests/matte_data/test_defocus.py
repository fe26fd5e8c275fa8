"""Defocus on flat footage: the disk that a lens makes of a point, light that is kept, no halos, and work that resumes."""

from __future__ import annotations

import numpy as np
import pytest
from matte_data import defocusing, depths, layouts
from matte_data.defocus import Lens, bands, defocused, from_light, to_light

from engine.store.depth import write_depth

LENS = Lens(focus=2.0, f_number=2.0, focal_length=50.0, sensor=36.0, largest=60.0)


def circle(lens, depth, width):
    """The diameter in pixels, from the aperture and similar triangles: another way to the same thing."""
    f, s = lens.focal_length, lens.focus * 1000
    aperture, image, focused = f / lens.f_number, 1 / (1 / f - 1 / (depth * 1000)), 1 / (1 / f - 1 / s)
    return aperture * abs(focused - image) / image / lens.sensor * width


@pytest.mark.parametrize("depth", [1.2, 3.5, 40.0])
def test_a_dot_becomes_a_disk_as_wide_as_its_circle_of_confusion_and_keeps_its_light(depth):
    picture = np.zeros((121, 640, 1), np.float32)
    picture[60, 300] = 1000.0
    seen = defocused(picture, np.full((121, 640), depth, np.float32), LENS)[..., 0]
    assert seen.sum() == pytest.approx(1000.0, rel=1e-4)
    wanted = circle(LENS, depth, 640)
    assert wanted > 4
    assert 2 * np.sqrt((seen > 0.5 * seen.max()).sum() / np.pi) == pytest.approx(wanted, abs=0.35)
    assert (seen[60] > 1e-3).sum() == pytest.approx(wanted, abs=2)


def test_what_is_in_focus_stays_as_it_was():
    picture = np.random.default_rng(1).random((40, 60, 3), np.float32)
    assert np.array_equal(defocused(picture, np.full((40, 60), 2.0, np.float32), LENS), picture)


def scene():
    """A red square near the camera before a blue wall; depth, and the square's alpha as a fourth channel."""
    picture = np.zeros((160, 200, 4), np.float32)
    picture[..., 2] = 0.5
    picture[40:120, 60:140] = (1, 0, 0, 1)
    depth = np.where(picture[..., 3] > 0, 1.0, 6.0).astype(np.float32)
    return picture, depth


def test_a_blurred_foreground_spreads_over_a_sharp_background_without_a_halo():
    picture, depth = scene()
    lens = Lens(focus=6.0, f_number=1.4, largest=24)
    seen = defocused(picture, depth, lens)
    alpha = seen[..., 3]
    assert 0.2 < alpha[80, 58] < 0.5 and 0.5 < alpha[80, 61] < 0.8, "the edge is soft to both sides"
    assert np.allclose(seen[..., 0], alpha, atol=1e-5)
    assert np.allclose(seen[..., 2], 0.5 * (1 - alpha), atol=1e-5), "the wall goes on behind it: neither dark nor bright rims"
    assert np.allclose(seen[:20], picture[:20], atol=1e-6)


def test_a_sharp_foreground_keeps_its_edge_before_a_blurred_background():
    picture, depth = scene()
    lens = Lens(focus=1.0, f_number=1.4, largest=24)
    seen = defocused(picture, depth, lens)
    assert np.allclose(seen[..., 3], picture[..., 3], atol=1e-5)
    assert np.allclose(seen, picture, atol=1e-5), "red doesn't leak into the wall, nor the wall into red"


def test_bands_give_what_the_whole_picture_gives():
    rng = np.random.default_rng(3)
    picture = rng.random((220, 90, 3), np.float32)
    depth = np.linspace(1, 8, 220, dtype=np.float32)[:, None].repeat(90, 1)
    depth[60:160, 20:50] = 1.3
    lens = Lens(focus=4.0, f_number=2.8, largest=12)
    whole, parts = defocused(picture, depth, lens), defocused(picture, depth, lens, memory=1)
    assert len(list(bands(220, 90, 14, 1))) > 3
    assert np.abs(whole - parts).max() < 0.02
    assert list(bands(100, 90, 14, np.inf)) == [(0, 100)]


def test_a_lens_that_can_not_be_is_said():
    with pytest.raises(ValueError, match="focus farther away than the focal length"):
        Lens(focus=0.03, f_number=2)


def test_light_goes_there_and_back():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, -1)
    assert np.array_equal(from_light(to_light(codes)), codes)


def make_clip(folder, count=3):
    picture, depth = scene()
    for number in range(1, count + 1):
        name = f"{number:04d}.png"
        layouts.write_colour(folder / "frames" / name, from_light(picture[..., :3]))
        layouts.write_alpha(folder / "alpha" / name, picture[..., 3])
        layouts.write_alpha(folder / "depth" / name, (depth - 1) / 5)
    return folder


def test_a_run_that_was_cut_goes_on_and_touches_nothing_that_is_done(tmp_path):
    clip = defocusing.FlatClip.of(make_clip(tmp_path / "clip é"))
    scale = depths.Scale(1.0, 6.0, inverse=False)
    depth = defocusing.depth_of(clip, scale, tmp_path / "clip é" / "depth", None)
    lens, output = Lens(focus=6.0, f_number=1.4, largest=24), tmp_path / "out"
    assert defocusing.defocus_frame(clip, clip.frames[0], depth, lens, output)
    before = (output / "frames" / "0001.png").stat().st_mtime_ns
    assert [defocusing.defocus_frame(clip, path, depth, lens, output) for path in clip.frames] == [False, True, True]
    assert (output / "frames" / "0001.png").stat().st_mtime_ns == before
    assert layouts.read_colour(output / "frames" / "0003.png").tobytes() == layouts.read_colour(output / "frames" / "0001.png").tobytes()
    assert 0.2 < layouts.read_alpha(output / "alpha" / "0002.png")[80, 58] < 0.5


def test_a_foreground_alone_is_blurred_with_its_alpha(tmp_path):
    folder = make_clip(tmp_path / "clip", 1)
    (folder / "frames").rename(folder / "foreground")
    clip = defocusing.FlatClip.of(folder)
    depth = defocusing.depth_of(clip, depths.Scale(1.0, 6.0, inverse=False), folder / "depth", None)
    made = [defocusing.defocus_frame(clip, clip.frames[0], depth, Lens(6.0, 1.4, largest=24), tmp_path / "out") for _ in range(2)]
    assert made == [True, False] and not (tmp_path / "out" / "frames").exists()
    alpha = layouts.read_alpha(tmp_path / "out" / "alpha" / "0001.png")
    colour = layouts.read_colour(tmp_path / "out" / "foreground" / "0001.png")
    assert ((alpha > 0.1) & (alpha < 0.9)).any()
    assert np.all(colour[alpha > 0.02] == (255, 0, 0)), "straight: the wall's blue doesn't get into it"


def test_depth_out_of_an_exr_file_is_in_metres(tmp_path):
    import OpenImageIO as oiio

    values = np.linspace(0.5, 90, 48, dtype=np.float32).reshape(6, 8)
    made = oiio.ImageOutput.create(str(tmp_path / "0001.exr"))
    made.open(str(tmp_path / "0001.exr"), oiio.ImageSpec(8, 6, 1, oiio.FLOAT))
    made.write_image(values[..., None])
    made.close()
    assert np.array_equal(depths.read_depth(tmp_path / "0001.exr", depths.Scale(1, 2, inverse=True)), values)


def test_a_shots_depth_is_shares_of_what_its_header_or_the_user_says(tmp_path):
    shares = np.array([[0.0, 0.5], [1.0, 1.4]], np.float16)
    write_depth(tmp_path / "known.exr", shares, "key", (0.5, 10.0))
    write_depth(tmp_path / "relative.exr", shares, "key", None)
    unsaid, said = depths.Scale(1.0, 30.0, inverse=False, said=False), depths.Scale(2.0, 20.0, inverse=False)
    middle = 1 / ((1 / 10 + 1 / 0.5) / 2)
    assert depths.read_depth(tmp_path / "known.exr", unsaid) == pytest.approx(np.array([[10, middle], [0.5, 0.5]]), rel=1e-3)
    assert depths.read_depth(tmp_path / "known.exr", said)[1, 0] == pytest.approx(2.0, rel=1e-3)
    assert depths.read_depth(tmp_path / "relative.exr", unsaid)[0, 0] == pytest.approx(30.0, rel=1e-3)


def test_a_depth_network_that_the_user_names_is_run(tmp_path):
    import onnx
    from onnx import TensorProto, helper

    made = helper.make_node("ReduceMean", ["picture"], ["depth"], axes=[1], keepdims=0)
    shape = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "h", "w"])
    gives = helper.make_tensor_value_info("depth", TensorProto.FLOAT, [1, "h", "w"])
    model = helper.make_model(helper.make_graph([made], "bright is near", [shape], [gives]), opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(tmp_path / "near.onnx"))
    clip = defocusing.FlatClip.of(make_clip(tmp_path / "clip", 1))
    depth = defocusing.depth_of(clip, depths.Scale(1.0, 6.0, inverse=True), None, tmp_path / "near.onnx")
    away = depth(clip.frames[0], layouts.read_colour(clip.frames[0]))
    assert away.shape == (160, 200)
    assert away.min() == pytest.approx(1.0, abs=0.05) and away.max() == pytest.approx(6.0, abs=0.3)


def test_a_file_that_is_no_network_is_said(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"no")
    with pytest.raises(layouts.LayoutError, match=r"no\.onnx: is no network"):
        depths.DepthModel(tmp_path / "no.onnx")
