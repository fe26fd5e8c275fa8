"""Colours as the screen shows them."""

from __future__ import annotations

from ..colors import displayed

__all__ = ["displayed"]
