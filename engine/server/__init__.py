"""The server: JSON-RPC on standard input and output, one queue, progress and cancel. A thin front on the same jobs."""

from .serving import serve

__all__ = ["serve"]
