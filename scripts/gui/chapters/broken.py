"""The engine is killed amid a job: Blender goes on, nothing is lost, and a button mends it."""

from __future__ import annotations

import os
import signal

import bpy

from .. import masks
from ..driver import JOB, MODEL, Steps, check, until
from ..play import Play
from .shot import AT, FRAMES, MENDED


def killed(play: Play) -> Steps:
    stage = play.stage
    stage.said(0, MENDED).points[0].x += 3
    bpy.ops.ed.undo_push(message="Moved")
    stage.noted["made"] = masks.kept(stage.store_files())
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from until(lambda: stage.session.running and stage.session.running.progress, "the job is at work", JOB)
    os.kill(stage.session.client.process.pid, signal.SIGKILL)
    yield from until(lambda: not stage.session.running, "Blender knows that the engine is gone", MODEL)
    error = stage.session.job.error
    check(error is not None and "\n" not in str(error), f"the job ended with {error!r}")
    check(stage.counts(0, MENDED) == (1, 0, False) and stage.counts(0, AT) == (1, 0, True), "prompts are lost")
    now, made = masks.kept(stage.store_files()), stage.noted["made"]
    check(sorted(now) == sorted(made), "masks are lost")
    for frame, path in stage.store_files().items():
        check(masks.read(path).shape == (360, 640), f"frame {frame} has half a mask")
    check(all(now[frame] == made[frame] for frame in range(1, AT + 1)), "finished frames have changed")
    yield from stage.drawn()


def mended(play: Play) -> Steps:
    stage = play.stage
    old = stage.session.client
    yield from play.hand.press_button(r"mattewright\.engine_restart")
    yield from until(lambda: stage.session.client not in (None, old) and stage.session.client.initialized, "another engine runs", MODEL)


def tracked(play: Play) -> Steps:
    stage = play.stage
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from play.job_done()
    check(len(stage.store_files()) == FRAMES and stage.session.job.result.written > 0, "nothing was made")
    yield from until(lambda: play.stale() == (), "nothing is stale", MODEL)


STEPS = (
    ("the engine is killed amid a job: one line says so, and nothing is lost", killed),
    ("the panel's button starts another", mended),
    ("which finishes the job", tracked),
)
