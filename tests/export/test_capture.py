"""Captures for photogrammetry and splatting: names, polarity, orientation, and that nothing of the user's is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import environments
import export_scene as scene
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from engine.export import exif
from engine.shot import Footage, FrameRange, MattewrightError, Output, Value
from engine.store import Store

Pixels = npt.NDArray[np.uint8]
NERFSTUDIO = environments.BUILD / "nerfstudio"
NUMBERS = (7, 8, 10)
"""Photographs: 9 was thrown away."""


def photographs(
    place: Path, output: Output, names: tuple[str, ...] = ("disk",), orientation: int = 1, stem: str = "IMG ü ", **footage: object
) -> Path:
    """A shot of JPEG photographs with a gap, blanks and umlauts in their names; scene frame 1 is IMG 0007."""
    folder = scene.make(place, names=names)
    pictures = place / "Fotos für Jörg" / "images"
    pictures.mkdir(parents=True)
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Camera"
    tags.get_ifd(0x8769)[0x920A] = 35.0
    for number in NUMBERS:
        shown = Image.fromarray(scene.picture(number - 6))
        shown.save(pictures / f"{stem}{number:04d}.JPG", quality=100, subsampling=0, exif=tags)
    clip = Footage(f"../Fotos für Jörg/images/{stem}0007.JPG", "sequence", scene.WIDTH, scene.HEIGHT, 2, **footage)  # type: ignore[arg-type]
    scene.write(folder, output, names=names, footage=clip, range=FrameRange(1, 4))
    return folder


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read(path: Path) -> Pixels:
    return np.asarray(Image.open(path))


def inside(frame: int, name: str = "disk") -> npt.NDArray[np.bool_]:
    return scene.alpha(name, frame) >= 32768


def test_colmap_masks_are_called_as_the_photographs_with_png_after(tmp_path: Path) -> None:
    folder = photographs(tmp_path, Output("masks", "colmap", folder="../Fotos für Jörg"))
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "Fotos für Jörg").rglob("*.JPG")}
    assert scene.export(folder).written == 3
    masks = tmp_path / "Fotos für Jörg" / "masks"
    assert files_of(masks) == [f"IMG ü {number:04d}.JPG.png" for number in NUMBERS]
    for number in NUMBERS:
        found = Image.open(masks / f"IMG ü {number:04d}.JPG.png")
        assert (found.mode, found.size) == ("L", (scene.WIDTH, scene.HEIGHT))
        assert np.array_equal(np.asarray(found), np.where(inside(number - 6), 255, 0))
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before}


def test_a_second_export_touches_nothing_and_another_place_gets_the_same_bytes(tmp_path: Path) -> None:
    outputs = []
    for place in ("one", "two"):
        folder = photographs(tmp_path / place, Output("cut", "postshot", values={"orientation": "tagged"}), orientation=6)
        scene.export(folder)
        outputs.append({path.name: path.read_bytes() for path in (folder / "exports").iterdir()})
    assert outputs[0] == outputs[1]
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "exports").iterdir()}
    made = scene.export(folder)
    assert (made.written, made.fresh) == (0, 3)
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}


def test_postshot_pictures_have_their_own_colour_under_the_alpha(tmp_path: Path) -> None:
    folder = photographs(tmp_path, Output("cut", "postshot"))
    scene.export(folder)
    assert files_of(folder / "exports") == [f"IMG ü {number:04d}.png" for number in NUMBERS]
    photograph = read(tmp_path / "Fotos für Jörg/images/IMG ü 0008.JPG").astype(int)
    found = Image.open(folder / "exports/IMG ü 0008.png")
    assert found.mode == "RGBA"
    pixels = np.asarray(found)
    # Another decoder of JPEG may round otherwise.
    assert np.abs(pixels[..., :3].astype(int) - photograph).max() <= 2
    assert np.array_equal(pixels[..., 3], np.rint(scene.alpha("disk", 2) / 257))
    assert found.getexif().get_ifd(0x8769)[0x920A] == 35.0  # what camera trackers start from


def test_postshot_masks_have_the_base_names(tmp_path: Path) -> None:
    folder = photographs(tmp_path, Output("cut", "postshot", values={"mode": "masks"}))
    scene.export(folder)
    assert files_of(folder / "exports") == [f"masks/IMG ü {number:04d}.png" for number in NUMBERS]
    assert np.array_equal(read(folder / "exports/masks/IMG ü 0010.png") > 0, inside(4))


def test_several_objects_are_one_mask_inverted_and_grown(tmp_path: Path) -> None:
    values: dict[str, Value] = {"invert": True, "grow": 3}
    folder = photographs(tmp_path, Output("people", "nerfstudio", values=values), names=("disk", "other"))
    scene.export(folder)
    y, x = np.nonzero(inside(1) | inside(1, "other"))
    rows, columns = np.mgrid[: scene.HEIGHT, : scene.WIDTH]
    far = np.min((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2, axis=-1)
    found = read(folder / "exports/masks/IMG ü 0007.png")
    assert set(np.unique(found)) == {0, 255}
    assert np.array_equal(found == 0, far <= 9)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_masks_and_pictures_are_as_photographs_are_shown(tmp_path: Path, orientation: int) -> None:
    folder = photographs(tmp_path, Output("cut", "postshot", values={"orientation": "upright"}), orientation=orientation)
    scene.export(folder)
    shown = ImageOps.exif_transpose(Image.open(tmp_path / "Fotos für Jörg/images/IMG ü 0007.JPG"))
    found = Image.open(folder / "exports/IMG ü 0007.png")
    assert found.size == shown.size
    assert found.getexif().get(0x0112, 1) == 1
    assert np.abs(np.asarray(found)[..., :3].astype(int) - np.asarray(shown).astype(int)).max() <= 2
    turned = Image.fromarray(np.rint(scene.alpha("disk", 1) / 257).astype(np.uint8))
    tags = turned.getexif()
    tags[0x0112] = orientation
    assert np.array_equal(np.asarray(found)[..., 3], np.asarray(ImageOps.exif_transpose(turned)))


@pytest.mark.parametrize("format_name", ["colmap", "postshot"])
def test_tagged_masks_are_turned_by_whoever_turns_the_photograph(tmp_path: Path, format_name: str) -> None:
    values: dict[str, Value] = {"orientation": "tagged"} | ({"mode": "masks"} if format_name == "postshot" else {})
    folder = photographs(tmp_path, Output("cut", format_name, values=values), orientation=6)
    scene.export(folder)
    (path, *_) = sorted((folder / "exports/masks").iterdir())
    mask = Image.open(path)
    assert mask.size == (scene.WIDTH, scene.HEIGHT)
    assert mask.getexif()[0x0112] == 6
    assert np.array_equal(np.asarray(ImageOps.exif_transpose(mask)) > 0, np.rot90(inside(1), -1))


def test_3dgs_gets_pictures_with_alpha_and_masks_for_colmap(tmp_path: Path) -> None:
    folder = photographs(tmp_path, Output("splat", "gaussian_splatting"))
    scene.export(folder)
    stems = [f"IMG ü {number:04d}.png" for number in NUMBERS]
    assert files_of(folder / "exports") == [f"images/{stem}" for stem in stems] + [f"masks/{stem}.png" for stem in stems]
    assert read(folder / "exports/images" / stems[0]).shape == (scene.HEIGHT, scene.WIDTH, 4)


@pytest.mark.parametrize(("background", "value"), [("black", 0), ("white", 255)])
def test_gsplat_gets_pictures_over_a_colour(tmp_path: Path, background: str, value: int) -> None:
    folder = photographs(tmp_path, Output("splat", "gaussian_splatting", values={"background": background, "colmap": False}))
    scene.export(folder)
    found = read(folder / "exports/images/IMG ü 0007.png").astype(float)
    share = np.rint(scene.alpha("disk", 1) / 257)[..., None] / 255
    photograph = read(tmp_path / "Fotos für Jörg/images/IMG ü 0007.JPG").astype(float)
    assert np.abs(found - (photograph * share + value * (1 - share))).max() <= 2.5


def test_the_photographs_themselves_are_never_written_over(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("cut", "postshot", folder="../clip"))
    before = (tmp_path / "clip/shot_0001.png").read_bytes()
    with pytest.raises(MattewrightError, match="is the footage itself"):
        scene.export(folder, overwrite=True)
    assert (tmp_path / "clip/shot_0001.png").read_bytes() == before


def test_a_movie_s_frames_are_numbered_and_written_beside_their_masks(tmp_path: Path) -> None:
    import av

    folder = scene.make(tmp_path)
    with av.open(str(tmp_path / "Clip é.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = scene.WIDTH, scene.HEIGHT, "bgr0"
        for frame in range(1, 5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.picture(frame), format="rgb24").reformat(format="bgr0")))
        container.mux(stream.encode())
    clip = Footage("../Clip é.mkv", "movie", scene.WIDTH, scene.HEIGHT, 4, fps=24.0)
    scene.write(folder, Output("masks", "colmap", first=2, last=3), footage=clip)
    scene.export(folder)
    names = ["Clip é_0002.png", "Clip é_0003.png"]
    assert files_of(folder / "exports") == [f"images/{name}" for name in names] + [f"masks/{name}.png" for name in names]
    assert np.array_equal(read(folder / "exports/images/Clip é_0003.png"), scene.picture(3))


def test_growing_goes_around_a_panorama(tmp_path: Path) -> None:
    folder = photographs(tmp_path, Output("masks", "colmap", values={"grow": 5}), wraps=True)
    edge = np.zeros((scene.HEIGHT, scene.WIDTH), np.uint16)
    edge[20:24, -1] = 65535
    Store(folder).write_alpha("disk", 1, edge, "edge", "alpha")
    scene.export(folder)
    found = read(folder / "exports/masks/IMG ü 0007.JPG.png")
    assert found[21, :5].all()
    assert not found[21, 5]


def test_damaged_exif_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(scene.picture(1)).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert exif.block_of(path, 3) == exif.minimal(3)


@pytest.mark.slow
@pytest.mark.skipif(not (NERFSTUDIO / "nerfstudio").is_dir(), reason=f"no nerfstudio in {NERFSTUDIO}: python scripts/fetch_nerfstudio")
@pytest.mark.parametrize(("inverted", "images"), [(False, "auto"), (True, "auto"), (False, "always")])
def test_nerfstudios_own_reader_finds_the_masks(tmp_path: Path, inverted: bool, images: str) -> None:
    """COLMAP's model and nerfstudio's names: plain ones, for its reader takes a name byte by byte."""
    scene_folder = tmp_path / "Fotos für Jörg"
    values: dict[str, Value] = {"invert": inverted, "images": images}
    scene.export(photographs(tmp_path, Output("masks", "nerfstudio", folder="../Fotos für Jörg", values=values), stem="IMG_"))
    ending = "png" if images == "always" else "JPG"
    (scene_folder / "sparse").mkdir()
    lines = [f"{at} 1 0 0 0 {at} 0 {at % 2} 1 IMG_{number:04d}.{ending}\n\n" for at, number in enumerate(NUMBERS, 1)]
    (scene_folder / "sparse/images.txt").write_text("".join(lines))
    (scene_folder / "sparse/cameras.txt").write_text(f"1 PINHOLE {scene.WIDTH} {scene.HEIGHT} 60 60 32 24\n")
    (scene_folder / "sparse/points3D.txt").write_text("1 0 0 1 9 9 9 0.1 1 0\n")
    out = tmp_path / "read.npz"
    reads = Path(__file__).with_name("nerfstudio_reads.py")
    done = subprocess.run([sys.executable, str(reads), str(scene_folder), str(out), str(NERFSTUDIO)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    read = np.load(out)
    assert len(read.files) == 2 * len(NUMBERS)
    for number in NUMBERS:
        name = f"IMG_{number:04d}.{ending}"
        assert np.array_equal(read[f"mask {name}"][..., 0], inside(number - 6) != inverted)
        assert np.abs(read[f"image {name}"] * 255 - scene.picture(number - 6)).max() < 6  # a JPEG's
