"""Workbooks that people really made by hand: every fault that was found in them is named, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from handmade.cells import cells_of

from xlbackprop.judge.findings import BESIDE, Kind, Outcome, SheetVerdict
from xlbackprop.judge.judge import judge

SHARED = Path(__file__).parents[2] / "shared"
SAMPLES, REFERENCE = SHARED / "samples", SHARED / "reference" / "Backpropagation.xlsx"

RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
E1_FOR_E2 = (34, 35, 38, 39, 42, 43, 46, 48, 49, 52, 54, 55, 58, 60, 61, 65)  # ∂E/∂w7 of sample-4 uses the o1 error
NEIGHBOURS = (35, 39, 43, 49, 55, 61)  # rows of sample-4 that hold a neighbour column's formula

ALSO = {Kind.WRONG_TERM: {Kind.SIGN}}  # (a_o1*t1) for (a_o1-t1)

skipped = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the hand-made workbooks are not in ../shared/samples")


def cells(columns: Iterable[str], rows: Iterable[int]) -> set[str]:
    return {f"{column}{row}" for column, row in product(columns, rows)}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the samples' README. table: header row, first row, rows, learning rate and its cell, or None.

    wrong: the cells that are wrong, by their kind; chart: whether the chart leaves out rows.
    """

    file: str
    sheet: str
    outcome: Outcome
    table: tuple[int, int, int, float, str] | None = None
    wrong: tuple[tuple[Kind, frozenset[str]], ...] = ()
    chart: bool = False

    @property
    def all_wrong(self) -> set[str]:
        return {cell for _, wrong in self.wrong for cell in wrong} | (EITHER if self.file == "sample-4" else set())

    def __str__(self) -> str:
        return f"{self.file} {self.sheet}"


def copied(first: int, last: int) -> tuple[tuple[Kind, frozenset[str]], ...]:
    """The mistake that most have from one template: a_h1*(1-a_h1) where a_h2*(1-a_h2) belongs."""
    return ((Kind.WRONG_TERM, frozenset(cells(["Z", "AA"], range(first, last + 1)))),)


SLID = (
    (Kind.WRONG_TERM, frozenset(cells(["X", "Y", "Z", "AA"], range(32, 66)) - cells(["AA"], NEIGHBOURS))),
    (Kind.INCONSISTENT, frozenset(cells(["AD"], E1_FOR_E2) | cells("IV", NEIGHBOURS) | cells("GH", [35]))),
    (Kind.NOT_ANCHORED, frozenset(cells("EFGHMNOP", range(36, 66)) - cells("GH", NEIGHBOURS))),
)
EITHER = cells("GH", NEIGHBOURS[1:]) | cells(["AA"], NEIGHBOURS)  # a neighbour's formula, which is wrong itself

LINES = (
    Line("sample-1", "Sheet1", Outcome.WRONG, (2, 3, 68, 1.0, "G1"), copied(3, 70)),
    Line("sample-2", "training", Outcome.CORRECT, (36, 37, 21, 0.5, "P34")),
    Line("sample-2", "lr_charts", Outcome.VALUES_ONLY),
    Line("sample-3", "Class", Outcome.WRONG, (32, 33, 68, 1.0, "G31"), copied(33, 100)),
    Line(
        "sample-3",
        "Self",
        Outcome.WRONG,
        (32, 33, 71, 1.0, "G31"),
        ((Kind.BRACKETS, frozenset(cells(["X", "Y", "Z", "AA"], range(33, 104)))),),
        chart=True,
    ),
    *(Line("sample-4", f"LR_{rate:g}", Outcome.WRONG, (31, 32, 34, rate, "B29"), SLID) for rate in RATES),
    Line("sample-5", "L.R. 0.1", Outcome.WRONG, (28, 29, 47, 0.1, "B27"), copied(29, 75)),
    *(Line("sample-5", f"L.R. {rate:g}", Outcome.VALUES_ONLY) for rate in RATES[1:]),
)


def verdict(line: Line) -> SheetVerdict:
    """What is said of the line's sheet."""
    judgement = judge(SAMPLES / f"{line.file}.xlsx")
    assert judgement.error == ""
    (found,) = [sheet for sheet in judgement.sheets if sheet.sheet == line.sheet]
    return found


@skipped
@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_sheet_gets_the_verdict_and_the_faults_that_its_readme_gives(line: Line) -> None:
    found = verdict(line)
    assert found.outcome is line.outcome
    named = cells_of(one for one in found.findings if one.kind not in BESIDE)
    if line.outcome is not Outcome.VALUES_ONLY:  # which of its numbers are named is left open
        assert named == line.all_wrong
    assert any(one.kind is Kind.CHART for one in found.findings) is line.chart


@skipped
@pytest.mark.parametrize("line", [line for line in LINES if line.wrong], ids=str)
def test_each_fault_is_of_its_kind(line: Line) -> None:
    findings = verdict(line).findings
    for kind, wrong in line.wrong:
        about = [one for one in findings if cells_of([one]) & wrong and one.kind not in BESIDE]
        assert {one.kind for one in about} <= {kind, *ALSO.get(kind, ())}


@skipped
@pytest.mark.parametrize("line", [line for line in LINES if line.table], ids=str)
def test_a_table_is_found_where_its_readme_says(line: Line) -> None:
    table = verdict(line).table
    assert table is not None
    said = (table.header_row, table.first_row, table.rows, table.learning_rate, table.learning_rate_cell)
    assert said == line.table


@skipped
def test_every_sheet_has_one_line() -> None:
    judged = {(path.stem, sheet.sheet) for path in SAMPLES.glob("*.xlsx") for sheet in judge(path).sheets}
    assert judged == {(line.file, line.sheet) for line in LINES}


@skipped
@pytest.mark.parametrize(
    ("file", "found", "expected"),
    [("sample-1", "a_h1*(1-a_h1)", "a_h2*(1-a_h2)"), ("sample-4", "a_o1*t1", "a_o1-t1")],
)
def test_the_wrong_term_and_the_one_that_belongs_are_named(file: str, found: str, expected: str) -> None:
    findings = [one for one in judge(SAMPLES / f"{file}.xlsx").findings if one.kind is Kind.WRONG_TERM]
    assert any(found in squeezed(one.found) and expected in squeezed(one.expected) for one in findings)


def squeezed(text: str) -> str:
    return text.replace(" ", "")


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference workbook is not in ../shared/reference")
def test_the_reference_is_correct_and_nothing_is_found() -> None:
    judgement = judge(REFERENCE)
    assert judgement.findings == ()
    (sheet,) = judgement.sheets
    assert sheet.outcome is Outcome.CORRECT
    assert sheet.table is not None
    assert (sheet.table.header_row, sheet.table.rows) == (34, 68)
    assert (sheet.table.learning_rate, sheet.table.learning_rate_cell) == (1.0, "B33")
