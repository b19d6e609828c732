"""A learning-rate sheet: drawing, loss chart, derivations and the table, where the hand-made worksheet has them."""

from __future__ import annotations

from math import isnan

from xlbackprop import paper
from xlbackprop.drawing import Drawing, draw, drawing_cells
from xlbackprop.layout import FIRST_ROW, HEADER_ROW, LABEL_ROW, a1
from xlbackprop.look import HUES, number_style, part
from xlbackprop.page import UNJUDGED, Cell, Chart, Page, Place, Value
from xlbackprop.plan import CHECK, COLUMN_WIDTH, ROW_HEIGHT, START, STEP, Plan, Run
from xlbackprop.shown import plain
from xlbackprop.tape import Column, Role

DRAWING: Place = (2, 1)
CHART: Place = (15, 1)
FORMULAE, DERIVATIVES, HIDDEN_ERRORS = (2, 11), (2, 15), (12, 15)  # headings; the last block has none
OUTPUT_LAYER, HIDDEN_LAYER = (20, 10), (25, 10)
GAPS = (18, 19, 24, 29, 30, 31, 32)  # rows that only part the blocks
TABLE_RULE = 10  # a thin line under every tenth step

Blocks = tuple[dict[Place, Cell], tuple[tuple[Place, Place], ...]]  # cells, and the box round each block


def pages(run: Run) -> list[Page]:
    """One sheet per learning rate; drawing and derivations are the same on all of them."""
    drawing, blocks = draw(run.plan.network, run.plan.tape), _blocks(run.plan)
    return [_page(run, k, drawing, blocks) for k in range(len(run.plan.rate_sheets))]


def _page(run: Run, k: int, drawing: Drawing, blocks: Blocks) -> Page:
    plan, table = run.plan, run.plan.table
    derivations, boxes = blocks
    cells = _head(run, k) | _table_head(run, k) | _table(run, k)
    cells |= drawing_cells(
        drawing,
        plan.tape,
        DRAWING,
        lambda name: a1(FIRST_ROW, table.column(name)),
        lambda name: run.value(k, 1, name),
        lambda name: run.scale(k, name),
    )
    columns, gradients = len(plan.tape.columns), plan.tape.of(Role.GRADIENT)
    first_small = table.column(plan.tape.of(Role.LOSS)[0].name)
    return Page(
        name=plan.rate_sheets[k],
        kind="rate",
        cells=cells | derivations,
        widths={
            (1, first_small - 1): COLUMN_WIDTH,
            (first_small, columns): 64,
            (columns + 1, columns + 2): 50,
            (OUTPUT_LAYER[1],) * 2: 78,
        },
        heights={1: 26} | dict.fromkeys(GAPS, 4),
        merged=(((LABEL_ROW, table.column(gradients[0].name)), (LABEL_ROW, table.column(gradients[-1].name))),),
        boxes=boxes,
        drawing=DRAWING,
        charts=(_chart(plan, k),),
        freeze=(FIRST_ROW, 1),
        fold=(2, LABEL_ROW - 1),
        header_row=HEADER_ROW,
    )


def _head(run: Run, k: int) -> dict[Place, Cell]:
    plan, names = run.plan, run.plan.rate_sheets
    rate = plan.on_start(plan.rate_place(k))
    cells = {
        (1, 1): Cell(
            f"Learning rate {plain(run.given.rates[k])}", "title", f'="Learning rate "&{a1(LABEL_ROW, 2)}', "title"
        ),
        (1, 11): Cell(
            f"Each row is one step. Change a yellow cell on {START} and watch the curve; {STEP} writes a row out.",
            "hint",
        ),
        (LABEL_ROW, 1): Cell("LR (η) =", "bold,input band"),
        (LABEL_ROW, 2): Cell(run.given.rates[k], "bold,input band,plain,right", f"={rate}", "η"),
        (LABEL_ROW, 3): Cell(f"  from {START}, cell {a1(*plan.rate_place(k))}; row {FIRST_ROW} is step 1", "hint"),
    }
    links = [(START, START), (STEP, STEP), (CHECK, CHECK)]
    links += [("◀ " + names[k - 1], names[k - 1])] if k else []
    links += [(names[k + 1] + " ▶", names[k + 1])] if k + 1 < len(names) else []
    for place, (text, target) in enumerate(links):
        cells[1, 24 + 2 * place] = Cell(text, "link", link=target)
    return cells


def _table_head(run: Run, k: int) -> dict[Place, Cell]:
    plan, table = run.plan, run.plan.table
    cells: dict[Place, Cell] = {}
    for column in plan.tape:
        hue = part(column, plan.tape.layers)
        cells[HEADER_ROW, table.column(column.name)] = Cell(column.name, f"{hue} band,right,strong")
    gradients = plan.tape.of(Role.GRADIENT)
    cells[LABEL_ROW, table.column(gradients[0].name)] = Cell("Derivatives", "gradient band,center")
    cells[HEADER_ROW, table.step_column] = Cell("step", "hint,center,strong")
    cells[HEADER_ROW, table.under_column] = Cell("trained", "hint,center,strong")
    threshold = plan.on_start(plan.threshold_place)
    cells[LABEL_ROW, table.under_column] = Cell(
        run.given.threshold, "hint,center,below", f"={threshold}", "loss threshold"
    )
    return cells


def _table(run: Run, k: int) -> dict[Place, Cell]:
    """Every step, column by column."""
    plan, rows = run.plan, run.rows[k]
    cells: dict[Place, Cell] = {}
    for place, (column, formulas) in enumerate(zip(plan.tape, plan.formulas, strict=True)):
        plain_style, ruled = _styles(plan, column)
        scale = run.scale(k, column.name)
        for n, (values, text) in enumerate(zip(rows, formulas, strict=True), start=1):
            style = plain_style if n % TABLE_RULE else ruled
            cells[FIRST_ROW + n - 1, place + 1] = Cell(values[place], style, text, column.name, None, None, scale)
    return cells | _step_columns(run, k)


def _step_columns(run: Run, k: int) -> dict[Place, Cell]:
    """Right of the table: the number of each step, and again once its loss is under the threshold."""
    plan, table = run.plan, run.plan.table
    total = plan.tape.index[plan.tape.total.name]
    limit = a1(LABEL_ROW, table.under_column, absolute=True)
    cells: dict[Place, Cell] = {}
    for n, values in enumerate(run.rows[k], start=1):
        row = FIRST_ROW + n - 1
        under: Value = n if values[total] < run.given.threshold else ""
        loss = a1(row, total + 1)
        text = f'=IF(ISNUMBER({loss}),IF({loss}<{limit},{a1(row, table.step_column)},""),"")'
        scale = UNJUDGED if isnan(values[total]) else None
        cells[row, table.step_column] = Cell(n, "hint,center")
        cells[row, table.under_column] = Cell(under, "hint,center", text, "step if under the threshold", scale=scale)
    return cells


def _styles(plan: Plan, column: Column) -> tuple[str, str]:
    fill = f"{part(column, plan.tape.layers)} fill," if column.role is Role.TOTAL else ""
    style = f"{fill}{number_style(column)}"
    return style, f"{style},rule"


def _blocks(plan: Plan) -> Blocks:
    """The derivations with their headings, and the box round each."""
    tape = plan.tape
    above = [
        (paper.formulae(tape), FORMULAE, 2),
        (paper.derivatives(tape), DERIVATIVES, 8),
        (paper.hidden_errors(tape), (HIDDEN_ERRORS[0] - 1, HIDDEN_ERRORS[1]), 13),
    ]
    beside = [(paper.gradients(tape, tape.layers), OUTPUT_LAYER), (paper.gradients(tape, 1), HIDDEN_LAYER)]
    cells: dict[Place, Cell] = {FORMULAE: Cell("Formulae", "heading"), DERIVATIVES: Cell("Derivatives", "heading")}
    boxes: list[tuple[Place, Place]] = []
    for block, (row, column), width in above:
        cells |= _lines(block, row + 1, column)
        boxes.append(((row + 1, column), (row + len(block.lines), column + width)))
    for block, (row, column) in beside:
        cells[row, column] = Cell(block.heading, "bold,right")
        cells |= _lines(block, row, column + 1)
        boxes.append(((row, column + 1), (row + len(block.lines) - 1, column + 18)))
    return cells, tuple(boxes)


def _lines(block: paper.Block, row: int, column: int) -> dict[Place, Cell]:
    return {
        (row + n, column): Cell(line.text, "mono,small", bold_from=len(line.lead)) for n, line in enumerate(block.lines)
    }


def _chart(plan: Plan, k: int) -> Chart:
    table, name = plan.table, plan.rate_sheets[k]
    total = table.column(plan.tape.total.name)
    height = sum(4 if row in GAPS else ROW_HEIGHT for row in range(CHART[0], 32))
    return Chart(
        place=CHART,
        size=(9 * COLUMN_WIDTH, height),
        title="Loss, step by step",
        x_title="step",
        y_title="E_total",
        series=(
            (
                plan.on_rate(k, HEADER_ROW, total),
                table.run(table.step_column, name),
                table.run(total, name),
                HUES["loss"],
            ),
        ),
        description=f"Line chart: the total loss at every step on the sheet {name}",
        x_last=plan.steps,
    )
