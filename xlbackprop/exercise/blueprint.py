"""What all exercises of a class have in common: the table, its empty columns, and where everything stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from textwrap import wrap

from xlbackprop.errors import BadOption
from xlbackprop.exercise.blanks import blank_columns, first_blank
from xlbackprop.exercise.drawn import given
from xlbackprop.exercise.formulae import Formula, formulae
from xlbackprop.exercise.hints import hints
from xlbackprop.exercise.proof import SETTINGS, proof
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Num, Ref
from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Network
from xlbackprop.maths.numeric import Row, trainer
from xlbackprop.maths.tape import Column, Role, Tape
from xlbackprop.pages.above import LETTER
from xlbackprop.pages.drawing import Drawing, draw
from xlbackprop.pages.layout import MAX_COLUMNS, TableLayout, a1, letters
from xlbackprop.pages.page import Place
from xlbackprop.pages.plan import COLUMN_WIDTH

SHEET, CHECK = "Exercise", "Check"
MOST_CELLS = 300_000  # of the hidden sheet; more take programs too long after each change
TOP = 4  # the row under title and instructions
APART = 2  # columns between the table and its marks
CHECK_FIRST = 3  # the column of the hidden sheet's first number
CHECK_SETTINGS: dict[str, Place] = {name: (n, 2) for n, name in enumerate(SETTINGS, start=1)}
CHECK_LIMIT: Place = (len(SETTINGS) + 1, 2)
HINTS_UNDER = 2  # rows under the heading of the score
LEAST_HINT = 6  # columns of a line of a hint
HINT_LETTER = 5.6  # pixels of a letter, about
LOSS_WIDTH = 64  # pixels of a column of a loss or a gradient
SCREEN = 1320  # pixels across the cells that a laptop shows
HINTS_FROM = CHECK_LIMIT[0] + 1  # the row of the hidden sheet above its first hint


@dataclass(frozen=True)
class Blueprint:
    """A network, what stands above its table, so many steps, and the kinds of columns that are empty.

    network: only its shape counts; the numbers are each student's own. settings: the learning rate first.
    blank: of `blanks.KINDS`.
    """

    network: Network
    settings: tuple[float, ...]
    steps: int
    blank: tuple[str, ...]

    @cached_property
    def tape(self) -> Tape:
        """The columns of the table, every one with its formula."""
        return lower(self.network)

    @cached_property
    def blanks(self) -> list[Column]:
        """The columns that are empty."""
        return blank_columns(self.tape, self.blank)

    @cached_property
    def proof(self) -> list[Column]:
        """The columns of the hidden sheet that reckon."""
        return proof(self.tape, self.blanks)

    @cached_property
    def drawing(self) -> Drawing:
        """The drawing of the network."""
        return draw(self.network, self.tape)

    @cached_property
    def formulae(self) -> tuple[Formula, ...]:
        """The lines of maths for what is not to be filled in."""
        return formulae(self.tape, self.blank)

    @cached_property
    def hints(self) -> list[tuple[str, str]]:
        """What each hint is called, and what it says."""
        return hints(self.network, self.tape, self.blank)

    @property
    def hint_columns(self) -> int:
        """How many columns a line of a hint takes: to the edge of a laptop's screen, if that is not too few."""
        narrow = min(SCREEN // COLUMN_WIDTH, self.losses_column - 1)
        on_screen = narrow + (SCREEN - narrow * COLUMN_WIDTH) // LOSS_WIDTH
        return max(LEAST_HINT, on_screen - self.hints_column - 2)

    @property
    def losses_column(self) -> int:
        """The column of the first loss; from there on columns are wider."""
        return self.tape.index[self.tape.of(Role.LOSS)[0].name] + 1

    @property
    def chart_column(self) -> int:
        """The column of the chart, right of the hints."""
        return self.hints_column + 3 + self.hint_columns

    @cached_property
    def hint_lines(self) -> list[tuple[int, str]]:
        """Every line of every hint, with the number of its hint."""
        letters = int(self.hint_columns * COLUMN_WIDTH / HINT_LETTER)
        return [(n, line) for n, (_, text) in enumerate(self.hints) for line in wrap(text, letters)]

    @cached_property
    def table(self) -> TableLayout:
        """Where the table stands: under drawing, formulae and hints, and on the hidden sheet under its hints."""
        lowest = TOP + max(self.drawing.rows, len(self.formulae) + 1, HINTS_UNDER + 1 + len(self.hint_lines))
        return TableLayout(self.tape, self.steps, max(lowest, HINTS_FROM + len(self.hint_lines)) + 4)

    @property
    def formulae_column(self) -> int:
        """The column of the formulae, right of the drawing."""
        return self.drawing.columns + 2

    @property
    def hints_column(self) -> int:
        """The column of score and hints, right of the formulae."""
        longest = max((len(line.text) for line in self.formulae), default=0)
        return self.formulae_column + (ceil(longest * LETTER / COLUMN_WIDTH) + 1 if longest else 0)

    def rows(self, column: Column) -> range:
        """The rows in which a blank column is empty."""
        return range(self.table.first_row + first_blank(column) - 1, self.table.last_row + 1)

    @cached_property
    def cells(self) -> int:
        """How many cells are to be filled in."""
        return sum(len(self.rows(column)) for column in self.blanks)

    def mark_column(self, column: Column) -> int:
        """The column of the marks of a blank column, right of the table."""
        return self.table.step_column + APART + self.blanks.index(column)

    def check_column(self, name: str) -> int:
        """The column on the hidden sheet of a column of `proof`."""
        return CHECK_FIRST + self._proof_index[name]

    def check_mark(self, column: Column) -> int:
        """The column on the hidden sheet of the marks of a blank column."""
        return CHECK_FIRST + len(self.proof) + self.blanks.index(column)

    @cached_property
    def _proof_index(self) -> dict[str, int]:
        return {column.name: place for place, column in enumerate(self.proof)}

    @cached_property
    def proof_formulas(self) -> list[str]:
        """The formulas of the hidden sheet, with {row} for the number of their row."""
        return [formula(column.expr or Num(0.0), self._address) for column in self.proof]

    def _address(self, ref: Ref) -> str:
        if ref.name in CHECK_SETTINGS:
            return a1(*CHECK_SETTINGS[ref.name], absolute=True)
        if ref.name in self._proof_index:
            return f"{letters(self.check_column(ref.name))}{{row}}"
        if ref.name in self.tape.settings:
            return f"{SHEET}!{a1(*self.table.setting(ref.name), absolute=True)}"
        return f"{SHEET}!{letters(self.table.column(ref.name))}{{row}}"

    @cached_property
    def _train_empty(self) -> Callable[..., Iterator[Row]]:
        empty = {column.name for column in self.blanks}
        columns = [replace(c, expr=Num(0.0), first=None) if c.name in empty else c for c in self.tape]
        settings = (*self.tape.settings, *SETTINGS)
        return trainer(Tape((*columns, *self.proof), self.tape.layers, settings))

    def empty_rows(self, network: Network) -> list[Row]:
        """Every row with a student's numbers before anything is filled in: the table's columns, then the proof's."""
        return list(self._train_empty(*given(network), (*self.settings, *SETTINGS.values()), self.steps))

    @cached_property
    def _train_filled(self) -> Callable[..., Iterator[Row]]:
        return trainer(self.tape)

    def filled_rows(self, network: Network) -> list[Row]:
        """Every row of the table as it should be in the end."""
        return list(self._train_filled(*given(network), self.settings, self.steps))


def check_size(blueprint: Blueprint) -> None:
    """BadOption if the hidden sheet would get too large."""
    columns = len(blueprint.proof)
    for count, most, what, less in (
        (columns, MAX_COLUMNS - CHECK_FIRST - len(blueprint.blanks), "hidden columns", "fewer kinds of --blank"),
        (columns * blueprint.steps, MOST_CELLS, "hidden cells", "fewer --steps"),
    ):
        if count > most:
            raise BadOption(
                f"--template: to check this network live takes {count:,} {what}, and {most:,} are the most; "
                f"give {less}, or take a smaller network"
            )
