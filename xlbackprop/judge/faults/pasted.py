"""Numbers pasted over a column without a label that we can read: told of there, not at what reads them."""

from __future__ import annotations

from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.faults.said import sentence
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.judge.typed.meaning import Reading, column_number
from xlbackprop.judge.typed.names import plain
from xlbackprop.maths.expr import refs

ROUNDED = 1e-4  # of a value: what is further off than that in some row was not calculated from rounded numbers


def numbers_read(studied: Studied, tokens: tuple[Token, ...]) -> list[str]:
    """The columns of changing numbers that a formula reads, directly or through helpers, by letter: [AE]."""
    try:
        waiting = [parse(tokens)]
    except Unparsed:
        return []
    found: dict[str, bool] = {}
    while waiting:
        for name in {plain(ref.name) for ref in refs(waiting.pop())} - found.keys():
            found[name] = name.startswith("[") and _changes(studied.reading, column_number(name[1:-1]))
            if name in studied.reading.helpers and name in studied.trees:
                waiting.append(studied.trees[name])
    return sorted(name for name, changes in found.items() if changes)


def _changes(reading: Reading, column: int) -> bool:
    """Whether a column holds a number in every row, typed, and not always the same."""
    rows = reading.table.rows
    values = {reading.value(row, column) for row in rows}
    typed = all(isinstance(one, float) for one in values) and len(values) > 1
    return typed and all(reading.formula(row, column) is None for row in rows)


def pasted(reading: Reading, name: str) -> Finding:
    """What is said of such a column."""
    label, rows = reading.heading(name), reading.table.rows
    cells = ranges(column_number(name[1:-1]), rows)
    message = sentence(Kind.PASTED, label, "numbers", "a formula")
    return Finding(Kind.PASTED, label, cells, "numbers", "a formula", message, first_row=rows[0])
