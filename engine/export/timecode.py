"""SMPTE time code (ST 12-1): ``01:02:03:04``, or ``01:02:03;04`` where numbers are dropped to keep up with the clock at 29.97 and 59.94."""

from __future__ import annotations

import re
from fractions import Fraction

_SHAPE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.])(\d\d)")
_DAY = 24 * 60


def later(code: str, frames: int, rate: Fraction) -> str:
    """The time code `frames` after `code`, at `rate` frames a second; empty for what is none at this rate. A day later it begins anew."""
    found = _SHAPE.fullmatch(code.strip())
    whole = round(rate)
    if found is None or not 1 <= whole <= 99 or int(found[5]) >= whole:
        return ""
    drops = found[4] != ":"
    if drops and (rate.denominator != 1001 or whole % 30):
        return ""
    dropped = whole // 15 if drops else 0  # numbers at the beginning of each minute, but for every tenth
    minute, ten = 60 * whole - dropped, 600 * whole - 9 * dropped
    minutes = 60 * int(found[1]) + int(found[2])
    number = 60 * whole * minutes + whole * int(found[3]) + int(found[5]) - dropped * (minutes - minutes // 10) + frames
    number %= _DAY // 10 * ten
    tens, rest = divmod(number, ten)
    ones = 0 if rest < 60 * whole else 1 + (rest - 60 * whole) // minute
    rest -= 0 if not ones else 60 * whole + (ones - 1) * minute - dropped
    minutes = 10 * tens + ones
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:{rest // whole:02d}{';' if drops else ':'}{rest % whole:02d}"
