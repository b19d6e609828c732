"""What stands in a workbook against what belongs there: formulas, recalculated values, saved values, gradients."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlbackprop.grid import Grid, SavedCell, SavedSheet
from xlbackprop.grid import Value as Found
from xlbackprop.pages.page import UNJUDGED, Cell, Page, Place, Table, TableColumn
from xlbackprop.reading.package import CellError

RELATIVE = 1e-12  # how far two programs' values may lie apart; they differ in the last bits of EXP only
# The same as a share of the numbers that a difference was taken of: LibreOffice takes for nothing what is under 4e-15
# of them, and errors add up over the steps.
ROUNDING = 1e-13
GRADIENT = 1e-9  # a gradient against a witness, and numbers from DIVERGED on
DIVERGED = 1e50  # only a run that diverges gets there; each of its steps multiplies the relative error, too

LEAST = 1e-300  # smaller numbers are measured by this: near the smallest double they have few digits left

Array = NDArray[Any]
NOTHING = Decimal("1e-12")  # in a text, a number under this is 0
# A negative number stands in brackets, after an equals sign or at the beginning; any other minus is an operator.
PLAIN = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
LITERAL = re.compile(rf"(?<![\w.$])(?:{PLAIN})")  # a number in a formula: not the 47 of $Q$47
NUMBER = re.compile(rf"\(-{PLAIN}\)|(?<== )-{PLAIN}|\A-{PLAIN}|{PLAIN}")


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not as it should be.

    kind: formula, constant, constant over formula, missing, value, saved value, stale, gradient.
    """

    sheet: str
    cell: Place
    label: str
    kind: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How far an engine's values lie from ours at most, over that many formula cells. skipped: cells that overflow."""

    cells: int
    max_abs: float
    max_rel: float
    skipped: int


def text_differences(page: Page, saved: SavedSheet, yours: set[Place]) -> Iterator[Difference]:
    """Formulas and constants that are not what the tape says."""
    for place, cell in _suspects(page, saved):
        if place in yours:
            continue
        there = saved.get(place)
        formula = there.formula if there else None
        if cell.formula == formula and (formula is not None or (there and there.value == cell.value)):
            continue
        kind = _text_kind(cell, there)
        if kind:
            expected = cell.formula or told(cell.value)
            yield Difference(page.name, place, cell.label, kind, formula or told(there and there.value), expected)


def _suspects(page: Page, saved: SavedSheet) -> Iterator[tuple[Place, Cell]]:
    """All cells but those of rows of the table that are letter by letter as they should be: most are."""
    yield from page.cells.items()
    table = page.table
    if table is None:
        return
    constants = [(place, column.column) for place, column in enumerate(table.columns) if column.formula is None]
    for row in table.rows:
        values = table.row(row)
        same_constants = all(saved.grid.get((row, column)) == values[place] for place, column in constants)
        if not same_constants or saved.formulas.row(row) != table.formulas(row):
            yield from table.cells(row).items()


def _text_kind(cell: Cell, there: SavedCell | None) -> str | None:
    if there is None:
        return "missing" if cell.formula or cell.value != "" else None
    if cell.formula is None:
        return None if there.formula is None and _same_constant(there.value, cell.value) else "constant"
    if there.formula is None:
        return "constant over formula"
    return None if _squeezed(there.formula) == _squeezed(cell.formula) else "formula"


def _same_constant(value: Found, expected: float | str) -> bool:
    """Whether a constant is ours, to the digits that programs save."""
    if isinstance(expected, str) or not isinstance(value, float):
        return value == expected
    return math.isclose(value, expected, rel_tol=RELATIVE)


def _squeezed(formula: str) -> str:
    """The formula as every program writes it, its quoted texts as they are.

    Without blanks, quotes round sheets' names, and small letters; numbers with the 15 digits that LibreOffice keeps.

    >>> _squeezed("='LR 0.1'!$Q$47 + 1e-06*tanh(0.7978845608028654)")
    '=LR0.1!$Q$47+1e-06*TANH(0.797884560802865)'
    """
    pieces = formula.split('"')
    bare = ("".join(piece.replace("'", "").split()).upper() for piece in pieces[::2])
    pieces[::2] = [LITERAL.sub(lambda found: f"{float(found[0]):.15g}", piece) for piece in bare]
    return '"'.join(pieces)


def value_differences(pages: Sequence[Page], values: Mapping[str, Grid], kind: str) -> tuple[Measure, list[Difference]]:
    """Values of formula cells that are not what NumPy says."""
    found = [one for page in pages for one in _parts(page, values.get(page.name, Grid()), kind)]
    measures = [measure for measure, _ in found]
    return (
        Measure(
            sum(one.cells for one in measures),
            max(one.max_abs for one in measures),
            max(one.max_rel for one in measures),
            sum(one.skipped for one in measures),
        ),
        [difference for _, differences in found for difference in differences],
    )


Judged = tuple[Measure, list[Difference]]


def _parts(page: Page, there: Grid, kind: str) -> Iterator[Judged]:
    """Cells one by one, but the numbers of the table all at once."""
    yield _by_cell(page.name, page.cells.items(), there, kind)
    if page.table:
        table = page.table
        columns = [(place, column.guard) for place, column in enumerate(table.columns) if column.formula is not None]
        others = [place for place, guard in columns if guard is not None]
        yield _by_table(page.name, table, [place for place, guard in columns if guard is None], there, kind)
        cells = (item for row in table.rows for item in table.cells(row, others).items())
        yield _by_cell(page.name, cells, there, kind)


def _by_cell(sheet: str, cells: Iterable[tuple[Place, Cell]], there: Grid, kind: str) -> Judged:
    judged = skipped = 0
    max_abs = max_rel = 0.0
    found: list[Difference] = []
    for place, cell in cells:
        if cell.formula is None:
            continue
        value = there.get(place)
        if value == cell.value and value.__class__ is cell.value.__class__:  # most are, to the last bit
            judged += 1
            continue
        if cell.scale == UNJUDGED or (isinstance(cell.value, float) and not math.isfinite(cell.value)):
            skipped += 1
            continue
        judged += 1
        if type(value) is float and not isinstance(cell.value, str):
            apart = abs(value - cell.value)
            max_abs = max(max_abs, apart)
            max_rel = max(max_rel, apart / float(_size(cell.value, cell.scale or 0.0)) if apart else 0.0)
        if not same(value, cell, last_digits=0 if kind == "saved value" else 1):
            found.append(Difference(sheet, place, cell.label, kind, told(value), told(cell.value)))
    return Measure(judged, max_abs, max_rel, skipped), found


def _by_table(sheet: str, table: Table, places: Sequence[int], there: Grid, kind: str) -> Judged:
    """The same for columns of numbers, whose guard is the column itself. places: of the columns, counted from 0."""
    columns = [table.columns[place] for place in places]
    expected = np.array([[row[place] for place in places] for row in table.values], dtype=float)
    value = numbers_of(there, table.first_row, table.last_row, columns[-1].column)
    value = value[:, [column.column - 1 for column in columns]]
    judged = np.isfinite(expected)
    with np.errstate(invalid="ignore"):
        apart = np.abs(value - expected)
        relative = apart / _size(expected, _scales(columns, expected))
        wrong = judged & ~(relative <= RELATIVE)
    found = []
    for n, k in zip(*np.nonzero(wrong), strict=True):
        place = (table.first_row + int(n), columns[k].column)
        said = told(there.get(place)), told(float(expected[n, k]))
        found.append(Difference(sheet, place, columns[k].label, kind, *said))
    max_abs, max_rel = (float(np.max(one, where=judged & ~np.isnan(one), initial=0.0)) for one in (apart, relative))
    return Measure(int(judged.sum()), max_abs, max_rel, int((~judged).sum())), found


def _scales(columns: Sequence[TableColumn], expected: Array) -> Array:
    """What each value of a table was calculated from: (rows, columns).

    Rounding moves a difference by a share of what it is taken of, and its square by that times the difference: near the
    goal a loss is known far better than to a share of its largest size.
    """
    scales = np.array([column.scale or 0.0 for column in columns])
    squares = np.array([column.squares for column in columns])
    with np.errstate(over="ignore"):  # as in _size
        return np.where(squares, 2 * np.sqrt(np.abs(expected)) * np.sqrt(scales) + ROUNDING * scales, scales)


def numbers_of(grid: Grid, first_row: int, last_row: int, columns: int) -> Array:
    """The numbers of a sheet's first columns as (rows, columns); nan where something else or nothing stands."""
    numbers = np.full((last_row - first_row + 1, columns), math.nan)
    for n in range(len(numbers)):
        side_by_side = grid.numbers.get(first_row + n, ())[:columns]
        numbers[n, : len(side_by_side)] = side_by_side
    for (row, column), value in grid.others.items():
        if isinstance(value, float) and first_row <= row <= last_row and column <= columns:
            numbers[row - first_row, column - 1] = value
    return numbers


def same(value: Found, cell: Cell, last_digits: int = 1) -> bool:
    """Whether a value is the cell's, rounding apart."""
    expected = cell.value
    if isinstance(expected, str):
        return not isinstance(value, CellError) and same_text("" if value is None else value, expected, last_digits)
    return isinstance(value, float) and abs(value - expected) <= RELATIVE * float(_size(expected, cell.scale or 0.0))


def _size(expected: Any, scale: Any) -> Any:
    """What a difference is compared with: the value, or what it was calculated from where that is much larger."""
    size = np.maximum(np.maximum(np.abs(expected), scale * ROUNDING / RELATIVE), LEAST)
    with np.errstate(over="ignore"):  # where a value is near the largest double, anything is near it
        return np.where(size < DIVERGED, size, size * (GRADIENT / RELATIVE))


def same_text(value: Found, expected: str, last_digits: int = 1) -> bool:
    """Whether two texts are equal, the numbers in them compared as numbers: 3.17E-05 is 0.0000317.

    last_digits: how many units of the last shown digit they may lie apart, because programs round halves differently.
    """
    if not isinstance(value, str):
        return False
    if value == expected:
        return True
    if NUMBER.split(value) != NUMBER.split(expected):
        return False
    pairs = zip(NUMBER.findall(value), NUMBER.findall(expected), strict=True)
    return all(_same_number(Decimal(a.strip("()")), Decimal(b.strip("()")), last_digits) for a, b in pairs)


def _same_number(one: Decimal, other: Decimal, last_digits: int) -> bool:
    finest = min(Decimal(1).scaleb(number.as_tuple().exponent) for number in (one, other))  # type: ignore[arg-type]
    return abs(one - other) <= max(last_digits * finest, NOTHING, abs(other) * Decimal(GRADIENT))


def told(value: Found) -> str:
    """A value as a message shows it, with all its digits."""
    if value is None:
        return "nothing"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
