"""``blender --command mattewright ...``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon_fixtures import load_clip, make_sequence, random_masks, read_picture, save
from mattewright.addon import command, properties
from mattewright.addon.command.arguments import parser
from mattewright.addon.link import session
from mattewright.engine.shot import Layout

HERE = Path(__file__).parent
FAKE = HERE / "fake_engine.py"


@pytest.fixture
def clip(tmp_path: Path):
    clip = load_clip(make_sequence(tmp_path / "Aufnahme é 1", 1001, 4).first, 1001)
    save(tmp_path / "Szene ü.blend")
    item = properties.add_object(properties.of(clip), "fox")
    point = properties.prompts_for(item, 1001).points.add()
    point.x, point.y = 20, 20
    return clip


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch):
    def use(fault: str) -> None:
        monkeypatch.setattr(session, "command", lambda: [sys.executable, "-I", "-u", FAKE, fault])

    return use


def test_status_and_render(clip, tmp_path: Path, capfd) -> None:
    masks = random_masks(clip, "fox", range(1001, 1004))
    assert command.main(["status"]) == 0
    out = capfd.readouterr().out
    assert "clip 'plate_1001.png': 64 x 48, sequence, frames 1001-1004" in out
    assert "fox: 3 of 4 masks; none on frames 1004" in out
    assert command.main(["render", "--output", "//out é/fox_#####.png", "--frames", "1002-1004"]) == 0
    out = capfd.readouterr().out
    assert "warning: fox: 2 of 3 masks; none on frames 1004; there the keyed frames are transparent" in out
    assert "render 3/3, frame 1004, " in out and "frames/s, 0:00 left" in out
    files = sorted((tmp_path / "out é").iterdir())
    assert [path.name for path in files] == ["fox_01002.png", "fox_01003.png", "fox_01004.png"]
    np.testing.assert_array_equal(np.round(read_picture(files[0])[..., 3] * 255).astype(np.uint8), masks[1002])
    assert not read_picture(files[2])[..., 3].any()
    assert command.main(["render", "--format", "EXR", "--frames", "1001"]) == 0
    assert (tmp_path / "Szene ü.mattewright" / "plate_1001.png" / "keyed" / "plate_1001.png_1001.exr").is_file()


def test_nodes_are_built_and_saved(clip, tmp_path: Path) -> None:
    assert command.main(["nodes", "--keying", "--save", str(tmp_path / "keyed.blend")]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "keyed.blend"))
    assert "Mattewright: plate_1001.png" in bpy.data.node_groups


def test_a_job_prints_its_progress(clip, fake, capfd) -> None:
    fake("chatty")
    assert command.main(["track"]) == 0
    out = capfd.readouterr().out
    assert "track 0/3000, fox frame 0, 2 frames/s, 0:03 left" in out
    assert "mattewright: that was a lot" in out
    assert "track: 1 files written, 2 were up to date, in 0.5 s; the footage has no picture on frames 5" in out
    assert out.count("frames/s") < 30
    assert session.client is None, "the command leaves no engine behind"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["track", "--clip", "no"], 1, "clip 'no': not in this file; its clips: 'plate_1001.png'"),
        (["track", "--object", "cat"], 1, "object 'cat': not in this shot; its objects: 'fox'"),
        (["render", "--object", "cat"], 1, "object 'cat': not in this shot; its objects: 'fox'"),
        (["render", "--output", "x.png", "--format", "EXR"], 1, "a file .png is no OPEN_EXR"),
        (["render", "--depth", "32"], 1, "depth 32: PNG takes 8 or 16 bits"),
        (["render", "--frames", "9-3"], 2, "'9-3': the last frame comes before the first"),
        (["track", "--frames", "x"], 2, "expected A-B, two scene frames of 0 or more, got 'x'"),
        (["dance"], 2, "invalid choice: 'dance'"),
        ([], 2, "COMMAND"),
    ],
)
def test_what_is_refused(clip, capfd, arguments: list[str], code: int, said: str) -> None:
    assert command.main(arguments) == code
    assert said in capfd.readouterr().err


def test_two_clips_are_listed(clip, tmp_path: Path, capfd) -> None:
    load_clip(make_sequence(tmp_path / "b", 7, 2).first)
    assert command.main(["status"]) == 1
    assert "several movie clips, name one of them: 'plate_0007.png', 'plate_1001.png'" in capfd.readouterr().err
    assert command.main(["status", "--clip", "plate_0007.png"]) == 0


@pytest.mark.parametrize(("fault", "said"), [("dies at work", "the engine stopped (exit code 247): Killed"), ("refuses", "model 'x'")])
def test_a_failing_engine_is_one_line_and_exit_code_1(clip, fake, capfd, fault: str, said: str) -> None:
    fake(fault)
    assert command.main(["run"]) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("mattewright:")]
    assert len(lines) == 1
    assert said in lines[0]


def test_help_names_every_command() -> None:
    text = parser().format_help()
    for name in ("track", "refine", "run", "render", "status", "nodes"):
        assert name in text


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_cancels_between_two_frames(clip, tmp_path: Path) -> None:
    """A process of its own, as a farm or a terminal has it: the signal reaches Blender's process alone."""
    save(tmp_path / "Szene ü.blend")
    program = f"""
import sys
sys.path[:0] = {[str(HERE), str(Path(sys.modules["mattewright"].__file__).parent.parent)]!r}
import bpy, mattewright
mattewright.register()
bpy.ops.wm.open_mainfile(filepath={str(tmp_path / "Szene ü.blend")!r})
from mattewright.addon import command
from mattewright.addon.link import session
session.command = lambda: [sys.executable, "-I", "-u", {str(FAKE)!r}, "works"]
code = command.main(["track"])
mattewright.unregister()
sys.exit(code)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("track "):
            break
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 130, out + errors
    assert "mattewright: cancelled; the frames that were done are kept" in errors
    assert time.monotonic() - started < 10
    assert Layout(tmp_path / "Szene ü.mattewright" / "plate_1001.png").document.is_file()
