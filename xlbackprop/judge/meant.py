"""What the formulas of a table's columns mean: tokens over names, the learning rate by its own name in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isclose

from xlbackprop.judge.network.rate import ROUNDING, Rate
from xlbackprop.judge.typed.formula import BETWEEN, Token, Unparsed, parse
from xlbackprop.judge.typed.meaning import NAME, Reading
from xlbackprop.judge.typed.names import LEARNING_RATE, PARAMETERS, plain
from xlbackprop.judge.typed.summed_up import summed_up

Meant = tuple[Token, ...]  # a formula as tokens over names; a token of the kind "none" where it says nothing to us
Meanings = Mapping[str, Mapping[Meant, list[int]]]  # of each column, with the rows that each stands in


def meanings(reading: Reading, rate: Rate) -> Meanings:
    """The formulas of every column, with the rows that each stands in; the rate by its name wherever it is meant."""
    meant = {name: _meant(reading, name) for name in reading.columns}
    typed = _that_step(reading, meant, rate)
    return {name: _rated(groups, rate, typed=name in typed) for name, groups in meant.items()}


def meant_by(reading: Reading, row: int, column: int) -> Meant:
    """The formula of a cell as tokens over names; nothing where there is none."""
    if reading.formula(row, column) is None:
        return ()
    try:
        return reading.tokens(row, column)
    except Unparsed as error:
        return (Token("none", str(error)),)


def _meant(reading: Reading, name: str) -> dict[Meant, list[int]]:
    """The formulas of a column, and the rows that each stands in."""
    found: defaultdict[Meant, list[int]] = defaultdict(list)
    for row in reading.table.rows:
        if tokens := meant_by(reading, row, reading.columns[name]):
            found[tokens].append(row)
    return dict(found)


def _that_step(reading: Reading, meant: Mapping[str, Mapping[Meant, Sequence[int]]], rate: Rate) -> set[str]:
    """The columns that a rate may be typed into: updates, and helpers that those read which do not have it themselves.

    Further on a number that is the same is another: the 0.5 of a loss, where the rate is 0.5.
    """
    found: set[str] = set()
    if rate.place is not None or rate.value is None:
        return found
    waiting = [name for name in reading.columns if name.startswith(PARAMETERS)]
    while waiting:
        name = waiting.pop()
        found.add(name)
        for tokens in _rated(meant[name], rate, typed=True):
            read = {plain(one) for one in names_in(tokens)}
            if LEARNING_RATE not in read:
                waiting += (read & reading.helpers.keys()) - found
    return found


def _rated(groups: Mapping[Meant, Sequence[int]], rate: Rate, *, typed: bool) -> dict[Meant, list[int]]:
    """The formulas with the learning rate's own name. typed: also where its number stands."""
    found: defaultdict[Meant, list[int]] = defaultdict(list)
    for tokens, rows in groups.items():
        found[_with_rate(tokens, rate.value if typed else None, NAME + rate.name)] += rows
    return {tokens: sorted(rows) for tokens, rows in found.items()}


@lru_cache(4_000)  # the same in every row of a column
def _with_rate(tokens: Meant, typed: float | None, named: str) -> Meant:
    """The tokens with the learning rate's own name where it is typed as a number, or has a defined name."""
    rate = Token("ref", LEARNING_RATE)
    found = [rate if token.text == named else token for token in summed_up(tokens)]
    for k, token in enumerate(found):
        value = float(token.text) if token.kind == "num" else 0.0
        if token.kind == "num" and value == typed:
            found[k] = rate
        elif value and typed and k and found[k - 1].text == "/" and isclose(1 / value, typed, rel_tol=ROUNDING):
            found[k - 1 : k + 1] = Token("op", "*"), rate
    return tuple(found)


def usual(groups: Mapping[Meant, Sequence[int]]) -> Meant:
    """The formula that stands in most rows of a column and says something to us, or nothing."""
    for tokens in sorted(groups, key=lambda one: -len(groups[one])):
        try:
            parse(tokens)
        except Unparsed:
            continue
        return tokens
    return ()


def names_in(tokens: Meant) -> list[str]:
    """The names that a formula reads."""
    return [one for token in tokens if token.kind in ("ref", "area") for one in token.text.split(BETWEEN)]
