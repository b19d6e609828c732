"""Rubric: the points, in yellow cells that every score follows."""

from __future__ import annotations

from xlbackprop.grade.head import head, heights
from xlbackprop.grade.places import (
    COSTS,
    FULL,
    LOWEST,
    MOST,
    POINTS,
    ROUND,
    RUBRIC,
    STARTS,
    Places,
    cost_row,
    start_row,
)
from xlbackprop.grade.rubric import ELSEWHERE
from xlbackprop.grade.submission import ONCE, Standing
from xlbackprop.judge.findings import Kind
from xlbackprop.pages.page import Cell, Choice, Page, Place

WIDTHS = {(1, 1): 300, (2, 2): 96, (3, 4): 110, (5, 8): 96}
NOT_NEGATIVE = {
    "validate": "decimal",
    "criteria": ">=",
    "value": 0,
    "input_title": "points",
    "error_title": "A number, please",
    "error_message": "Type a number of points that is not negative.",
}


def page(places: Places) -> Page:
    """The sheet."""
    rubric = places.rubric
    cells = head(RUBRIC, "Rubric", "Change a yellow cell, and every score follows.", (1, 2, 3, 4))
    cells |= {
        (FULL - 1, 1): Cell("Points", "heading"),
        (STARTS - 1, 1): Cell("Where other scores start", "heading"),
        (COSTS - 1, 1): Cell("Points off for each column", "heading"),
        (COSTS - 1, 3): Cell("A column counts once for a kind of mistake, in however many cells and sheets.", "hint"),
    }
    lines = {
        FULL: ("full points", rubric.full, "of a table without any mistake"),
        LOWEST: ("lowest score", rubric.lowest, "whatever was found"),
        MOST: ("most for one kind", rubric.most_per_kind, "one misunderstanding in many columns costs no more"),
        ROUND: ("scores rounded to", rubric.round_to, "0.5 for half points, 1 for whole ones, 0 for no rounding"),
    }
    besides = {Standing.INCOMPLETE: "of a wrong table that lacks columns, too"}
    lines |= {start_row(word): (str(word), rubric.starts[word], besides.get(word, "")) for word in ELSEWHERE}
    lines |= {
        cost_row(kind): (str(kind), rubric.costs[kind], "once, in however many columns" if kind in ONCE else "")
        for kind in Kind
    }
    for row, (name, value, hint) in lines.items():
        cells[row, 1] = Cell(name, "bold,rule")
        cells[row, POINTS] = Cell(value, "yours,plain,beside", label=name)
        if hint:
            cells[row, POINTS + 1] = Cell(hint, "hint,behind")
    return Page(
        name=RUBRIC,
        kind="yours",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells),
        choices=tuple(_choice(row) for row in lines),
        freeze=(4, 1),
    )


def _choice(row: int) -> Choice:
    place: Place = (row, POINTS)
    return Choice(place, NOT_NEGATIVE)
