"""Where the tables of a sheet stand: a row of labels that we can read, and rows of numbers and formulas under it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.labels import GRADIENT, STEP, TOTAL, canonical

FEWEST_LABELS = 6
HEADER_DEPTH = 3  # rows that may lie between the labels and the first numbers, a line of units for example
FILLED = 1 / 3  # of the labelled columns, in a row that belongs to the table

WEIGHT = re.compile(r"[wv]\d+(_\d+)?")
UNIT = re.compile(r"(a_)?[ho]\d+(_\d+)?")
LOSS = re.compile(r"E\d+|" + TOTAL)


@dataclass(frozen=True)
class Table:
    """A table: its rows, counted from 1, and the column of each canonical name."""

    header_row: int
    first_row: int
    last_row: int
    columns: dict[str, int]

    @property
    def rows(self) -> range:
        """The numbers of its rows of steps."""
        return range(self.first_row, self.last_row + 1)

    @cached_property
    def names(self) -> dict[int, str]:
        """The canonical name of each labelled column."""
        return {column: name for name, column in self.columns.items()}


def tables(sheet: SavedSheet) -> list[Table]:
    """Every table of a sheet, from top to bottom."""
    found: list[Table] = []
    for row, labels in sorted(_labels(sheet).items()):
        taken = {column for table in found if table.header_row < row <= table.last_row for column in table.names}
        for columns in _segments({column: name for column, name in labels.items() if column not in taken}):
            table = _below(sheet, row, columns)
            if table is not None:
                found.append(table)
    return found


def _labels(sheet: SavedSheet) -> dict[int, dict[int, str]]:
    """The labels that can be read, row by row: column -> canonical name."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), value in sheet.grid.others.items():
        if isinstance(value, str) and (name := canonical(value)):
            found[row][column] = name
    return found


def _segments(labels: dict[int, str]) -> list[dict[str, int]]:
    """The labels of a row, split where tables stand side by side; of a label that stands twice in one, the first."""
    segments: list[dict[str, int]] = [{}]
    for column, name in sorted(labels.items()):
        if name in segments[-1] and looks_like_a_table(segments[-1]):
            segments.append({})
        segments[-1].setdefault(name, column)
    while len(segments) > 1 and not looks_like_a_table(segments[-1]):
        rest = segments.pop()
        segments[-1] = {**rest, **segments[-1]}
    return [segment for segment in segments if looks_like_a_table(segment)]


def looks_like_a_table(names: dict[str, int]) -> bool:
    """Whether these labels could be those of a table: weights, units, and what is minimised or its slopes."""

    def some(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(name) for name in names)

    slopes = any(name.startswith(GRADIENT) for name in names)
    return len(names) >= FEWEST_LABELS and some(WEIGHT) and some(UNIT) and (some(LOSS) or slopes)


def _below(sheet: SavedSheet, header: int, columns: dict[str, int]) -> Table | None:
    """The table under a row of labels, or None if nothing stands there."""
    first = next((row for row in range(header + 1, header + 1 + HEADER_DEPTH) if _filled(sheet, row, columns)), None)
    if first is None:
        return None
    last = first
    while _filled(sheet, last + 1, columns):
        last += 1
    return Table(header, first, last, columns)


def _filled(sheet: SavedSheet, row: int, columns: dict[str, int]) -> bool:
    filled = 0
    for name, column in columns.items():
        cell = sheet.get((row, column))
        if cell is not None and name != STEP and (cell.formula or isinstance(cell.value, float)):
            filled += 1
    return filled >= max(2.0, FILLED * len(columns))
