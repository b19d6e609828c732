"""Where the learning rate of a table stands, read out of its updates rather than from a label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from xlbackprop.grid import Position, SavedSheet
from xlbackprop.judge.network.numbers import Array, agree, evaluated
from xlbackprop.judge.network.points import POINTS
from xlbackprop.judge.network.world import written_out
from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.meaning import NAME, Reading, column_number, place_of
from xlbackprop.judge.typed.names import ABOVE, GRADIENT, LEARNING_RATE, PARAMETERS
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, refs
from xlbackprop.pages.layout import a1

OFFSET = re.compile(r"(.+?)(?:(↑)|(↓)|@([+-]\d+))?")
NUMBER = re.compile(r"\s*[+-]?\d*[.,]?\d+\s*", re.ASCII)
ROUNDING = 1e-9  # of a rate that is worked out
REACH = 3  # cells to the right of a label, or below it


@dataclass(frozen=True, slots=True)
class Rate:
    """The learning rate. place: sheet and cell, None where it is typed into the formulas; value: None if unknown.

    name: the defined name that the formulas call it by; it is not followed.
    """

    place: tuple[str, Position] | None
    value: float | None
    name: str = ""

    def cell(self, sheet: str) -> str | None:
        """The cell as people name it, from a table on `sheet`."""
        if self.place is None:
            return None
        other, (row, column) = self.place
        return a1(row, column) if other == sheet else f"{other}!{a1(row, column)}"


def learning_rate(reading: Reading) -> Rate:
    """The learning rate of a table: what most updates of its first rows take their gradients times."""
    table = reading.table
    if LEARNING_RATE in table.columns:
        place = reading.sheet, (table.first_row, table.columns[LEARNING_RATE])
        return Rate(place, _number(reading.value(*place[1])))
    for row in list(table.rows)[1:4]:
        votes = Counter(leaf for name in _updated(reading) for leaf in _leaves(reading, row, name))
        if votes:
            return _rate(reading, votes.most_common(1)[0][0], row)
    return _by_label(reading.cells, reading.sheet)


def _updated(reading: Reading) -> list[str]:
    columns = reading.table.columns
    return [name for name in columns if name.startswith(PARAMETERS) and GRADIENT + name in columns]


def _leaves(reading: Reading, row: int, name: str) -> Iterator[Token]:
    """The leaves of an update that could be the learning rate: with it in their place the formula is right.

    Helpers that it reads count as part of it. Where no leaf is the rate, a number may be what it comes to: 50 %, 1/2.
    """
    try:
        expr = written_out(parse(reading.tokens(row, reading.table.columns[name])), _helpers(reading, row))
    except Unparsed:
        return
    weight, slope = name + ABOVE, GRADIENT + name + ABOVE
    draw = np.random.default_rng(1)
    names = {weight, slope, LEARNING_RATE, *(one.name for one in refs(expr))}
    values = {one: draw.uniform(0.5, 1.5, POINTS) for one in sorted(names)}
    found = [leaf for leaf in _distinct(expr) if _is_rate(expr, leaf, values, weight, slope)]
    yield from found
    typed = any(True for _ in numbers(expr))  # otherwise w - g takes steps that have the rate in them
    if not found and typed and (rate := _constant_rate(expr, values, weight, slope)) is not None:
        yield Token("num", repr(rate))


def _helpers(reading: Reading, row: int) -> dict[str, Expr]:
    """The helpers' formulas as they are in a row, or in the first if that has none."""
    found: dict[str, Expr] = {}
    for name, column in reading.helpers.items():
        there = row if reading.formula(row, column) else reading.table.first_row
        try:
            found[name] = parse(reading.tokens(there, column))
        except Unparsed:
            continue
    return found


def _distinct(expr: Expr) -> Iterator[Token]:
    names = dict.fromkeys(ref.name for ref in refs(expr))
    yield from (Token("ref", name) for name in names)
    yield from (Token("num", repr(value)) for value in dict.fromkeys(numbers(expr)))


def numbers(expr: Expr) -> Iterator[float]:
    """Every number in the expression, from left to right, with repeats."""
    match expr:
        case Num(value):
            yield value
        case Group(inner):
            yield from numbers(inner)
        case Call(_, args):
            for arg in args:
                yield from numbers(arg)


def _is_rate(expr: Expr, leaf: Token, values: Mapping[str, Array], weight: str, slope: str) -> bool:
    if leaf.text in (weight, slope):
        return False
    put = _put(expr, leaf)
    result, step = evaluated(put, values), values[LEARNING_RATE] * values[slope]
    return bool(agree(result, values[weight] - step) or agree(result, values[weight] + step))


def with_rate(expr: Expr, rate: Rate) -> Expr:
    """An update with the learning rate's own name where it has a defined one, or is typed as a number."""
    if rate.name:
        return _put(expr, Token("ref", NAME + rate.name))
    return expr if rate.place or rate.value is None else _put(expr, Token("num", repr(rate.value)))


def _put(expr: Expr, leaf: Token) -> Expr:
    """The expression with the learning rate in the place of a leaf."""
    match expr:
        case Ref(name):
            return Ref(LEARNING_RATE) if leaf.kind == "ref" and leaf.text == name else expr
        case Num(value):
            return Ref(LEARNING_RATE) if leaf.kind == "num" and float(leaf.text) == value else expr
        case Group(inner):
            return Group(_put(inner, leaf))
        case Call(op, args):
            return Call(op, tuple(_put(arg, leaf) for arg in args))
        case _:
            return expr


def _constant_rate(expr: Expr, values: Mapping[str, Array], weight: str, slope: str) -> float | None:
    """By what number the gradient is taken, whatever the weights are; not 1, which is no rate but none."""
    with np.errstate(all="ignore"):
        rate = (values[weight] - evaluated(expr, values)) / values[slope]
    same = bool(np.all(np.isfinite(rate)) and np.all(np.abs(rate - rate[0]) <= ROUNDING * np.abs(rate[0])))
    value = float(f"{rate[0]:.12g}")
    return value if same and abs(value) not in (0, 1) else None


def _rate(reading: Reading, leaf: Token, row: int) -> Rate:
    if leaf.kind == "num":
        return Rate(None, float(leaf.text))
    if leaf.text.startswith(NAME):
        value = _by_numbers(reading, row) or _by_label(reading.cells, reading.sheet).value
        return Rate(None, value, leaf.text.removeprefix(NAME))
    if place := place_of(leaf.text, reading.sheet):
        sheet = reading.sheets.get(place[0])
        return Rate(place, _number(sheet.grid.get(place[1]) if sheet else None))
    found = OFFSET.fullmatch(leaf.text)
    name, up, down, offset = found.groups() if found else ("", "", "", "")
    column = column_number(name[1:-1]) if name.startswith("[") else reading.table.columns.get(name)
    if column is None:
        return Rate(None, None)
    where = reading.table.away(row, -1 if up else 1 if down else int(offset or 0)), column
    return Rate((reading.sheet, where), _number(reading.value(*where)))


def _by_numbers(reading: Reading, row: int) -> float | None:
    """The rate that the saved numbers of most updates come of."""
    found = []
    for name in _updated(reading):
        column, above = reading.table.columns[name], reading.table.away(row, -1)
        before, after = reading.value(above, column), reading.value(row, column)
        slope = reading.value(above, reading.table.columns[GRADIENT + name])
        if isinstance(before, float) and isinstance(after, float) and isinstance(slope, float) and slope:
            found.append(abs(before - after) / abs(slope))
    return float(f"{median(found):.9g}") if found else None


def _by_label(cells: SavedSheet, sheet: str) -> Rate:
    """The number beside or under a label that says learning rate."""
    for (row, column), text in cells.grid.others.items():
        if isinstance(text, str) and canonical(text) == LEARNING_RATE:
            near = [(row, column + k) for k in range(1, REACH + 1)] + [(row + k, column) for k in range(1, REACH + 1)]
            for place in near:
                value = _number(cells.grid.get(place))
                if value is not None:
                    return Rate((sheet, place), value)
    return Rate(None, None)


def _number(value: object) -> float | None:
    """The number that a cell holds, be it typed as text."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value.replace(",", "."))
    return value if isinstance(value, float) else None
