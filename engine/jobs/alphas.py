"""The keys of alphas and of foregrounds: what each is made from, and so whether it is fresh.

An alpha hangs on its own frame alone: on the picture, the mask as one sees it (live steps and all), the logits and the settings. Steadied,
it hangs on those of the frames next to it too, as they were before they were steadied; and where the method goes by what came before, on
all pictures before it on which the object is tracked without a gap. Which frames a job was given is no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..matte import around, foreground, methods, steady
from ..matte.methods import Chosen
from ..shot import MattewrightError, ShotObject
from ..store import keys
from .masks import MaskKeys
from .opened import OpenShot

RawStage = Literal["alpha", "raw"]


def raw_stage(item: ShotObject) -> RawStage:
    """Where the method's own alpha goes: beside the steadied one, if there is such a one."""
    return "raw" if item.matte.steady else "alpha"


class AlphaKeys:
    """The keys that an object's files have when they are fresh, given those of the masks."""

    def __init__(self, opened: OpenShot, masks: MaskKeys) -> None:
        self._opened, self._masks = opened, masks
        self._seen: dict[tuple[str, int], str | None] = {}
        self._raw: dict[tuple[str, int], str | None] = {}
        self._before: dict[tuple[str, int], str | None] = {}
        self._chosen: dict[str, Chosen] = {}

    def chosen(self, item: ShotObject) -> Chosen:
        """The object's method. Raises MattewrightError where its weights are not installed."""
        name = item.matte.method
        if name not in self._chosen:
            self._chosen[name] = methods.choose(name)
        return self._chosen[name]

    def there(self, item: ShotObject, frame: int) -> bool:
        """Whether there is anything to make an alpha from."""
        return self._mask(item, frame) is not None

    def finished(self, item: ShotObject, frame: int) -> bool:
        """Whether the alpha's file is that of a locked frame, which nobody writes."""
        return item.is_locked(frame) and self._opened.store.layout.file(item.name, "alpha", frame).is_file()

    def raw(self, item: ShotObject, frame: int) -> str | None:
        """The key of the method's alpha; None where there is nothing to make it from. Raises as `chosen` does."""
        if (item.name, frame) not in self._raw:
            self._raw[item.name, frame] = self._new(item, frame, self._past(item, frame))
        return self._raw[item.name, frame]

    def _past(self, item: ShotObject, frame: int) -> str | None:
        """Of the pictures before `frame` that the method has seen when it comes there; None for none."""
        if not self.chosen(item).sequential:
            return None
        before = self._before
        run = [frame]
        while (item.name, run[-1]) not in before and self.there(item, run[-1] - 1):
            run.append(run[-1] - 1)
        for at in reversed(run):
            if (item.name, at) not in before:
                seen = self.there(item, at - 1)
                before[item.name, at] = keys.seen_key(before[item.name, at - 1], self._opened.reader.identity(at - 1)) if seen else None
        return before[item.name, frame]

    def alone(self, item: ShotObject, frame: int) -> str | None:
        """The key of the method's alpha as if nothing came before."""
        return self._new(item, frame, None)

    def beginning(self, item: ShotObject, frame: int) -> int:
        """The frame that the method must have begun at to come to `frame`: that frame itself, unless it goes by what came before."""
        while self.chosen(item).sequential and self.there(item, frame - 1):
            frame -= 1
        return frame

    def near(self, item: ShotObject, frame: int) -> list[int]:
        """How far off the frames are, of those that there are, whose alphas steady that of `frame`; 0 is itself."""
        return [offset for offset in range(-steady.REACH, steady.REACH + 1) if self.there(item, frame + offset)]

    def alpha(self, item: ShotObject, frame: int) -> str | None:
        """The key of the alpha; None where there is nothing to make it from."""
        if self.finished(item, frame):
            return self._finished(item, frame)
        if not item.matte.steady or not self.there(item, frame):
            return self.raw(item, frame)
        near = {}
        for offset in self.near(item, frame):
            at = frame + offset
            raw = self._finished(item, at) if self.finished(item, at) else self.raw(item, at)
            assert raw is not None
            near[offset] = raw, self._opened.reader.identity(at)
        return keys.steadied_key(steady.VERSION, item.matte.steady, near)

    def foreground(self, item: ShotObject, frame: int) -> str | None:
        """The key of the object's own colour; None where it isn't asked for, or there is nothing to make it from."""
        alpha = self.alpha(item, frame) if item.matte.foreground else None
        if alpha is None or not self._opened.reader.has_picture(frame):
            return None
        screen = item.matte.despill
        despill = None if screen == "none" or not item.matte.despill_strength else (screen, item.matte.despill_strength)
        version = f"{foreground.VERSION} around" if self._opened.shot.footage.wraps else foreground.VERSION
        return keys.foreground_key(alpha, self._opened.reader.identity(frame), version, despill)

    def fresh_alpha(self, item: ShotObject, frame: int) -> bool:
        return self.finished(item, frame) or self._opened.store.key(item.name, "alpha", frame) == self.alpha(item, frame)

    def fresh_foreground(self, item: ShotObject, frame: int) -> bool:
        """True where none is asked for."""
        store = self._opened.store
        if item.is_locked(frame) and store.layout.file(item.name, "foreground", frame).is_file():
            return True
        wanted = self.foreground(item, frame)
        return wanted is None or store.key(item.name, "foreground", frame) == wanted

    def _mask(self, item: ShotObject, frame: int) -> str | None:
        """The key of the mask as one sees it; None where there is none, or no picture."""
        if (item.name, frame) not in self._seen:
            found = self._masks.seen(item, frame) if frame >= 0 and self._opened.reader.has_picture(frame) else None
            self._seen[item.name, frame] = found
        return self._seen[item.name, frame]

    def _new(self, item: ShotObject, frame: int, before: str | None) -> str | None:
        mask, opened, chosen, said = self._mask(item, frame), self._opened, self.chosen(item), item.matte
        if mask is None:
            return None
        band = said.width, said.inside, said.outside
        features = opened.features_version if chosen.needs_features else None
        past = (before,) if chosen.sequential else None
        way = f" around {around.VERSION}" if chosen.sequential else " around"
        version = f"{chosen.version}{way}" if opened.shot.footage.wraps else chosen.version
        return keys.alpha_key(opened.size, version, band, mask, opened.reader.identity(frame), features, past)

    def _finished(self, item: ShotObject, frame: int) -> str:
        recorded = self._opened.store.key(item.name, "alpha", frame)
        if recorded is None:  # painted by hand
            recorded = hashlib.sha256(self._opened.store.layout.file(item.name, "alpha", frame).read_bytes()).hexdigest()
        return keys.finished_alpha(recorded)


@dataclass
class AlphaPlan:
    """The alphas, and the foregrounds that are asked for, of some objects."""

    stale: dict[str, list[int]] = field(default_factory=dict)
    """By object name, the frames of which a file is stale, or will be once what it is made from is made."""
    fresh: int = 0
    lacking: dict[str, str] = field(default_factory=dict)
    """Objects that are passed over, because their method can't work here: in one line, why, and what to do."""

    @property
    def count(self) -> int:
        """Frames that are to be made, of all objects."""
        return sum(len(frames) for frames in self.stale.values())

    def look(self, keys: AlphaKeys, item: ShotObject, frames: Sequence[int]) -> None:
        """Take in what the object's files say on `frames`, on which there is, or will be, a mask to make them from."""
        try:
            keys.chosen(item)
            there = [frame for frame in frames if keys.there(item, frame)]
            stale = [frame for frame in there if not (keys.fresh_alpha(item, frame) and keys.fresh_foreground(item, frame))]
        except MattewrightError as error:
            self.lacking[item.name] = str(error)
            return
        self.stale[item.name] = stale
        self.fresh += len(there) - len(stale)
