"""Single modules of pymatting, without the rest of it.

``import pymatting`` has numba compile every function of the package: a minute and more on the first run of a machine, seconds on each later
one. What is needed here stands in modules that import nothing else of the package, so they are loaded one by one, under their own names
and with numba's cache beside them (or in the user's cache folder where that can't be written to).

Loading and each call run on a thread of their own: numba tells OpenMP how many threads there are to be, which torch, on the calling
thread, would go by from then on; its sums would come to other last bits.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from ..shot import MattewrightError

_loading = threading.Lock()


def part(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of pymatting's `module`, such as ``solver.cg``. Raises MattewrightError where pymatting isn't installed."""
    with _loading:
        found: Callable[..., Any] = getattr(_apart(_module, module), name)
    return partial(_apart, found)


def _apart(call: Callable[..., Any], *values: Any, **named: Any) -> Any:
    with ThreadPoolExecutor(1, "pymatting") as thread:
        return thread.submit(call, *values, **named).result()


@cache
def _module(name: str) -> Any:
    package = importlib.util.find_spec("pymatting")
    if package is None or not package.submodule_search_locations:
        raise MattewrightError("pymatting is not installed: install the engine again, or pip install -r engine/requirements.txt")
    full = f"pymatting.{name}"
    if full in sys.modules:
        return sys.modules[full]
    file = Path(package.submodule_search_locations[0]).joinpath(*name.split(".")).with_suffix(".py")
    spec = importlib.util.spec_from_file_location(full, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file}: not a module of pymatting")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module  # numba's cache finds it there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[full]
        raise
    return module
