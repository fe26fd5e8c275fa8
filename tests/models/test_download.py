"""Downloads over a server on this machine that breaks off, forgets, lies and changes its mind."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.segment.models import download as module
from engine.segment.models.download import download
from engine.shot import MattewrightError

sys.path.insert(0, str(Path(__file__).parent))

from file_server import Behaviour, serving

CONTENT = np.random.default_rng(3).bytes(3_000_017)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "weights.pt.part"


def test_whole_file_with_progress(part: Path) -> None:
    seen: list[tuple[int, int]] = []
    with serving(Behaviour(CONTENT)) as url:
        download(url, part, len(CONTENT), lambda done, total: seen.append((done, total)))
    assert part.read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT)) and seen[-1] == (len(CONTENT), len(CONTENT)) and seen == sorted(seen)


def test_broken_connections_go_on_where_they_ended(part: Path) -> None:
    behaviour = Behaviour(CONTENT, break_after=[1_000_000, 500_000])
    with serving(behaviour) as url:
        download(url, part, len(CONTENT), wait=0.0)
    assert part.read_bytes() == CONTENT
    assert [request.get("Range") for request in behaviour.asked] == [None, "bytes=1000000-", "bytes=1500000-"]
    assert behaviour.asked[1]["If-Range"] == '"one"'


def test_a_stopped_program_goes_on(part: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 1 << 20:
            raise Stopped

    behaviour = Behaviour(CONTENT)
    with serving(behaviour) as url:
        with pytest.raises(Stopped):
            download(url, part, len(CONTENT), stop)
        assert part.stat().st_size == 1 << 20
        download(url, part, len(CONTENT))
    assert part.read_bytes() == CONTENT and behaviour.asked[1]["Range"] == f"bytes={1 << 20}-"


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_changed_is_fetched_anew(part: Path, ranges: bool) -> None:
    part.write_bytes(b"\0" * 1000)
    part.with_name(part.name + ".version").write_text('"zero"', "utf-8")
    with serving(Behaviour(CONTENT, ranges=ranges)) as url:
        download(url, part, None)
    assert part.read_bytes() == CONTENT


def test_without_a_size_and_a_version_nothing_is_continued(part: Path) -> None:
    part.write_bytes(b"\0" * 1000)
    behaviour = Behaviour(CONTENT, etag=None)
    with serving(behaviour) as url:
        download(url, part, None)
    assert part.read_bytes() == CONTENT and "Range" not in behaviour.asked[0]


def test_a_part_longer_than_the_file_starts_anew(part: Path) -> None:
    part.write_bytes(b"\0" * (len(CONTENT) + 5))
    with serving(Behaviour(CONTENT)) as url:
        download(url, part, len(CONTENT))
    assert part.read_bytes() == CONTENT
    part.write_bytes(b"\0" * (len(CONTENT) + 5))
    part.with_name(part.name + ".version").write_text('"one"', "utf-8")
    with serving(Behaviour(CONTENT)) as url:
        with pytest.raises(MattewrightError, match="has changed"):  # nothing was gained by that try
            download(url, part, None)
        download(url, part, None)
    assert part.read_bytes() == CONTENT


def test_a_complete_part_asks_nobody(part: Path) -> None:
    part.write_bytes(CONTENT)
    download("https://nowhere.invalid/weights.pt", part, len(CONTENT))


def test_wrong_size_is_refused_before_the_body(part: Path) -> None:
    with serving(Behaviour(CONTENT)) as url, pytest.raises(MattewrightError, match=rf"expected 5 bytes, got {len(CONTENT)}"):
        download(url, part, 5)
    assert not part.exists()


def test_a_connection_that_stays_broken_says_so_in_one_line(part: Path) -> None:
    with serving(Behaviour(CONTENT, break_after=[10, 0])) as url, pytest.raises(MattewrightError, match="broke off at 10 bytes") as caught:
        download(url, part, len(CONTENT), wait=0.0)
    assert "\n" not in str(caught.value) and part.stat().st_size == 10


def test_server_errors(part: Path) -> None:
    with serving(Behaviour(CONTENT, status=404)) as url, pytest.raises(MattewrightError, match="answered 404"):
        download(url, part, len(CONTENT))
    with serving(Behaviour(CONTENT, status=503)) as url, pytest.raises(MattewrightError, match="answered 503"):
        download(url, part, len(CONTENT), wait=0.0)


def test_no_network(part: Path) -> None:
    with serving(Behaviour(CONTENT)) as url:
        pass
    with pytest.raises(MattewrightError, match="check the network"):
        download(url, part, len(CONTENT))


@pytest.mark.parametrize("url", ["http://example.org/weights.pt", "file:///etc/hosts", "ftp://example.org/weights.pt"])
def test_only_https(part: Path, url: str) -> None:
    with pytest.raises(MattewrightError, match="https://"):
        download(url, part, None)
    with serving(Behaviour(CONTENT, redirect=url)) as local, pytest.raises(MattewrightError, match=r"https://|answered 302"):
        download(local, part, None)
    assert not part.exists()


def test_full_disk(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    with serving(Behaviour(CONTENT)) as url, pytest.raises(MattewrightError, match=r"MB free, .* needed: make room"):
        download(url, part, len(CONTENT))
    assert not part.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 4000), max_size=4), size=st.integers(1, 9000), sized=st.booleans(), etag=st.booleans())
def test_wherever_it_breaks_the_bytes_are_right(part: Path, cuts: list[int], size: int, sized: bool, etag: bool) -> None:
    module.forget(part)
    behaviour = Behaviour(CONTENT[:size], etag='"x"' if etag else None, break_after=list(cuts))
    with serving(behaviour) as url:
        for _ in range(6):
            try:
                download(url, part, size if sized else None, wait=0.0)
                break
            except MattewrightError:
                continue
    assert part.read_bytes() == CONTENT[:size]
