"""Our learning-rate sheet is the hand-made worksheet, formula for formula and number for number.

The first half knows that worksheet by heart; the second compares with the file itself where there is one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock

from xlbackprop.build import build
from xlbackprop.engines import ENGINES, Values
from xlbackprop.pages.layout import letters
from xlbackprop.template.template import load

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "Backpropagation.xlsx"
EXACT = 1e-15  # absolute
FIRST, LAST = 35, 102
SHEET = "LR 1"

HEADER = [
    *("t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "a_h1", "h2", "a_h2"),
    *("w5", "w6", "w7", "w8", "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total"),
    *("∂E/∂w1", "∂E/∂w2", "∂E/∂w3", "∂E/∂w4", "∂E/∂w5", "∂E/∂w6", "∂E/∂w7", "∂E/∂w8"),
]
TITLES = {
    "K2": "Formulae",
    "O2": "Derivatives",
    "J20": "Output layer",
    "J25": "Hidden layer",
    "A33": "LR (η) =",
    "X33": "Derivatives",
}
EXPLAINED = [("K", 3, 13), ("O", 3, 10), ("O", 12, 17), ("K", 20, 23), ("K", 25, 28)]
CORNERS = {  # the first and the last line of each block; all of them by heart: test_paper
    "K3": "h1 = w1*i1 + w2*i2",
    "K13": "E2 = 1/2 * (t2-a_o2)^2",
    "O3": "∂E1/∂a_o1 = ∂(1/2 * (t1-a_o1)^2)/∂a_o1 = a_o1 - t1",
    "O10": "∂o2/∂w8 = a_h2",
    "O12": "∂E1/∂a_h1 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂a_h1 = (a_o1-t1)*a_o1*(1-a_o1)*w5",
    "O17": "∂E_total/∂a_h2 = ∂(E1+E2)/∂a_h2 = (a_o1-t1)*a_o1*(1-a_o1)*w6 + (a_o2-t2)*a_o2*(1-a_o2)*w8",
    "K20": "∂E_total/∂w5 = ∂(E1+E2)/∂w5 = ∂E1/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w5 = (a_o1-t1)*a_o1*(1-a_o1)*a_h1",
    "K23": "∂E_total/∂w8 = ∂(E1+E2)/∂w8 = ∂E2/∂w8 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂w8 = (a_o2-t2)*a_o2*(1-a_o2)*a_h2",
    "K25": "∂E_total/∂w1 = ∂E_total/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w1 = "
    "((a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7)*a_h1*(1-a_h1)*i1",
    "K28": "∂E_total/∂w4 = ∂E_total/∂a_h2 * ∂a_h2/∂h2 * ∂h2/∂w4 = "
    "((a_o1-t1)*a_o1*(1-a_o1)*w6 + (a_o2-t2)*a_o2*(1-a_o2)*w8)*a_h2*(1-a_h2)*i2",
}
SLIPS = {"a_01": "a_o1", "a_02": "a_o2"}  # as the hand-made worksheet has them in K12 and K13

# What Excel saved as E_total at learning rate 1, by row.
LOSSES = {
    35: 0.014181377937891659,
    36: 0.013377915565327117,
    45: 0.007789125608257211,
    60: 0.0030315222017349656,
    84: 0.0006396488012320897,
    101: 0.0002101768047534597,
    102: 0.00019683752612304454,
}
FORMULAS = {
    "E": "=E{above}-($B$33*X{above})",
    "F": "=F{above}-($B$33*Y{above})",
    "G": "=G{above}-($B$33*Z{above})",
    "H": "=H{above}-($B$33*AA{above})",
    "M": "=M{above}-($B$33*AB{above})",
    "N": "=N{above}-($B$33*AC{above})",
    "O": "=O{above}-($B$33*AD{above})",
    "P": "=P{above}-($B$33*AE{above})",
    "I": "=(E{row}*C{row})+(F{row}*D{row})",
    "J": "=1/(1+EXP(-I{row}))",
    "K": "=(G{row}*C{row})+(H{row}*D{row})",
    "L": "=1/(1+EXP(-K{row}))",
    "Q": "=(M{row}*J{row})+(N{row}*L{row})",
    "R": "=1/(1+EXP(-Q{row}))",
    "S": "=(O{row}*J{row})+(P{row}*L{row})",
    "T": "=1/(1+EXP(-S{row}))",
    "U": "=0.5*(A{row}-R{row})^2",
    "V": "=0.5*(B{row}-T{row})^2",
    "W": "=U{row}+V{row}",
    "X": "=(($R{row}-$A{row})*$R{row}*(1-$R{row})*$M{row}+($T{row}-$B{row})*$T{row}*(1-$T{row})*$O{row})"
    "*$J{row}*(1-$J{row})*C{row}",
    "Y": "=(($R{row}-$A{row})*$R{row}*(1-$R{row})*$M{row}+($T{row}-$B{row})*$T{row}*(1-$T{row})*$O{row})"
    "*$J{row}*(1-$J{row})*D{row}",
    "Z": "=(($R{row}-$A{row})*$R{row}*(1-$R{row})*$N{row}+($T{row}-$B{row})*$T{row}*(1-$T{row})*$P{row})"
    "*$L{row}*(1-$L{row})*C{row}",
    "AA": "=(($R{row}-$A{row})*$R{row}*(1-$R{row})*$N{row}+($T{row}-$B{row})*$T{row}*(1-$T{row})*$P{row})"
    "*$L{row}*(1-$L{row})*D{row}",
    "AB": "=($R{row}-$A{row})*$R{row}*(1-$R{row})*J{row}",
    "AC": "=($R{row}-$A{row})*$R{row}*(1-$R{row})*L{row}",
    "AD": "=($T{row}-$B{row})*$T{row}*(1-$T{row})*J{row}",
    "AE": "=($T{row}-$B{row})*$T{row}*(1-$T{row})*L{row}",
}
CONSTANTS = {"A": 0.5, "B": 0.5, "C": 0.05, "D": 0.1}
FIRST_WEIGHTS = {"E": 0.15, "F": 0.2, "G": 0.25, "H": 0.3, "M": 0.4, "N": 0.45, "O": 0.5, "P": 0.55}

Sheet = Mapping[str, Any]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two learning rates, so that the sheet in question is not the first."""
    out = tmp_path_factory.mktemp("parity") / "ours.xlsx"
    build(load("classic"), (0.5, 1.0), LAST - FIRST + 1, out)
    return out


@pytest.fixture(scope="module")
def ours(path: Path) -> dict[str, Sheet]:
    """What stands in each cell: formulas, constants and texts, by sheet."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: cells(sheet) for sheet in book}


@pytest.fixture(scope="module")
def recalculated(path: Path) -> Values:
    return ENGINES["ironcalc"].recalculate(path)


@pytest.fixture(scope="module")
def saved(path: Path) -> Sheet:
    """The value that we saved with each cell of the sheet."""
    return cells(openpyxl.load_workbook(path, data_only=True)[SHEET])


@pytest.fixture(scope="module")
def theirs() -> Sheet:
    return cells(openpyxl.load_workbook(reference()).active)


def reference() -> Path:
    if not REFERENCE.exists():
        pytest.skip("the hand-made reference workbook is not here (../shared/reference)")
    return REFERENCE


def cells(sheet: Any) -> dict[str, Any]:
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}


def squeezed(text: object) -> str:
    """Blanks aside, and the slips put right."""
    out = "".join(str(text).split())
    for slip, right in SLIPS.items():
        out = out.replace(slip, right)
    return out


def resolved(ours: Mapping[str, Sheet], value: object) -> object:
    """A constant itself, or the one on Start that a formula repeats."""
    if isinstance(value, str) and value.startswith("=Start!"):
        return ours["Start"].get(value.removeprefix("=Start!").replace("$", ""))
    return value


def table(row: int, column: str) -> str | None:
    """The formula that belongs in a cell of the table, or None where a constant does."""
    if column in CONSTANTS or (row == FIRST and column in FIRST_WEIGHTS):
        return None
    return FORMULAS[column].format(row=row, above=row - 1)


COLUMNS = [letters(place) for place in range(1, len(HEADER) + 1)]


# By heart


def test_the_header_and_the_titles_stand_where_they_stood(ours: Mapping[str, Sheet]) -> None:
    assert [ours[SHEET].get(f"{column}34") for column in COLUMNS] == HEADER
    assert {place: ours[SHEET].get(place) for place in TITLES} == TITLES


def test_every_formula_of_the_table_is_the_worksheets(ours: Mapping[str, Sheet]) -> None:
    wrong = []
    for row in range(FIRST, LAST + 1):
        for column in COLUMNS:
            expected, found = table(row, column), ours[SHEET].get(f"{column}{row}")
            if expected is not None and found != expected:
                wrong.append((f"{column}{row}", found, expected))
    assert wrong == []


def test_sample_and_first_weights_are_the_worksheets(ours: Mapping[str, Sheet]) -> None:
    wrong = []
    for row in range(FIRST, LAST + 1):
        for column, expected in (CONSTANTS | (FIRST_WEIGHTS if row == FIRST else {})).items():
            found = resolved(ours, ours[SHEET].get(f"{column}{row}"))
            if found != expected:
                wrong.append((f"{column}{row}", found, expected))
    assert wrong == []
    assert resolved(ours, ours[SHEET]["B33"]) == 1


@pytest.mark.parametrize(("row", "loss"), LOSSES.items())
def test_the_loss_is_what_excel_saved(saved: Sheet, recalculated: Values, row: int, loss: float) -> None:
    assert {"recalculated": recalculated[SHEET][row, 23], "saved": saved[f"W{row}"]} == {
        "recalculated": pytest.approx(loss, abs=EXACT, rel=0),
        "saved": pytest.approx(loss, abs=EXACT, rel=0),
    }


def test_the_explanation_stands_where_it_stood_with_its_last_right_hand_side_bold(
    path: Path, ours: Mapping[str, Sheet]
) -> None:
    assert {place: ours[SHEET].get(place) for place in CORNERS} == CORNERS
    rich = openpyxl.load_workbook(path, rich_text=True)[SHEET]
    places = [f"{column}{row}" for column, first, last in EXPLAINED for row in range(first, last + 1)]
    heavy = {place: bold(rich[place].value) for place in places}
    assert heavy == {place: squeezed(ours[SHEET][place].rpartition(" = ")[2]) for place in places}


# From the file


def test_all_1828_formulas_are_the_same_text_blanks_aside(ours: Mapping[str, Sheet], theirs: Sheet) -> None:
    formulas = {
        place: value
        for place, value in theirs.items()
        if isinstance(value, str) and value.startswith("=") and FIRST <= row_of(place) <= LAST
    }
    assert len(formulas) == 1828
    wrong = [
        (place, ours[SHEET].get(place), value)
        for place, value in formulas.items()
        if squeezed(ours[SHEET].get(place)) != squeezed(value)
    ]
    assert wrong == []


def test_every_constant_of_the_table_is_the_same_or_stands_on_start(ours: Mapping[str, Sheet], theirs: Sheet) -> None:
    constants = {
        place: value
        for place, value in theirs.items()
        if isinstance(value, int | float) and FIRST <= row_of(place) <= LAST
    }
    assert len(constants) == 4 * (LAST - FIRST + 1) + len(FIRST_WEIGHTS)
    wrong = [
        (place, ours[SHEET].get(place), value)
        for place, value in constants.items()
        if resolved(ours, ours[SHEET].get(place)) != value
    ]
    assert wrong == []


def test_every_value_is_what_excel_saved(saved: Sheet, recalculated: Values) -> None:
    """Recalculated in IronCalc, and as we saved it ourselves."""
    excel = cells(openpyxl.load_workbook(reference(), data_only=True).active)
    wrong = []
    for row in range(FIRST, LAST + 1):
        for place, column in enumerate(COLUMNS, start=1):
            expected = excel[f"{column}{row}"]
            found = recalculated[SHEET][row, place], saved[f"{column}{row}"]
            if not all(isinstance(one, int | float) and abs(one - expected) <= EXACT for one in found):
                wrong.append((f"{column}{row}", *found, expected))
    assert wrong == []


def test_every_line_of_explanation_says_what_theirs_says(ours: Mapping[str, Sheet], theirs: Sheet) -> None:
    places = [f"{column}{row}" for column, first, last in EXPLAINED for row in range(first, last + 1)]
    wrong = [
        (place, ours[SHEET].get(place), theirs[place])
        for place in places
        if squeezed(ours[SHEET].get(place)) != squeezed(theirs[place])
    ]
    assert wrong == []
    assert [text for text in map(ours[SHEET].get, places) if any(slip in text for slip in SLIPS)] == []


def test_the_same_part_of_each_line_is_bold(path: Path) -> None:
    our_sheet = openpyxl.load_workbook(path, rich_text=True)[SHEET]
    their_sheet = openpyxl.load_workbook(reference(), rich_text=True).active
    wrong = []
    for column, first, last in EXPLAINED:
        for row in range(first, last + 1):
            found, expected = bold(our_sheet[f"{column}{row}"].value), bold(their_sheet[f"{column}{row}"].value)
            if found != expected or not found:
                wrong.append((f"{column}{row}", found, expected))
    assert wrong == []


def test_titles_and_header_are_theirs(ours: Mapping[str, Sheet], theirs: Sheet) -> None:
    places = [*TITLES, *(f"{column}34" for column in COLUMNS)]
    assert {place: ours[SHEET].get(place) for place in places} == {place: theirs[place] for place in places}


def row_of(place: str) -> int:
    return int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def bold(text: CellRichText) -> str:
    """The bold part of a text, blanks aside."""
    return squeezed("".join(run.text for run in text if isinstance(run, TextBlock) and run.font.b))
