"""Names of files that every system takes."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.shot import Layout, folder_name


@given(st.text(min_size=1, max_size=200))
def test_any_name_becomes_one_file_name_for_every_system(name: str) -> None:
    folder = folder_name(name)
    assert folder
    assert not set(folder) & set('<>:"/\\|?*#%')
    assert not any(ord(letter) < 32 for letter in folder)
    assert folder not in (".", "..")
    assert not folder.endswith((".", " "))
    assert not folder.startswith(" ")
    assert folder.split(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert folder == unicodedata.normalize("NFC", folder)
    assert folder_name(folder) == folder
    folder.encode("utf-8")


@pytest.mark.parametrize("name", ["Zähne", "牙", "left cup", "a.b"])
def test_letters_of_every_script_stay(name: str) -> None:
    assert folder_name(name) == name


def test_frames_have_four_digits_and_more_when_they_need_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    names = [layout.file("cup", "mask", frame).name for frame in (0, 7, 9999, 10000)]
    assert names == ["cup_0000.png", "cup_0007.png", "cup_9999.png", "cup_10000.png"]


def test_files_lists_just_the_objects_own(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    folder = layout.folder("cup", "mask")
    folder.mkdir(parents=True)
    for name in (
        "cup_0003.png",
        "cup_10000.png",
        "cup_00003.png",
        "cup_0004.exr",
        ".cup_0005.99.partial.png",
        "other_0003.png",
        "cup_03.png",
    ):
        (folder / name).write_bytes(b"")
    assert [frame for frame, _ in layout.files("cup", "mask")] == [3, 10000]
    assert list(layout.files("nobody", "mask")) == []
