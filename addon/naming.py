"""Names that are free."""

from __future__ import annotations

from collections.abc import Iterable


def free_name(known: Iterable[str], wanted: str) -> str:
    """`wanted`, or that with a number that none of the `known` has, whatever their case: Windows and macOS don't tell Dog from dog."""
    taken = {name.casefold() for name in known}
    stem, _, digits = wanted.rpartition(" ")
    stem = stem if stem and digits.isdecimal() else wanted
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem[:56]} {number}"
    return name
