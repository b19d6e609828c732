"""What the cells of a sheet hold in a few bytes each, for there may be millions."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from typing import NamedTuple

Position = tuple[int, int]  # row and column, counted from 1
Value = float | str | bool | None

BETWEEN = "\0"  # formulas in one text; no XML can hold it


class Grid(Mapping[Position, Value]):
    """The values of a sheet. Of each row, the numbers that stand side by side from column 1 on are kept as an array.

    >>> grid = Grid({(1, 1): 0.5, (1, 2): "x", (1, 3): 2.0, (7, 9): True})
    >>> grid[1, 3], grid[1, 2], (1, 4) in grid, len(grid)
    (2.0, 'x', False, 4)
    """

    def __init__(self, cells: Mapping[Position, Value] | None = None) -> None:
        self.numbers: dict[int, array[float]] = {}  # by row; nan for what is in `others`
        self.others: dict[Position, Value] = {}
        for (row, column), value in (cells or {}).items():
            self.put_row(row, [column], [value])

    def put_row(self, row: int, columns: Sequence[int], values: Sequence[Value]) -> None:
        """Fill cells of a row that are still empty; None leaves one empty."""
        lead = 0 if row in self.numbers else _side_by_side(columns)
        if lead:
            numbers = [value if isinstance(value, float) else nan for value in values[:lead]]
            self.numbers[row] = array("d", numbers)
        for place, value in enumerate(values):
            if value is not None and (place >= lead or not isinstance(value, float)):
                self.others[row, columns[place]] = value

    def __getitem__(self, place: Position) -> Value:
        numbers = self.numbers.get(place[0], ())
        number = numbers[place[1] - 1] if 0 < place[1] <= len(numbers) else nan
        return self.others[place] if isnan(number) else number

    def __iter__(self) -> Iterator[Position]:
        for row, numbers in self.numbers.items():
            yield from ((row, column) for column, number in enumerate(numbers, start=1) if not isnan(number))
        yield from self.others

    def __len__(self) -> int:
        return sum(len(numbers) - sum(map(isnan, numbers)) for numbers in self.numbers.values()) + len(self.others)


class Formulas(Mapping[Position, str]):
    r"""The formulas of a sheet. Of each row, those of cells side by side from column 1 on are kept as one text.

    >>> formulas = Formulas()
    >>> formulas.put_row(5, [1, 2, 3], ["=B5", "", "=A5"])
    >>> formulas[5, 3], formulas.row(5), len(formulas)
    ('=A5', '=B5\x00\x00=A5', 2)
    """

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.others: dict[Position, str] = {}
        self._last: tuple[int, list[str]] = (0, [])  # the row that was asked for last, and its formulas

    def put_row(self, row: int, columns: Sequence[int], formulas: Sequence[str]) -> None:
        """Fill cells of a row that are still empty; '' leaves one empty."""
        lead = 0 if row in self.texts else _side_by_side(columns)
        if lead:
            self.texts[row] = BETWEEN.join(formulas[:lead])
        self.others |= {(row, columns[n]): formulas[n] for n in range(lead, len(columns)) if formulas[n]}

    def row(self, row: int) -> str:
        """The formulas of a row as far as its cells stand side by side, with BETWEEN between them."""
        return self.texts.get(row, "")

    def __getitem__(self, place: Position) -> str:
        row, column = place
        if row != self._last[0]:
            self._last = row, self.row(row).split(BETWEEN)
        formulas = self._last[1]
        text = formulas[column - 1] if 0 < column <= len(formulas) else ""
        return text or self.others[place]

    def __iter__(self) -> Iterator[Position]:
        for row, text in self.texts.items():
            yield from ((row, column) for column, one in enumerate(text.split(BETWEEN), start=1) if one)
        yield from self.others

    def __len__(self) -> int:
        return sum(1 for _ in self)


class SavedCell(NamedTuple):
    """What the file holds for one cell."""

    formula: str | None  # with its '='; None for a constant
    value: Value


NOTHING = SavedCell(None, None)


class SavedSheet(Mapping[Position, SavedCell]):
    """What the file holds for each cell of a sheet that has a formula or a value."""

    def __init__(self) -> None:
        self.grid, self.formulas = Grid(), Formulas()
        self.rows: set[int] = set()

    def put_row(self, row: int, columns: Sequence[int], formulas: Sequence[str], values: Sequence[Value]) -> None:
        """Fill cells of a row, '' and None for what one does not have; ValueError if one was filled before."""
        twice = len(set(columns)) < len(columns) or (
            row in self.rows and any((row, column) in self for column in columns)
        )
        if twice:
            raise ValueError("it stands there twice")
        self.rows.add(row)
        self.formulas.put_row(row, columns, formulas)
        self.grid.put_row(row, columns, values)

    def __getitem__(self, place: Position) -> SavedCell:
        formula, value = self.formulas.get(place), self.grid.get(place)
        if formula is None and value is None:
            raise KeyError(place)
        return SavedCell(formula, value)

    def __iter__(self) -> Iterator[Position]:
        yield from self.grid
        yield from (place for place in self.formulas if place not in self.grid)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def sheet_of(cells: Mapping[Position, SavedCell]) -> SavedSheet:
    """The sheet that holds these cells."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(place for place, cell in cells.items() if cell != NOTHING):
        rows.setdefault(row, []).append(column)
    found = SavedSheet()
    for row, columns in rows.items():
        there = [cells[row, column] for column in columns]
        found.put_row(row, columns, [cell.formula or "" for cell in there], [cell.value for cell in there])
    return found


def _side_by_side(columns: Sequence[int]) -> int:
    """How many of the columns stand side by side from column 1 on.

    >>> _side_by_side([1, 2, 4])
    2
    """
    return next((n for n, column in enumerate(columns) if column != n + 1), len(columns))
