"""The command itself: what it says on standard output, and its exit code."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import bpy

from ...engine.shot import FrameRange, MattewrightError
from ...engine.shot.errors import UnlessError
from ...engine.shot.messages import StageName
from .. import clips, compositor, document, exporting, jobs, store
from ..compositor.render import KeyedFrames, output_pattern
from ..link import Cancelled, session
from . import networks
from .arguments import parser
from .telling import Lines, save, say

FAILED, MISUSED, STOPPED = 1, 2, 130


def main(arguments: Sequence[str]) -> int:
    """Run ``mattewright ARGUMENTS``; the exit code. Every failure that a user can mend is one line on standard error."""
    made = parser()
    try:
        options = made.parse_args(list(arguments))
    except SystemExit as end:  # argparse has said why; Blender is to end with this code, not Python
        return int(end.code or 0)
    if not options.command:
        made.print_help(sys.stderr)
        return MISUSED
    try:
        with _interruptible():
            COMMANDS[options.command](options)
        return 0
    except (Cancelled, KeyboardInterrupt):
        _fail("cancelled; the frames that were done are kept")
        return STOPPED
    except MattewrightError as error:
        _fail(" ".join(str(error).split()))
        return FAILED
    except Exception as error:  # a defect: its traceback is what we need to mend it
        traceback.print_exc()
        _fail(f"{type(error).__name__}: {error}")
        return FAILED
    finally:
        session.stop()


def _track(options: argparse.Namespace) -> None:
    _engine("track", options)


def _refine(options: argparse.Namespace) -> None:
    _engine("refine", options)


def _matte(options: argparse.Namespace) -> None:
    _engine("matte", options)


def _run(options: argparse.Namespace) -> None:
    _engine("run", options)


def _engine(method: StageName, options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    result = jobs.run(method, clip, options.object, options.frames, Lines().report)
    say(jobs.summary(method, result))


def _render(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    shot = document.shot_of(clip)
    for name in options.object:
        shot.object(name)
    frames: FrameRange = options.frames or shot.range
    said = options.output or str(store.folder(clip) / "keyed") + "/"
    output = output_pattern(said, clip.name, "OPEN_EXR" if options.format == "EXR" else options.format)
    output = KeyedFrames(output.pattern, output.file_format, options.depth)
    keys = [item for item in shot.objects if not options.object or item.name in options.object]
    stages = {item.name: store.keyed_by(item, len(keys)) for item in keys}
    for found in store.coverage(clip, shot, frames):
        if not found.complete and found.stage in stages.get(found.object, ()):
            say(f"warning: {found}; there the keyed frames are transparent")
    lines, started = Lines(), time.monotonic()
    for done, (frame, _) in enumerate(compositor.render_keyed(clip, frames, output, options.object), 1):
        rate = done / max(time.monotonic() - started, 1e-6)
        left = jobs.clock((len(frames) - done) / rate)
        lines.say(f"render {done}/{len(frames)}, frame {frame}, {rate:.3g} frames/s, {left} left", last=done == len(frames))
    say(f"render: {len(frames)} frames in {time.monotonic() - started:.1f} s, the last one {output.path(frames.last)}")


def _export(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    wish = exporting.Wish(tuple(options.output), options.verify, options.incomplete, options.overwrite)
    try:
        done = exporting.run(clip, wish, Lines().report)
    except UnlessError as error:
        raise MattewrightError(f"{error} (--{error.option})") from error
    for line in done.wrong:
        say(line)
    if done.wrong:
        raise MattewrightError(f"{len(done.wrong)} of {len(done.wrong) + done.fresh} files are not as they should be (above)")
    say(jobs.summary("export", done))


def _status(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    for line in jobs.status(clip):
        say(line)
    if options.plan:
        say(jobs.summary("plan", jobs.run("plan", clip)))


def _nodes(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    group = compositor.build_group(clip)
    say(f"node group '{group.name}'")
    if options.keying:
        scene = bpy.context.scene
        if scene is None:
            raise MattewrightError("this file has no scene to key in")
        if not compositor.build_keying_tree(scene, clip):
            say(f"warning: the output of scene '{scene.name}' is linked to something else, and stays so")
    for found in store.coverage(clip, document.shot_of(clip)):
        if not found.complete:
            say(f"warning: {found}")
    if options.save is not None:
        save(options.save)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "classify": networks.classify,
    "detect": networks.detect,
    "depth": networks.depth,
    "track": _track,
    "refine": _refine,
    "matte": _matte,
    "run": _run,
    "render": _render,
    "export": _export,
    "status": _status,
    "nodes": _nodes,
}


def _fail(text: str) -> None:
    print(f"mattewright: {text}", file=sys.stderr, flush=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt here; Blender's own handler, in background, would kill the process at the second one."""

    def heard(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, heard)
    except ValueError:  # not on the main thread: no signals there
        yield
        return
    try:
        yield
    finally:
        if before is not None:  # None: a handler that Python didn't install and can't put back
            signal.signal(signal.SIGINT, before)
