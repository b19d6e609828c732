"""What goes wrong when a formula is typed: each kind of mistake as edits of one formula by names.

An edit gives every formula that this slip can make of one. Some of them are the same algebra: `differs` tells.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from itertools import combinations

from handmade.table import NAME
from handmade.values import value
from xlbackprop.judge.findings import Kind

ALONE = re.compile(r"(?<!:)\[([\^_]?)([^\]]+)\](?!:)")  # not an end of a range
FACTOR_AFTER = re.compile(r"\*(?:\[[^\]]+\]|\((?:[^()]|\([^()]*\))*\)|[A-Z]+\([^()]*\))(?![\^:])")
FACTOR_BEFORE = re.compile(r"(?<![\w/.])(?:\[[^\]:]+\]|0\.5 ?|1/2 ?|\(1/2\)|2)\*")
HALVED = re.compile(r"/2(?![\d.])")
SWAPPABLE = re.compile(r"\((\[[^\]]+\]) ?- ?(\[[^\]]+\])\)")
BINARY_SIGN = re.compile(r"(?<=[\w)\]])( ?)([+-])( ?)")
UNARY_MINUS = re.compile(r"(?<=EXP\()-|^-")
BRACKET_MOVED = re.compile(r"(\([^()]*)\)\*(\[[^\]]+\])")
SQUARED = re.compile(r"^([^(]*\*)(\(.*\))\^2$")
MINUS_PRODUCT = re.compile(r"^(\[[^\]]+\])-\(?(\[[^\]]+\]|[\d.]+)\*(\[[^\]]+\])\)?$")

Siblings = Callable[[str], list[str]]  # the other columns that could be mistaken for one
Edit = Callable[[str, Siblings], Iterator[str]]


def replaced(formula: str, found: re.Match[str], new: str) -> str:
    return formula[: found.start()] + new + formula[found.end() :]


def renamed(formula: str, change: dict[str, str]) -> str:
    """The formula with other names, all at once."""
    return ALONE.sub(lambda found: f"[{found[1]}{change.get(found[2], found[2])}]", formula)


def other_term(formula: str, siblings: Siblings) -> Iterator[str]:
    """One of the names, here or throughout, is another column's."""
    for found in ALONE.finditer(formula):
        for other in siblings(found[2]):
            yield replaced(formula, found, f"[{found[1]}{other}]")
    for name in dict.fromkeys(found[2] for found in ALONE.finditer(formula)):
        for other in siblings(name):
            yield renamed(formula, {name: other})


def no_factor(formula: str, siblings: Siblings) -> Iterator[str]:
    for pattern in (FACTOR_AFTER, FACTOR_BEFORE, HALVED):
        for found in pattern.finditer(formula):
            yield replaced(formula, found, "")


def no_brackets(formula: str, siblings: Siblings) -> Iterator[str]:
    """A pair of brackets left out, closed too late, or put round too much."""
    opened: list[int] = []
    for at, sign in enumerate(formula):
        if sign == "(":
            opened.append(at)
        elif sign == ")":
            start = opened.pop()
            if not formula[start - 1 : start].isalpha():
                yield formula[:start] + formula[start + 1 : at] + formula[at + 1 :]
    for found in BRACKET_MOVED.finditer(formula):
        yield replaced(formula, found, f"{found[1]}*{found[2]})")
    yield SQUARED.sub(r"(\1\2)^2", formula)
    yield MINUS_PRODUCT.sub(r"(\1-\2)*\3", formula)


def other_sign(formula: str, siblings: Siblings) -> Iterator[str]:
    for found in SWAPPABLE.finditer(formula):
        yield replaced(formula, found, f"({found[2]}-{found[1]})")
    for found in BINARY_SIGN.finditer(formula):
        yield replaced(formula, found, found[1] + ("-" if found[2] == "+" else "+") + found[3])
    for found in UNARY_MINUS.finditer(formula):
        yield replaced(formula, found, "")


def exchanged(formula: str, siblings: Siblings) -> Iterator[str]:
    """Two weights of the formula in each other's place."""
    weights = dict.fromkeys(found[2] for found in ALONE.finditer(formula) if re.fullmatch(r"w\d+", found[2]))
    for one, other in combinations(weights, 2):
        yield renamed(formula, {one: other, other: one})


def updated(formula: str, siblings: Siblings) -> Iterator[str]:
    """A weight of the row below, which this row's gradient has already changed; a gradient of now stays what it is."""
    for found in re.finditer(r"\[(w\d+)\]", formula):
        yield replaced(formula, found, f"[_{found[1]}]")
    yield re.sub(r"\[(w\d+)\]", r"[_\1]", formula)


EDITS: dict[Kind, Edit] = {
    Kind.WRONG_TERM: other_term,
    Kind.WRONG_LAYER: other_term,  # with siblings from another layer
    Kind.MISSING_FACTOR: no_factor,
    Kind.BRACKETS: no_brackets,
    Kind.SIGN: other_sign,
    Kind.EXCHANGED_WEIGHTS: exchanged,
    Kind.UPDATED_WEIGHT: updated,
}


def differs(one: str, other: str) -> bool:
    """Whether two formulas are different algebra: what they come to at random points.

    >>> differs("([a]-[t])^2", "([t]-[a])^2"), differs("[a]*(1-[a])", "[a]*1-[a]")
    (False, True)
    """
    return any(not _same_at(point, one, other) for point in range(6))


def _same_at(point: int, one: str, other: str) -> bool:
    def look(where: str, name: str) -> float:
        chance = random.Random(f"{point} {where} {name}")
        lowest = -0.9 if re.fullmatch(r"[ho]\d*_?\d*", name) else 0.1  # what a unit receives may be negative
        return chance.uniform(lowest, 0.9)

    def span(where: str, first: str, last: str) -> list[float]:
        return [look(where, first), look(where, last)]

    a, b = (value(formula, look, span) for formula in (one, other))
    return math.isclose(a, b, rel_tol=1e-9)


def names_in(formula: str) -> set[str]:
    """The columns that a formula reads.

    >>> sorted(names_in("[^w1]-[lr]*[^dE/dw1]"))
    ['dE/dw1', 'lr', 'w1']
    """
    return {found[2] for found in NAME.finditer(formula)}
