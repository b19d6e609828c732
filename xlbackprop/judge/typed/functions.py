"""Excel's functions, in the operations that the builder has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import pi

from xlbackprop.judge.typed.conditions import EMPTY, NO, both_hold, chosen, first_that_holds, is_filled, is_not
from xlbackprop.maths.expr import Call, Expr, Num, Ref, map_refs

FINE = 6  # digits

Cells = list[Expr]  # of a range; one of a number
Args = Sequence[Cells]


class Unparsed(Exception):
    """A formula that says nothing to us: another language than arithmetic, or no formula at all."""


class Coarse(Unparsed):
    """A number rounded so early that the training is another one."""


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


ROUNDED = "rounded to"  # how it is said of a formula that rounds too early


def _rounded(args: Args) -> Expr:
    """A number rounded so late that nobody sees it; the sheet trains as if it were not."""
    x, digits = _flat(args)
    if not isinstance(digits, Num):
        raise Unparsed("ROUND to digits that are calculated")
    if digits.value < FINE:
        raise Coarse(f"{ROUNDED} {digits.value:g} decimals, which changes the training,")
    return x


def _squared_differences(args: Args) -> Expr:
    ours, theirs = args
    return add([Call("^", (x - y, Num(2.0))) for x, y in zip(ours, theirs, strict=True)])


def _choice(args: Args) -> Expr:
    condition, yes, *no = _flat(args)
    return chosen(condition, yes, _only([no or [NO]]))


def _any_holds(args: Args) -> Expr:
    return is_not(reduce(both_hold, map(is_not, _flat(args))))


def _picked(args: Args) -> Expr:
    number, *choices = _flat(args)
    if not isinstance(number, Num) or number.value < 1:
        raise Unparsed("CHOOSE by what is calculated")
    return choices[int(number.value) - 1]


def _with_names(args: Args) -> Expr:
    """LET: a formula in which parts have names."""
    *pairs, body = _flat(args)
    known: dict[str, Expr] = {}

    def put(expr: Expr) -> Expr:
        return map_refs(expr, lambda ref: known.get(ref.name, ref))

    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(name, Ref):
            raise Unparsed("LET without names")
        known[name.name] = put(value)
    return put(body)


NUMBERS: dict[str, Callable[[Args], Expr]] = {
    **{op.upper(): _one(op) for op in ("exp", "ln", "tanh", "abs", "sign", "sqrt", "cos")},
    "INT": _one("floor"),
    "LOG": _log,
    "LOG10": lambda args: _log([[_only(args)]]),
    "POWER": _power,
    "IF": _choice,
    "IFS": lambda args: first_that_holds(_flat(args)),
    "CHOOSE": _picked,
    "LET": _with_names,
    "AND": lambda args: reduce(both_hold, _flat(args)),
    "OR": _any_holds,
    "NOT": lambda args: is_not(_only(args)),
    "ISBLANK": lambda args: is_not(is_filled(_only(args))),
    "ISNUMBER": lambda args: is_filled(_only(args)),
    **dict.fromkeys(("ISERROR", "ISERR", "ISNA"), lambda args: is_not(is_filled(_only(args)))),
    "SUM": lambda args: add(_flat(args)),
    "PRODUCT": lambda args: multiply(_flat(args)),
    "SUMSQ": lambda args: add([x * x for x in _flat(args)]),
    "AVERAGE": lambda args: add(_flat(args)) / len(_flat(args)),
    "SUMPRODUCT": _sumproduct,
    "MMULT": _sumproduct,
    "MAX": lambda args: _among("max", *_flat(args)),
    "MIN": lambda args: _among("min", *_flat(args)),
    "SUMXMY2": _squared_differences,
    **dict.fromkeys(("IFERROR", "IFNA"), lambda args: _flat(args)[0]),
    **dict.fromkeys(("ROUND", "ROUNDUP", "ROUNDDOWN"), _rounded),
    "NA": lambda args: EMPTY,
    "PI": _pi,
    "N": _only,
    "VALUE": _only,
}
# Of ranges a row or a column each, in which order their cells stand does not matter.
FUNCTIONS: dict[str, Callable[[Args], Cells]] = {
    **{name: lambda args, call=call: [call(args)] for name, call in NUMBERS.items()},  # type: ignore[misc]
    "TRANSPOSE": lambda args: list(args[0]),
}
