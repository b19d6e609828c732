"""What stands beside a table and does not fit: an explanation, or a learning rate that trains nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from xlbackprop.grid import Position, SavedSheet, Value
from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.faults.tabled import Judged
from xlbackprop.judge.findings import Finding, Kind, Outcome
from xlbackprop.judge.network.numbers import Array, evaluated
from xlbackprop.judge.network.shape import RATE, SLOPE, formulas, parameters, slopes_of
from xlbackprop.judge.typed.explained import contradictions
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import GRADIENT, LEARNING_RATE, pretty
from xlbackprop.judge.typed.spelling import folded
from xlbackprop.maths.expr import Expr, Ref
from xlbackprop.pages.layout import a1


def explanation_findings(judged: Judged, cells: SavedSheet, header: int) -> Iterator[Finding]:
    """Texts of a sheet that contradict right formulas of the table.

    cells: of the sheet; header: its row of labels, which explain nothing.
    """
    shape, world = judged.shape, judged.world
    if shape is None or world is None:
        return
    known, trained = slopes_of(shape) | formulas(shape), parameters(shape)
    right = {name: expr for name, expr in known.items() if name not in trained}
    if shape.holds == SLOPE:
        right |= {name: Ref(name) - RATE * Ref(GRADIENT + name) for name in trained}
    values = {name: evaluated(expr, world.values) for name, expr in slopes_of(shape).items()} | world.values
    texts = [
        (a1(*place), value)
        for place, value in sorted(cells.grid.others.items())
        if isinstance(value, str) and place[0] != header and place not in cells.formulas
    ]
    for one in contradictions(texts, right, lambda expr: _at_points(expr, values), _words(judged.reading)):
        against = f"what belongs there is {one.expected}"
        if one.label not in judged.wrong:
            against = f"but the formulas, which are right, are {one.expected}"
        message = f"the text in {one.cell} says {pretty(one.label)} = {one.found}, {against}"
        yield Finding(Kind.EXPLANATION, one.label, (one.cell,), one.found, one.expected, message)


def _words(reading: Reading) -> Callable[[str], str | None]:
    """The names of the words that texts are made of; the headings of helper columns are such words."""
    helpers = {_squeezed(reading.heading(name)): name for name in reading.helpers}
    return lambda word: canonical(word) or helpers.get(_squeezed(word))


def _squeezed(word: str) -> str:
    return re.sub(r"[\s_]", "", folded(word))


def _at_points(expr: Expr, values: Mapping[str, Array]) -> Sequence[float] | None:
    try:
        found = evaluated(expr, values)
    except KeyError:
        return None
    return [float(value) for value in found.ravel()]


def rate_findings(judged: Judged) -> Iterator[Finding]:
    """A learning rate by which no weight ever changes: 0, nothing, or a text that no program took for a number."""
    reading, rate, shape = judged.reading, judged.table.learning_rate, judged.shape
    if shape is None or judged.outcome is Outcome.VALUES_ONLY or (rate is None and reading.rate is None):
        return
    written = _typed_rate(reading)
    first = next((reading.columns[name] for name in parameters(shape) if name in reading.columns), None)
    updates = reading.table.rows[1:]
    if rate and not (isinstance(written, str) and first and not isinstance(reading.value(updates[0], first), float)):
        return
    cells, at = ranges(first, updates) if first else (), ""
    if reading.rate is not None:
        sheet, place = reading.rate
        if _is_given_later(reading, place) or sheet not in reading.sheets or place in reading.sheets[sheet].formulas:
            return
        cells, at = (a1(*place),) if sheet == reading.sheet else cells, f" in {judged.table.learning_rate_cell}"
    found = f"{written[:20]!r}, which is no number" if isinstance(written, str) else "0"
    found = "empty" if reading.rate is not None and written is None else found
    message = f"the learning rate{at} is {found}: no weight changes, so nothing is learnt"
    yield Finding(Kind.NO_RATE, LEARNING_RATE, cells, found, "a number above 0", message)


def _typed_rate(reading: Reading) -> Value:
    """What stands in the cell of the learning rate."""
    if reading.rate is None or reading.rate[0] not in reading.sheets:
        return None
    return reading.sheets[reading.rate[0]].grid.get(reading.rate[1])


def _is_given_later(reading: Reading, place: Position) -> bool:
    """Whether it stands in a column of the table that has a number or a formula in another row."""
    row, column = place
    others = [other for other in reading.table.rows if other != row] if row in reading.table.rows else []
    return any(reading.value(other, column) or reading.formula(other, column) for other in others)
