"""Weights: what each layer begins with, as a matrix, where Start would get too wide."""

from __future__ import annotations

from xlbackprop.maths import paper
from xlbackprop.pages.look import POWERS, part
from xlbackprop.pages.page import Cell, Choice, Page, Place, fits
from xlbackprop.pages.plan import CHECK, COLUMN_WIDTH, STEP, Run
from xlbackprop.pages.typed import ANY_NUMBER
from xlbackprop.pages.yours import START, WEIGHTS, Matrix


def page(run: Run) -> Page:
    """The sheet of the first weights."""
    places = run.plan.places
    widest = max(len(matrix.heads) for matrix in places.matrices)
    cells: dict[Place, Cell] = {
        (1, 1): Cell("The first weights", "title"),
        (1, 8): Cell(START, "link", link=START),
        (1, 9): Cell(STEP, "link", link=STEP),
        (1, 10): Cell(CHECK, "link", link=CHECK),
        (2, 1): Cell("A table for each layer, a line for each unit: the weights of what it receives.", "hint"),
        (3, 1): Cell("Change a yellow cell, and everything follows.", "hint"),
    }
    choices = []
    for layer, matrix in enumerate(places.matrices, start=1):
        cells |= _matrix(run, layer, matrix)
        rows = range(matrix.row + 3, matrix.last_row + 1, 2)
        choices += [Choice((row, 2), ANY_NUMBER, (row, 1 + len(matrix.heads))) for row in rows]
    cells |= {yours.place: Cell(value, "yours,weight,shrink", label=yours.label) for yours, value in run.yours(WEIGHTS)}
    return Page(
        name=WEIGHTS,
        kind="yours",
        cells=cells,
        fits=fits(cells, POWERS),
        widths={(1, max(14, 1 + widest)): COLUMN_WIDTH},
        heights={1: 30},
        choices=tuple(choices),
        freeze=(4, 2),
        lead=1,
    )


def _matrix(run: Run, layer: int, matrix: Matrix) -> dict[Place, Cell]:
    tape = run.plan.tape
    hue = part(tape[matrix.lines[0][1][0]], tape.layers)
    cells: dict[Place, Cell] = {(matrix.row, 1): Cell(paper.layer_name(tape, layer).capitalize(), "heading")}
    heads = ("unit", *matrix.heads)
    cells |= {(matrix.row + 1, column): Cell(head, f"{hue} band,right") for column, head in enumerate(heads, start=1)}
    for n, (unit, names) in enumerate(matrix.lines, start=1):
        cells[matrix.row + 1 + 2 * n, 1] = Cell(unit, f"{hue} ink,bold,right")
        cells |= {(matrix.row + 2 * n, column): Cell(name, "hint,small,right") for column, name in enumerate(names, 2)}
    return cells
