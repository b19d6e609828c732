"""Numbers in formulas, reckoned: 50% and (1/2) are 0.5."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.maths.expr import Call, Expr, Num

ARITHMETIC = ("num", "op", "sign", "(", ")")


def summed_up(found: Sequence[Token]) -> list[Token]:
    """The tokens with one number for each group that is made of numbers alone.

    >>> from xlbackprop.judge.typed.formula import tokens
    >>> [token.text for token in summed_up(tokens("=A1-(1/2)*B1*50%"))]
    ['A1', '-', '0.5', '*', 'B1', '*', '0.5']
    """
    done: list[Token] = []
    opened: list[int] = []
    for token in found:
        if token.kind in ("(", "func"):
            opened.append(len(done))
        done.append(token)
        if token.kind == ")" and opened and all(one.kind in ARITHMETIC for one in done[opened[-1] :]):
            _sum_up(done, opened[-1])
        elif token.kind == "%" and len(done) > 1 and done[-2].kind == "num":
            _sum_up(done, len(done) - 2)
        if token.kind == ")" and opened:
            opened.pop()
    return done


def _sum_up(done: list[Token], start: int) -> None:
    """Put one number in the place of the last tokens, if one comes of them."""
    try:
        value = _reckoned(parse(done[start:]))
    except (Unparsed, ArithmeticError, TypeError):
        return
    done[start:] = [Token("num", repr(value))]


def _reckoned(expr: Expr) -> float:
    match expr:
        case Num(value):
            return value
        case Call("neg", (inner,)):
            return -_reckoned(inner)
        case Call(op, (left, right)) if op in RECKONED:
            return float(RECKONED[op](_reckoned(left), _reckoned(right)))
        case _:
            raise Unparsed("no number")


RECKONED: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow,
}  # fmt: skip
