"""Commands on a shot's outputs."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import time
from typing import TYPE_CHECKING, Any

from ..shot import MattewrightError, Output, document_path, read
from ..shot import formats as catalogue
from ..shot.errors import UnlessError
from ..shot.fields import dump
from ..shot.outputs import usual_folder
from .chains import as_text, single_value
from .documents import write_document
from .shots import CANCELLED, Interrupt, Line
from .words import are, counted, were

if TYPE_CHECKING:
    from ..jobs.export import Verified
    from ..shot.messages import OutputsDone


def formats(options: argparse.Namespace) -> int:
    """`formats`: what the exporters' declarations say."""
    from ..export.catalogue import declarations

    found = list(declarations().values())
    if options.format:
        found = [declaration for declaration in found if declaration.name == options.format]
        if not found:
            raise MattewrightError(f"format '{options.format}': unknown; there are {', '.join(declarations())}")
    if options.json:
        print(json.dumps([dump(declaration) for declaration in found], ensure_ascii=False, indent=1))
        return 0
    family = ""
    for declaration in found:
        if declaration.family != family:
            family = declaration.family
            print(f"# {family}")
        print(f"{declaration.name}: {declaration.description}")
        if not options.format:
            continue
        if declaration.convention:
            print(f"    {declaration.convention}")
        if declaration.pattern:
            print(f"    files: {declaration.pattern}{declaration.extension}")
        for value in declaration.parameters:
            limits = f"{value.low:.7g} to {value.high:.7g}" if value.low is not None and value.high is not None else value.kind
            limits = {"bool": "on or off", "color": "R,G,B or #rrggbb"}.get(value.kind, ", ".join(value.choices) or limits)
            unit = f" {value.unit}" if value.unit else ""
            print(f"    {value.name} = {as_text(value.default) or 'none'}  ({limits}{unit})  {value.description}")
    if not options.format:
        print("`formats FORMAT` says what its files are called, what their values mean, and which options there are")
    return 0


def outputs(options: argparse.Namespace) -> int:
    """`outputs SHOT ...`: add, change or take away an output if that is asked for, and say which there are then."""
    path = document_path(options.shot)
    before = shot = read(path)
    there, number = list(shot.outputs), 0
    if sum(map(bool, (options.add, options.output, options.remove))) > 1:
        raise MattewrightError("--add, --output and --remove: one at a time")
    names = [output.name for output in there]
    if options.remove:
        there.pop(_index(names, options.remove))
    elif options.add:
        name = options.name or _free(options.add, names)
        if name in names:
            raise MattewrightError(f"output '{name}': is there already; choose another --name, or change it with --output '{name}'")
        there.append(_changed(Output(name, options.add, folder=usual_folder(options.add, name, Output.folder)), options))
    elif options.output:
        number = _index(names, options.output)
        if there[number].listed == "blender" and _says_something(options):
            print(f"output '{options.output}': is in a .blend's list, whose next job writes it here as it is there: change it there, too")
        there[number] = _changed(dataclasses.replace(there[number], name=options.name or options.output), options)
    elif _says_something(options):
        raise MattewrightError("say which output is meant with --output, or make one with --add")
    shot = dataclasses.replace(shot, outputs=tuple(there))
    if shot != before:
        write_document(path, shot)
    if not there:
        print("the shot has no outputs; `formats` lists what there is to --add")
    for output in [there[number]] if options.output else there:
        print("\n".join(_shown(output)))
    return 0


def export(options: argparse.Namespace) -> int:
    """`export SHOT`: write what is stale of the outputs, or (`--plan`) only say so, or (`--verify`) read all back."""
    try:
        return _export(options)
    except UnlessError as error:
        raise MattewrightError(_with_option(str(error), error.option)) from error


def _with_option(refused: str, option: str) -> str:
    """How to have it all the same, where that can be."""
    return f"{refused} (--{option})" if option else refused


def _export(options: argparse.Namespace) -> int:
    from .. import interrupt, jobs
    from ..jobs.export import export_job, verify_job
    from ..jobs.export_plan import output_states, plan_export

    line, started = Line(), time.monotonic()
    with jobs.OpenShot(options.shot) as opened, Interrupt() as stop:
        if options.plan and not options.incomplete:
            return _planned(output_states(opened, options.output))
        plan = plan_export(opened, options.output, incomplete=True)
        for part in plan.outputs:
            for note in part.notes():
                print(note)
        if plan.problem:
            print(f"what is stale is not known: {plan.problem}")
        if options.plan:
            room = sum(part.bytes for part in plan.outputs)
            print(f"{counted(plan.count, 'file')} to write, about {room / 1e6:.0f} MB; {plan.fresh} {are(plan.fresh)} fresh")
            return 0
        job: Any = (
            verify_job(opened, options.output)
            if options.verify
            else export_job(opened, options.output, options.incomplete, options.overwrite)
        )
        done = 0
        while True:
            try:
                with interrupt.unless(lambda: stop.wanted):
                    interrupt.check()
                    progress = next(job)
            except interrupt.Interrupted:
                job.close()
                print(f"cancelled after {done} frames; what is done is kept, and exporting again goes on from there")
                return CANCELLED
            except StopIteration as end:
                made = end.value
                break
            done = progress.done
            line.show(progress)
        if options.verify:
            return _verified(made)
        left_out = f"; {made.left_out} left out, on which nothing was there" if made.left_out else ""
        if made.written:
            seconds = time.monotonic() - started
            print(f"wrote {counted(made.written, 'file')} in {seconds:.1f} s; {made.fresh} {were(made.fresh)} fresh{left_out}")
        else:
            print(f"nothing was stale: {counted(made.fresh, 'file')} {are(made.fresh)} fresh{left_out}")
        for part in plan.outputs:
            print(f"output '{part.output.name}': {part.context.folder}")
    return 0


def _planned(found: OutputsDone) -> int:
    """Say what an export would do, and what hinders it; 1 where something does."""
    if found.problem:
        print(f"what is stale is not known: {found.problem}")
    for state in found.outputs:
        for note in state.notes:
            print(note)
    for state in found.outputs:
        if state.refused:
            print(f"can't be exported: {_with_option(state.refused, state.unless)}")
    ready = [state for state in found.outputs if not state.refused]
    fresh, room = sum(state.fresh for state in ready), sum(state.bytes for state in ready)
    print(f"{counted(sum(state.stale for state in ready), 'file')} to write, about {room / 1e6:.0f} MB; {fresh} {are(fresh)} fresh")
    return 1 if len(ready) < len(found.outputs) else 0


def _verified(found: Verified) -> int:
    for problem in found.wrong:
        print(problem)
    if found.wrong:
        count = len(found.wrong)
        raise MattewrightError(f"{count} file{'s are' if count > 1 else ' is'} not as they should be (above); {found.right} are")
    print(f"{found.right} files are as they were written, and can be read")
    return 0


def _says_something(options: argparse.Namespace) -> bool:
    return any((options.name, options.object, options.all_objects, options.content, options.folder, options.pattern, options.frames,
                options.set, options.enable, options.disable))  # fmt: skip


def _index(names: list[str], name: str) -> int:
    if name not in names:
        known = ", ".join(f"'{other}'" for other in names) or "none"
        raise MattewrightError(f"output '{name}': not in this shot; its outputs: {known}")
    return names.index(name)


def _free(name: str, taken: list[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name} {number}", number + 1
    return found


def _changed(output: Output, options: argparse.Namespace) -> Output:
    """`output` with what the options say. Raises MattewrightError with what was expected."""
    known = catalogue()
    if output.format not in known:
        raise MattewrightError(f"format '{output.format}': unknown; there are {', '.join(known)}")
    parameters = {parameter.name: parameter for parameter in known[output.format].parameters}
    values = dict(output.values)
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals or name not in parameters:
            raise MattewrightError(f"--set {text}: expected OPTION=VALUE with one of {', '.join(parameters) or 'no options at all'}")
        values[name] = single_value(parameters[name], value)
    first, last = options.frames or (output.first, output.last)
    return dataclasses.replace(
        output,
        objects=() if options.all_objects else tuple(options.object) or output.objects,
        content=options.content or output.content,
        folder=options.folder.replace(os.sep, "/") if options.folder else output.folder,
        pattern=(options.pattern or None) if options.pattern is not None else output.pattern,
        first=first,
        last=last,
        enabled=options.enable or (output.enabled and not options.disable),
        values=values,
    )


_CONTENT = {"auto": "alpha where the matte is enabled, else mask", "mask": "mask", "alpha": "alpha"}


def _shown(output: Output) -> list[str]:
    declaration = catalogue()[output.format]
    objects = ", ".join(output.objects) or "all objects"
    of = f"{objects}, {_CONTENT[output.content]}" if declaration.needs_objects else "the shot's classes"
    frames = f"frames {output.first} to {output.last}" if output.first is not None else "the shot's frames"
    values = "  ".join(f"{name}={as_text(value)}" for name, value in declaration.values(output.values).items())
    name = output.pattern or declaration.pattern_of(output.values)
    return [
        f"{output.name}: {declaration.label} of {of}, {frames}{'' if output.enabled else ' (off)'}",
        f"    {output.folder}{'/' if name else ''}{name}{declaration.extension if name else ''}{'  ' if values else ''}{values}",
    ]
