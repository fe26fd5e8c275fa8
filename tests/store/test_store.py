"""Files in the store: whole, readable, the same from run to run, and safe on a bad day."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_disk import mounted

from engine.segment.tracker import Prediction
from engine.shot import MattewrightError, Stage
from engine.store import Store, atomic, atomic_path, clear_abandoned

MASK = (np.arange(90 * 160) % 256).astype(np.uint8).reshape(90, 160)
LOGITS = np.linspace(-30, 30, 256 * 256).astype(np.float16).reshape(256, 256)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "Zähne & more.mattewright")


def test_masks_and_logits_come_back_as_they_were(store: Store) -> None:
    store.write_mask("Zähne", 1001, MASK, "k" * 64)
    store.write_logits("Zähne", 1001, Prediction(LOGITS, 0.731), "l" * 64)
    assert np.array_equal(store.read_mask("Zähne", 1001), MASK)
    back = store.read_logits("Zähne", 1001)
    assert np.array_equal(back.logits, LOGITS)
    assert back == Prediction(back.logits, 0.731)
    assert store.key("Zähne", "mask", 1001) == "k" * 64
    assert store.key("Zähne", "logits", 1001) == "l" * 64
    assert store.key("Zähne", "mask", 1002) is None


def test_the_same_input_gives_the_same_bytes(store: Store) -> None:
    contents = []
    for _ in range(2):
        store.write_mask("cup", 1, MASK, "k")
        store.write_logits("cup", 1, Prediction(LOGITS, 0.5), "l")
        contents.append([store.layout.file("cup", stage, 1).read_bytes() for stage in ("mask", "logits")])  # type: ignore[arg-type]
        start = int(time.time())
        while len(contents) == 1 and int(time.time()) == start:  # EXR writers like to note the time, to the second
            time.sleep(0.02)
    assert contents[0] == contents[1]


def test_other_readers_see_the_same_pixels(store: Store) -> None:
    import cv2
    from PIL import Image

    store.write_mask("cup", 1, MASK, "k")
    path = store.layout.file("cup", "mask", 1)
    assert np.array_equal(np.asarray(Image.open(path)), MASK)
    assert Image.open(path).mode == "L"
    assert np.array_equal(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED), MASK)


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        _ = 1 / 0
    assert path.read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["mask.png"]


def test_a_writer_that_is_killed_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"before")
    code = (
        "import os, sys; from pathlib import Path; from engine.store import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as temporary:\n    temporary.write_bytes(b'half'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert path.read_bytes() == b"before"
    left = [entry for entry in tmp_path.iterdir() if entry != path]
    assert len(left) == 1
    clear_abandoned(tmp_path)
    assert left[0].exists(), "a partial file that is being written now is not to be touched"
    os.utime(left[0], (time.time() - 7200, time.time() - 7200))
    clear_abandoned(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mask.png"]


@pytest.mark.parametrize("stage", ["mask", "logits"])
def test_a_damaged_file_is_one_clear_line(store: Store, stage: Stage) -> None:
    store.write_mask("cup", 1, MASK, "k")
    store.write_logits("cup", 1, Prediction(LOGITS, 0.5), "l")
    path = store.layout.file("cup", stage, 1)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MattewrightError, match="delete it and run again") as refused:
        store.read_mask("cup", 1) if stage == "mask" else store.read_logits("cup", 1)
    assert "\n" not in str(refused.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "small", "size=256k")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "read only", "ro,size=1m")


@pytest.mark.parametrize("stage", ["mask", "logits"])
def test_a_full_disk_is_said_and_nothing_is_lost(small_disk: Path, stage: Stage) -> None:
    store = Store(small_disk / "shot")
    noise = np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8)
    prediction = Prediction(noise.astype(np.float16) / 7, 0.5)

    def write(frame: int) -> None:
        if stage == "mask":
            store.write_mask("cup", frame, noise, "k")
        else:
            store.write_logits("cup", frame, prediction, "k")

    write(1)
    with pytest.raises(MattewrightError, match="the disk is full") as refused:
        for frame in range(2, 9):
            write(frame)
    assert "\n" not in str(refused.value)
    frames = [frame for frame, _ in store.layout.files("cup", stage)]
    assert frames and frames == list(range(1, len(frames) + 1))
    for frame in frames:
        found = store.read_mask("cup", frame) if stage == "mask" else store.read_logits("cup", frame).logits
        assert np.array_equal(found, noise if stage == "mask" else prediction.logits)
    assert not list(store.layout.folder("cup", stage).glob(".*"))


def test_a_read_only_folder_is_said_before_any_work(read_only_disk: Path) -> None:
    with pytest.raises(MattewrightError, match="choose another store folder"):
        Store(read_only_disk / "shot").prepare("cup", "logits")


def test_a_file_that_another_program_has_open_on_windows_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has another file put over one that is open there; after some tries it is said."""
    store.write_mask("cup", 1, MASK, "k")

    def refused(temporary: Path, path: Path) -> None:
        error = PermissionError(errno.EACCES, "Access is denied", str(path))
        error.winerror = 5
        raise error

    tried: list[float] = []
    monkeypatch.setattr(atomic, "os", SimpleNamespace(name="nt", replace=refused, fsync=os.fsync))
    monkeypatch.setattr(atomic, "time", SimpleNamespace(sleep=tried.append))
    with pytest.raises(MattewrightError, match=r"cup_0001\.png: another program may have it open \(Access is denied\); close it there"):
        store.write_mask("cup", 1, 255 - MASK, "k")
    assert len(tried) == 4 and sum(tried) < 2
    assert np.array_equal(store.read_mask("cup", 1), MASK)
    assert not list(store.layout.folder("cup", "mask").glob(".*"))
