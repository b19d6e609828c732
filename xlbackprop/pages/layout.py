"""Where the table of a learning-rate sheet stands: columns to letters, steps to rows, as in the hand-made worksheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Ref
from xlbackprop.maths.tape import STEP, Column, Tape
from xlbackprop.pages.page import RowFormula

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_STEPS = MAX_ROWS - 34  # under the lowest head that a sheet has
BESIDE = 2  # columns right of the tape's own: the number of the step, and again once the loss is under the threshold


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
    first_row: int  # of the first step

    @property
    def header_row(self) -> int:
        """The row of the columns' names."""
        return self.first_row - 1

    @property
    def label_row(self) -> int:
        """The row of the settings, LR (η) first."""
        return self.first_row - 2

    @property
    def last_row(self) -> int:
        """The row of the last step."""
        return self.first_row + self.steps - 1

    def setting(self, name: str) -> tuple[int, int]:
        """The cell of a setting; what it is called stands to the left of it."""
        place = self.tape.settings.index(name)
        return self.label_row, 2 if place == 0 else 3 + 2 * place

    @property
    def step_column(self) -> int:
        """The column that numbers the steps, counted from 1."""
        return max(len(self.tape.columns), self.setting(self.tape.settings[-1])[1]) + 1

    @property
    def under_column(self) -> int:
        """The column that repeats a step's number once the loss is under the threshold, counted from 1."""
        return self.step_column + 1

    def column(self, name: str) -> int:
        """The column of a tape column, counted from 1."""
        return self.tape.index[name] + 1

    def run(self, column: int, sheet: str | None = None) -> str:
        """All steps of a column as a range, of this sheet or another: ``'LR 1'!$W$35:$W$134``."""
        where = f"${letters(column)}${self.first_row}:${letters(column)}${self.last_row}"
        return where if sheet is None else f"{quoted(sheet)}!{where}"

    def lookup(self, column: int, sheet: str, step: str) -> str:
        """The value of a column at a step that stands in the cell `step`.

        The range begins at the header, because Gnumeric finds nothing in a range of a single cell.
        """
        cells = f"{quoted(sheet)}!${letters(column)}${self.header_row}:${letters(column)}${self.last_row}"
        return f"INDEX({cells},{step}+1)"

    def formula(self, column: Column) -> RowFormula:
        """The formula of a column; the numbers of its row and of the row above are left to be filled in."""
        if column.expr is None:
            raise ValueError(f"{column.name} is given, it has no formula")
        others = formula(column.expr, self._address)
        return RowFormula(others if column.first is None else formula(column.first, self._address), others)

    def _address(self, ref: Ref) -> str:
        if ref.name in self.tape.settings:
            return a1(*self.setting(ref.name), absolute=True)
        column = self.step_column if ref.name == STEP else self.column(ref.name)
        return f"{'$' * ref.pin}{letters(column)}{'{above}' if ref.above else '{row}'}"
