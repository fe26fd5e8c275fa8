"""Classes of things all over a picture, without a click: from a network's answer to labels, and to log-odds that become mattes."""

from .enlarge import Edges, Picture8, enlarged
from .scores import Labels, LogOdds, Scores, labels, log_odds, read_scores
from .steady import REACH, Seen, steadied
from .steady import VERSION as STEADY_VERSION
from .views import Look, View, joined, merged, views

__all__ = [
    "REACH",
    "STEADY_VERSION",
    "Edges",
    "Labels",
    "LogOdds",
    "Look",
    "Picture8",
    "Scores",
    "Seen",
    "View",
    "enlarged",
    "joined",
    "labels",
    "log_odds",
    "merged",
    "read_scores",
    "steadied",
    "views",
]
