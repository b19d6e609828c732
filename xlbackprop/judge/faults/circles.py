"""Formulas that depend on themselves: a spreadsheet cannot calculate them, whatever they would come to."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.names import pretty
from xlbackprop.maths.expr import refs


def circles(studied: Studied, judged: Collection[str], wrong: Collection[str]) -> Iterator[Finding]:
    """A finding for each column whose usual formula reads, by way of its own row, what is calculated from it.

    Of a circle that goes through several columns, the first from the left is named; none where one of them is wrong
    besides, for that is why. wrong: the columns of which that is known.
    """
    reading, table = studied.reading, studied.reading.table
    reads = {name: {ref.name for ref in refs(tree)} & set(studied.trees) for name, tree in studied.trees.items()}
    seen: set[str] = set()
    for name in sorted(judged, key=lambda one: reading.columns[one]):
        if name in seen or name not in reads:
            continue
        circle = _back_to(name, reads) - {name} and _back_to(name, reads)  # what reads itself alone is found by itself
        seen |= circle
        if circle and not circle & set(wrong):
            way = ", ".join(pretty(one) for one in sorted(circle, key=lambda one: reading.columns[one])[:4])
            message = f"{pretty(name)} depends on itself, by way of {way}: no spreadsheet can calculate that"
            rows = [row for row in table.rows if reading.formula(row, reading.columns[name]) is not None]
            cells = ranges(reading.columns[name], rows)
            yield Finding(Kind.OTHER, name, cells, "a circle", "no circle", message, first_row=rows[0])


def _back_to(name: str, reads: dict[str, set[str]]) -> set[str]:
    """The columns on ways from a column back to itself, itself too; none if there is no such way."""
    ahead = _reached(name, reads)
    return {one for one in ahead if name in _reached(one, reads)} | {name} if name in ahead else set()


def _reached(name: str, reads: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(reads.get(name, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += reads.get(one, ())
    return found
