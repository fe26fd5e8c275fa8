"""The engine: its process, the JSON-RPC client, and the one session of this Blender."""

from __future__ import annotations

from .client import Cancelled, Client, EngineError
from .engine import Job, Session, redraw_clip_editors, register, session, unregister
from .process import EngineProcess
from .python import NotInstalled, find_python

__all__ = [
    "Cancelled",
    "Client",
    "EngineError",
    "EngineProcess",
    "Job",
    "NotInstalled",
    "Session",
    "find_python",
    "redraw_clip_editors",
    "register",
    "session",
    "unregister",
]
