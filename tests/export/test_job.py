"""The job that exports: what is fresh, what is missing, what is in the way, what a stop leaves, and what verifying finds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import cv2
import export_scene as scene
import numpy as np
import pytest
from small_disk import mounted

from engine.jobs import OpenShot
from engine.jobs.export import Verified, export_job, verify_job
from engine.jobs.export_plan import plan_export
from engine.shot import MattewrightError, Output, Value
from engine.store import Store

MASKS = Output("masks", "png")


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def verified(folder: Path) -> Verified:
    with OpenShot(folder) as opened:
        job = verify_job(opened)
        try:
            while True:
                next(job)
        except StopIteration as end:
            found: Verified = end.value
            return found


def test_files_are_written_once_and_then_left_alone(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    assert scene.export(folder).written == 4
    assert files_of(folder / "exports") == [f"masks/disk/disk_{frame:04d}.png" for frame in range(1, 5)]
    stamps = [path.stat().st_mtime_ns for path in sorted((folder / "exports").rglob("*.png"))]
    again = scene.export(folder)
    assert (again.written, again.fresh) == (0, 4)
    assert stamps == [path.stat().st_mtime_ns for path in sorted((folder / "exports").rglob("*.png"))]


def test_what_changed_is_written_anew(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    scene.export(folder)
    Store(folder).write_alpha("disk", 2, scene.alpha("disk", 1), "another", "alpha")
    assert scene.export(folder).written == 1
    found = cv2.imread(str(folder / "exports/masks/disk/disk_0002.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found, scene.alpha("disk", 1))
    scene.write(folder, Output("masks", "png", values={"depth": "8"}))
    assert scene.export(folder).written == 4


def test_a_file_that_is_gone_or_changed_is_written_anew(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    scene.export(folder)
    gone, changed = (folder / f"exports/masks/disk/disk_000{frame}.png" for frame in (1, 3))
    before = changed.read_bytes()
    gone.unlink()
    changed.write_bytes(before[:-1] + b"?")
    assert scene.export(folder).written == 2
    assert changed.read_bytes() == before


def test_what_others_wrote_stays(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    foreign, beside = folder / "exports/masks/disk/disk_0002.png", folder / "exports/masks/disk/notes.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    beside.write_text("mine too")
    with pytest.raises(MattewrightError, match=r"disk_0002\.png: there, and not written by this output"):
        scene.export(folder)
    assert files_of(folder / "exports") == ["masks/disk/disk_0002.png", "masks/disk/notes.txt"]
    assert foreign.read_text() == "mine"
    assert scene.export(folder, overwrite=True).written == 4
    assert beside.read_text() == "mine too"


def test_what_is_missing_is_said_before_anything_is_written(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    (folder / "objects/disk/alpha/disk_0003.png").unlink()
    with pytest.raises(MattewrightError, match=r"output 'masks': there is no alpha of 'disk' on frame 3: run first"):
        scene.export(folder)
    assert not (folder / "exports").exists()
    made = scene.export(folder, incomplete=True)
    assert (made.written, made.left_out) == (3, 1)


def test_a_stop_keeps_what_is_done_and_the_next_goes_on(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS, names=("disk", "other"))
    with OpenShot(folder) as opened:
        job = export_job(opened)
        next(job)
        job.close()
    done = files_of(folder / "exports")
    assert 1 <= len(done) < 8
    assert all(name.endswith(".png") and not Path(name).name.startswith(".") for name in done)
    again = scene.export(folder)
    assert (again.written, again.fresh) == (8 - len(done), len(done))


KILLED = """
import os, sys
from engine.cli import main
from engine.store import atomic
count, move = 0, atomic._replace
def die(temporary, path):
    global count
    count += 1
    os._exit(9) if count == 3 else move(temporary, path)
atomic._replace = die
main(["export", sys.argv[1]])
"""


def test_an_engine_that_is_killed_loses_the_file_in_hand_alone(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS, names=("disk", "other"))
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], cwd=root, capture_output=True)
    assert done.returncode == 9, done.stderr
    there = sorted((folder / "exports").rglob("*.png"))
    whole, partial = [[path for path in there if (".partial." in path.name) == half] for half in (False, True)]
    assert len(whole) == 2
    assert partial
    foreign = partial[0].with_name(".download.0123456789ab.partial.png")
    foreign.write_bytes(b"mine")
    for path in (*partial, foreign):
        os.utime(path, (0, 0))  # long ago
    again = scene.export(folder)
    assert (again.written, again.fresh) == (6, 2)
    left = sorted((folder / "exports").rglob("*.png"))
    assert len(left) == 9
    assert foreign in left
    assert verified(folder) == Verified(8, ())


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = scene.make(tmp_path / "one", MASKS), scene.make(tmp_path / "zwö lf", MASKS)
    scene.export(one)
    scene.export(two)
    assert files_of(one / "exports") == files_of(two / "exports")
    for name in files_of(one / "exports"):
        assert (one / "exports" / name).read_bytes() == (two / "exports" / name).read_bytes()


def test_only_the_outputs_that_are_named_or_enabled(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS, Output("hard", "png", content="mask", values={"depth": "8"}, enabled=False), first_frame_only())
    scene.export(folder)
    assert not (folder / "exports/hard").exists()
    assert files_of(folder / "exports/one") == ["disk/disk_0001.png"]
    scene.export(folder, "hard")
    found = cv2.imread(str(folder / "exports/hard/disk/disk_0001.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found, scene.mask("disk", 1))
    with pytest.raises(MattewrightError, match="output 'soft': not in this shot; its outputs: 'masks', 'hard', 'one'"):
        scene.export(folder, "soft")


def first_frame_only() -> Output:
    return Output("one", "png", first=1, last=1)


def test_names_that_would_be_one_file_are_refused(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("masks", "png", pattern="same_{frame}"), names=("disk", "other"))
    with pytest.raises(MattewrightError, match="would be one file"):
        scene.export(folder)


def test_room_is_looked_at_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = scene.make(tmp_path, MASKS)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(MattewrightError, match=r"are needed and 0 MB are free: free some space"):
        scene.export(folder)
    assert not (folder / "exports").exists()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "small", "size=512k")


@pytest.mark.parametrize(
    ("format", "values", "room"),
    [
        ("png_cutout", {"depth": "16"}, 12),
        ("tiff_cutout", {"compression": "none"}, 40),
        ("exr_cutout", {"compression": "none"}, 40),
        ("ffv1", {"rate": 25}, 12),
        ("prores", {"rate": 25}, 12),
        ("archive", {}, 4),
    ],
)
def test_a_disk_that_fills_up_is_said_and_the_next_export_goes_on(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch, format: str, values: dict[str, Value], room: int
) -> None:
    """Another program takes the room that was there beforehand."""
    folder = scene.make(tmp_path, Output("out", format, folder=str(small), values=values))
    ballast = small / "another's.bin"
    ballast.write_bytes(bytes((512 - room) << 10))
    monkeypatch.setattr("engine.jobs.export_plan.LEAST_ROOM", -(1 << 40))
    with pytest.raises(MattewrightError, match="the disk is full; free some space and run again, what is done is kept") as refused:
        scene.export(folder)
    assert "\n" not in str(refused.value)
    ballast.unlink()
    there = files_of(small)
    assert not [name for name in there if Path(name).name.startswith(".")], "nothing half done is left"
    assert [line for line in verified(folder).wrong if "missing" not in line] == []
    again = scene.export(folder)
    assert again.fresh == len(there) and again.written > 0
    assert verified(folder).wrong == ()


def test_verifying_counts_hashes_and_decodes(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    scene.export(folder)
    assert verified(folder) == Verified(4, ())
    first, second = (folder / f"exports/masks/disk/disk_000{frame}.png" for frame in (1, 2))
    first.unlink()
    data = bytearray(second.read_bytes())
    data[60] ^= 1
    stat = second.stat()
    second.write_bytes(bytes(data))
    os.utime(second, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # nobody sees it but who reads it
    Store(folder).write_alpha("disk", 4, scene.alpha("disk", 1), "another", "alpha")
    found = verified(folder)
    assert found.right == 1
    missing, changed, stale = found.wrong
    assert "disk_0001.png: missing" in missing
    assert "disk_0002.png: changed since it was written" in changed
    assert "disk_0004.png: stale" in stale


def test_the_plan_writes_nothing_and_says_what_is_stale(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS)
    (folder / "objects/disk/alpha/disk_0003.png").unlink()
    before = files_of(folder)
    with OpenShot(folder) as opened:
        plan = plan_export(opened, incomplete=True)
    assert plan.count == 3
    assert plan.outputs[0].missing == {"disk": [3]}
    assert plan.outputs[0].notes() == ["output 'masks': 'disk' is missing on frame 3"]
    assert files_of(folder) == before


EXPORTING = """
import sys
from pathlib import Path
from engine.jobs import OpenShot
from engine.jobs.export import export_job
with OpenShot(Path(sys.argv[1])) as opened:
    job = export_job(opened)
    next(job)
    print("at it", flush=True)
    sys.stdin.read()
"""


def test_an_output_is_exported_by_one_engine_at_a_time(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, MASKS, Output("other", "tiff"))
    place = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", EXPORTING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=place
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "at it\n"
        with pytest.raises(MattewrightError, match=rf"output 'masks': another engine \(process {other.pid} on .+\) is exporting it: wait"):
            scene.export(folder)
        other.kill()  # what it leaves holds nobody up
    scene.export(folder)
    assert len([name for name in files_of(folder / "exports") if "/." not in name]) == 8
    assert verified(folder).wrong == ()


def test_a_journal_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.manifest.SPARE", 5)
    folder = scene.make(tmp_path, MASKS)
    journal = folder / "outputs/masks.jsonl"
    lengths = []
    for number in range(8):
        for frame in range(scene.FIRST, scene.LAST + 1):
            Store(folder).write_alpha("disk", frame, scene.alpha("disk", frame), f"{number}", "alpha")
        assert scene.export(folder).written == scene.LAST
        lengths.append(len(journal.read_bytes().splitlines()))
    assert max(lengths) <= 2 * scene.LAST + 5 + scene.LAST
    assert verified(folder).wrong == ()
    scene.write(folder, Output("masks", "png", folder="elsewhere"))
    scene.export(folder)
    scene.write(folder, MASKS)
    assert scene.export(folder).fresh == scene.LAST  # its files there are still known for its own


def test_two_outputs_never_write_the_same_file(tmp_path: Path) -> None:
    folder = scene.make(tmp_path, Output("one", "colmap", values={"images": "always"}), Output("two", "gaussian_splatting"))
    with pytest.raises(MattewrightError, match=r"output 'two': .+shot_0001.png: output 'one' writes it, too: give one of the two a folder"):
        scene.export(folder)
    assert not (folder / "exports").exists()
    scene.write(folder, Output("one", "colmap", values={"images": "always"}), Output("two", "gaussian_splatting", folder="splats"))
    scene.export(folder)
    assert verified(folder).wrong == ()
