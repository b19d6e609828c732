"""How an exercise knows what is right: the forward pass again, and every slope as a difference of two forward passes.

The columns stand on a hidden sheet, a row for each row of the table. No derivative is written in them, so whoever finds
them finds no answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from xlbackprop.maths.expr import Expr, Num, Ref, map_refs, refs
from xlbackprop.maths.rules import absolute, sqrt
from xlbackprop.maths.tape import LEARNING_RATE, Column, Role, Tape, gradient_name
from xlbackprop.pages.sheets.check import STEP_SIZE

H, ROUNDING = "h", "ε"
SETTINGS = {
    H: STEP_SIZE,
    # A difference of losses over h is off by rounding: some 1e-11 of t - a, and of the loss itself where it is large.
    ROUNDING: 0.000000001,
}
FORWARD = (Role.NET, Role.LAYER, Role.ACTIVATION, Role.LOSS, Role.TOTAL)
NOISE = "noise"
GRADIENT = gradient_name("")


def again(name: str) -> str:
    """What a column of the forward pass is called here."""
    return f"{name} again"


def slope_by(name: str) -> str:
    """What the slope of the total loss by a column is called here."""
    return f"slope by {name}"


def next_one(weight: str) -> str:
    """What a weight becomes in the row below."""
    return f"{weight} next"


def expected(column: Column) -> str:
    """The column here that a column of the table is compared with; a weight with that of the row above."""
    if column.role is Role.WEIGHT:
        return next_one(column.name)
    return again(column.name) if column.role in FORWARD else slope_by(column.name.removeprefix(GRADIENT))


def proof(tape: Tape, blanks: Sequence[Column]) -> list[Column]:
    """What the blank columns are compared with: columns that read the table's own, SETTINGS, and each other."""
    forward = {column.name for column in tape.of(*FORWARD)}
    columns = [_column(again(c.name), _reading(c, forward, {})) for c in tape.of(*FORWARD)]
    columns.append(_column(NOISE, noise(Ref(again(tape.total.name)))))
    for name in _moved(blanks):
        columns += _slope(tape, name, forward)
    columns += [
        _column(next_one(c.name), Ref(c.name) - Ref(LEARNING_RATE) * Ref(slope_by(c.name)))
        for c in blanks
        if c.role is Role.WEIGHT
    ]
    return columns


def noise(total: Expr) -> Expr:
    """How far a slope may be off by rounding, at a total loss."""
    size = absolute(total)
    return Ref(ROUNDING) * (sqrt(size) + size)


def _moved(blanks: Sequence[Column]) -> list[str]:
    """What has to be moved, each once: what the blank gradients are slopes by, and the weights that step along them."""
    names = [c.name.removeprefix(GRADIENT) for c in blanks if c.role in (Role.GRADIENT, Role.DELTA)]
    return list(dict.fromkeys([*names, *(c.name for c in blanks if c.role is Role.WEIGHT)]))


def _slope(tape: Tape, name: str, forward: Collection[str]) -> Iterator[Column]:
    """Two forward passes from what is moved on, and the slope between them."""
    here = Ref(again(name) if name in forward else name)
    for sign, value in (("+", here + Ref(H)), ("-", here - Ref(H))):
        changed = {name: _if_moved(name, name, sign)}
        yield _column(changed[name], value)
        for column in tape.of(*FORWARD):
            if column.name != name and column.expr and any(ref.name in changed for ref in refs(column.expr)):
                changed[column.name] = _if_moved(column.name, name, sign)
                yield _column(changed[column.name], _reading(column, forward, changed))
    up, down = (Ref(_if_moved(tape.total.name, name, sign)) for sign in "+-")
    yield _column(slope_by(name), (up - down) / (2 * Ref(H)))


def _if_moved(column: str, name: str, sign: str) -> str:
    return f"{column} at {name}{sign}h"


def _reading(column: Column, forward: Collection[str], changed: Mapping[str, str]) -> Expr:
    """The expression of a column, reading the forward pass of this sheet: the table's own may be empty or wrong."""
    usual = {name: again(name) for name in forward} | dict(changed)
    return map_refs(column.expr or Num(0.0), lambda ref: Ref(usual.get(ref.name, ref.name)))


def _column(name: str, expr: Expr) -> Column:
    return Column(name, Role.LAYER, 0, expr)
