"""Whatever a file does to the process that judges it, it becomes one line, and the next file is judged as well."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sabotaged import sabotage

from xlbackprop.grade import apart
from xlbackprop.grade.apart import looked_at
from xlbackprop.grade.submission import Job, Standing, Submission


@pytest.fixture
def class_(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for submissions, and a judge that goes wrong by their names."""
    sabotage(monkeypatch, tmp_path / "site")
    end()
    yield tmp_path
    end()


def end() -> None:
    if process := getattr(apart._mine, "process", None):
        process.end()
        del apart._mine.process


def judged(class_: Path, made: Path, name: str, seconds: float = 60.0) -> Submission:
    path = class_ / f"{name}.xlsx"
    shutil.copy(made, path)
    return looked_at(Job(path, name), None, seconds)


def test_a_good_file_is_judged(class_: Path, made: Path) -> None:
    good, wrong = (judged(class_, made, name) for name in ("good", "wrong"))
    assert (good.standing, wrong.standing) == (Standing.CORRECT, Standing.WRONG)
    assert len(good.features) > 50


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hangs", "takes more than 1 s to judge: look at it yourself, or give it more with --time-limit"),
        ("crashes", "makes the judge crash: look at it yourself, and please report it"),
        ("fails", "makes the judge fail (RuntimeError): look at it yourself, and please report it"),
        ("recurses", "makes the judge fail (RecursionError): look at it yourself, and please report it"),
        ("greedy", "takes more than 2 GB of memory to judge: look at it yourself"),
    ],
)
def test_what_goes_wrong_is_a_line_and_the_next_file_is_judged(class_: Path, made: Path, name: str, why: str) -> None:
    judged(class_, made, "good")  # so that a process is there
    bad = judged(class_, made, name, 1.0 if name == "hangs" else 60.0)
    assert (bad.standing, bad.judgement.error) == (Standing.NOT_JUDGED, why)
    assert judged(class_, made, "good").standing is Standing.CORRECT


def test_what_a_library_prints_is_no_answer(class_: Path, made: Path) -> None:
    assert judged(class_, made, "prints").standing is Standing.CORRECT


def test_a_process_serves_many_files_and_then_another_does(
    class_: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "SERVED", 2)
    processes = []
    for _ in range(4):
        judged(class_, made, "good")
        processes.append(apart._mine.process.process.pid)
    assert processes[0] == processes[1] != processes[2] == processes[3]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
def test_memory_is_bounded(class_: Path, made: Path) -> None:
    import resource

    judged(class_, made, "good")
    soft, _ = resource.prlimit(apart._mine.process.process.pid, resource.RLIMIT_AS)
    assert soft == apart.MEMORY


def test_a_folder_of_strangers_files_is_no_place_to_import_from(
    class_: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "numpy", "openpyxl"):
        (class_ / f"{name}.py").write_text("raise SystemExit('imported from the folder')", encoding="utf-8")
    monkeypatch.chdir(class_)
    assert judged(class_, made, "good").standing is Standing.CORRECT
