"""Gradient check: each gradient of the picked step beside a central difference from live forward passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf, isnan, sqrt

from xlbackprop.maths.excel import formula
from xlbackprop.maths.numeric import Row, sizer, trainer
from xlbackprop.maths.rules import LOSSES
from xlbackprop.maths.tape import GIVEN, Column, Role
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.look import POWERS, part
from xlbackprop.pages.page import UNJUDGED, Cell, Page, Place, Verdict, fits
from xlbackprop.pages.plan import CHECK, SHOWN_RATE, SHOWN_STEP, STEP, Plan, Run
from xlbackprop.pages.yours import START

STEP_SIZE = 0.00001  # h: small enough for the curve to be straight, large enough for 16 digits to tell losses apart
TOLERANCE = 0.000001
FLOOR = 0.000000000001  # below this both count as zero
MOST_CHECKED = 120  # weights; each takes two forward passes

H: Place = (5, 3)
LIMIT: Place = (6, 3)
LEAST: Place = (7, 3)
SUMMARY: Place = (8, 3)
TABLE: Place = (10, 1)  # its header
FIRST_PASS_COLUMN = 3
COLUMNS = (
    "weight",
    "value",
    "gradient on the sheet",
    "E_total, w + h",
    "E_total, w − h",
    "central difference",
    "relative error",
    "verdict",
)


HOW = (
    "Each weight is moved up by h and down by h; the forward passes below give the loss both times.",
    "central difference = (E_total with w + h  −  E_total with w − h) / (2 h)",
    "relative error = |gradient − central difference| / the larger of the two",
    "The forward passes know nothing of derivatives: they use the formulas for h1 … E_total only.",
)

Pass = tuple[Row, Row]  # all columns with one weight moved up, and moved down


def page(run: Run) -> Page:
    """The sheet that does not believe the learning-rate sheets."""
    plan = run.plan
    weights = _checked(plan)
    forward = trainer(plan.tape)
    passes = [_moved(run, weight, forward) for weight in weights]
    given = TABLE[0] + len(weights) + 3
    cells, formulas = _head(run) | _given(run, given) | _table_head(run), _pass_formulas(plan, given)
    passed, size = 0, _size_of_loss(run)
    for n, weight in enumerate(weights):
        line = _line(run, n, weight, passes[n], given + 3 + 2 * n, size)
        passed += line[TABLE[0] + 1 + n, 8].value == "PASS"
        cells |= line | _pass_rows(run, n, passes[n], given + 3 + 2 * n, formulas)
    cells |= _pass_head(run, given + 2) | _summary(
        len(weights), passed, UNJUDGED if run.overflows(*run.picked) else None
    )
    return Page(
        name=CHECK,
        kind="check",
        cells=cells,
        fits=fits(cells, POWERS),
        widths={(1, FIRST_PASS_COLUMN + len(_pass_columns(plan))): 70, (4, 5): 84},
        heights={1: 30, TABLE[0]: 30},
        verdicts=(Verdict((TABLE[0] + 1, 8), (TABLE[0] + len(weights), 8)), Verdict(SUMMARY, SUMMARY)),
    )


def _head(run: Run) -> dict[Place, Cell]:
    plan = run.plan
    k, step = run.picked
    labels = (
        "learning rate η",
        "step",
        "moved by ± h",
        "PASS: relative error <",
        "or absolute error <",
        "verdict on all",
    )
    cells: dict[Place, Cell] = {
        (1, 1): Cell("Gradient check: does the loss move as the gradient says?", "title"),
        (2, 1): Cell(
            f"Pick learning rate and step on {STEP}. Overtype a gradient in that row: its weight turns FAIL.",
            "hint",
        ),
        (1, 12): Cell(START, "link", link=START),
        (1, 13): Cell(STEP, "link", link=STEP),
        (3, 3): Cell(run.given.rates[k], "plain,center", f"={plan.on_step(SHOWN_RATE)}", "picked learning rate"),
        (4, 3): Cell(step, "plain,center", f"={plan.on_step(SHOWN_STEP)}", "picked step"),
        H: Cell(STEP_SIZE, "plain,center", label="h"),
        LIMIT: Cell(TOLERANCE, "error,center", label="largest relative error"),
        LEAST: Cell(FLOOR, "error,center", label="largest absolute error"),
    }
    cells |= {(row, 1): Cell(text, "bold") for row, text in enumerate(labels, start=3)}
    return cells | {(TABLE[0] + 1 + n, 10): Cell(text, "hint") for n, text in enumerate(HOW)}


def _checked(plan: Plan) -> list[Column]:
    """The weights that are moved: all, or MOST_CHECKED of them spread over all layers."""
    weights = plan.tape.of(Role.WEIGHT)
    every = max(1, -(-len(weights) // MOST_CHECKED))
    return weights[::every]


def _summary(weights: int, passed: int, scale: float | None) -> dict[Place, Cell]:
    verdicts = f"{a1(TABLE[0] + 1, 8)}:{a1(TABLE[0] + weights, 8)}"
    value = "PASS" if passed == weights else "FAIL"
    text = f'=IF(COUNTIF({verdicts},"PASS")={weights},"PASS","FAIL")'
    return {SUMMARY: Cell(value, "bold,center", text, "verdict on all weights", scale=scale)}


def _given(run: Run, row: int) -> dict[Place, Cell]:
    """Targets and inputs of the picked step, which every forward pass reads."""
    k, step = run.picked
    cells: dict[Place, Cell] = {(row - 1, 1): Cell("Forward passes with one weight moved", "heading")}
    for n, column in enumerate(_unmoved(run.plan)):
        value = run.value(k, step, column.name)
        cells[row, 1 + 2 * n] = Cell(column.name, "input ink,bold,right")
        cells[row, 2 + 2 * n] = Cell(value, "plain,left", run.plan.picked(column), column.name)
    return cells


def _unmoved(plan: Plan) -> list[Column]:
    """What a forward pass reads besides the weights that are moved."""
    moved = {column.name for column in _checked(plan)}
    return [c for c in plan.tape.of(*GIVEN, Role.HELD, Role.WEIGHT) if c.name not in moved]


def _table_head(run: Run) -> dict[Place, Cell]:
    row, column = TABLE
    return {(row, column + n): Cell(text, "gradient band,center,wrap,strong") for n, text in enumerate(COLUMNS)}


def _size_of_loss(run: Run) -> float:
    """The size of what the loss of the picked step was calculated from; infinity where that is beyond a double."""
    if not run.scales:
        return 0.0
    k, step = run.picked
    tape = run.plan.tapes[k]
    size = float(sizer(tape)(run.rows[k][step - 1])[tape.index[tape.total.name]])
    return inf if isnan(size) else size


def _noise(plan: Plan, loss: float, size: float) -> float:
    """What a central difference was calculated from: rounding, some 1e-16 of it, is divided by h.

    Of a square (t - a)^2 rounding moves t - a by a share of what went into that: the root of the loss times the root of
    the loss's size. A difference of logarithms is as noisy as these are large.
    """
    moved = 200 * sqrt(loss * size) if LOSSES[plan.network.loss].square else 1000 * size
    return moved + 0.1 + 600 * loss


def _line(run: Run, n: int, weight: Column, moved: Pass, pass_row: int, size_of_loss: float) -> dict[Place, Cell]:
    """One weight: its gradient as the sheet has it, and what the loss itself says."""
    plan, (k, step), row = run.plan, run.picked, TABLE[0] + 1 + n
    gradient = plan.tape.gradient_of(weight.name)
    slope = run.value(k, step, gradient.name)
    total = FIRST_PASS_COLUMN + len(_pass_columns(plan)) - 1
    up, down = (values[plan.tape.index[plan.tape.total.name]] for values in moved)
    h, limit, least = (a1(*place, absolute=True) for place in (H, LIMIT, LEAST))
    central = (up - down) / (2 * STEP_SIZE)
    size = max(abs(slope), abs(central))
    error = abs(slope - central) / size if size else 0.0
    passes = error <= TOLERANCE or abs(slope - central) <= FLOOR
    judged = UNJUDGED if run.overflows(k, step) else None
    loss, scale = run.scale(k, plan.tape.total.name), run.scale(k, gradient.name)
    noise = _noise(plan, max(abs(up), abs(down)), size_of_loss)
    name = weight.name
    texts = (
        Cell(name, f"{part(weight, plan.tape.layers)} ink,bold,center"),
        Cell(
            run.value(k, step, name),
            "weight,center",
            plan.picked(weight),
            f"{name} at the picked step",
            scale=run.scale(k, name),
        ),
        Cell(slope, "tiny,center", plan.picked(gradient), f"{gradient.name} on its sheet", scale=scale),
        Cell(up, "exact,center", f"={a1(pass_row, total)}", f"E_total with {name} moved up", scale=loss),
        Cell(down, "exact,center", f"={a1(pass_row + 1, total)}", f"E_total with {name} moved down", scale=loss),
        Cell(central, "tiny,center", f"=(D{row}-E{row})/(2*{h})", f"central difference of {name}", scale=noise),
        Cell(
            error,
            "error,center",
            f"=IF(MAX(ABS(C{row}),ABS(F{row}))=0,0,ABS(C{row}-F{row})/MAX(ABS(C{row}),ABS(F{row})))",
            f"relative error of {name}",
            scale=noise / max(size, FLOOR),
        ),
        Cell(
            "PASS" if passes else "FAIL",
            "center,bold",
            f'=IF(ISNUMBER(G{row}),IF(OR(G{row}<={limit},ABS(C{row}-F{row})<={least}),"PASS","FAIL"),"FAIL")',
            f"verdict on {name}",
            scale=judged,
        ),
    )
    return {(row, place): cell for place, cell in enumerate(texts, start=1)}


def _pass_columns(plan: Plan) -> list[Column]:
    moved = {column.name for column in _checked(plan)}
    roles = (Role.WEIGHT, Role.NET, Role.LAYER, Role.ACTIVATION, Role.LOSS, Role.TOTAL)
    return [column for column in plan.tape.of(*roles) if column.role is not Role.WEIGHT or column.name in moved]


def _pass_head(run: Run, row: int) -> dict[Place, Cell]:
    layers = run.plan.tape.layers
    cells: dict[Place, Cell] = {
        (row, 1): Cell("moved", "bold,center,strong"),
        (row, 2): Cell("by", "bold,center,strong"),
    }
    for place, column in enumerate(_pass_columns(run.plan), start=FIRST_PASS_COLUMN):
        cells[row, place] = Cell(column.name, f"{part(column, layers)} band,center,strong")
    return cells


def _pass_formulas(plan: Plan, given: int) -> dict[str, str]:
    """The formula of each column of a forward pass; the number of its row is left to be filled in."""
    here = {c.name: a1(given, 2 + 2 * place, absolute=True) for place, c in enumerate(_unmoved(plan))}
    columns = _pass_columns(plan)
    here |= {c.name: f"{letters(place)}{{row}}" for place, c in enumerate(columns, start=FIRST_PASS_COLUMN)}
    weights = {c.name: f"=$B${row}" for row, c in enumerate(_checked(plan), start=TABLE[0] + 1)}
    others = [column for column in columns if column.name not in weights]
    return weights | {c.name: formula(c.expr, lambda ref: here[ref.name]) for c in others if c.expr is not None}


def _pass_rows(run: Run, n: int, moved: Pass, first: int, formulas: Mapping[str, str]) -> dict[Place, Cell]:
    """Two live forward passes: weight n up, weight n down; the others as the picked step has them."""
    plan = run.plan
    name = _checked(plan)[n].name
    cells: dict[Place, Cell] = {}
    for sign, (row, values) in zip("+-", enumerate(moved, start=first), strict=True):
        style = "over" if sign == "+" else "base"
        cells[row, 1] = Cell(name, f"bold,center,{style}")
        cells[row, 2] = Cell("+ h" if sign == "+" else "− h", f"hint,center,{style}")
        for place, column in enumerate(_pass_columns(plan), start=FIRST_PASS_COLUMN):
            text = formulas[column.name].replace("{row}", str(row))
            cells[row, place] = Cell(
                values[plan.tape.index[column.name]],
                f"{'tiny' if column.role in (Role.LOSS, Role.TOTAL) else 'weight'},center,{style}",
                f"{text}{sign}{a1(*H, absolute=True)}" if column.name == name else text,
                f"{column.name} with {name} moved",
                scale=run.scale(run.picked[0], column.name),
            )
    return cells


def _moved(run: Run, weight: Column, forward: Callable[..., Iterator[Row]]) -> Pass:
    """The forward pass of the picked step with a weight moved up and down, every column."""
    plan, (k, step) = run.plan, run.picked
    trained = plan.tape.of(Role.WEIGHT)
    weights = [run.value(k, step, column.name) for column in trained]
    given = [run.value(k, step, column.name) for column in plan.tape.of(*GIVEN)]
    settings = (run.given.rates[0], *run.given.settings[0])
    place = trained.index(weight)

    def moved(by: float) -> Row:
        changed = [*weights[:place], weights[place] + by, *weights[place + 1 :]]
        return next(forward([given], run.given.held, changed, settings, 1))

    return moved(STEP_SIZE), moved(-STEP_SIZE)
