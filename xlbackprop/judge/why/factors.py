"""Two formulas compared factor by factor: which factors of which terms differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from xlbackprop.judge.network.numbers import Array, agree, evaluated
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs, refs

MOST_TERMS = 40
MOST_DIFFERENT = 4  # factors of a term, beyond which it is another term


@dataclass(frozen=True, slots=True)
class Term:
    """A product. factors: none of them a product."""

    sign: float
    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one term has and the other should: products, None for nothing."""

    found: Expr | None
    expected: Expr | None
    only_sign: bool = False


def differences(found: Expr, right: Expr, values: Mapping[str, Array]) -> list[Difference] | None:
    """How the terms of one formula differ from another's, or None if they have too little in common."""
    ours, theirs = ([_without_ones(term) for term in expanded(expr)] for expr in (right, found))
    if not ours or not theirs or max(len(ours), len(theirs)) > MOST_TERMS:
        return None
    ours, theirs = _unmatched(ours, theirs, values)
    pairs = _paired(theirs, ours, values)
    return None if pairs is None else [difference for difference in pairs if difference is not None]


def renamed(difference: Difference, values: Mapping[str, Array]) -> tuple[str, str] | None:
    """The one name that is found and the one that belongs in all its places: a_h1*(1-a_h1) for a_o1*(1-a_o1)."""
    found, expected = difference.found, difference.expected
    if found is None or expected is None:
        return None
    sides = [{ref.name for ref in refs(side)} for side in (found, expected)]
    if [len(side) for side in sides] != [1, 1]:
        return None
    (one,), (other,) = sides
    after = map_refs(found, lambda _: Ref(other))
    return (one, other) if agree(evaluated(after, values), evaluated(expected, values)) else None


def _without_ones(term: Term) -> Term:
    """The product without its numbers, where these are 1 in all: ½ and 2."""
    named = tuple(factor for factor in term.factors if any(True for _ in refs(factor)))
    numbers = [evaluated(factor, {}) for factor in term.factors if factor not in named]
    return replace(term, factors=named) if named and numbers and np.prod(numbers) == 1 else term


def expanded(expr: Expr) -> list[Term]:
    """A formula as a sum of products; sums of plain names, such as 1 - a_h1, are factors.

    >>> from xlbackprop.maths.excel import formula
    >>> a, b, c = Ref("a"), Ref("b"), Ref("c")
    >>> [len(term.factors) for term in expanded((a * (1 - a) + b) * c)]
    [3, 2]
    """
    match expr:
        case Group(inner):
            return expanded(inner)
        case Call("neg", (inner,)):
            return [replace(term, sign=-term.sign) for term in expanded(inner)]
        case Call("+" | "-" as op, (left, right)) if not _simple(expr):
            after = expanded(right)
            return [
                *expanded(left),
                *(replace(t, sign=-t.sign) for t in after if op == "-"),
                *(after if op == "+" else []),
            ]
        case Call("*", (left, right)):
            terms = [
                Term(one.sign * other.sign, one.factors + other.factors)
                for one in expanded(left)
                for other in expanded(right)
            ]
            return terms[: MOST_TERMS + 1]
        case Call("/", (left, Num() as by)):
            return [Term(term.sign, (*term.factors, 1 / by)) for term in expanded(left)]
        case Call("^", (base, Num(2.0))) if not isinstance(base, Call) or _simple(base):
            return [Term(1.0, (base, base))]
        case _:
            return [Term(1.0, (expr,))]


def _simple(expr: Expr) -> bool:
    """Whether a sum is one of plain names and numbers."""
    return isinstance(expr, Call) and all(isinstance(arg, Ref | Num) for arg in expr.args)


def _value(term: Term, values: Mapping[str, Array]) -> Array:
    return term.sign * reduce(np.multiply, (evaluated(factor, values) for factor in term.factors))


def _unmatched(
    ours: Sequence[Term], theirs: Sequence[Term], values: Mapping[str, Array]
) -> tuple[list[Term], list[Term]]:
    """The terms of either that the other does not have."""
    left, rest = list(theirs), []
    for term in ours:
        same = next((one for one in left if agree(_value(one, values), _value(term, values))), None)
        if same is None:
            rest.append(term)
        else:
            left.remove(same)
    return rest, left


def _paired(theirs: Sequence[Term], ours: Sequence[Term], values: Mapping[str, Array]) -> list[Difference] | None:
    """The differences term by term, each of theirs against the most similar of ours."""
    left, found = list(ours), []
    for term in theirs:
        if not left:
            found.append(Difference(product(term.factors), None))
            continue
        compared = [_compared(term, one, values) for one in left]
        best = min(range(len(left)), key=lambda k: _size(compared[k]))
        if _size(compared[best]) > 2 * MOST_DIFFERENT:
            return None
        found.append(compared[best])
        del left[best]
    return [*found, *(Difference(None, product(term.factors)) for term in left)]


def _size(difference: Difference) -> int:
    return sum(0 if one is None else len(expanded(one)[0].factors) for one in (difference.found, difference.expected))


def _compared(theirs: Term, ours: Term, values: Mapping[str, Array]) -> Difference:
    """What one term has in place of what."""
    sign, missing, extra = theirs.sign * ours.sign, [], list(theirs.factors)
    for factor in ours.factors:
        value = evaluated(factor, values)
        for place in reversed(range(len(extra))):
            other = evaluated(extra[place], values)
            if agree(other, value) or agree(-other, value):
                sign *= 1 if agree(other, value) else -1
                del extra[place]
                break
        else:
            missing.append(factor)
    if not missing and not extra:
        return Difference(product(theirs.factors), product(ours.factors), only_sign=sign < 0)
    if sign < 0 and missing:  # a term of its own rather than one with another sign
        return Difference(product(theirs.factors), product(ours.factors))
    return Difference(product(extra), product(missing))


def product(factors: Sequence[Expr]) -> Expr | None:
    """The product of factors, or None of none."""
    return reduce(lambda left, right: left * right, factors) if factors else None
