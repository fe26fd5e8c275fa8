"""The shot as one file, to be handed to someone else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from ...shot import Stage
from ...shot.operations import Parameter
from ...shot.outputs import FormatDeclaration
from ..archive import Archive, check_archive
from ..context import Context
from ..format import Exporter, File

_STAGES: tuple[tuple[str, Stage, bool, str], ...] = (
    ("masks", "mask", True, "The objects' masks"),
    ("alphas", "alpha", True, "The objects' alphas, where there are any"),
    ("foregrounds", "foreground", False, "The objects' own colors, where there are any"),
    ("logits", "logits", False, "What the model said, from which masks can be refined anew"),
)


class ShotArchive:
    """A zip that is a shot's folder when it is unpacked: `shot.json` and the store's files, with a manifest and a contact sheet."""

    declaration: ClassVar[FormatDeclaration] = FormatDeclaration(
        "archive",
        "Shot Archive",
        "One zip with the masks and alphas, the shot's document, a manifest and a contact sheet",
        "Archives",
        "shot",
        ".zip",
        "{shot}",
        "The store's own files: 255 or 65535 where the object is",
        (
            *(Parameter(name, "bool", default, description) for name, _, default, description in _STAGES),
            Parameter("pictures", "bool", True, "The contact sheet shows the mattes over the footage"),
        ),
        bytes_per_pixel=0.2,
    )
    version: ClassVar[int] = 1

    def __init__(self, context: Context) -> None:
        self._context = context

    def files(self) -> Sequence[File]:
        context = self._context
        digest = hashlib.sha256(context.opened.path.read_bytes())
        for _, name, path in self._members():
            there = path.stat()
            digest.update(f"{name} {there.st_size} {there.st_mtime_ns}\n".encode())
        (file,) = context.planned()
        return [File(file.path, file.frames, file.objects, (digest.hexdigest(),), pictures=context.switch("pictures"))]

    def write(self, file: File, path: Path) -> None:
        from ..contact_sheet import contact_sheet

        context = self._context
        archive = Archive(path)
        try:
            archive.add("shot.json", context.opened.path.read_bytes())
            archive.add("contact_sheet.png", contact_sheet(context, context.switch("pictures")))
            done = context.frames.first - 1
            for frame, name, member in self._members():
                archive.copy(name, member)
                if frame is not None and frame > done:
                    context.tick(frame)
                    done = frame
            height, width = context.size
            archive.close(
                shot=context.shot.name,
                size=[width, height],
                frames=[context.frames.first, context.frames.last],
                objects=[item.name for item in context.objects],
            )
        finally:
            archive.abandon()

    def verify(self, file: File, path: Path) -> None:
        check_archive(path)

    def _members(self) -> Iterator[tuple[int | None, str, Path]]:
        """(frame, name in the archive, path) of the store's files that go into it, by frame, and what prompts refer to first."""
        context = self._context
        layout = context.opened.store.layout
        prompts = {prompt.mask for item in context.objects for prompt in item.prompts if prompt.mask}
        for said in sorted(prompts):
            path = layout.root / said
            inside = path.is_file() and path.resolve().is_relative_to(layout.root.resolve())
            if inside:
                yield None, path.resolve().relative_to(layout.root.resolve()).as_posix(), path
        stages = [stage for name, stage, _, _ in _STAGES if context.switch(name)]
        for frame in context.frames:
            for item in context.objects:
                for stage in stages:
                    path = layout.file(item.name, stage, frame)
                    if path.is_file():
                        yield frame, path.relative_to(layout.root).as_posix(), path


EXPORTERS: tuple[type[Exporter], ...] = (ShotArchive,)
