"""A network of the user's own: its card and its graph go into the models folder, once it has been tried."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from ..segment.models import weights
from ..shot import MattewrightError
from ..store.atomic import atomic_path
from .card import NetworkCard, read_card
from .known import own_folder, shipped
from .session import Session, blob


def add(path: Path) -> tuple[NetworkCard, Path]:
    """Take in the card at `path`, whose graph lies beside it; the card, and where the graph is now.

    Raises MattewrightError, and takes in nothing, for a card that is wrong, a graph that isn't there, that onnxruntime can't load or whose
    answer to a picture isn't what the card says.
    """
    card = read_card(path)
    if card.name in shipped() or card.name in weights.BUILT_IN:
        raise MattewrightError(f"{path}: name: '{card.name}' comes with Mattewright: call yours otherwise")
    graph = path.parent / card.file
    if not graph.is_file():
        raise MattewrightError(f"{graph}: no such file: put the graph beside its card")
    _try(card, graph)
    folder = own_folder()
    for source, target in ((graph, folder / card.file), (path, folder / f"{card.name}.json")):  # a card without its graph would be broken
        if not (target.exists() and target.samefile(source)):
            with atomic_path(target) as temporary:
                shutil.copyfile(source, temporary)
    return card, folder / card.file


def _try(card: NetworkCard, graph: Path) -> None:
    session = Session(card, "cpu", graph=graph)
    sizes = {(card.input.height + times * card.input.step, card.input.width + 2 * times * card.input.step) for times in (0, 1)}
    for size in sorted(sizes):
        answer = session.run(blob(np.zeros((*size, 3), np.uint8), card.input))
        if card.task == "classes":
            from ..classify import read_scores

            read_scores(answer, card, size)
