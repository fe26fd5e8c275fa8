"""The preferences take effect; every property and operator says what it is, and is known in German."""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
import ui_strings
from addon_fixtures import ROOT, load_clip, make_sequence
from mattewright.addon import package, preferences, properties, translations
from mattewright.addon.link import Session
from mattewright.addon.link.engine import engine_command
from mattewright.addon.ui import strip


@pytest.fixture
def chosen() -> Iterator[Any]:
    """The preferences, as of an add-on that is enabled."""
    addons = bpy.context.preferences.addons
    addon = addons.new()
    addon.module = package.NAME
    yield addon.preferences
    addons.remove(addon)


def test_everything_says_what_it_is() -> None:
    silent = []
    for kind in ui_strings.registered():
        if issubclass(kind, bpy.types.Operator) and not kind.bl_description.strip():
            silent.append(kind.bl_idname)
        for prop in ui_strings.own_properties(kind):
            if prop.is_hidden:
                continue
            if not prop.description.strip():
                silent.append(f"{kind.__name__}.{prop.identifier}")
            items = prop.enum_items_static if prop.type == "ENUM" else ()
            silent += [f"{kind.__name__}.{prop.identifier}: {item.identifier}" for item in items if not item.description.strip()]
            assert not prop.description.endswith("."), f"{kind.__name__}.{prop.identifier}: Blender puts the full stop"
    assert not silent


@pytest.mark.parametrize("language", list(translations.LOCALES))
def test_every_word_of_the_interface_is_known_in_each_language(language: str) -> None:
    known = translations.read(language)
    assert not [text for text in ui_strings.all_strings(ROOT / "addon") if not known.get(text, "").strip()]
    for english, said in known.items():
        assert sorted(places(english)) == sorted(places(said)), english


def places(text: str) -> list[str]:
    return [f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(text) if name is not None]


def test_blender_gets_the_words_for_labels_and_for_buttons() -> None:
    words = translations.for_blender()["de_DE"]
    assert words["Operator", "Install Engine"] == words["*", "Install Engine"] == "Engine installieren"
    assert translations.phrase("{count} stale", count=3) == "3 stale"
    assert translations.phrase("a {brace} of the user's") == "a {brace} of the user's"


def test_the_preferences_are_in_the_engines_command(chosen: Any, tmp_path: Path) -> None:
    chosen.engine_python = sys.executable
    assert [str(word) for word in engine_command()[4:]] == ["serve", "--cache-size", "4"]
    chosen.models_folder, chosen.cache_folder = str(tmp_path / "Mödels"), str(tmp_path / "Cäche dir")
    chosen.device, chosen.gpu, chosen.memory_limit, chosen.cache_size = "cuda", 1, 6.5, 0.0
    assert [str(word) for word in engine_command()[4:]] == [
        *("--models", str(tmp_path / "Mödels"), "serve", "--device", "cuda:1", "--memory", "6.5"),
        *("--cache", str(tmp_path / "Cäche dir"), "--cache-size", "0"),
    ]
    chosen.device = "mps"
    assert "mps" in engine_command()


def test_a_changed_preference_starts_another_engine_when_it_is_idle() -> None:
    session = Session()
    fake = [sys.executable, str(Path(__file__).parent / "fake_engine.py"), "works"]
    said: list[str] = []
    session.command = lambda: [*fake, *said]
    try:
        job = session.submit("track", {}, "clip")
        first = session.client
        assert first is not None
        while first.initialized is None:
            session.pump(patience=0.1)
        said.append("--device=cpu")
        session.ask("plan", {}, lambda result, error: None)
        assert session.client is first, "not amid a job"
        session.cancel()
        while not job.done or session.client.busy:
            session.pump(patience=0.1)
        session.ask("plan", {}, lambda result, error: None)
        assert session.client is not first
    finally:
        session.stop(patience=0.2)


def test_colors(chosen: Any, tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "plates", 1, 2).first)
    chosen.object_color_2 = (0.25, 0.5, 0.75)
    shot = properties.of(clip)
    for name in ("a", "b"):
        properties.add_object(shot, name)
    assert tuple(shot.objects[0].color) == preferences.PALETTE[0]
    assert tuple(shot.objects[1].color) == (0.25, 0.5, 0.75)
    usual = strip.shades()
    chosen.doubtful_color = (0.0, 0.0, 1.0)
    assert strip.shades().doubtful == pytest.approx((0.0, 0.0, 1.0, 1.0)) and strip.shades().locked == usual.locked
    for place, color in zip(usual, strip.strip_marks.USUAL, strict=True):
        assert place == pytest.approx(color, abs=0.03)


def test_every_preference_is_on_the_page() -> None:
    page = (ROOT / "addon" / "ui" / "preferences_page.py").read_text("utf-8") + (ROOT / "addon" / "ui" / "install_parts.py").read_text(
        "utf-8"
    )
    names = {prop.identifier for prop in ui_strings.own_properties(preferences.MattewrightPreferences)}
    assert len(names) > 20
    assert not [name for name in names if f'"{name}"' not in page and not re.fullmatch(r"object_color_\d", name)]
