"""A worksheet of one step: the new weights that stand beside its only row, read as the row below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlbackprop.grid import SavedCell, SavedSheet, sheet_of
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.names import GRADIENT, PARAMETERS, WEIGHTS
from xlbackprop.judge.typed.tables import NOTE, Table
from xlbackprop.pages.layout import a1

MOST_CELLS = 20_000  # of a sheet that is copied


def with_row_below(sheets: Mapping[str, SavedSheet], name: str, table: Table) -> tuple[Mapping[str, SavedSheet], Table]:
    """The sheets and the table with a second row, if it has one alone and every new weight beside it.

    The second row has weights alone, each as a reference to its new value: where that is wrong, its own cell is named.
    """
    sheet, row = sheets[name], table.first_row
    if len(table.rows) != 1 or len(sheet) > MOST_CELLS:
        return sheets, table
    new = _new(sheet, table)
    trained = {one for one in table.columns if one.startswith(WEIGHTS)}
    trained |= {one for one in table.columns if one.startswith(PARAMETERS) and GRADIENT + one in table.columns}
    if not trained <= new.keys():
        return sheets, table
    below = {
        (row + 1, table.columns[one]): SavedCell(f"={a1(row, column)}", sheet.grid.get((row, column)))
        for one, column in new.items()
    }
    return {**sheets, name: sheet_of({**sheet, **below})}, replace(table, last_row=row + 1)


def _new(sheet: SavedSheet, table: Table) -> dict[str, int]:
    """The columns of formulas whose headings say that they are new weights, or weights once more."""
    found: dict[str, int] = {}
    for (row, column), text in sheet.grid.others.items():
        if row == table.header_row and isinstance(text, str) and (table.first_row, column) in sheet.formulas:
            name = canonical(text) or canonical(NOTE.sub("", text))
            if name and name.startswith(PARAMETERS) and table.columns.get(name, column) != column:
                found.setdefault(name, column)
    return found
