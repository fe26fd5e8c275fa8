"""What an export would do: which of its files are fresh, what is missing or stale of what they are made from, whether the disk has room."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..export import Context, Exporter, File
from ..export.catalogue import exporters
from ..export.manifest import Manifest
from ..refine import chain_at
from ..refine.chain import live
from ..shot import MattewrightError
from ..shot.errors import UnlessError
from ..shot.messages import OutputsDone, OutputState
from ..shot.outputs import Output
from ..spans import listed
from ..store import keys
from .frames import LABELS, stale_frames
from .opened import OpenShot

EXPORT_VERSION = "export 1"
LEAST_ROOM = 64 << 20
"""Bytes that an export leaves free on the disk."""


@dataclass
class OutputPlan:
    """One output's share."""

    output: Output
    context: Context
    exporter: Exporter
    manifest: Manifest
    stale: list[tuple[File, str]] = field(default_factory=list)
    """Files that are to be written, with their keys."""
    fresh: int = 0
    missing: dict[str, list[int]] = field(default_factory=dict)
    """By object name, the frames without a mask or an alpha."""
    outdated: dict[str, list[int]] = field(default_factory=dict)
    """By object name, the frames whose mask or alpha is not what the document asks for by now."""
    outdated_labels: list[int] = field(default_factory=list)
    """Frames whose labels are that, where the format is made of labels."""
    unpictured: list[int] = field(default_factory=list)
    """Frames that the footage has no picture of, where the format needs one."""
    foreign: list[Path] = field(default_factory=list)
    """Files that are there already and that this output did not write."""
    left_out: int = 0
    """Files of frames on which nothing is there; only of an incomplete export."""
    bytes: int = 0
    """About what it takes on the disk."""

    def notes(self) -> list[str]:
        """What a user should know beforehand, a line each."""
        said = [f"'{name}' is missing on {listed(frames)}" for name, frames in self.missing.items() if frames]
        said += [f"'{name}' is stale on {listed(frames)}: run first to have it new" for name, frames in self.outdated.items() if frames]
        if self.outdated_labels:
            said.append(f"labels are stale on {listed(self.outdated_labels)}: classify first to have them new")
        if self.unpictured:
            said.append(f"the footage has no picture on {listed(self.unpictured)}")
        return [f"output '{self.output.name}': {text}" for text in said]


@dataclass
class ExportPlan:
    """All outputs that were asked for."""

    outputs: list[OutputPlan]
    problem: str = ""
    """Why it isn't known what is stale; empty if it is."""

    @property
    def count(self) -> int:
        """Files that are to be written."""
        return sum(len(part.stale) for part in self.outputs)

    @property
    def fresh(self) -> int:
        return sum(part.fresh for part in self.outputs)


def chosen_outputs(opened: OpenShot, names: Sequence[str]) -> list[Output]:
    """The outputs called `names`, or all that are enabled. Raises MattewrightError where there are none."""
    there = {output.name: output for output in opened.shot.outputs}
    for name in names:
        if name not in there:
            known = ", ".join(f"'{other}'" for other in there) or "none"
            raise MattewrightError(f"output '{name}': not in this shot; its outputs: {known}")
    found = [there[name] for name in dict.fromkeys(names)] if names else [output for output in there.values() if output.enabled]
    if not found:
        more = "enable one" if there else "add one"
        raise MattewrightError(f"{opened.path}: the shot has no output that is to be exported: {more}")
    return found


Stale = tuple[dict[str, set[int]], str]
"""As `stale_frames` says it."""


def plan_export(
    opened: OpenShot,
    names: Sequence[str] = (),
    incomplete: bool = False,
    tick: Callable[[int], None] = lambda frame: None,
    known: Stale | None = None,
    taken: dict[str, str] | None = None,
) -> ExportPlan:
    """Compare what is on the disk with what the outputs called `names`, or all that are enabled, ask for. Writes nothing.

    `incomplete`: what is missing is left out, or taken for nothing in files of many frames. `known` is what is stale, where that was asked
    already, and `taken` which output writes a file, by its whole path, of those that were planned before; these are put in. Raises
    MattewrightError.
    """
    chosen = chosen_outputs(opened, names)
    outdated, problem = stale_frames(opened) if known is None else known
    plan = ExportPlan([], problem)
    sources = Sources(opened)
    taken = {} if taken is None else taken
    for output in chosen:
        exporter_of = exporters()[output.format]
        try:
            context = Context(opened, output, exporter_of.declaration, tick, incomplete)
            if not context.objects and exporter_of.declaration.needs_objects:
                raise MattewrightError("the shot has no objects to export: add one")
            manifest = Manifest(opened.store.layout.manifest(output.name), output.folder)
            part = OutputPlan(output, context, exporter_of(context), manifest)
            _look(part, sources, outdated, taken)
        except UnlessError as error:
            raise UnlessError(f"output '{output.name}': {error}", error.option) from error
        except MattewrightError as error:
            raise MattewrightError(f"output '{output.name}': {error}") from error
        plan.outputs.append(part)
    return plan


def _look(part: OutputPlan, sources: Sources, outdated: dict[str, set[int]], taken: dict[str, str]) -> None:
    context, declaration = part.context, part.exporter.declaration
    seen: dict[str, str] = {}
    height, width = context.size
    missing: dict[str, set[int]] = {}
    stale: dict[str, set[int]] = {}
    unpictured: set[int] = set()
    for file in part.exporter.files():
        if (before := seen.get(file.path.casefold())) is not None:
            raise MattewrightError(f"{before} and {file.path} would be one file: change the pattern, with {{object}} and {{frame}} in it")
        seen[file.path.casefold()] = file.path
        place = context.folder / file.path
        if (other := taken.setdefault(str(place).casefold(), part.output.name)) != part.output.name:
            raise MattewrightError(f"{place}: output '{other}' writes it, too: give one of the two a folder of its own")
        pairs = [(name, frame) for name in file.objects for frame in file.frames]
        gone = [(name, frame) for name, frame in pairs if not context.there(name, frame)]
        for name, frame in gone:
            missing.setdefault(name, set()).add(frame)
        for name, frame in pairs:
            if frame in outdated.get(name, ()) and (name, frame) not in gone:
                stale.setdefault(name, set()).add(frame)
        pictures = declaration.reads_pictures if file.pictures is None else file.pictures
        blind = [frame for frame in file.frames if pictures and not context.opened.reader.has_picture(frame)]
        unpictured.update(blind)
        if context.incomplete and len(file.frames) == 1 and (blind or (pairs and len(gone) == len(pairs))):
            part.left_out += 1
            continue
        if not context.incomplete and (gone or blind):
            continue  # it is refused anyway
        key = sources.key(part, file, pictures)
        record = part.manifest.get(file.path)
        if record is not None and record.key == key and record.is_whole(place):
            part.fresh += 1
            continue
        if record is None and place.exists():
            part.foreign.append(place)
        part.stale.append((file, key))
        part.bytes += file.bytes or round(width * height * len(file.frames) * declaration.bytes_per_pixel)
    part.missing = {name: sorted(frames) for name, frames in missing.items()}
    part.outdated = {name: sorted(frames) for name, frames in stale.items()}
    part.unpictured = sorted(unpictured)
    if not declaration.needs_objects:
        part.outdated_labels = sorted(outdated.get(LABELS, set()) & set(context.frames))


class Sources:
    """The keys of what files are made from; each is asked for once."""

    def __init__(self, opened: OpenShot) -> None:
        self._opened = opened
        self._known: dict[tuple[str, str, int], str | None] = {}

    def key(self, part: OutputPlan, file: File, pictures: bool) -> str:
        """The key that `file` has when it is fresh."""
        context, output = part.context, part.output
        made_from = []
        for name in file.objects:
            item = context.item(name)
            stage = context.stage(item)
            for frame in file.frames:
                steps = chain_at(live(item.refine), frame) if stage == "mask" else []
                own = self._stored(name, "foreground", frame) if file.foregrounds else None
                made_from.append([name, stage, frame, self._stored(name, stage, frame), steps, own])
        seen = [self._opened.reader.identity(frame) for frame in file.frames] if pictures else []
        version = EXPORT_VERSION, output.format, part.exporter.version
        return keys.digest(version, context.values, context.size, file.frames, made_from, seen, file.also)

    def _stored(self, name: str, stage: str, frame: int) -> str | None:
        """What the file in the store was made from, or a digest of one that was painted by hand; None where there is none."""
        asked = name, stage, frame
        if asked not in self._known:
            store = self._opened.store
            found = store.key(name, stage, frame)  # type: ignore[arg-type]
            path = store.layout.file(name, stage, frame)  # type: ignore[arg-type]
            if found is None and path.is_file():
                found = hashlib.sha256(path.read_bytes()).hexdigest()
            self._known[asked] = found
        return self._known[asked]


def output_states(opened: OpenShot, names: Sequence[str] = ()) -> OutputsDone:
    """What an export would do, output by output; one that can't be exported says why, and the others are told all the same."""
    found, known, taken = [], stale_frames(opened), dict[str, str]()
    for output in chosen_outputs(opened, names):
        refused: MattewrightError | None = None
        part: OutputPlan | None = None
        try:
            plan = plan_export(opened, (output.name,), known=known, taken=taken)
            (part,) = plan.outputs
            check_plan(plan)
        except MattewrightError as error:
            refused = error
        found.append(
            OutputState(
                output.name,
                len(part.stale) if part else 0,
                part.fresh if part else 0,
                part.bytes if part else 0,
                tuple(part.notes()) if part else (),
                str(refused or ""),
                refused.option if isinstance(refused, UnlessError) else "",
            )
        )
    return OutputsDone(tuple(found), known[1])


def check_plan(plan: ExportPlan, incomplete: bool = False, overwrite: bool = False) -> None:
    """Raises MattewrightError where the plan can't be carried out."""
    for part in plan.outputs:
        name = part.output.name
        if not incomplete:
            for item, frames in part.missing.items():
                stage = part.context.stage(part.context.item(item))
                raise UnlessError(
                    f"output '{name}': there is no {stage} of '{item}' on {listed(frames)}: run first, or export what there is",
                    "incomplete",
                )
            if part.unpictured:
                raise UnlessError(
                    f"output '{name}': the footage has no picture on {listed(part.unpictured)}: take other frames, or export what there is",
                    "incomplete",
                )
        if part.foreign and not overwrite:
            more = f" and {len(part.foreign) - 1} more" if len(part.foreign) > 1 else ""
            raise UnlessError(
                f"output '{name}': {part.foreign[0]}{more}: there, and not written by this output: choose another folder or pattern,"
                " or replace what is there",
                "overwrite",
            )
    check_room(plan)


def check_room(plan: ExportPlan) -> None:
    """Raises MattewrightError where a disk has less room than the export is about to take."""
    wanted: dict[Path, int] = {}
    for part in plan.outputs:
        folder = part.context.folder
        there = next((place for place in (folder, *folder.parents) if place.is_dir()), None)
        if there is None:
            raise MattewrightError(
                f"{folder}: no such drive: see that it is there, or choose another folder for output '{part.output.name}'"
            )
        drive = next((known for known in wanted if known.stat().st_dev == there.stat().st_dev), there)
        wanted[drive] = wanted.get(drive, 0) + part.bytes
        free = shutil.disk_usage(drive).free
        if wanted[drive] and free < wanted[drive] + LEAST_ROOM:
            need, have = (
                f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB" for count in (wanted[drive] + LEAST_ROOM, free)
            )
            raise MattewrightError(f"{folder}: about {need} are needed and {have} are free: free some space, or choose another folder")
