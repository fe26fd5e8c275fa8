"""Blender is quit amid a job. Whether a process is left, `test_gui` sees."""

from __future__ import annotations

from ..driver import JOB, Steps, until
from ..play import Play
from .shot import AT


def quit_while_tracking(play: Play) -> Steps:
    stage = play.stage
    stage.said(0, AT).points[0].x += 4
    yield from play.hand.press_button(r"track_span\(.*BOTH")
    yield from until(lambda: stage.session.running and stage.session.running.progress, "the job is at work", JOB)
    stage.noted["engine"] = stage.session.client.process.pid


STEPS = (("Blender quits while it tracks", quit_while_tracking),)
