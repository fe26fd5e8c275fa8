"""Chains under a name, in Blender: used, kept, removed; the file is the one that the command line takes."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save
from mattewright.addon import document, presets, properties
from mattewright.engine.shot import catalogue
from mattewright.engine.shot import presets as files


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(presets, "own_folder", lambda: tmp_path / "meine Vorlagen")
    clip = load_clip(make_sequence(tmp_path / "f", 1, 2).first, 1)
    save(tmp_path / "a.blend")
    properties.add_object(properties.of(clip), "fox")
    return clip


def chain(clip) -> tuple:
    return document.shot_of(clip).object("fox").refine


def test_every_preset_that_came_along_gives_its_chain(clip) -> None:
    for name, path in files.shipped().items():
        assert bpy.ops.mattewright.chain_preset_load(preset=name) == {"FINISHED"}
        assert [step.op for step in chain(clip)] == [step.op for step in files.read_preset(path, catalogue()).steps]
        for step, wanted in zip(chain(clip), files.read_preset(path, catalogue()).steps, strict=True):
            parameters = {parameter.name: parameter.default for parameter in catalogue()[step.op].parameters}
            assert parameters | step.values == parameters | wanted.values


def test_a_chain_is_kept_used_again_and_removed(clip) -> None:
    fox = properties.of(clip).objects["fox"]
    properties.add_refine(fox, "threshold", level=0.3)
    properties.add_refine(fox, "grow", pixels=-3.0)
    fox.refine[1].enabled = False
    before = chain(clip)
    assert bpy.ops.mattewright.chain_preset_save(name="weich: 1/2") == {"FINISHED"}
    (kept,) = presets.own()
    assert files.read_preset(presets.own()[kept], catalogue()).name == "weich: 1/2"
    with pytest.raises(RuntimeError, match="of that name already"):
        bpy.ops.mattewright.chain_preset_save(name="weich: 1/2")
    bpy.ops.mattewright.refine_clear()
    assert chain(clip) == ()
    bpy.ops.mattewright.chain_preset_load(preset=kept)
    assert chain(clip) == before
    assert bpy.ops.mattewright.chain_preset_remove(preset=kept) == {"FINISHED"}
    assert presets.own() == {}
    with pytest.raises(RuntimeError, match="not one of your own"):
        bpy.ops.mattewright.chain_preset_remove(preset="solid")


def test_a_preset_that_is_wrong_leaves_the_chain_alone(clip, tmp_path: Path) -> None:
    properties.add_refine(properties.of(clip).objects["fox"], "grow")
    broken = tmp_path / "broken.json"
    broken.write_text('{"kind": "mattewright chain", "name": "x", "steps": [{"op": "sparkle"}]}', encoding="utf-8")
    with pytest.raises(RuntimeError, match="unknown op 'sparkle'"):
        bpy.ops.mattewright.chain_preset_load(preset=str(broken))
    with pytest.raises(RuntimeError, match="there is none such"):
        bpy.ops.mattewright.chain_preset_load(preset="nothing")
    assert [step.op for step in chain(clip)] == ["grow"]
