"""How scene-linear footage is shown, what alpha means, how fast an image sequence is: what a file of pictures does not say of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from .errors import DocumentError
from .fields import Range

SourceAlpha = Literal["auto", "straight", "premultiplied", "ignored"]
"""What colours are where the footage has an alpha of its own. ``straight``: not multiplied by it. ``premultiplied``: multiplied with black,
scene-linear ones as light, others the values as displayed. ``ignored``: as if there were no alpha. ``auto``, by the format: OpenEXR is
premultiplied; TIFF and a QuickTime movie are what they say of themselves (ExtraSamples; the graphics mode of the video media header);
everything else is straight, as its format has it or for want of a word."""
Transfer = Literal["srgb", "rolloff", "log"]
"""``srgb``: sRGB's own (IEC 61966-2-1), what is brighter than white is white. ``rolloff``: the same up to 0.6, brighter light comes ever
nearer to white. ``log``: ACEScct's curve (Academy S-2016-001), 17.5 stops in all, on the footage's own primaries."""


@dataclass(frozen=True)
class View:
    """What scene-linear pictures (OpenEXR, Radiance HDR) look like to the model, to refine ops and mattes, and in exports that hold colours
    as displayed. Pictures that are encoded for display, all others, are seen as they are: none of this touches them."""

    exposure: Annotated[float, Range(-20, 20)] = 0.0
    """Stops: light is multiplied by 2 to the power of it first."""
    transfer: Transfer = "srgb"


USUAL_VIEW = View()


@dataclass(frozen=True)
class Rate:
    """Frames a second, exactly: 24000/1001 is (24000, 1001)."""

    frames: Annotated[int, Range(1, 10_000_000)]
    seconds: Annotated[int, Range(1, 10_000_000)] = 1

    @property
    def exact(self) -> Fraction:
        return Fraction(self.frames, self.seconds)

    @classmethod
    def of(cls, rate: float | Fraction) -> Rate:
        """The exact rate that `rate` stands for (`meant_rate`). Raises DocumentError for one that is none."""
        exact = meant_rate(rate)
        return cls(exact.numerator, exact.denominator)


def meant_rate(rate: float | Fraction) -> Fraction:
    """The exact rate that is meant: 23.976, 29.97 and their like are those of 24000/1001 and 30000/1001. Raises DocumentError."""
    if not 0 < rate <= 10_000:
        raise DocumentError("rate", f"expected frames a second, a number above 0 and up to 10000, got {rate}")
    if isinstance(rate, Fraction):
        return rate
    if abs(rate - round(rate)) < 1e-4 and round(rate):
        return Fraction(round(rate))
    broken = Fraction(math.ceil(rate) * 1000, 1001)
    return broken if abs(float(broken) - rate) < 0.005 else Fraction(rate).limit_denominator(1001)
