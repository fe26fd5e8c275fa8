"""MurmurHash3, x86, 32 bits, seed 0: what Cryptomatte calls names by. Algorithm: Austin Appleby, public domain."""

from __future__ import annotations

_ALL = 0xFFFFFFFF


def murmur3(data: bytes) -> int:
    """0 to 2^32 - 1."""
    mixed = 0
    body = len(data) // 4 * 4
    for at in range(0, body, 4):
        mixed ^= _scrambled(int.from_bytes(data[at : at + 4], "little"))
        mixed = (_rotated(mixed, 13) * 5 + 0xE6546B64) & _ALL
    if len(data) > body:
        mixed ^= _scrambled(int.from_bytes(data[body:], "little"))
    mixed ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & _ALL
    return mixed ^ (mixed >> 16)


def _scrambled(word: int) -> int:
    return _rotated((word * 0xCC9E2D51) & _ALL, 15) * 0x1B873593 & _ALL


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _ALL
