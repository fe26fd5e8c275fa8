"""The store: what is on disk for a shot, what it was made from, and how it gets there without ever being half there."""

from .atomic import atomic_path, clear_abandoned
from .store import Store

__all__ = ["Store", "atomic_path", "clear_abandoned"]
