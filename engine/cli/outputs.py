"""Commands on a shot's outputs."""

from __future__ import annotations

import argparse
import json

from ..shot.fields import dump
from .chains import as_text


def formats(options: argparse.Namespace) -> int:
    """`formats`: what the exporters' declarations say."""
    from ..export.catalogue import declarations

    if options.json:
        print(json.dumps([dump(declaration) for declaration in declarations().values()], ensure_ascii=False, indent=1))
        return 0
    family = ""
    for declaration in declarations().values():
        if declaration.family != family:
            family = declaration.family
            print(f"# {family}")
        print(f"{declaration.name}: {declaration.description}")
        if declaration.convention:
            print(f"    {declaration.convention}")
        for value in declaration.parameters:
            limits = f"{value.low:.7g} to {value.high:.7g}" if value.low is not None and value.high is not None else value.kind
            limits = {"bool": "on or off", "color": "R,G,B or #rrggbb"}.get(value.kind, ", ".join(value.choices) or limits)
            unit = f" {value.unit}" if value.unit else ""
            print(f"    {value.name} = {as_text(value.default) or 'none'}  ({limits}{unit})  {value.description}")
    return 0
