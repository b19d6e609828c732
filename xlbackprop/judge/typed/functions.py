"""Excel's functions and comparisons, in the operations that the builder has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import pi

from xlbackprop.maths.expr import Call, Expr, Num

FINE = 6  # digits

Cells = list[Expr]  # of a range; one of a number
Args = Sequence[Cells]


class Unparsed(Exception):
    """A formula that says nothing to us: another language than arithmetic, or no formula at all."""


def _fold(op: str) -> Callable[[Sequence[Expr]], Expr]:
    return lambda terms: reduce(lambda left, right: Call(op, (left, right)), terms)


add, multiply = _fold("+"), _fold("*")


def _sumproduct(args: Args) -> Expr:
    if len({len(arg) for arg in args}) != 1:
        raise Unparsed("SUMPRODUCT of ranges that differ in size")
    return add([multiply(terms) for terms in zip(*args, strict=True)])


def _one(op: str) -> Callable[[Args], Expr]:
    def call(args: Args) -> Expr:
        if len(args) != 1 or len(args[0]) != 1:
            raise Unparsed(f"{op.upper()} takes one number")
        return Call(op, (args[0][0],))

    return call


def _flat(args: Args) -> list[Expr]:
    return [expr for arg in args for expr in arg]


def _only(args: Args) -> Expr:
    (x,) = _flat(args)
    return x


def _power(args: Args) -> Expr:
    base, exponent = _flat(args)
    return Call("^", (base, exponent))


def _log(args: Args) -> Expr:
    x, *base = _flat(args)
    return Call("ln", (x,)) / Call("ln", (_only([base or [Num(10.0)]]),))


def _among(op: str, first: Expr, *others: Expr) -> Expr:
    return Call(op, (first, *others))


def _pi(args: Args) -> Expr:
    if args:
        raise Unparsed("PI takes nothing")
    return Num(pi)


def _rounded(args: Args) -> Expr:
    """A number rounded so late that nobody sees it; the sheet trains as if it were not."""
    x, digits = _flat(args)
    if not isinstance(digits, Num) or digits.value < FINE:
        raise Unparsed(f"ROUND to fewer than {FINE} digits changes the training")
    return x


def _squared_differences(args: Args) -> Expr:
    ours, theirs = args
    return add([Call("^", (x - y, Num(2.0))) for x, y in zip(ours, theirs, strict=True)])


def _choice(args: Args) -> Expr:
    condition, yes, *no = _flat(args)
    return Call("if", (condition, yes, _only([no or [Num(0.0)]])))


NUMBERS: dict[str, Callable[[Args], Expr]] = {
    **{op.upper(): _one(op) for op in ("exp", "ln", "tanh", "abs", "sign", "sqrt", "cos")},
    "INT": _one("floor"),
    "LOG": _log,
    "LOG10": lambda args: _log([[_only(args)]]),
    "POWER": _power,
    "IF": _choice,
    "SUM": lambda args: add(_flat(args)),
    "PRODUCT": lambda args: multiply(_flat(args)),
    "SUMSQ": lambda args: add([x * x for x in _flat(args)]),
    "AVERAGE": lambda args: add(_flat(args)) / len(_flat(args)),
    "SUMPRODUCT": _sumproduct,
    "MMULT": _sumproduct,
    "MAX": lambda args: _among("max", *_flat(args)),
    "MIN": lambda args: _among("min", *_flat(args)),
    "SUMXMY2": _squared_differences,
    "IFERROR": lambda args: _flat(args)[0],
    "ROUND": _rounded,
    "PI": _pi,
    "N": _only,
    "VALUE": _only,
}
# Of ranges a row or a column each, in which order their cells stand does not matter.
FUNCTIONS: dict[str, Callable[[Args], Cells]] = {
    **{name: lambda args, call=call: [call(args)] for name, call in NUMBERS.items()},  # type: ignore[misc]
    "TRANSPOSE": lambda args: list(args[0]),
}


def above(left: Expr, right: Expr) -> Expr:
    """1 where the left is more."""
    return Call(">", (left, right))


def unequal(left: Expr, right: Expr) -> Expr:
    """1 where they differ."""
    return Call("sign", (Call("abs", (left - right,)),))


COMPARISONS: dict[str, Callable[[Expr, Expr], Expr]] = {
    ">": above,
    "<": lambda left, right: above(right, left),
    ">=": lambda left, right: 1 - above(right, left),
    "<=": lambda left, right: 1 - above(left, right),
    "<>": unequal,
    "=": lambda left, right: 1 - unequal(left, right),
}
