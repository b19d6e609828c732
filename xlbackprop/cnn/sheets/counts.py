"""Counts: what each digit was read as, of every seed as measured, below the matrix that is shown."""

from __future__ import annotations

from xlbackprop.cnn.model import CLASSES
from xlbackprop.cnn.places import MATRIX, SEED_PITCH, Places
from xlbackprop.pages.page import Cell, Place

LEFT = MATRIX[1]
HEIGHT = 17  # pixels of a row: small, so that four seeds go on a page


def counts(places: Places) -> dict[Place, Cell]:
    """The tables, seed by seed."""
    cells = {(places.counts - 2, 1): Cell("As measured, seed by seed", "heading")}
    for k, run in enumerate(places.result.runs):
        top = places.counts + SEED_PITCH * k
        cells[top - 1, 1] = Cell(f"seed {run.seed}", "bold,center,small")
        for answer in range(CLASSES):
            cells[top - 1, LEFT + answer] = Cell(answer, "hint,center,strong,small")
        for truth, row in enumerate(run.confusion):
            cells[top + truth, 1] = Cell(truth, "hint,center,small")
            for answer, count in enumerate(row):
                style = "hidden fill,center,sparse,small" if truth == answer else "center,sparse,small"
                cells[top + truth, LEFT + answer] = Cell(count, style)
    return cells


def blocks(places: Places) -> tuple[tuple[int, int], ...]:
    """The rows of each table; to the first one belongs the heading."""
    if places.seeds == 1:
        return ()
    tops = (places.counts + SEED_PITCH * k for k in range(places.seeds))
    return tuple((top - (1 if k else 2), top + CLASSES - 1) for k, top in enumerate(tops))


def heights_of(places: Places) -> dict[int, int]:
    """The heights of these rows, pixels."""
    return {row: HEIGHT for first, last in blocks(places) for row in range(first + 1, last + 2)}
