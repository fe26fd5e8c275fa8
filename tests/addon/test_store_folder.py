"""A store is one clip's, and is found again wherever the .blend is saved."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save
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
