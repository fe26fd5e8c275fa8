"""Makes the engine's environment: a virtual environment of its own with torch's build for this machine, and a model's weights.

The work is done by a process of its own (`worker.py`, standard library only, run by Blender's Python), so that Blender never waits and a
killed Blender leaves nothing half done: the environment grows under another name and takes its place at the end, when it has been tried.
Importing this costs nothing and needs no Blender: the worker imports it too. What runs in Blender is in `session` and `places`.
"""
