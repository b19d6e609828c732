"""Trainings over several sheets or blocks: right ones pass, and slips are named in the cells where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from test_judge_variety import DELTAS, FIRST, FORMULAS, GIVEN, GRADIENTS, LABELS, ORDER

from xlbackprop.judge.findings import Judgement, Kind, Outcome
from xlbackprop.judge.judge import judge
from xlbackprop.judge.report import write_report

ROWS = 5
WEIGHTS = list(FIRST)
NEW = {f"n{k}": f"{{w{k}}}-{{lr}}*{{g{k}}}" for k in range(1, 9)}
NEXT = {f"w{k}": f"{{n{k}^}}" for k in range(1, 9)}
FORWARD = [name for name in ORDER if name not in GRADIENTS]
UNITS = [name for name in FORWARD if name not in WEIGHTS]


ERRORS = [name for name in DELTAS if name.startswith("d_")]


@dataclass(frozen=True)
class Part:
    """A block of a table: where its labels stand, and what it has; what an earlier part has, too, is copied."""

    sheet: str
    names: list[str]
    header: int = 5


WITHOUT_HEADINGS = "gradients on a sheet of their own, by way of errors without headings"
BOOKS: dict[str, tuple[tuple[Part, ...], Mapping[str, str]]] = {
    "all on one sheet": ((Part("Train", ORDER),), {}),
    "gradients on a sheet of their own": ((Part("Forward", FORWARD), Part("Backward", GRADIENTS)), {}),
    "weights on a sheet of their own": ((Part("Weights", WEIGHTS), Part("Train", [*UNITS, *GRADIENTS])), {}),
    "forward, backward and weights": (
        (Part("Forward", UNITS), Part("Backward", GRADIENTS, 3), Part("All weights", WEIGHTS, 9)),
        {},
    ),
    "weights copied from their sheet": ((Part("Weights", WEIGHTS), Part("Train", ORDER)), {}),
    "gradients copied from their sheet": ((Part("Slopes", GRADIENTS), Part("Train", ORDER)), {}),
    "new weights on a sheet": ((Part("Train", ORDER), Part("New", list(NEW))), {**NEW, **NEXT}),
    "weights on a sheet, new ones beside the gradients": (
        (Part("Weights", WEIGHTS), Part("Train", [*UNITS, *GRADIENTS, *NEW])),
        {**NEW, **NEXT},
    ),
    "gradients in a block below": ((Part("One", FORWARD), Part("One", GRADIENTS, 20)), {}),
    "gradients and new weights in a block below": (
        (Part("One", FORWARD), Part("One", [*GRADIENTS, *NEW], 20)),
        {**NEW, **NEXT},
    ),
    WITHOUT_HEADINGS: ((Part("Forward", FORWARD), Part("Backward", [*GRADIENTS, *ERRORS])), DELTAS),
    "forward and backward copy from each other": (
        (Part("Forward", UNITS), Part("Backward", [*WEIGHTS, *ORDER[:4], "a_h1", "a_h2", "a_o1", "a_o2", *GRADIENTS])),
        {},
    ),
}


def cell(part: Part, name: str, step: int, sheet: str) -> str:
    """A cell as a formula on a sheet names it."""
    there = f"{get_column_letter(part.names.index(name) + 1)}{part.header + 1 + step}"
    return there if part.sheet == sheet else f"'{part.sheet}'!{there}"


def judged(name: str, folder: Path, slips: Mapping[str, str] | None = None) -> Judgement:
    """The judgement of a workbook that was never calculated. slips: formulas in place of the right ones."""
    parts, own = BOOKS[name]
    formulas = {**FORMULAS, **own, **(slips or {})}
    holders = {one: part for part in reversed(parts) for one in part.names}
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    rate = f"'{parts[0].sheet}'!$B$1"
    for part in parts:
        sheet = book[part.sheet] if part.sheet in book.sheetnames else book.create_sheet(part.sheet)
        for column, one in enumerate(part.names, start=1):
            heading = f"new w{one[1:]}" if one in NEW else LABELS.get(one, one)
            sheet.cell(part.header, column, None if one in ERRORS else heading)
            for step in range(ROWS):

                def put(found: re.Match[str], step: int = step, home: str = part.sheet) -> str:
                    if found[1] == "lr":
                        return rate
                    of = found[1].rstrip("^_")  # ^ is the row above, _ the row below
                    return cell(holders[of], of, step - found[1].endswith("^") + found[1].endswith("_"), home)

                value: object = "=" + re.sub(r"\{(.+?)\}", put, formulas.get(one, ""))
                if holders[one] is not part:
                    value = "=" + cell(holders[one], one, step, part.sheet)
                elif one in GIVEN or (one in FIRST and step == 0):
                    value = {**GIVEN, **FIRST}[one]
                sheet.cell(part.header + 1 + step, column, value)
    book[parts[0].sheet]["B1"] = 0.5
    book.save(folder / "book.xlsx")
    return judge(folder / "book.xlsx")


@pytest.mark.parametrize("name", BOOKS)
def test_a_right_training_over_several_blocks_is_right(name: str, tmp_path: Path) -> None:
    judgement = judged(name, tmp_path)
    assert judgement.findings == ()
    assert judgement.ok


@pytest.mark.parametrize("name", [name for name in BOOKS if name != WITHOUT_HEADINGS])
@pytest.mark.parametrize(
    ("column", "kind", "old", "new"),
    [
        ("g3", Kind.WRONG_TERM, "{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})"),
        ("o2", Kind.EXCHANGED_WEIGHTS, "{w8}", "{w6}"),
        ("g1", Kind.UPDATED_WEIGHT, "{w5}", "{w5_}"),
    ],
)
def test_a_slip_is_named_on_the_sheet_where_it_stands(
    name: str, column: str, kind: Kind, old: str, new: str, tmp_path: Path
) -> None:
    judgement = judged(name, tmp_path, {column: FORMULAS[column].replace(old, new)})
    (finding,) = judgement.findings
    part = next(part for part in BOOKS[name][0] if column in part.names)
    wrong = [one for one in judgement.sheets if one.outcome is not Outcome.CORRECT]
    first, last = (cell(part, column, step, part.sheet) for step in (0, ROWS - 1))
    assert [(one.sheet, one.outcome, one.findings) for one in wrong] == [(part.sheet, Outcome.WRONG, (finding,))]
    assert (finding.kind, finding.cells) == (kind, (f"{first}:{last}",))
    assert f"{part.sheet}!" not in finding.correction.replace("'", ""), "it is pasted where it stands"


def test_a_column_without_a_heading_is_called_by_its_own_letter(tmp_path: Path) -> None:
    (finding,) = judged(WITHOUT_HEADINGS, tmp_path, {"d_o1": DELTAS["d_o1"].replace("{t1}", "{t2}")}).findings
    assert (finding.label, finding.cells) == ("column I", ("I6:I10",))
    assert "column I uses t2 where t1 belongs" in finding.message


def test_a_wrong_update_is_named_where_the_new_weights_stand(tmp_path: Path) -> None:
    judgement = judged("weights copied from their sheet", tmp_path, {"w7": "{w7^}+{lr}*{g7^}"})
    assert [(one.kind, one.cells) for one in judgement.findings] == [(Kind.SIGN, ("G7:G10",))]
    judgement = judged("new weights on a sheet", tmp_path, {"n7": "{w7}+{lr}*{g7}"})
    assert [(one.kind, one.cells) for one in judgement.findings] == [(Kind.SIGN, ("G6:G10",))]


def test_each_block_is_a_table_of_its_own_columns(tmp_path: Path) -> None:
    sheets = judged("gradients on a sheet of their own", tmp_path).sheets
    forward, backward = (one.table for one in sheets if one.table)
    assert set(forward.columns.values()) == {get_column_letter(k) for k in range(1, len(FORWARD) + 1)}
    assert backward.columns == {f"dE/dw{k}": get_column_letter(k) for k in range(1, 9)}
    assert (forward.learning_rate_cell, backward.learning_rate_cell) == ("B1", "Forward!B1")


def test_the_report_marks_the_cells_of_each_block(tmp_path: Path) -> None:
    judgement = judged("gradients in a block below", tmp_path, {"g3": "{g4}"})
    write_report(judgement, tmp_path / "book.xlsx", tmp_path / "report.xlsx")
    texts = {
        value for sheet in openpyxl.load_workbook(tmp_path / "report.xlsx") for row in sheet.values for value in row
    }
    assert "C21:C25" in texts


def test_a_text_beside_the_gradients_is_held_against_the_formulas_of_other_sheets(tmp_path: Path) -> None:
    judged("gradients on a sheet of their own", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book["Backward"]["L20"], book["Backward"]["L21"] = "h1 = w1*i1+w2*i2", "o2 = w8*a_h1+w8*a_h2"
    book.save(tmp_path / "book.xlsx")
    told = [
        (one.sheet, finding.label, finding.cells)
        for one in judge(tmp_path / "book.xlsx").sheets
        for finding in one.findings
    ]
    assert told == [("Backward", "o2", ("L21",))]


def test_a_sheet_that_compares_whole_tables_is_none(tmp_path: Path) -> None:
    judged("all on one sheet", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    loss = get_column_letter(ORDER.index("E") + 1)
    compared = book.create_sheet("Compared")
    for row in range(5, 6 + ROWS):
        compared.append(["Loss", "again", "and again"] if row == 5 else [f"=Train!{loss}{row}"] * 3)
    book.save(tmp_path / "book.xlsx")
    outcomes = {one.sheet: one.outcome for one in judge(tmp_path / "book.xlsx").sheets}
    assert outcomes == {"Train": Outcome.CORRECT, "Compared": Outcome.NO_TABLE}
