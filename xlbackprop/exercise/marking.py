"""An exercise that was handed in, marked cell by cell: empty, right, wrong, typed in, or fetched from the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np

from xlbackprop.engines import ENGINES
from xlbackprop.errors import Unreadable
from xlbackprop.exercise.blanks import first_blank
from xlbackprop.exercise.blueprint import SHEET
from xlbackprop.exercise.card import Card, recognise
from xlbackprop.exercise.fetched import fetching
from xlbackprop.exercise.hidden import LAST_DIGIT
from xlbackprop.exercise.proof import SETTINGS, noise
from xlbackprop.grid import Grid, Position, SavedSheet, Value
from xlbackprop.judge.findings import SheetVerdict
from xlbackprop.judge.judge import judge
from xlbackprop.maths.expr import Num, Ref, map_refs
from xlbackprop.maths.numeric import evaluate_all, trainer
from xlbackprop.maths.tape import GIVEN, LEARNING_RATE, STEP, Column, Role
from xlbackprop.pages.layout import a1
from xlbackprop.pages.sheets.check import TOLERANCE
from xlbackprop.proof.compare import Array
from xlbackprop.proof.lanes import ARRAYS
from xlbackprop.reading.package import CellError, read_package

ENGINE = "ironcalc"
UNKNOWN = (CellError("#NAME?"), CellError("#N/IMPL!"))  # what it says to functions that it does not have


class Mark(Enum):
    """What is said of a cell that was to be filled in. UNSURE: it reads an error, for which it is not to blame."""

    EMPTY = "empty"
    RIGHT = "right"
    WRONG = "wrong"
    TYPED = "a number typed in"
    FETCHED = "read from the hidden sheet or the marks"
    UNSURE = "reads an error"


@dataclass(frozen=True)
class HandedIn:
    """An exercise that was handed in. values: what its cells come to, recalculated from scratch."""

    path: Path
    card: Card
    saved: SavedSheet
    values: Grid

    @cached_property
    def marks(self) -> dict[str, list[Mark]]:
        """The marks of each blank column, from its first empty row on."""
        return {column.name: self._marks(column) for column in self.card.blueprint.blanks}

    @property
    def earned(self) -> int:
        """How many cells are right, or read an error in a column that is right wherever it can be judged."""
        return sum(map(_earned, self.marks.values()))

    @property
    def numbers(self) -> int:
        """How many cells hold the right number, however it came there."""
        marks = self.marks
        return sum(
            bool(near) and mark is not Mark.EMPTY
            for name, (nears, _) in self._compared.items()
            for near, mark in zip(nears, marks[name], strict=True)
        )

    @cached_property
    def judged(self) -> tuple[SheetVerdict, ...]:
        """What the judge of hand-made workbooks says of the file, which finds the wrong term; asked only if needed."""
        return judge(self.path, self.card.network).sheets

    def found(self, column: Column, row: int) -> Value:
        """What a cell of the table comes to. What the engine cannot reckon counts as the student's program saved it."""
        place = row, self.card.blueprint.table.column(column.name)
        value, saved = self.values.get(place), self.saved.grid.get(place)
        return saved if self.formula(column, row) is None or value in UNKNOWN else value

    def formula(self, column: Column, row: int) -> str | None:
        """The formula in a cell of the table."""
        cell = self.saved.get((row, self.card.blueprint.table.column(column.name)))
        return cell.formula if cell else None

    def off(self, column: Column) -> Array:
        """How far each cell is from what belongs there, as a share of that. Shape: (rows from the first empty one,)."""
        with np.errstate(all="ignore"):
            there, belongs = self._there(column), self._by_its_row(column)
            share: Array = np.abs(there - belongs) / np.maximum(np.abs(belongs), 1e-300)
        return share

    def _marks(self, column: Column) -> list[Mark]:
        rows, (near, judged) = self.card.blueprint.rows(column), self._compared[column.name]
        return [self._mark(column, row, bool(near[n]), bool(judged[n])) for n, row in enumerate(rows)]

    @cached_property
    def _compared(self) -> dict[str, tuple[Array, Array]]:
        """Of each blank column, which cells are right, and which can be judged at all. Shape: (rows,) each."""
        return {column.name: self._compare(column) for column in self.card.blueprint.blanks}

    def _compare(self, column: Column) -> tuple[Array, Array]:
        """A cell is right if it is what the other cells of its row make of it, or what the weights of its row do."""
        with np.errstate(all="ignore"):
            there, truth = self._there(column), self._by_the_weights
            truths = truth.following if column.role is Role.WEIGHT else truth.values
            near = np.zeros(len(there), bool)
            for belongs in (self._by_its_row(column), truths[column.name][: len(there)]):
                near |= np.abs(there - belongs) <= self._limit(column, there, belongs)
            judged = ~(np.isnan(there) & np.isnan(self._by_its_row(column)))
        return near, judged

    def _limit(self, column: Column, there: Array, belongs: Array) -> Array:
        """How far cells may be off: what the sheet itself takes for right, so that green there is right here."""
        tape = self.card.blueprint.tape
        off = evaluate_all(noise(Ref(tape.total.name)), {**self._by_the_weights.values, **SETTINGS}, ARRAYS)
        off = np.nan_to_num(off, nan=0.0)  # a row with an error in another cell has no loss
        if column.role is Role.WEIGHT:  # beside its step, it is large
            size = np.abs(self._cells[column.name][:-1] - belongs)
            off = self._settings[LEARNING_RATE] * off[:-1] + LAST_DIGIT
        else:
            size = np.maximum(np.abs(there), np.abs(belongs))
        limit: Array = TOLERANCE * size + off
        return limit

    def _mark(self, column: Column, row: int, near: bool, judged: bool) -> Mark:
        if self.formula(column, row) is None:
            return Mark.EMPTY if self.found(column, row) is None else Mark.TYPED
        if (row, self.card.blueprint.table.column(column.name)) in self._fetching:
            return Mark.FETCHED
        return Mark.RIGHT if near else Mark.WRONG if judged else Mark.UNSURE

    @cached_property
    def _fetching(self) -> frozenset[Position]:
        return fetching(self.card.blueprint, self.saved)

    @cached_property
    def _cells(self) -> dict[str, Array]:
        """The numbers of each column of the table, (rows,); what is empty counts as 0, as in a formula."""

        def number(value: Value) -> float:
            return value if isinstance(value, float) else 0.0 if value is None else np.nan

        table = self.card.blueprint.table
        rows = range(table.first_row, table.last_row + 1)
        return {c.name: np.array([number(self.found(c, row)) for row in rows]) for c in table.tape}

    @cached_property
    def _settings(self) -> dict[str, float]:
        """What stands above the table: the learning rate first."""
        blueprint = self.card.blueprint
        given = zip(blueprint.tape.settings, blueprint.settings, strict=True)
        there = {name: (self.values.get(blueprint.table.setting(name)), value) for name, value in given}
        return {name: found if isinstance(found, float) else value for name, (found, value) in there.items()}

    def _there(self, column: Column) -> Array:
        """What stands in the cells that were to be filled in."""
        return self._cells[column.name][first_blank(column) - 1 :]

    def _by_its_row(self, column: Column) -> Array:
        """What the formula that belongs there makes of the other cells of the row; of a weight's, the row above."""
        expr = map_refs(column.expr or Num(0.0), lambda ref: Ref(ref.name))
        count = self.card.blueprint.steps
        values = {**self._cells, **self._settings, STEP: np.arange(1.0, count + 1)}
        made: Array = np.broadcast_to(evaluate_all(expr, values, ARRAYS), (count,))
        return made[: len(self._there(column))]

    @cached_property
    def _by_the_weights(self) -> _Truth:
        """What a network makes of each row's inputs, targets and weights, with a lane for each row."""
        tape, cells = self.card.blueprint.tape, self._cells
        samples, held, weights = (
            [cells[c.name] for c in tape.of(*roles)] for roles in (GIVEN, (Role.HELD,), (Role.WEIGHT,))
        )
        with np.errstate(all="ignore"):
            row, following = trainer(tape, ARRAYS)([samples], held, weights, self._settings.values(), 2)
        return _Truth(*(dict(zip(tape.index, one, strict=True)) for one in (row, following)))


def _earned(marks: Sequence[Mark]) -> int:
    """Of a column: its right cells; those that read an error as well, if there is no other kind of cell beside them."""
    blameless = Mark.RIGHT in marks and set(marks) <= {Mark.RIGHT, Mark.UNSURE}
    return len(marks) if blameless else marks.count(Mark.RIGHT)


@dataclass(frozen=True, slots=True)
class _Truth:
    """Of each column: what it should be, and what it should be in the next step."""

    values: Mapping[str, Array]
    following: Mapping[str, Array]


def handed_in(path: Path) -> HandedIn:
    """An exercise, recalculated; Unreadable or EngineFailed if it is none, or cannot be judged."""
    book = read_package(path)
    card = recognise(path, book.properties)
    if SHEET not in book.sheets:
        raise Unreadable(f"{path}: has no sheet {SHEET}: it was renamed or deleted; name it {SHEET} again")
    saved, table = book.sheets[SHEET], card.blueprint.table
    for column in table.tape:
        place = table.header_row, table.column(column.name)
        if saved.grid.get(place) != column.name:
            raise Unreadable(
                f"{path}: {SHEET}!{a1(*place)} should say {column.name}; "
                "the table was moved: take rows and columns out again that were put in"
            )
    return HandedIn(path, card, saved, ENGINES[ENGINE].recalculate(path)[SHEET])
