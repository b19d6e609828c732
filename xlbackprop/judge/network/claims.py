"""Which columns a table's names belong to, where labels leave it open: the reading that fits most formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.network.fed import units_fed
from xlbackprop.judge.network.guess import causes, guess, mismatches
from xlbackprop.judge.network.numbers import times
from xlbackprop.judge.network.points import points
from xlbackprop.judge.network.rate import learning_rate, with_rate
from xlbackprop.judge.network.shape import Shape
from xlbackprop.judge.network.world import while_it_trains, written_out
from xlbackprop.judge.typed.formula import Unparsed, parse
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import ABOVE, GRADIENT, LEARNING_RATE, PARAMETERS, TOTAL
from xlbackprop.judge.typed.tables import Table
from xlbackprop.maths.expr import Expr, Ref, refs

ROWS = 4  # of a table, by whose formulas it is decided
NO_NETWORK = 10_000  # mistakes where no network is revealed


@dataclass(frozen=True)
class Fit:
    """How a table is read. wrong: the columns that are not what they are in the network behind it.

    slopes: the columns that weights without a gradient of their own step by; units: those of units, by their formulas.
    """

    table: Table
    shape: Shape | None
    columns: Mapping[str, Expr | None]
    wrong: tuple[str, ...]
    slopes: Mapping[str, int]
    units: Mapping[str, int]

    @property
    def misfits(self) -> int:
        """How many mistakes it would take."""
        return NO_NETWORK if self.shape is None else causes(self.shape, self.columns)


Named = Callable[[Reading], Reading]  # the reading with names for cells beside the table


def settled(sheets: Mapping[str, SavedSheet], sheet: str, table: Table, name_all: Named) -> Table:
    """The table with each name at the column that it fits best."""

    def fit(other: Table) -> Fit:
        return _fit(sheets, sheet, other, name_all)

    best = _claimed(table, fit)
    if best.misfits and LEARNING_RATE in table.columns:  # n may as well be the number of the step
        best = min(best, _claimed(_without(table, {LEARNING_RATE}), fit), key=lambda one: one.misfits)
    return best.table


def _claimed(table: Table, fit: Callable[[Table], Fit]) -> Fit:
    """The best of what the labels of a table may mean."""
    best = fit(table)
    if best.misfits and best.units:
        best = min(best, fit(_relabelled(table, best.units)), key=lambda one: one.misfits)
    if best.slopes:
        other = fit(replace(best.table, columns={**best.table.columns, **best.slopes}))
        best = other if other.shape is not None and other.misfits <= best.misfits else best
    table = best.table
    for another in (*_others(table), *_errors_apart(table)):
        if not best.misfits:
            break
        other = fit(another)
        if other.misfits < best.misfits and _stands(another, table, other):
            best = other
    return best


def _fit(sheets: Mapping[str, SavedSheet], sheet: str, table: Table, name_all: Named) -> Fit:
    short = replace(table, last_row=min(table.last_row, table.first_row + ROWS - 1))
    reading = name_all(Reading(sheets, sheet, short))
    if (rate := learning_rate(reading)).place is not None:
        reading = replace(reading, rate=rate.place, _cache={})
    row = short.rows[:2][-1]
    found = {name: tree for name, column in reading.columns.items() if (tree := _tree(reading, row, column))}
    trees = {name: while_it_trains(name, tree) for name, tree in found.items()}
    helpers = {name: trees[name] for name in reading.helpers if name in trees}
    named = reading.table.columns
    columns = {name: written_out(trees[name], helpers) if name in trees else None for name in named}
    columns |= {name: with_rate(expr, rate) for name, expr in columns.items() if expr and name.startswith(PARAMETERS)}
    shape = guess(columns, {*named, *reading.given_names})
    wrong = () if shape is None else tuple(mismatches(shape, columns))
    return Fit(table, shape, columns, wrong, _slopes(trees, reading), _units(trees, reading))


def _units(trees: Mapping[str, Expr], reading: Reading) -> dict[str, int]:
    """The columns of units, whatever their labels say."""
    headings = {name: reading.heading(name) for name in sorted(reading.columns, key=reading.columns.__getitem__)}
    return {name: reading.columns[of] for name, of in units_fed(trees, headings).items()}


def _relabelled(table: Table, names: Mapping[str, int]) -> Table:
    """The table with these names at their columns, whatever their labels say."""
    taken = {*names.values()}
    kept = {name: column for name, column in table.columns.items() if column not in taken}
    also = {name: left for name, of in table.also.items() if (left := tuple(one for one in of if one not in taken))}
    return replace(table, columns={**kept, **names}, also=also)


def _slopes(trees: Mapping[str, Expr], reading: Reading) -> dict[str, int]:
    """The columns that must be gradients, whatever their labels say: one for each weight, read by its update."""
    named, helpers = reading.table.columns, reading.helpers
    bare = [name for name in named if name[0] in PARAMETERS and name in trees and GRADIENT + name not in named]
    read = {
        name: {ref.name.removesuffix(ABOVE) for ref in refs(_update(trees, name))} & helpers.keys() for name in bare
    }
    found = {GRADIENT + name: helpers[min(columns)] for name, columns in read.items() if len(columns) == 1}
    return found if len(set(found.values())) == len(found) else {}


def _update(trees: Mapping[str, Expr], name: str) -> Expr:
    """The formula of a weight, or that of the column of new weights that it only copies."""
    expr = trees[name]
    return trees.get(expr.name.removesuffix(ABOVE), expr) if isinstance(expr, Ref) else expr


def _tree(reading: Reading, row: int, column: int) -> Expr | None:
    try:
        return parse(reading.tokens(row, column))
    except Unparsed:
        return None


def _others(table: Table) -> Iterator[Table]:
    """The table with the next of the columns whose labels say the same, all along."""
    for place in range(max(map(len, table.also.values()), default=0)):
        later = {name: columns[min(place, len(columns) - 1)] for name, columns in table.also.items()}
        yield replace(table, columns=table.columns | later)


def _errors_apart(table: Table) -> Iterator[Table]:
    """The table in which the columns called E1, E2 are no losses but differences, as some call t1 - a_o1 the error."""
    losses = {name for name in table.columns if re.fullmatch(r"E\d+", name)}
    if losses:
        yield _without(table, losses)


def _without(table: Table, names: set[str]) -> Table:
    return replace(table, columns={name: column for name, column in table.columns.items() if name not in names})


def _stands(other: Table, table: Table, fit: Fit) -> bool:
    """Whether a table from which losses were taken holds together without them, a factor of the total aside."""
    gone = {name for name in table.columns if name not in other.columns and name[0] == "E"} - {TOTAL}
    if not gone or fit.shape is None or TOTAL not in fit.wrong:
        return not gone or fit.shape is not None
    total = fit.columns[TOTAL]
    return total is not None and times(total, points(fit.shape), TOTAL) is not None
