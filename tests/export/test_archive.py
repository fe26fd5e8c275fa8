"""The shot archive: it opens as a shot where it is unpacked, its manifest is right, and its bytes are the same from run to run."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import export_scene as scene
import numpy as np
import pytest
from PIL import Image

from engine.export.archive import check_name
from engine.jobs import OpenShot
from engine.jobs.export import verify_job
from engine.shot import Output
from engine.store import Store

ARCHIVE = Output("all", "archive", folder="../out put")
NAMES = ("disk", "Äpfel 1/2")


def archive_of(place: Path, output: Output = ARCHIVE) -> Path:
    folder = scene.make(place, output, names=NAMES)
    assert scene.export(folder).written == 1
    (path,) = (place / "out put").iterdir()
    return path


def test_what_is_unpacked_is_a_shot_again(tmp_path: Path) -> None:
    path = archive_of(tmp_path)
    assert path.name == "a shot.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "theirs")
    ours, theirs = Store(tmp_path / "shot.mattewright"), Store(tmp_path / "theirs")
    for name in NAMES:
        for frame in range(1, 5):
            assert np.array_equal(theirs.read_alpha(name, frame), scene.alpha(name, frame))
            assert theirs.key(name, "mask", frame) == ours.key(name, "mask", frame) is not None
    with OpenShot(tmp_path / "theirs") as opened:
        assert [item.name for item in opened.shot.objects] == list(NAMES)


def test_the_manifest_has_a_hash_of_every_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(archive_of(tmp_path)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist()) - {"manifest.json"}
        assert set(manifest["files"]) == names
        assert {"shot.json", "contact_sheet.png", "objects/disk/alpha/disk_0001.png"} <= names
        for name in names:
            assert manifest["files"][name]["sha256"] == hashlib.sha256(archive.read(name)).hexdigest()
    assert (manifest["shot"], manifest["size"], manifest["frames"]) == ("a shot", [64, 48], [1, 4])
    assert manifest["objects"] == list(NAMES)


def test_two_archives_of_one_shot_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (archive_of(tmp_path / place).read_bytes() for place in ("one", "two"))
    assert one == two


def test_it_is_written_once_and_again_where_something_changed(tmp_path: Path) -> None:
    path = archive_of(tmp_path)
    folder = tmp_path / "shot.mattewright"
    before = path.stat().st_mtime_ns
    assert scene.export(folder).fresh == 1
    assert path.stat().st_mtime_ns == before
    Store(folder).write_mask("disk", 2, scene.mask("disk", 3), "another")  # the alphas are what is exported elsewhere; this is in it too
    assert scene.export(folder).written == 1


def test_the_contact_sheet_shows_frames_of_every_object(tmp_path: Path) -> None:
    with zipfile.ZipFile(archive_of(tmp_path)) as archive, archive.open("contact_sheet.png") as stream:
        sheet = np.asarray(Image.open(stream))
    assert sheet.ndim == 3
    assert sheet.shape[1] > 4 * 240
    assert len(np.unique(sheet.reshape(-1, 3), axis=0)) > 100


def test_verifying_finds_damage(tmp_path: Path) -> None:
    path = archive_of(tmp_path)

    def wrong() -> tuple[str, ...]:
        with OpenShot(tmp_path / "shot.mattewright") as opened:
            job = verify_job(opened)
            try:
                while True:
                    next(job)
            except StopIteration as end:
                return tuple(end.value.wrong)

    assert wrong() == ()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert "changed since it was written" in wrong()[0]


@pytest.mark.parametrize("name", ["", "/etc/x", "a/../b", "..", "C:/x", "a\\b", "a//b"])
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        check_name(name)
