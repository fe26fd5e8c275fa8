"""The next thing to do for a clip, from what is known of it: no Blender in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...engine.shot.messages import FramesDone, Span

COMMAND = ": run python -m engine "
"""In the engine's own words, what comes before a command that the user is to run."""


@dataclass(frozen=True)
class Facts:
    """What there is by now."""

    no_python: str = ""
    """Why there is no engine; empty where there is one."""
    failure: str = ""
    """Why the engine that ran is gone."""
    problem: str = ""
    """Why the engine can't say what is stale."""
    has_place: bool = True
    """Whether the masks have a folder."""
    objects: tuple[str, ...] = ()
    prompted: tuple[str, ...] = ()
    frames: FramesDone | None = None
    has_nodes: bool = False
    refused: tuple[str, ...] = ()
    """The objects that no job works on until something is mended."""

    awaited: bool = False
    """Whether the engine is yet to say what is tracked."""
    matted: bool = False
    """Whether an object's matte is switched on."""
    of_classes: tuple[str, ...] = ()
    """The objects that are made of classes, and not tracked."""
    not_installed: bool = False
    """Whether there is no engine as nobody has installed one yet."""


@dataclass(frozen=True)
class Step:
    """A line or two for the user, and the button that does it, if one can."""

    template: str
    """What is said, with the names of `words` in braces."""
    icon: str
    operator: str = ""
    label: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    """The operator's properties."""
    words: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.template.format(**self.words) if self.words else self.template


def next_step(facts: Facts) -> Step:
    """The first thing that is in the way of finished masks."""
    if facts.no_python and facts.not_installed:
        return Step("The engine is not installed yet", "IMPORT", "mattewright.engine_install", "Install Engine")
    if facts.no_python:
        return Step(facts.no_python, "ERROR", "mattewright.preferences_show", "Open Preferences")
    if COMMAND in facts.problem:
        told, command = facts.problem.split(COMMAND, 1)
        return Step(told, "ERROR", "mattewright.command_copy", "Copy the Command", {"arguments": command})
    if not facts.has_place:
        return Step("The masks lie beside the .blend: save it first", "FILE_TICK", "wm.save_as_mainfile", "Save As...")
    if not facts.objects:
        return Step("Add an object to be cut out", "OBJECT_DATA", "mattewright.object_add", "Add Object")
    bare = [name for name in facts.objects if name not in facts.prompted and name not in facts.of_classes]
    if bare:
        return Step(
            "Say on a frame where {object} is",
            "RESTRICT_SELECT_OFF",
            "mattewright.prompt_tool",
            "Prompt",
            words={"object": bare[0]},
        )
    if facts.refused:
        text = "Jobs pass over {objects}: what to mend is said below the objects"
        return Step(text, "ERROR", words={"objects": ", ".join(facts.refused)})
    if facts.failure or facts.problem:
        return Step(facts.failure or facts.problem, "ERROR")
    if facts.awaited:
        return Step("Looking at what is tracked...", "TIME")
    made = {item.object for item in facts.frames.objects if item.tracked} if facts.frames else set()
    if any(name not in made and name not in facts.of_classes for name in facts.objects):
        return Step("Follow the objects through the clip", "TRACKER", "mattewright.track_span", "Track", {"span": "BOTH"})
    unmade = ", ".join(name for name in facts.of_classes if name not in made)
    if unmade:
        words = {"objects": unmade}
        return Step("Make the masks of {objects}", "GROUP_VCOL", "mattewright.classify", "Classify", {"span": "BOTH"}, words)
    assert facts.frames is not None
    stale = sum(count_of(item.stale) for item in facts.frames.objects)
    if stale and (facts.matted or facts.of_classes):
        return Step(
            "{count} frame is stale" if stale == 1 else "{count} frames are stale",
            "FILE_REFRESH",
            "mattewright.run",
            "Make All Anew",
            words={"count": stale},
        )
    if stale:
        return Step(
            "{count} frame is stale" if stale == 1 else "{count} frames are stale",
            "FILE_REFRESH",
            "mattewright.track_span",
            "Track Again",
            {"span": "BOTH"},
            {"count": stale},
        )
    doubtful = sum(len(item.doubtful) for item in facts.frames.objects)
    if doubtful:
        text = "{count} frame to look at" if doubtful == 1 else "{count} frames to look at"
        return Step(text, "VIEWZOOM", "mattewright.next_doubtful", "Next Doubtful Frame", words={"count": doubtful})
    if not facts.has_nodes:
        return Step("The masks are up to date", "CHECKMARK", "mattewright.build_nodes", "Build Nodes")
    return Step("The masks are up to date", "CHECKMARK")


def count_of(spans: Iterable[Span]) -> int:
    """How many frames they are."""
    return sum(last - first + 1 for first, last in spans)


def percent(have: tuple[int, int]) -> str:
    """How much of all there is, ``85%``; all is said of nothing less."""
    return f"{100 * have[0] // max(have[1], 1)}%"


def coverage(done: FramesDone | None, name: str) -> tuple[int, int] | None:
    """(frames that have a mask, frames of the shot) of the object; None where it isn't known."""
    found = next((item for item in done.objects if item.object == name), None) if done else None
    if done is None or found is None:
        return None
    return count_of(found.masked), done.last - done.first + 1
