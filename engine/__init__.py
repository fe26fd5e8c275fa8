"""Mattewright's engine: footage, segment, refine, and the store, outside Blender, in a Python and with GPU memory of its own.

It is also a program: ``python -m engine --help``. Only ``engine.shot`` is imported by the add-on.
"""

__version__ = "0.1.0"
