"""The words of the commands `formats`, `outputs` and `export`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .options import frames_option
from .parsing import of, shot_option

if TYPE_CHECKING:
    from .parsing import Commands

OUTPUTS = """\
An output is what `export` writes: which objects, in which format, where to. Without options, all outputs of the shot are shown.

  python -m engine formats                                               which formats there are; `formats png_cutout` for one's options
  python -m engine outputs SHOT --add png_cutout --set hidden=bleed      a PNG with alpha for each object and frame
  python -m engine outputs SHOT --add prores --name edit --object dog    a movie of one object
  python -m engine outputs SHOT --output edit --frames 1-48              change one that is there
"""
EXPORT = """\
Files that are fresh stay as they are. Nothing is written where something is missing or in the way: it is said what, and what to do.
"""


def add_commands(commands: Commands) -> None:
    formats = commands.add_parser("formats", help="list the formats of outputs, or all about one of them")
    formats.add_argument("format", nargs="?", metavar="FORMAT", help="this one, with what its values mean and its options")
    formats.add_argument("--json", action="store_true", help="print JSON: the declarations, as engine/shot/formats.json holds them")
    formats.set_defaults(command=of("outputs", "formats"))
    _outputs(commands)
    _export(commands)


def _outputs(commands: Commands) -> None:
    outputs = commands.add_parser(
        "outputs",
        help="show, add or change what a shot exports",
        description=OUTPUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shot_option(outputs)
    which = outputs.add_argument_group("which output")
    which.add_argument("--add", metavar="FORMAT", help="a new one in this format (see `formats`)")
    which.add_argument("--output", metavar="NAME", help="one that is there: show it alone, or change it with the options below")
    which.add_argument("--remove", metavar="NAME", help="take it out of the document; its files stay")
    how = outputs.add_argument_group("how it is set, with --add or --output")
    how.add_argument("--name", metavar="NAME", help="what it is called, and its files are by their usual names (default: the format)")
    how.add_argument("--object", action="append", default=[], metavar="NAME", help="only this object (may be repeated; default: all)")
    how.add_argument("--all-objects", action="store_true", help="all objects again, also those to come")
    how.add_argument(
        "--content",
        choices=("auto", "mask", "alpha"),
        help="what of an object: its mask after the refine chain, its alpha by `matte`, or (auto, the default) the alpha where its matte is"
        " enabled, else the mask",
    )
    how.add_argument("--folder", metavar="FOLDER", help="where the files go: absolute, or from the document's folder on (default: exports)")
    how.add_argument(
        "--pattern",
        metavar="NAMES",
        help="how the files are called, / between folders, without the ending: {shot} {output} {object} {frame}, {frame:6} for six digits,"
        " and {source}, the footage's file name; empty for the format's usual names",
    )
    how.add_argument("--frames", type=frames_option, metavar="A-B", help="only these scene frames (default: the shot's range)")
    how.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        help="one of the format's options (may be repeated; `formats FORMAT` lists them)",
    )
    how.add_argument("--enable", action="store_true", help="have `export` write it where no output is named (the default)")
    how.add_argument("--disable", action="store_true", help="have `export` write it only where it is named")
    outputs.set_defaults(command=of("outputs", "outputs"))


def _export(commands: Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write the files of the shot's outputs that are missing or stale",
        description=f"Write the files of the shot's outputs that are missing or stale. {EXPORT}",
    )
    shot_option(export)
    export.add_argument(
        "--output", action="append", default=[], metavar="NAME", help="only this one (may be repeated; default: all that are enabled)"
    )
    what = export.add_mutually_exclusive_group()
    what.add_argument("--plan", action="store_true", help="write nothing: say what would be written, what is stale, and what hinders it")
    what.add_argument("--verify", action="store_true", help="write nothing: read the files back, and say what is wrong with them")
    export.add_argument(
        "--incomplete", action="store_true", help="leave out frames that have no mask, alpha or picture, instead of refusing to export"
    )
    export.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files in the way that the output did not write, instead of refusing to export",
    )
    export.set_defaults(command=of("outputs", "export"))
