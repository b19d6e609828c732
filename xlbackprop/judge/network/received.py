"""What a unit receives, taken apart: weights times what other units give, and what is added alone."""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.judge.typed.names import BIASES, WEIGHTS
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, refs


def received(expr: Expr | None) -> list[Expr]:
    """The terms of the sum of products with weights that a formula is, or that it takes a function of.

    >>> from xlbackprop.maths.excel import formula
    >>> net = Ref("w1") * Ref("i1") + Ref("b1")
    >>> [formula(term, lambda ref: ref.name) for term in received(1 / (1 + Call("exp", (-net,))))]
    ['=w1*i1', '=b1']
    """
    match expr:
        case Group(inner):
            return received(inner)
        case Call("*", _) if _pair(expr):
            return [expr]
        case Call("+", _) if any(map(_pair, found := list(_terms(expr)))):
            return found
        case Call(_, args):
            return next(filter(None, map(received, args)), [])
        case _:
            return []


def pairs(expr: Expr | None) -> dict[str, str]:
    """Which weight each source is taken times: {"i1": "w1", "i2": "w2"}."""
    return dict(pair for term in received(expr) if (pair := _pair(term)))


def alone(expr: Expr | None) -> list[Ref | Num]:
    """What is added to the products, be it times 1."""
    terms = [_times_one(term) for term in received(expr)]
    return [term for term in terms if isinstance(term, Ref | Num)]


def bias(expr: Expr | None) -> str:
    """The name of the bias that is added, or nothing."""
    names = [term.name for term in alone(expr) if isinstance(term, Ref) and term.name.startswith(BIASES)]
    return names[0] if len(names) == 1 else ""


def _terms(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Group(inner):
            yield from _terms(inner)
        case Call("+", (left, right)):
            yield from (*_terms(left), *_terms(right))
        case _:
            yield expr


def _pair(term: Expr) -> tuple[str, str] | None:
    """Source and weight of a product of two names."""
    both = [ref.name for ref in refs(term)] if isinstance(term, Call) and term.op == "*" else []
    weight = [name for name in both if name.startswith(WEIGHTS)]
    source = [name for name in both if not name.startswith(WEIGHTS)]
    return (source[0], weight[0]) if len(weight) == len(source) == 1 else None


def _times_one(term: Expr) -> Expr:
    match term:
        case Call("*", (Num(1.0), other)) | Call("*", (other, Num(1.0))):
            return other
        case _:
            return term
