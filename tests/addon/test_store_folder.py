"""A store is one clip's, and is found again wherever the .blend is saved."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, save, write_png
from mattewright.addon import document, properties, store
from mattewright.engine.shot import MattewrightError


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "plate", 1001, 2).first, 1001)
    save(tmp_path / "shot v1.blend")
    bpy.ops.mattewright.object_add(clip=clip.name, name="fox")
    return clip


def test_two_clips_never_share_a_store(clip, tmp_path: Path) -> None:
    other = load_clip(make_sequence(tmp_path / "other", 1001, 2).first, 1001)
    clip.name, other.name = "Take#1", "take%1"
    assert document.shot_of(clip).name == "Take#1", "a clip without objects has no store to share"
    bpy.ops.mattewright.object_add(clip=other.name, name="fox")
    for asked in (clip, other):
        with pytest.raises(MattewrightError, match="have one store folder"):
            document.write(asked)
    assert not store.folder(clip).exists()
    properties.of(other).store = "//elsewhere"
    assert document.write(clip).is_file() and document.write(other).is_file()


def test_saving_into_another_folder_keeps_the_masks(clip, tmp_path: Path) -> None:
    document.write(clip)
    place = store.folder(clip)
    assert place.is_dir() and properties.of(clip).store.startswith("//")
    (tmp_path / "later").mkdir()
    save(tmp_path / "later" / "shot v2.blend")
    assert store.folder(clip) == place
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "later" / "shot v2.blend"))
    assert store.folder(bpy.data.movieclips[0]) == place, "it is in the file that was saved too"


def test_saving_a_copy_elsewhere_leaves_the_open_file_as_it_is(clip, tmp_path: Path) -> None:
    document.write(clip)
    said = properties.of(clip).store
    (tmp_path / "copy").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "copy" / "shot.blend"), copy=True)
    assert properties.of(clip).store == said
    place = store.folder(clip)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "copy" / "shot.blend"))
    assert store.folder(bpy.data.movieclips[0]) == place


def test_mask_prompts_are_found_from_another_folder_too(clip, tmp_path: Path) -> None:
    mask = write_png(tmp_path / "Maske é.png", np.full((48, 64), 255, np.uint8))
    bpy.ops.mattewright.prompt_mask_set(clip=clip.name, object="fox", frame=1001, path=f"//{mask.name}")

    def named(clip) -> Path:
        (said,) = document.shot_of(clip).object("fox").prompts
        return (store.folder(clip) / said.mask).resolve()

    before = properties.of(clip).objects[0].prompts[0].mask
    (tmp_path / "later").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "later" / "copy.blend"), copy=True)
    assert properties.of(clip).objects[0].prompts[0].mask == before
    save(tmp_path / "later" / "shot v2.blend")
    assert named(clip) == mask.resolve()
    for name in ("copy.blend", "shot v2.blend"):
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "later" / name))
        assert named(bpy.data.movieclips[0]) == mask.resolve()
