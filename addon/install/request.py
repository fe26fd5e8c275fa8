"""What Blender asks the worker for, as JSON in its first line of standard input; and what the worker says, a line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from .errors import InstallError


@dataclass(frozen=True)
class Request:
    """One installation, or one removal."""

    folder: str
    """Where the environment and what belongs to it lie; made if need be."""
    engine: str
    """The engine's folder: its requirements, and its program."""
    kind: str = "install"
    """``install``, ``model`` (its weights alone, with the engine that `python` runs), or ``remove``."""
    build: str = "pip"
    """One of `builds.BUILDS`."""
    python: str = ""
    """The Python that the environment is made with, empty for the worker's own; for ``model``, the engine's."""
    model: str = ""
    """The model whose weights are installed after the environment; empty for none."""
    models: str = ""
    """The folder of the weights; empty for the engine's usual one."""
    model_file: str = ""
    """What would be downloaded for the model, already on this machine."""
    packages: str = ""
    """A folder of wheels that everything is taken from, without the network; empty for the package indexes."""
    offline: bool = False
    """Whether the network may not be used. The packages must then come from `packages`."""

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=True) + "\n"


def read_request(line: str) -> Request:
    """Raises InstallError for what is no request."""
    try:
        return Request(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise InstallError(f"no request: {error}") from None


GO, CANCEL = "go", "cancel"
"""What Blender may say after its request, a line each: that the engine is stopped, and that the work shall end. The end of the input
cancels too."""


@dataclass(frozen=True)
class News:
    """What the worker says."""

    event: str
    """``step``: `text` is at `share`. ``stop engine``: Blender is to, and to say go. ``done``, ``cancelled``, ``failed``: the end."""
    text: str = ""
    share: float = 0.0
    """Of the whole work, 0 to 1."""

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=True) + "\n"


def read_news(line: bytes) -> News | None:
    """None for a line that is none, such as what a tool printed."""
    try:
        content: Any = json.loads(line)
        return News(**content)
    except (ValueError, TypeError):
        return None
