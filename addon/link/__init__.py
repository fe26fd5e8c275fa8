"""The engine: its process, the JSON-RPC client, and the one session of this Blender."""

from __future__ import annotations

from .client import Client
from .engine import HUNG, Session, register, session, unregister
from .errors import Cancelled, EngineError, ModelMissing, NeverStarted, OutOfMemory, Starved, Stopped, WrongVersion
from .job import Job
from .process import EngineProcess, PipedProcess
from .python import NotInstalled, find_python
from .redraw import redraw_clip_editors

__all__ = [
    "HUNG",
    "Cancelled",
    "Client",
    "EngineError",
    "EngineProcess",
    "Job",
    "ModelMissing",
    "NeverStarted",
    "NotInstalled",
    "OutOfMemory",
    "PipedProcess",
    "Session",
    "Starved",
    "Stopped",
    "WrongVersion",
    "find_python",
    "redraw_clip_editors",
    "register",
    "session",
    "unregister",
]
