"""The workbook is alive: change a yellow cell, recalculate in LibreOffice, and everything follows as the textbook says.

Gradient check is also tried in IronCalc, which is quick enough to overtype every gradient in turn.
"""

import math
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import (
    AT,
    FIRST_ROW,
    GIVEN,
    RATES,
    STEPS,
    Book,
    Place,
    Typed,
    apart,
    apart_from_textbook,
    split,
    steps_until,
    textbook,
)

from xlbackprop.engines import ENGINES
from xlbackprop.proof.verify import verify
from xlbackprop.reading.package import without_saved_values

THRESHOLD = 0.001
ROUNDED = 0.01  # relative: what a line worked out by hand from its four decimals may be off
LINE = re.compile(r"(?P<name>\S+(?: next)?) = (?:(?P<sum>.+) = )?(?P<result>\S+)")

Sheets = openpyxl.Workbook
Recalculated = Callable[[Mapping[str, Typed], Mapping[Place, Typed]], Sheets]


@pytest.fixture
def recalculated(
    book: Book, yellow: dict[str, Place], tmp_path: Path, libreoffice: Callable[[Path], Path]
) -> Recalculated:
    """A function that types into yellow cells by name and others by place; gives the values that LibreOffice saves."""

    def recalculate(given: Mapping[str, Typed], others: Mapping[Place, Typed]) -> Sheets:
        typed = book.typed({yellow[name]: value for name, value in given.items()} | dict(others))
        without_saved_values(typed.write(tmp_path / "typed.xlsx"), tmp_path / "bare.xlsx")
        saved = libreoffice(tmp_path / "bare.xlsx")
        if not others:
            verdict = verify(saved)
            assert verdict.ok, verdict
        return openpyxl.load_workbook(saved, data_only=True)

    return recalculate


def reader(sheets: Sheets, name: str) -> Callable[[str], object]:
    return lambda at: sheets[name][at].value


def apart_from_textbooks(sheets: Sheets, given: Mapping[str, float], rates: Mapping[str, float]) -> list[str]:
    """How the learning-rate sheets differ from the textbook."""
    found: list[str] = []
    for name, rate in rates.items():
        found += [f"{name}: {line}" for line in apart_from_textbook(reader(sheets, name), textbook(rate, STEPS, given))]
    return found


def summary(sheets: Sheets, yellow: dict[str, Place]) -> dict[str, list[object]]:
    """The table of Start by sheet: first loss, last loss, steps until under the threshold."""
    rows = {f"LR {rate:g}": split(yellow[f"LR {rate:g}"][1])[0] for rate in RATES}
    return {
        name: [cell.value for cell in sheets["Start"][row][1:8] if cell.value is not None and cell.value != name]
        for name, row in rows.items()
    }


def apart_from_summary(
    sheets: Sheets, yellow: dict[str, Place], given: Mapping[str, float], rates: Mapping[str, float], threshold: float
) -> list[str]:
    found: list[str] = []
    for name, told in summary(sheets, yellow).items():
        rows = textbook(rates[name], STEPS, given)
        first, last, until = told
        expected = {"first loss": rows[0]["E_total"], "last loss": rows[-1]["E_total"]}
        found += [
            f"{name}: {line}"
            for line in apart({"first loss": first, "last loss": last}, expected, expected["first loss"])
        ]
        reached = steps_until(rows, threshold) or f"> {STEPS}"
        found += [] if until == reached else [f"{name}: {until!r} steps, not {reached!r}"]
    return found


EACH_RATE = {f"LR {rate:g}": rate for rate in RATES}
CHANGES: dict[str, dict[str, float]] = {
    "another target": {"t1": 0.9},
    "another first weight": {"w3": -1.75},
    "another rate": {"LR 0.8": 3.25},
    "another threshold": {"threshold": 0.005},
    "another exercise": {"t1": 0.01, "t2": 0.99, "i1": 0.5, "i2": -1.0, "LR 0.1": 10.0, "threshold": 0.02},
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_whole_workbook_follows_a_yellow_cell(
    recalculated: Recalculated, yellow: dict[str, Place], change: dict[str, float]
) -> None:
    sheets = recalculated(change, {})
    given = GIVEN | {name: value for name, value in change.items() if name in GIVEN}
    rates = EACH_RATE | {name: value for name, value in change.items() if name in EACH_RATE}
    found = apart_from_textbooks(sheets, given, rates)
    found += apart_from_summary(sheets, yellow, given, rates, change.get("threshold", THRESHOLD))
    assert not found, "\n".join(found[:40])
    titles = {name: sheets[name]["A1"].value for name in EACH_RATE}
    assert titles == {name: f"Learning rate {rate:g}" for name, rate in rates.items()}


def drawn(sheet: Any, name: str) -> list[float]:
    """The numbers of the drawing that stand right below a node's name."""
    cells = (cell for row in sheet.iter_rows(max_row=18) for cell in row)
    return [sheet.cell(cell.row + 1, cell.column).value for cell in cells if cell.value == name]


@pytest.mark.slow
def test_drawings_show_live_numbers(recalculated: Recalculated) -> None:
    sheets = recalculated({"i1": 0.7, "w5": -0.4, "picked rate": 2.0, "picked step": 7.0}, {})
    given = GIVEN | {"i1": 0.7, "w5": -0.4}
    first, picked = textbook(1.0, 1, given)[0], textbook(2.0, 7, given)[-1]
    for name, row in ("Start", first), ("LR 1", first), ("LR 2", first), ("Step", picked):
        for node in ("i1", "i2", "h1", "a_h1", "h2", "a_h2", "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total"):
            assert pytest.approx(row[node]) in drawn(sheets[name], node), f"{node} on {name}"


def lines(sheet: Any) -> dict[str, tuple[str | None, str]]:
    """The lines of maths of Step by what they work out: the sum in the middle (None if there is none), the result."""
    texts = (cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))
    found = filter(None, map(LINE.fullmatch, texts))
    return {line["name"]: (line["sum"], line["result"]) for line in found}


def shown(value: float) -> str:
    """Four decimals, or more where three digits would not show; zeros at the end are dropped."""
    decimals = max(4, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{float(f'{value:.{decimals}f}'):.15f}".rstrip("0").rstrip(".")


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "step"), [(0.1, 1), (2.0, 5), (0.5, 100)])
def test_step_writes_out_the_picked_step_of_the_picked_rate(recalculated: Recalculated, rate: float, step: int) -> None:
    given = GIVEN | {"t1": 0.9, "w1": -0.15}
    sheets = recalculated({"picked rate": rate, "picked step": float(step), "t1": 0.9, "w1": -0.15}, {})
    row, following = textbook(rate, step + 1, given)[-2:]
    told = lines(sheets["Step"])
    units = ("h1", "h2", "a_h1", "a_h2", "o1", "o2", "a_o1", "a_o2", "E1", "E2", "E_total")
    expected = {name: shown(row[name]) for name in (*units, *(f"∂E/∂w{n}" for n in range(1, 9)))}
    expected |= {f"w{n} next": f"{following[f'w{n}']:.6f}".rstrip("0") for n in range(1, 9)}
    expected |= {f"∂E{n}/∂a_o{n}": shown(row[f"a_o{n}"] - row[f"t{n}"]) for n in (1, 2)}
    expected |= {f"∂a_o{n}/∂o{n}": shown(row[f"a_o{n}"] * (1 - row[f"a_o{n}"])) for n in (1, 2)}
    expected |= {"∂o1/∂w5": shown(row["a_h1"]), "∂o1/∂w6": shown(row["a_h2"])}
    assert {name: told[name][1] if name in told else None for name in expected} == expected
    for name, (terms, result) in told.items():
        if terms is not None:
            worked_out = eval(terms.replace("^", "**"), {"exp": math.exp})
            assert worked_out == pytest.approx(float(result), rel=ROUNDED, abs=0.0002), f"{name} = {terms} = {result}"
    assert len(told) >= len(expected) + 4, "the errors at the hidden layer are written out, too"


@pytest.mark.slow
def test_a_line_reads_as_the_reference_derives_it(recalculated: Recalculated) -> None:
    told = lines(recalculated({}, {})["Step"])
    assert told["∂E/∂w5"] == ("(0.6065 - 0.5) * 0.6065 * (1 - 0.6065) * 0.5069", "0.0129")


@pytest.mark.slow
def test_a_pick_without_a_sheet_says_so_and_shows_the_first(recalculated: Recalculated) -> None:
    sheets = recalculated({"LR 0.5": 0.6}, {})
    step = sheets["Step"]
    message = "".join(str(cell.value) for cell in step["A"] if isinstance(cell.value, str) and "no sheet" in cell.value)
    assert "0.1" in message
    assert lines(step)["w1 next"][0] == f"0.15 - 0.1 * {shown(textbook(0.1, 1)[0]['∂E/∂w1'])}"


@pytest.mark.slow
def test_a_pick_with_a_sheet_says_nothing(recalculated: Recalculated) -> None:
    step = recalculated({"picked rate": 0.2, "picked step": 1000.0}, {})["Step"]
    assert not [cell.value for row in step.iter_rows() for cell in row if "no sheet" in str(cell.value)]
    following = textbook(0.2, STEPS + 1)[-1]["w8"]
    assert lines(step)["w8 next"][1] == f"{following:.6f}".rstrip("0"), "a step too far counts as the last"


@pytest.mark.slow
def test_a_rate_typed_over_on_its_sheet_drives_that_sheet_only(recalculated: Recalculated) -> None:
    sheets = recalculated({}, {("LR 0.5", "B33"): 3.0})
    found = apart_from_textbooks(sheets, GIVEN, EACH_RATE | {"LR 0.5": 3.0})
    assert not found, "\n".join(found[:40])
    assert sheets["LR 0.5"]["A1"].value == "Learning rate 3"


def verdicts(value: Callable[[int, int], object]) -> dict[str, object]:
    """The verdict on each weight, and on all of them, in the first forty rows of Gradient check."""
    rows = {str(value(row, 1)): row for row in range(40, 0, -1)}
    head = rows["weight"]
    column = next(column for column in range(1, 20) if value(head, column) == "verdict")
    found = {f"w{n}": value(head + n, column) for n in range(1, 9) if value(head + n, 1) == f"w{n}"}
    return found | {
        "all": next(value(rows["verdict on all"], c) for c in range(2, 9) if value(rows["verdict on all"], c))
    }


def in_ironcalc(path: Path, bare: Path) -> Callable[[int, int], object]:
    without_saved_values(path, bare)
    values = ENGINES["ironcalc"].recalculate(bare)["Gradient check"]
    return lambda row, column: values.get((row, column))


ALL_PASS = {f"w{n}": "PASS" for n in range(1, 9)} | {"all": "PASS"}


@pytest.mark.parametrize("step", [1, 2, 50, 100])
@pytest.mark.parametrize("rate", RATES)
def test_gradient_check_passes_every_right_gradient(
    book: Book, yellow: dict[str, Place], tmp_path: Path, rate: float, step: int
) -> None:
    typed = book.typed({yellow["picked rate"]: rate, yellow["picked step"]: float(step)}).write(tmp_path / "a.xlsx")
    assert verdicts(in_ironcalc(typed, tmp_path / "bare.xlsx")) == ALL_PASS


OVERTYPED = {  # what stands in the gradient's cell instead of its formula
    "a constant": "{value} * 1.001",
    "off by a hundred-thousandth": "({formula})*1.00001",
    "the wrong sign": "-({formula})",
    "nothing": "0",
    "a text": '"none"',
}


@pytest.mark.parametrize("other", OVERTYPED.values(), ids=OVERTYPED)
@pytest.mark.parametrize("weight", [f"w{n}" for n in range(1, 9)])
def test_gradient_check_fails_exactly_the_gradient_that_was_typed_over(
    book: Book, yellow: dict[str, Place], tmp_path: Path, weight: str, other: str
) -> None:
    at = f"{AT[f'∂E/∂{weight}']}{FIRST_ROW + 2}"
    cell = book.cells("LR 2")[at]
    wrong = other.format(value=cell.saved, formula=cell.formula)
    picks = {yellow["picked rate"]: 2.0, yellow["picked step"]: 3.0}
    typed = book.typed({("LR 2", at): f"={wrong}", **picks}).write(tmp_path / "a.xlsx")
    assert verdicts(in_ironcalc(typed, tmp_path / "bare.xlsx")) == ALL_PASS | {weight: "FAIL", "all": "FAIL"}


@pytest.mark.slow
def test_gradient_check_sees_the_copied_mistake_in_libreoffice(book: Book, recalculated: Recalculated) -> None:
    cells = book.cells("LR 0.5")
    at = {name: f"{AT[f'∂E/∂{name}']}{FIRST_ROW}" for name in ("w3", "w4")}
    wrong = {name: f"={(cells[place].formula or '').replace('$L', '$J')}" for name, place in at.items()}
    sheet = recalculated({}, {("LR 0.5", at[name]): text for name, text in wrong.items()})["Gradient check"]
    found = verdicts(lambda row, column: sheet.cell(row, column).value)
    assert found == ALL_PASS | {"w3": "FAIL", "w4": "FAIL", "all": "FAIL"}


@pytest.mark.slow
def test_gradient_check_passes_in_libreoffice_after_everything_was_changed(recalculated: Recalculated) -> None:
    change = {"i1": 1.5, "t1": 0.01, "t2": 0.99, "w3": -1.0, "LR 2": 5.0, "picked rate": 5.0, "picked step": 42.0}
    sheet = recalculated(change, {})["Gradient check"]
    assert verdicts(lambda row, column: sheet.cell(row, column).value) == ALL_PASS


@pytest.mark.slow
def test_gradient_check_passes_in_gnumeric(book: Book, yellow: dict[str, Place], tmp_path: Path) -> None:
    if shutil.which("ssconvert") is None:
        pytest.skip("ssconvert is not on the PATH")
    typed = book.typed({yellow["picked rate"]: 0.8, yellow["picked step"]: 9.0}).write(tmp_path / "a.xlsx")
    values = ENGINES["gnumeric"].recalculate(typed)["Gradient check"]
    assert verdicts(lambda row, column: values.get((row, column))) == ALL_PASS
