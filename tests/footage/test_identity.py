"""An identity follows the content, not the place."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from footage_fixtures import drawn, write_image, write_movie, write_sequence

from engine.footage import identity, open_footage, probe


def identities(path: Path, **changes: object) -> list[str]:
    footage = replace(probe(path), **changes)  # type: ignore[arg-type]
    with open_footage(footage, path.parent) as reader:
        return [reader.identity(frame) for frame in footage.frames()]


def test_a_movie_keeps_it_when_copied_and_renamed(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "one.mp4", 8)
    before = identities(path)
    assert len(set(before)) == 8
    (tmp_path / "elsewhere").mkdir()
    copy = Path(shutil.copyfile(path, tmp_path / "elsewhere" / "two.mp4"))
    assert identities(copy) == before
    assert identities(path, frame_start=100) == before, "the scene frame is not part of it, what it shows is"


def test_it_changes_with_the_content_and_the_rate(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "one.mp4", 8)
    before = identities(path)
    assert identities(path, fps=12.0) != before
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    after = identities(path)
    assert not set(before) & set(after)


def test_each_image_has_its_own(tmp_path: Path) -> None:
    first = write_sequence(tmp_path, [1, 2, 3])
    before = identities(first)
    assert len(set(before)) == 3
    second = write_image(tmp_path / "shot_0002.png", drawn(77))
    os.utime(second, (1, 1))
    after = identities(first)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]


def test_the_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_sequence(tmp_path, [1])
    before = identities(first)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *rest, **more: (opened.append(self), real(self, *rest, **more))[1])
    assert identities(first) == before
    assert opened == []


def test_a_huge_file_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "WHOLE", 1000)
    monkeypatch.setattr(identity, "SAMPLE", 16)
    path = tmp_path / "huge.bin"
    path.write_bytes(bytes(100_000))
    before = identity.content_digest(path)
    for change in (0, 99_999):
        content = bytearray(100_000)
        content[change] = 1
        path.write_bytes(content)
        os.utime(path, ns=(change, change))
        assert identity.content_digest(path) != before
    path.write_bytes(bytes(100_001))
    assert identity.content_digest(path) != before
