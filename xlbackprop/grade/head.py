"""The head of every sheet of the gradebook, its tables' headings, and rows high enough for what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

from xlbackprop.grade.places import SHEETS
from xlbackprop.pages.page import Cell, Place

ROW, TITLE, LINE = 20, 32, 17  # pixels of a row, of the title's, and of each line of a text that wraps
LETTER = 5.6  # pixels, about

Widths = Mapping[tuple[int, int], int]


def head(sheet: str, title: str, hint: str, columns: Sequence[int]) -> dict[Place, Cell]:
    """Rows 1 to 3: title, what it is and what to try, the way to the others. columns: where each link stands."""
    cells = {(1, 1): Cell(title, "title"), (2, 1): Cell(hint, "hint")}
    for column, other in zip(columns, SHEETS, strict=True):
        here = other == sheet
        cells[3, column] = Cell(other, "bold,left" if here else "link,left", link=None if here else other)
    return cells


def headings(row: int, names: Mapping[int, str], style: str = "") -> dict[Place, Cell]:
    """The headings of a table, by column."""
    return {(row, column): Cell(name, f"bold,strong,wrap{style}") for column, name in names.items()}


def heights(cells: Iterable[Place], others: Mapping[int, int] | None = None) -> dict[int, int]:
    """Rows that are easy to read from afar; `others` says which are not like the rest."""
    last = max(row for row, _ in cells)
    return dict.fromkeys(range(1, last + 1), ROW) | {1: TITLE} | dict(others or {})


def high(texts: Mapping[int, str], widths: Widths) -> int:
    """The pixels of a row in which these texts wrap, by column."""
    lines = max((len(wrap(text, int(_width(widths, column) / LETTER))) for column, text in texts.items()), default=1)
    return ROW if lines <= 1 else min(LINE * lines + 6, 400)  # Excel's highest row has 546 pixels


def _width(widths: Widths, column: int) -> int:
    return next(pixels for (first, last), pixels in widths.items() if first <= column <= last)
