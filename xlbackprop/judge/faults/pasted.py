"""Numbers pasted over a column without a label that we can read: told of there, not at what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.faults.said import sentence
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.network.shape import SAME
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.judge.typed.meaning import Reading, column_number
from xlbackprop.judge.typed.names import plain
from xlbackprop.maths.expr import refs

CANCELLED = 3  # digits that a sum of rounded numbers may lose
MOST_DIGITS = 15
MOST = 1e-4  # of the value: what is further off is no rounding


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


def tolerance(reading: Reading, numbers: Sequence[str]) -> float:
    """How far off, as a share, rounded numbers of these columns may leave what is calculated from them."""
    rows = reading.table.rows
    digits = [max(_digits(reading.value(row, column_number(one[1:-1]))) for row in rows) for one in numbers]
    return max(SAME, min(MOST, 10.0 ** (CANCELLED - min(digits, default=MOST_DIGITS))))


def _digits(value: object) -> int:
    """The significant digits of a number."""
    return len(Decimal(repr(value)).normalize().as_tuple().digits) if isinstance(value, float) else 0


def pasted(reading: Reading, name: str) -> Finding:
    """What is said of such a column."""
    label, rows = reading.heading(name), reading.table.rows
    cells = ranges(column_number(name[1:-1]), rows)
    message = sentence(Kind.PASTED, label, "numbers", "a formula")
    return Finding(Kind.PASTED, label, cells, "numbers", "a formula", message, first_row=rows[0])
