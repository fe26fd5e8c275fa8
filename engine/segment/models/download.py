"""One file over https, in pieces that a broken connection or a stopped program does not lose.

The bytes gather in a ``.part`` file. The server's name for the version of the file (ETag, or its date) is kept beside it, so that the
next try goes on where this one ended if the file is still the same (RFC 9110, Range and If-Range), and starts anew if not.
Whether the file is the right one is for the caller to check, by its digest.
"""

from __future__ import annotations

import http.client
import re
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from ...shot import MattewrightError
from .npm import Progress

_CHUNK = 1 << 20
_TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""
_TRIES = 5
_LOCAL = ("127.0.0.1", "::1", "localhost")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
SPARE = 64 << 20
"""Bytes that a download leaves free on the disk."""


class _BrokenError(Exception):
    """The connection ended before the file did."""


def download(url: str, part: Path, size: int | None, progress: Progress | None = None, *, wait: float = 1.0) -> None:
    """Fetch `url` into `part`, going on from what `part` holds already.

    `size`: bytes that the file must have; None takes the server's word. `progress` is called with (bytes done, bytes in all, or 0 where
    nobody knows) before the first byte and after each piece; what it raises ends the download and passes through. A broken connection
    is tried again, after `wait` seconds and twice as many each time, as long as something came. `part` stays for the next call.

    One download of a file at a time: two at once would mix their bytes, which the digest gives away.

    Raises MattewrightError: an address that is not https, no such file, another size, no room on the disk, a connection that stays broken.
    """
    _check_address(url)
    if size is not None and part.is_file() and part.stat().st_size > size:
        forget(part)
    for attempt in range(_TRIES):
        before = _length(part)
        try:
            _fetch(url, part, size, progress)
            return
        except (_BrokenError, http.client.HTTPException, TimeoutError, ConnectionError, urllib.error.URLError) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
            stuck = _length(part) <= before
            if stuck or attempt == _TRIES - 1:
                raise MattewrightError(
                    f"{url}: broke off at {_length(part)} bytes: {reason}: check the network and run it again; it goes on from there"
                ) from None
            time.sleep(wait * 2**attempt)


def forget(part: Path) -> None:
    """Delete what a download has gathered."""
    part.unlink(missing_ok=True)
    _version_path(part).unlink(missing_ok=True)


def check_room(folder: Path, needed: int) -> None:
    """Raises MattewrightError unless the disk of `folder` takes `needed` more bytes and keeps some spare."""
    free, needed = shutil.disk_usage(folder).free, needed + SPARE
    if free < needed:
        raise MattewrightError(
            f"{folder}: {free / 1e6:.0f} MB free, {needed / 1e6:.0f} MB needed: make room, or set MATTEWRIGHT_MODELS to another disk"
        )


def _fetch(url: str, part: Path, size: int | None, progress: Progress | None) -> None:
    """One connection's worth."""
    have = _length(part)
    if size is not None and have == size:
        return
    version = _read_version(part) if have else None
    if have and version is None and size is None:
        have = 0  # nothing could tell whether the rest belongs to these bytes
    headers = {"User-Agent": "Mattewright", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if version:
            headers["If-Range"] = version
    try:
        response = _opener().open(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # the file there is shorter than what is here
            forget(part)
            raise _BrokenError("the file on the server has changed") from None
        if error.code in (408, 429) or error.code >= 500:
            raise _BrokenError(f"the server answered {error.code} {error.reason}") from None
        raise MattewrightError(
            f"{url}: the server answered {error.code} {error.reason}: fetch the file elsewhere and give it with --from FILE"
        ) from None
    with response:
        start, total = _extent(response, have)
        if size is not None and total is not None and total != size:
            forget(part)
            raise MattewrightError(
                f"{url}: expected {size} bytes, got {total}: not the file that this Mattewright knows; update Mattewright"
            )
        check_room(part.parent, (total or size or 0) - start)
        if start == 0:
            forget(part)
        named = response.headers.get("ETag") or ""
        named = "" if named.startswith("W/") else named  # a weak one does not vouch for the bytes
        named = named or response.headers.get("Last-Modified") or ""
        _version_path(part).write_text(named, encoding="utf-8")
        _copy(response, part, start, total if total is not None else size, progress)


def _copy(response: IO[bytes], part: Path, start: int, total: int | None, progress: Progress | None) -> None:
    done = start
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        if progress:
            progress(done, total or 0)
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            if total is not None and done > total:
                raise MattewrightError(
                    f"{part}: the server sends more than the {total} bytes that it named: delete the file and run it again"
                )
            if progress:
                progress(done, total or 0)
    if total is not None and done < total:
        raise _BrokenError("the connection was closed")


def _extent(response: http.client.HTTPResponse, have: int) -> tuple[int, int | None]:
    """Where in the file the answer starts, and the file's size if the server says it."""
    if response.status == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != have:
            raise MattewrightError(
                f"{response.url}: the server answers with another range than was asked for: delete the .part file and run it again"
            )
        return have, None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise MattewrightError(f"{url}: refused: expected an address that starts with https://")


class _StayEncrypted(urllib.request.HTTPRedirectHandler):
    """Follows a redirection to https alone."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_StayEncrypted)


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _version_path(part: Path) -> Path:
    return part.with_name(part.name + ".version")


def _read_version(part: Path) -> str | None:
    try:
        return _version_path(part).read_text(encoding="utf-8") or None
    except (OSError, UnicodeDecodeError):
        return None
