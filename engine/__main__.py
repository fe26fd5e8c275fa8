"""`python -m engine`, or `python path/to/engine/__main__.py` where the current folder says nothing (a farm node, Blender's add-on)."""

import sys

if not __package__:
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    __package__ = "engine"
    import engine  # noqa: F401 - relative imports below need it

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
