"""The table of photographs is well-formed, and each has an author and a licence that is allowed."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from scripts.matte_data import photographs
from scripts.matte_data.qt_resource import files_in


def test_every_photograph_has_an_author_and_an_allowed_licence():
    table = photographs.table()
    assert len(table) >= 100
    assert len({photograph.name for photograph in table}) == len(table)
    for photograph in table:
        assert photograph.licence in photographs.ALLOWED_LICENCES
        assert photograph.author and photograph.version and photograph.stated
        assert photograph.file.startswith("usr/share/")
        assert bool(photograph.member) == photograph.file.endswith(".rcc")
        assert "/" not in photograph.name


def test_a_licence_that_is_not_allowed_is_refused(tmp_path, monkeypatch):
    wrong = photographs.TABLE.read_text(encoding="utf-8").replace('"CC0-1.0"', '"CC-BY-NC-4.0"', 1)
    path = tmp_path / "photographs.toml"
    path.write_text(wrong, encoding="utf-8")
    monkeypatch.setattr(photographs, "TABLE", path)
    with pytest.raises(ValueError, match=r"CC-BY-NC-4\.0"):
        photographs.table()


def test_large_photographs_are_scaled_down_and_saved_whole(tmp_path):
    content = io.BytesIO()
    Image.new("RGB", (2400, 1000), (10, 200, 30)).save(content, "PNG")
    photographs.save(content.getvalue(), tmp_path / "a ü.jpg")
    assert Image.open(tmp_path / "a ü.jpg").size == (1920, 800)
    assert [path.name for path in tmp_path.iterdir()] == ["a ü.jpg"]


def test_files_of_a_qt_resource_are_read():
    names, at = b"", []
    for name in ("folder", "a.txt", "b.txt"):
        at.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    packed = struct.pack(">I", 5) + zlib.compress(b"inner")
    data = struct.pack(">I", 5) + b"plain" + struct.pack(">I", len(packed)) + packed
    tree = struct.pack(">IHII", 0, 2, 1, 1) + struct.pack(">IHII", at[0], 2, 2, 2)
    tree += struct.pack(">IHHHI", at[1], 0, 0, 0, 0) + struct.pack(">IHHHI", at[2], 1, 0, 0, 9)
    header = b"qres" + struct.pack(">IIII", 1, 20, 20 + len(tree), 20 + len(tree) + len(data))
    assert dict(files_in(header + tree + data + names)) == {"/folder/a.txt": b"plain", "/folder/b.txt": b"inner"}
    with pytest.raises(ValueError, match="qres"):
        list(files_in(b"RIFF"))
