"""Commands that make, change and check shot documents."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from pathlib import Path

from ..shot import (
    Box,
    Catalogue,
    Footage,
    FrameRange,
    Layout,
    MattewrightError,
    Point,
    Prompts,
    Shot,
    ShotObject,
    document_path,
    lacking,
    read,
    to_json,
    unused,
)
from ..shot import check as check_document
from ..shot.fields import dump
from ..spans import listed
from .options import numbers


def write_document(path: Path, shot: Shot, ops: Catalogue | None = None) -> None:
    """Write `shot` to `path`, whole or not at all, once it passes the checks; with `ops`, those of its chains too."""
    from ..store import atomic_path

    check_document(shot, ops)
    with atomic_path(path.resolve()) as temporary:  # a linked document stays a link
        temporary.write_text(to_json(shot), encoding="utf-8", newline="\n")


def new(options: argparse.Namespace) -> int:
    """`new CLIP --store FOLDER`."""
    from ..footage import probe

    path = Layout(options.store).document
    if path.exists():
        raise MattewrightError(f"{path}: is there already; choose another --store, or remove it if you no longer need it")
    footage = probe(options.clip)
    footage = dataclasses.replace(footage, path=_as_written(options.clip, options.store), frame_start=options.frame_start)
    clip = footage.frames()
    first, last = options.frames or (clip.first, clip.last)
    shot = _with_settings(Shot(options.name or options.clip.stem, footage, FrameRange(first, last)), options)
    write_document(path, shot)
    print(f"{path}: {footage.kind}, {footage.width} x {footage.height}, frames {first} to {last}")
    return 0


def change(options: argparse.Namespace) -> int:
    """`set SHOT --overlap ... --tracker ...`."""
    path = document_path(options.shot)
    shot = read(path)
    changed = _with_settings(shot, options)
    if all(getattr(options, name) is None for name in _settings(shot)):
        raise MattewrightError(f"{path}: nothing to set: say {', '.join(f'--{name}' for name in _settings(shot))}")
    write_document(path, changed)
    before, after = _settings(shot), _settings(changed)
    said = [f"{name} is '{after[name]}'" + (f", was '{before[name]}'" if after[name] != before[name] else "") for name in after]
    print(f"{path}: {'; '.join(text for text, name in zip(said, after, strict=True) if getattr(options, name) is not None)}")
    return 0


_TRACKING = ("tracker", "model", "size", "precision", "compiled")


def _settings(shot: Shot) -> dict[str, object]:
    footage = shot.footage
    return {
        "overlap": shot.overlap,
        "panorama": footage.wraps,
        "exposure": footage.view.exposure,
        "transfer": footage.view.transfer,
        "alpha": footage.alpha,
        "rate": footage.rate.exact if footage.rate else None,
        **{name: getattr(shot.tracking, name) for name in _TRACKING},
    }


def _with_settings(shot: Shot, options: argparse.Namespace) -> Shot:
    """`shot` with the settings that `options` names. Raises MattewrightError for ones that don't go together."""
    from ..segment import models
    from ..segment.trackers import resolve

    given = {name: getattr(options, name) for name in _TRACKING if getattr(options, name) is not None}
    tracking = dataclasses.replace(shot.tracking, **given)
    if tracking.model not in models.REGISTRY:
        raise MattewrightError(f"--model {tracking.model}: unknown; there are {', '.join(models.REGISTRY)}")
    resolve(tracking.tracker, models.REGISTRY[tracking.model])
    return dataclasses.replace(shot, footage=_with_look(shot.footage, options), tracking=tracking, overlap=options.overlap or shot.overlap)


def _with_look(footage: Footage, options: argparse.Namespace) -> Footage:
    """`footage` with what `options` say of how it is looked at. Raises MattewrightError for what it has of its own."""
    if options.rate is not None and footage.kind == "movie":
        raise MattewrightError(f"--rate: the footage is a movie, which has a rate of its own ({footage.fps:.6g})")
    view = footage.view
    if options.exposure is not None:
        view = dataclasses.replace(view, exposure=options.exposure)
    if options.transfer is not None:
        view = dataclasses.replace(view, transfer=options.transfer)
    wraps = footage.wraps if options.panorama is None else options.panorama
    return dataclasses.replace(footage, wraps=wraps, view=view, alpha=options.alpha or footage.alpha, rate=options.rate or footage.rate)


def prompt(options: argparse.Namespace) -> int:
    """`prompt SHOT --object NAME --frame N ...`."""
    path = document_path(options.shot)
    shot = read(path)
    points = tuple(Point(x, y) for x, y in options.point) + tuple(Point(x, y, False) for x, y in options.not_point)
    box = None
    if options.box:
        try:
            box = Box(*numbers(options.box, 4))
        except argparse.ArgumentTypeError as error:
            raise MattewrightError(f"--box: {error}") from None
    mask = None
    if options.mask:
        if not options.mask.is_file():
            raise MattewrightError(f"{options.mask}: no such file")
        mask = _as_written(options.mask, path.parent)
    if options.correct:
        if mask is not None:
            raise MattewrightError("--correct: starts from the tracked mask; leave out --mask, or prompt with it alone")
        from ..jobs.correct import keep_tracked_mask

        mask = _as_written(keep_tracked_mask(path.parent, shot, options.object, options.frame), path.parent)
    said = Prompts(options.frame, points, box, mask=mask)
    old = next((item for item in shot.objects if item.name == options.object), ShotObject(options.object))
    if old.classes:
        raise MattewrightError(
            f"{path}: object '{old.name}' is made of classes, and not tracked from prompts: name another one, or have it tracked with"
            f" `classify --track {old.name}`"
        )
    others = tuple(prompts for prompts in old.prompts if prompts.frame != options.frame)
    changed = dataclasses.replace(old, prompts=tuple(sorted((*others, said), key=lambda prompts: prompts.frame)))
    names = [item.name for item in shot.objects]
    objects = tuple(changed if item.name == changed.name else item for item in shot.objects)
    if changed.name not in names:
        objects = (*objects, changed)
    write_document(path, dataclasses.replace(shot, objects=objects))
    print(f"{path}: '{changed.name}' is prompted on frame {', '.join(str(prompts.frame) for prompts in changed.prompts)}")
    return 0


def check(options: argparse.Namespace) -> int:
    """`check SHOT`: the document, the footage and every prompt's picture."""
    from ..jobs import OpenShot
    from ..jobs.class_plan import ClassKeys, stale_labels
    from ..refine import CATALOGUE

    with OpenShot(options.shot) as opened:
        if any(item.classes for item in opened.shot.objects):
            keys = ClassKeys(opened)
            for item in opened.shot.objects:
                keys.indices(item.classes, f"object '{item.name}'")
        for item in opened.shot.objects:
            for prompts in item.prompted:
                opened.prompt_mask(prompts)
                if not opened.reader.has_picture(prompts.frame):
                    raise MattewrightError(
                        f"{opened.path}: object '{item.name}' is prompted on frame {prompts.frame}, where the footage has no picture"
                    )
        opened.reader.picture(opened.shot.range.first)
        print(f"{opened.path}: valid; {len(opened.shot.objects)} objects, {len(opened.shot.range)} frames")
        stale = stale_labels(opened)
        if stale:
            print(f"labels by '{opened.shot.classes.network}' are stale on {listed(stale)}: classify to have them new")
        for name in unused(opened.shot, CATALOGUE):
            print(f"Blender Mask '{name}': no step of any chain asks for it")
        without = lacking(opened.shot, CATALOGUE)
        if without:
            raise MattewrightError(f"{opened.path}: " + "; ".join(f"'{name}': {reason}" for name, reason in without.items()))
    return 0


def ops(options: argparse.Namespace) -> int:
    """`ops`: what the declarations say."""
    from ..refine import CATALOGUE
    from .chains import as_text

    if options.json:
        print(json.dumps([dump(op) for op in CATALOGUE.values()], ensure_ascii=False, indent=1))
        return 0
    family = ""
    for op in CATALOGUE.values():
        if op.family != family:
            family = op.family
            print(f"# {family}")
        print(f"{op.name}: {op.description}")
        for value in op.parameters:
            limits = f"{value.low:.7g} to {value.high:.7g}" if value.low is not None and value.high is not None else value.kind
            limits = {"bool": "on or off", "color": "R,G,B or #rrggbb", "object": "an object's name", "mask": "a Blender Mask's name"}.get(
                value.kind, ", ".join(value.choices) or limits
            )
            unit = f" {value.unit}" if value.unit else ""
            print(f"    {value.name} = {as_text(value.default) or 'none'}  ({limits}{unit})  {value.description}")
    return 0


def _as_written(file: Path, folder: Path) -> str:
    """How a document in `folder` names `file`: relative if it is below the folder's parent, so that both can be moved together."""
    file, folder = file.resolve(), folder.resolve()
    if folder.parent in file.parents:
        written = Path(os.path.relpath(file, folder)).as_posix()
    else:
        written = file.as_posix()
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        raise MattewrightError(f"{str(file)!a}: the name is not UTF-8, and a shot document can't hold it: rename the file") from None
    return written
