"""What the benches in a window share, without a window."""

from __future__ import annotations

import subprocess
import sys

import environments
import pytest
import window_bench


@pytest.mark.parametrize("bench", ["bench_overlay", "bench_preview", "bench_ticks"])
def test_a_blender_that_is_not_there_is_one_line(tmp_path, bench):
    command = [sys.executable, str(environments.ROOT / "scripts" / bench), str(tmp_path / "no-blender")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"{tmp_path / 'no-blender'}: can't be started" in done.stderr


def measured(tmp_path, *words):
    options = window_bench.words_of("A bench.").parse_args(["--", sys.executable, "-c", *words])
    return window_bench.measured(tmp_path, options, "bench_overlay_in_blender.py", {"objects": ["ä"]})


REPORTS = "import json, pathlib, sys; folder = pathlib.Path(sys.argv[-1]); print('so it printed'); "


def test_what_was_measured_is_summed_up_and_printed(tmp_path, capsys):
    report = measured(tmp_path, f"{REPORTS}(folder / 'report.json').write_text(json.dumps({{'times': {{'a redraw': [3, 1, 2]}}, 'n': 7}}))")
    assert report == {"times": {"a redraw": {"median": 2, "p95": 3, "worst": 3, "count": 3}}, "n": 7}
    window_bench.show("milliseconds", report["times"])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["a", "redraw", "2.0", "3.0", "3.0", "3"]


def test_what_is_asked_lies_beside_what_is_measured(tmp_path):
    report = measured(
        tmp_path,
        f"{REPORTS}(folder / 'report.json').write_text(json.dumps({{'times': {{}}, **json.load(open(folder / 'settings.json'))}}))",
    )
    assert report["objects"] == ["ä"] and report["pictures"] == "" and report["package"] == str(environments.package_folder())


def test_what_went_wrong_in_blender_is_said_with_what_it_printed(tmp_path):
    with pytest.raises(SystemExit, match=r"nothing was drawn(.|\n)*so it printed"):
        measured(tmp_path, f"{REPORTS}(folder / 'report.json').write_text(json.dumps({{'problem': 'nothing was drawn'}}))")


def test_a_blender_that_ends_without_a_word_is_said_with_its_exit_code(tmp_path):
    with pytest.raises(SystemExit, match="exit code 3, and no result"):
        measured(tmp_path, "raise SystemExit(3)")
