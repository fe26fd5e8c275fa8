"""Classes of things all over a picture, without a click: from a network's answer to labels, and to log-odds that become mattes."""

from .answer import Answer
from .enlarge import Picture8, drawn
from .scores import Labels, LogOdds, Scores, labels, log_odds, read_scores
from .steady import REACH, Seen, steadied
from .steady import VERSION as STEADY_VERSION
from .views import Look, View, joined, merged, shown_size, views

__all__ = [
    "REACH",
    "STEADY_VERSION",
    "Answer",
    "Labels",
    "LogOdds",
    "Look",
    "Picture8",
    "Scores",
    "Seen",
    "View",
    "drawn",
    "joined",
    "labels",
    "log_odds",
    "merged",
    "read_scores",
    "shown_size",
    "steadied",
    "views",
]
