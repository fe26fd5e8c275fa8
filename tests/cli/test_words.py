"""What the program says of itself: every command's help, and the declarations, which Blender shows too, in Blender's spelling."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from engine.cli.main import make_parser
from engine.export.catalogue import declarations
from engine.refine import CATALOGUE

BRITISH = re.compile(r"colour|neighbour|\bcentre\b|\bgray\b", re.IGNORECASE)


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for made in action.choices.values():
                yield from helps(made)


def declared() -> Iterator[str]:
    for op in CATALOGUE.values():
        yield from (op.description, *(value.description for value in op.parameters))
    for made in declarations().values():
        yield from (made.label, made.description, made.convention, *(value.description for value in made.parameters))


def test_one_spelling_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    found = [line for text in (*helps(make_parser()), *declared()) for line in text.splitlines() if BRITISH.search(line)]
    assert found == []


def test_every_option_of_every_command_says_what_it_is() -> None:
    def options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
        for action in parser._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):
                for made in action.choices.values():
                    yield from options(made)

    silent = [action.dest for action in options(make_parser()) if not action.help and not isinstance(action, argparse._SubParsersAction)]
    assert silent == []
