"""Inputs, targets and first values that are not what they should be: another cell's, typed over, a text, or empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import isclose

from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.faults.said import sentence
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.meant import Meant, meant_by
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import ABOVE, pretty
from xlbackprop.pages.layout import a1

SAME = 1e-9  # of the value
GIVEN = ("i", "t")  # how the names of inputs and targets begin


def given_findings(studied: Studied, given: Iterable[str], trained: Sequence[str]) -> Iterator[Finding]:
    """What is said of inputs and targets, and of the first row of what is trained.

    given: the columns of the table in which no formulas are expected; trained: those of weights and biases.
    """
    reading = studied.reading
    for name in given:
        if name.startswith(GIVEN):
            yield from _slips(studied, name)
    typed = [
        name for name in trained if isinstance(reading.value(reading.table.first_row, reading.columns[name]), float)
    ]
    for name in trained:
        if typed and (told := _no_number(reading, name, reading.table.first_row)):
            yield told


def _no_number(reading: Reading, name: str, row: int) -> Finding | None:
    """What is said of a cell that a number should be typed into."""
    column = reading.columns[name]
    value = reading.value(row, column)
    if isinstance(value, float) or reading.formula(row, column) is not None:
        return None
    found, what = (
        ("nothing", "empty here, which counts as 0")
        if value is None
        else (str(value)[:40], f"a text here, {str(value)[:20]!r}, which is no number to reckon with")
    )
    return Finding(Kind.TYPED_OVER, name, ranges(column, [row]), found, "a number", f"{pretty(name)} is {what}")


def _slips(studied: Studied, name: str) -> Iterator[Finding]:
    """Where a column that copies the cell above has something else, and by that another number.

    Other numbers row by row are other samples, and may be meant; what reads another column is not.
    """
    reading, column = studied.reading, studied.reading.columns[name]
    steps = [*pairwise(reading.table.rows)]
    copied = {row: _copied(meant_by(reading, row, column)) for _, row in steps}
    copies = sum(of == name + ABOVE for of in copied.values())
    empty = [row for row in copied if reading.value(row, column) is None and reading.formula(row, column) is None]
    if empty and 2 * len(empty) < len(steps):
        message = f"{pretty(name)} is empty here, which counts as 0"
        yield Finding(
            Kind.INCONSISTENT, name, ranges(column, empty), "nothing", "a number", message, first_row=empty[0]
        )
    for above, row in steps:
        value, before, belongs = reading.value(row, column), reading.value(above, column), f"={a1(above, column)}"
        if not isinstance(value, float) or not isinstance(before, float) or isclose(value, before, rel_tol=SAME):
            continue
        if reading.formula(row, column) is None and 2 * copies > len(steps):
            found = f"{value:.10g}"
            message = sentence(Kind.TYPED_OVER, pretty(name), found, belongs)
            yield Finding(Kind.TYPED_OVER, name, ranges(column, [row]), found, belongs, message, belongs, first_row=row)
        elif (other := copied[row].removesuffix(ABOVE)) != name and other in reading.columns:
            yield _of_another(reading, name, [one for one, of in copied.items() if of == copied[row]], other, belongs)
            return


def _copied(tokens: Meant) -> str:
    """The name that a formula is and nothing else, or ""."""
    return tokens[0].text if len(tokens) == 1 and tokens[0].kind == "ref" else ""


def _of_another(reading: Reading, name: str, rows: Sequence[int], other: str, belongs: str) -> Finding:
    """What is said of cells that have another column's number."""
    kind = Kind.WRONG_TERM if 2 * len(rows) > len(reading.table.rows) else Kind.INCONSISTENT
    message = sentence(kind, pretty(name), pretty(other), pretty(name))
    return Finding(kind, name, ranges(reading.columns[name], rows), other, name, message, belongs, first_row=rows[0])
