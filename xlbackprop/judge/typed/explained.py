"""Explanations beside the table: what lines like ``h1 = w1*i1 + w2*i2`` say, and where they contradict the formulas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isclose, isnan
from typing import NamedTuple

from xlbackprop.grid import Position
from xlbackprop.judge.typed.labels import canonical, ends_of, is_part, slope
from xlbackprop.judge.typed.names import PARAMETERS, pretty
from xlbackprop.judge.typed.prose import Named, python, read, read_python
from xlbackprop.maths.expr import Call, Expr, Ref, map_refs, refs
from xlbackprop.maths.paper import written
from xlbackprop.reading.saved import position

Texts = Sequence[tuple[str, str]]  # cells like K25 with what is typed there
Values = Callable[[Expr], Sequence[float] | None]  # at some points; None if it reads what the network does not have

NEAR = 3  # columns: how far left of its right-hand side a label may stand in a cell of its own
MOST = 100  # explanations of a sheet; honest ones have some twenty
HEADER = 4  # bare labels in a row: those are the heads of columns, and explain nothing
MOST_TOKENS = 80  # of a side in which brackets are looked for
SAME = 1e-9  # relative
STATEMENTS = re.compile(r"[;\n]|,(?=[^,()]*=)|\b(?:where|with|if|wobei|mit|avec|où|con|donde)\b")  # several in one cell
TOKEN = re.compile(r"\*\*|[\w.]+|\S")
OPENS, CLOSES = re.compile(r"[\w(]"), re.compile(r"[\w.)]+")  # where a bracket may open before, and close behind


class Side(NamedTuple):
    """A right-hand side, as it is typed and as it is meant."""

    text: str
    expr: Expr


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a cell says that a column holds. label: its canonical name; sides: those that are maths over columns."""

    cell: str
    label: str
    sides: tuple[Side, ...]


class Contradiction(NamedTuple):
    """A text that says something else than the right formula does. found, expected: right-hand sides, as text."""

    cell: str
    label: str
    found: str
    expected: str


def explanations(texts: Texts, named: Named = canonical) -> list[Explanation]:
    """What the texts say, in one cell or in two side by side; all that is not understood is left out.

    >>> explanations([("K3", "h1 = w1*i1 + w2*i2"), ("K4", "some words")])[0].label
    'h1'
    """
    found = []
    for cell, label, sides in _lines(texts):
        read_sides = tuple(Side(side.strip(), expr) for side in sides if (expr := read(side, named)) is not None)
        told = tuple(side for side in read_sides if _explains(label, side.expr))
        if told:
            found.append(Explanation(cell, label, told))
    return found[:MOST]


def contradictions(
    texts: Texts, right: Mapping[str, Expr], values: Values, named: Named = canonical
) -> list[Contradiction]:
    """Where the texts say something else than `right`, the formulas of columns by their canonical names.

    named: the names of the words on right-hand sides, which may be those of columns that only this table has.

    Compared as algebra, by `values` at points where all columns fit together; a chain of slopes need only lead from
    one end to the other, for people write down one path of several. Brackets that are only missing in a text are
    forgiven, and so is a line whose left-hand side names a neighbour by mistake.
    """
    told = explanations(texts, named)
    said = Counter(one.label for one in told)
    judged = {label: expr for label, expr in right.items() if not any(ref.above for ref in refs(expr))}
    expected = {label: at for label, expr in judged.items() if (at := values(expr)) is not None}
    return [
        Contradiction(one.cell, one.label, side.text, written(map_refs(right[one.label], _as_people_write)))
        for one in told
        if one.label in expected
        and (side := _wrong_side(one, right, expected[one.label], values, named)) is not None
        and not _means_a_neighbour(one.label, side, expected, said, values)
    ]


def _as_people_write(ref: Ref) -> Ref:
    return Ref(pretty(ref.name))


def _lines(texts: Texts) -> Iterator[tuple[str, str, list[str]]]:
    """Cell, canonical name on the left, and right-hand sides of every text that has them."""
    labels = _bare_labels(texts)
    for cell, text in ((cell, part) for cell, whole in texts for part in STATEMENTS.split(whole)):
        left, *sides = _parts(text)
        if sides:
            label = slope(left) or canonical(left)
        else:
            label, sides = _label_beside(cell, labels), [left]
        if label is not None:
            yield cell, label, sides


def _parts(text: str) -> list[str]:
    """The text between its signs of equality; in ``h1: w1*i1 + w2*i2`` the colon is one."""
    plain = text if "=" in text else text.replace(":", "=", 1)
    left, *sides = re.split("=+", plain)
    return [left.rpartition(":")[2], *filter(str.strip, sides)]


def _bare_labels(texts: Texts) -> dict[Position, str]:
    """Row and column -> canonical name of the cells that hold a label alone, but not of the heads of columns."""
    found = {position(cell): name for cell, text in texts if (name := canonical(text)) is not None}
    many = {row for row, count in Counter(row for row, _ in found).items() if count >= HEADER}
    return {place: name for place, name in found.items() if place[0] not in many}


def _label_beside(cell: str, labels: Mapping[Position, str]) -> str | None:
    row, column = position(cell)
    return next((labels[row, column - n] for n in range(1, NEAR + 1) if (row, column - n) in labels), None)


def _explains(label: str, expr: Expr) -> bool:
    """Whether it says how to calculate: neither numbers alone nor another name for the same.

    A name alone does for a part of a gradient: ``∂o1/∂w5 = a_h1``. An update reads a slope.
    """
    plain = isinstance(expr, Call) or (is_part(label) and isinstance(expr, Ref))
    read = [ref.name for ref in refs(expr)]
    return plain and any(ends_of(name) for name in read) if label.startswith(PARAMETERS) else plain and bool(read)


def _wrong_side(
    one: Explanation, right: Mapping[str, Expr], expected: Sequence[float], values: Values, named: Named
) -> Side | None:
    """The first side that comes to something else, whatever its brackets; or leads elsewhere, if it is a chain."""
    for side in one.sides:
        found, chain = values(side.expr), _chain(side.expr)
        if found is not None and _same(found, expected):
            continue
        if chain is not None:
            wrong = not _leads(one.label, chain, right)
        else:
            wrong = found is not None and not _lacks_brackets(side.text, expected, values, named)
        if wrong:
            return side
    return None


def _chain(expr: Expr) -> list[tuple[str, str]] | None:
    """What is derived by what in a product of nothing but slopes: ∂E1/∂a_o1 * ∂a_o1/∂o1."""
    match expr:
        case Ref(name) if (ends := ends_of(name)) is not None:
            return [ends]
        case Call("*", (left, right)) if (first := _chain(left)) and (last := _chain(right)):
            return [*first, *last]
        case _:
            return None


def _leads(label: str, chain: Sequence[tuple[str, str]], right: Mapping[str, Expr]) -> bool:
    """Whether a chain of slopes leads from one end of the label to the other, by ways that there are."""
    of, by = ends_of(label) or (label, label)
    (first, _), (_, last) = chain[0], chain[-1]
    joined = all(one == other for (_, one), (other, _) in pairwise(chain))
    starts = first == of or (first[0] == of[0] == "E")
    return starts and joined and last == by and all(one not in right or two in _below(one, right) for one, two in chain)


def _below(name: str, right: Mapping[str, Expr]) -> set[str]:
    """All that a column is calculated from, directly or through others."""
    found, waiting = set[str](), [name]
    while waiting:
        new = {ref.name for ref in refs(right[one])} - found if (one := waiting.pop()) in right else set[str]()
        found |= new
        waiting += new
    return found


def _same(found: Sequence[float], expected: Sequence[float]) -> bool:
    pairs = zip(found, expected, strict=True)
    return all(isclose(one, other, rel_tol=SAME) for one, other in pairs if not isnan(one) and not isnan(other))


def _lacks_brackets(text: str, expected: Sequence[float], values: Values, named: Named) -> bool:
    """Whether a pair of brackets more makes it right: ``1/1+exp(-h1)``."""
    tokens = TOKEN.findall(python(text))
    if len(tokens) > MOST_TOKENS:
        return False
    opening = [n for n, token in enumerate(tokens) if OPENS.match(token)]
    closing = [n for n, token in enumerate(tokens) if CLOSES.fullmatch(token)]
    bracketed = (
        [*tokens[:first], "(", *tokens[first : last + 1], ")", *tokens[last + 1 :]]
        for first in opening
        for last in closing
        if last > first
    )
    trees = (read_python(" ".join(one), named) for one in bracketed)
    return any((found := values(tree)) is not None and _same(found, expected) for tree in trees if tree is not None)


def _means_a_neighbour(
    label: str, side: Side, expected: Mapping[str, Sequence[float]], said: Counter[str], values: Values
) -> bool:
    """Whether it is the line that a neighbour lacks: a second ``h1 = …`` that is right for h2, of which none tells."""
    found = values(side.expr)
    return said[label] > 1 and any(
        other != label and not said[other] and _family(other) == _family(label) and _same(found or (), at)
        for other, at in expected.items()
        if found is not None
    )


def _family(label: str) -> str:
    return label.rstrip("0123456789")
