"""The commands `formats`, `outputs` and `export`, and the server's methods."""

from __future__ import annotations

import json
from pathlib import Path

import export_scene as scene
import pytest
import served

from engine.cli import main
from engine.jobs import OpenShot
from engine.jobs.export import export_job
from engine.jobs.export_plan import output_states
from engine.shot import Output, read
from engine.shot.errors import UnlessError
from engine.shot.fields import load
from engine.shot.messages import UNLESS, ExportDone, ExportShot, Initialize, ListOutputs, OutputsDone, read_failure


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_outputs_are_added_changed_listed_and_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scene.make(tmp_path)
    shot = str(folder)
    assert main(["outputs", shot, "--add", "png_cutout", "--set", "hidden=bleed", "--folder", "out", "--frames", "2-3"]) == 0
    assert main(["outputs", shot, "--add", "exr", "--name", "soft", "--object", "disk", "--content", "alpha", "--disable"]) == 0
    wanted = (
        Output("png_cutout", "png_cutout", folder="out", first=2, last=3, values={"hidden": "bleed"}),
        Output("soft", "exr", ("disk",), "alpha", enabled=False),
    )
    assert read(folder / "shot.json").outputs == wanted
    assert "soft: OpenEXR Masks of disk, alpha, the shot's frames (off)" in said(capsys)
    assert main(["outputs", shot, "--output", "soft", "--name", "softer", "--set", "depth=float", "--all-objects", "--enable"]) == 0
    assert read(folder / "shot.json").outputs[1] == Output("softer", "exr", (), "alpha", values={"depth": "float"})
    assert "png_cutout" not in said(capsys)
    assert main(["outputs", shot, "--add", "class_png", "--name", "kinds"]) == 0
    assert "kinds: PNG Classes of the shot's classes, the shot's frames" in said(capsys)
    assert main(["outputs", shot, "--output", "softer"]) == 0
    assert [line.partition(":")[0] for line in said(capsys).splitlines() if not line.startswith(" ")] == ["softer"]
    assert main(["outputs", shot, "--remove", "softer"]) == 0 and main(["outputs", shot, "--remove", "kinds"]) == 0
    assert read(folder / "shot.json").outputs == wanted[:1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--add", "gif"], "format 'gif': unknown; there are class_png, png"),
        (["--add", "png", "--set", "depth=9"], "depth: expected one of 8, 16"),
        (["--add", "png", "--set", "deep=9"], "expected OPTION=VALUE with one of depth"),
        (["--output", "x", "--disable"], "output 'x': not in this shot; its outputs: none"),
        (["--disable"], "say which output is meant"),
        (["--add", "png", "--output", "x"], "--add, --output and --remove: one at a time"),
        (["--add", "png", "--pattern", "../{frame}"], "outputs[0].pattern: expected a name within the output's folder"),
    ],
)
def test_what_is_refused_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    folder = scene.make(tmp_path)
    assert main(["outputs", str(folder), *words]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert read(folder / "shot.json").outputs == ()


def test_export_says_what_is_missing_writes_and_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scene.make(tmp_path, Output("masks", "png"))
    shot = str(folder)
    (folder / "objects/disk/alpha/disk_0004.png").unlink()
    assert main(["export", shot, "--plan"]) == 1
    told = said(capsys)
    assert "output 'masks': 'disk' is missing on frame 4\ncan't be exported: " in told and "0 files to write" in told
    assert "or export what there is (--incomplete)" in told
    assert main(["export", shot, "--plan", "--incomplete"]) == 0 and "3 files to write" in said(capsys)
    assert main(["export", shot]) == 1
    error = capsys.readouterr().err
    assert "there is no alpha of 'disk' on frame 4" in error and "or export what there is (--incomplete)" in error
    assert main(["export", shot, "--incomplete"]) == 0
    assert "wrote 3 files" in said(capsys)
    assert main(["outputs", shot, "--output", "masks", "--frames", "1-3"]) == 0
    assert main(["export", shot]) == 0
    assert "nothing was stale: 3 files are fresh" in said(capsys)
    assert main(["export", shot, "--verify"]) == 0
    assert "3 files are as they were written, and can be read" in said(capsys)
    (folder / "exports/masks/disk/disk_0001.png").write_bytes(b"")
    assert main(["export", shot, "--verify"]) == 1
    out = capsys.readouterr()
    assert "disk_0001.png: changed since it was written" in out.out
    assert "1 file is not as they should be" in out.err


def test_outputs_that_write_the_same_files_are_said_beforehand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = {"pattern": "{object}_{frame}"}
    folder = scene.make(tmp_path, Output("a", "png", **same), Output("b", "png_cutout", **same), Output("c", "png"))
    with OpenShot(folder) as opened:
        first, second, third = output_states(opened).outputs
        assert not first.refused and not third.refused and (first.stale, third.stale) == (4, 4)
        assert "output 'b': " in second.refused and "output 'a' writes it, too: give one of the two a folder of its own" in second.refused
        assert not output_states(opened, ("b",)).outputs[0].refused, "alone it gets into nobody's way"
    assert main(["export", str(folder), "--plan"]) == 1
    told = said(capsys)
    assert "can't be exported: output 'b': " in told and "8 files to write" in told


def test_what_hinders_an_export_says_what_would_allow_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scene.make(tmp_path, Output("masks", "png"))
    (folder / "objects/disk/alpha/disk_0003.png").unlink()
    with OpenShot(folder) as opened, pytest.raises(UnlessError, match=r"or export what there is$") as refused:
        next(export_job(opened))
    assert refused.value.option == "incomplete"
    server = served.Served()
    try:
        server.ask("initialize", Initialize())
        server.next()
        number = server.ask("export", ExportShot(str(folder)))
        while (told := server.next()).get("id") != number:
            pass
    finally:
        server.close()
    failure = read_failure(told["error"])
    assert (failure.code, failure.option) == (UNLESS, "incomplete") and failure.message == str(refused.value)
    (folder / "exports/masks/disk").mkdir(parents=True)
    (folder / "exports/masks/disk/disk_0001.png").write_bytes(b"")
    assert main(["export", str(folder), "--incomplete"]) == 1
    assert "or replace what is there (--overwrite)" in capsys.readouterr().err


def test_an_option_beside_the_values_is_told_where_it_belongs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = scene.make(tmp_path, Output("masks", "png", values={"depth": "8"}))
    path = folder / "shot.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["outputs"][0] |= content["outputs"][0].pop("values")
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    assert "outputs[0].depth: unknown field (an option goes into outputs[0].values); known here: name, format" in capsys.readouterr().err


def test_formats_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    assert "png_cutout: The picture with the alpha of each object" in said(capsys)
    assert main(["formats", "--json"]) == 0
    assert {"png", "cryptomatte"} <= {entry["name"] for entry in json.loads(said(capsys))}
    assert main(["formats", "exr"]) == 0
    told = said(capsys)
    assert "depth = half  (half, float)" in told and "files: " in told and "png" not in told
    assert main(["formats", "gif"]) == 1 and "format 'gif': unknown; there are class_png, png" in capsys.readouterr().err


def test_the_server_plans_exports_and_verifies(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("masks", "png"), Output("own", "png_cutout", values={"colors": "foreground"}))
    server = served.Served()

    def answer(method: str, params: object) -> dict[str, object]:
        number = server.ask(method, params)
        while True:
            told = server.next()
            if told.get("id") == number:
                assert "result" in told, told
                result: dict[str, object] = told["result"]
                return result

    try:
        server.ask("initialize", Initialize())
        server.next()
        states = load(OutputsDone, answer("outputs", ListOutputs(str(folder)))).outputs
        assert [(state.output, state.stale, state.fresh) for state in states] == [("masks", 4, 0), ("own", 0, 0)]
        assert states[0].refused == ""
        assert "'disk' has no foreground colors" in states[1].refused
        made = load(ExportDone, answer("export", ExportShot(str(folder), ("masks",))))
        assert (made.written, made.fresh) == (4, 0)
        (folder / "exports/masks/disk/disk_0002.png").unlink()
        found = load(ExportDone, answer("export", ExportShot(str(folder), ("masks",), verify=True)))
        assert found.fresh == 3
        assert len(found.wrong) == 1
    finally:
        server.close()
