"""Verdicts: whether the requirements are met, and whether two sheets say the same, as formulas."""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.cnn.model import CLASSES
from xlbackprop.cnn.places import (
    ARCHITECTURE,
    CONFUSION,
    ENDED,
    FIELD,
    LAST_ACCURACY,
    MATRIX,
    MISTAKES,
    PARAMETERS,
    PICKED_NUMBER,
    Places,
    on,
    span,
)
from xlbackprop.cnn.sheets.mistakes import MOST, probabilities
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Choice, Mark, Place, Verdict

REQUIRED = 6  # row of the heading
AGREE = 13
LEAST_ACCURACY, MOST_PARAMETERS, MOST_EPOCHS = 99.4, 20_000, 20
VERDICTS = (Verdict((REQUIRED + 2, 4), (REQUIRED + 5, 4)), Verdict((AGREE + 2, 4), (AGREE + 7, 4)))
UNTRAINED = "untrained"  # what is neither met nor missed: the table was edited, and no such net was trained
MARK = Mark((REQUIRED + 2, 4), (REQUIRED + 5, 4), UNTRAINED, "loss ink")
NOTE = f"Not the net as trained: {FIELD} was edited."
LIMITS = tuple(
    Choice(
        (REQUIRED + 2 + n, 3),
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "input_title": "limit",
            "error_title": "A number, please",
            "error_message": "Type a number that is not negative.",
        },
    )
    for n in range(3)
)


class Pair(NamedTuple):
    """A number from two places. one_at, other_at: formulas without `=`; None for what is known beforehand."""

    name: str
    one: float
    one_at: str | None
    other: float
    other_at: str
    style: str


def _headed(row: int, heading: str, columns: tuple[str, ...]) -> dict[Place, Cell]:
    cells = {(row, 1): Cell(heading, "heading"), (row + 1, 1): Cell(columns[0], "bold,strong")}
    for n, text in enumerate(columns[1:], start=2):
        cells[row + 1, n] = Cell(text, f"bold,strong,{'center' if n == 4 else 'beside'}")
    return cells


def requirements(places: Places) -> dict[Place, Cell]:
    """The limits are the user's. What would pass does not, if the net that it is said of was never trained."""
    row, result = REQUIRED + 2, places.result
    ended, edited = max(len(run.epochs) for run in result.runs), on(FIELD, places.edited)
    total, mean = result.arch.parameters, result.mean
    lines = (
        ("parameters, fewer than", total, "count", on(FIELD, places.field_total), MOST_PARAMETERS, "<"),
        ("accuracy, at least", mean, "percent", a1(*places.mean), LEAST_ACCURACY, ">="),
        ("epochs, at most", ended, "count", f"MAX({places.seeds_of(ENDED)})", MOST_EPOCHS, "<="),
    )
    met = (total < MOST_PARAMETERS, round(mean - LEAST_ACCURACY, 9) >= 0, ended <= MOST_EPOCHS)
    cells = _headed(REQUIRED, "Requirements", ("", "is", "limit", "met?"))
    for n, (name, value, style, text, limit, sign) in enumerate(lines):
        here = row + n
        cells[here, 1] = Cell(name, "bold,rule")
        cells[here, 2] = Cell(value, f"{style},rule,beside", f"={text}", name)
        cells[here, 3] = Cell(limit, f"yours,{style},beside", label=f"limit: {name}")
        passed = f'IF({edited}=0,"PASS","{UNTRAINED}")'
        rule = f'=IF(ROUND({a1(here, 2)}-{a1(here, 3)},9){sign}0,{passed},"FAIL")'
        cells[here, 4] = Cell(_word(met[n]), "center,bold,rule", rule, f"verdict on {name}")
    cells[row + 3, 1] = Cell("all three", "bold")
    cells[row + 4, 1] = Cell("", "loss ink", f'=IF({edited}=0,"","{NOTE}")', "whether the net was trained")
    cells[row + 3, 4] = _together(row, row + 2, all(met))
    return cells


def _together(first: int, last: int, met: bool) -> Cell:
    words = f"{a1(first, 4)}:{a1(last, 4)}"
    every = f'IF(COUNTIF({words},"PASS")={last - first + 1},"PASS","{UNTRAINED}")'
    rule = f'=IF(COUNTIF({words},"FAIL")>0,"FAIL",{every})'
    return Cell(_word(met), "center,bold", rule, "verdict on all")


def _word(met: bool) -> str:
    return "PASS" if met else "FAIL"


def agreement(places: Places) -> dict[Place, Cell]:
    """Accuracies are measured to the digit, so half a digit is no difference."""
    judged, row = places.result.judged, AGREE + 2
    cells = _headed(AGREE, "Do the sheets agree?", ("", "one", "the other", "agree?"))
    for here, pair in enumerate(_pairs(places), start=row):
        half, slack = (50 / judged, f"50/{judged}") if pair.style == "percent" else (0.5, "0.5")
        rule = f'=IF(ABS({a1(here, 2)}-{a1(here, 3)})<{slack},"PASS","FAIL")'
        one = f"={pair.one_at}" if pair.one_at else None
        cells |= {
            (here, 1): Cell(pair.name, "rule"),
            (here, 2): Cell(pair.one, f"{pair.style},rule,beside", one, f"one: {pair.name}"),
            (here, 3): Cell(pair.other, f"{pair.style},rule,beside", f"={pair.other_at}", f"the other: {pair.name}"),
            (here, 4): Cell(
                _word(abs(pair.one - pair.other) < half), "center,bold,rule", rule, f"agreement: {pair.name}"
            ),
        }
    return cells


def _pairs(places: Places) -> tuple[Pair, ...]:
    result, (row, column) = places.result, places.matrix_total
    run, parameters = result.runs[0], result.arch.parameters
    digits, wrong = _counted(run.confusion)
    total, accuracy = on(CONFUSION, (row, column)), on(CONFUSION, (row, column + 2))
    trained = a1(places.seed_row(0), LAST_ACCURACY)
    if places.seeds > 1:
        trained = f"INDEX({places.seeds_of(LAST_ACCURACY)},{on(CONFUSION, PICKED_NUMBER)})"
    top, left = places.counts, MATRIX[1]
    counts = span((top, left), (top + CLASSES - 1, left + CLASSES - 1), CONFUSION)
    right = "-".join(on(CONFUSION, (top + k, left + k)) for k in range(CLASSES))
    drawn = f"COUNT({MISTAKES}!{probabilities(places)})"
    summed, added = on(FIELD, places.field_total), on(ARCHITECTURE, (places.architecture_total, PARAMETERS))
    as_trained = on(FIELD, places.trained_parameters)
    right_ones = 100 * (digits - wrong) / digits
    return (
        Pair("accuracy: Training, matrix", run.final_accuracy, trained, right_ones, accuracy, "percent"),
        Pair("digits: judging, in the matrix", result.judged, None, digits, total, "count"),
        Pair(
            "mistakes: in the matrix, drawn",
            min(wrong, MOST),
            f"MIN({MOST},SUM({counts})-{right})",
            min(len(run.mistakes), MOST),
            drawn,
            "count",
        ),
        Pair("parameters: field, architecture", parameters, summed, parameters, added, "count"),
        Pair("parameters: as trained, field", parameters, as_trained, parameters, summed, "count"),
        Pair("edited cells: none, field", 0, None, 0, on(FIELD, places.edited), "count"),
    )


def _counted(confusion: tuple[tuple[int, ...], ...]) -> tuple[int, int]:
    """How many digits there are in a matrix, and how many of them are wrong."""
    digits = sum(map(sum, confusion))
    return digits, digits - sum(row[k] for k, row in enumerate(confusion))
