"""A sheet as data: what stands in each cell, and the pictures, charts and choices on it. Nothing is written here."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from xlbackprop.grid import BETWEEN

Place = tuple[int, int]  # row and column, counted from 1
Value = float | str


UNJUDGED = math.inf  # as a cell's scale: it depends on a value that overflows, of which engines make different things


class Cell(NamedTuple):
    """What stands in a cell.

    value: the constant, or what the formula comes to; nan stands for what a spreadsheet calls #NUM!.
    label: what the cell is, in the network's words. bold_from: where in a text the bold part begins.
    scale: the size against which a difference is small; None for the value's own.
    """

    value: Value
    style: str = ""
    formula: str | None = None
    label: str = ""
    bold_from: int | None = None
    link: str | None = None
    scale: float | None = None


class RowFormula(NamedTuple):
    """A column's formula, as it reads in the first row and in the others, {row} and {above} for their numbers."""

    first: str
    others: str


class TableColumn(NamedTuple):
    """A column of a table. column: counted from 1.

    styles: of most of its cells, and of those with a line under them; formula: None for numbers without one.
    guard: the place in the table, counted from 0, of a column that makes this one anybody's guess where it overflows;
    None where every value is a number of its own.
    scale: the size of what its values are calculated from; squares: whether that is a sum of squares of differences.
    """

    column: int
    label: str
    styles: tuple[str, str]
    formula: RowFormula | None
    guard: int | None = None
    scale: float | None = None
    squares: bool = False


RULE_EVERY = 10  # rows: a thin line


@dataclass(frozen=True)
class Table:
    """The cells of a table, made row by row when asked for: there may be millions.

    values: of each row, column by column.
    """

    first_row: int
    columns: tuple[TableColumn, ...]
    values: Sequence[Sequence[Value]]

    @property
    def last_row(self) -> int:
        """The row of the last values."""
        return self.first_row + len(self.values) - 1

    @cached_property
    def _texts(self) -> RowFormula:
        formulas = [column.formula or RowFormula("", "") for column in self.columns]
        return RowFormula(*(BETWEEN.join(texts) for texts in zip(*formulas, strict=True)))

    def formulas(self, row: int) -> str:
        """The formulas of a row with BETWEEN between them, empty where a column has none."""
        text = self._texts.first if row == self.first_row else self._texts.others
        return text.replace("{row}", str(row)).replace("{above}", str(row - 1))

    def row(self, row: int) -> Sequence[Value]:
        """The values of a row."""
        return self.values[row - self.first_row]

    def ruled(self, row: int) -> bool:
        """Whether there is a line under a row."""
        return (row - self.first_row + 1) % RULE_EVERY == 0

    def cells(self, row: int, places: Iterable[int] | None = None) -> dict[Place, Cell]:
        """The cells of a row, or some of them. places: of columns, counted from 0."""
        values, formulas, ruled = self.row(row), self.formulas(row).split(BETWEEN), self.ruled(row)
        cells: dict[Place, Cell] = {}
        for place in range(len(values)) if places is None else places:
            column = self.columns[place]
            unsure = column.guard is not None and values[column.guard] != values[column.guard]
            scale = UNJUDGED if unsure else column.scale
            formula = formulas[place] or None
            cells[row, column.column] = Cell(values[place], column.styles[ruled], formula, column.label, scale=scale)
        return cells

    @property
    def rows(self) -> range:
        """The numbers of its rows."""
        return range(self.first_row, self.last_row + 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of lines over ranges; `name` of a series is a cell too, so that it stays live. size: pixels.

    lines: how each series is drawn, a word of `charts.LINES`; strong where there are fewer words than series.
    columns: upright columns over names instead of lines over numbers; bars: lying ones beside them, for long names.
    y_range, y_unit: None for what the program finds fit.
    """

    place: Place
    size: tuple[int, int]
    title: str
    x_title: str
    y_title: str
    series: tuple[tuple[str, str, str, str], ...]  # name, categories, values, colour
    description: str
    x_last: int
    logarithmic: bool = False
    legend: bool = False
    legend_at: str = "right"
    lines: tuple[str, ...] = ()
    markers: bool = False
    columns: bool = False
    bars: bool = False
    y_range: tuple[float, float] | None = None
    y_unit: float | None = None
    y_format: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG over the cells, at `scale` of its size. offset: pixels right of and below the corner of its place."""

    place: Place
    png: bytes
    description: str
    scale: float = 1.0
    offset: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Heat:
    """Cells coloured by their size, from the colour of the least to that of the largest; ranges: first and last."""

    ranges: tuple[tuple[Place, Place], ...]
    colours: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be typed into a cell, or all cells up to `last`; `rule` is XlsxWriter's data validation."""

    place: Place
    rule: Mapping[str, object]
    last: Place | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A range whose PASS is shown green and whose FAIL is shown red."""

    first: Place
    last: Place


@dataclass(frozen=True, slots=True)
class Mark:
    """A range in which texts that begin with these words are shown in a style, a word of `look.STYLES`."""

    first: Place
    last: Place
    begins: str
    style: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A range that is shown as right (or as wrong) where a formula, written for its first cell, is true."""

    first: Place
    last: Place
    formula: str
    right: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """Cells of a style, a word of `look.POWERS`, that show a power of ten where a number is too large or small."""

    style: str
    ranges: tuple[tuple[Place, Place], ...]


def fits(cells: Mapping[Place, Cell], styles: Collection[str]) -> tuple[Fit, ...]:
    """The cells that wear one of these styles, column by column."""
    found: dict[str, list[list[Place]]] = {}
    for place in sorted(cells, key=lambda at: (at[1], at[0])):
        for word in set(cells[place].style.split(",")) & set(styles):
            runs = found.setdefault(word, [])
            if runs and (runs[-1][1][0] + 1, runs[-1][1][1]) == place:
                runs[-1][1] = place
            else:
                runs.append([place, place])
    return tuple(Fit(word, tuple((first, last) for first, last in found[word])) for word in sorted(found))


@dataclass(frozen=True)
class Page:
    """One sheet. cells: all that do not stand in `table`, which has the lowest rows for itself.

    widths: pixels of columns from-to; heights: pixels of rows; fold: rows that fold away together.
    groups: columns from-to that fold away together, and their width; hidden: so that no menu shows it again;
    lead: columns that stand on every printed page; printed: the last that is printed, None for all.
    paper: the most pixels across a printed page, None for all that can still be read; lettered: with A, B, C on paper.
    blocks: columns from-to, each to be printed on one page, where pages have a most of their own.
    kept: rows from-to, from top to bottom, each to be printed on one page; all rows down to there have heights.
    filter: a table that can be filtered and sorted.
    """

    name: str
    kind: str
    cells: dict[Place, Cell]
    widths: Mapping[tuple[int, int], int]
    heights: Mapping[int, int] = field(default_factory=dict)
    merged: tuple[tuple[Place, Place], ...] = ()
    boxes: tuple[tuple[Place, Place], ...] = ()
    drawing: Place | None = None
    pictures: tuple[Picture, ...] = ()
    charts: tuple[Chart, ...] = ()
    heats: tuple[Heat, ...] = ()
    fits: tuple[Fit, ...] = ()
    choices: tuple[Choice, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    marks: tuple[Mark, ...] = ()
    signals: tuple[Signal, ...] = ()
    freeze: Place | None = None
    fold: tuple[int, int] | None = None
    groups: tuple[tuple[int, int], ...] = ()
    lead: int = 0
    printed: int | None = None
    paper: int | None = None
    lettered: bool = False
    blocks: tuple[tuple[int, int], ...] = ()
    header_row: int | None = None
    kept: tuple[tuple[int, int], ...] = ()
    filter: tuple[Place, Place] | None = None
    table: Table | None = None
    hidden: bool = False

    def every_cell(self) -> Iterator[tuple[Place, Cell]]:
        """All cells, those of the table last and row by row."""
        yield from self.cells.items()
        if self.table:
            for row in self.table.rows:
                yield from self.table.cells(row).items()

    def cell(self, place: Place) -> Cell:
        """The cell at a place."""
        in_table = self.table and place[0] in self.table.rows
        return self.table.cells(place[0])[place] if self.table and in_table else self.cells[place]
