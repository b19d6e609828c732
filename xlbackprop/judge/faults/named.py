"""From why a formula is wrong to a finding: which kind, in which cells, in words, and the formula that belongs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from xlbackprop.judge.faults.cells import Nowhere, addresses, ranges, together
from xlbackprop.judge.faults.said import UNREAD, sentence
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.meant import meant_by
from xlbackprop.judge.network.rate import Rate
from xlbackprop.judge.network.world import World
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.meaning import Reading, cells_of
from xlbackprop.judge.typed.names import LEARNING_RATE, plain, pretty, row_of
from xlbackprop.judge.why.explain import Explanation, explain, spoken, written
from xlbackprop.pages.layout import a1, letters

MOST_OF_A_KIND = 4  # findings on a column


def named(
    studied: Studied, world: World, name: str, why: Explanation, rows: Sequence[int], *, minority: bool
) -> Finding:
    """The finding on a formula of a column. minority: whether most rows of the column have another."""
    reading, rate = studied.reading, studied.rate
    kind, found, expected = why.kind, why.found, why.expected
    column = reading.columns[name]
    if (what := _slid(reading, rate, why, rows[0], column)) is not None:
        kind, name, found, expected = Kind.NOT_ANCHORED, LEARNING_RATE, what, rate.cell(reading.sheet) or "the rate"
    elif _own_name(found) == _own_name(expected) and (cell := _held_fast(reading, found, rows[0], column)):
        kind, found, expected = Kind.WRONG_TERM, cell, f"{expected}, without $,"
    elif minority:
        kind = Kind.INCONSISTENT
    label = reading.heading(name) if name in reading.helpers else name
    found, expected = _with_headings(reading, found), _with_headings(reading, expected)
    if why.unread:
        message = UNREAD.format(label=pretty(label), found=found, expected=expected)
    else:
        message = sentence(kind, label, found, expected)
    other = _neighbour(reading, world, rows[0], column) or why.as_column
    if other and plain(other) != name:
        message += f"; it is the formula of {_with_headings(reading, spoken(other))}"
    correction = _corrected(reading, rate, why, rows[0])
    return Finding(kind, label, ranges(column, rows), found, expected, message, correction, first_row=rows[0])


def _slid(reading: Reading, rate: Rate, why: Explanation, row: int, column: int) -> str | None:
    """What an update reads instead of the learning rate because its reference slid, as text."""
    if rate.place is None or not any(expected == LEARNING_RATE for _, expected in why.leaves):
        return None
    for cell in reading.references(row, column, sliding=True):
        sheet, place = cell
        if sheet == rate.place[0] and place != rate.place[1] and place[1] == rate.place[1][1]:
            return f"{letters(place[1])}{place[0]}"
    return None


def _own_name(spoken_of: str) -> str:
    return spoken_of.partition("[row ")[0]


def _held_fast(reading: Reading, found: str, row: int, column: int) -> str | None:
    """The cell in another row that is meant by `found` and held fast with $, so that it stays when filled down."""
    _, cells = cells_of(reading.formula(row, column) or "", row)
    held = [(cell.row, cell.column) for cell in cells if cell.fixed and cell.sheet is None]
    names = {reading.name(reading.sheet, place, row, fixed=True): place for place in held}
    return next(
        (a1(*place, absolute=True) for name, place in names.items() if row_of(name) and spoken(name) == found), None
    )


def _neighbour(reading: Reading, world: World, row: int, column: int) -> str:
    """The other column that has the same formula in this row, and for which it is right, or nothing."""
    here = meant_by(reading, row, column)
    same = (
        name for name, other in reading.columns.items() if other != column and meant_by(reading, row, other) == here
    )
    return next((name for name in same if name in world.values and explain(name, here, world, None) is None), "")


def _with_headings(reading: Reading, text: str) -> str:
    """The text with what helper columns are called on the sheet."""

    def heading(found: re.Match[str]) -> str:
        return f"[{reading.heading(found[0])}]" if found[0] in reading.helpers else f"[column {found[1]}]"

    return re.sub(r"\[([A-Z]{1,3})\]", heading, text).replace("][", ", ")


def _corrected(reading: Reading, rate: Rate, why: Explanation, row: int) -> str:
    if why.corrected is None:
        return ""
    try:
        return "=" + written(why.corrected, addresses(reading, rate, row))
    except Nowhere:
        return ""


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same, as one: of a column, or of the learning rate of all."""
    found: dict[tuple[str, ...], Finding] = {}
    for one in findings:
        key: tuple[str, ...] = (
            str(one.kind),
            one.label,
            "" if one.kind is Kind.NOT_ANCHORED else one.found,
            one.expected,
        )
        if one.kind is Kind.INCONSISTENT or key not in found:
            key = (*key, str(len(found))) if one.kind is Kind.INCONSISTENT else key
            found[key] = one
        else:
            found[key] = replace(found[key], cells=together(found[key].cells + one.cells))
    return _in_few_words(list(found.values()))


def _in_few_words(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those of a column that go on and on with ever other formulas as one."""
    count = Counter((one.kind, one.label) for one in findings)
    found: dict[tuple[str, ...], Finding] = {}
    for n, one in enumerate(findings):
        many = count[one.kind, one.label] > MOST_OF_A_KIND
        key = (one.kind, one.label) if many else (str(n),)
        if key in found:
            found[key] = replace(found[key], cells=together(found[key].cells + one.cells))
        else:
            found[key] = replace(one, message=f"{one.message}; other rows have yet other formulas") if many else one
    return list(found.values())
