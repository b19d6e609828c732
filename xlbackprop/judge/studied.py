"""A table studied: where its learning rate stands, what its formulas mean, and which network it trains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.meant import Meanings, Meant, meanings, meant_by, names_in, usual
from xlbackprop.judge.network.biased import with_biases
from xlbackprop.judge.network.claims import settled
from xlbackprop.judge.network.guess import guess
from xlbackprop.judge.network.rate import Rate, learning_rate
from xlbackprop.judge.network.roles import first_formulas, with_roles
from xlbackprop.judge.network.shape import Shape, formulas, parameters
from xlbackprop.judge.network.world import World, trees, written_out
from xlbackprop.judge.typed.labels import error, slope
from xlbackprop.judge.typed.meaning import NAME, Reading, column_number, given, labelled, place_of
from xlbackprop.judge.typed.names import ABOVE, LEARNING_RATE, PARAMETERS, STEP, plain
from xlbackprop.judge.typed.tables import Table
from xlbackprop.judge.why.culprits import with_culprits
from xlbackprop.maths.expr import Expr, refs


@dataclass(frozen=True)
class Studied:
    """A table with what its formulas mean.

    meant: the formulas of each column as tokens, and the rows that each stands in; usual: that of most rows.
    """

    reading: Reading
    rate: Rate
    meant: Meanings
    usual: Mapping[str, Meant]

    @cached_property
    def trees(self) -> dict[str, Expr]:
        """The usual formulas as trees; helper columns are read as names."""
        return trees(self.usual.items())

    @cached_property
    def shape(self) -> Shape | None:
        """The network behind the table, or None where its labels reveal none."""
        reading = self.reading
        helpers = {name: self.trees[name] for name in reading.helpers if name in self.trees}
        columns = {
            name: written_out(self.trees[name], helpers) if name in self.trees else None
            for name in reading.table.columns
        }
        return guess(columns, {*reading.table.columns, *reading.given_names})

    @property
    def has_formulas(self) -> bool:
        """Whether there is any formula that could be judged."""
        return any(self.meant[name] for name in self.reading.table.columns if name != STEP)

    @property
    def names(self) -> dict[str, str]:
        """The defined names that its formulas call, and what each is taken for; "" where only numbers can tell."""
        used = {one for groups in self.meant.values() for tokens in groups for one in names_in(tokens)}
        unknown = {one.removeprefix(NAME): "" for one in sorted(used) if one.startswith(NAME)}
        known = {one.removeprefix(NAME): name for one, name in self.reading.called.items()}
        return ({self.rate.name: LEARNING_RATE} if self.rate.name else {}) | known | unknown

    def judged(self, shape: Shape) -> dict[str, list[int]]:
        """The columns of which it is known what they should be, with the rows that should have a formula."""
        rows, trained, right = list(self.reading.table.rows), set(parameters(shape)), formulas(shape)
        return {
            name: rows[1:] if name in trained else rows
            for name in self.reading.table.columns
            if name in right and name not in (STEP, LEARNING_RATE)
        }

    def helpers(self, judged: Iterable[str]) -> dict[str, list[int]]:
        """The helper columns that judged columns read, directly or through others, with their rows."""
        reading, found = self.reading, []
        waiting = [self.trees[name] for name in judged if name in self.trees]
        while waiting:
            for ref in refs(waiting.pop()):
                name = plain(ref.name)
                if name in reading.helpers and name in self.trees and name not in found:
                    found.append(name)
                    waiting.append(self.trees[name])
        first, *others = reading.table.rows
        return {name: [first, *others] if reading.formula(first, reading.columns[name]) else others for name in found}

    def world(self, shape: Shape) -> World:
        """All that the formulas may read, with helpers that are wrong put right."""
        reading, table = self.reading, self.reading.table
        used = {one for groups in self.meant.values() for tokens in groups for one in names_in(tokens)}
        constants = tuple((one, value) for one in sorted(used) if (value := beside(reading, one)) is not None)
        first = {one: reading.value(table.first_row, column) for one, column in table.columns.items() if one[0] in "it"}
        given = tuple((one, value) for one, value in first.items() if isinstance(value, float))
        names = tuple(dict.fromkeys([*reading.columns, *reading.given_names]))
        helpers = tuple((name, self.usual[name]) for name in reading.helpers if name in self.trees)
        judged = {name: self.trees[name] for name in self.judged(shape) if name in self.trees}
        called = {name: slope(head := reading.heading(name)) or error(head) for name in reading.helpers}
        return with_culprits(World(shape, names, constants, given, helpers), judged, self.usual, called)


def study(sheets: Mapping[str, SavedSheet], sheet: str, table: Table) -> Studied:
    """What a table means."""
    table = settled(sheets, sheet, table, _named)
    reading = _named(Reading(sheets, sheet, table))
    rate = learning_rate(reading)
    if rate.place is not None:
        reading = replace(reading, rate=rate.place, _cache={})
    meant = meanings(reading, rate)
    return Studied(reading, rate, meant, {name: usual(groups) for name, groups in meant.items()})


def _named(reading: Reading) -> Reading:
    named = _with_names_beside(with_roles(reading))
    return with_biases(named, first_formulas(named))


def _with_names_beside(reading: Reading) -> Reading:
    """The reading with names for the cells beside the table that are labelled as inputs, targets or biases.

    Defined names that are such labels themselves are taken at their word.
    """
    table, found, called = reading.table, {}, {}
    for row in table.rows[:2]:
        for column in table.columns.values():
            for token in meant_by(reading, row, column):
                if token.kind == "ref" and token.text.startswith(NAME):
                    name = given(token.text.removeprefix(NAME))
                    if name and name != LEARNING_RATE:
                        called[token.text] = name
                elif token.kind == "ref" and (place := place_of(token.text, reading.sheet)):
                    name = labelled(reading.sheets[place[0]], place[1]) if place[0] in reading.sheets else None
                    if name and name not in table.columns and name != LEARNING_RATE:
                        found[place] = name
    return replace(reading, beside=found, called=called, _cache={}) if found or called else reading


def new_weights(reading: Reading) -> dict[str, str]:
    """The helper columns that hold what weights and biases are in the next row, and of which each is the next."""
    trained = [name for name in reading.table.columns if name.startswith(PARAMETERS)]
    found = {
        plain(tokens[0].text): name
        for name in trained
        for row in reading.table.rows[1:2]
        if len(tokens := meant_by(reading, row, reading.columns[name])) == 1 and tokens[0].text.endswith(ABOVE)
    }
    return {helper: name for helper, name in found.items() if helper in reading.helpers}


def beside(reading: Reading, name: str) -> float | None:
    """What a cell beside the table holds; a blank one is 0."""
    if name.startswith("[") and plain(name) not in reading.helpers:
        return _throughout(reading, column_number(plain(name)[1:-1]))
    place = place_of(name, reading.sheet)
    if place is None:
        return None
    cells = reading.sheets.get(place[0])
    value = cells.grid.get(place[1]) if cells is not None else None
    return value if isinstance(value, float) else 0.0 if value is None else None


def _throughout(reading: Reading, column: int) -> float | None:
    """The number that a column has in every row; 0 if it is empty."""
    values = {reading.value(row, column) for row in reading.table.rows}
    value = values.pop() if len(values) == 1 else None
    return 0.0 if value is None and not values else value if isinstance(value, float) else None
