"""The plan of a whole workbook: which sheets there are, where the user's cells stand, and what every row comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Network
from xlbackprop.maths.numeric import Row, trainer
from xlbackprop.maths.optim import SCHEDULES
from xlbackprop.maths.settings import POSITIVE
from xlbackprop.maths.tape import GIVEN, Column, Role, Tape
from xlbackprop.pages.above import Above, above
from xlbackprop.pages.layout import TableLayout, a1, letters, quoted
from xlbackprop.pages.page import Place, RowFormula
from xlbackprop.pages.yours import DATA, START, Places, called

STEP, CHECK = "Step", "Gradient check"
COLUMN_WIDTH = 55  # pixels; wide enough for 0.1497, narrow enough for 32 columns on a full-HD screen
ROW_HEIGHT = 16  # pixels
PICK_RATE: Place = (3, 3)  # on Step
PICK_STEP: Place = (3, 7)
SHOWN_RATE: Place = (4, 3)
SHOWN_STEP: Place = (4, 7)
SHOWN_SHEET: Place = (4, 9)  # its number, counted from 1
NONE = "–"  # on Step, where the picked sheet has no number of a name
MUST_BE_POSITIVE = {  # yellow cells
    *("η", "loss threshold"),
    *(setting.symbol for row in SCHEDULES.values() for setting in row.settings if setting.fits is POSITIVE),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in the yellow cells.

    data: targets and inputs of every sample; held: biases held fixed; weights: the first row's; all in the tape's
    order; rates: one for each sheet; settings: for each sheet those of its tape that follow the rate.
    """

    data: tuple[float, ...]
    held: tuple[float, ...]
    weights: tuple[float, ...]
    rates: tuple[float, ...]
    settings: tuple[tuple[float, ...], ...]
    threshold: float
    picked_rate: float
    picked_step: float


@dataclass(frozen=True, slots=True)
class Yours:
    """A yellow cell, and a formula cell that repeats it: where a saved value shows what it was calculated with."""

    sheet: str
    place: Place
    label: str
    echo_sheet: str
    echo: Place


@dataclass(frozen=True)
class Plan:
    """Where everything stands. rate_sheets: one name per learning rate."""

    network: Network
    steps: int
    rate_sheets: tuple[str, ...]

    @cached_property
    def tapes(self) -> tuple[Tape, ...]:
        """The tape of each sheet. They differ only in what follows the gradients."""
        made: dict[Network, Tape] = {}
        sheets = [self.network.on_sheet(k) for k in range(len(self.rate_sheets))]
        for network in sheets:
            if network not in made:
                made[network] = lower(network)
        return tuple(made[network] for network in sheets)

    @cached_property
    def tape(self) -> Tape:
        """The tape of the first sheet."""
        return self.tapes[0]

    @cached_property
    def shared(self) -> list[Column]:
        """The columns that all sheets have in the same places."""
        if len(set(self.tapes)) == 1:
            return list(self.tape)
        after = (Role.NORM, Role.STATE, Role.RATE)
        return [column for column in self.tape if column.role not in after]

    @cached_property
    def above(self) -> tuple[Above, ...]:
        """What stands above the table of each sheet."""
        return tuple(above(self.network.on_sheet(k), tape) for k, tape in enumerate(self.tapes))

    @cached_property
    def tables(self) -> tuple[TableLayout, ...]:
        """The table on each sheet; all begin in the same row."""
        first = max(one.first_row for one in self.above)
        return tuple(TableLayout(tape, self.steps, first) for tape in self.tapes)

    @property
    def table(self) -> TableLayout:
        """The table on the first sheet."""
        return self.tables[0]

    @cached_property
    def places(self) -> Places:
        """Where the user's cells stand."""
        return Places(self.network, self.tapes)

    def on_start(self, place: Place) -> str:
        """A reference to a cell of Start from anywhere."""
        return f"{START}!{a1(*place, absolute=True)}"

    def on_step(self, place: Place) -> str:
        """A reference to a cell of Step from anywhere."""
        return f"{STEP}!{a1(*place, absolute=True)}"

    def on_rate(self, k: int, row: int, column: int) -> str:
        """A reference to a cell of the k-th learning-rate sheet from anywhere."""
        return f"{quoted(self.rate_sheets[k])}!{a1(row, column, absolute=True)}"

    def formulas(self, k: int) -> tuple[RowFormula, ...]:
        """The formulas of the k-th sheet's table, column by column; sheets with the same tape have the same."""
        first = self.tapes.index(self.tapes[k])
        if first not in self._formulas:
            self._formulas[first] = tuple(self._column(first, column) for column in self.tapes[first])
        return self._formulas[first]

    @cached_property
    def _formulas(self) -> dict[int, tuple[RowFormula, ...]]:
        return {}

    def _column(self, k: int, column: Column) -> RowFormula:
        table = self.tables[k]
        if column.role in GIVEN and not self.network.full_batch and self.places.many_samples:
            return self._in_turn(table, column)
        if column.name not in self.places.given:
            return table.formula(column)
        sheet, place = self.places.given[column.name]
        from_there = f"={sheet}!{a1(*place, absolute=True)}"
        if column.role in (*GIVEN, Role.HELD):
            return RowFormula(from_there, from_there)
        return RowFormula(from_there, table.formula(column).others)

    def _in_turn(self, table: TableLayout, column: Column) -> RowFormula:
        """One sample after the other."""
        samples = len(self.network.samples)
        first, last = (self.places.given[called(column.name, k, self.network)][1] for k in (0, samples - 1))
        cells = f"{DATA}!{a1(*first, absolute=True)}:{a1(*last, absolute=True)}"
        text = f"=INDEX({cells},MOD(${letters(table.step_column)}{{row}}-1,{samples})+1)"
        return RowFormula(text, text)

    def picked(self, column: Column) -> str:
        """The formula, on any sheet, for a column's value in the picked step: CHOOSE finds the sheet, INDEX the row."""
        name, step = column.name, self.on_step(SHOWN_STEP)
        values = ",".join(
            table.lookup(table.column(name), sheet, step) if name in table.tape.index else f'"{NONE}"'
            for table, sheet in zip(self.tables, self.rate_sheets, strict=True)
        )
        return f"=CHOOSE({self.on_step(SHOWN_SHEET)},{values})"

    @cached_property
    def yours(self) -> tuple[Yours, ...]:
        """Every yellow cell of the workbook, in the order of `Given`'s fields."""
        first, table, tape = self.rate_sheets[0], self.table, self.tape
        places = self.places
        size = len(places.samples) // len(self.network.samples)
        cells = []
        for n, name in enumerate(places.samples):
            echo = (table.first_row, table.column(name)) if name in tape.index else self._turn(n // size, n % size)
            cells.append(Yours(*places.given[name], name, first, echo))
        cells += [
            Yours(*places.given[c.name], c.name, first, (table.first_row, table.column(c.name)))
            for c in (*tape.of(Role.HELD), *tape.of(Role.WEIGHT))
        ]
        cells += [
            Yours(START, places.rate(k), "η", name, (table.label_row, 2)) for k, name in enumerate(self.rate_sheets)
        ]
        cells += [
            Yours(START, places.setting(k, symbol), symbol, name, self.tables[k].setting(symbol))
            for k, name in enumerate(self.rate_sheets)
            for symbol in self.tapes[k].settings[1:]
        ]
        cells.append(Yours(START, places.threshold, "loss threshold", first, (table.label_row, table.under_column)))
        cells.append(Yours(STEP, PICK_RATE, "picked learning rate", STEP, SHOWN_RATE))
        cells.append(Yours(STEP, PICK_STEP, "picked step", STEP, SHOWN_STEP))
        return tuple(cells)

    def _turn(self, sample: int, place: int) -> Place:
        """Where a number of a sample first stands in the table, when samples take turns."""
        column = self.tape.of(*GIVEN)[place]
        return self.table.first_row + sample, self.table.column(column.name)

    def given(self, values: Sequence[float]) -> Given:
        """The values of `yours`, sorted into their kinds."""
        it = iter(values)

        def take(count: int) -> tuple[float, ...]:
            return tuple(islice(it, count))

        return Given(
            take(len(self.places.samples)),
            take(len(self.tape.of(Role.HELD))),
            take(len(self.tape.of(Role.WEIGHT))),
            take(len(self.rate_sheets)),
            tuple(take(len(tape.settings) - 1) for tape in self.tapes),
            *it,
        )

    def samples(self, given: Given) -> list[tuple[float, ...]]:
        """What the steps are given one after the other: the columns of the roles GIVEN."""
        size = len(given.data) // len(self.network.samples) * self.network.batch
        return [given.data[start : start + size] for start in range(0, len(given.data), size)]


@dataclass(frozen=True)
class Run:
    """A plan with its numbers. rows: for each learning rate, for each step, the value of every tape column.

    scales: for each learning rate, of every column, the largest size of what it was calculated from; a difference of
    programs is small against that. Nobody compares the numbers of a `build`, which leaves them out.
    """

    plan: Plan
    given: Given
    rows: tuple[tuple[Row, ...], ...]
    scales: tuple[Row, ...] = ()

    def yours(self, sheet: str) -> Iterator[tuple[Yours, float]]:
        """The yellow cells of a sheet that hold samples, biases and first weights, with what stands in them."""
        given = self.given
        for yours, value in zip(self.plan.yours, (*given.data, *given.held, *given.weights), strict=False):
            if yours.sheet == sheet:
                yield yours, value

    def value(self, k: int, step: int, name: str) -> float:
        """The value of a column at a step (counted from 1) of the k-th learning rate."""
        return float(self.rows[k][step - 1][self.plan.tapes[k].index[name]])

    def scale(self, k: int, name: str) -> float:
        """The largest size of what a column was calculated from."""
        return float(self.scales[k][self.plan.tapes[k].index[name]]) if self.scales else 0.0

    def overflows(self, k: int, step: int | None = None) -> bool:
        """Whether a value of that step (or of any) is beyond EXP; there engines differ, and cells are not judged."""
        rows = self.rows[k] if step is None else self.rows[k][step - 1 : step]
        return any(value != value for row in rows for value in row)  # noqa: PLR0124 - only nan differs from itself

    def steps_until(self, k: int) -> int | None:
        """The first step whose total loss is under the threshold."""
        place = self.plan.tape.index[self.plan.tape.total.name]
        return next((n for n, row in enumerate(self.rows[k], start=1) if row[place] < self.given.threshold), None)

    @property
    def picked(self) -> tuple[int, int]:
        """The learning rate (counted from 0) and step (counted from 1) that Step shows."""
        rates = self.given.rates
        if self.plan.network.compared:
            k = int(min(max(self.given.picked_rate // 1, 1), len(rates))) - 1
        else:
            k = rates.index(self.given.picked_rate) if self.given.picked_rate in rates else 0
        return k, int(min(max(self.given.picked_step // 1, 1), self.plan.steps))


def train(plan: Plan, given: Given) -> Run:
    """The plan with every row worked out in floats."""
    samples = plan.samples(given)
    return Run(
        plan,
        given,
        tuple(
            tuple(trainer(tape)(samples, given.held, given.weights, (rate, *settings), plan.steps))
            for tape, rate, settings in zip(plan.tapes, given.rates, given.settings, strict=True)
        ),
    )
