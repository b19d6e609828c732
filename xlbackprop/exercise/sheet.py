"""Exercise, the sheet to fill in: the drawing, the loss curve, and the table with its empty columns and their marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbackprop.exercise.blueprint import CHECK, LOSS_WIDTH, SCREEN, SHEET, TOP, Blueprint
from xlbackprop.exercise.head import boxes, choices, head
from xlbackprop.exercise.hidden import RIGHT, WRONG
from xlbackprop.maths.network import Network
from xlbackprop.maths.numeric import Row
from xlbackprop.maths.tape import Column, Role
from xlbackprop.pages.drawing import drawing_cells
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.look import POWERS, hues, number_style, part
from xlbackprop.pages.page import RULE_EVERY, Cell, Chart, Page, Place, Signal, fits
from xlbackprop.pages.plan import COLUMN_WIDTH, ROW_HEIGHT

MARK_WIDTH = 52  # pixels
CHART_COLUMNS = 7
CAUTION = "Empty weights count as 0: the curve means nothing until all of them are filled in."
MARKS_ON_PAPER = 12  # columns


def page(blueprint: Blueprint, network: Network, student: str) -> Page:
    """The sheet with a student's numbers, before anything is filled in."""
    table, rows = blueprint.table, blueprint.empty_rows(network)
    drawn = drawing_cells(
        blueprint.drawing,
        blueprint.tape,
        (TOP, 1),
        lambda name: a1(table.first_row, table.column(name)),
        lambda name: float(rows[0][blueprint.tape.index[name]]),
        lambda name: 0.0,
    )
    numbers = _table(blueprint, rows)
    above = head(blueprint, student) | drawn | _caution(blueprint)
    losses = blueprint.losses_column
    marks = blueprint.mark_column(blueprint.blanks[0])
    return Page(
        name=SHEET,
        kind="exercise",
        cells=above | _table_head(blueprint) | numbers | _marks(blueprint),
        widths={
            (1, losses - 1): COLUMN_WIDTH,
            (losses, table.step_column - 1): LOSS_WIDTH,
            (table.step_column, table.step_column): 40,
            (marks, marks + len(blueprint.blanks) - 1): MARK_WIDTH,
        },
        heights={1: 28},
        boxes=boxes(blueprint),
        drawing=(TOP, 1),
        charts=(_chart(blueprint),),
        choices=choices(blueprint),
        fits=fits(numbers, POWERS),
        signals=tuple(_signals(blueprint)),
        freeze=(table.first_row, 1),
        header_row=table.header_row,
        printed=_printed(blueprint),
        paper=SCREEN,
        blocks=(
            (blueprint.hints_column, blueprint.chart_column - 1),
            (blueprint.chart_column, blueprint.chart_column + CHART_COLUMNS - 1),
        ),
        lettered=True,  # formulas on paper need the letters of their cells
    )


def _printed(blueprint: Blueprint) -> int | None:
    """The last column that goes on paper: without the marks where these are so many that nothing could be read."""
    if len(blueprint.blanks) <= MARKS_ON_PAPER:
        return None
    return max(blueprint.table.step_column, blueprint.chart_column + CHART_COLUMNS)


def given_places(blueprint: Blueprint) -> set[Place]:
    """The cells that belong to the exercise and not to the student: settings and table without the empty columns."""
    table = blueprint.table
    empty = {(row, table.column(column.name)) for column in blueprint.blanks for row in blueprint.rows(column)}
    cells = {
        (row, column + 1)
        for row in range(table.first_row, table.last_row + 1)
        for column in range(len(table.tape.columns))
    }
    return {table.setting(name) for name in table.tape.settings} | cells - empty


def _table_head(blueprint: Blueprint) -> dict[Place, Cell]:
    table, tape = blueprint.table, blueprint.tape
    cells: dict[Place, Cell] = {}
    for column in tape:
        style = f"{part(column, tape.layers)} band,right,strong"
        cells[table.header_row, table.column(column.name)] = Cell(column.name, style)
    cells[table.header_row, table.step_column] = Cell("step", "hint,center,strong")
    cells[table.label_row, blueprint.mark_column(blueprint.blanks[0])] = Cell("right or wrong", "hint")
    for column in blueprint.blanks:
        cells[table.header_row, blueprint.mark_column(column)] = Cell(column.name, "hint,center,strong")
    return cells


def _table(blueprint: Blueprint, rows: Sequence[Row]) -> dict[Place, Cell]:
    """Every row: numbers that are given, formulas, and yellow cells where a column is empty."""
    table = blueprint.table
    cells: dict[Place, Cell] = {}
    for row, values in enumerate(rows, start=table.first_row):
        rule = ",rule" if (row - table.first_row + 1) % RULE_EVERY == 0 else ""
        for column, value in zip(table.tape, values, strict=False):
            cells[row, table.column(column.name)] = _cell(blueprint, column, row, value, rule)
        cells[row, table.step_column] = Cell(row - table.first_row + 1, f"hint,center{rule}")
    return cells


def _cell(blueprint: Blueprint, column: Column, row: int, value: float, rule: str) -> Cell:
    style, first = number_style(column), row == blueprint.table.first_row
    if column in blueprint.blanks and row in blueprint.rows(column):
        return Cell("", f"yours,{style}", label=column.name)
    if column.expr is None or (column.role is Role.WEIGHT and first):
        return Cell(value, f"{style}{rule}", label=column.name)
    text = blueprint.table.formula(column)
    formula = (text.first if first else text.others).replace("{row}", str(row)).replace("{above}", str(row - 1))
    fill = f"{part(column, blueprint.tape.layers)} fill," if column.role is Role.TOTAL else ""
    return Cell(value, f"{fill}{style}{rule}", formula, column.name)


def _marks(blueprint: Blueprint) -> dict[Place, Cell]:
    return {
        (row, blueprint.mark_column(column)): Cell(
            "", "center", f"={CHECK}!{letters(blueprint.check_mark(column))}{row}", f"{column.name} right?"
        )
        for column in blueprint.blanks
        for row in blueprint.rows(column)
    }


def _signals(blueprint: Blueprint) -> Iterator[Signal]:
    """Green and red for the empty cells, by their marks, and for the marks themselves."""
    for column in blueprint.blanks:
        rows, mark = blueprint.rows(column), blueprint.mark_column(column)
        if rows:
            for place in (blueprint.table.column(column.name), mark):
                for sign in (RIGHT, WRONG):
                    formula = f'=${a1(rows[0], mark)}="{sign}"'
                    yield Signal((rows[0], place), (rows[-1], place), formula, right=sign == RIGHT)


def _caution(blueprint: Blueprint) -> dict[Place, Cell]:
    """Above the chart, as long as weights are empty: a spreadsheet takes them for 0, and the curve may even fall."""
    weights = [column for column in blueprint.blanks if column.role is Role.WEIGHT and blueprint.rows(column)]
    if not weights:
        return {}
    rows = blueprint.rows(weights[0])
    ends = [blueprint.table.column(column.name) for column in (weights[0], weights[-1])]
    areas = ",".join(f"{a1(rows[0], column)}:{a1(rows[-1], column)}" for column in ends)
    shown = f'=IF(COUNT({areas})<{len(ends) * len(rows)},"{CAUTION}","")'
    return {(TOP - 1, blueprint.chart_column): Cell(CAUTION, "hint", shown, "caution")}


def _chart(blueprint: Blueprint) -> Chart:
    table = blueprint.table
    total = table.column(blueprint.tape.total.name)
    return Chart(
        place=(TOP, blueprint.chart_column),
        size=(CHART_COLUMNS * COLUMN_WIDTH, (table.label_row - TOP - 1) * ROW_HEIGHT),
        title="Loss, step by step",
        x_title="step",
        y_title="E_total",
        series=(
            (
                f"{SHEET}!{a1(table.header_row, total, absolute=True)}",
                table.run(table.step_column, SHEET),
                table.run(total, SHEET),
                hues(dict(blueprint.network.look))["loss"],
            ),
        ),
        description="Line chart: the total loss at every step",
        x_last=blueprint.steps,
    )
