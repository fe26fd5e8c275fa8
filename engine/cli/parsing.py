"""What the commands' parsers have in common. Nothing heavy is imported before a command is run."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def shot_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shot", type=Path, metavar="SHOT", help="shot.json, or the folder that it is in")


def device_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="where the model runs (default: the best that is there)")


def of(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """The command `name` of a module that is not imported before it is run."""

    def command(options: argparse.Namespace) -> int:
        run: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f".{module}", __package__), name)
        return run(options)

    return command
