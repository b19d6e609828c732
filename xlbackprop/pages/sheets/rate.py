"""A learning-rate sheet: drawing, loss chart, derivations and the table, where the hand-made worksheet has them."""

from __future__ import annotations

from itertools import groupby

from xlbackprop.maths import paper
from xlbackprop.maths.network import Network, of_sample
from xlbackprop.maths.rules import LOSSES
from xlbackprop.maths.tape import Column, Role, Tape
from xlbackprop.pages import axes
from xlbackprop.pages.above import Above
from xlbackprop.pages.drawing import drawing_cells
from xlbackprop.pages.layout import TableLayout, a1, letters
from xlbackprop.pages.look import POWERS, hues, number_style, part
from xlbackprop.pages.page import Cell, Chart, Fit, Page, Place, RowFormula, Table, TableColumn, fits
from xlbackprop.pages.plan import CHECK, COLUMN_WIDTH, ROW_HEIGHT, STEP, Plan, Run
from xlbackprop.pages.yours import START
from xlbackprop.shown import plain

DRAWING: Place = (2, 1)
LOWEST_FROZEN = 45  # row: more would fill a screen
SMALL_WIDTH = 64  # pixels; for numbers with a power of ten
HINT_COLUMNS = 6
HINT_AT, BEHIND_HINT = 11, 13  # the column of the hint at the top at least, and how many it takes
WIDE = 40  # columns; more are named and fold away in groups
NAMES = {Role.GRADIENT: "gradients", Role.DELTA: "errors", Role.STATE: "kept by the optimiser", Role.LOSS: "losses"}


def pages(run: Run) -> list[Page]:
    """One sheet per learning rate; drawing and derivations are the same on all with the same tape."""
    return [_page(run, k) for k in range(len(run.plan.rate_sheets))]


def _page(run: Run, k: int) -> Page:
    plan, table, top = run.plan, run.plan.tables[k], run.plan.above[k]
    tape = plan.tapes[k]
    derivations, boxes = _blocks(top)
    cells = _head(run, k) | _table_head(run, k)
    drawn = drawing_cells(
        top.drawing,
        tape,
        DRAWING,
        lambda name: a1(table.first_row, table.column(name)),
        lambda name: run.value(k, 1, name),
        lambda name: run.scale(k, name),
    )
    cells |= drawn
    columns, gradients = len(tape.columns), tape.of(Role.GRADIENT)
    first_small = table.column(tape.of(Role.LOSS)[0].name)
    return Page(
        name=plan.rate_sheets[k],
        kind="rate",
        cells=cells | derivations,
        fits=(*_fits(table), *fits(drawn, POWERS)),
        widths={
            (1, first_small - 1): COLUMN_WIDTH,
            (first_small, columns): SMALL_WIDTH,
            (columns + 1, columns + 2): 50,
            (top.left - 1,) * 2: 78 if tape.layers == 2 else 100,
        },
        heights={1: 26} | dict.fromkeys(top.gaps, 4),
        merged=_merged(table, gradients),
        boxes=boxes,
        drawing=DRAWING,
        charts=(_chart(run, k),),
        freeze=(table.first_row, 1) if table.first_row <= LOWEST_FROZEN else None,
        fold=(2, table.label_row - 1),
        groups=_groups(tape, plan.network),
        header_row=table.header_row,
        table=_table(run, k),
    )


def _fits(table: TableLayout) -> list[Fit]:
    """The numbers of the table, by style."""
    found: dict[str, list[tuple[Place, Place]]] = {style: [] for style in POWERS}
    for style, columns in groupby(table.tape, number_style):
        places = [table.column(column.name) for column in columns]
        if style in found:
            found[style].append(((table.first_row, places[0]), (table.last_row, places[-1])))
    return [Fit(style, tuple(ranges)) for style, ranges in found.items() if ranges]


def _runs(tape: Tape, network: Network) -> list[tuple[str, int, int]]:
    """What stands side by side in a wide table, from which to which column: weights of a layer, a sample and so on."""
    if len(tape.columns) <= WIDE:
        return []
    runs: list[tuple[str, int, int]] = []
    for place, column in enumerate(tape, start=1):
        layer = paper.layer_name(tape, column.layer) if column.layer else "inputs"
        match column.role:
            case Role.WEIGHT | Role.HELD:
                name = f"weights, {layer}"
            case Role.GRADIENT | Role.DELTA | Role.STATE:
                name = f"{NAMES[column.role]}, {layer}"
            case Role.LOSS | Role.TOTAL | Role.NORM | Role.RATE:
                name = NAMES[Role.LOSS]
            case _:
                name = of_sample(layer, column.sample, network)
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1], place)
        else:
            runs.append((name, place, place))
    return runs


def _settings_end(tape: Tape) -> int:
    """The last column that the settings above the table and the hint behind them take."""
    return 1 + 2 * len(tape.settings) + HINT_COLUMNS


def _groups(tape: Tape, network: Network) -> tuple[tuple[int, int], ...]:
    """The columns of a wide table that fold away; of each run the first stays, or neighbours would fold as one."""
    return tuple((first + 1, last) for _, first, last in _runs(tape, network) if last > first)


def _merged(table: TableLayout, gradients: list[Column]) -> tuple[tuple[Place, Place], ...]:
    first, last = (table.column(column.name) for column in (gradients[0], gradients[-1]))
    wide = len(table.tape.columns) > WIDE or first <= _settings_end(table.tape)
    return (((table.label_row, first), (table.label_row, last)),) if last > first and not wide else ()


def _head(run: Run, k: int) -> dict[Place, Cell]:
    plan, names, table = run.plan, run.plan.rate_sheets, run.plan.tables[k]
    rate = plan.on_start(plan.places.rate(k))
    lead = f"{names[k]}, learning rate " if plan.network.compared else "Learning rate "
    hint = max(HINT_AT, plan.above[k].left)
    cells = {
        (1, 1): Cell(f"{lead}{plain(run.given.rates[k])}", "title", f'="{lead}"&{a1(table.label_row, 2)}', "title"),
        (1, hint): Cell(
            f"Each row is one step. Change a yellow cell on {START} and watch the curve; {STEP} writes a row out.",
            "hint",
        ),
        (table.label_row, 1): Cell(f"LR ({plan.tapes[k].settings[0]}) =", "bold,input band"),
        (table.label_row, 2): Cell(run.given.rates[k], "bold,input band,plain,right", f"={rate}", "η"),
    }
    settings = plan.tapes[k].settings[1:]
    told = f"  from {START}, cell {a1(*plan.places.rate(k))}; row {table.first_row} is step 1"
    cells[table.label_row, 3 + 2 * len(settings) + bool(settings)] = Cell(told, "hint")
    for symbol, value in zip(settings, run.given.settings[k], strict=True):
        row, column = table.setting(symbol)
        cells[row, column - 1] = Cell(f"{symbol} =", "bold,input band,right")
        text = f"={plan.on_start(plan.places.setting(k, symbol))}"
        cells[row, column] = Cell(value, "bold,input band,plain,right", text, symbol)
    links = [(START, START), (STEP, STEP), (CHECK, CHECK)]
    links += [("◀ " + names[k - 1], names[k - 1])] if k else []
    links += [(names[k + 1] + " ▶", names[k + 1])] if k + 1 < len(names) else []
    for place, (text, target) in enumerate(links):
        cells[1, hint + BEHIND_HINT + 2 * place] = Cell(text, "link", link=target)
    return cells


def _table_head(run: Run, k: int) -> dict[Place, Cell]:
    plan, table, tape = run.plan, run.plan.tables[k], run.plan.tapes[k]
    cells: dict[Place, Cell] = {}
    for column in tape:
        hue = part(column, tape.layers)
        cells[table.header_row, table.column(column.name)] = Cell(column.name, f"{hue} band,right,strong")
    gradients = tape.of(Role.GRADIENT)
    if table.column(gradients[0].name) > _settings_end(tape):
        cells[table.label_row, table.column(gradients[0].name)] = Cell("Derivatives", "gradient band,center")
    for name, first, _ in _runs(tape, plan.network):
        if first > _settings_end(tape) and (table.label_row, first) not in cells:
            cells[table.label_row, first] = Cell(name, "hint")
    cells[table.header_row, table.step_column] = Cell("step", "hint,center,strong")
    cells[table.header_row, table.under_column] = Cell("trained", "hint,center,strong")
    threshold = plan.on_start(plan.places.threshold)
    cells[table.label_row, table.under_column] = Cell(
        run.given.threshold, "hint,center,below", f"={threshold}", "loss threshold"
    )
    return cells


def _table(run: Run, k: int) -> Table:
    """Every step; right of the tape's columns its number, and again once its loss is under the threshold."""
    plan, table, tape = run.plan, run.plan.tables[k], run.plan.tapes[k]
    total, limit = tape.index[tape.total.name], run.given.threshold
    squares = (Role.LOSS, Role.TOTAL) if LOSSES[plan.network.loss].square else ()
    columns = [
        TableColumn(
            table.column(column.name),
            column.name,
            _styles(plan, column),
            formula,
            scale=run.scale(k, column.name),
            squares=column.role in squares,
        )
        for column, formula in zip(tape, plan.formulas(k), strict=True)
    ]
    small, under = ("hint,center",) * 2, _under(table, total + 1)
    columns.append(TableColumn(table.step_column, "step", small, None))
    columns.append(TableColumn(table.under_column, "step if under the threshold", small, under, total))
    rows = [(*row, n, n if row[total] < limit else "") for n, row in enumerate(run.rows[k], start=1)]
    return Table(table.first_row, tuple(columns), rows)


def _under(table: TableLayout, total: int) -> RowFormula:
    limit = a1(table.label_row, table.under_column, absolute=True)
    loss, step = (f"{letters(column)}{{row}}" for column in (total, table.step_column))
    text = f'=IF(ISNUMBER({loss}),IF({loss}<{limit},{step},""),"")'
    return RowFormula(text, text)


def _styles(plan: Plan, column: Column) -> tuple[str, str]:
    fill = f"{part(column, plan.tape.layers)} fill," if column.role is Role.TOTAL else ""
    style = f"{fill}{number_style(column)}"
    return style, f"{style},rule"


def _blocks(top: Above) -> tuple[dict[Place, Cell], tuple[tuple[Place, Place], ...]]:
    """The derivations with their headings, and the box round each."""
    cells: dict[Place, Cell] = {}
    for one in top.blocks:
        if one.heading:
            row, column, style = one.heading
            cells[row, column] = Cell(one.block.heading, style)
        cells |= _lines(one.block, one.row, one.column)
    return cells, tuple(((one.row, one.column), (one.last_row, one.last_column)) for one in top.blocks)


def _lines(block: paper.Block, row: int, column: int) -> dict[Place, Cell]:
    return {
        (row + n, column): Cell(line.text, "mono,small", bold_from=len(line.lead)) for n, line in enumerate(block.lines)
    }


def _chart(run: Run, k: int) -> Chart:
    plan = run.plan
    table, name, top = plan.tables[k], plan.rate_sheets[k], plan.above[k]
    total = table.column(plan.tape.total.name)
    height = sum(4 if row in top.gaps else ROW_HEIGHT for row in range(top.chart_row, table.label_row - 1))
    return Chart(
        place=(top.chart_row, 1),
        size=(top.drawing.columns * COLUMN_WIDTH, height),
        title="Loss, step by step",
        x_title="step",
        y_title="E_total",
        series=(
            (
                plan.on_rate(k, table.header_row, total),
                table.run(table.step_column, name),
                table.run(total, name),
                hues(dict(plan.network.look))["loss"],
            ),
        ),
        description=f"Line chart: the total loss at every step on the sheet {name}",
        x_last=plan.steps,
        y_range=axes.linear(run, (k,)),
    )
