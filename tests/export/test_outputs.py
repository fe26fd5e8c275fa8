"""A document's outputs: what is allowed, what names come out, and that they are read back as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import export_scene as scene
import pytest

from engine.shot import DocumentError, Output, from_json, parse, read, to_json
from engine.shot.outputs import check_output, check_pattern, file_name, formats


def document(tmp_path: Path, *outputs: Output) -> Any:
    scene.make(tmp_path, names=("disk", "other"))
    scene.write(tmp_path / "shot.mattewright", *outputs, names=("disk", "other"))
    return read(tmp_path / "shot.mattewright/shot.json")


def test_outputs_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    outputs = (
        Output("for Nuke", "exr_layers", ("other",), "mask", "//elsewhere/ö", "a/{shot}_{frame:6}", 2, 3, False, {"depth": "float"}),
        Output("plain", "png"),
    )
    shot = document(tmp_path, *outputs)
    assert shot.outputs == outputs
    assert parse(to_json(shot)) == shot


def test_a_document_without_outputs_says_nothing_of_them(tmp_path: Path) -> None:
    shot = document(tmp_path)
    assert shot.outputs == ()
    assert "outputs" not in to_json(shot)


@pytest.mark.parametrize(
    ("outputs", "field", "words"),
    [
        ([{"name": "a", "format": "gif"}], "outputs[0].format", "unknown format 'gif'; known: "),
        ([{"name": "a", "format": "png"}, {"name": "A", "format": "png"}], "outputs[1].name", "the same file name as that of outputs[0]"),
        ([{"name": "a", "format": "png", "values": {"depth": "12"}}], "outputs[0].values.depth", "expected one of 8, 16"),
        ([{"name": "a", "format": "png", "values": {"deep": 1}}], "outputs[0].values.deep", "unknown option of 'png'; known: depth"),
        ([{"name": "a", "format": "png", "first": 4, "last": 2}], "outputs[0].last", "expected frame 4 or later"),
        ([{"name": "a", "format": "png", "pattern": "{object}"}], "outputs[0].pattern", "put {frame} into it"),
        ([{"name": "a", "format": "png", "folder": "C:\\x"}], "outputs[0].folder", "expected forward slashes"),
    ],
)
def test_what_is_refused_says_where_and_why(tmp_path: Path, outputs: list[dict[str, Any]], field: str, words: str) -> None:
    content = {"version": 1, "name": "s", "footage": FOOTAGE, "range": {"first": 1, "last": 4}, "outputs": outputs}
    with pytest.raises(DocumentError) as caught:
        from_json(content)
    assert caught.value.field == field
    assert words in caught.value.expected


FOOTAGE = {"path": "x_0001.png", "kind": "sequence", "width": 64, "height": 48, "frame_duration": 4}


@pytest.mark.parametrize(
    "pattern",
    [
        "../{frame}",
        "/{frame}",
        "a//{frame}",
        "{frame}/..",
        "a\\{frame}",
        "C:{frame}",
        "{frame}.",
        "con/{frame}",
        "{foo}",
        "{frame",
        "a?{frame}",
    ],
)
def test_no_name_leads_out_of_the_folder_or_is_refused_by_windows(pattern: str) -> None:
    with pytest.raises(DocumentError):
        check_pattern(pattern, "pattern")


def test_names_are_filled_in() -> None:
    said = {"object": "a/b:c", "shot": "..", "output": "con", "source": "IMG_1"}
    assert file_name("{output}/{object}/{object}_{frame}", said, 7) == "_con/a_b_c/a_b_c_0007"
    assert file_name("{shot}{frame:6}-{source}", said, 12) == "_..000012-IMG_1"
    assert file_name("{shot}", said, None) == "_"
    with pytest.raises(KeyError, match="frame"):
        file_name("{frame}", said, None)


def test_formats_that_name_their_files_take_no_pattern() -> None:
    for declaration in formats().values():
        output = Output("x", declaration.name, pattern="{object}_{frame}_{source}")
        if declaration.pattern:
            check_output(output, formats(), "outputs[0]")
        else:
            with pytest.raises(DocumentError, match="names its files itself"):
                check_output(output, formats(), "outputs[0]")
