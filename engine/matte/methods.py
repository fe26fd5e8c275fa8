"""The ways to an alpha by name. Imports no torch: whether an alpha is stale is known without loading what would make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..shot import MattewrightError
from . import people, refiner, rvm
from .closed_form import CLOSED_FORM, LEARNING_BASED
from .guided import Guided
from .knn import Knn
from .method import AlphaMethod

WITHOUT_WEIGHTS: Mapping[str, AlphaMethod] = MappingProxyType(
    {"closed_form": CLOSED_FORM, "knn": Knn(), "learning_based": LEARNING_BASED, "guided": Guided()}
)
NAMES = ("auto", "refiner", *WITHOUT_WEIGHTS, "rvm", "people")
"""As the document has them."""


@dataclass(frozen=True)
class Chosen:
    """A method that can be made here, before anything is loaded."""

    name: str
    """Never ``auto``."""
    version: str
    needs_features: bool
    sequential: bool


def choose(name: str) -> Chosen:
    """The method that the document's `name` means: ``auto`` is the refiner where its weights are there, else the closed form.

    Raises MattewrightError where the weights are not installed, or there is no such method.
    """
    if name == "auto":
        name = "refiner" if refiner.available() else "closed_form"
    if name == "refiner":
        return Chosen(name, refiner.version(), refiner.needs_features(), sequential=False)
    if name in ("rvm", "people"):
        version = rvm.version() if name == "rvm" else f"{people.VERSION} {rvm.version()} {refiner.version()}"
        return Chosen(name, version, needs_features=False, sequential=True)
    found = WITHOUT_WEIGHTS.get(name)
    if found is None:
        raise MattewrightError(f"matte.method: no method '{name}'; there are {', '.join(NAMES)}")
    return Chosen(name, found.version, found.needs_features, found.sequential)


def make(name: str, device: str | None = None) -> AlphaMethod:
    """The method `name`, ready for use; networks on `device` or the best there is. Raises as `choose` does."""
    chosen = choose(name)
    name = chosen.name
    if name == "refiner":
        return refiner.load(device)
    if name in ("rvm", "people"):
        network = rvm.load(device)
        if name == "rvm":
            return network
        return people.People(network, chosen.version, refiner.load_corrector().corrected)
    return WITHOUT_WEIGHTS[name]
