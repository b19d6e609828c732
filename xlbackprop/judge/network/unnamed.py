"""Columns whose labels say nothing to us, called by what formulas do with them: targets, inputs and weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count

from xlbackprop.judge.typed.meaning import column_number
from xlbackprop.judge.typed.names import GRADIENT
from xlbackprop.maths.expr import Call, Expr, Group, Ref

UNNAMED = re.compile(r"\[([A-Z]+)\]")  # a column without a name, in the formula's own row
UNIT = re.compile(r"(?:a_)?[ho]\d+")
HIDDEN = re.compile(r"(?:a_)?h\d+")
GIVER = re.compile(r"i\d+|a_h\d+")


def by_use(trees: Mapping[str, Expr], columns: Collection[str], helpers: Mapping[str, Expr | None]) -> dict[str, int]:
    """Names for columns that have none, and where they stand.

    trees: the first formula of each named column; columns: all names; helpers: columns of formulas without a name, and
    the first formula of each, None where it says nothing to us.
    """
    errors = [tree for name, tree in trees.items() if name[0] == "E" or name.startswith(GRADIENT)]
    errors += [tree for tree in helpers.values() if tree is not None]
    targets = {name: of for name, of in _targets(errors) if name not in columns and of not in helpers}
    terms = [(name, term) for name, tree in trees.items() if UNIT.fullmatch(name) for term in _products(tree)]
    inputs = [
        other
        for name, (one, other) in terms
        if HIDDEN.fullmatch(name) and one[0] == "w" and UNNAMED.fullmatch(other) and other not in helpers
    ]
    weights = [other for _, (one, other) in terms if GIVER.fullmatch(one) and UNNAMED.fullmatch(other)]
    found = {**targets, **_numbered("i", inputs, columns)}
    found |= _numbered("w", [one for one in weights if one not in found.values()], columns)
    return {name: column_number(of.strip("[]")) for name, of in found.items()}


def _targets(errors: Iterable[Expr]) -> Iterator[tuple[str, str]]:
    """The columns from which an output is mostly subtracted, or that from it, in losses, slopes and what these read."""
    votes = Counter(pair for tree in errors for pair in _against_outputs(tree))
    for (output, of), _ in reversed(votes.most_common()):
        yield f"t{output.removeprefix('a_o')}", of


def _against_outputs(expr: Expr) -> Iterator[tuple[str, str]]:
    match expr:
        case Call("-", (Ref(one), Ref(other))):
            for output, of in ((one, other), (other, one)):
                if output.startswith("a_o") and UNNAMED.fullmatch(of):
                    yield output, of
        case Group(inner):
            yield from _against_outputs(inner)
        case Call(_, args):
            for arg in args:
                yield from _against_outputs(arg)


def _products(expr: Expr) -> Iterator[tuple[str, str]]:
    """The products of two names in a formula, each both ways round."""
    match expr:
        case Call("*", (Ref(one), Ref(other))):
            yield from ((one, other), (other, one))
        case Group(inner):
            yield from _products(inner)
        case Call(_, args):
            for arg in args:
                yield from _products(arg)


def _numbered(letter: str, found: Iterable[str], columns: Collection[str]) -> dict[str, str]:
    """Names with the lowest numbers that are free, from left to right."""
    free = (name for n in count(1) if (name := f"{letter}{n}") not in columns)
    places = sorted({*found}, key=lambda of: column_number(of.strip("[]")))
    return {name: of for of, name in zip(places, free, strict=False)}
