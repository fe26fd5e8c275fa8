"""What an environment was made from, in a file of its own inside it: by this a finished one is known, and a broken-off one goes on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

NAME = "mattewright.json"
REQUIREMENTS = ("requirements-torch.txt", "requirements.txt", "requirements-sam2.txt")


@dataclass(frozen=True)
class Made:
    """The record of an environment."""

    digest: str
    build: str
    """One of `builds.BUILDS`."""
    done: tuple[str, ...] = ()
    """The steps that are finished."""


def digest(engine: Path, build: str, version: str) -> str:
    """Of all that an environment is made from: the engine's requirements, torch's build, and the Python's version (``3.11``)."""
    texts = [(engine / name).read_text(encoding="utf-8") for name in REQUIREMENTS]
    return hashlib.sha256("\n".join([build, version, *texts]).encode()).hexdigest()


def read(environment: Path) -> Made | None:
    """The record in `environment`; None where there is none that can be read."""
    try:
        content = json.loads((environment / NAME).read_text(encoding="utf-8"))
        return Made(str(content["digest"]), str(content["build"]), tuple(str(step) for step in content["done"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(environment: Path, made: Made) -> None:
    """Put the record into `environment`, whole or not at all."""
    temporary = environment / f"{NAME}.tmp"
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(made), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(environment / NAME)


def finished(environment: Path, step: str) -> None:
    """Note in the record that `step` is done."""
    known = read(environment)
    if known is not None and step not in known.done:
        write(environment, replace(known, done=(*known.done, step)))


def interpreter(environment: Path) -> Path:
    """The Python of an environment. Never resolved: an environment is known by where its link is."""
    return environment / "Scripts" / "python.exe" if sys.platform == "win32" else environment / "bin" / "python"


def is_whole(environment: Path) -> bool:
    """Whether the environment's Python can be there: it is a link to, or starts, the one that it was made with, which may be gone."""
    if not interpreter(environment).is_file():
        return False
    if sys.platform != "win32":
        return True
    try:
        lines = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    home = next((line.partition("=")[2].strip() for line in lines if line.split("=")[0].strip() == "home"), "")
    return bool(home) and (Path(home) / "python.exe").is_file()
