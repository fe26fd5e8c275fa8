"""The interface in other languages: a JSON file for each, from our English words to the language's, given to Blender as they are.

Blender itself translates names, tooltips and the texts of labels and buttons; where a panel puts values into a text, it asks for the text's
translation first (`pgettext_iface`) and fills it in then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from .. import package

FOLDER = Path(__file__).parent
LOCALES: Mapping[str, tuple[str, ...]] = {"de": ("de_DE", "de")}
"""Blender's names for the language of each file; they differ from release to release."""
CONTEXT = "Mattewright"
"""Our own, for words that Blender's own catalogues have in another sense: a track, a look, what is normal. They come before ours."""
CONTEXTS = ("*", "Operator", CONTEXT)
"""Where Blender looks a text up: buttons of operators have a context of their own."""


def read(language: str) -> dict[str, str]:
    """Our words to those of `language`, the name of a file."""
    words: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return words


def for_blender() -> dict[str, dict[tuple[str, str], str]]:
    """As `bpy.app.translations.register` wants it."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for language, locales in LOCALES.items():
        words = {(context, english): said for english, said in read(language).items() for context in CONTEXTS}
        found |= dict.fromkeys(locales, words)
    return found


_register: Any = bpy.app.translations.register  # some stubs know of no such thing
_translated: Any = bpy.app.translations.pgettext_iface


def register() -> None:
    _register(package.NAME, for_blender())


def unregister() -> None:
    bpy.app.translations.unregister(package.NAME)


def phrase(text: str, **values: object) -> str:
    """`text` in the interface's language, with `values` put where it names them in braces."""
    said = str(_translated(text, CONTEXT))
    if said == text:
        said = str(_translated(text))
    return said.format(**values) if values else said
