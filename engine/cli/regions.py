"""`regions`, and `pick`, which makes objects of them."""

from __future__ import annotations

import argparse
import json

from ..shot import MattewrightError, document_path, read
from ..shot.fields import dump
from ..shot.regions import Choice, Region, RegionSettings
from .documents import write_document
from .shots import CANCELLED, Interrupt, Line, time_left


def find(options: argparse.Namespace) -> int:
    """`regions SHOT --frame N ...`: everything on one frame."""
    from ..jobs import OpenShot, Resources
    from ..jobs.regions import RegionsMade, regions_job

    settings = RegionSettings(options.grid, options.least_score, options.least_stability, options.least_area)
    line = Line()
    with OpenShot(options.shot, Resources(options.device)) as opened, Interrupt() as interrupt:
        job = regions_job(opened, options.frame, settings)
        while True:
            if interrupt.wanted:
                job.close()
                print("cancelled; nothing was written")
                return CANCELLED
            try:
                progress = next(job)
            except StopIteration as end:
                made: RegionsMade = end.value
                break
            if not options.json:
                text = f"regions {progress.done}/{progress.total}  frame {progress.frame}{time_left(progress.seconds_left)}"
                line.say(text, final=progress.done == progress.total)
        found = made.regions.regions
        if options.json:
            print(json.dumps(dump(found), ensure_ascii=False, indent=2))
            return 0
        for region in found:
            print(_told(region))
        layout = opened.store.layout
        state = "fresh already" if made.fresh else "written"
        if found:
            print(f"{len(found)} regions, {state}: {layout.regions(options.frame, 'colours')}")
        else:
            print(f"nothing was found on frame {options.frame}: lower --least-score or --least-stability, or raise --grid")
    return 0


def _told(region: Region) -> str:
    box = region.box
    within = f"  within {region.within}" if region.within is not None else ""
    return (
        f"{region.number:4}  {region.area} px  box {box.left:g},{box.top:g},{box.right:g},{box.bottom:g}"
        f"  score {region.score:.3f}  stability {region.stability:.3f}  at {region.point[0]:g},{region.point[1]:g}{within}"
    )


def pick(options: argparse.Namespace) -> int:
    """`pick SHOT --frame N --region 3 ...`."""
    from ..jobs.pick import pick as pick_regions

    path = document_path(options.shot)
    shot = read(path)
    if options.frame < 0:
        raise MattewrightError(f"--frame {options.frame}: frames are numbered from 0")
    choice = Choice(
        tuple(options.region),
        tuple((x, y) for x, y in options.at),
        options.object,
        options.each,
        options.with_parts,
        options.replace,
        options.extend,
    )
    changed, picked = pick_regions(path.parent, shot, options.frame, choice)
    write_document(path, changed)
    for one in picked:
        numbers = ", ".join(str(number) for number in one.regions)
        print(f"{path}: '{one.object}' is prompted on frame {options.frame} by region{'s' if len(one.regions) > 1 else ''} {numbers}")
    return 0
