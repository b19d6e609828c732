"""The smallest table that trains, one unit in each layer, on a sheet as the reader gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.network.shape import Shape
from xlbackprop.judge.typed.meaning import Reading, column_number
from xlbackprop.judge.typed.tables import tables

Cells = Mapping[str, float | str | None]  # by address; a text that begins with = is a formula, None clears
HEADER, FIRST, LAST = 2, 3, 6
SHEET = "Sheet1"
RATE: Cells = {"A1": "η", "B1": 0.5}
LABELS = ("t1", "i1", "w1", "h1", "a_h1", "w2", "o1", "a_o1", "E_total", "∂E/∂w1", "∂E/∂w2")
GIVEN: Cells = {"A": 0.9, "B": 0.25, "C": 0.15, "F": 0.4}
FORMULAS = {
    "D": "=C{n}*B{n}",
    "E": "=1/(1+EXP(-D{n}))",
    "G": "=F{n}*E{n}",
    "H": "=1/(1+EXP(-G{n}))",
    "I": "=0.5*(A{n}-H{n})^2",
    "J": "=(H{n}-A{n})*H{n}*(1-H{n})*F{n}*E{n}*(1-E{n})*B{n}",
    "K": "=(H{n}-A{n})*H{n}*(1-H{n})*E{n}",
}
UPDATES = {"C": "=C{m}-$B$1*J{m}", "F": "=F{m}-$B$1*K{m}"}  # m: the row above
SMALLEST = Shape((1, 1, 1), ("sigmoid", "sigmoid"), "half squared error", ("w1", "w2"))


def small(changes: Cells | None = None, *, columns: Mapping[str, str] | None = None) -> dict[str, float | str]:
    """The cells of the table. changes: single cells; columns: other formulas in all rows but the first, by letter."""
    cells: dict[str, float | str | None] = {**RATE}
    cells |= {f"{letter}{HEADER}": label for letter, label in zip("ABCDEFGHIJK", LABELS, strict=True)}
    cells |= {f"{letter}{n}": value for n in range(FIRST, LAST + 1) for letter, value in GIVEN.items()}
    cells |= filled(FORMULAS, FIRST) | filled({**UPDATES, **(columns or {})}, FIRST + 1) | dict(changes or {})
    return {at: cell for at, cell in cells.items() if cell is not None}


def filled(formulas: Mapping[str, str], first: int) -> dict[str, str]:
    """The formulas filled down to the last row."""
    rows = range(first, LAST + 1)
    return {f"{letter}{n}": text.format(n=n, m=n - 1) for n in rows for letter, text in formulas.items()}


def sheet(cells: Cells, saved: Mapping[str, float] | None = None) -> SavedSheet:
    """The sheet that has these cells. saved: what was saved of formulas, by address."""
    found = SavedSheet()
    values = {_place(at): value for at, value in (saved or {}).items()}
    places = sorted(((*_place(at), cell) for at, cell in cells.items() if cell is not None), key=lambda one: one[:2])
    for row, group in groupby(places, key=lambda place: place[0]):
        columns, typed = zip(*((column, cell) for _, column, cell in group), strict=True)
        formulas = [cell if _is_formula(cell) else "" for cell in typed]
        kept = [values.get((row, column)) for column in columns]
        shown = [value if text else cell for value, text, cell in zip(kept, formulas, typed, strict=True)]
        found.put_row(row, columns, formulas, shown)
    return found


def _is_formula(cell: float | str) -> bool:
    return isinstance(cell, str) and cell.startswith("=")


def _place(at: str) -> tuple[int, int]:
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", at).groups()
    return int(row), column_number(letters)


def reading(cells: Cells | None = None, others: Mapping[str, Cells] | None = None) -> Reading:
    """The reading of the table; others: more sheets, by name."""
    here = sheet(small() if cells is None else cells)
    sheets = {SHEET: here, **{name: sheet(one) for name, one in (others or {}).items()}}
    return Reading(sheets, SHEET, tables(here)[0])
