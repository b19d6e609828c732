"""Start: what this is, the user's cells, the network with live numbers, and every learning rate's loss in one chart."""

from __future__ import annotations

from typing import Any

from xlbackprop.pages import axes
from xlbackprop.pages.drawing import drawing_cells
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import POWERS, part, sequence
from xlbackprop.pages.page import UNJUDGED, Cell, Chart, Choice, Page, Place, Value, fits
from xlbackprop.pages.plan import CHECK, COLUMN_WIDTH, MUST_BE_POSITIVE, ROW_HEIGHT, STEP, Plan, Run
from xlbackprop.pages.typed import ANY_NUMBER, NOT_NEGATIVE, POSITIVE
from xlbackprop.pages.yours import FIRST_LOSS, SHEET_COLUMN, START
from xlbackprop.shown import plain

CHART_SIZE = (12 * COLUMN_WIDTH, 14 * ROW_HEIGHT)
CHART_ROWS = 14
ABOUT = (
    "A neural network that trains itself by formulas. There are no macros; every number is live.",
    "Yellow cells are yours: change one, and everything follows. Try {example}, or a learning rate of 20.",
    "Each {sheet} sheet is one training run. One row is one step: forward pass, loss, all gradients, update.",
    "Step writes out any row with its numbers plugged in.",
    "Gradient check moves every weight a little and compares what the loss does with its gradient.",
)


def page(run: Run) -> Page:
    """The first sheet."""
    plan = run.plan
    drawing, anchor = plan.above[0].drawing, (2, plan.places.right)
    chart = (2 + drawing.rows + 1, plan.places.right)
    cells = _head(plan) | _yours(run) | _rates(run)
    cells |= drawing_cells(
        drawing,
        plan.tape,
        anchor,
        lambda name: plan.on_rate(0, plan.table.first_row, plan.table.column(name)),
        lambda name: run.value(0, 1, name),
        lambda name: run.scale(0, name),
    )
    cells[2 + drawing.rows, plan.places.right] = Cell(f"{plan.network.title}, at step 1", "hint")
    header = plan.places.rate(0)[0] - 1
    return Page(
        name=START,
        kind="start",
        cells=cells,
        fits=fits(cells, POWERS),
        widths={(1, max(33, plan.places.right + drawing.columns)): COLUMN_WIDTH},
        heights={1: 30, header: 30},
        merged=tuple(
            ((row, column), (row, column + 1))
            for row in range(header, header + 1 + len(plan.rate_sheets))
            for column in (2, 4, 6, 8)
        ),
        drawing=anchor,
        charts=(_chart(run, chart), _chart(run, (chart[0] + CHART_ROWS, chart[1]), logarithmic=True)),
        choices=_choices(plan),
    )


def _head(plan: Plan) -> dict[Place, Cell]:
    cells = {(1, 1): Cell("Backpropagation in a spreadsheet", "title")}
    words = {
        "example": "other targets" if plan.places.many_samples else f"{plan.places.targets[0]} = 0.9",
        "sheet": "optimiser's" if plan.network.compared else "LR",
    }
    cells |= {(2 + n, 1): Cell(text.format(**words)) for n, text in enumerate(ABOUT)}
    here = [] if plan.places.many_samples else ["the sample"]
    here += [] if plan.places.many_weights else ["the first weights"]
    cells[8, 1] = Cell(f"Yours to change: {' and '.join(here or plan.places.sheets)}", "heading")
    for n, sheet in enumerate(plan.places.sheets, start=1):
        cells[1, 20 - 2 * n] = Cell(sheet, "link", link=sheet)
    cells[plan.places.threshold[0], 1] = Cell("Loss threshold: trained when under")
    cells[1, 20] = Cell(STEP, "link", link=STEP)
    cells[1, 22] = Cell(CHECK, "link", link=CHECK)
    return cells


def _yours(run: Run) -> dict[Place, Cell]:
    plan = run.plan
    cells: dict[Place, Cell] = {}
    for yours, value in run.yours(START):
        row, column = yours.place
        hue = part(plan.tape[yours.label], plan.tape.layers) if yours.label in plan.tape.index else "input"
        cells[row, column - 1] = Cell(yours.label, f"{hue} ink,bold,right")
        cells[yours.place] = Cell(value, "yours,plain", label=yours.label)
    cells[plan.places.threshold] = Cell(run.given.threshold, "yours,plain", label="loss threshold")
    return cells


def _rates(run: Run) -> dict[Place, Cell]:
    """The table of learning rates: one line each, all formulas but the rate itself."""
    plan, header = run.plan, run.plan.places.rate(0)[0] - 1
    until = f'="steps until E_total < "&{a1(*plan.places.threshold)}'
    cells: dict[Place, Cell] = {
        (header - 1, 1): Cell(
            "Optimisers: one sheet each" if plan.network.compared else "Learning rates: one sheet each", "heading"
        ),
        (header, 1): Cell("η", "center,strong,bold"),
        (header, 2): Cell("first loss", "center,strong,bold,wrap"),
        (header, 4): Cell("last loss", "center,strong,bold,wrap"),
        (header, 6): Cell(
            f"steps until E_total < {plain(run.given.threshold)}", "center,strong,bold,wrap", until, "heading"
        ),
        (header, SHEET_COLUMN): Cell("sheet", "center,strong,bold"),
    }
    for symbol in plan.places.symbols:
        cells[header, plan.places.setting(0, symbol)[1]] = Cell(symbol, "center,strong,bold")
    for k in range(len(plan.rate_sheets)):
        cells |= _rate_line(run, k)
        for symbol, value in zip(plan.tapes[k].settings[1:], run.given.settings[k], strict=True):
            cells[plan.places.setting(k, symbol)] = Cell(value, "yours,plain", label=symbol)
    return cells


def _rate_line(run: Run, k: int) -> dict[Place, Cell]:
    plan, table, name = run.plan, run.plan.tables[k], run.plan.rate_sheets[k]
    row, _ = plan.places.rate(k)
    total = plan.tape.total.name
    column = table.column(total)
    under = table.run(table.under_column, name)
    steps = run.steps_until(k)
    never = f"> {plan.steps}"
    scale = UNJUDGED if run.overflows(k) else None
    reached: Value = never if steps is None else steps
    return {
        (row, 1): Cell(run.given.rates[k], "yours,plain", label="η"),
        (row, FIRST_LOSS): Cell(
            run.value(k, 1, total),
            "tiny,center",
            f"={plan.on_rate(k, table.first_row, column)}",
            f"first loss of {name}",
            scale=run.scale(k, total),
        ),
        (row, 4): Cell(
            run.value(k, plan.steps, total),
            "tiny,center",
            f"={plan.on_rate(k, table.last_row, column)}",
            f"last loss of {name}",
            scale=run.scale(k, total),
        ),
        (row, 6): Cell(
            reached, "center", f'=IF(COUNT({under})=0,"{never}",MIN({under}))', f"steps of {name}", scale=scale
        ),
        (row, SHEET_COLUMN): Cell(name, "link,center", link=name),
    }


def _chart(run: Run, place: Place, *, logarithmic: bool = False) -> Chart:
    plan = run.plan
    total = plan.table.column(plan.tape.total.name)
    what = "optimiser" if plan.network.compared else "learning rate η"
    series = tuple(
        (
            plan.on_start((plan.places.rate(k)[0], SHEET_COLUMN) if plan.network.compared else plan.places.rate(k)),
            table.run(table.step_column, name),
            table.run(total, name),
            colour,
        )
        for k, (name, table, colour) in enumerate(
            zip(plan.rate_sheets, plan.tables, sequence(len(plan.rate_sheets)), strict=True)
        )
    )
    return Chart(
        place=place,
        size=CHART_SIZE,
        title=f"Loss {'of' if plan.network.compared else 'at'} every {what}" + (", logarithmic" if logarithmic else ""),
        x_title="step",
        y_title="E_total",
        series=series,
        description="Line chart: the total loss at every step, one line per learning rate"
        + (", on a logarithmic axis" if logarithmic else ""),
        x_last=plan.steps,
        logarithmic=logarithmic,
        legend=True,
        y_range=axes.logarithmic(run) if logarithmic else axes.linear(run, range(len(run.rows))),
    )


def _fitting(plan: Plan, label: str) -> dict[str, Any]:
    """What may be typed for a number of that name."""
    if label in MUST_BE_POSITIVE:
        return POSITIVE
    return NOT_NEGATIVE if label in plan.places.symbols else ANY_NUMBER


def _choices(plan: Plan) -> tuple[Choice, ...]:
    """What may be typed into the yellow cells of this sheet."""
    return tuple(
        Choice(yours.place, _fitting(plan, yours.label) | {"input_title": yours.label})
        for yours in plan.yours
        if yours.sheet == START
    )
