"""Every exporter that there is, found in `engine.export.formats`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ..shot.outputs import FAMILIES, FormatDeclaration
from . import formats
from .format import Exporter


@cache
def exporters() -> dict[str, type[Exporter]]:
    """By the format's name, in the order of menus: by family, then as the files list them."""
    found: list[type[Exporter]] = []
    for module in sorted(pkgutil.iter_modules(formats.__path__), key=lambda module: module.name):
        found += getattr(import_module(f"{formats.__name__}.{module.name}"), "EXPORTERS", ())
    found.sort(key=lambda exporter: FAMILIES.index(exporter.declaration.family))
    named = {exporter.declaration.name: exporter for exporter in found}
    assert len(named) == len(found), "two exporters have the same name"
    return named


def declarations() -> dict[str, FormatDeclaration]:
    """What `engine/shot/formats.json` holds."""
    return {name: exporter.declaration for name, exporter in exporters().items()}
