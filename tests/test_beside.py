"""An engine in a process of its own says the same, and does not outlive who started it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from xlbackprop.build import build
from xlbackprop.engines import beside
from xlbackprop.errors import EngineFailed
from xlbackprop.proof.verify import verify
from xlbackprop.template.template import load


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("beside") / "book.xlsx"
    build(load("xor"), (0.5,), 12, path)
    return path


def test_a_large_workbook_is_judged_as_a_small_one(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = verify(book)
    monkeypatch.setattr(beside, "LARGE", 0)
    monkeypatch.setattr(beside, "recalculated", None)  # so that nobody recalculates in this process
    assert verify(book) == small
    assert small.ok


def test_what_fails_there_is_told_here(book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(beside, "LARGE", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with beside.recalculating(book, ["gnumeric"]) as wait:
        values, failures = wait()
    assert values == {}
    assert [type(one) for one in failures] == [EngineFailed]
    assert "`ssconvert` is not on the PATH" in str(failures[0])


def test_a_process_that_dies_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LARGE", 0)
    (tmp_path / "none.xlsx").write_bytes(b"")
    with (
        beside.recalculating(tmp_path / "none.xlsx", ["no such engine"]) as wait,
        pytest.raises(EngineFailed, match="ended with 1"),
    ):
        wait()


def test_nobody_waits_for_what_nobody_wants(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LARGE", 0)
    monkeypatch.setattr(beside, "COMMAND", ("-c", "import time; time.sleep(60)"))
    start = time.monotonic()
    with beside.recalculating(book, ["ironcalc"]):
        pass
    assert time.monotonic() - start < 30
