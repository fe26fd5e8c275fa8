"""Prompting with the mouse in the Movie Clip Editor, and the prompts over the clip."""

from __future__ import annotations

from . import prompt_drawing, prompt_tool


def register() -> None:
    prompt_tool.register()
    prompt_drawing.register()


def unregister() -> None:
    prompt_drawing.unregister()
    prompt_tool.unregister()
