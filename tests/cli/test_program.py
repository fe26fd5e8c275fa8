"""The program: instant help, one clear line for whatever is wrong, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moving_shape
import pytest
from weights import sam2_tiny  # noqa: F401 - a fixture

from engine.store import Store

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]


def engine(*words: object, **environment: str) -> Result:
    command = [sys.executable, "-m", "engine", *(str(word) for word in words)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8", check=False
    )


def refused(result: Result, *says: str) -> None:
    assert result.returncode == 1, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("mattewright: ")
    for text in says:
        assert text in result.stderr


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_shape.write_sequence(tmp_path / "Bilder und mehr", 3)


@pytest.fixture
def store(clip: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "shot"
    assert engine("new", clip, "--store", folder, "--frame-start", 1001).returncode == 0
    x, y = moving_shape.centre(0)
    assert engine("prompt", folder, "--object", "disk", "--frame", 1001, "--point", f"{x},{y}").returncode == 0
    return folder


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"], ["models", "list"], ["doctor"], ["ops"]])
def test_what_needs_no_model_imports_no_torch(words: list[str]) -> None:
    code = (
        "import sys; from engine.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        "print('imported:', [name for name in ('torch', 'sam2', 'cv2', 'onnxruntime') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, encoding="utf-8")
    allowed = "['cv2']" if words == ["ops"] else "[]"
    assert found.stdout.splitlines()[-1] == f"imported: {allowed}"


def test_it_runs_by_its_path_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-u", str(ROOT / "engine" / "__main__.py"), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.startswith("Mattewright ")


def test_a_clip_is_prompted_and_run_and_nothing_is_stale_then(store: Path, sam2_tiny: str) -> None:  # noqa: F811
    first = engine("run", store, "--device", "cpu")
    assert first.returncode == 0, first.stderr
    assert "wrote 6 files" in first.stdout
    assert "track 3/3" in first.stdout and "frames/s" in first.stdout
    second = engine("run", store)
    assert "nothing was stale: 6 files are fresh" in second.stdout
    plan = engine("plan", store)
    assert "0 frames to track, 0 masks to make" in plan.stdout


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process of a test on Windows")
def test_ctrl_c_stops_between_two_frames_and_keeps_what_is_done(store: Path, sam2_tiny: str) -> None:  # noqa: F811
    command = [sys.executable, "-u", "-m", "engine", "run", str(store)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("track 1/3")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
    assert process.returncode == 130
    assert "cancelled after" in rest and "running again goes on from there" in rest
    kept = [frame for frame, _ in Store(store).layout.files("disk", "mask")]
    assert kept[0] == 1001 and len(kept) < 3
    again = engine("run", store)
    assert f"wrote {2 * (3 - len(kept))} files" in again.stdout
    assert f"{2 * len(kept)} were fresh" in again.stdout


def edited(store: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    path = store / "shot.json"
    content = json.loads(path.read_text("utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return store


def test_bad_clips_are_refused(tmp_path: Path, clip: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("this is no movie\n" * 100, encoding="utf-8")
    refused(engine("new", tmp_path / "none.mp4", "--store", tmp_path / "a"), "none.mp4")
    refused(engine("new", text, "--store", tmp_path / "a"), "notes.mp4")
    refused(engine("new", tmp_path, "--store", tmp_path / "a"), str(tmp_path))
    assert not (tmp_path / "a").exists()


def test_a_document_is_not_written_over(store: Path, clip: Path) -> None:
    before = (store / "shot.json").read_bytes()
    refused(engine("new", clip, "--store", store), "is there already")
    assert (store / "shot.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--frame", 1001, "--point", "321,5"], "outside the picture, which is 320 x 180"),
        (["--frame", 1000, "--point", "5,5"], "outside the clip"),
        (["--frame", 1001, "--not-point", "5,5"], "add a positive point"),
        (["--frame", 1001, "--box", "9,9,3,3"], "left < right"),
        (["--frame", 1001, "--box", "1,2,nan,4"], "expected 4 numbers"),
        (["--frame", 1001, "--mask", "nowhere.png"], "nowhere.png"),
    ],
)
def test_bad_prompts_are_refused_and_change_nothing(store: Path, words: list[object], says: str) -> None:
    before = (store / "shot.json").read_bytes()
    refused(engine("prompt", store, "--object", "disk", *words), says)
    assert (store / "shot.json").read_bytes() == before


def test_bad_documents_are_refused(store: Path, tmp_path: Path) -> None:
    good = (store / "shot.json").read_text("utf-8")
    cases: list[tuple[Callable[[dict[str, Any]], object], str]] = [
        (lambda content: content.update(version=2), "version: 2 is newer"),
        (lambda content: content["objects"][0].update(refine=[{"op": "sparkle"}]), "objects[0].refine[0].op: unknown op 'sparkle'"),
        (lambda content: content.update(tracking={"model": "sam9"}), "unknown model 'sam9'; known: sam2-hiera-tiny"),
        (lambda content: content["footage"].update(path="../gone/disk_1001.png"), "disk_1001.png"),
        (lambda content: content["footage"].update(width=300), "300"),
        (lambda content: content["objects"][0]["prompts"][0].update(frame=1009), "frame 1009, where the footage has no picture"),
    ]
    for edit, says in cases:
        (store / "shot.json").write_text(good, encoding="utf-8")
        refused(engine("run", edited(store, edit)), says)
        assert not (store / "objects").exists()
    refused(engine("run", tmp_path / "nothing"), "no such shot document")
    (store / "shot.json").write_text("{", encoding="utf-8")
    refused(engine("run", store), "not JSON")


def test_a_model_with_one_byte_changed_is_refused(store: Path, sam2_tiny: str, tmp_path: Path) -> None:  # noqa: F811
    from engine.segment import models

    other = tmp_path / "models"
    shutil.copytree(models.models_folder(), other)
    weights = other / models.weights_path(models.DEFAULT).name
    with weights.open("r+b") as file:
        file.seek(weights.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    refused(engine("run", store, MATTEWRIGHT_MODELS=str(other)), weights.name, "install")
    refused(engine("models", "verify", MATTEWRIGHT_MODELS=str(other)), weights.name)
    assert not (store / "objects").exists()


def test_missing_weights_are_named_with_what_to_do(store: Path, tmp_path: Path) -> None:
    refused(engine("run", store, MATTEWRIGHT_MODELS=str(tmp_path / "empty")), "models install sam2-hiera-tiny")
    doctor = engine("doctor", MATTEWRIGHT_MODELS=str(tmp_path / "empty"))
    assert doctor.returncode == 1
    assert "MISSING  model weights" in doctor.stdout and "-> python -m engine models install" in doctor.stdout


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="needs a read-only mount")
def test_a_read_only_folder_is_refused_before_the_model_is_loaded(store: Path, tmp_path: Path, sam2_tiny: str) -> None:  # noqa: F811
    mounted = ["mount", "--bind", "-o", "ro", str(store), str(store)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        refused(engine("run", store), "make the folder writable or choose another store folder")
    finally:
        subprocess.run(["umount", str(store)], check=True)
    assert (store / "shot.json").is_file()
