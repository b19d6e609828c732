"""Biases without a label: cells and numbers that units add to what they receive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from xlbackprop.expr import Expr, Num, refs
from xlbackprop.grid import Position
from xlbackprop.judge.meaning import Reading, place_of
from xlbackprop.judge.received import alone

UNIT = re.compile(r"^(?:a_)?((?:h|o)\d+(?:_\d+)?)$")


def with_biases(reading: Reading, trees: Mapping[str, Expr]) -> Reading:
    """The reading with names for biases that have none. trees: the first formula of each column.

    A cell that columns of other kinds read as well is none: somebody adds the learning rate by mistake.
    """
    beside: dict[tuple[str, Position], str] = {}
    typed: dict[tuple[int, float], str] = {}
    elsewhere = {ref.name for name, expr in trees.items() if not UNIT.match(name) for ref in refs(expr)}
    for name, expr in trees.items():
        bias = UNIT.sub(r"b_\1", name)
        for term in alone(expr) if bias != name else []:
            if isinstance(term, Num):
                typed[reading.table.columns[name], term.value] = bias
            elif term.name not in elsewhere and (place := place_of(term.name, reading.sheet)) is not None:
                beside.setdefault(place, bias)
    if not beside and not typed:
        return reading
    return replace(reading, beside={**reading.beside, **beside}, typed=typed, _cache={})
