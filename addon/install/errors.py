"""What the installation refuses, in one line: what, where, what to do."""


class InstallError(Exception):
    """The installation can't go on; what it had made stays, and the next try goes on from there."""


class Cancelled(Exception):  # noqa: N818 - not an error: what the user asked for
    """The user stopped it, or Blender is gone."""
