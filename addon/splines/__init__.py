"""Mattes as editable Masks, and Masks as prompts and garbage mattes."""

from __future__ import annotations

from .work import register, run, running, start, unregister

__all__ = ["register", "run", "running", "start", "unregister"]
