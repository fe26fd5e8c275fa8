"""How things are said."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """``1 file``, ``3 files``; `many` where it isn't `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def were(count: int) -> str:
    return "was" if count == 1 else "were"


def are(count: int) -> str:
    return "is" if count == 1 else "are"
