"""The head of every sheet of the report: its title, a line on what it is and what to try, the way to the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xlbackprop.cnn.places import SHEETS
from xlbackprop.pages.page import Cell, Place

HEIGHT = 20  # pixels of a row
LETTER = 6  # pixels, about
GAP = 24  # pixels between two links
USUAL = 64  # pixels of a column of which nothing is said

Widths = Mapping[tuple[int, int], int]


def head(sheet: str, title: Cell, hint: Cell, widths: Widths) -> dict[Place, Cell]:
    """Rows 1 to 3."""
    cells = {(1, 1): title, (2, 1): hint}
    column, left, free = 1, 0, 0
    for other in SHEETS:
        while left < free:
            left += width(widths, column)
            column += 1
        style = "bold" if other == sheet else "link"
        cells[3, column] = Cell(other, style, link=None if other == sheet else other)
        free = left + LETTER * len(other) + GAP
    return cells


def width(widths: Widths, column: int) -> int:
    """The pixels of a column; the last that is said of it counts.

    >>> width({(1, 4): 70, (2, 2): 90}, 2)
    90
    """
    said = [pixels for (first, last), pixels in widths.items() if first <= column <= last]
    return said[-1] if said else USUAL


def heights(cells: Iterable[Place], others: Mapping[int, int] | None = None) -> dict[int, int]:
    """Rows that are easy to read from afar; `others` says which are not like the rest."""
    last = max(row for row, _ in cells)
    return dict.fromkeys(range(1, last + 1), HEIGHT) | {1: 32} | dict(others or {})


def below(place: Place, style: str, texts: Iterable[str]) -> dict[Place, Cell]:
    """Texts under each other."""
    row, column = place
    return {(row + n, column): Cell(text, style) for n, text in enumerate(texts)}
