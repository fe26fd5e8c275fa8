"""The refine ops' declarations, for the side that doesn't have the ops: `ops.json`, written from them and tested to be the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .document import Catalogue
from .fields import load, parse_json
from .operations import Declaration

FILE = Path(__file__).with_name("ops.json")
"""Made anew by ``python -m engine ops --json``."""


@cache
def catalogue() -> Catalogue:
    """The declarations by name, in the order of menus."""
    content = parse_json(FILE.read_text(encoding="utf-8"))
    assert isinstance(content, list)
    found = (load(Declaration, item, f"ops[{number}]") for number, item in enumerate(content))
    return {declaration.name: declaration for declaration in found}
