"""Inputs, targets, first weights and the rate: what reads another column, is typed over, a text or empty is told of."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils import get_column_letter
from test_judge_variety import FORMULAS, GIVEN, HEADER, Sheet, judged, placed

from xlbackprop.engines.ironcalc import recalculate
from xlbackprop.judge.findings import Kind
from xlbackprop.judge.judge import judge


def calculated(path: Path) -> Path:
    """The workbook with the numbers of its formulas saved."""
    sheet, numbers = openpyxl.load_workbook(path).active, recalculate(path)["Sheet"]
    other = path.with_name("calculated.xlsx")
    with xlsxwriter.Workbook(other) as book:
        page = book.add_worksheet("Sheet")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    page.write_formula(
                        cell.coordinate, cell.value, None, numbers.get((cell.row, cell.column), "#VALUE!")
                    )
                elif cell.value is not None:
                    page.write(cell.coordinate, cell.value)
    return other


COPIES = {name: f"{{{name}^}}" for name in ("i1", "i2", "t1", "t2")}


@pytest.mark.parametrize(
    ("name", "row", "value", "kind", "found"),
    [
        ("t2", 3, "={t1^}", Kind.INCONSISTENT, "t1"),
        ("i1", 3, "={w1^}", Kind.INCONSISTENT, "w1"),
        ("t1", 3, 0.9, Kind.TYPED_OVER, "0.9"),
        ("i2", 3, None, Kind.INCONSISTENT, "nothing"),
        ("w5", 0, "0,4", Kind.TYPED_OVER, "0,4"),
        ("w6", 0, None, Kind.TYPED_OVER, "nothing"),
    ],
)
def test_what_is_given_is_given_on(name: str, row: int, value: object, kind: Kind, found: str, tmp_path: Path) -> None:
    sheet, formulas = Sheet(first={**GIVEN}), {**FORMULAS, **COPIES}
    assert judged(sheet, tmp_path, formulas).ok
    assert judge(calculated(tmp_path / "made.xlsx")).ok
    places = sheet.places()
    cell = f"{get_column_letter(places[name])}{HEADER + 1 + row}"
    text = (
        "=" + placed(value[1:], sheet, places, HEADER + 1 + row) if isinstance(value, str) and "{" in value else value
    )
    judged(sheet, tmp_path, formulas, {cell: text})
    told = [one for one in judge(calculated(tmp_path / "made.xlsx")).findings if one.label == name]
    assert [(one.kind, one.cells, one.found) for one in told] == [(kind, (cell,), found)]


def test_a_target_that_is_another_column_all_along_is_wrong(tmp_path: Path) -> None:
    judged(Sheet(first={**GIVEN}), tmp_path, {**FORMULAS, **COPIES, "t2": "{t1^}"})
    (finding,) = judge(calculated(tmp_path / "made.xlsx")).findings
    assert (finding.kind, finding.label, finding.found) == (Kind.WRONG_TERM, "t2", "t1")


def test_a_target_that_only_says_the_same_as_another_is_right(tmp_path: Path) -> None:
    judged(Sheet(first={**GIVEN, "t2": GIVEN["t1"]}), tmp_path, {**FORMULAS, **COPIES, "t2": "{t1^}"})
    assert judge(calculated(tmp_path / "made.xlsx")).findings == ()


def test_a_rate_that_is_a_text_teaches_nothing(tmp_path: Path) -> None:
    sheet = Sheet()
    judged(sheet, tmp_path, FORMULAS, {sheet.rate.replace("$", ""): "0,5"})
    told = judge(calculated(tmp_path / "made.xlsx")).findings
    assert [(one.kind, one.found) for one in told] == [(Kind.NO_RATE, "'0,5', which is no number")]
