"""`classify`, `detect` and `depth`: what networks make of a clip's whole frames."""

from __future__ import annotations

import argparse
from dataclasses import replace

from ...engine.shot import MattewrightError
from ...engine.shot.messages import StageName
from ...engine.shot.networks import NetworkTask
from .. import classes, clips, document, jobs, networks, people, properties
from ..operators.networks import settings_of
from .telling import Lines, save, say


def classify(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    shot = properties.of(clip)
    _choose(shot, "classes", options.network)
    if options.list:
        _list(shot)
        return
    for name, of in options.add:
        classes.add_object(clip, classes.named(clip, of), name)
    if options.prompt is None:
        _job("classify", options, options.object)
    else:
        name, of = options.prompt
        frames = options.frames or document.shot_of(clip).range
        say(classes.prompt(clip, name, classes.named(clip, of), frames, options.every or shot.classes.every))
    _keep(options)


def detect(options: argparse.Namespace) -> None:
    clip = clips.named(options.clip)
    found = properties.people_of(properties.of(clip).people)
    if options.first or options.all or options.every:
        found = replace(found, look="first" if options.first else "all" if options.all else "every")
    found = replace(
        found,
        every=options.every or found.every,
        together=options.together or found.together,
        over_classes=options.over_classes or found.over_classes,
        least_score=found.least_score if options.score is None else options.score,
    )
    say(people.run(clip, found, options.frames, Lines().report))
    _keep(options)


def depth(options: argparse.Namespace) -> None:
    _choose(properties.of(clips.named(options.clip)), "depth", options.network)
    _job("depth", options, ())
    _keep(options)


def _choose(shot: properties.ShotProperties, task: NetworkTask, name: str) -> None:
    """Take the network called `name`, if one is named; its classes are known afterwards. Raises MattewrightError if it isn't there."""
    networks.fetch()
    known = [network.name for network in networks.known.of(task)]
    if name and name not in known:
        raise MattewrightError(f"network '{name}': none such for {task}; there are {', '.join(known)}")
    settings = settings_of(shot, task)
    settings.network = name or settings.network
    if task == "classes":
        properties.list_classes(shot.classes, networks.known.find(settings.network))


def _list(shot: properties.ShotProperties) -> None:
    for network in networks.known.of("classes"):
        mark = "*" if network.name == shot.classes.network else " "
        say(f"{mark} {network.name}{'' if network.installed else ' (not installed)'}: {network.label}")
        say(f"    {', '.join(one.name for one in network.classes)}")
    for problem in networks.known.problems:
        say(f"warning: {problem}")


def _job(method: StageName, options: argparse.Namespace, objects: tuple[str, ...]) -> None:
    result = jobs.run(method, clips.named(options.clip), objects, options.frames, Lines().report)
    say(jobs.summary(method, result))


def _keep(options: argparse.Namespace) -> None:
    if options.save is not None:
        save(options.save)
