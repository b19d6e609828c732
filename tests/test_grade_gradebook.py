"""The gradebook: scores are live, every text stays a text, and two hundred sheets have names of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from textwrap import wrap

import pytest
from conftest import Book, split
from hypothesis import given
from hypothesis import strategies as st
from made_up import a_class, judged, submission, term, unreadable

from xlbackprop.engines import ENGINES
from xlbackprop.grade.alike import Pair
from xlbackprop.grade.gradebook import write_gradebook
from xlbackprop.grade.harmless import harmless_judgement
from xlbackprop.grade.head import LINE
from xlbackprop.grade.places import (
    COSTS,
    FIRST,
    FULL,
    GRADES,
    ROUND,
    RUBRIC,
    SCORE,
    Places,
    cost_row,
    sheet_name,
    start_row,
)
from xlbackprop.grade.rubric import load
from xlbackprop.grade.sheets.submission import pages
from xlbackprop.grade.submission import Feature, Standing, Submission
from xlbackprop.judge.findings import Kind, Outcome
from xlbackprop.pages.layout import a1

ODD = Feature("label", "E_totl")
FORMULAS = ('=HYPERLINK("http://evil","x")', "+1+1", "-2", "@SUM(A1)", "=1+1")


def written(tmp_path: Path, *submissions: Submission, pairs: tuple[Pair, ...] = ()) -> Path:
    path = tmp_path / "gradebook.xlsx"
    write_gradebook(Places(submissions, load(), pairs), path)
    return path


def test_a_row_is_as_high_as_a_formula_in_letters_of_fixed_width_takes() -> None:
    formula = "=(($R25-$A25)*$R25*(1-$R25)*$M25+($T25-$B25)*$T25*(1-$T25)*$O25)*$J25*(1-$J25)*C25"
    (page,) = pages(Places((submission("Ann", judged([replace(term(), expected=formula)])),), load(), ()))
    (row,) = [row for (row, _), cell in page.cells.items() if cell.value == formula]
    assert page.heights[row] >= LINE * len(wrap(formula, 140 // 7))  # pixels across the cell, and of a letter


def scores(path: Path, count: int) -> list[object]:
    """What a spreadsheet program comes to."""
    cells = ENGINES["ironcalc"].recalculate(path)[GRADES]
    return [cells.get((FIRST + n, SCORE)) for n in range(count)]


@pytest.fixture
def gradebook(tmp_path: Path) -> Path:
    class_ = a_class()
    for one in class_[:2]:
        one.features[ODD] = "Class!W34"
    begun = replace(submission("Kim", judged(outcome=Outcome.INCOMPLETE)), done=0.6389)  # a score that is rounded
    return written(tmp_path, *class_, begun, pairs=(Pair(0, 1, 0.9, (ODD,)),))


def test_what_two_have_in_common_is_counted_and_named(gradebook: Path) -> None:
    book = Book.read(gradebook)
    told = [book.said(cell) for cell in book.cells("Identical work").values()]
    assert "labels: 1. The rarest: the label “E_totl” in Class!W34 and Class!W34" in told


def test_one_file_of_several_is_named_once(tmp_path: Path) -> None:
    path = written(tmp_path, *(replace(submission(name, judged()), digest="1") for name in ("Ann", "Ben", "Cem")))
    book = Book.read(path)
    told = [book.said(cell) for cell in book.cells("Identical work").values()]
    assert [one for one in told if "byte" in one] == ["the very same file, byte by byte, of 3: Ann, Ben, Cem"]
    assert any(one.startswith("1 file handed in by several.") for one in told)


def test_every_formula_comes_to_what_is_saved_with_it(gradebook: Path) -> None:
    recalculated = ENGINES["ironcalc"].recalculate(gradebook)
    book = Book.read(gradebook)
    wrong, formulas = [], 0
    for name in book.sheets:
        for cell in book.cells(name).values():
            if cell.formula is not None:
                there = recalculated[name].get(split(cell.at))
                saved = float(cell.saved or "nan") if cell.kind == "n" else (cell.saved or None)
                formulas += 1
                if there != saved and not (there in (None, "") and not cell.saved):
                    wrong.append((name, cell.at, cell.formula, saved, there))
    assert wrong == []
    assert formulas > 40


@pytest.mark.parametrize(
    ("row", "points", "change"),
    [
        (cost_row(Kind.WRONG_TERM), 1.0, {"Ben": 98, "Emil": 96, "Jan": 68}),
        (start_row(Standing.VALUES_ONLY), 55.0, {"Finn": 55}),
        (start_row(Standing.INCOMPLETE), 170.0, {"Gita": 100}),
        (FULL, 200.0, {"Ada": 200, "Ben": 180, "Cleo": 170, "Dora": 198, "Emil": 178, "Jan": 150}),
    ],
)
def test_scores_follow_a_yellow_cell(gradebook: Path, row: int, points: float, change: dict[str, float]) -> None:
    class_ = a_class()
    before = {one.student: load().score(one) for one in class_}
    Book.read(gradebook).typed({(RUBRIC, a1(row, 2)): points}).write(gradebook)
    assert dict(zip(before, scores(gradebook, len(class_)), strict=True)) == before | change


def test_a_count_of_columns_can_be_overtyped(gradebook: Path) -> None:
    places = Places(tuple(a_class()), load())
    cell = a1(FIRST + 1, places.column(Kind.WRONG_TERM))
    Book.read(gradebook).typed({(GRADES, cell): 0.0}).write(gradebook)
    assert scores(gradebook, 2)[1] == 100


def test_what_nobody_handed_in_has_no_score(tmp_path: Path) -> None:
    lock = replace(submission("~$ann", unreadable("is a lock file")), standing=Standing.LEFT_OUT)
    path = written(tmp_path, submission("ann", judged()), lock)
    assert scores(path, 2) == [100, None]


def test_scores_are_rounded_live(tmp_path: Path) -> None:
    path = written(tmp_path, replace(submission("ann", judged(outcome=Outcome.INCOMPLETE)), done=0.6389))
    assert scores(path, 1) == [64]
    for step, score in ((0.0, 63.89), (0.25, 64), (5.0, 65), (0.125, 63.875)):
        Book.read(path).typed({(RUBRIC, a1(ROUND, 2)): step}).write(path)
        assert scores(path, 1) == [score]


def test_the_score_of_a_half_filled_exercise_is_live(tmp_path: Path) -> None:
    path = written(tmp_path, replace(submission("ann", judged([term()])), done=0.5))
    assert scores(path, 1) == [40]
    Book.read(path).typed({(RUBRIC, a1(FULL, 2)): 200.0}).write(path)
    assert scores(path, 1) == [90]


def test_what_an_exercise_has_not_right_is_no_part_of_its_live_score(tmp_path: Path) -> None:
    wrong, typed = submission("ann", judged([term()])), submission("ben", judged(outcome=Outcome.VALUES_ONLY))
    shares = [(wrong, 1.0, 0.875, 0.875), (wrong, 1.0, 0.125, 1.0), (wrong, 0.5, 0.0, 0.0), (typed, 1.0, 0.0, 0.125)]
    class_ = [replace(one, done=done, right=right, numbers=numbers) for one, done, right, numbers in shares]
    path = written(tmp_path, *class_)
    assert scores(path, 4) == [load().score(one) for one in class_] == [87.5, 20, 0, 12.5]
    Book.read(path).typed({(RUBRIC, a1(FULL, 2)): 200.0}).write(path)
    assert scores(path, 4) == [175, 25, 0, 20]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_stranger_becomes_a_formula(tmp_path: Path, text: str) -> None:
    finding = replace(term(), label=text, cells=(text,), found=text, expected=text, message=text, correction=text)
    path = written(tmp_path, submission(text, harmless_judgement(judged([finding], sheet=text, name=text))))
    book = Book.read(path)
    formulas = [cell.formula for name in book.sheets for cell in book.cells(name).values() if cell.formula]
    assert formulas
    assert [formula for formula in formulas if "HYPERLINK" in formula or "SUM(A1)" in formula or formula == "1+1"] == []
    assert text in book.texts


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=8))
def test_every_sheet_has_a_name_that_programs_take(students: list[str]) -> None:
    names = [sheet_name(n, student) for n, student in enumerate(students, start=1)]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name.encode("utf-16-le", "surrogatepass")) <= 62 for name in names)
    assert not [name for name in names if re.search(r"[\[\]:*?/\\']", name)]


def test_two_hundred_submissions_are_a_sheet_each(tmp_path: Path) -> None:
    path = written(
        tmp_path, *(submission("Anastasia of the very long name, " * 2, judged([term()])) for _ in range(200))
    )
    assert len(Book.read(path).sheets) == 204
    assert scores(path, 200) == [90.0] * 200


def test_nobody_made_a_mistake(tmp_path: Path) -> None:
    assert scores(written(tmp_path, submission("Ann", judged())), 1) == [100]


def test_the_same_class_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, *a_class()).read_bytes()
    assert written(tmp_path, *a_class()).read_bytes() == first


def test_the_rows_of_the_rubric_do_not_overlap() -> None:
    rows = [*(start_row(word) for word in load().starts), *(cost_row(kind) for kind in Kind)]
    assert len(set(rows)) == len(rows)
    assert max(start_row(word) for word in load().starts) < COSTS
