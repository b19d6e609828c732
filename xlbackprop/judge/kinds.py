"""What kind of mistake it is to have one name where another belongs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.labels import GRADIENT, LEARNING_RATE, WEIGHTS
from xlbackprop.judge.shape import ABOVE, BELOW

PART = re.compile(r"(a_h\d+_|a_h|a_o|h\d+_(?=\d)|[hoitbwvE])(\d+)(_\d+){0,2}[↑↓]?")


def part(name: str) -> str:
    """Which part of the network a name belongs to: its name without its number, its row aside.

    >>> [part(name) for name in ("w5", "w6↓", "a_h2", "dE/dw3", "a_h1_2", "lr")]
    ['w', 'w', 'a_h', 'dE/d', 'a_h1_', 'lr']
    """
    if name.startswith(GRADIENT):
        return GRADIENT
    found = PART.fullmatch(name)
    return found[1] if found else name.rstrip(ABOVE + BELOW)


def row_of(name: str) -> str:
    """The mark of another row that a name has, or nothing."""
    found = re.search(r"[↑↓]$|@[+-]\d+$", name)
    return found[0] if found else ""


def plain(name: str) -> str:
    """The name without a mark of another row."""
    return name.removesuffix(row_of(name))


GIVES = ("i", "a_")  # names of what units give to the next layer


def kind_of(pairs: Sequence[tuple[str, str]]) -> Kind:
    """The kind of mistake of having the first of each pair where the second belongs.

    >>> str(kind_of([("w6", "w7")])), str(kind_of([("a_o1", "a_h1")])), str(kind_of([("w5↓", "w5")]))
    ('exchanged weights', "wrong layer's activation", 'already updated weight used')
    """
    kinds = {_kind(found, expected) for found, expected in pairs}
    return kinds.pop() if len(kinds) == 1 else Kind.WRONG_TERM


def _kind(found: str, expected: str) -> Kind:
    if plain(found) == plain(expected) and part(found) in WEIGHTS and row_of(found) == BELOW:
        return Kind.UPDATED_WEIGHT
    if part(found) in WEIGHTS and part(expected) in WEIGHTS and row_of(found) == row_of(expected):
        return Kind.EXCHANGED_WEIGHTS
    gives = all(part(name).startswith(GIVES) for name in (found, expected) if name)
    if found and expected and gives and part(found) != part(expected) and LEARNING_RATE not in (found, expected):
        return Kind.WRONG_LAYER
    return Kind.WRONG_TERM
