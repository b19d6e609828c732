"""The hand-made workbooks that others are judged by are what they say: correct, and read alike by an engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import split
from handmade.layout import Layout
from handmade.layouts import LAYOUTS
from handmade.table import Table
from handmade.values import Values
from handmade.write import book, write

from xlbackprop.engines import ironcalc

NUDGE, CLOSE, BY_DIFFERENCE = 1e-5, 1e-12, 1e-7

each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def slope(table: Table, name: str) -> float:
    """∂E_total/∂ a weight in the first row, by a central difference of the table's own forward pass."""
    value = float(table.content(0, name))
    above, below = (Values(table.with_cells({(0, name): value + nudge}))[0, "E_total"] for nudge in (NUDGE, -NUDGE))
    return (above - below) / (2 * NUDGE)


@each_layout
def test_an_engine_comes_to_the_values_that_are_saved(layout: Layout, tmp_path: Path) -> None:
    written = book(layout)
    write(written, tmp_path / "made.xlsx")
    calculated = ironcalc.recalculate(tmp_path / "made.xlsx")
    for table in written.tables:
        values, cells = Values(table), calculated[table.place.sheet]
        wrong = [
            (table.at(*cell), cells[split(table.at(*cell))], value)
            for cell, value in values.items()
            if cells[split(table.at(*cell))] != pytest.approx(value, rel=CLOSE)
        ]
        assert wrong == []


@each_layout
def test_every_gradient_is_the_slope_of_the_loss_and_the_loss_falls(layout: Layout) -> None:
    for table in book(layout).tables:
        values = Values(table)
        trained = [name for name in table.columns if f"dE/d{name}" in table.columns and name in table.first]
        wrong = {
            name: values[0, f"dE/d{name}"]
            for name in trained
            if values[0, f"dE/d{name}"] != pytest.approx(slope(table, name), rel=BY_DIFFERENCE)
        }
        assert wrong == {}
        assert len(trained) >= 8
        losses = [values[row, "E_total"] for row in range(layout.rows)]
        assert losses == sorted(losses, reverse=True)


def test_no_two_layouts_are_alike() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) >= 10
    assert len({(layout.order, layout.labels, layout.spelling.update) for layout in LAYOUTS}) == len(LAYOUTS)
