"""Where the tables of a sheet stand: a row of labels that we can read, and rows of numbers and formulas under it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.typed.labels import canonical, slope
from xlbackprop.judge.typed.names import GRADIENT, LEARNING_RATE, STEP, TOTAL

FEWEST_LABELS = 6
HEADER_DEPTH = 6  # rows between the labels and the first numbers, these among them: units, blank rows
WIDEST = 500  # columns in which the labels of a table to the right are looked for
FILLED = 1 / 3  # of the labelled columns, in a row that belongs to the table

WEIGHT = re.compile(r"[wv]\d+(_\d+){0,2}")
UNIT = re.compile(r"(a_)?[ho]\d+(_\d+)?")
INPUT = re.compile(r"i\d+")
LOSS = re.compile(r"E\d+|" + TOTAL)
NOTE = re.compile(  # what people add to a name
    r"^(new|updated|current)\s+|[\s_]*\((new|updated|current|t|n|k)\)\s*$|[\s_](new|updated|current)\s*$|[*+]\s*$",
    re.IGNORECASE,
)
PART_OF_SLOPE = re.compile(r"dE\d+/d([wvb].*)")


@dataclass(frozen=True)
class Table:
    """A table: its rows, counted from 1, and the column of each canonical name.

    also: further columns whose labels say the same, from left to right; gaps: rows between that hold no step.
    """

    header_row: int
    first_row: int
    last_row: int
    columns: dict[str, int]
    also: dict[str, tuple[int, ...]] = field(default_factory=dict)
    gaps: frozenset[int] = frozenset()

    @cached_property
    def rows(self) -> Sequence[int]:
        """The numbers of its rows of steps."""
        every = range(self.first_row, self.last_row + 1)
        return [row for row in every if row not in self.gaps] if self.gaps else every

    @property
    def height(self) -> int:
        """The number of its rows on the sheet, with those between the steps."""
        return self.last_row - self.first_row + 1

    @cached_property
    def _order(self) -> dict[int, int]:
        """Row -> number of its step, from the row above the first to the row under the last."""
        return {row: n for n, row in enumerate((self.first_row - 1, *self.rows, self.last_row + 1))}

    def apart(self, row: int, other: int) -> int:
        """How many steps a row is behind another."""
        if self.gaps and row in self._order and other in self._order:
            return self._order[row] - self._order[other]
        return row - other

    def away(self, row: int, steps: int) -> int:
        """The row that is so many steps behind another."""
        n = self._order[row] + steps if self.gaps and row in self._order else -1
        return list(self._order)[n] if 0 <= n < len(self._order) else row + steps

    @cached_property
    def names(self) -> dict[int, str]:
        """The canonical name of each labelled column."""
        return {column: name for name, column in self.columns.items()}


def tables(sheet: SavedSheet) -> list[Table]:
    """Every table of a sheet, from top to bottom."""
    found: list[Table] = []
    for row, labels in sorted(labels_by_row(sheet).items()):
        taken = {column for table in found if table.header_row < row <= table.last_row for column in table.names}
        for several in _segments({column: name for column, name in labels.items() if column not in taken}):
            table = _below(sheet, row, several)
            if table is not None:
                found.append(table)
    return found


def labels_by_row(sheet: SavedSheet) -> dict[int, dict[int, str]]:
    """The labels that can be read, row by row: column -> canonical name."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    parts: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), value in sheet.grid.others.items():
        if isinstance(value, str) and (name := canonical(value)):
            found[row][column] = name
        elif isinstance(value, str) and (part := PART_OF_SLOPE.fullmatch(slope(value) or "")):
            parts[row][column] = GRADIENT + part[1]
        elif isinstance(value, str) and (name := canonical(NOTE.sub("", value))):
            parts[row][column] = name
    return {row: labels | _alone(parts[row], set(labels.values())) for row, labels in found.items()}


def _alone(parts: dict[int, str], whole: Collection[str]) -> dict[int, str]:
    """What no other column is called, nor more plainly so.

    Slopes of one output's loss, ∂E1/∂w5, where none is of the other's nor of the sum, and new w1 where there is no w1.
    """
    count = Counter(parts.values())
    return {column: name for column, name in parts.items() if count[name] == 1 and name not in whole}


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
    """Whether these labels could be those of a table: weights, units, and what is minimised or its slopes.

    Inputs, the loss and slopes do for units: a net of one unit a layer has them as h and o.
    """

    def some(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(name) for name in names)

    slopes = any(name.startswith(GRADIENT) for name in names)
    whole = some(UNIT) or (some(INPUT) and some(LOSS) and slopes)
    return len(set(names)) >= FEWEST_LABELS and some(WEIGHT) and (some(LOSS) or slopes) and whole


def _below(sheet: SavedSheet, header: int, labelled: dict[str, tuple[int, ...]]) -> Table | None:
    """The table under a row of labels, or None if nothing stands there."""
    columns = {name: places[0] for name, places in labelled.items()}
    first = next((row for row in range(header + 1, header + 1 + HEADER_DEPTH) if _filled(sheet, row, columns)), None)
    if first is None:
        return None
    last, gaps = first, set()
    while (further := next((n for n in (1, 2) if _filled(sheet, last + n, columns, formulas_only=n > 1)), 0)) > 0:
        gaps |= {*range(last + 1, last + further)}
        last += further
    last = next((row for row in range(last, first, -1) if not _shows_nothing(sheet, row, columns)), first)
    rates = sum((row, columns.get(LEARNING_RATE, 0)) in sheet for row in range(first, last + 1))
    if 2 * rates <= last - first:
        columns.pop(LEARNING_RATE, None)  # it only stands beside the headings
    also = {name: places[1:] for name, places in labelled.items() if places[1:]}
    return Table(header, first, last, columns, also, frozenset(gap for gap in gaps if gap < last))


def _shows_nothing(sheet: SavedSheet, row: int, columns: dict[str, int]) -> bool:
    """Whether all formulas of a row give an empty text, as those do that are filled down too far."""
    shown = [sheet.grid.get(place) for column in columns.values() if (place := (row, column)) in sheet.formulas]
    return bool(shown) and all(value == "" for value in shown)


def _filled(sheet: SavedSheet, row: int, columns: dict[str, int], *, formulas_only: bool = False) -> bool:
    """Whether a row is one of the table; formulas_only: after an empty row only formulas show that it goes on."""
    filled = 0
    for name, column in columns.items():
        cell = sheet.get((row, column))
        number = cell is not None and isinstance(cell.value, float) and not formulas_only
        if cell is not None and name != STEP and (cell.formula or number):
            filled += 1
    return filled >= max(2.0, FILLED * len(columns))
