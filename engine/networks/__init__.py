"""Networks that look at a whole picture: classes, people, depth. Each is an ONNX graph with a card; onnxruntime runs it.

Imports neither onnxruntime nor numpy: the command line lists networks.
"""

from __future__ import annotations

from .card import Input, NetworkCard, NetworkClass, Output, Source
from .known import cards, checksum, find_card, graph_path, installed

__all__ = [
    "Input",
    "NetworkCard",
    "NetworkClass",
    "Output",
    "Source",
    "cards",
    "checksum",
    "find_card",
    "graph_path",
    "installed",
]
