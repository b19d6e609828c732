"""The operations: one row each, with its body in simpler operations, its derivative and its name on paper.

A row is all that a new activation or loss needs. Derivatives are vector-Jacobian products `(g, ans, *args)`:
`g` is the slope of the loss with respect to the result, `ans` the result itself (so the slope of a sigmoid reads
``a*(1-a)``, as people write it), and what comes back is one slope per argument. Both are trees, so each is read as a
formula, as a number and as a line of maths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xlbackprop.expr import Call, Expr, Group, Num, lift

Vjp = Callable[..., tuple[Expr, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """An operation.

    body: the operation in simpler ones; None for what every spreadsheet has.
    vjp: slopes with respect to each argument; None where nothing is ever differentiated through it.
    paper: how it is written on paper, with ``{0}``, ``{1}`` for the arguments; None for infix and functions.
    """

    body: Callable[..., Expr] | None
    vjp: Vjp | None
    paper: str | None = None


def exp(x: Expr) -> Expr:
    """e to the power x."""
    return Call("exp", (x,))


def times(x: Expr, y: Expr) -> Expr:
    """x*y, with a factor of one left out."""
    if x == Num(1.0):
        return y
    return x if y == Num(1.0) else x * y


ARITHMETIC: dict[str, Rule] = {
    "+": Rule(None, lambda g, ans, x, y: (g, g)),
    "-": Rule(None, lambda g, ans, x, y: (g, -g)),
    "*": Rule(None, lambda g, ans, x, y: (times(g, y), times(g, x))),
    "/": Rule(None, None),
    "^": Rule(None, None),
    "neg": Rule(None, lambda g, ans, x: (-g,)),
    "exp": Rule(None, lambda g, ans, x: (times(g, ans),)),
}

ACTIVATIONS: dict[str, Rule] = {
    "sigmoid": Rule(
        body=lambda x: 1 / (1 + exp(-x)),
        vjp=lambda g, a, x: (times(times(g, a), 1 - a),),
        paper="sigmoid({0})",
    ),
}

LOSSES: dict[str, Rule] = {  # arguments: target, output
    "half squared error": Rule(
        body=lambda t, y: 0.5 * (t - y) ** lift(2),
        vjp=lambda g, e, t, y: (times(g, t - y), times(g, y - t)),
        paper="1/2 * ({0}-{1})^2",
    ),
}

RULES: dict[str, Rule] = {**ARITHMETIC, **ACTIVATIONS, **LOSSES}


def spelt_out(expr: Expr) -> Expr:
    """The expression with every activation and loss in it spelt out in arithmetic."""
    match expr:
        case Group(inner):
            return Group(spelt_out(inner))
        case Call(op, args):
            simpler = body(Call(op, tuple(spelt_out(arg) for arg in args)))
            return simpler if simpler is not None else Call(op, tuple(spelt_out(arg) for arg in args))
        case _:
            return expr


def body(call: Call) -> Expr | None:
    """The operation spelt out in simpler ones, or None for what every spreadsheet has."""
    make = RULES[call.op].body
    return make(*call.args) if make else None
