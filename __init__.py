"""Mattewright: AI rotoscoping and matting inside Blender's Movie Clip Editor.

Blender imports this folder as one package, whether it is a checkout linked into an extension folder or the unpacked zip:
`addon` is what runs inside Blender, `engine` what runs outside, and `engine.shot` is all that the two share.
Nothing is imported before Blender registers the extension, so that a disabled one costs nothing.
"""


def register() -> None:
    from . import addon

    addon.register()


def unregister() -> None:
    from . import addon

    addon.unregister()
