"""What the cells of a hand-made table come to, worked out from its formulas by names; an engine must agree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from openpyxl.utils.cell import coordinate_from_string

from handmade.table import NAME, SLIDING, Table

RANGE = re.compile(r"\[([\^_]?)([^\]]+)\]:\[[\^_]?([^\]]+)\]")
FUNCTIONS: dict[str, Any] = {
    "EXP": math.exp,
    "exp": math.exp,  # in explanations
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "LN": math.log,
    "TANH": math.tanh,
    "POWER": math.pow,
    "MAX": max,
    "IF": lambda test, yes, no: yes if test else no,
    "SUM": math.fsum,
    "AVERAGE": lambda cells: math.fsum(cells) / len(cells),
    "SUMPRODUCT": lambda one, other: sum(a * b for a, b in zip(one, other, strict=True)),
}
Look = Callable[[str, str], float]  # "^", "_" or "", and the name of a column
Span = Callable[[str, str, str], list[float]]


class Circular(Exception):
    """A cell that needs itself."""


@cache
def compiled(formula: str) -> CodeType:
    """A formula by names as Python. No formula here has a minus sign before a power: Excel would read it otherwise."""
    text = RANGE.sub(r'span("\1","\2","\3")', formula)
    text = NAME.sub(r'look("\1","\2")', text)
    return compile(re.sub(r'(?<!")\^', "**", text.strip()), formula, "eval")  # a ^ after a quote says: the row above


def value(formula: str, look: Look, span: Span | None = None) -> float:
    """What a formula comes to; nan where a spreadsheet would say #VALUE! or #NUM!."""
    try:
        return float(eval(compiled(formula), FUNCTIONS, {"look": look, "span": span}))
    except (ArithmeticError, TypeError, ValueError):
        return math.nan


class Values(dict[tuple[int, str], float]):
    """The values of a table by row, from 0, and column; each is worked out when it is first asked for."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self.under_way: set[tuple[int, str]] = set()
        for cell in table.cells():
            self[cell]

    def __missing__(self, cell: tuple[int, str]) -> float:
        if cell in self.under_way:
            raise Circular(cell)
        row, name = cell
        if not 0 <= row < self.table.layout.rows:
            return 0.0  # an empty cell
        self.under_way.add(cell)
        content = self.table.content(row, name)
        self[cell] = value(content, self.look(row), self.span(row)) if isinstance(content, str) else content
        return self[cell]

    def look(self, row: int) -> Look:
        def look(where: str, name: str) -> float:
            if name in SLIDING:
                return self.slid(row)
            if name in self.table.columns:
                return self[row + {"^": -1, "_": 1, "": 0}[where], name]
            return self.table.place.rate if name == "lr" else held(self.table)[name]

        return look

    def span(self, row: int) -> Span:
        def span(where: str, first: str, last: str) -> list[float]:
            start, stop = (self.table.columns.index(name) for name in (first, last))
            return [self.look(row)(where, name) for name in self.table.columns[start : stop + 1]]

        return span

    def slid(self, row: int) -> float:
        """What stands where the learning rate has slid to: a text is no number, an empty cell is 0."""
        column, at = coordinate_from_string(self.table.place.rate_at)
        at += row - 1
        inside = {self.table.letter(name): name for name in self.table.columns if name}
        if at == self.table.place.header_row and column in inside:
            return math.nan
        if at > self.table.place.header_row and column in inside:
            return self[at - self.table.place.header_row - 1, inside[column]]
        found = dict(self.table.layout.typed).get(f"{column}{at}", self.table.place.rate if row == 1 else 0.0)
        return found if isinstance(found, float) else math.nan


def held(table: Table) -> dict[str, float]:
    """The biases that are not trained, one for each layer."""
    return {f"b{k}": layer.biases[0] for k, layer in enumerate(table.layout.network.layers, start=1) if layer.held}
