"""Biases without a label: cells, defined names and numbers that units add to what they receive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from xlbackprop.expr import Expr, Num, refs
from xlbackprop.grid import Position
from xlbackprop.judge.meaning import NAME, Reading, place_of
from xlbackprop.judge.received import alone

UNIT = re.compile(r"^(?:a_)?((?:h|o)\d+(?:_\d+)?)$")


def with_biases(reading: Reading, trees: Mapping[str, Expr]) -> Reading:
    """The reading with names for biases that have none. trees: the first formula of each column.

    A cell that columns of other kinds read as well is none: somebody adds the learning rate by mistake.
    """
    beside: dict[tuple[str, Position], str] = {}
    typed: dict[tuple[int, float], str] = {}
    called: dict[str, str] = {}
    elsewhere = {ref.name for name, expr in trees.items() if not UNIT.match(name) for ref in refs(expr)}
    for name, expr in trees.items():
        bias = UNIT.sub(r"b_\1", name)
        for term in alone(expr) if bias != name else []:
            if isinstance(term, Num):
                typed[reading.table.columns[name], term.value] = bias
            elif term.name.startswith(NAME) and term.name not in elsewhere:
                called.setdefault(term.name, bias)
            elif term.name not in elsewhere and (place := place_of(term.name, reading.sheet)) is not None:
                beside.setdefault(place, bias)
    if not beside and not typed and not called:
        return reading
    beside, called = {**reading.beside, **beside}, {**reading.called, **called}
    return replace(reading, beside=beside, typed=typed, called=called, _cache={})
