"""`detect`: people, as objects."""

from __future__ import annotations

import argparse

from ..shot import document_path
from ..shot.people import Look, PeopleSettings
from .documents import write_document
from .shots import CANCELLED, worked_off
from .words import counted


def detect(options: argparse.Namespace) -> int:
    """`detect SHOT --every 10 ...`: the document gets an object for each person who is none yet."""
    from ..jobs import OpenShot, Resources
    from ..jobs.detect import detect_job

    look: Look = "all" if options.all else "every" if options.every else "first"
    settings = PeopleSettings(
        options.network, look, options.every or 1, options.together, options.score, options.over_classes, options.names
    )
    first, last = options.frames or (None, None)
    path = document_path(options.shot)
    with OpenShot(path, Resources(options.device)) as opened:
        found = worked_off(detect_job(opened, settings, first, last))
    if found is None:
        return CANCELLED
    if found.objects:
        write_document(path, found.shot)
    for one in found.objects:
        frames = [prompts.frame for prompts in one.prompts]
        where = f"frame {frames[0]}" if len(frames) == 1 else f"{len(frames)} frames from {frames[0]} to {frames[-1]}"
        print(f"{path}: '{one.object}' is prompted on {where}  score {one.score:.2f}")
    already = f", {found.known} of them of objects that there were already" if found.known else ""
    seen = f"from {counted(found.people, 'sighting')} of people on {counted(found.frames, 'frame')}{already}"
    print(f"{counted(len(found.objects), 'new object')}, {seen}" + (": `track` follows them from there" if found.objects else ""))
    for name in found.classed:
        print(f"'{name}', which is made of classes, has some of them already; --over-classes makes objects of these, too")
    if not found.people:
        print("nobody was found: lower --score, or look at other frames with --frames, --every or --all")
    return 0
