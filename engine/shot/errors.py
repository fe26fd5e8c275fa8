"""The one kind of error that a user is meant to read."""

from typing import Literal

Option = Literal["", "incomplete", "overwrite"]
"""Of an export (`messages.ExportShot`); empty for none."""


class MattewrightError(Exception):
    """Something that the user can mend, said in one line: what, where, what to do.

    The command line prints it and exits non-zero, the server answers with it, the add-on reports it. Anything else that
    is raised is a defect and keeps its traceback.
    """


class UnlessError(MattewrightError):
    """Refused, unless the user asks for it all the same: by the option `option` of the command, the button or the message, which says it
    by its own name.
    """

    def __init__(self, message: str, option: Option) -> None:
        super().__init__(message)
        self.option: Option = option


class DocumentError(MattewrightError):
    """A shot document or a message that is refused.

    `field` is the path of the offending field, such as ``objects[0].prompts[1].points[0].x``; empty for the whole document.
    """

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}" if field else expected)
        self.field = field
        self.expected = expected
