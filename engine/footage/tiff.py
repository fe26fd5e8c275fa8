"""Whether a TIFF file says that its colours are multiplied by its alpha: OpenImageIO makes no difference between that and no word of it."""

from __future__ import annotations

import struct
from pathlib import Path

_EXTRA_SAMPLES = 338
_ASSOCIATED = 1
_SHORT = 3


def says_premultiplied(path: Path) -> bool:
    """Adobe, "TIFF Revision 6.0", ExtraSamples: of the first picture. False where it says anything else, or nothing. Raises OSError."""
    with path.open("rb") as stream:
        try:
            start = stream.read(8)
            order = {b"II": "<", b"MM": ">"}.get(start[:2], "")
            if not order or struct.unpack_from(order + "H", start, 2)[0] != 42:
                return False
            stream.seek(*struct.unpack_from(order + "I", start, 4))
            (count,) = struct.unpack(order + "H", stream.read(2))
            entries = stream.read(12 * count)
            for at in range(0, len(entries), 12):
                tag, kind, many = struct.unpack_from(order + "HHI", entries, at)
                if (tag, kind) == (_EXTRA_SAMPLES, _SHORT) and many <= 2:  # more don't fit into the entry, and are no alpha
                    return bool(struct.unpack_from(order + "H", entries, at + 8)[0] == _ASSOCIATED)
        except struct.error:
            pass
    return False
