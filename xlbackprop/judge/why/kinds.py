"""What kind of mistake it is to have one name where another belongs."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.typed.names import BELOW, LEARNING_RATE, WEIGHTS, part, plain, row_of

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
