"""The networks as the add-on is told of them."""

from __future__ import annotations

from ..shot.networks import Network, NetworkClass, NetworksDone
from .card import NetworkCard
from .known import broken, cards, installed, is_own


def networks() -> NetworksDone:
    """Those that come with Mattewright, then the user's own, by name."""
    listed = sorted(cards().values(), key=lambda card: (is_own(card), card.name))
    return NetworksDone(tuple(map(_told, listed)), tuple(broken().values()))


def _told(card: NetworkCard) -> Network:
    return Network(
        card.name,
        card.label,
        card.task,
        installed(card),
        card.source.bytes if card.source else card.bytes,
        card.licence,
        tuple(NetworkClass(item.name, item.linear) for item in card.classes),
        card.background if card.classes else None,
        not is_own(card),
    )
