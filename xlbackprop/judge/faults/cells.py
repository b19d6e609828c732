"""Cells as people name them: the rows of a column as ranges, and names of the table as addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from xlbackprop.judge.network.rate import Rate
from xlbackprop.judge.typed.meaning import NAME, Reading, column_number
from xlbackprop.judge.typed.names import ABOVE, BELOW, LEARNING_RATE, plain, row_of
from xlbackprop.maths.expr import Ref
from xlbackprop.maths.infix import number
from xlbackprop.pages.layout import a1, letters, quoted

RANGE = re.compile(r"([A-Z]+)(\d+)(?::[A-Z]+(\d+))?")
OFFSETS = {"": 0, ABOVE: -1, BELOW: 1}


class Nowhere(Exception):
    """A name that no cell of the sheet has."""


def runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Rows that follow each other, as first and last.

    >>> runs([3, 4, 5, 9])
    [(3, 5), (9, 9)]
    """
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and found[-1][1] == row - 1:
            found[-1] = found[-1][0], row
        else:
            found.append((row, row))
    return found


def ranges(column: int, rows: Iterable[int]) -> tuple[str, ...]:
    """The cells of a column in these rows.

    >>> ranges(26, [33, 34, 36])
    ('Z33:Z34', 'Z36')
    """
    letter = letters(column)
    return tuple(f"{letter}{a}" if a == b else f"{letter}{a}:{letter}{b}" for a, b in runs(rows))


def together(cells: Sequence[str]) -> tuple[str, ...]:
    """The same cells in as few ranges, column by column.

    >>> together(("Z33:Z34", "AA3", "Z35"))
    ('Z33:Z35', 'AA3')
    """
    rows: dict[int, set[int]] = {}
    for match in filter(None, map(RANGE.fullmatch, cells)):
        rows.setdefault(column_number(match[1]), set()).update(range(int(match[2]), int(match[3] or match[2]) + 1))
    return tuple(one for column in sorted(rows) for one in ranges(column, rows[column]))


def addresses(reading: Reading, rate: Rate, row: int) -> Callable[[Ref], str]:
    """Where each name stands for a formula in `row`; the function raises Nowhere for what has no cell."""
    columns = reading.columns
    named = {name: place for place, name in reading.beside.items()}
    texts = {name: number(value) for (_, value), name in reading.typed.items()}
    texts |= {name: called.removeprefix(NAME) for called, name in reading.called.items()}

    def address(ref: Ref) -> str:
        name, mark = plain(ref.name), row_of(ref.name)
        if ref.name == LEARNING_RATE and LEARNING_RATE not in columns:
            return _rate(reading, rate)
        if name in columns:
            steps = OFFSETS[mark] if mark in OFFSETS else int(mark.lstrip("@"))
            return a1(reading.table.away(row, steps), columns[name])
        if name in named:
            return _fixed(reading, *named[name])
        if name in texts:
            return texts[name]
        if re.fullmatch(r"\$[A-Z]+\$\d+", ref.name):
            return ref.name
        raise Nowhere(ref.name)

    return address


def _rate(reading: Reading, rate: Rate) -> str:
    if rate.name:
        return rate.name
    if rate.place is not None:
        return _fixed(reading, *rate.place)
    if rate.value is None:
        raise Nowhere(LEARNING_RATE)
    return number(rate.value)


def _fixed(reading: Reading, sheet: str, place: tuple[int, int]) -> str:
    there = a1(*place, absolute=True)
    return there if sheet == reading.sheet else f"{quoted(sheet)}!{there}"
