"""The numbers that were saved in a row of a table, by name: what formulas come to with them."""

from __future__ import annotations

from math import isfinite

from xlbackprop.judge.network.numbers import evaluated
from xlbackprop.judge.studied import beside
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import ABOVE, BELOW
from xlbackprop.maths.expr import Expr


def value_in_row(reading: Reading, expr: Expr, row: int) -> float | None:
    """The value of a formula over names in a row, from saved values; None where one of them is not there."""
    try:
        value = float(evaluated(expr, SavedRow(reading, row)))
    except KeyError:
        return None
    return value if isfinite(value) else None


class SavedRow(dict[str, float]):
    """The saved values of a row, by name, looked up when they are asked for."""

    def __init__(self, reading: Reading, row: int) -> None:
        super().__init__()
        self.reading, self.row = reading, row
        self.beside = {name: place for place, name in reading.beside.items()}

    def __missing__(self, name: str) -> float:
        plain = name.rstrip(ABOVE + BELOW)
        row = self.reading.table.away(self.row, name.endswith(BELOW) - name.endswith(ABOVE))
        columns = self.reading.columns
        if plain in columns:
            value = self.reading.value(row, columns[plain])
        elif "$" in name:
            value = beside(self.reading, name)
        else:
            sheet, place = self.beside.get(plain) or (plain == "lr" and self.reading.rate) or ("", (0, 0))
            value = self.reading.sheets[sheet].grid.get(place) if sheet in self.reading.sheets else None
        if not isinstance(value, float):
            raise KeyError(name)
        return value
