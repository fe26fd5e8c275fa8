"""What the benches in a Blender with a window share on this side: their words, Blender's start and its report, and the tables.

BLENDER is the program, or all the words of a command that ends in it (a virtual screen, say); it must see this checkout and the system's
folder for temporary files under the same paths.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import environments

TAIL = 3000
"""Characters of what Blender printed that are shown where it failed."""


def words_of(description: str | None, *, optional: bool = False) -> argparse.ArgumentParser:
    """A parser of the words that all take: Blender, `--pictures` and `--json`; `optional` where one can do without Blender."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "blender", nargs="*" if optional else "+", metavar="BLENDER", help="the program, or the command that starts it, after --"
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="leave pictures of the window there, by ImageMagick's import")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def there(blender: Sequence[str]) -> None:
    """Raises SystemExit where its program isn't, before anything else is made; none asked for is well."""
    if blender and shutil.which(blender[0]) is None:
        raise SystemExit(f"{blender[0]}: can't be started: no such program")


def started(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Blender, when it has ended; all that it printed is in `stdout`. Raises SystemExit where it can't be started."""
    try:
        return subprocess.run(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise SystemExit(f"{command[0]}: can't be started: {error.strerror or error}") from None


def measured(folder: Path, options: argparse.Namespace, program: str, settings: Mapping[str, Any], **environment: str) -> dict[str, Any]:
    """What `program`, a file beside this one, has measured in Blender over what lies in `folder`.

    Its `times` are summaries. Raises SystemExit with all that is known where it measured nothing.
    """
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    pictures = str(options.pictures.resolve()) if options.pictures else ""
    said = {**settings, "package": str(environments.package_folder()), "pictures": pictures}
    (folder / "settings.json").write_text(json.dumps(said), encoding="utf-8")
    file = Path(__file__).with_name(program)
    command = [*options.blender, "--factory-startup", "--python-exit-code", "1", "--python", str(file), "--", str(folder)]
    done = started(command, MATTEWRIGHT_ENGINE_PYTHON=str(environments.python_of("engine-env")), **environment)
    result = folder / "report.json"
    report: dict[str, Any] = (
        json.loads(result.read_text("utf-8")) if result.is_file() else {"problem": f"exit code {done.returncode}, and no result"}
    )
    if "problem" in report:
        raise SystemExit(f"{' '.join(options.blender)}: {report['problem']}\n{done.stdout[-TAIL:]}")
    report["times"] = {name: summary(times) for name, times in report["times"].items()}
    return report


def summary(times: Iterable[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        "worst": ordered[-1],
        "count": len(ordered),
    }


def show(title: str, rows: Mapping[str, Mapping[str, float]]) -> None:
    """Print summaries as a table."""
    width = max(map(len, (title, *rows))) + 2
    print(f"{title:{width}s}{'median':>9s}{'p95':>9s}{'worst':>9s}{'count':>7s}")
    for name, row in rows.items():
        print(f"{name:{width}s}{row['median']:9.1f}{row['p95']:9.1f}{row['worst']:9.1f}{row['count']:7.0f}")


def load() -> float | None:
    """How many programs wanted the processor in the last minute; None where the system doesn't say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def show_where(report: Mapping[str, Any], load: float | None) -> None:
    """Print the program and the graphics that a report of `measured` is from, and the machine's load before."""
    busy = f"; the machine's load before: {load:.1f}" if load is not None else ""
    print(f"Blender {report['version']}, {report['graphics']}{busy}")


def keep(file: Path | None, report: Mapping[str, Any]) -> None:
    if file:
        file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
