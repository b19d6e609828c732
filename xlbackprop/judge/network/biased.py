"""Biases without a label: columns, cells, defined names and numbers that units add to what they receive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from xlbackprop.grid import Position
from xlbackprop.judge.network.received import alone
from xlbackprop.judge.typed.formula import Unparsed, parse
from xlbackprop.judge.typed.meaning import NAME, Reading, column_number, place_of
from xlbackprop.judge.typed.names import ABOVE, GRADIENT
from xlbackprop.maths.expr import Expr, Num, Ref, refs

UNIT = re.compile(r"^(?:a_)?((?:h|o)\d+(?:_\d+)?)$")
COLUMN = re.compile(r"\[([A-Z]+)\]")


@dataclass(frozen=True)
class Found:
    """The names of biases, by where they stand, as a Reading has them; columns: by name."""

    columns: dict[str, int] = field(default_factory=dict)
    beside: dict[tuple[str, Position], str] = field(default_factory=dict)
    typed: dict[tuple[int, float], str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)


def with_biases(reading: Reading, trees: Mapping[str, Expr]) -> Reading:
    """The reading with names for biases that have none. trees: the first formula of each column.

    What columns of other kinds read as well is none: somebody adds the learning rate by mistake.
    """
    found = Found()
    elsewhere = {ref.name for name, expr in trees.items() if not UNIT.match(name) for ref in refs(expr)}
    for name, expr in trees.items():
        bias = UNIT.sub(r"b_\1", name)
        for term in alone(expr) if bias != name else []:
            if isinstance(term, Num) and not _alone_in_its_layer(bias, trees):
                found.typed[reading.table.columns[name], term.value] = bias
            elif isinstance(term, Ref) and term.name not in elsewhere:
                _put(reading, term, bias, found)
    if found == Found():
        return reading
    table = replace(reading.table, columns={**reading.table.columns, **found.columns})
    beside, called = {**reading.beside, **found.beside}, {**reading.called, **found.called}
    return replace(reading, table=table, beside=beside, typed=found.typed, called=called, _cache={})


def _alone_in_its_layer(bias: str, trees: Mapping[str, Expr]) -> bool:
    """Whether most other units of the layer add nothing: a number in one unit alone is a slip."""
    layer = bias.rstrip("0123456789")
    adds = {UNIT.sub(r"b_\1", name): bool(alone(trees[name])) for name in sorted(trees) if UNIT.match(name)}
    of_layer = [has for unit, has in adds.items() if unit.rstrip("0123456789") == layer]
    return 2 * sum(of_layer) <= len(of_layer)


def _put(reading: Reading, term: Ref, bias: str, found: Found) -> None:
    """Give what a unit adds the name of a bias, wherever it stands; what other units add, too, has one already."""
    column = COLUMN.fullmatch(term.name)
    if term.name.startswith(NAME):
        found.called.setdefault(term.name, bias)
    elif (place := place_of(term.name, reading.sheet)) is not None:
        found.beside.setdefault(place, bias)
    elif column and column_number(column[1]) not in found.columns.values():
        found.columns.update(_columns(reading, term.name, bias))


def _columns(reading: Reading, name: str, bias: str) -> dict[str, int]:
    """The column of a bias, and that of its slope where it is trained; none where it is another helper."""
    column = reading.helpers.get(name)
    if column is None:
        return {bias: column_number(name[1:-1])}
    row = reading.table.rows[:2][-1]
    try:
        read = {ref.name for ref in refs(parse(reading.tokens(row, column)))}
    except Unparsed:
        return {}
    slopes = [one for one in reading.helpers if one != name and one + ABOVE in read]
    if name + ABOVE not in read or len(slopes) != 1:
        return {}
    return {bias: column, GRADIENT + bias: reading.helpers[slopes[0]]}
