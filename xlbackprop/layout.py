"""Where the table of a learning-rate sheet stands: columns to letters, steps to rows, as in the hand-made worksheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from xlbackprop.excel import formula
from xlbackprop.expr import Ref
from xlbackprop.tape import LEARNING_RATE, Column, Tape

LABEL_ROW = 33  # LR (η) = …
HEADER_ROW = 34
FIRST_ROW = 35
RATE_CELL = "$B$33"
MAX_ROWS = 1_048_576
MAX_STEPS = MAX_ROWS - FIRST_ROW + 1


@lru_cache(maxsize=16384)
def letters(column: int) -> str:
    """The letters of a column counted from 1.

    >>> letters(1), letters(31), letters(16384)
    ('A', 'AE', 'XFD')
    """
    out = ""
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def a1(row: int, column: int, *, absolute: bool = False) -> str:
    """The name of a cell, rows and columns counted from 1.

    >>> a1(35, 23), a1(35, 23, absolute=True)
    ('W35', '$W$35')
    """
    return f"${letters(column)}${row}" if absolute else f"{letters(column)}{row}"


def quoted(sheet: str) -> str:
    """A sheet's name as a formula needs it."""
    return sheet if sheet.isalnum() and not sheet[0].isdigit() else "'" + sheet.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The table of a learning-rate sheet; `step` and `under` are two columns to the right of the tape's own."""

    tape: Tape
    steps: int

    @property
    def last_row(self) -> int:
        """The row of the last step."""
        return FIRST_ROW + self.steps - 1

    @property
    def step_column(self) -> int:
        """The column that numbers the steps, counted from 1."""
        return len(self.tape.columns) + 1

    @property
    def under_column(self) -> int:
        """The column that repeats a step's number once the loss is under the threshold, counted from 1."""
        return len(self.tape.columns) + 2

    def column(self, name: str) -> int:
        """The column of a tape column, counted from 1."""
        return self.tape.index[name] + 1

    def run(self, column: int, sheet: str | None = None) -> str:
        """All steps of a column as a range, of this sheet or another: ``'LR 1'!$W$35:$W$134``."""
        where = f"${letters(column)}${FIRST_ROW}:${letters(column)}${self.last_row}"
        return where if sheet is None else f"{quoted(sheet)}!{where}"

    def lookup(self, column: int, sheet: str, step: str) -> str:
        """The value of a column at a step that stands in the cell `step`.

        The range begins at the header, because Gnumeric finds nothing in a range of a single cell.
        """
        cells = f"{quoted(sheet)}!${letters(column)}${HEADER_ROW}:${letters(column)}${self.last_row}"
        return f"INDEX({cells},{step}+1)"

    def formulas(self, column: Column) -> list[str]:
        """The formula of a column in every row; its text is worked out once, the row numbers are filled in."""
        if column.expr is None:
            raise ValueError(f"{column.name} is given, it has no formula")
        text = formula(column.expr, self._address)
        return [
            text.replace("{row}", str(row)).replace("{above}", str(row - 1))
            for row in range(FIRST_ROW, self.last_row + 1)
        ]

    def _address(self, ref: Ref) -> str:
        if ref.name == LEARNING_RATE:
            return RATE_CELL
        return f"{'$' * ref.pin}{letters(self.column(ref.name))}{'{above}' if ref.above else '{row}'}"
