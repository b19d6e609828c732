"""Check, the hidden sheet: what the blank cells are compared with, their marks, and what the hints say."""

from __future__ import annotations

from xlbackprop.exercise.blueprint import (
    CHECK,
    CHECK_FIRST,
    CHECK_LIMIT,
    CHECK_SETTINGS,
    HINTS_FROM,
    SHEET,
    Blueprint,
)
from xlbackprop.exercise.proof import NOISE, SETTINGS, expected
from xlbackprop.maths.network import Network
from xlbackprop.maths.tape import LEARNING_RATE, Column, Role
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.page import Cell, Page, Place
from xlbackprop.pages.sheets.check import TOLERANCE

RIGHT, WRONG = "✓", "✗"
LAST_DIGIT = 1e-15  # of a weight


def page(blueprint: Blueprint, network: Network) -> Page:
    """The sheet for a student's numbers, before anything is filled in."""
    table = blueprint.table
    cells = _settings() | _hints(blueprint)
    heads = [column.name for column in blueprint.proof] + [f"{column.name} right?" for column in blueprint.blanks]
    for place, text in enumerate(heads, start=CHECK_FIRST):
        cells[table.header_row, place] = Cell(text, "bold,right,strong")
    for row, values in enumerate(blueprint.empty_rows(network), start=table.first_row):
        proved = zip(blueprint.proof, blueprint.proof_formulas, values[len(blueprint.tape.columns) :], strict=True)
        for place, (column, text, value) in enumerate(proved, start=CHECK_FIRST):
            cells[row, place] = Cell(value, "plain", text.replace("{row}", str(row)), column.name)
    for column in blueprint.blanks:
        for row in blueprint.rows(column):
            text = mark_formula(blueprint, column, row)
            cells[row, blueprint.check_mark(column)] = Cell("", "center", text, f"{column.name} right?")
    return Page(name=CHECK, kind="check", cells=cells, widths={(1, 2): 100}, hidden=True)


def hint_place(n: int) -> Place:
    """Where the n-th line of the hints stands, n counted from 0."""
    return HINTS_FROM + n, 1


def mark_formula(blueprint: Blueprint, column: Column, row: int) -> str:
    """The formula that marks a blank cell: nothing while it is empty, then RIGHT or WRONG.

    A weight is judged by its step, beside which it is large.
    """
    line = row - 1 if column.role is Role.WEIGHT else row
    letter = letters(blueprint.table.column(column.name))
    cell = f"{SHEET}!{letter}{row}"
    belongs = f"{letters(blueprint.check_column(expected(column)))}{line}"
    noise = f"{letters(blueprint.check_column(NOISE))}{line}"
    size = f"MAX(ABS({cell}),ABS({belongs}))"
    if column.role is Role.WEIGHT:
        rate = f"{SHEET}!{a1(*blueprint.table.setting(LEARNING_RATE), absolute=True)}"
        size, noise = f"ABS({SHEET}!{letter}{line}-{belongs})", f"{rate}*{noise}+{LAST_DIGIT:.0E}"
    limit = f"{a1(*CHECK_LIMIT, absolute=True)}*{size}+{noise}"
    near = f'IF(ABS({cell}-{belongs})<={limit},"{RIGHT}","{WRONG}")'
    return f'=IF(ISBLANK({cell}),"",IF(ISNUMBER({cell}),IF(ISNUMBER({belongs}),{near},"{WRONG}"),"{WRONG}"))'


def _settings() -> dict[Place, Cell]:
    cells: dict[Place, Cell] = {}
    for name, (row, column) in CHECK_SETTINGS.items():
        cells[row, column - 1] = Cell(name, "bold")
        cells[row, column] = Cell(SETTINGS[name], "plain", label=name)
    row, column = CHECK_LIMIT
    return cells | {(row, column - 1): Cell("relative", "bold"), (row, column): Cell(TOLERANCE, "plain")}


def _hints(blueprint: Blueprint) -> dict[Place, Cell]:
    return {hint_place(n): Cell(text) for n, (_, text) in enumerate(blueprint.hint_lines)}
