"""Everything on one picture, with nobody pointing: the masks that SAM 2 gives for a grid of points, less the doubtful and the repeated.

Method: Kirillov et al., "Segment Anything" (2023), section 5 and appendix B: three masks for each point of a regular grid; those stay of
which the model expects a high IoU and that a shifted threshold hardly changes; of near copies the one with the highest expected IoU stays.
Copies are told by the masks themselves, not by their boxes as there: a thing and what frames it have one box and are two regions.
The picture is not looked at again in crops.

Then, for a picture in which each pixel is one region's, the masks are laid over one another (`lay`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..shot import Box
from ..shot.regions import Region, RegionSettings
from .image_model import POSITIVE, Embedding, ImageModel
from .shapes import middle

Bits = npt.NDArray[np.uint64]
"""(n, words): masks, a bit a cell."""
Labels = npt.NDArray[np.uint16]
"""(height, width): each pixel's region, 0 for none."""

BATCH, BATCH_ON_CPU = 64, 4
"""Points that the decoder gets at once. On a processor more at once are slower, for they outgrow its caches, and a point's intermediate
results are 27 MiB (one core, 1024: 4 points 186 ms each, 16 points 237, 64 points 265 and 1.7 GiB more)."""
OVERLAP = 0.7
"""The highest IoU of two masks that are not the same thing: that of SAM 2's own automatic masks."""
NESTED = 0.8
"""The share of the smaller mask that lies within the larger one, from which on it is a part of it."""
_SHIFT = 1.0
"""Logits by which the threshold is moved, either way, for a mask's stability."""
_HELD = 1024
"""Masks that are kept (128 KiB each) before copies among them are dropped: three of each point would be 400 MiB for a grid of 32."""


@dataclass(frozen=True)
class Found:
    """Masks of one picture, none a copy of another; by expected IoU, the highest first."""

    logits: npt.NDArray[np.float16]
    """(n, 256, 256), over the whole picture; above 0 is inside."""
    scores: npt.NDArray[np.float32]
    """(n,): the IoU that the model expects."""
    stabilities: npt.NDArray[np.float32]
    """(n,): the IoU of the masks one logit below the threshold and one above it."""

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def masks(self) -> npt.NDArray[np.bool_]:
        """(n, 256, 256)."""
        return np.asarray(self.logits > 0)

    def only(self, chosen: Sequence[int] | npt.NDArray[np.intp]) -> Found:
        """Those at the places `chosen`, in that order."""
        places = np.asarray(chosen, np.intp)
        return Found(self.logits[places], self.scores[places], self.stabilities[places])

    def and_also(self, other: Found) -> Found:
        """These, then `other`."""
        return Found(
            np.concatenate([self.logits, other.logits]),
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.stabilities, other.stabilities]),
        )


Finding = Generator[tuple[int, int], None, Found]
"""Yields (done, total) after each batch of points; its return value is what was found. Closing it stops it there."""


def grid_points(count: int, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(count * count, 2): x, y in pixels of a picture of `size` (height, width), in the middles of count x count equal cells, by rows."""
    height, width = size
    along = (np.arange(count, dtype=np.float32) + 0.5) / count
    x, y = np.meshgrid(along * width, along * height)
    return np.stack([x.ravel(), y.ravel()], -1).astype(np.float32)


def find(model: ImageModel, embedding: Embedding, settings: RegionSettings, batch: int | None = None) -> Finding:
    """The masks of everything on the picture that `embedding` is of. `batch`: points at once, by default what suits the device.

    The same picture and settings give the same masks. A picture on which nothing is sure and steady enough has none.
    """
    batch = batch or (BATCH_ON_CPU if model.device == "cpu" else BATCH)
    height, width = embedding.size
    points = torch.from_numpy(grid_points(settings.grid, embedding.size))[:, None]
    total = -(-len(points) // batch)
    kept: Found | None = None
    for number in range(total):
        some = points[number * batch : (number + 1) * batch]
        labels = torch.full(some.shape[:2], POSITIVE, dtype=torch.int32)
        more = _sure(*model.decode_batch(embedding, some, labels, multimask=True), settings)
        kept = more if kept is None else kept.and_also(more)
        if len(kept) > _HELD:
            kept = kept.only(distinct(packed(kept.masks), kept.scores))
        yield number + 1, total
    assert kept is not None
    kept = kept.only(distinct(packed(kept.masks), kept.scores))
    kept = cleaned(kept, settings.pixels(width, height) / (width * height))
    return kept.only(distinct(packed(kept.masks), kept.scores))  # without their islands two may be the same


@torch.inference_mode()
def _sure(logits: Tensor, scores: Tensor, settings: RegionSettings) -> Found:
    """Of masks (B, 3, 256, 256) with scores (B, 3), those that `settings` lets pass."""
    chosen = scores >= settings.least_score
    logits, scores = logits[chosen], scores[chosen]
    inner, outer = ((logits > shift).sum((1, 2)) for shift in (_SHIFT, -_SHIFT))
    stabilities = inner / outer.clamp(min=1)
    steady = (stabilities >= settings.least_stability) & (inner > 0)
    logits = logits[steady].clamp(-1e4, 1e4)
    return Found(logits.half().cpu().numpy(), scores[steady].cpu().numpy(), stabilities[steady].cpu().numpy())


def packed(masks: npt.NDArray[np.bool_]) -> Bits:
    """Masks (n, h, w) as bits, h * w a multiple of 64."""
    return np.packbits(masks.reshape(len(masks), masks.shape[1] * masks.shape[2]), axis=1).view(np.uint64)


def areas_of(bits: Bits) -> npt.NDArray[np.int64]:
    """(n,): the cells of each mask."""
    return np.asarray(np.bitwise_count(bits).sum(1, dtype=np.int64))


def distinct(bits: Bits, scores: npt.NDArray[np.float32], overlap: float = OVERLAP) -> npt.NDArray[np.intp]:
    """The masks' places without copies, by score: none of them has an IoU above `overlap` with another. Empty masks are left out.

    Greedily: the highest score stays and takes its copies away, then the highest of what is left; of equal ones the first.
    """
    areas = areas_of(bits)
    left = np.argsort(-scores, kind="stable")
    left = left[areas[left] > 0]
    kept: list[int] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        # Two masks' IoU is at most their areas' ratio: most need not be looked at.
        close = np.minimum(areas[left], areas[best]) > overlap * np.maximum(areas[left], areas[best])
        near = left[close]
        both = np.bitwise_count(bits[near] & bits[best]).sum(1, dtype=np.int64)
        copies = both > overlap * (areas[near] + areas[best] - both)
        left = left[~np.isin(left, near[copies])]
    return np.array(kept, np.intp)


def cleaned(found: Found, least: float) -> Found:
    """Without islands and holes smaller than the share `least` of the picture (0 to 1), and without masks that are no larger."""
    cells = least * found.logits[0].size if len(found) else 0.0
    logits, kept = found.logits.copy(), []
    for index, mask in enumerate(found.masks):
        tidy = without_specks(without_specks(mask, cells), cells, holes=True)
        if np.count_nonzero(tidy) >= max(1.0, cells):
            kept.append(index)
        changed = tidy != mask
        # What is filled becomes as sure as it was to be outside, and the other way round, so that outlines stay smooth.
        logits[index][changed] = np.where(tidy[changed], np.maximum(-logits[index][changed], 0.1), -logits[index][changed])
    return Found(logits, found.scores, found.stabilities).only(kept)


def without_specks(mask: npt.NDArray[np.bool_], least: float, *, holes: bool = False) -> npt.NDArray[np.bool_]:
    """`mask` (h, w) without connected parts of fewer than `least` cells; for `holes`, with such holes filled."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((mask != holes).astype(np.uint8), connectivity=4 if holes else 8)
    small = stats[:, cv2.CC_STAT_AREA] < least
    small[0] = False  # what is not looked at
    if count <= 1 or not small.any():
        return mask
    return np.asarray(mask != small[parts])


def order_of_painting(bits: Bits, quality: npt.NDArray[np.float32]) -> list[int]:
    """In which order masks are painted one over the other.

    A mask comes after every one that it is a part of (NESTED), so that both can be seen; of those left to choose from the one with the
    lowest `quality` comes first, so that where two overlap otherwise, the better one has it. Of equal ones the larger comes first.
    """
    areas = areas_of(bits)
    waits = np.zeros(len(bits), np.int64)
    parts: list[npt.NDArray[np.intp]] = []
    for index in range(len(bits)):
        within = _inside(bits, areas, index)
        parts.append(np.flatnonzero(within))
        waits += within
    ready: list[tuple[float, int, int]] = []
    for first in np.flatnonzero(waits == 0):
        heappush(ready, (float(quality[first]), -int(areas[first]), int(first)))
    order: list[int] = []
    while ready:
        *_, index = heappop(ready)
        order.append(index)
        for part in parts[index]:
            waits[part] -= 1
            if not waits[part]:
                heappush(ready, (float(quality[part]), -int(areas[part]), int(part)))
    return order


def _inside(bits: Bits, areas: npt.NDArray[np.int64], index: int) -> npt.NDArray[np.bool_]:
    """(n,): which masks are parts of that at `index`: smaller (or as large and later), and within it."""
    smaller = (areas < areas[index]) | ((areas == areas[index]) & (np.arange(len(bits)) > index))
    both = np.bitwise_count(bits & bits[index]).sum(1, dtype=np.int64)
    return np.asarray(smaller & (both >= NESTED * areas))


def lay(found: Found, size: tuple[int, int], least_area: int = 1) -> tuple[Labels, list[Region]]:
    """The masks over one another on a picture of `size` (height, width), each pixel one region's; and the regions' list.

    Smaller masks lie over those that they are parts of; other overlaps go to the mask with the higher expected IoU times stability
    (`order_of_painting`). Pieces of fewer than `least_area` pixels go to what is around them. A mask of which nothing is left to see is
    none of the regions, which are numbered by their areas, the largest first (1 is the number of the first).
    """
    if len(found) > np.iinfo(np.uint16).max:
        raise ValueError(f"{len(found)} masks are more than a label image holds")
    height, width = size
    bits = packed(found.masks)
    painted: Labels = np.zeros(size, np.uint16)
    for index in order_of_painting(bits, found.scores * found.stabilities):
        # As SAM 2 enlarges its masks: bilinearly, and the threshold after that.
        enlarged = cv2.resize(found.logits[index].astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        painted[enlarged > 0] = index + 1
    tidy_labels(painted, least_area)
    seen = np.bincount(painted.ravel(), minlength=len(found) + 1)[1:]
    order = [int(index) for index in np.argsort(-seen, kind="stable") if seen[index]]
    number_of = np.zeros(len(found) + 1, np.uint16)
    number_of[np.array(order, np.intp) + 1] = np.arange(1, len(order) + 1)
    labels: Labels = number_of[painted]
    return labels, _listed(labels, found.only(order), bits[order])


def _listed(labels: Labels, found: Found, bits: Bits) -> list[Region]:
    """The regions of `labels`, of which number 1 is from the first mask of `found`."""
    areas = areas_of(bits)
    smallest_around: list[int | None] = [None] * len(found)
    for outer in sorted(range(len(found)), key=lambda index: -int(areas[index])):  # so that the smallest one has the last word
        for inner in np.flatnonzero(_inside(bits, areas, outer)):
            smallest_around[inner] = outer + 1
    listed = []
    for number, (rows, columns) in boxes_of(labels).items():
        mask = labels[rows, columns] == number
        x, y = middle(mask)
        listed.append(
            Region(
                number,
                int(np.count_nonzero(mask)),
                Box(float(columns.start), float(rows.start), float(columns.stop), float(rows.stop)),
                round(float(found.scores[number - 1]), 4),
                round(float(found.stabilities[number - 1]), 4),
                (x + columns.start, y + rows.start),
                smallest_around[number - 1],
            )
        )
    return listed


def boxes_of(labels: Labels) -> dict[int, tuple[slice, slice]]:
    """By number, the rows and columns that the region's pixels span."""
    found: dict[int, tuple[slice, slice]] = {}
    count = int(labels.max(initial=0)) + 1
    spans = []
    for axis in (0, 1):
        first = np.full(count, labels.shape[axis], np.int64)
        last = np.full(count, -1, np.int64)
        for index, line in enumerate(labels if axis == 0 else np.ascontiguousarray(labels.T)):
            there = np.flatnonzero(np.bincount(line))
            first[there] = np.minimum(first[there], index)
            last[there] = index
        spans.append((first, last))
    for number in range(1, count):
        if spans[0][1][number] >= 0:
            found[number] = (
                slice(int(spans[0][0][number]), int(spans[0][1][number]) + 1),
                slice(int(spans[1][0][number]), int(spans[1][1][number]) + 1),
            )
    return found


def tidy_labels(labels: Labels, least: int) -> None:
    """Give pieces of fewer than `least` pixels, be they of a region or of none, to the region most around them; in place.

    A piece that only nothing surrounds becomes nothing.
    """
    for number, (rows, columns) in boxes_of(labels).items():
        view = labels[rows, columns]
        mask = view == number
        view[mask & ~without_specks(mask, least)] = 0
    count, parts, stats, _ = cv2.connectedComponentsWithStats((labels == 0).astype(np.uint8), connectivity=4)
    for part in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[part])
        if area >= least:
            continue
        rows, columns = slice(max(0, top - 1), top + height + 1), slice(max(0, left - 1), left + width + 1)
        hole = parts[rows, columns] == part
        around = cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~hole
        beside = np.bincount(labels[rows, columns][around])
        if beside[1:].any():
            labels[rows, columns][hole] = 1 + int(beside[1:].argmax())
