"""Step: one row of one learning rate, every line of maths written out with that row's numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isnan
from typing import Any

from xlbackprop import paper
from xlbackprop.above import capped, width
from xlbackprop.drawing import drawing_cells
from xlbackprop.excel import formula
from xlbackprop.expr import Expr, Ref, refs
from xlbackprop.layout import a1
from xlbackprop.look import POWERS, number_style, part
from xlbackprop.numeric import evaluate
from xlbackprop.page import UNJUDGED, Cell, Choice, Page, Place, fits
from xlbackprop.plan import (
    CHECK,
    COLUMN_WIDTH,
    PICK_RATE,
    PICK_STEP,
    SHOWN_RATE,
    SHOWN_SHEET,
    SHOWN_STEP,
    STEP,
    Plan,
    Run,
)
from xlbackprop.shown import ERROR, as_factor, as_factor_formula, plain, rounded, shown, shown_formula
from xlbackprop.tape import STEP as STEP_NUMBER
from xlbackprop.yours import START

DRAWING: Place = (6, 1)
FORWARD = 7  # columns of the forward pass at least
UPDATE_DECIMALS = 6  # a step moves most weights by less than four decimals show


@dataclass(frozen=True, slots=True)
class Named:
    """A number that lines refer to: where its value, its text and its text inside a product stand."""

    value: float
    scale: float
    value_at: str
    text_at: str
    factor_at: str


def page(run: Run) -> Page:
    """The sheet that plugs one step's numbers in."""
    plan, left = run.plan, run.plan.above[0].left
    drawing = plan.above[0].drawing
    forward = capped(paper.Block("Forward", paper.formulae(plan.tape).lines))
    derivatives, blocks = capped(paper.derivatives(plan.tape)), _wide_blocks(plan)
    wide = max(DRAWING[0] + drawing.rows, 3 + len(forward.lines), 3 + len(derivatives.lines)) + 2
    numbers_row = wide + sum(len(block.lines) + 2 for block in blocks)
    named, cells = _numbers(run, numbers_row)
    cells |= _head(run)
    cells |= _lines(forward, (3, left), named)
    beside = left + max(FORWARD, ceil(1.6 * width(forward)))  # numbers are longer than names
    cells |= _lines(derivatives, (3, beside), named)
    row = wide
    for block in blocks:
        cells |= _lines(block, (row, 1), named)
        row += len(block.lines) + 2
    cells |= drawing_cells(
        drawing,
        plan.tape,
        DRAWING,
        lambda name: named[name].value_at,
        lambda name: named[name].value,
        lambda name: named[name].scale,
    )
    return Page(
        name=STEP,
        kind="step",
        cells=cells,
        fits=fits(cells, POWERS),
        widths={(1, 33): COLUMN_WIDTH},
        heights={1: 30},
        merged=((PICK_RATE, (PICK_RATE[0], PICK_RATE[1] + 1)),),
        drawing=DRAWING,
        choices=_choices(plan),
    )


def _wide_blocks(plan: Plan) -> list[paper.Block]:
    tape = plan.tape
    layers = range(tape.layers, 0, -1)
    blocks = [
        paper.errors(tape),
        *(paper.gradient_columns(tape, n, f"Gradients of the {paper.layer_name(tape, n)}") for n in layers),
    ]
    if not plan.network.compared:  # else the sheets update in different ways
        blocks.append(paper.updates(tape))
    return [capped(block) for block in blocks if block.lines]


def _head(run: Run) -> dict[Place, Cell]:
    """What is picked, and what is shown for that."""
    plan, compared = run.plan, run.plan.network.compared
    k, step = run.picked
    asked, shown_as, sheet = _pick_of_sheet(plan) if compared else _pick_of_rate(plan)
    names = ", ".join(f"{n} {name}" for n, name in enumerate(plan.rate_sheets, start=1)) if compared else ""
    follow = f"Pick a {asked} and a step in the yellow cells: every line and the drawing follow. {names}".strip()
    cells = {
        (1, 1): Cell("One step, with its numbers plugged in", "title"),
        (2, 1): Cell(follow.replace(" η", ""), "hint"),
        (1, 20): Cell(START, "link", link=START),
        (1, 22): Cell(CHECK, "link", link=CHECK),
        (3, 1): Cell(asked, "bold"),
        PICK_RATE: Cell(run.given.picked_rate, "yours,plain,center", label="picked learning rate"),
        (3, 6): Cell("step", "bold,right"),
        PICK_STEP: Cell(run.given.picked_step, "yours,plain,center", label="picked step"),
        (4, 1): Cell(shown_as, "hint"),
        SHOWN_RATE: Cell(
            run.given.rates[k],
            "hint,center,plain",
            f"=INDEX({_rates(plan, -1)},{a1(*SHOWN_SHEET)}+1)",
            "shown learning rate",
        ),
        SHOWN_STEP: Cell(step, "hint,center", f"=MIN(MAX(1,INT({a1(*PICK_STEP)})),{plan.steps})", "shown step"),
        (4, 8): Cell("sheet no.", "hint,right"),
        SHOWN_SHEET: Cell(k + 1, "hint,center", sheet, "number of sheet"),
    }
    return cells if compared else cells | {(5, 1): _message(run)}


def _pick_of_rate(plan: Plan) -> tuple[str, str, str]:
    """What is asked for, what is shown, and the formula of the number of its sheet."""
    found = f"MATCH({a1(*PICK_RATE)},{_rates(plan, 0)},0)"
    return "learning rate η", "shown", f"=IF(ISNUMBER({found}),{found},1)"


def _pick_of_sheet(plan: Plan) -> tuple[str, str, str]:
    """The same where sheets compare optimisers."""
    return "number of sheet", "learning rate η", f"=MIN(MAX(1,INT({a1(*PICK_RATE)})),{len(plan.rate_sheets)})"


def _message(run: Run) -> Cell:
    """That there is no sheet for the rate that was picked."""
    said = "There is no sheet for that rate: showing "
    stale = run.given.picked_rate not in run.given.rates
    found = f"ISNUMBER(MATCH({a1(*PICK_RATE)},{_rates(run.plan, 0)},0))"
    return Cell(
        f"{said}{plain(run.given.rates[0])}." if stale else "",
        "loss ink,bold",
        f'=IF({found},"","{said}"&{a1(*SHOWN_RATE)}&".")',
        "message",
    )


def _numbers(run: Run, top: int) -> tuple[dict[str, Named], dict[Place, Cell]]:
    """The picked row, set upright: name, value, text, and text as it stands in a product."""
    plan = run.plan
    k, step = run.picked
    heads = {1: "name", 2: "value", 4: "as text", 6: "in a product"}
    cells: dict[Place, Cell] = {(top, 1): Cell("The numbers behind the lines", "heading")}
    cells |= {(top + 1, column): Cell(text, "strong,bold") for column, text in heads.items()}
    named: dict[str, Named] = {}
    sources = [(name, text, value, value, "plain", "input") for name, text, value in _settings(run)]
    for column in plan.shared:
        value = run.value(k, step, column.name)
        hue = part(column, plan.tape.layers)
        scale = run.scale(k, column.name)
        sources.append((column.name, plan.picked(column), value, scale, number_style(column), hue))
    for row, (name, text, value, scale, style, hue) in enumerate(sources, start=top + 2):
        judged = UNJUDGED if isnan(value) else None
        at, text_at = a1(row, 2, absolute=True), a1(row, 4, absolute=True)
        cells[row, 1] = Cell(name, f"{hue} ink,bold")
        cells[row, 2] = Cell(value, f"{style},left,shrink", text, name, scale=scale)
        cells[row, 4] = Cell(shown(value), "hint", shown_formula(at), f"{name} as text", scale=judged)
        cells[row, 6] = Cell(
            as_factor(value), "hint", as_factor_formula(at, text_at), f"{name} in a product", scale=judged
        )
        named[name] = Named(value, scale, at, text_at, a1(row, 6, absolute=True))
    return named, cells


def _settings(run: Run) -> list[tuple[str, str, float]]:
    """Name, formula and value of what the lines read besides columns: the learning rate, and what the updates need."""
    plan = run.plan
    k, step = run.picked
    first, *others = plan.tape.settings
    found = [(first, f"={a1(*SHOWN_RATE, absolute=True)}", run.given.rates[k])]
    if plan.network.compared:
        return found
    read = {ref.name for line in paper.updates(plan.tape).lines for ref in refs(line.result)}
    sheet = a1(*SHOWN_SHEET, absolute=True)
    for symbol, value in zip(others, run.given.settings[k], strict=True):
        head, last = (plan.places.setting(n, symbol) for n in (-1, len(plan.rate_sheets) - 1))
        cells = f"{plan.on_start(head)}:{a1(*last, absolute=True)}"
        found += [(symbol, f"=INDEX({cells},{sheet}+1)", value)] if symbol in read else []
    return [*found, (STEP_NUMBER, f"={a1(*SHOWN_STEP, absolute=True)}", float(step))] if STEP_NUMBER in read else found


def _lines(block: paper.Block, place: Place, named: dict[str, Named]) -> dict[Place, Cell]:
    """A heading and a line of text for each of the block's lines, made of the numbers' texts."""
    row, column = place
    cells: dict[Place, Cell] = {place: Cell(block.heading, "heading")}
    write = _update_line if block.heading == "Update" else _line
    for n, line in enumerate(block.lines, start=1):
        cells[row + n, column] = write(line, named)
    return cells


def _line(line: paper.Line, named: dict[str, Named]) -> Cell:
    if line.name in named:
        result_at, result = named[line.name].text_at, shown(named[line.name].value)
    else:
        value = _value(line.result, named)
        result_at, result = shown_formula(f"({_formula(line.result, named)})")[1:], shown(value)
    return _text(
        line,
        lambda ref: (named[ref.name].factor_at, as_factor(named[ref.name].value)),
        (result_at, result),
    )


def _update_line(line: paper.Line, named: dict[str, Named]) -> Cell:
    """``w5 next = 0.4 - 0.1 * 0.0129 = 0.398712``: the weight before and after in six decimals."""
    value = _value(line.result, named)
    weight = line.name.split()[0]

    def spelt(ref: Ref) -> tuple[str, str]:
        at = named[ref.name]
        if ref.name == weight:
            return f'ROUND({at.value_at},{UPDATE_DECIMALS})&""', rounded(at.value, UPDATE_DECIMALS)
        return at.factor_at, as_factor(at.value)

    result = f'ROUND({_formula(line.result, named)},{UPDATE_DECIMALS})&""', rounded(value, UPDATE_DECIMALS)
    return _text(line, spelt, result)


def _text(line: paper.Line, spelt: Callable[[Ref], tuple[str, str]], result: tuple[str, str]) -> Cell:
    """One line as a text: constants in quotes, numbers from their cells. A number on its own is said once."""
    pieces = [(f'"{line.name} = "', f"{line.name} = ")]
    expression = paper.plugged(line.result)
    if len(expression) > 1:
        pieces += [(f'"{token}"', token) if isinstance(token, str) else spelt(token) for token in expression]
        pieces.append(('" = "', " = "))
    pieces.append(result)
    text = "=" + "&".join(piece for piece, _ in pieces).replace('"&"', "")
    value = "".join(piece for _, piece in pieces)
    if ERROR in value:
        return Cell(ERROR, "mono,small", text, line.name, scale=UNJUDGED)
    return Cell(value, "mono,small", text, line.name)


def _formula(expr: Expr, named: dict[str, Named]) -> str:
    return formula(expr, lambda ref: named[ref.name].value_at)[1:]


def _value(expr: Expr, named: dict[str, Named]) -> float:
    return evaluate(expr, {name: number.value for name, number in named.items()})


def _rates(plan: Plan, first: int) -> str:
    """The learning rates on Start as a range; from -1 on with their heading, so that it is never a single cell."""
    return f"{plan.on_start(plan.places.rate(first))}:{a1(*plan.places.rate(len(plan.rate_sheets) - 1), absolute=True)}"


def _choices(plan: Plan) -> tuple[Choice, ...]:
    if plan.network.compared:
        rates: Any = [str(k) for k in range(1, len(plan.rate_sheets) + 1)]
    else:
        rates = f"={_rates(plan, 0)}"
    steps = f"={plan.table.run(plan.table.step_column, plan.rate_sheets[0])}"
    return (
        Choice(PICK_RATE, {"validate": "list", "source": rates, "error_message": "Pick one of the rates on Start."}),
        Choice(
            PICK_STEP,
            {"validate": "list", "source": steps, "error_message": f"Pick a step from 1 to {plan.steps}."},
        ),
    )
