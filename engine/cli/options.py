"""Values of command-line options, refused with what was expected."""

from __future__ import annotations

import argparse
import math
from fractions import Fraction

from ..shot import MattewrightError, Rate
from ..shot.regions import LARGEST_GRID

_SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def frames_option(text: str) -> tuple[int, int]:
    """``12-48``, or a single frame."""
    first, dash, last = text.partition("-")
    try:
        frames = int(first), int(last) if dash else int(first)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected frames such as 12-48, got '{text}'") from None
    if frames[1] < frames[0]:
        raise argparse.ArgumentTypeError(f"expected the first frame before the last, got '{text}'")
    return frames


def rate_option(text: str) -> Rate:
    """Frames a second: ``25``, ``23.976`` or ``24000/1001``."""
    frames, slash, seconds = text.partition("/")
    try:
        rate = Rate.of(Fraction(int(frames), int(seconds)) if slash else float(frames))
    except (ValueError, ZeroDivisionError, MattewrightError):
        raise argparse.ArgumentTypeError(f"expected frames a second such as 25, 23.976 or 24000/1001, got '{text}'") from None
    return rate


def exposure_option(text: str) -> float:
    """Stops, from -20 to 20."""
    (stops,) = numbers(text, 1)
    if not -20 <= stops <= 20:
        raise argparse.ArgumentTypeError(f"expected stops from -20 to 20, got '{text}'")
    return stops


def numbers(text: str, count: int) -> tuple[float, ...]:
    """`count` numbers with commas between them."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count or not all(math.isfinite(number) for number in found):
        wanted = f"{count} numbers with commas between" if count > 1 else "a number"
        raise argparse.ArgumentTypeError(f"expected {wanted}, got '{text}'")
    return found


def point_option(text: str) -> tuple[float, ...]:
    """``X,Y`` in pixels."""
    return numbers(text, 2)


def share_option(text: str) -> float:
    """A part of the whole: above 0, at most 1."""
    (share,) = numbers(text, 1)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"expected a share above 0 and up to 1, got '{text}'")
    return share


def part_option(text: str) -> float:
    """A part of the whole, from 0 to 1."""
    (part,) = numbers(text, 1)
    if not 0 <= part <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got '{text}'")
    return part


def pixels_option(text: str) -> float:
    """A number of pixels from 0.1 on."""
    (pixels,) = numbers(text, 1)
    if not 0.1 <= pixels <= 100:
        raise argparse.ArgumentTypeError(f"expected pixels from 0.1 to 100, got '{text}'")
    return pixels


def grid_option(text: str) -> int:
    """Points along each side of the picture."""
    count = count_option(text)
    if count > LARGEST_GRID:
        raise argparse.ArgumentTypeError(f"expected at most {LARGEST_GRID} points a side, got '{text}'")
    return count


def count_option(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got '{text}'")
    return int(text)


def gigabytes_option(text: str) -> int:
    """Bytes, from gigabytes (10^9 bytes)."""
    (count,) = numbers(text, 1)
    if count < 0:
        raise argparse.ArgumentTypeError(f"expected gigabytes, 0 or more, got '{text}'")
    return int(count * 1_000_000_000)


def switch(text: str, name: str) -> bool:
    """``on`` or ``off``, of the value `name`. Raises MattewrightError."""
    if text.lower() not in _SWITCHES:
        raise MattewrightError(f"{name}: expected on or off, got '{text}'")
    return _SWITCHES[text.lower()]
