"""The copy of a table in which wrong cells are marked, each beside what stands there and what belongs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from xlbackprop.grid import SavedSheet, Value
from xlbackprop.judge.findings import Finding, FoundTable, Kind, SheetVerdict
from xlbackprop.layout import letters
from xlbackprop.look import POWERS
from xlbackprop.page import RULE_EVERY, Cell, Page, Place, fits
from xlbackprop.saved import column_number, position, translated

FINDINGS = "Findings"  # the sheet that lists what was found
MOST_CELLS = 200_000  # of a copy; of a longer table the first rows are shown
LONGEST = 2_000  # characters of a text; the rest is cut off
NUMBER, GAP, LEAST, MOST = 76, 20, 170, 700  # pixels of columns: of numbers, between, of formulas
LETTER = 7  # pixels of a letter of a formula, about
TITLE, ROW = 32, 20  # pixels of rows

# By how a canonical name begins: the hue of its header, and the format of its numbers.
LOOKS = (
    ("dE/", "gradient band", "tiny"),
    ("E", "loss band", "tiny"),
    ("a_o", "output band", "weight"),
    ("o", "output band", "weight"),
    ("a_h", "hidden band", "weight"),
    ("h", "hidden band", "weight"),
    ("t", "input band", "plain"),
    ("i", "input band", "plain"),
    ("", "bold,strong", "weight"),
)


class Wrong(NamedTuple):
    """A cell that is marked. belongs: the formula that belongs there, or what else the finding asks for."""

    finding: Finding
    belongs: str


def marked_page(verdict: SheetVerdict, table: FoundTable, sheet: SavedSheet, name: str) -> Page:
    """The sheet `name`: the table's cells where they stand in the file, and right of it what is wrong with them."""
    wrong = wrong_cells(verdict.findings, table)
    columns = range(min(_numbers(table)), max(_numbers(table)) + 1)
    rows = range(table.first_row, table.first_row + min(table.rows, MOST_CELLS // len(columns)))
    beside = columns[-1] + 2
    wrong_columns = sorted({column for row, column in wrong if row in rows})
    cells = _head(verdict, table, len(rows)) | _copy(table, sheet, rows, columns, wrong)
    for n, column in enumerate(wrong_columns):
        cells |= _corrections(table, sheet, rows, column, beside + 2 * n, wrong)
    return Page(
        name=name,
        kind="marked",
        cells=cells,
        widths={
            (1, columns[-1]): NUMBER,
            (columns[-1] + 1, columns[-1] + 1): GAP,
            **_wide_enough(cells, range(beside, beside + 2 * len(wrong_columns))),
        },
        heights=_heights(table, rows),
        fits=fits(cells, POWERS),
        freeze=(table.first_row, 1),
        header_row=table.header_row,
    )


def _heights(table: FoundTable, rows: range) -> dict[int, int]:
    """Rows between the head and the table are hidden, so that the header can stay in sight."""
    head = {1: TITLE, 2: ROW, **dict.fromkeys(range(3, table.header_row), 0)}
    shown = dict.fromkeys((table.header_row, *rows), ROW)
    return {row: height for row, height in head.items() if row < table.header_row} | shown


def wrong_cells(findings: tuple[Finding, ...], table: FoundTable) -> dict[Place, Wrong]:
    """The cells of the table that findings name, the first finding of a cell first. A chart's cells are not wrong."""
    found: dict[Place, Wrong] = {}
    rows = range(table.first_row, table.first_row + table.rows)
    for finding in findings:
        if finding.kind is Kind.CHART or not finding.cells:
            continue
        origin, _ = corners(finding.cells[0])
        for place in _places(finding, rows):
            if place not in found:
                found[place] = Wrong(finding, moved(finding.correction, origin, place) or finding.expected)
    return found


def corners(cells: str) -> tuple[Place, Place]:
    """First and last place of a range.

    >>> corners("Z33:Z100"), corners("B7")
    (((33, 26), (100, 26)), ((7, 2), (7, 2)))
    """
    first, _, last = cells.partition(":")
    return position(first), position(last or first)


def moved(formula: str, origin: Place, place: Place) -> str:
    """A formula for one cell as it reads in another; "" if it cannot be moved there.

    >>> moved("=A33*$B$1", (33, 5), (40, 5))
    '=A40*$B$1'
    """
    if not formula.startswith("=") or origin == place:
        return formula
    try:
        return translated(formula, origin)(place)
    except ValueError:
        return ""


def text(value: object) -> str:
    """What anybody typed, as a text that fits a cell."""
    return {True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else str(value)[:LONGEST]


def _places(finding: Finding, rows: range) -> Iterator[Place]:
    for cells in finding.cells:
        (top, left), (bottom, right) = corners(cells)
        yield from product(range(max(top, rows.start), min(bottom + 1, rows.stop)), range(left, right + 1))


def _numbers(table: FoundTable) -> list[int]:
    return [column_number(one) for one in table.columns.values()]


def _names(table: FoundTable) -> dict[int, str]:
    return {column_number(at): name for name, at in table.columns.items()}


def _head(verdict: SheetVerdict, table: FoundTable, shown: int) -> dict[Place, Cell]:
    """What the sheet is, in the rows above the header, as far as there are any."""
    count = len(verdict.findings)
    told = f"{verdict.sheet}: {verdict.outcome}" + (f", {count} finding{'s' * (count > 1)}" if count else "")
    hint = (
        "Every cell stands where it stands in the file. Red cells are wrong: what belongs there is right of the table."
    )
    if shown < table.rows:
        hint += f" Only the first {shown:,} of {table.rows:,} rows are shown."
    lines = {
        1: {(1, 1): Cell(FINDINGS, "link", link=FINDINGS), (1, 3): Cell(text(told), "title")},
        2: {(2, 1): Cell(hint, "hint")},
    }
    return {place: cell for row, line in lines.items() if row < table.header_row for place, cell in line.items()}


def _copy(
    table: FoundTable, sheet: SavedSheet, rows: range, columns: range, wrong: dict[Place, Wrong]
) -> dict[Place, Cell]:
    """Header and values, as they stand in the file."""
    names = _names(table)
    cells = {}
    for column in columns:
        band, digits = look_of(names[column]) if column in names else ("hint", "plain")
        head = sheet.grid.get((table.header_row, column))
        cells[table.header_row, column] = Cell(text("" if head is None else head), f"{band},text,center")
        for row in rows:
            place = row, column
            style = digits + ",wrong cell" * (place in wrong) + ",rule" * ((row - rows[0] + 1) % RULE_EVERY == 0)
            cells[place] = _value(sheet.grid.get(place), style)
    return cells


def look_of(name: str) -> tuple[str, str]:
    """The styles of a column's header and of its numbers.

    >>> look_of("dE/dw3"), look_of("w3")
    (('gradient band', 'tiny'), ('bold,strong', 'weight'))
    """
    return next((band, digits) for begins, band, digits in LOOKS if name.startswith(begins))


def _value(value: Value, style: str) -> Cell:
    if isinstance(value, float):
        return Cell(value, style)
    return Cell("" if value is None else text(value), f"{style},text,right")


def _corrections(
    table: FoundTable, sheet: SavedSheet, rows: range, column: int, at: int, wrong: dict[Place, Wrong]
) -> dict[Place, Cell]:
    """Two columns of texts: the formulas that stand in a column with wrong cells, and what belongs in those."""
    name = f"{letters(column)} {_names(table).get(column, '')}".strip()
    cells = {
        (table.header_row, at): Cell(f"{name} as it stands", "loss band"),
        (table.header_row, at + 1): Cell(f"{name} as it belongs", "hidden band"),
    }
    told = dict.fromkeys(one.finding.message for (_, of), one in wrong.items() if of == column)
    if table.header_row > 2:
        cells[2, at] = Cell(text(" ".join(told)), "loss ink,text")
    for row in rows:
        one = wrong.get((row, column))
        cells[row, at] = Cell(_typed(sheet, (row, column)), f"text,mono,small{',loss fill' * (one is not None)}")
        if one:
            cells[row, at + 1] = Cell(text(one.belongs), "text,mono,small,hidden fill")
    return cells


def _typed(sheet: SavedSheet, place: Place) -> str:
    """What somebody typed into a cell: its formula, or the constant."""
    saved = sheet.get(place)
    if saved is None:
        return "(empty)"
    return text(saved.value if saved.formula is None else saved.formula)


def _wide_enough(cells: Mapping[Place, Cell], columns: range) -> dict[tuple[int, int], int]:
    """Widths at which the formulas in these columns can be read, if they are not very long."""
    longest = dict.fromkeys(columns, 0)
    for (row, column), cell in cells.items():
        if column in longest and row > 2:
            longest[column] = max(longest[column], len(str(cell.value)))
    return {(n, n): max(LEAST, min(LETTER * length + LETTER, MOST)) for n, length in longest.items()}
