"""Formulas as numbers: what they come to at several points, and whether two come to the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref
from xlbackprop.maths.rules import spelt_out

Array = NDArray[np.float64]
Values = Mapping[str, Array] | Mapping[str, float]

SAME = 1e-9  # of the value: mistakes that people make are off by 1e-4 and more, rounding by 1e-13

FUNCTIONS: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "neg": np.negative,
    "exp": np.exp,
    "ln": np.log,
    "tanh": np.tanh,
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "cos": np.cos,
    "floor": np.floor,
    "max": lambda *x: reduce(np.maximum, x),
    "min": lambda *x: reduce(np.minimum, x),
    "if": np.where,
}
COMPARISONS = {
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
    "=": np.equal,
    "<>": np.not_equal,
}
FUNCTIONS |= {
    op: lambda x, y, compare=compare: compare(x, y).astype(float) for op, compare in COMPARISONS.items()
}  # TRUE counts as 1


def evaluated(expr: Expr, values: Values) -> Array:
    """The value of an expression at every point; nan where it has none. KeyError for a name without values."""
    with np.errstate(all="ignore"):
        result: Array = np.asarray(_evaluated(expr, values), dtype=float)
    return result


def _evaluated(expr: Expr, values: Values) -> Any:
    match expr:
        case Num(value):
            return np.float64(value)
        case Ref(name):
            return values[name]
        case Group(inner):
            return _evaluated(inner, values)
        case Call(op, args) if op in FUNCTIONS:
            return FUNCTIONS[op](*(_evaluated(arg, values) for arg in args))
        case Call():
            return _evaluated(spelt_out(expr), values)
        case _:
            raise TypeError(f"cannot evaluate a {type(expr).__name__}")


def agree(found: Array, right: Array) -> Array:
    """Whether two values are the same at every point. found, right: (..., POINTS); gives (...)."""
    with np.errstate(all="ignore"):
        close = np.abs(found - right) <= SAME * np.abs(right)
    result: Array = np.all(close, axis=-1)
    return result


def fits(found: Array, right: Array) -> Array:
    """Whether a value agrees wherever it matters: where `right` is nan, any will do. Shapes as for `agree`."""
    known = ~np.isnan(right)
    if not known.any():
        return np.zeros(np.shape(found)[:-1], dtype=bool)
    return agree((found + np.zeros_like(right))[..., known], right[known])


def ratios(expr: Expr, values: Mapping[str, Array], name: str) -> tuple[float, ...] | None:
    """What a formula is times what `name` should be, at every point, to ten digits; None where it is no number.

    Where both are 0, as behind a ReLU, it may be any number of times as much: the same as at the first other point.
    """
    try:
        found, right = evaluated(expr, values), values[name]
    except KeyError:
        return None
    neither = (found == 0) & (right == 0)
    with np.errstate(all="ignore"):
        ratio = np.where(neither, np.nan, found / right)
    if np.all(neither):
        return None
    ratio = np.where(neither, ratio[np.argmin(neither)], ratio)
    return tuple(float(f"{one:.10g}") for one in ratio) if np.all(np.isfinite(ratio)) else None


def times(expr: Expr, values: Mapping[str, Array], name: str) -> float | None:
    """The number that a formula is of what `name` should be, to nine digits; None where it is none, or not always."""
    found = ratios(expr, values, name)
    same = found is not None and np.all(np.abs(np.subtract(found, found[0])) <= SAME * abs(found[0]))
    return float(f"{found[0]:.9g}") if found is not None and same else None
