"""A web server on this machine with one file, which misbehaves as a test asks it to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    content: bytes
    etag: str | None = '"one"'
    ranges: bool = True
    """Whether Range is honoured."""
    break_after: list[int] = field(default_factory=list)
    """For each of the first answers, how many bytes of its body are sent before the connection is dropped."""
    status: int | None = None
    """An error to answer with instead."""
    declared: int | None = None
    """A Content-Length that is not the body's."""
    redirect: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The file's address while the server runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            behaviour.asked.append(dict(self.headers.items()))
            self.close_connection = True
            if behaviour.redirect:
                self.send_response(302)
                self.send_header("Location", behaviour.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if behaviour.status:
                self.send_error(behaviour.status)
                return
            content, start = behaviour.content, 0
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            unchanged = self.headers.get("If-Range") in (None, behaviour.etag)
            if wanted and behaviour.ranges and unchanged:
                start = int(wanted[1])
                if start >= len(content):
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            else:
                self.send_response(200)
            body = content[start:]
            self.send_header("Content-Length", str(len(body) if behaviour.declared is None else behaviour.declared))
            if behaviour.etag:
                self.send_header("ETag", behaviour.etag)
            self.end_headers()
            if behaviour.break_after:
                body = body[: behaviour.break_after.pop(0)]
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/weights.pt"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
