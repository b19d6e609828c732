"""The hand-made workbooks that others are judged by are what they say: correct, and read alike by an engine."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from conftest import split
from handmade.cells import cells_in
from handmade.edits import EDITS, differs
from handmade.layout import Layout
from handmade.layouts import LAYOUTS
from handmade.mistakes import MISTAKES, mutant
from handmade.table import Table
from handmade.values import Values
from handmade.write import Book, book, write

from xlbackprop.engines import ironcalc
from xlbackprop.judge.findings import Kind
from xlbackprop.reading.saved import CellError

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
    assert disagreeing(written.tables, tmp_path / "made.xlsx") == []


def disagreeing(tables: tuple[Table, ...], path: Path) -> list[tuple[str, object, float]]:
    """The cells for which IronCalc comes to another value, with both; what is no number is an error there."""
    found: list[tuple[str, object, float]] = []
    calculated = ironcalc.recalculate(path)
    for table in tables:
        for cell, value in Values(table).items():
            other = calculated[table.place.sheet][split(table.at(*cell))]
            same = isinstance(other, CellError) if math.isnan(value) else other == pytest.approx(value, rel=CLOSE)
            found += [] if same else [(table.at(*cell), other, value)]
    return found


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


@pytest.mark.parametrize("kind", MISTAKES, ids=lambda kind: kind.name.lower())
def test_a_mistake_changes_the_cells_that_it_says_and_no_other(kind: Kind) -> None:
    made = [(book(layout), one) for layout in LAYOUTS[::3] if (one := mutant(layout, 1, kind))]
    for whole, one in made:
        changed = (
            table_changes(one.book.tables, whole.tables) | note_changes(one.book, whole) | shown_anew(one.book, whole)
        )
        assert one.truth.cells <= changed <= one.truth.cells | one.truth.allowed
    assert len(made) >= 3


def table_changes(tables: tuple[Table, ...], others: tuple[Table, ...]) -> set[str]:
    """The cells in which tables differ."""
    return {
        one.at(*cell)
        for one, other in zip(tables, others, strict=True)
        for cell in one.cells()
        if one.written(*cell) != other.written(*cell)
    }


def note_changes(one: Book, other: Book) -> set[str]:
    return {at for at, text in one.notes.items() if other.notes[at] != text}


def shown_anew(one: Book, other: Book) -> set[str]:
    """What the charts show that show something else."""
    charts = zip(one.charts, other.charts, strict=True)
    return {cell for now, before in charts if now != before for cell in cells_in(now.rpartition("!")[2])}


@pytest.mark.parametrize("kind", MISTAKES, ids=lambda kind: kind.name.lower())
def test_an_engine_agrees_with_what_a_mistake_leads_to(kind: Kind, tmp_path: Path) -> None:
    one = next(filter(None, (mutant(layout, 2, kind) for layout in LAYOUTS)))
    write(one.book, tmp_path / "made.xlsx")
    assert disagreeing(one.book.tables, tmp_path / "made.xlsx") == []


def test_the_same_seed_gives_the_same_mistake_and_another_seed_another() -> None:
    first, again, other = (mutant(LAYOUTS[0], seed, Kind.WRONG_TERM) for seed in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (Kind.WRONG_TERM, "[a_h2]*(1-[a_h2])*[i1]", "[a_h1]*(1-[a_h1])*[i1]"),
        (Kind.MISSING_FACTOR, "([a]-[t])*[a]*(1-[a])*[a_h1]", "([a]-[t])*[a]*[a_h1]"),
        (Kind.BRACKETS, "([d1]*[w5]+[d2]*[w7])*[i1]", "[d1]*[w5]+[d2]*[w7]*[i1]"),
        (Kind.BRACKETS, "[^w1]-[lr]*[^g]", "([^w1]-[lr])*[^g]"),
        (Kind.SIGN, "([a]-[t])*[x]", "([t]-[a])*[x]"),
        (Kind.SIGN, "1/(1+EXP(-[h1]))", "1/(1+EXP([h1]))"),
        (Kind.EXCHANGED_WEIGHTS, "[w5]*[a_h1]+[w6]*[a_h2]", "[w6]*[a_h1]+[w5]*[a_h2]"),
        (Kind.UPDATED_WEIGHT, "[d1]*[w5]+[d2]*[w7]", "[d1]*[w5]+[d2]*[_w7]"),
    ],
)
def test_the_slips_that_people_make_are_among_the_edits(kind: Kind, right: str, wrong: str) -> None:
    assert wrong in EDITS[kind](right, lambda name: ["a_h1"] if name == "a_h2" else [])
    assert differs(right, wrong)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("([t]-[a])^2/2", "0.5*POWER([a]-[t],2)"),
        ("1/(1+EXP(-[h1]))", "EXP([h1])/(1+EXP([h1]))"),
        ("([w1]*[i1])+([w2]*[i2])", "[w2]*[i2]+[i1]*[w1]"),
        ("-([t]-[a])*([a]-[a]^2)", "([a]-[t])*[a]*(1-[a])"),
    ],
)
def test_another_spelling_is_no_mistake(one: str, other: str) -> None:
    assert not differs(one, other)
