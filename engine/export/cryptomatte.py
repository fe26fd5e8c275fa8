"""Cryptomatte's ids and ranks.

Friedman and Jones, "Fully automatic ID mattes with support for motion blur and transparency" (2015), and the Cryptomatte specification 1.2:
an id is the MurmurHash3 of the name's UTF-8, taken for the bits of a float32; channels R, G hold the id and coverage of the most covering
object, B, A those of the next, and so on in as many layers as there are pairs.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .murmur import murmur3


def id_bits(name: str) -> int:
    """The name's id as 32 bits that are a float which is neither infinite, nor not a number, nor denormal."""
    bits = murmur3(name.encode("utf-8"))
    exponent = bits >> 23 & 0xFF
    return bits ^ 1 << 23 if exponent in (0, 255) else bits


def id_float(name: str) -> np.float32:
    """The name's id as the files hold it."""
    (value,) = struct.unpack("<f", struct.pack("<I", id_bits(name)))
    return np.float32(value)


def ranked(
    coverages: Sequence[tuple[np.float32, npt.NDArray[np.float32]]], ranks: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Of (id, (height, width) coverage 0 to 1) of each object: (ids, coverages), both (ranks, height, width), most covering first.

    Where nothing is left both are 0. Each coverage is the object's own alpha: those of objects that overlap may sum up to more than 1.
    """
    height, width = coverages[0][1].shape
    ids, shares = np.zeros((2, ranks, height, width), np.float32)
    for number, coverage in coverages:
        left_id, left = np.where(coverage > 0, number, np.float32(0)), coverage.copy()
        for rank in range(ranks):
            more = left > shares[rank]
            if not more.any():
                continue
            ids[rank], left_id = np.where(more, left_id, ids[rank]), np.where(more, ids[rank], left_id)
            shares[rank], left = np.where(more, left, shares[rank]), np.where(more, shares[rank], left)
    return ids, shares


def layer_names(layer: str, ranks: int) -> list[str]:
    """The channels of a Cryptomatte called `layer`: ``layer00.R``, ``layer00.G``, ... for that many ranks, which are even."""
    return [f"{layer}{number:02d}.{channel}" for number in range(ranks // 2) for channel in "RGBA"]


def header(layer: str, names: Sequence[str]) -> Mapping[str, str]:
    """What the file's header says of the Cryptomatte `layer`, with the manifest of `names`."""
    key = f"cryptomatte/{id_bits_plain(layer):08x}"[:19]
    manifest = json.dumps({name: f"{id_bits(name):08x}" for name in names}, ensure_ascii=False, separators=(",", ":"))
    return {
        f"{key}/name": layer,
        f"{key}/hash": "MurmurHash3_32",
        f"{key}/conversion": "uint32_to_float32",
        f"{key}/manifest": manifest,
    }


def id_bits_plain(name: str) -> int:
    """The hash itself: what headers call a layer by."""
    return murmur3(name.encode("utf-8"))
