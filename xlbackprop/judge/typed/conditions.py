"""What formulas ask before they reckon: comparisons, questions about a cell, and the choice that follows.

Texts are names that begin with a quotation mark; a formula in which one is left over says nothing to us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import reduce

from xlbackprop.maths.expr import Call, Expr, Num, Ref, refs

TEXT = '"'  # how a text begins
EMPTY = Ref('""')
YES, NO = Num(1.0), Num(0.0)
ELSEWHERE = re.compile(r"[$\[ ]")  # in the names of what is no labelled column of the table


def is_text(expr: Expr) -> bool:
    """Whether it is a text rather than a number."""
    return isinstance(expr, Ref) and expr.name.startswith(TEXT)


def chosen(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """What a choice comes to: where one side is but a text, the table stands on the other."""
    if isinstance(condition, Num):
        return yes if condition.value else no
    if is_text(yes) or is_text(no):
        return no if is_text(yes) else yes
    return Call("if", (condition, yes, no))


def first_that_holds(exprs: Sequence[Expr]) -> Expr:
    """What IFS comes to, of conditions and values by turns."""
    pairs = list(zip(exprs[::2], exprs[1::2], strict=True))
    nothing: Expr = EMPTY
    return reduce(lambda rest, pair: chosen(pair[0], pair[1], rest), reversed(pairs), nothing)


def is_filled(expr: Expr) -> Expr:
    """1 for what stands in the table, whose rows have a number in every cell; of other cells nobody knows it here."""
    return EMPTY if any(ELSEWHERE.search(ref.name) for ref in refs(expr)) else YES


def is_not(expr: Expr) -> Expr:
    """1 where it does not hold."""
    if is_text(expr):
        return expr
    return Num(float(not expr.value)) if isinstance(expr, Num) else 1 - expr


def both_hold(one: Expr, other: Expr) -> Expr:
    """Not 0 where both hold."""
    if isinstance(one, Num):
        return other if one.value else NO
    return both_hold(other, one) if isinstance(other, Num) else one * other


def above(left: Expr, right: Expr) -> Expr:
    """1 where the left is more."""
    return Call(">", (left, right))


def unequal(left: Expr, right: Expr) -> Expr:
    """1 where they differ; what is filled differs from an empty text."""
    if EMPTY in (left, right):
        return is_filled(right if left == EMPTY else left)
    return Call("sign", (Call("abs", (left - right,)),))


COMPARISONS: dict[str, Callable[[Expr, Expr], Expr]] = {
    ">": above,
    "<": lambda left, right: above(right, left),
    ">=": lambda left, right: 1 - above(right, left),
    "<=": lambda left, right: 1 - above(left, right),
    "<>": unequal,
    "=": lambda left, right: is_not(unequal(left, right)),
}
