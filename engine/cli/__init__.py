"""The program: `python -m engine COMMAND`. Each command imports what it needs when it runs, so that `--help` is instant."""

from .main import main

__all__ = ["main"]
