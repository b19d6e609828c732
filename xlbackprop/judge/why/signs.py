"""Signs and operators for others, tried until a formula becomes right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.why.edits import OPERATORS, Edit, Goal, nodes
from xlbackprop.maths.expr import Call, Expr, Num, Ref

SIGNS = ("+", "-")
TARGET = re.compile(r"t\d+[↑↓]?")


def other_signs(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """A sign or an operator for another, a difference the other way round, a square where none is.

    First what somebody most likely mistyped: a difference that reads as people write it once it is turned round.
    """
    for after in (_turned(expr), _negative(expr)):
        if goal.reached(after):
            yield Edit(Kind.SIGN, expr, after)
    for changes in (_usual, _signs, _others):
        for node, put in nodes(expr):
            for kind, changed in changes(node):
                if goal.reached(after := put(changed)):
                    yield Edit(kind, expr, after)


def _turned(expr: Expr) -> Expr:
    """The expression with every t1 - a_o1 the other way round."""
    match expr:
        case Call("-", (Ref(), Ref()) as args) if _is_usual(turned := Call("-", args[::-1])):
            return turned
        case Call(op, args):
            return Call(op, tuple(map(_turned, args)))
        case _:
            return expr


def _negative(expr: Expr) -> Expr:
    """The expression with the other sign, as one would write it."""
    factors = [(node, put) for node, put in nodes(expr) if _is_factor(expr, node)]
    for node, put in factors:
        if isinstance(node, Call) and node.op == "neg":
            return put(node.args[0])
    turned = [(Call("-", node.args[::-1]), put) for node, put in factors if isinstance(node, Call) and node.op == "-"]
    for node, put in sorted(turned, key=lambda one: not _is_usual(one[0])):
        return put(node)
    return -expr


def _is_factor(expr: Expr, node: Expr) -> bool:
    """Whether turning `node` round turns the sign of the whole expression."""
    match expr:
        case _ if expr is node:
            return True
        case Call("*" | "/", (left, right)):
            return _is_factor(left, node) or _is_factor(right, node)
        case Call("neg", (inner,)):
            return _is_factor(inner, node)
        case _:
            return False


def _is_usual(difference: Call) -> bool:
    """Whether people write a difference so: 1 - a_h1, a_o1 - t1."""
    match difference.args:
        case (Num(), Ref()):
            return True
        case (Ref(), Ref(name)):
            return TARGET.fullmatch(name) is not None
        case _:
            return False


def _usual(node: Expr) -> Iterator[tuple[Kind, Expr]]:
    match node:
        case Call("-", args) if _is_usual(turned := Call("-", args[::-1])):
            yield Kind.SIGN, turned
        case Call("neg", (inner,)):
            yield Kind.SIGN, inner


def _signs(node: Expr) -> Iterator[tuple[Kind, Expr]]:
    match node:
        case Call("-", (left, right)):
            yield Kind.SIGN, Call("-", (right, left))
            yield Kind.SIGN, left + right
        case Call("+", (left, right)):
            yield Kind.SIGN, left - right


def _others(node: Expr) -> Iterator[tuple[Kind, Expr]]:
    match node:
        case Call(op, args) if op in OPERATORS and Num(1.0) not in args[1:]:
            others = [other for other in OPERATORS if other != op and not {op, other} <= {*SIGNS}]
            yield from ((Kind.WRONG_TERM, Call(other, args)) for other in others)
        case Call("^", (base, _)):
            yield Kind.WRONG_TERM, base
    if not isinstance(node, Num):
        yield Kind.SIGN, -node
        yield Kind.WRONG_TERM, Call("^", (node, Num(2.0)))
