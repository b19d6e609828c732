"""Where the learning rate of a table stands, read out of its updates rather than from a label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from xlbackprop.expr import Call, Expr, Ref
from xlbackprop.grid import Position, SavedSheet
from xlbackprop.judge.formula import Token, Unparsed, parse
from xlbackprop.judge.labels import GRADIENT, LEARNING_RATE, canonical
from xlbackprop.judge.meaning import Reading, column_number
from xlbackprop.judge.shape import ABOVE, POINTS, agree, evaluated
from xlbackprop.layout import a1

PLACE = re.compile(r"(?:(.+)!)?\$([A-Z]+)\$(\d+)")
OFFSET = re.compile(r"(.+?)(?:(↑)|(↓)|@([+-]\d+))?")
PARAMETERS = "wvb"
REACH = 3  # cells to the right of a label, or below it


@dataclass(frozen=True, slots=True)
class Rate:
    """The learning rate. place: sheet and cell, None where it is typed into the formulas; value: None if unknown."""

    place: tuple[str, Position] | None
    value: float | None

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
    return [name for name in columns if name[0] in PARAMETERS and GRADIENT + name in columns]


def _leaves(reading: Reading, row: int, name: str) -> Iterator[Token]:
    """The leaves of an update that could be the learning rate: with it in their place the formula is right."""
    try:
        found = list(reading.tokens(row, reading.table.columns[name]))
        right = set(_as_rate(found, name))
    except Unparsed:
        return
    yield from right


def _as_rate(found: Sequence[Token], name: str) -> Iterator[Token]:
    weight, slope = name + ABOVE, GRADIENT + name + ABOVE
    draw = np.random.default_rng(1)
    for k, token in enumerate(found):
        if token.kind not in ("ref", "num") or token.text in (weight, slope):
            continue
        expr = parse([*found[:k], Token("ref", LEARNING_RATE), *found[k + 1 :]])
        values = {one.name: draw.uniform(0.5, 1.5, POINTS) for one in _refs(expr)}
        values |= {one: draw.uniform(0.5, 1.5, POINTS) for one in (weight, slope, LEARNING_RATE) if one not in values}
        step = values[LEARNING_RATE] * values[slope]
        result = evaluated(expr, values)
        if agree(result, values[weight] - step) or agree(result, values[weight] + step):
            yield token


def _refs(expr: Expr) -> Iterator[Ref]:
    match expr:
        case Ref():
            yield expr
        case Call(_, args):
            for arg in args:
                yield from _refs(arg)


def _rate(reading: Reading, leaf: Token, row: int) -> Rate:
    if leaf.kind == "num":
        return Rate(None, float(leaf.text))
    if found := PLACE.fullmatch(leaf.text):
        place = found[1] or reading.sheet, (int(found[3]), column_number(found[2]))
        sheet = reading.sheets.get(place[0])
        return Rate(place, _number(sheet.grid.get(place[1]) if sheet else None))
    found = OFFSET.fullmatch(leaf.text)
    name, up, down, offset = found.groups() if found else ("", "", "", "")
    if name not in reading.table.columns:
        return Rate(None, None)
    where = row + (-1 if up else 1 if down else int(offset or 0)), reading.table.columns[name]
    return Rate((reading.sheet, where), _number(reading.value(*where)))


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
    return value if isinstance(value, float) else None
