"""The copy of a table in which wrong cells are marked, each beside what stands there and what belongs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlbackprop.grid import SavedSheet, Value
from xlbackprop.judge.findings import FoundTable, SheetVerdict
from xlbackprop.judge.report.corrections import Wrong, wrong_cells
from xlbackprop.judge.typed.names import pretty
from xlbackprop.pages.layout import letters
from xlbackprop.pages.look import POWERS
from xlbackprop.pages.page import RULE_EVERY, Cell, Page, Place, fits
from xlbackprop.reading.saved import column_number

FINDINGS = "Findings"  # the sheet that lists what was found
MOST_CELLS = 200_000  # of a copy; of a longer table the first rows are shown
LONGEST = 2_000  # characters of a text; the rest is cut off
NUMBER, GAP, LEAST, MOST = 64, 20, 170, 700  # pixels of columns: of numbers, between, of formulas
EMPTY, UNSAVED = "(empty)", "=…"
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


def marked_page(verdict: SheetVerdict, table: FoundTable, sheet: SavedSheet, name: str, title: str) -> Page:
    """The sheet `name`: the table's cells where they stand in the file, and right of it what is wrong with them."""
    wrong = wrong_cells(verdict.findings, table)
    columns = range(min(_numbers(table)), max(_numbers(table)) + 1)
    rows = range(table.first_row, table.first_row + min(table.rows, MOST_CELLS // len(columns)))
    beside = columns[-1] + 2
    wrong_columns = sorted({column for row, column in wrong if row in rows})
    copy = _copy(table, sheet, rows, columns, wrong)
    bare = any(cell.value == UNSAVED for cell in copy.values())
    cells = _head(title, verdict, table, len(rows), bare=bare) | copy
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
        printed=columns[-1],  # what belongs there goes on no paper: Findings has it
    )


def _heights(table: FoundTable, rows: range) -> dict[int, int]:
    """Rows between the head and the table are hidden, so that the header can stay in sight."""
    head = {1: TITLE, 2: ROW, **dict.fromkeys(range(3, table.header_row), 0)}
    shown = dict.fromkeys((table.header_row, *rows), ROW)
    return {row: height for row, height in head.items() if row < table.header_row} | shown


def text(value: object) -> str:
    """What anybody typed, as a text that fits a cell."""
    return {True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else str(value)[:LONGEST]


def _numbers(table: FoundTable) -> list[int]:
    return [column_number(one) for one in table.columns.values()]


def _names(table: FoundTable) -> dict[int, str]:
    return {column_number(at): name for name, at in table.columns.items()}


def _head(title: str, verdict: SheetVerdict, table: FoundTable, shown: int, *, bare: bool) -> dict[Place, Cell]:
    """What the sheet is, in the rows above the header, as far as there are any. bare: no numbers were saved with it."""
    count = len(verdict.findings)
    told = f"{title}: {verdict.outcome}" + (f", {count} finding{'s' * (count > 1)}" if count else "")
    if bare:
        told += f" ({UNSAVED} has no saved number: save the file in a spreadsheet program)"
    hint = "Every cell stands where it stands in the file."
    if count:
        hint += " Red cells are wrong; right of the table stands what belongs there."
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
        values = [sheet.grid.get((row, column)) for row in rows]
        band, digits = look_of(names[column]) if column in names else ("hint", _digits(values))
        head = sheet.grid.get((table.header_row, column))
        cells[table.header_row, column] = Cell(text("" if head is None else head), f"{band},text,center")
        for n, (row, value) in enumerate(zip(rows, values, strict=True), start=1):
            style = digits + ",wrong cell" * ((row, column) in wrong) + ",rule" * (n % RULE_EVERY == 0)
            cells[row, column] = _copied(value, style, _typed(sheet, (row, column)))
    return cells


def _digits(values: Sequence[Value]) -> str:
    """The format of numbers of which nobody knows what they are: of steps, or of what a helper column reckons."""
    return "plain" if all(not isinstance(value, float) or value.is_integer() for value in values) else "tiny"


def look_of(name: str) -> tuple[str, str]:
    """The styles of a column's header and of its numbers.

    >>> look_of("dE/dw3"), look_of("w3")
    (('gradient band', 'tiny'), ('bold,strong', 'weight'))
    """
    return next((band, digits) for begins, band, digits in LOOKS if name.startswith(begins))


def _copied(value: Value, style: str, typed: str) -> Cell:
    """What a cell shows; a formula that was saved without a value, that it is one."""
    if isinstance(value, float):
        return Cell(value, style)
    if value is None and typed != EMPTY:
        return Cell(UNSAVED, f"{style},text,right,hint")
    return Cell("" if value is None else text(value), f"{style},text,right")


def _corrections(
    table: FoundTable, sheet: SavedSheet, rows: range, column: int, at: int, wrong: dict[Place, Wrong]
) -> dict[Place, Cell]:
    """Two columns of texts: the formulas that stand in a column with wrong cells, and what belongs in those."""
    name = f"{letters(column)} {pretty(_names(table).get(column, ''))}".strip()
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
        return EMPTY
    return text(saved.value if saved.formula is None else saved.formula)


def _wide_enough(cells: Mapping[Place, Cell], columns: range) -> dict[tuple[int, int], int]:
    """Widths at which the formulas in these columns can be read, if they are not very long."""
    longest = dict.fromkeys(columns, 0)
    for (row, column), cell in cells.items():
        if column in longest and row > 2:
            longest[column] = max(longest[column], len(str(cell.value)))
    return {(n, n): max(LEAST, min(LETTER * length + LETTER, MOST)) for n, length in longest.items()}
