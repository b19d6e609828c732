"""Cells in a few bytes each are the same cells: whatever order they come in, whatever they hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.grid import Formulas, Grid, Position, SavedCell, SavedSheet, Value
from xlbackprop.proof.compare import numbers_of
from xlbackprop.reading.saved import CellError

VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "x", CellError("#NUM!"), True, False])
)
PLACES = st.tuples(st.integers(1, 3), st.integers(1, 6))
CELLS = st.dictionaries(PLACES, VALUES, max_size=12)


def in_rows(cells: dict[Position, Value]) -> dict[int, tuple[list[int], list[Value]]]:
    """Columns and values row by row, in the order in which the cells come."""
    rows: dict[int, tuple[list[int], list[Value]]] = {}
    for (row, column), value in cells.items():
        columns, values = rows.setdefault(row, ([], []))
        columns.append(column)
        values.append(value)
    return rows


def typed(cells: dict[Position, Value]) -> dict[Position, tuple[type, Value]]:
    return {place: (type(value), value) for place, value in cells.items()}


@settings(deadline=None)  # a busy machine says nothing of this
@given(CELLS)
def test_a_grid_holds_what_was_put_in(cells: dict[Position, Value]) -> None:
    grid = Grid()
    for row, (columns, values) in in_rows(cells).items():
        grid.put_row(row, columns, values)
    assert typed(dict(grid)) == typed(cells)
    assert len(grid) == len(cells)
    assert dict(Grid(cells)) == cells


@settings(deadline=None)  # a busy machine says nothing of this
@given(CELLS)
def test_a_sheet_holds_formulas_and_values(cells: dict[Position, Value]) -> None:
    sheet = SavedSheet()
    expected: dict[Position, SavedCell] = {}
    for row, (columns, values) in in_rows(cells).items():
        formulas = [f"={column}" if column % 2 else "" for column in columns]
        sheet.put_row(row, columns, formulas, values)
        for column, formula, value in zip(columns, formulas, values, strict=True):
            expected[row, column] = SavedCell(formula or None, value)
    assert dict(sheet) == expected


@settings(deadline=None)  # a busy machine says nothing of this
@given(CELLS)
def test_numbers_come_out_as_a_rectangle(cells: dict[Position, Value]) -> None:
    found = numbers_of(Grid(cells), 2, 3, 4)
    for row in (2, 3):
        for column in range(1, 5):
            value = cells.get((row, column))
            here = found[row - 2, column - 1]
            assert here == value if isinstance(value, float) else math.isnan(here)


def test_a_cell_is_filled_once() -> None:
    sheet = SavedSheet()
    sheet.put_row(1, [1, 2], ["", "=A1"], [1.0, None])
    for columns in ([2], [3, 3]):
        with pytest.raises(ValueError, match="twice"):
            sheet.put_row(1, columns, [""] * len(columns), [1.0] * len(columns))


def test_formulas_side_by_side_are_one_text_and_the_others_are_found_too() -> None:
    formulas = Formulas()
    formulas.put_row(4, [1, 2, 5], ["=1", "=2", "=5"])
    assert formulas.row(4) == "=1\0=2"
    assert dict(formulas) == {(4, 1): "=1", (4, 2): "=2", (4, 5): "=5"}
