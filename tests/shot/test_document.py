"""The shot document: what is written is read back, and what is wrong is refused by the field's name."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import shot
from engine.refine import CATALOGUE

WIDTH, HEIGHT = 640, 480


def document() -> dict[str, Any]:
    return {
        "version": 1,
        "name": "cups",
        "footage": {
            "path": "../cups.mp4",
            "kind": "movie",
            "width": WIDTH,
            "height": HEIGHT,
            "frame_duration": 100,
            "frame_start": 11,
            "frame_offset": 10,
            "fps": 29.97,
        },
        "range": {"first": 1, "last": 100},
        "objects": [
            {
                "name": "left cup",
                "prompts": [{"frame": 5, "points": [{"x": 10, "y": 20}], "box": {"left": 1, "top": 2, "right": 30, "bottom": 40}}],
                "refine": [{"op": "threshold", "values": {"level": {"1": 0.4, "50": 0.6}}}],
                "matte": {"enabled": True, "method": "closed_form", "width": 12, "steady": 0.5, "foreground": True, "despill": "green"},
            }
        ],
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with one value changed; `path` is such as ``objects.0.name``."""
    content = copy.deepcopy(document())
    *above, last = path.split(".")
    place: Any = content
    for part in above:
        place = place[int(part)] if part.isdigit() else place[part]
    place[int(last) if last.isdigit() else last] = value
    return content


def test_a_good_document_is_read() -> None:
    found = shot.from_json(document(), CATALOGUE)
    assert found.object("left cup").prompts[0].points == (shot.Point(10, 20),)
    assert found.footage.media_index(1) == 0
    assert (found.footage.frames().first, found.footage.frames().last) == (1, 100)


def test_what_is_written_is_read_back() -> None:
    found = shot.from_json(document())
    assert shot.parse(shot.to_json(found)) == found
    assert shot.to_json(shot.parse(shot.to_json(found))) == shot.to_json(found)


def test_what_was_called_otherwise_once_is_read() -> None:
    content = document() | {"classes": {"edges": "nearest", "steady": 0.5}}
    read = shot.parse(json.dumps(content)).classes
    assert (read.edges, read.steady) == ("smooth", 0.5)


@pytest.mark.parametrize(
    ("path", "value", "field", "says"),
    [
        ("version", 2, "version", "newer"),
        ("version", "1", "version", "whole number"),
        ("footage.kind", "film", "footage.kind", '"movie" or "sequence"'),
        ("footage.fps", 0, "footage.fps", "frame rate"),
        ("footage.width", 640.5, "footage.width", "whole number"),
        ("footage.width", True, "footage.width", "whole number"),
        ("footage.pixels", 1, "footage.pixels", "unknown field"),
        ("range.last", 101, "range.last", "frames 1 to 100"),
        ("range.last", 0, "range.last", "expected frame 1 or later"),
        ("objects.0.name", "  ", "objects[0].name", "expected text"),
        ("objects.0.prompts.0.frame", 101, "objects[0].prompts[0].frame", "outside the clip"),
        ("objects.0.prompts.0.points.0.x", 641, "objects[0].prompts[0].points[0]", "outside the picture"),
        ("objects.0.prompts.0.points.0.x", -1, "objects[0].prompts[0].points[0].x", "got -1"),
        ("objects.0.prompts.0.box.right", 1, "objects[0].prompts[0].box", "left < right"),
        ("objects.0.prompts.0", {"frame": 5, "points": [{"x": 1, "y": 1, "positive": False}]}, "objects[0].prompts[0]", "positive point"),
        ("objects.0.refine.0.op", "sparkle", "objects[0].refine[0].op", f"unknown op 'sparkle'; known: {', '.join(sorted(CATALOGUE))}"),
        ("objects.0.refine.0.values.level", 1.5, "objects[0].refine[0].values.level", "from 0 to 1"),
        ("objects.0.refine.0.values.level", {"one": 0.5}, "objects[0].refine[0].values.level", "frame numbers"),
        ("objects.0.refine.0.values.level", {}, "objects[0].refine[0].values.level", "at least one"),
        ("objects.0.refine.0.values.levle", 0.5, "objects[0].refine[0].values.levle", "known: level, softness"),
        ("objects.0.color", [1, 0], "objects[0].color", "a list of 3"),
        ("objects.0.locked", [{"first": 9, "last": 3}], "objects[0].locked[0].last", "frame 9 or later"),
        ("objects.0.matte", {"method": "magic"}, "objects[0].matte.method", '"closed_form"'),
        ("objects.0.matte", {"width": -1}, "objects[0].matte.width", "from 0 to 512"),
        ("objects.0.matte", {"steady": 1.5}, "objects[0].matte.steady", "from 0 to 1"),
        ("objects.0.matte", {"despill": "red"}, "objects[0].matte.despill", '"green"'),
        ("tracking", {"tracker": "psychic"}, "tracking.tracker", '"matching"'),
    ],
)
def test_a_bad_document_is_refused_by_field(path: str, value: Any, field: str, says: str) -> None:
    with pytest.raises(shot.DocumentError) as refused:
        shot.from_json(changed(path, value), CATALOGUE)
    assert refused.value.field == field
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", ["version", "name", "footage", "range"])
def test_a_missing_field_is_named(missing: str) -> None:
    content = document()
    del content[missing]
    with pytest.raises(shot.DocumentError, match=missing):
        shot.from_json(content)


def test_two_objects_whose_folders_would_be_one_are_refused() -> None:
    content = document()
    content["objects"].append({**content["objects"][0], "name": "LEFT cup"})
    with pytest.raises(shot.DocumentError, match=r"objects\[1\]\.name"):
        shot.from_json(content)


def test_a_frame_prompted_twice_is_refused() -> None:
    content = document()
    content["objects"][0]["prompts"] *= 2
    with pytest.raises(shot.DocumentError, match="prompted twice"):
        shot.from_json(content)


LONG_NUMBER = '{"version": ' + "9" * 400 + "}"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "9" * 5000, LONG_NUMBER, '{"version": NaN}', '{"version": 1, "version": 1}', "[" * 100_000]
)
def test_what_is_no_document_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(shot.DocumentError) as refused:
        shot.parse(text)
    assert "\n" not in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
places = [
    "version",
    "name",
    "footage",
    "footage.path",
    "footage.width",
    "range",
    "range.first",
    "objects",
    "objects.0",
    "objects.0.name",
    "objects.0.prompts",
    "objects.0.prompts.0.points.0",
    "objects.0.prompts.0.box",
    "objects.0.refine.0.values",
    "objects.0.refine.0.values.level",
    "objects.0.locked",
]


@given(st.sampled_from(places), json_values)
def test_any_value_anywhere_is_either_read_or_refused_by_name(place: str, value: Any) -> None:
    content = changed(place, value)
    try:
        found = shot.from_json(content, CATALOGUE)
    except shot.DocumentError as error:
        assert str(error)
    else:
        assert shot.parse(shot.to_json(found), CATALOGUE) == found


@given(st.dictionaries(st.integers(0, 10_000), st.floats(0, 1), min_size=1), st.integers(0, 10_001))
def test_a_keyed_value_holds_until_the_next_key(keys: dict[int, float], frame: int) -> None:
    level = CATALOGUE["threshold"].values_at({"level": {str(key): value for key, value in keys.items()}}, frame)["level"]
    before = [key for key in keys if key <= frame]
    assert level == keys[max(before) if before else min(keys)]


def test_reading_a_file_names_the_file(tmp_path: Any) -> None:
    path = tmp_path / "shot.json"
    with pytest.raises(shot.MattewrightError, match="no such shot document"):
        shot.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(shot.MattewrightError, match="not UTF-8"):
        shot.read(path)
    path.write_text(json.dumps(changed("version", 9)), encoding="utf-8")
    with pytest.raises(shot.MattewrightError, match=r"shot\.json: version: 9 is newer"):
        shot.read(path)
