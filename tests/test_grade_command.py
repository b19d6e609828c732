"""`xlbackprop grade` as a teacher calls it: one line for each file, whatever it is, and three kinds of result."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import COMMAND, Book, one_error_line
from made_up import judged, submission
from sabotaged import environment

from xlbackprop.errors import BadOption
from xlbackprop.grade.run import told_apart
from xlbackprop.grade.spread import spread
from xlbackprop.grade.submission import Job

Done = subprocess.CompletedProcess[str]
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def grade(folder: Path, *arguments: str, cwd: Path | None = None) -> Done:
    """What the command says, with a judge that goes by the names of the files."""
    return subprocess.run(
        [*COMMAND, "grade", *arguments],
        cwd=cwd or folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment(folder / "site"),
    )


def lines(done: Done) -> dict[str, dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["student"]: one for one in found}


def bad_files(folder: Path, good: Path) -> dict[str, str]:
    """Ten files that are no workbooks to judge, and what is said of each."""
    (folder / "round.xlsx").symlink_to("round.xlsx")
    bomb = zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with bomb, bomb.open("xl/workbook.xml", "w", force_zip64=True) as part:
        for _ in range(28):  # 470 MB
            part.write(bytes(1 << 24))
    (folder / "corrupt.xlsx").write_bytes(good.read_bytes()[:9_000])
    (folder / "image.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(999))
    (folder / "protected.xlsx").write_bytes(OLE + bytes(999) + "EncryptedPackage".encode("utf-16-le"))
    (folder / "~$lock.xlsx").write_bytes(bytes(165))
    (folder / "old.xls").write_bytes(OLE + bytes(999))
    with zipfile.ZipFile(folder / "open.ods", "w") as ods:
        ods.writestr("content.xml", "<x/>")
    (folder / "empty.xlsx").write_bytes(b"")
    (folder / "two\nlines.xlsx").write_bytes(b"")
    return {
        "bomb": "unpacks to more than 400 MB",
        "corrupt": "is damaged or cut off",
        "image": "is not an .xlsx workbook, whatever its name",
        "protected": "is protected by a password",
        "~$lock": "is a lock file",
        "old": "is an old .xls workbook",
        "open": "is an OpenDocument workbook",
        "empty": "is an empty file",
        "two lines": "is an empty file",
        "round": "is a link that leads to no file",
    }


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory, made: Path) -> Path:
    """Three good files, three on which the judge goes wrong, and ten that are nothing to judge."""
    folder = tmp_path_factory.mktemp("class")
    for name in ("ann", "ben wrong", "cem", "dan fails", "eva crashes", "fay hangs"):
        shutil.copy(made, folder / f"{name}.xlsx")
    return folder


@pytest.fixture(scope="module")
def whole(submissions: Path, made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], Done]:
    out = tmp_path_factory.mktemp("out")
    said = bad_files(submissions, made)
    arguments = ("-o", "g.xlsx", "--feedback", "pages", "--time-limit", "8", "--json")
    return out, said, grade(out, str(submissions), *arguments)


def test_every_file_has_its_line_and_none_stops_the_others(whole: tuple[Path, dict[str, str], Done]) -> None:
    _, said, done = whole
    found = lines(done)
    assert len(found) == 6 + len(said)
    assert {name: found[name]["error"] for name in said if not found[name]["error"].startswith(said[name])} == {}
    verdicts = {name: one["verdict"] for name, one in found.items() if name not in said}
    assert verdicts == {
        "ann": "correct",
        "ben wrong": "wrong",
        "cem": "correct",
        "dan fails": "not judged",
        "eva crashes": "not judged",
        "fay hangs": "not judged",
    }


def test_a_line_has_what_verify_says_and_student_score_and_seconds(whole: tuple[Path, dict[str, str], Done]) -> None:
    ben = lines(whole[2])["ben wrong"]
    assert (ben["score"], ben["ok"], ben["readable"]) == (90, False, True)
    assert ben["sheets"][0]["findings"][0]["cells"] == ["X35:X102"]
    assert ben["first_mistake"] == "LR 1, X35:X102: a sign is wrong"
    assert 0 < ben["seconds"] < 60


def test_what_is_nobodys_work_has_no_score(whole: tuple[Path, dict[str, str], Done]) -> None:
    found = lines(whole[2])
    assert {name for name, one in found.items() if one["score"] is None} == {
        *("~$lock", "dan fails", "eva crashes", "fay hangs")
    }


def test_gradebook_and_pages_are_written(whole: tuple[Path, dict[str, str], Done]) -> None:
    out, said, _ = whole
    assert list(Book.read(out / "g.xlsx").sheets)[:4] == ["Grades", "Rubric", "Overview", "Identical work"]
    assert len(Book.read(out / "g.xlsx").sheets) == 4 + 6 + len(said)
    assert len(list((out / "pages").glob("*.html"))) == 6 + len(said) - 1  # none for a lock file


def test_a_person_reads_a_table(tmp_path: Path, submissions: Path) -> None:
    done = grade(tmp_path, str(submissions / "ann.xlsx"), str(submissions / "ben wrong.xlsx"), "--jobs", "1")
    assert done.returncode == 0, done.stderr
    first, ann, ben, count, wrote = done.stdout.splitlines()
    assert first.split() == ["student", "verdict", "of", "100", "first", "mistake", "seconds"]
    assert ann.split()[:3] == ["ann", "correct", "100"]
    assert ben.split()[:4] == ["ben", "wrong", "wrong", "90"]
    assert count == "2 submissions: 1 correct, 1 wrong"
    assert wrote == "Wrote gradebook.xlsx"


def test_the_shipped_rubric_is_printed_and_can_be_given_back(tmp_path: Path, submissions: Path) -> None:
    rubric = grade(tmp_path, "--show-rubric").stdout
    (tmp_path / "mine.toml").write_text(rubric.replace('"sign" = 10', '"sign" = 1'), encoding="utf-8")
    done = grade(tmp_path, str(submissions / "ben wrong.xlsx"), "--rubric", "mine.toml", "--json")
    assert lines(done)["ben wrong"]["score"] == 99


def test_a_gradebook_that_someone_changed_is_not_written_over(tmp_path: Path, submissions: Path) -> None:
    ann = str(submissions / "ann.xlsx")
    assert grade(tmp_path, ann).returncode == 0
    assert grade(tmp_path, ann).returncode == 0  # untouched since
    path = tmp_path / "gradebook.xlsx"
    Book.read(path).typed({("Rubric", "B6"): 50.0}).write(path)
    changed = path.read_bytes()
    refused = grade(tmp_path, ann)
    assert refused.returncode == 2
    assert "has been changed" in one_error_line(refused.stderr)
    assert path.read_bytes() == changed
    assert grade(tmp_path, ann, "--force").returncode == 0


def test_an_old_gradebook_and_a_built_workbook_among_the_submissions_are_left_out(
    tmp_path: Path, submissions: Path, small: Path
) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    shutil.copy(submissions / "ann.xlsx", folder)
    shutil.copy(small, folder / "vera.xlsx")
    assert grade(tmp_path, "class", "-o", "class/first.xlsx").returncode == 0
    found = lines(grade(tmp_path, "class", "-o", "class/second.xlsx", "--json"))
    verdicts = {"ann": "correct", "first": "left out", "vera": "left out"}
    assert {name: one["verdict"] for name, one in found.items()} == verdicts
    assert found["vera"]["error"] == "is a workbook that xlbackprop build wrote: nobody's work"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "Missing argument"),
        (("none",), "no such file or folder"),
        ((".", "-o", "none/g.xlsx"), "there is no folder none"),
        ((".", "--rubric", "none.toml"), "none.toml: cannot be read"),
        ((".", "--template", "none"), "none: no such template"),
        ((".", "--students", "none.csv"), "none.csv: cannot be read"),
        ((".", "--jobs", "0"), "--jobs: 0 is too few"),
        ((".", "--jobs", "-1"), "--jobs: -1 is too few"),
        ((".", "--time-limit", "0"), "--time-limit: 0 is no time"),
        ((".", "--format", "pdf"), "'pdf' is not one of"),
        ((".", "--feedback", "ann.xlsx"), "--feedback: ann.xlsx is no folder"),
    ],
)
def test_a_wrong_call_is_one_line_and_writes_nothing(
    tmp_path: Path, submissions: Path, arguments: Sequence[str], why: str
) -> None:
    shutil.copy(submissions / "ann.xlsx", tmp_path)
    done = grade(tmp_path, *arguments)
    assert done.returncode == 2
    assert why in one_error_line(done.stderr)
    assert not (tmp_path / "gradebook.xlsx").exists()


@pytest.mark.parametrize(("more", "said"), [((), True), (("--feedback", "pages"), False)])
def test_options_of_pages_without_pages_are_told_of(tmp_path: Path, more: tuple[str, ...], said: bool) -> None:
    (tmp_path / "ann.xlsx").write_bytes(b"")
    done = grade(tmp_path, "ann.xlsx", "--format", "md", "--no-corrections", *more)
    assert done.returncode == 0
    assert ("--no-corrections and --format: only for pages of feedback" in done.stderr) == said


def test_an_exercise_says_itself_whose_it_is_whatever_its_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("name\nAnn Lee\n", encoding="utf-8")
    handed = subprocess.run(
        [*COMMAND, "exercise", "--students", "roster.csv", "--steps", "2", "-o", "handed", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (exercise,) = json.loads(handed.stdout)["exercises"]
    (tmp_path / exercise).rename(tmp_path / "hw (3).xlsx")
    found = lines(grade(tmp_path, "hw (3).xlsx", "--json"))
    (name,) = found
    assert name == "Ann Lee, handed in as hw (3)"
    assert (found[name]["verdict"], found[name]["score"]) == ("incomplete", 0)


@pytest.mark.parametrize(
    ("files", "students", "told"),
    [
        (("Ann Lee", "Ben"), ("Ann Lee", "Ann Lee"), ("Ann Lee", "Ann Lee, handed in as Ben")),
        (("Lee_Ann", "Åsa O_Brien"), ("Ann Lee", "Åsa O/Brien"), ("Ann Lee", "Åsa O/Brien")),
        (("Ben", "Ann (2)"), ("Cem", "Ann"), ("Cem, handed in as Ben", "Ann, handed in as Ann (2)")),
        (("Ju\u0308rgen",), ("J\u00fcrgen",), ("J\u00fcrgen",)),  # as a Mac spells it
    ],
)
def test_who_says_another_name_than_the_file_says_whose_file_it_is(
    files: Sequence[str], students: Sequence[str], told: Sequence[str]
) -> None:
    jobs = [Job(Path(f"{name}.xlsx"), name, Path(name)) for name in files]
    assert tuple(one.student for one in told_apart(jobs, [submission(name, judged()) for name in students])) == told


# On a cluster


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with two workers, all of them processes of their own."""
    pytest.importorskip("distributed", reason="dask[distributed] is not installed: pip install 'xlbackprop[dask]'")
    folder = tmp_path_factory.mktemp("dask")
    variables = environment(folder / "site")
    address = folder / "scheduler.json"
    started: list[subprocess.Popen[bytes]] = []

    def start(module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "distributed.cli." + module, "--no-dashboard", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, cwd=folder, env=variables, **quiet))  # type: ignore[call-overload]

    local = ("--scheduler-file", str(address))
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *local)
    for _ in range(2):
        start("dask_worker", "--nthreads", "1", "--nworkers", "1", *local)
    try:
        yield ready(address)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def ready(address: Path) -> str:
    """The address of the scheduler, once it has two workers."""
    import time

    from distributed import Client

    for _ in range(600):
        if address.exists() and address.read_text():
            break
        time.sleep(0.1)
    where = str(json.loads(address.read_text())["address"])
    with Client(where, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    return where


def test_a_cluster_grades_as_this_machine_does(tmp_path: Path, submissions: Path, scheduler: str) -> None:
    files = [str(path) for path in sorted(submissions.glob("*.xlsx")) if "hangs" not in path.name]
    here, there = (lines(grade(tmp_path, *files, "--json", *more)) for more in ((), ("--dask", scheduler)))
    for one in (*here.values(), *there.values()):
        del one["seconds"]
    assert there == here


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1:1", "no scheduler at tcp://127.0.0.1:1 ("),
        ("tcp://", "'tcp://' is no address"),
        ("tcp://:8786", "'tcp://:8786' is no address"),
        ("tcp://127.0.0.1", "'tcp://127.0.0.1' is no address"),
        ("tcp://127.0.0.1:none", "'tcp://127.0.0.1:none' is no address"),
        ("tcp://[::1", "'tcp://[::1' is no address"),
        ("nonsense://x:1", "'nonsense://x:1' is no address"),
    ],
)
def test_a_cluster_that_is_not_there_is_a_wrong_call(address: str, why: str) -> None:
    pytest.importorskip("distributed", reason="dask[distributed] is not installed: pip install 'xlbackprop[dask]'")
    with pytest.raises(BadOption) as error:
        spread([], dask=address)
    assert why in str(error.value)
    assert str(error.value).endswith("give one like tcp://host:8786")
