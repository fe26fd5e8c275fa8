"""A clip's outputs: what the .blend saves of them, what the document says, how they are changed, and what an export writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import engine_python, load_clip, make_sequence, random_masks, read_picture, save
from drawn_panels import drawn, in_editor
from mattewright.addon import command, document, exporting, frames, jobs, labels, other_outputs, output_state, outputs, properties
from mattewright.addon.frames.watch import says
from mattewright.addon.link import session
from mattewright.addon.properties import MatteOutput
from mattewright.addon.properties.refine import KINDS
from mattewright.addon.ui import engine_state
from mattewright.engine.shot import MattewrightError, Output, formats, read, to_json
from mattewright.engine.shot.errors import UnlessError
from mattewright.engine.shot.messages import ExportDone, FramesDone, JobDone, ObjectFrames, Planned

NAME = "Fuchs ä 1"
needs_engine = pytest.mark.skipif(not engine_python().is_file(), reason="no engine environment: scripts/test makes it")
call = bpy.ops.mattewright


@pytest.fixture
def clip(tmp_path: Path) -> bpy.types.MovieClip:
    """Three frames from 1001 on, with two objects, in a saved file."""
    clip = load_clip(make_sequence(tmp_path / "Aufnahme é 1", 1001, 3).first, 1001)
    save(tmp_path / "Szene ü 1.blend")
    for name in (NAME, "leaf"):
        properties.add_object(properties.of(clip), name)
    return clip


@pytest.fixture
def editor(clip: bpy.types.MovieClip) -> Iterator[bpy.types.MovieClip]:
    """The clip in a Movie Clip Editor that is the context."""
    with in_editor(clip):
        yield clip


def add(clip: bpy.types.MovieClip, kind: str, **values: object) -> MatteOutput:
    assert call.output_add(clip=clip.name, format=kind) == {"FINISHED"}
    made = properties.active_output(properties.of(clip))
    assert made is not None and made.format == kind
    for name, value in values.items():
        setattr(made, name, value)
    return made


def test_each_format_has_its_options_with_the_declared_defaults(clip: bpy.types.MovieClip) -> None:
    for declaration in formats().values():
        made = add(clip, declaration.name)
        assert made.name == declaration.label
        assert [(value.name, value.kind) for value in made.values] == [(one.name, KINDS[one.kind]) for one in declaration.parameters]
        assert properties.options_of(made) == {}, "nothing but defaults"
        for parameter in declaration.parameters:
            for choice in parameter.choices:
                properties.set_option(made, parameter.name, choice)
                assert properties.options_of(made).get(parameter.name, parameter.default) == choice
            if parameter.kind == "bool":
                properties.set_option(made, parameter.name, not parameter.default)
            elif parameter.kind in ("float", "int") and parameter.high is not None:
                properties.set_option(made, parameter.name, parameter.high)
        document.shot_of(clip)
    assert len(document.shot_of(clip).outputs) == len(formats()), "none is set wrongly"


def test_a_number_stays_in_its_range(clip: bpy.types.MovieClip) -> None:
    made = add(clip, "colmap")
    made.values["grow"].whole = 9999
    made.values["level"].number = -1
    assert properties.options_of(made) == {"grow": 512, "level": 0.001}
    with pytest.raises(MattewrightError, match="option 'nothing': 'colmap' has none such; its options: "):
        properties.set_option(made, "nothing", 1)


def test_they_survive_save_and_load_and_reach_the_document(clip: bpy.types.MovieClip, tmp_path: Path) -> None:
    made = add(
        clip, "png", name="Masken é", content="mask", pattern="{object}/{frame:6}", enabled=False, use_range=True, first=1002, last=1003
    )
    call.output_object(clip=clip.name, object="leaf")
    properties.set_option(made, "depth", "8")
    add(clip, "png_cutout", folder=str(tmp_path / "draußen 2"))
    said = (
        Output(
            "Masken é",
            "png",
            objects=("leaf",),
            content="mask",
            folder="../../exports",
            pattern="{object}/{frame:6}",
            first=1002,
            last=1003,
            enabled=False,
            values={"depth": "8"},
            listed="blender",
        ),
        Output("PNG Cut-outs", "png_cutout", folder=(tmp_path / "draußen 2").as_posix(), listed="blender"),
    )
    assert document.shot_of(clip).outputs == said
    assert outputs.example(clip, made) == "leaf/001002.png"
    name = clip.name
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    clip = bpy.data.movieclips[name]
    assert read(document.write(clip)).outputs == said
    save(tmp_path / "anderswo" / "Szene 2.blend")
    (first, _) = properties.of(clip).outputs
    assert Path(bpy.path.abspath(first.folder)).resolve() == (tmp_path / "exports").resolve(), "the way to the folder is kept"


def test_a_file_of_before_gets_the_options_that_came_since(clip: bpy.types.MovieClip) -> None:
    made = add(clip, "png")
    properties.set_option(made, "depth", "8")
    made.values.remove(list(made.values.keys()).index("depth"))
    name = clip.name
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    (made,) = properties.of(bpy.data.movieclips[name]).outputs
    assert [value.name for value in made.values] == [one.name for one in formats()["png"].parameters]
    assert properties.options_of(made) == {}


def test_another_format_keeps_what_it_has_too(clip: bpy.types.MovieClip) -> None:
    made = add(clip, "png_cutout", pattern="{object}_{frame}")
    properties.set_option(made, "colors", "foreground")
    properties.set_option(made, "depth", "16")
    call.output_format(clip=clip.name, format="exr_cutout")
    assert properties.options_of(made) == {"colors": "foreground"}, "16 is no depth of OpenEXR here"
    assert made.pattern == "{object}_{frame}"
    call.output_format(clip=clip.name, format="colmap")
    assert made.pattern == "" and document.shot_of(clip).outputs[0].format == "colmap"


def test_add_duplicate_move_and_remove(clip: bpy.types.MovieClip) -> None:
    listed = properties.of(clip).outputs
    first = add(clip, "png", name="a", content="alpha", folder="//x/")
    call.output_object(clip=clip.name, object=NAME)
    properties.set_option(first, "depth", "8")
    add(clip, "exr", name="b")
    call.output_duplicate(clip=clip.name, output="a")
    assert [item.name for item in listed] == ["a", "a 2", "b"]
    one, two, _ = document.shot_of(clip).outputs
    assert (one.format, one.objects, one.content, one.folder, one.values) == (two.format, two.objects, two.content, two.folder, two.values)
    call.output_move(clip=clip.name, output="a", direction="DOWN")
    assert [item.name for item in listed] == ["a 2", "a", "b"]
    call.output_remove(clip=clip.name, output="a 2")
    call.output_remove(clip=clip.name)
    assert [item.name for item in listed] == ["b"]
    add(clip, "png"), add(clip, "png")
    assert [item.name for item in listed] == ["b", "PNG Masks", "PNG Masks 2"]
    with pytest.raises(RuntimeError, match="format 'nothing': there is none such; there are "):
        call.output_add(clip=clip.name, format="nothing")


def test_chosen_objects_are_followed_through_a_new_name_and_missed_when_gone(clip: bpy.types.MovieClip) -> None:
    made = add(clip, "png", name="a")
    call.output_object(clip=clip.name, object=NAME)
    properties.of(clip).objects[0].name = "Dachs"
    assert document.shot_of(clip).outputs[0].objects == ("Dachs",)
    call.object_remove(clip=clip.name, object="Dachs")
    assert outputs.missing_objects(clip, made) == ["Dachs"]
    with pytest.raises(MattewrightError, match="output 'a': there is no object 'Dachs' any more: choose others"):
        exporting.run(clip, exporting.Wish())
    call.output_object(clip=clip.name, object="Dachs")
    assert not made.objects
    with pytest.raises(MattewrightError, match=r"outputs\[0\].objects: no object is chosen"):
        exporting.run(clip, exporting.Wish())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"pattern": "{object}"}, r"outputs\[0\].pattern: every frame would be the same file: put {frame} into it"),
        ({"pattern": "../{frame}"}, r"outputs\[0\].pattern: expected a name within the output's folder"),
        ({"pattern": "{what}_{frame}"}, r"outputs\[0\].pattern: unknown field {what}"),
        ({"use_range": True, "first": 9, "last": 3}, r"outputs\[0\].last: expected frame 9 or later, got 3"),
        ({"folder": "somewhere"}, r"outputs\[0\].folder: expected an absolute folder"),
        ({"folder": " "}, r"outputs\[0\].folder: expected a folder"),
        ({"name": ""}, r"outputs\[0\].name: "),
        ({"format": "of tomorrow"}, r"outputs\[0\].format: this version of Mattewright has no format 'of tomorrow'"),
        ({"enabled": False}, "no output to export: enable one"),
    ],
)
def test_what_is_set_wrongly_is_named_and_hinders_only_the_export(clip: bpy.types.MovieClip, values: dict[str, object], said: str) -> None:
    add(clip, "png", **values)
    with pytest.raises(MattewrightError, match=said):
        exporting.run(clip, exporting.Wish())
    assert session.client is None, "no engine was needed to see it"
    if "enabled" not in values:
        assert document.shot_of(clip).outputs == (), "and the document is one that can be worked on"


def test_two_of_one_name_are_refused(clip: bpy.types.MovieClip) -> None:
    add(clip, "png", name="a")
    add(clip, "exr", name="A")
    with pytest.raises(MattewrightError, match=r"outputs\[1\].name: there is another output of that name"):
        exporting.run(clip, exporting.Wish())
    assert [output.name for output in document.shot_of(clip).outputs] == ["a"]
    with pytest.raises(MattewrightError, match="output 'c': not in this shot; its outputs: 'a', 'A'"):
        exporting.run(clip, exporting.Wish(("c",)))


def test_what_is_missing_or_stale_is_said_beforehand(editor: bpy.types.MovieClip, tmp_path: Path) -> None:
    assert "Nothing leaves the shot yet: add an output" in " ".join(drawn())
    made = add(editor, "png", name="a")
    assert output_state.lacks(editor, made) == [], "nothing is known yet"
    properties.of(editor).objects["leaf"].matte.enabled = True
    known = FramesDone(
        1001,
        1003,
        (
            ObjectFrames(NAME, ((1001, 1003),), ((1002, 1003),), ((1001, 1003),)),
            ObjectFrames("leaf", (), (), ((1001, 1003),), (), ((1003, 1003),)),
        ),
    )
    frames.states.learn(editor.name_full, says(editor, 1), known)
    assert output_state.lacks(editor, made) == [(NAME, "stale", 2), ("leaf", "alphas", 2)]
    made.content = "mask"
    assert output_state.lacks(editor, made) == [(NAME, "stale", 2)]
    made.content, made.use_range, made.first, made.last = "auto", True, 1003, 1003
    assert output_state.lacks(editor, made) == [(NAME, "stale", 1)]
    made.use_range = False
    shown = " ".join(drawn())
    assert "'leaf': 2 frames have no alpha: make the matte first" in shown
    assert f"'{NAME}': 2 frames are stale" in shown
    assert f"a/{NAME}/{NAME}_1001.png" in shown and "mattewright.export_verify" in shown
    (tmp_path / "file").write_text("not a folder", "utf-8")
    made.folder = str(tmp_path / "file")
    output_state.folders.wait()
    drawn()
    output_state.folders.wait()
    assert "The folder can't be used:" in " ".join(drawn())
    assert (output_state.folders.of(tmp_path / "file") or "").endswith("is a file, and no folder")
    made.pattern = "{object}"
    shown = " ".join(drawn())
    assert "Pattern: every frame would be the" in shown


def test_a_file_that_was_never_saved_says_so(tmp_path: Path) -> None:
    clip = load_clip(make_sequence(tmp_path / "plate", 1, 2).first, 1)
    properties.add_object(properties.of(clip), "leaf")
    properties.of(clip).store = str(tmp_path / "store")
    made = add(clip, "png")
    assert outputs.folder_of(clip, made) is None
    with pytest.raises(MattewrightError, match=r"save the \.blend first, or set an absolute folder"):
        exporting.run(clip, exporting.Wish())
    made.folder = str(tmp_path / "there")
    assert document.shot_of(clip).outputs[0].folder == (tmp_path / "there").as_posix()


def test_each_formats_settings_are_drawn(editor: bpy.types.MovieClip) -> None:
    for name in formats():
        add(editor, name, all_objects=False)
        shown = drawn()
        assert "prop folder" in shown and "mattewright.export" in shown


def test_outputs_of_the_command_line_are_counted_and_taken_over(editor: bpy.types.MovieClip, tmp_path: Path) -> None:
    own = add(editor, "png", name="mine")
    place = document.write(editor)
    away = (tmp_path / "draußen 2").as_posix()
    theirs = (
        Output("fern é", "png_cutout", (NAME,), "alpha", "exports/out 1", "{object}/{frame:6}", 1002, 1003, False, {"hidden": "bleed"}),
        Output("gone", "exr", ("nobody",), folder=away, values={"depth": "float"}),
        Output("same", "colmap"),
    )
    said = read(place)
    place.write_text(to_json(replace(said, outputs=(*said.outputs, *theirs))), encoding="utf-8")
    own.name = "SAME"
    assert other_outputs.known(editor) == (), "a thread looks"
    other_outputs.documents.wait()
    assert other_outputs.known(editor) == theirs[:2], "the third is called like one of the list"
    shown = drawn()
    assert "2 outputs of the command line" in shown and "mattewright.outputs_take_over" in shown
    assert call.outputs_take_over(clip=editor.name) == {"FINISHED"}
    assert [item.name for item in properties.of(editor).outputs] == ["SAME", "fern é", "gone"]
    taken = read(document.write(editor)).outputs
    assert taken[1:] == tuple(replace(output, listed="blender") for output in theirs[:2])
    assert outputs.folder_of(editor, properties.of(editor).outputs[1]) == place.parent / "exports" / "out 1"
    assert outputs.missing_objects(editor, properties.of(editor).outputs[2]) == ["nobody"]
    assert "mattewright.outputs_take_over" not in drawn()
    with pytest.raises(RuntimeError, match="its shot has no outputs of the command line"):
        call.outputs_take_over(clip=editor.name)
    assert "UNDO" in bpy.types.MATTEWRIGHT_OT_outputs_take_over.bl_options


def test_outputs_that_write_the_same_files_are_said_beforehand(editor: bpy.types.MovieClip) -> None:
    one = add(editor, "png", name="a", pattern="x/{object}_{frame}")
    two = add(editor, "png_cutout", name="b", pattern="x/{object}_{frame}")
    assert [outputs.clash(editor, index) for index in range(2)] == ["b", "a"]
    assert "'a' writes the same files: give one of the two a folder of its own" in " ".join(drawn())
    two.pattern = "X/LEAF_{frame:4}"
    assert outputs.clash(editor, 0) == "b", "disks may not tell x from X"
    call.output_object(clip=editor.name, output="a", object=NAME)
    assert outputs.clash(editor, 0) == ""
    one.all_objects, two.enabled = True, False
    assert outputs.clash(editor, 0) == "", "only one of them is exported with the others"
    add(editor, "colmap", name="c", folder="//out/"), add(editor, "colmap", name="d", folder="//out")
    assert outputs.clash(editor, 3) == "c"


def test_stale_labels_are_said_beforehand(editor: bpy.types.MovieClip) -> None:
    made = add(editor, "class_png", name="labels")
    before = says(editor, 1)
    frames.states.learn(editor.name_full, before, FramesDone(1001, 1003, (), stale_labels=((1002, 1003),)))
    output_state.lacks(editor, made)
    labels._labelled.wait()
    assert output_state.lacks(editor, made) == [("", "labels", 3), ("", "stale_labels", 2)]
    assert "The labels of 2 frames are stale: they are" in " ".join(drawn())
    add(editor, "png")
    assert says(editor, 1) != before, "the engine is asked again: labels count where an output is made of them"


def test_an_export_that_is_refused_offers_what_would_allow_it(editor: bpy.types.MovieClip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "wished", exporting.Wish(("a",), overwrite=True))
    (mend,) = engine_state.mends(UnlessError("x", "incomplete"), properties.of(editor))
    assert (mend.operator, mend.label) == ("mattewright.export", "Export What There Is")
    assert mend.values == {"output": "a", "incomplete": True, "overwrite": True}
    (mend,) = engine_state.mends(UnlessError("x", "overwrite"), properties.of(editor))
    assert mend.label == "Export and Replace Others' Files"


def test_undo_takes_back_what_an_operator_did(clip: bpy.types.MovieClip) -> None:
    for operator in ("add", "remove", "duplicate", "move", "format", "object"):
        kind = getattr(bpy.types, f"MATTEWRIGHT_OT_output_{operator}")
        assert "UNDO" in kind.bl_options


def test_what_became_of_it_in_a_line() -> None:
    assert jobs.summary("export", ExportDone(3, 1, 0, (), 2.0)) == "export: 3 files written, 1 were up to date, in 2.0 s"
    assert jobs.summary("export", ExportDone(0, 1, 2, (), 2.0)) == (
        "export: nothing was stale, 1 file up to date; 2 left out, on which nothing was there"
    )
    assert jobs.summary("export", ExportDone(0, 3, 0, (), 0.5, True)) == "verify: 3 files as written, in 0.5 s"
    assert jobs.summary("export", ExportDone(0, 3, 0, ("a.png: missing",), 0.5, True)) == "verify: 3 files as written, 1 file not"
    plan = JobDone(0, 7, 9, planned=Planned(depth=2, labels=3, masks=4))
    assert jobs.summary("plan", plan) == "plan: 9 files to write (2 depth, 3 labels, 4 masks), 7 up to date"
    assert jobs.summary("plan", JobDone(0, 7)) == "plan: 0 files to write, 7 up to date"


@needs_engine
def test_what_is_exported_is_what_the_store_has(clip: bpy.types.MovieClip, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The whole way with the real engine: refused where masks are missing, written, verified, fresh, and found changed."""
    masks = random_masks(clip, NAME, range(1001, 1004))
    made = add(clip, "png", name="Masken é")
    with pytest.raises(RuntimeError, match="there is no mask of 'leaf' on frames 1001 to 1003"):
        call.export(clip=clip.name)
    folder = tmp_path / "exports" / "Masken é" / NAME
    assert not folder.exists()
    call.output_object(clip=clip.name, object=NAME)
    call.output_object(clip=clip.name, object="leaf")
    assert call.export(clip=clip.name, incomplete=True) == {"FINISHED"}
    assert [path.name for path in folder.parent.iterdir()] == [NAME], "what there is, and no empty folder for the rest"
    call.output_object(clip=clip.name, object="leaf")
    assert made.all_objects is False and [one.name for one in made.objects] == [NAME]
    assert call.export(clip=clip.name) == {"FINISHED"}
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}_{frame}.png" for frame in masks]
    assert outputs.example(clip, made) == f"Masken é/{NAME}/{NAME}_1001.png"
    for frame, mask in masks.items():
        np.testing.assert_array_equal(np.round(read_picture(folder / f"{NAME}_{frame}.png")[..., 0] * 255), mask)
    assert call.export_verify(clip=clip.name) == {"FINISHED"}
    (folder / f"{NAME}_1002.png").write_bytes(b"not a picture")
    with pytest.raises(RuntimeError, match=rf"{NAME}_1002\.png: changed since it was written"):
        call.export_verify(clip=clip.name)
    capfd.readouterr()
    add(clip, "exr", name="leaf")
    assert command.main(["export", "--output", "leaf"]) == 1
    assert "run first, or export what there is (--incomplete)" in capfd.readouterr().err
    assert command.main(["export", "--output", "Masken é"]) == 0
    assert "export: 1 file written, 2 were up to date" in capfd.readouterr().out
