"""What runs inside Blender: properties, operators, node groups and the client of the engine; bpy, numpy and the standard library only.

Importing this costs nothing: the parts are imported when Blender registers the extension.
"""


def register() -> None:
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()
