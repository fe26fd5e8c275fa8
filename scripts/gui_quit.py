"""Blender quits, or is killed, while the engine tracks: no crash, and no engine is left. In a Blender with a window.

    python scripts/gui_quit.py FOLDER BLENDER...

FOLDER is one to work in; BLENDER is the program, or all the words of a command that ends in it. MATTEWRIGHT_ENGINE_PYTHON and
MATTEWRIGHT_MODELS say what tracks. On Linux or macOS. The exit status is 0 if all was as it should be. Inside Blender, this very file is
the program.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

if "bpy" in sys.modules:
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from scripts.gui.driver import TICK, Driver, Steps, until
else:
    import window_bench

WAYS = ("quit", "quit at once", "file, then quit", "disable, then quit", "killed")
MODEL = "sam2-hiera-tiny"
"""What `models install` gets; where Blender finds no npm, another one is usual."""
PATIENCE = 300.0


def main(folder: Path, blender: list[str]) -> int:
    root = Path(__file__).resolve().parent.parent
    extension = folder / "user" / "extensions" / "user_default" / "mattewright"
    extension.parent.mkdir(parents=True, exist_ok=True)
    if not extension.exists():
        extension.symlink_to(root, target_is_directory=True)
    _write_pictures(folder / "plate")
    failed = 0
    for way in WAYS:
        said = folder / "said.json"
        said.unlink(missing_ok=True)
        command = [*blender, "--factory-startup", "--python", str(Path(__file__).resolve()), "--", str(folder), way]
        done = window_bench.started(command, BLENDER_USER_RESOURCES=str(folder / "user"))
        problem = _problem(way, said, done.returncode, done.stdout)
        print(f"{'FAILED' if problem else 'ok    '} {way}{': ' + problem if problem else ''}", flush=True)
        failed += bool(problem)
        if problem:
            print(done.stdout[-window_bench.TAIL :])
    return 1 if failed else 0


def _write_pictures(folder: Path) -> None:
    import struct
    import zlib

    folder.mkdir(exist_ok=True)
    for frame in range(1, 41):
        rows = b"".join(
            b"\0"
            + b"".join(
                bytes((210, 160, 60)) if (x - 60 - 2 * frame) ** 2 + (y - 70) ** 2 < 900 else bytes((x % 90, 70, y % 90))
                for x in range(256)
            )
            for y in range(144)
        )
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", 256, 144, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
        data = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
        (folder / f"plate_{frame:04d}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def _problem(way: str, said: Path, code: int, output: str) -> str:
    """What was not as it should be; empty if nothing."""
    if not said.is_file():
        return "Blender said nothing"
    told = json.loads(said.read_text("utf-8"))
    if "problem" in told:
        return str(told["problem"])
    if way != "killed" and (code != 0 or "Error" in output or "Traceback" in output):
        return f"exit code {code}"
    until = time.monotonic() + 15.0
    while any(_is_running(pid) for pid in told["engines"]):
        if time.monotonic() > until:
            return f"the engine {told['engines']} is left"
        time.sleep(0.1)
    spent = time.time() - told["at"]
    print(f"       {way}: no engine {spent:.1f} s after that, {told['done']} frames were done")
    return ""


def _is_running(pid: int) -> bool:
    if not Path("/proc").is_dir():
        return subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode == 0
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- inside Blender


def steps(folder: Path, way: str) -> Steps:
    import bpy

    name = "bl_ext.user_default.mattewright"
    if bpy.ops.preferences.addon_enable(module=name) != {"FINISHED"}:
        raise RuntimeError("the add-on can't be enabled")
    jobs: Any = importlib.import_module(f"{name}.addon.jobs")
    session: Any = importlib.import_module(f"{name}.addon.link").session

    bpy.ops.wm.save_as_mainfile(filepath=str(folder / f"{way}.blend"))
    clip = bpy.data.movieclips.load(str(folder / "plate" / "plate_0001.png"))
    properties: Any = importlib.import_module(f"{name}.addon.properties")
    properties.of(clip).model = MODEL
    bpy.ops.mattewright.object_add(clip=clip.name, name="disk")
    bpy.ops.mattewright.prompt_point_add(clip=clip.name, frame=1, x=62, y=70)
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda area: area.width * area.height)
    area.type = "CLIP_EDITOR"
    area.spaces.active.clip = clip
    bpy.context.window_manager.mattewright_preview.show = True
    yield from rest()
    job = jobs.start("track", clip)
    engines = [session.client.process.pid]

    def goes_on() -> bool:
        if job.error is not None:
            raise RuntimeError(str(job.error))
        return job.progress is not None and job.progress.done >= 2

    if way != "quit at once":
        yield from until(goes_on, "two frames are tracked", PATIENCE)
    if way == "file, then quit":
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        yield from until(lambda: job.done, "the job is over", PATIENCE)
        yield from rest()
    if way == "disable, then quit":
        bpy.ops.preferences.addon_disable(module=name)
        yield from rest()
    told = {"engines": engines, "at": time.time(), "done": job.progress.done if job.progress else 0}
    (folder / "said.json").write_text(json.dumps(told), encoding="utf-8")
    if way == "killed":
        os.kill(os.getpid(), 9)
    bpy.ops.wm.quit_blender()


def rest() -> Steps:
    """Half a second, in which Blender is as it is when nothing is done."""
    since = time.monotonic()
    yield from until(lambda: time.monotonic() - since > 0.5, "half a second")


def inside(folder: Path, way: str) -> None:
    import bpy

    driver = Driver(steps(folder, way))

    def step() -> float | None:
        try:
            return TICK if driver.tick() else None
        except Exception as error:
            traceback.print_exc()
            (folder / "said.json").write_text(json.dumps({"problem": f"{type(error).__name__}: {error}"}), encoding="utf-8")
            bpy.ops.wm.quit_blender()
            return None

    view: Any = bpy.context.preferences
    view.view.show_splash = False
    bpy.app.timers.register(step, first_interval=1.0, persistent=True)


if "bpy" in sys.modules:
    inside(Path(sys.argv[-2]), sys.argv[-1])
elif __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
