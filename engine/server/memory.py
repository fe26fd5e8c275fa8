"""Running out of memory: knowing it for what it is, what to suggest, and giving back what can be given back."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

from ..shot import MattewrightError, Tracking

ADVICE = "set a smaller Working Size, or take a smaller model; what is done is kept"
_SAID = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "insufficient memory", "bad_alloc")
"""How torch (on CUDA, ROCm, Apple's GPUs and the CPU), OpenCV and C++ say it, in lower case; none of them has one kind of error for it."""


def is_shortage(error: BaseException) -> bool:
    """Whether `error` says that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError | OSError) and any(words in str(error).lower() for words in _SAID)


def explain(error: BaseException) -> str:
    """One line: what ran out, and what to do."""
    said = " ".join(str(error).split())
    reason = said.split(". ")[0][:160] if said else type(error).__name__
    return f"out of memory ({reason}): {ADVICE}"


def smaller_model(tracking: Tracking) -> str:
    """The largest installed model that is smaller than the one in use, of the same kind; empty where there is none.

    Where the tracker needs memory weights, a model without them is no help.
    """
    from ..segment import models

    current = models.REGISTRY.get(tracking.model)
    if current is None or current.bytes is None:
        return ""
    fits = []
    for model in models.REGISTRY.values():
        with suppress(MattewrightError, OSError):
            there = models.weights_path(model.name).is_file()
            if there and model.bytes is not None and model.bytes < current.bytes and (model.has_memory or not current.has_memory):
                fits.append((model.bytes, model.name))
    return max(fits)[1] if fits else ""


def give_back() -> None:
    """What nothing refers to any more goes back to the system, and to the GPU."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch is not None and torch.backends.mps.is_available():
        torch.mps.empty_cache()
