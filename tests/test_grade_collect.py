"""A folder is searched for what students handed in, and each file is called by its student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import judged, submission

from xlbackprop.errors import BadOption
from xlbackprop.files import write_whole
from xlbackprop.grade.collect import collect
from xlbackprop.grade.notes import notes
from xlbackprop.grade.submission import Standing

OUT = Path("gradebook.xlsx")


def folder(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def students(*paths: Path, out: Path = OUT) -> list[str]:
    return [job.student for job in collect(paths, out).jobs]


def test_spreadsheets_are_taken_and_other_files_are_not(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann.xlsx", "ben.XLS", "cem.ods", "dan.xlsm", "notes.txt", "hw.pdf")
    assert students(where) == ["ann", "ben", "cem", "dan"]


def test_files_that_are_no_workbooks_are_told_of(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann.xlsx", "ben/hw.pdf", "cem.csv", ".hidden.txt", "Thumbs.db")
    assert collect([where], OUT).passed == (Path("cem.csv"), Path("ben/hw.pdf"))
    assert collect([where, where / "cem.csv"], OUT).passed == (Path("ben/hw.pdf"),)


def test_submissions_that_are_still_packed_are_to_be_unpacked(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"unpack class\.zip first"):
        collect([folder(tmp_path, "class.zip", "roster.csv")], OUT)


def test_a_lock_file_is_taken_to_be_told_of(tmp_path: Path) -> None:
    assert students(folder(tmp_path, "ann.xlsx", "~$ann.xlsx")) == ["ann", "~$ann"]


def test_hidden_files_and_those_of_macs_are_not_taken(tmp_path: Path) -> None:
    assert students(folder(tmp_path, "ann.xlsx", ".ann.xlsx", "__MACOSX/._ann.xlsx", ".git/x.xlsx")) == ["ann"]


def test_a_folder_of_a_students_own_gives_the_name(tmp_path: Path) -> None:
    where = folder(tmp_path, "Ann Lee/hw.xlsx", "Ben_4711_assignsubmission_file_/hw.xlsx", "deep/down/there/hw.xlsx")
    assert students(where) == ["Ann Lee", "Ben", "deep"]


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann/first.xlsx", "ann/second.xlsx", "ben.xlsx", "ben.ods")
    assert students(where) == [
        "ann / first.xlsx",
        "ann / second.xlsx",
        f"{where.name} / ben.ods",
        f"{where.name} / ben.xlsx",
    ]


MOODLE = "_assignsubmission_file_"


def test_what_moodle_adds_goes_also_where_a_student_has_several_files(tmp_path: Path) -> None:
    where = folder(tmp_path, f"Eve_1{MOODLE}/p1/1.xlsx", f"Eve_1{MOODLE}/p2/1.xlsx", f"Dan_2{MOODLE}/1.xlsx")
    assert students(where) == ["Dan", "Eve / p1 / 1.xlsx", "Eve / p2 / 1.xlsx"]


def test_two_students_of_one_name_are_told_apart_by_what_moodle_adds(tmp_path: Path) -> None:
    where = folder(tmp_path, f"Ann_1{MOODLE}/hw.xlsx", f"Ann_2{MOODLE}/hw.xlsx")
    assert students(where) == [f"Ann_1{MOODLE} / hw.xlsx", f"Ann_2{MOODLE} / hw.xlsx"]


def test_students_are_in_the_order_that_people_expect(tmp_path: Path) -> None:
    assert students(folder(tmp_path, "s10.xlsx", "s9.xlsx", "S1.xlsx")) == ["S1", "s9", "s10"]


def test_files_are_taken_as_they_are_named_and_once(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann.xlsx", "odd.name")
    assert students(where / "odd.name", where, where / "ann.xlsx") == ["ann", "odd"]


def test_the_gradebook_is_no_submission(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann.xlsx", "gradebook.xlsx")
    assert students(where, out=where / "gradebook.xlsx") == ["ann"]


def test_a_link_that_runs_in_a_circle_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "round.xlsx").symlink_to("round.xlsx")
    assert students(tmp_path) == ["round"]
    write_whole(tmp_path / "round.xlsx", b"written over it")
    assert (tmp_path / "round.xlsx").read_bytes() == b"written over it"


def test_nothing_to_grade_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="holds no spreadsheet"):
        collect([tmp_path], OUT)
    with pytest.raises(BadOption, match="no such file or folder"):
        collect([tmp_path / "none"], OUT)


def told(where: Path, *roster: str) -> tuple[str, ...]:
    """What is said of a class in which every file is correct, but for lock files."""
    collected = collect([where], OUT)
    verdicts = [submission(job.student, judged()) for job in collected.jobs]
    said = [replace(one, standing=Standing.LEFT_OUT) if one.student[0] == "~" else one for one in verdicts]
    return notes(collected, said, roster)


def test_an_empty_folder_and_several_files_of_a_student_are_told_of(tmp_path: Path) -> None:
    where = folder(tmp_path, "ann/one.xlsx", "ann/deep/two.xlsx", "ben.xlsx", "ben.ods", "cem/hw.pdf", ".git/x")
    (where / "dan").mkdir()
    assert told(where) == (
        "Not workbooks, and passed over: cem/hw.pdf",
        "Folders without a workbook: cem, dan",
        "More than one file of: ann, ben",
    )


def test_files_of_one_name_in_folders_that_were_named_are_of_different_students(tmp_path: Path) -> None:
    where = folder(tmp_path, "a/hw.xlsx", "b/hw.xlsx")
    collected = collect([where / "a" / "hw.xlsx", where / "b" / "hw.xlsx"], OUT)
    assert notes(collected, [submission(job.student, judged()) for job in collected.jobs]) == ()


def test_who_of_a_roster_handed_in_nothing_is_told_of(tmp_path: Path) -> None:
    where = folder(tmp_path, "Lee_Ann_4711_assignsubmission_file_/hw.xlsx", "ben hur final.xlsx", "~$Eva.xlsx")
    assert told(where, "Ann Lee", "Ben Hur", "Ann", "Anna Lee", "Eva") == ("Nothing handed in by: Anna Lee, Eva",)


@pytest.mark.parametrize(
    ("handed", "said"),
    [
        ({"Åsa O_Brien": "Bob"}, ("Only somebody else's exercise handed in by: Åsa O/Brien", "Bob, Bob (2)")),
        ({"Åsa O_Brien": "Bob", "asa": "Åsa O/Brien"}, ("Bob, Bob (2)",)),
        ({"Åsa O_Brien": "Åsa O/Brien", "hw (3)": "Bob (2)"}, ("Bob",)),
        ({"Bob (2)": "Bob (2)"}, ("Bob, Åsa O/Brien",)),
    ],
)
def test_who_handed_in_anothers_exercise_is_not_there_and_neither_is_the_other(
    tmp_path: Path, handed: dict[str, str], said: Sequence[str]
) -> None:
    collected = collect([folder(tmp_path, *(f"{name}.xlsx" for name in handed))], OUT)
    class_ = [submission(handed[job.student], judged()) for job in collected.jobs]
    *others, absent = said
    told = notes(collected, class_, ["Åsa O/Brien", "Bob", "Bob (2)"])
    assert told == (*others, f"Nothing handed in by: {absent}")
