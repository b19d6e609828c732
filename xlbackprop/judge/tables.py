"""Where the tables of a sheet stand: a row of labels that we can read, and rows of numbers and formulas under it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.labels import GRADIENT, LEARNING_RATE, STEP, TOTAL, canonical

FEWEST_LABELS = 6
HEADER_DEPTH = 6  # rows between the labels and the first numbers, these among them: units, blank rows
WIDEST = 500  # columns in which the labels of a table to the right are looked for
FILLED = 1 / 3  # of the labelled columns, in a row that belongs to the table

WEIGHT = re.compile(r"[wv]\d+(_\d+)?")
UNIT = re.compile(r"(a_)?[ho]\d+(_\d+)?")
LOSS = re.compile(r"E\d+|" + TOTAL)


@dataclass(frozen=True)
class Table:
    """A table: its rows, counted from 1, and the column of each canonical name.

    also: further columns whose labels say the same, from left to right.
    """

    header_row: int
    first_row: int
    last_row: int
    columns: dict[str, int]
    also: dict[str, tuple[int, ...]] = field(default_factory=dict)

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
        for several in _segments({column: name for column, name in labels.items() if column not in taken}):
            table = _below(sheet, row, several)
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


def _segments(labels: dict[int, str]) -> Iterator[dict[str, tuple[int, ...]]]:
    """The labels of a row, split where tables stand side by side: name -> columns."""
    segments: list[dict[str, tuple[int, ...]]] = [{}]
    for column, name in sorted(labels.items()):
        begins = name in segments[-1] and looks_like_a_table(segments[-1])
        if begins and looks_like_a_table([labels[k] for k in range(column, column + WIDEST) if k in labels]):
            segments.append({})
        segments[-1][name] = (*segments[-1].get(name, ()), column)
    yield from (segment for segment in segments if looks_like_a_table(segment))


def looks_like_a_table(names: Collection[str]) -> bool:
    """Whether these labels could be those of a table: weights, units, and what is minimised or its slopes."""

    def some(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(name) for name in names)

    slopes = any(name.startswith(GRADIENT) for name in names)
    return len(set(names)) >= FEWEST_LABELS and some(WEIGHT) and some(UNIT) and (some(LOSS) or slopes)


def _below(sheet: SavedSheet, header: int, labelled: dict[str, tuple[int, ...]]) -> Table | None:
    """The table under a row of labels, or None if nothing stands there."""
    columns = {name: places[0] for name, places in labelled.items()}
    first = next((row for row in range(header + 1, header + 1 + HEADER_DEPTH) if _filled(sheet, row, columns)), None)
    if first is None:
        return None
    last = first
    while (further := next((n for n in (1, 2) if _filled(sheet, last + n, columns, formulas_only=n > 1)), 0)) > 0:
        last += further
    if not all((row, columns.get(LEARNING_RATE, 0)) in sheet for row in range(first, last)):
        columns.pop(LEARNING_RATE, None)  # it only stands beside the headings
    return Table(header, first, last, columns, {name: places[1:] for name, places in labelled.items() if places[1:]})


def _filled(sheet: SavedSheet, row: int, columns: dict[str, int], *, formulas_only: bool = False) -> bool:
    """Whether a row is one of the table; formulas_only: after an empty row only formulas show that it goes on."""
    filled = 0
    for name, column in columns.items():
        cell = sheet.get((row, column))
        number = cell is not None and isinstance(cell.value, float) and not formulas_only
        if cell is not None and name != STEP and (cell.formula or number):
            filled += 1
    return filled >= max(2.0, FILLED * len(columns))
