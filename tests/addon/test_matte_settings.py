"""An object's matte: what the .blend saves of it, and what the document says."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import bpy
import pytest
from addon_fixtures import load_clip, make_sequence, save
from mattewright.addon import document, properties
from mattewright.engine.shot import Matte, MatteMethod, fields, read
from mattewright.engine.shot.matte import Screen


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    clip = load_clip(make_sequence(tmp_path / "Aufnahme é 1", 1001, 3).first, 1001)
    save(tmp_path / "Szene ü 1.blend")
    properties.add_object(properties.of(clip), "Fuchs ä")
    return clip


def test_limits_defaults_and_choices_are_the_documents() -> None:
    rna = properties.MatteSettings.bl_rna.properties
    usual, hints = Matte(), get_type_hints(Matte, include_extras=True)
    assert {prop.identifier for prop in rna} - {"name", "rna_type"} == set(hints), "every field has its property, and no other"
    for name, hint in hints.items():
        prop = rna[name]
        assert prop.default == getattr(usual, name), name
        assert prop.description and not prop.is_animatable, name
        limit = next((part for part in get_args(hint) if isinstance(part, fields.Range)), None)
        if limit is not None:
            assert (prop.hard_min, prop.hard_max) == (limit.low, limit.high), name
    assert [item.identifier for item in rna["method"].enum_items] == list(get_args(MatteMethod))
    assert [item.identifier for item in rna["despill"].enum_items] == list(get_args(Screen))
    assert all(item.description for item in rna["method"].enum_items)


def test_it_survives_save_and_load_and_reaches_the_document(clip: bpy.types.MovieClip) -> None:
    assert document.shot_of(clip).objects[0].matte == Matte()
    said = Matte(True, "closed_form", 12.3, 0.5, 2.0, 0.35, True, "green", 0.7)
    settings = properties.of(clip).objects[0].matte
    for name in get_type_hints(Matte):
        setattr(settings, name, getattr(said, name))
    settings.width = 1000.0
    assert settings.width == 512.0, "the limit"
    settings.width = 12.3
    assert document.shot_of(clip).objects[0].matte == said
    name = clip.name
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    clip = bpy.data.movieclips[name]
    assert read(document.write(clip)).objects[0].matte == said
