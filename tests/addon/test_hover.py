"""What a click would select, before there is an object."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save
from mattewright.addon import preview, properties
from mattewright.addon.preview import live, prompting
from mattewright.addon.tool import gestures as g
from mattewright.addon.tool import prompt_tool, state
from mattewright.addon.tool.actions import perform
from mattewright.addon.ui.placement import Placement

FIRST, COUNT, SIZE = 11, 3, (96, 64)
PLACE = Placement(0.0, 0.0, 96.0, 64.0)


@pytest.fixture
def clip(tmp_path: Path):
    sequence = make_sequence(tmp_path / "plate", 1, COUNT, SIZE)
    save(tmp_path / "shot.blend")
    yield load_clip(sequence.first, FIRST)
    prompting.stop()
    live.close()
    preview.settings.current().show = False


def test_hovering_asks_for_the_object_that_a_click_would_make(clip) -> None:
    scene = bpy.context.scene
    scene.frame_set(FIRST)
    prompting.state.clip, prompting.state.scene = clip.name_full, scene.name
    assert prompting.target() is None and prompting.wanted(clip, FIRST) is None, "nothing was said, and nothing is there"
    perform(g.Hover((40.0, 14.0), True), clip, FIRST, PLACE)
    assert prompting.target() == (clip, FIRST)
    wanted = prompting.wanted(clip, FIRST)
    assert [(point.x, point.y) for point in wanted.prompts.points] == [(40, 50)]
    assert wanted.object == prompting.NEW and wanted.shot.objects[0].name == prompting.NEW
    assert not len(properties.of(clip).objects), "looking makes nothing"
    perform(g.Hover(None), clip, FIRST, PLACE)
    assert prompting.target() is None, "without Shift it is over"
    perform(g.AddPoint((40.0, 14.0), True), clip, FIRST, PLACE)
    assert prompting.wanted(clip, FIRST).object == "Object 1"


def test_the_answer_to_a_single_click_that_makes_the_object_stays_when_the_hand_leaves(clip) -> None:
    prompting.state.clip, prompting.state.scene = clip.name_full, bpy.context.scene.name
    click = state.Waiting(g.AddPoint((40.0, 14.0), True), clip.name_full, FIRST, PLACE)
    prompt_tool.go_on(state.Hand(waiting=[click]), pytest.fail)
    wanted = prompting.wanted(clip, FIRST)
    assert wanted is not None and wanted.object == "Object 1"
    prompting.remember(wanted, None)
    prompting.stop()
    assert prompting.remembered(clip, FIRST, None) == wanted
