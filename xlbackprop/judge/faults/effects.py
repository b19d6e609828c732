"""What a mistake does: how wrong its cells come out, from which row on, and how far the loss is off in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite

from xlbackprop.judge.faults.cells import RANGE
from xlbackprop.judge.faults.saved_row import SavedRow, value_in_row
from xlbackprop.judge.faults.tabled import Judged
from xlbackprop.judge.findings import BESIDE, Finding
from xlbackprop.judge.network.shape import Shape, called, formulas, tape_of
from xlbackprop.judge.typed.formula import Unparsed, parse
from xlbackprop.judge.typed.meaning import Reading, column_number
from xlbackprop.judge.typed.names import TOTAL, pretty
from xlbackprop.maths.numeric import trainer
from xlbackprop.maths.tape import GIVEN, Role
from xlbackprop.pages.layout import a1
from xlbackprop.shown import percent, plain

BITES = 1e-9  # of the right value: less is rounding
MOST_CELLS = 400  # of a finding that are looked at


def with_effects(judged: Judged) -> tuple[Finding, ...]:
    """The findings of a table, each with what it does to the numbers that were saved."""
    if judged.shape is None or not judged.findings:
        return judged.findings
    found = [one if one.kind in BESIDE else _with_effect(judged.reading, judged.shape, one) for one in judged.findings]
    together = _loss_effect(judged, judged.shape, len(found))
    found[0] = replace(found[0], effect="; ".join(filter(None, (found[0].effect, together))))
    return tuple(found)


def _with_effect(reading: Reading, shape: Shape, finding: Finding) -> Finding:
    compared = list(_compared(reading, shape, finding))
    if not compared:
        return finding
    wrong = [one for one in compared if one[3] > BITES]
    if not wrong:
        return replace(finding, effect="the numbers of this sheet hide it: here it comes to the same")
    (row, column), found, right, off = wrong[0]
    most = max(wrong, key=lambda one: one[3])
    text = f"{a1(row, column)} comes to {_apart(found, right)}, {_off(found, right, off)}"
    if most[3] > off:
        text += f"; {a1(*most[0])} is {_off(*most[1:])}"
    return replace(finding, effect=text, first_row=row)


def _off(found: float, right: float, off: float) -> str:
    """How far off a number is, in words.

    >>> _off(1.1, 1.0, 0.1), _off(33.0, 1.0, 32.0), _off(-1.0, 1.0, 2.0)
    ('off by 10 %', '33 times as large', 'of the other sign')
    """
    if right and found / right < 0:
        return "of the other sign"
    return f"{plain(float(f'{found / right:.3g}'))} times as large" if right and off >= 1 else f"off by {percent(off)}"


Compared = tuple[tuple[int, int], float, float, float]  # cell, its value, the right one, how far off relative to that


def _compared(reading: Reading, shape: Shape, finding: Finding) -> Iterator[Compared]:
    """Each cell of the finding against what belongs there, from the other cells of its row as they are saved."""
    right = formulas(shape)
    named = {column: name for name, column in reading.table.columns.items()}
    for row, column in _cells(finding.cells):
        name, found = named.get(column, ""), _own_value(reading, row, column)
        if name in right and found is not None:
            belongs = value_in_row(reading, right[name], row)
            if belongs is not None:
                off = abs(found - belongs) / abs(belongs) if belongs else float(found != 0)
                yield (row, column), found, belongs, off


def _cells(ranges: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in filter(None, map(RANGE.fullmatch, ranges)):
        column, first, last = column_number(match[1]), int(match[2]), int(match[3] or match[2])
        found += [(row, column) for row in range(first, last + 1)][: MOST_CELLS - len(found)]
    return sorted(found)


def _apart(found: float, right: float) -> str:
    """Two numbers with as many digits as tell them apart."""
    texts = ((f"{found:.{digits}g}", f"{right:.{digits}g}") for digits in (6, 9, 12, 17))
    one, other = next((pair for pair in texts if pair[0] != pair[1]), (f"{found:.17g}", f"{right:.17g}"))
    return f"{one} instead of {other}"


def _own_value(reading: Reading, row: int, column: int) -> float | None:
    """What a cell comes to: what is saved may be from before it was changed."""
    try:
        value = value_in_row(reading, parse(reading.tokens(row, column)), row)
    except Unparsed:
        value = None
    saved = reading.value(row, column)
    return value if value is not None else saved if isinstance(saved, float) else None


def _loss_effect(judged: Judged, shape: Shape, mistakes: int) -> str:
    """How far the total loss gets off over the rows, against a right training from the same first row."""
    reading, table = judged.reading, judged.reading.table
    right = _right_losses(judged, shape)
    if TOTAL not in table.columns or not right:
        return ""
    found = [reading.value(row, table.columns[TOTAL]) for row in table.rows]
    off = [
        (abs(one - other), row)
        for one, other, row in zip(found, right, table.rows, strict=True)
        if isinstance(one, float) and isfinite(other)
    ]
    most, row = max(off, default=(0.0, 0))
    scale = max((abs(other) for other in right if isfinite(other)), default=0.0)
    if most <= BITES * scale:
        return ""
    told = "this puts" if mistakes == 1 else "all mistakes together put"
    return f"{told} {pretty(TOTAL)} off by up to {most:.2g} (row {row})"


def _right_losses(judged: Judged, shape: Shape) -> list[float]:
    """The total loss of every row of a right training, or nothing where it cannot be worked out."""
    reading, rate = judged.reading, judged.table.learning_rate
    shared = shape.trained and len(set(shape.biases)) < len(shape.biases)
    if rate is None or shape.scale != 1 or shared or judged.table.missing:
        return []
    tape, names, table = tape_of(shape), called(shape), reading.table
    first = SavedRow(reading, table.first_row)

    def all_of(*roles: Role, row: SavedRow = first) -> list[float]:
        return [row[names.get(column.name, column.name)] for column in tape.of(*roles)]

    try:
        samples = [tuple(all_of(*GIVEN, row=SavedRow(reading, row))) for row in table.rows]
        rows = trainer(tape)(samples, all_of(Role.HELD), all_of(Role.WEIGHT), [rate], len(table.rows))
        place = tape.index[tape.total.name]
        return [float(row[place]) for row in rows]
    except KeyError:
        return []
