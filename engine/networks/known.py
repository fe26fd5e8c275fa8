"""Which networks there are, where their graphs lie, and that these are still what they were."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..segment.models import weights
from ..segment.models.registry import GraphPackage, Member, Model
from ..shot import DocumentError, MattewrightError
from .card import NetworkCard, Task, read_card

OWN = "networks"
"""The folder in the models folder with the user's own cards and graphs."""
_CARDS = Path(__file__).parent / "cards"
_digests: dict[tuple[Path, int, int], str] = {}
"""Of this process's own graphs by (path, bytes, time of change in ns)."""


@cache
def shipped() -> Mapping[str, NetworkCard]:
    """The cards that come with Mattewright, by name."""
    found = [read_card(path) for path in sorted(_CARDS.glob("*.json"))]
    return MappingProxyType({card.name: card for card in found})


def own_folder() -> Path:
    return weights.models_folder() / OWN


def cards(task: Task | None = None) -> dict[str, NetworkCard]:
    """Every card that can be read, shipped ones first, by name; only those for `task`. Ones that can't be read `broken` has."""
    found = dict(shipped())
    for path in _own_paths():
        try:
            card = _own(path)
        except DocumentError:
            continue
        found.setdefault(card.name, card)
    return {name: card for name, card in found.items() if task in (None, card.task)}


def broken() -> dict[str, str]:
    """The user's own cards that can't be read: by file, why in one line."""
    found = {}
    for path in _own_paths():
        try:
            _own(path)
        except DocumentError as error:
            found[path.name] = str(error)
    return found


def find_card(name: str, task: Task | None = None) -> NetworkCard:
    """The card of the network called `name`. Raises MattewrightError naming those that there are, or what is wrong with its card."""
    card = shipped().get(name)
    path = own_folder() / f"{name}.json"
    if card is None and path in _own_paths():
        card = _own(path)
    if card is None or task not in (None, card.task):
        known = ", ".join(sorted(cards(task))) or "none"
        wanted = f" for {task}" if task else ""
        reason = (
            f"is not one{wanted}"
            if card is not None or name in weights.BUILT_IN
            else f"not known: take in your own with `models add {name}.json`"
        )
        raise MattewrightError(f"network '{name}': {reason}; known{wanted}: {known}")
    return card


def _own_paths() -> list[Path]:
    folder = own_folder()
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _own(path: Path) -> NetworkCard:
    card = read_card(path)
    if card.name != path.stem:
        raise DocumentError(f"{path}", f"name: expected '{path.stem}', as the file is called, got '{card.name}'")
    if card.name in shipped() or card.name in weights.BUILT_IN:
        raise DocumentError(f"{path}", f"name: '{card.name}' comes with Mattewright: call yours otherwise, and its file too")
    return card


def is_own(card: NetworkCard) -> bool:
    return card.name not in shipped()


def graph_path(card: NetworkCard) -> Path:
    """Where its .onnx file is, or would be."""
    return own_folder() / card.file if is_own(card) else weights.models_folder() / card.file


def installed(card: NetworkCard) -> bool:
    """Whether its graph is there, by presence and size alone."""
    try:
        size = graph_path(card).stat().st_size
    except OSError:
        return False
    return card.bytes in (0, size)


def checksum(card: NetworkCard) -> str:
    """The SHA-256 of its graph, read from the file once in a process. Raises MattewrightError when it isn't there or isn't what it was."""
    if not is_own(card):
        return weights.checksum(card.name)
    path = graph_path(card)
    try:
        stat = path.stat()
    except OSError:
        raise MattewrightError(f"{path}: the graph of your network '{card.name}' is missing: put it there") from None
    key = (path, stat.st_size, stat.st_mtime_ns)
    if key not in _digests:
        _digests[key] = weights.file_sha256(path)
    if card.sha256 and _digests[key] != card.sha256:
        raise MattewrightError(f"{path}: expected SHA-256 {card.sha256}, as its card says, got {_digests[key]}: correct the card's sha256")
    return _digests[key]


def as_model(card: NetworkCard) -> Model | None:
    """What the models' installer, list and checks take a shipped network for; None of the user's own."""
    source = card.source
    if source is None or is_own(card):
        return None
    graph = Member(source.member, source.member_bytes, source.member_sha256)
    package = GraphPackage(source.registry, source.package, source.version, source.bytes, source.sha256, graph)
    return Model(card.name, card.label, card.licence, package, card.file, card.bytes or None, card.sha256 or None, "", False)


@cache
def models() -> Mapping[str, Model]:
    """The shipped networks as models, by name."""
    return MappingProxyType({name: model for name, card in shipped().items() if (model := as_model(card)) is not None})
