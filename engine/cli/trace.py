"""`trace`: an object's mattes as splines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..shot import MattewrightError
from .shots import CANCELLED, Interrupt, Line

if TYPE_CHECKING:
    from ..jobs import OpenShot


def trace(options: argparse.Namespace) -> int:
    """`trace SHOT --object NAME ...`."""
    from ..jobs import OpenShot
    from ..jobs.trace import TraceMade, trace_job
    from ..shot.outlines import to_json
    from ..store import atomic_path
    from ..trace import Settings

    if options.output is not None and options.output.is_dir():
        raise MattewrightError(f"{options.output}: is a folder; name a file")
    settings = Settings(options.tolerance, options.smallest)
    first, last = options.frames or (None, None)
    line = Line()
    with OpenShot(options.shot) as opened, Interrupt() as interrupt:
        name = options.object or _only(opened)
        job = trace_job(opened, name, settings, first, last)
        while True:
            if interrupt.wanted:
                job.close()
                print("cancelled; nothing was written")
                return CANCELLED
            try:
                line.show(next(job))
            except StopIteration as end:
                made: TraceMade = end.value
                break
    path = made.path
    if options.output is not None:
        path = options.output
        with atomic_path(path.resolve()) as temporary:
            temporary.write_text(to_json(made.outlines, made.shapes), encoding="utf-8", newline="\n")
    pieces = made.outlines.pieces
    points, frames = sum(piece.points for piece in pieces), sum(piece.last - piece.first + 1 for piece in pieces)
    noun = "outline" if len(pieces) == 1 else "outlines"
    print(f"{len(pieces)} {noun} of {points} points, {len(made.shapes)} keyed shapes for {frames} ({path})")
    return 0


def _only(opened: OpenShot) -> str:
    names = [item.name for item in opened.shot.objects]
    if len(names) != 1:
        known = ", ".join(f"'{name}'" for name in names) or "none"
        raise MattewrightError(f"{opened.path}: say which object with --object; there are {known}")
    return names[0]
