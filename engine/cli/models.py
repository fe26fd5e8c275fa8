"""`models install|list|path|verify`."""

from __future__ import annotations

import argparse
import sys
import time

from ..segment import models
from ..shot import MattewrightError


class _Bytes:
    """Bytes fetched, on one line of a terminal, or a line every few seconds in a log."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < (0.2 if sys.stdout.isatty() else 5.0):
            return
        self._last = now
        text = f"{self._name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB" if done else f"{self._name}: fetching {total / 1e6:.0f} MB"
        print(f"\r{text:<60}" if sys.stdout.isatty() else text, end="" if sys.stdout.isatty() else "\n", flush=True)


def install(options: argparse.Namespace) -> int:
    name = options.name or models.DEFAULT
    there = models.installed(name)
    path = models.install(name, source_file=options.source, progress=_Bytes(name), offline=options.offline)
    print(f"{name}: {'was installed already' if there else 'installed'} ({path}, SHA-256 {models.checksum(name)[:16]}...)")
    return 0


def list_models(options: argparse.Namespace) -> int:
    for item in models.listing():
        model, mark = item.model, "installed" if item.installed else "-"
        size = f"{model.bytes / 1e6:.0f} MB" if model.bytes else ""
        print(f"{model.name:24} {mark:10} {size:>8}  {model.description}")
    from ..networks.known import broken, cards, installed, is_own

    for card in cards().values():
        if is_own(card):
            print(f"{card.name:24} {'your own' if installed(card) else 'no graph':10} {'':>8}  {card.label}")
    for reason in broken().values():
        print(f"can't be read: {reason}")
    print(f"folder: {models.models_folder()}")
    return 0


def path(options: argparse.Namespace) -> int:
    print(models.models_folder())
    return 0


def verify(options: argparse.Namespace) -> int:
    names = [options.name] if options.name else [item.model.name for item in models.listing() if item.installed]
    if not names:
        raise MattewrightError(f"no model is installed in {models.models_folder()}: run python -m engine models install")
    for name in names:
        print(f"{name}: as installed, SHA-256 {models.checksum(name)}")
    return 0
