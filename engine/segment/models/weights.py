"""The models folder: which weights are installed, and that they are still what was installed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...shot import MattewrightError
from .registry import MATTING, REGISTRY, Model

if TYPE_CHECKING:
    from torch import Tensor

BUILT_IN = frozenset((*REGISTRY, *MATTING))
_CHUNK = 1 << 20
_checked: dict[tuple[Path, int, int], str] = {}
"""Digests of this process's files by (path, bytes, time of change in ns): a file is read once for its digest, not at every load."""


class ModelMissingError(MattewrightError):
    """The weights are not there, or not what they were; installing them mends it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{reason}: run python -m engine models install {name}")
        self.name = name


def models_folder() -> Path:
    """The folder with the weights: the environment's MATTEWRIGHT_MODELS, else the user's data folder. It may not be there yet."""
    set_by_user = os.environ.get("MATTEWRIGHT_MODELS")
    if set_by_user:
        return Path(set_by_user).expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("mattewright", appauthor=False) / "models"


def find(name: str) -> Model:
    """The registry's entry. Raises MattewrightError naming those that there are."""
    model = REGISTRY.get(name) or MATTING.get(name) or _networks().get(name)
    if model is None:
        raise MattewrightError(f"model '{name}': unknown; there are {', '.join((*REGISTRY, *MATTING, *_networks()))}")
    return model


def _networks() -> Mapping[str, Model]:
    from ...networks.known import models

    return models()


def weights_path(name: str) -> Path:
    """Where the model's file is, or would be."""
    return models_folder() / find(name).file


def record_path(name: str) -> Path:
    """The small JSON beside the file: its digest as it was installed, and where it came from."""
    return models_folder() / f"{find(name).name}.json"


def read_record(name: str) -> dict[str, Any] | None:
    """What was noted when the model was installed; None when nothing was. Raises MattewrightError for a broken one."""
    path = record_path(name)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record, dict) and isinstance(record.get("sha256"), str) and isinstance(record.get("bytes"), int):
            return record
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass
    raise MattewrightError(f"{path}: not a model's record: delete it and run python -m engine models install {name}")


def pinned(name: str) -> str | None:
    """The SHA-256 that the model's file must have: the registry's, else that of the first install here, else None."""
    model = find(name)
    if model.sha256 is not None:
        return model.sha256
    record = read_record(name)
    return record["sha256"] if record else None


def installed(name: str) -> bool:
    """Whether the weights are there, by their presence and size alone; `checksum` reads them."""
    model = find(name)
    try:
        size = weights_path(name).stat().st_size
    except OSError:
        return False
    return model.bytes is None or size == model.bytes


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def checksum(name: str) -> str:
    """The SHA-256 of the installed weights, read from the file (once in a process) and compared with what was installed.

    Raises MattewrightError when the model isn't installed or its file has changed since.
    """
    path = weights_path(name)
    try:
        stat = path.stat()
    except OSError:
        raise ModelMissingError(name, f"model '{name}' is not installed in {models_folder()}") from None
    key = (path, stat.st_size, stat.st_mtime_ns)
    if key not in _checked:
        expected = pinned(name)
        if expected is None:
            raise ModelMissingError(name, f"{path}: there is no record of its install")
        found = file_sha256(path)
        if found != expected:
            raise ModelMissingError(name, f"{path}: damaged or replaced: expected SHA-256 {expected}, got {found}")
        _checked[key] = found
    return _checked[key]


def verify(name: str) -> str:
    """Like `checksum`, but reads the file even if this process has done so before."""
    path = weights_path(name)
    for key in [key for key in _checked if key[0] == path]:
        del _checked[key]
    return checksum(name)


@dataclass(frozen=True)
class Listed:
    """A line of the models' list."""

    model: Model
    installed: bool
    path: Path
    """Where the file is, or would be."""


def listing() -> tuple[Listed, ...]:
    """Every model that there is, the default first, and whether it is installed here."""
    return tuple(
        Listed(model, installed(name), weights_path(name)) for name, model in (*REGISTRY.items(), *MATTING.items(), *_networks().items())
    )


def state_dict(name: str) -> dict[str, Tensor]:
    """The model's tensors by the names of its modules (sam2's, for those that segment), on the CPU, from a file that is checked first.

    Raises MattewrightError when the model isn't installed, has changed since, or is no weights file.
    """
    checksum(name)
    path = weights_path(name)
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise MattewrightError(f"{path}: not a safetensors file: {error}") from None
    return _read_checkpoint(path)


def _read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of one of Meta's .pt files: ``{"model": {name: tensor}}``. Nothing in the file is executed."""
    import pickle

    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise MattewrightError(f"{path}: refused: not a file of weights alone: {reason}") from None
    state = content.get("model") if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise MattewrightError(f"{path}: refused: expected {{'model': tensors by name}}")
    return state
