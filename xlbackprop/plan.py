"""The plan of a whole workbook: which sheets there are, where the user's cells stand, and what every row comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from xlbackprop.layout import FIRST_ROW, LABEL_ROW, TableLayout, a1, quoted
from xlbackprop.network import Network
from xlbackprop.numeric import Row, sizer, trainer
from xlbackprop.page import Place
from xlbackprop.tape import GIVEN, Column, Role, Tape

START, STEP, CHECK = "Start", "Step", "Gradient check"
COLUMN_WIDTH = 55  # pixels; wide enough for 0.1497, narrow enough for 32 columns on a full-HD screen
ROW_HEIGHT = 16  # pixels
PICK_RATE: Place = (3, 3)  # on Step
PICK_STEP: Place = (3, 7)
SHOWN_RATE: Place = (4, 3)
SHOWN_STEP: Place = (4, 7)
SHOWN_SHEET: Place = (4, 9)  # its number, counted from 1


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in the yellow cells. data: targets and inputs; weights: the first row's; both in the tape's order."""

    data: tuple[float, ...]
    weights: tuple[float, ...]
    rates: tuple[float, ...]
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
    tape: Tape
    steps: int
    rate_sheets: tuple[str, ...]

    @cached_property
    def table(self) -> TableLayout:
        """The table on each learning-rate sheet."""
        return TableLayout(self.tape, self.steps)

    @cached_property
    def given_places(self) -> dict[str, Place]:
        """Where on Start each input, target and first weight stands: inputs and targets, then a column per layer."""
        groups = [
            self.tape.of(Role.INPUT) + self.tape.of(Role.TARGET),
            *(self.tape.of(Role.WEIGHT, layer=layer) for layer in range(1, self.tape.layers + 1)),
        ]
        return {
            column.name: (9 + row, 2 + 3 * group)
            for group, columns in enumerate(groups)
            for row, column in enumerate(columns)
        }

    @cached_property
    def threshold_place(self) -> Place:
        """Where on Start the loss threshold stands."""
        return max(row for row, _ in self.given_places.values()) + 2, 5

    @property
    def first_rate_row(self) -> int:
        """The row on Start of the first learning rate; its column is 1."""
        return self.threshold_place[0] + 4

    def rate_place(self, k: int) -> Place:
        """Where on Start the k-th learning rate stands, k counted from 0."""
        return self.first_rate_row + k, 1

    def on_start(self, place: Place) -> str:
        """A reference to a cell of Start from anywhere."""
        return f"{START}!{a1(*place, absolute=True)}"

    def on_step(self, place: Place) -> str:
        """A reference to a cell of Step from anywhere."""
        return f"{STEP}!{a1(*place, absolute=True)}"

    def on_rate(self, k: int, row: int, column: int) -> str:
        """A reference to a cell of the k-th learning-rate sheet from anywhere."""
        return f"{quoted(self.rate_sheets[k])}!{a1(row, column, absolute=True)}"

    @cached_property
    def formulas(self) -> tuple[list[str], ...]:
        """Every formula of a learning-rate sheet's table, column by column; all these sheets have the same."""
        return tuple(self._formulas(column) for column in self.tape)

    def _formulas(self, column: Column) -> list[str]:
        if column.name not in self.given_places:
            return self.table.formulas(column)
        from_start = f"={self.on_start(self.given_places[column.name])}"
        if column.role in GIVEN:
            return [from_start] * self.steps
        return [from_start, *self.table.formulas(column)[1:]]

    def picked(self, column: Column) -> str:
        """The formula, on any sheet, for a column's value in the picked step: CHOOSE finds the sheet, INDEX the row."""
        place, step = self.table.column(column.name), self.on_step(SHOWN_STEP)
        values = ",".join(self.table.lookup(place, name, step) for name in self.rate_sheets)
        return f"=CHOOSE({self.on_step(SHOWN_SHEET)},{values})"

    @cached_property
    def yours(self) -> tuple[Yours, ...]:
        """Every yellow cell of the workbook, in the order of `Given`'s fields."""
        first, table = self.rate_sheets[0], self.table
        cells = [
            Yours(START, self.given_places[c.name], c.name, first, (FIRST_ROW, table.column(c.name)))
            for c in (*self.tape.of(*GIVEN), *self.tape.of(Role.WEIGHT))
        ]
        cells += [
            Yours(START, self.rate_place(k), "η", name, (LABEL_ROW, 2)) for k, name in enumerate(self.rate_sheets)
        ]
        cells.append(Yours(START, self.threshold_place, "loss threshold", first, (LABEL_ROW, table.under_column)))
        cells.append(Yours(STEP, PICK_RATE, "picked learning rate", STEP, SHOWN_RATE))
        cells.append(Yours(STEP, PICK_STEP, "picked step", STEP, SHOWN_STEP))
        return tuple(cells)

    def given(self, values: Sequence[float]) -> Given:
        """The values of `yours`, sorted into their kinds."""
        data, weights = len(self.tape.of(*GIVEN)), len(self.tape.of(Role.WEIGHT))
        rates = len(self.rate_sheets)
        it = list(values)
        return Given(
            tuple(it[:data]),
            tuple(it[data : data + weights]),
            tuple(it[data + weights : data + weights + rates]),
            *it[data + weights + rates :],
        )


@dataclass(frozen=True)
class Run:
    """A plan with its numbers. rows: for each learning rate, for each step, the value of every tape column.

    judged: whether anybody will compare these numbers with others, and so needs their scales; `build` does not.
    """

    plan: Plan
    given: Given
    rows: tuple[tuple[Row, ...], ...]
    judged: bool = False

    def value(self, k: int, step: int, name: str) -> float:
        """The value of a column at a step (counted from 1) of the k-th learning rate."""
        return float(self.rows[k][step - 1][self.plan.tape.index[name]])

    def scale(self, k: int, name: str) -> float:
        """The largest size of what a column was calculated from: what a difference of programs is small against."""
        return self.scales[k][self.plan.tape.index[name]] if self.judged else 0.0

    @cached_property
    def scales(self) -> list[list[float]]:
        """The same for every column of each learning rate. Errors add up over the steps, so it is one for all rows."""
        sizes = sizer(self.plan.tape)
        return [
            [
                max((size for size in column if isfinite(size)), default=0.0)
                for column in zip(*map(sizes, rows), strict=True)
            ]
            for rows in self.rows
        ]

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
        k = rates.index(self.given.picked_rate) if self.given.picked_rate in rates else 0
        return k, int(min(max(self.given.picked_step // 1, 1), self.plan.steps))


def train(plan: Plan, given: Given, rows_of: Callable[..., list[Row]] | None = None) -> Run:
    """The plan with every row worked out in floats."""
    rows_of = rows_of or trainer(plan.tape)
    rows = (tuple(rows_of([given.data], (), given.weights, (rate,), plan.steps)) for rate in given.rates)
    return Run(plan, given, tuple(rows))
