"""Step: one row of one learning rate, every line of maths written out with that row's numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import ceil, isnan, nan
from typing import Any

from xlbackprop.maths import paper
from xlbackprop.maths.expr import refs
from xlbackprop.maths.tape import STEP as STEP_NUMBER
from xlbackprop.pages.above import capped, width
from xlbackprop.pages.drawing import drawing_cells
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import POWERS, number_style, part
from xlbackprop.pages.page import UNJUDGED, Cell, Choice, Page, Place, Value, fits
from xlbackprop.pages.plan import (
    CHECK,
    COLUMN_WIDTH,
    NONE,
    PICK_RATE,
    PICK_STEP,
    ROW_HEIGHT,
    SHOWN_RATE,
    SHOWN_SHEET,
    SHOWN_STEP,
    STEP,
    Plan,
    Run,
)
from xlbackprop.pages.plugged import Chosen, Named, block_cells, line, update
from xlbackprop.pages.yours import START
from xlbackprop.shown import as_factor, as_factor_formula, plain, shown, shown_formula

DRAWING: Place = (6, 1)
FORWARD = 7  # columns of the forward pass at least


@dataclass(frozen=True, slots=True)
class Number:
    """A number behind the lines, with its formula.

    value: None where the sheet that is picked has none of that name; everywhere: whether all sheets have one.
    """

    name: str
    formula: str
    value: float | None
    style: str
    hue: str
    scale: float = 0.0
    everywhere: bool = True

    def told(self, said: Value) -> Value:
        """What a cell shows of the number, or NONE."""
        return NONE if self.value is None else said

    def made(self, formula: str, cell: str) -> str:
        """A formula of the number in a cell, or NONE where there is none."""
        return formula if self.everywhere else f'=IF(ISNUMBER({cell}),{formula[1:]},"{NONE}")'


def page(run: Run) -> Page:
    """The sheet that plugs one step's numbers in."""
    plan, left = run.plan, run.plan.above[0].left
    drawing = plan.above[0].drawing
    forward = capped(paper.Block("Forward", paper.formulae(plan.tape).lines))
    derivatives, blocks, updates = capped(paper.derivatives(plan.tape)), _wide_blocks(plan), _updates(plan)
    wide = max(DRAWING[0] + drawing.rows, 3 + len(forward.lines), 3 + len(derivatives.lines)) + 2
    tops = list(accumulate((len(block.lines) + 2 for block in (*blocks, updates[0])), initial=wide))
    numbers_row = tops[-1]
    named, cells = _numbers(run, numbers_row, updates)
    cells |= _head(run)
    chosen = Chosen(run.picked[0], a1(*SHOWN_SHEET, absolute=True))
    beside = left + max(FORWARD, ceil(1.6 * width(forward)))  # numbers are longer than names
    cells |= block_cells([forward], (3, left), named, line, chosen)
    cells |= block_cells([derivatives], (3, beside), named, line, chosen)
    for block, row in zip(blocks, tops, strict=False):
        cells |= block_cells([block], (row, 1), named, line, chosen)
    cells |= block_cells(updates, (tops[-2], 1), named, update, chosen)
    cells |= drawing_cells(
        drawing,
        plan.tape,
        DRAWING,
        lambda name: named[name].value_at,
        lambda name: named[name].value,
        lambda name: named[name].scale,
    )
    last = max(cells)[0]
    return Page(
        name=STEP,
        kind="step",
        cells=cells,
        fits=fits(cells, POWERS),
        widths={(1, 33): COLUMN_WIDTH},
        heights=dict.fromkeys(range(1, last + 1), ROW_HEIGHT) | {1: 30},
        merged=((PICK_RATE, (PICK_RATE[0], PICK_RATE[1] + 1)),),
        drawing=DRAWING,
        choices=_choices(plan),
        kept=tuple((top, below - 2) for top, below in pairwise((1, *tops, last + 2))),  # without the empty row
    )


def _wide_blocks(plan: Plan) -> list[paper.Block]:
    tape = plan.tape
    layers = range(tape.layers, 0, -1)
    blocks = [
        paper.errors(tape),
        *(paper.gradient_columns(tape, n, f"Gradients of the {paper.layer_name(tape, n)}") for n in layers),
    ]
    return [capped(block) for block in blocks if block.lines]


def _updates(plan: Plan) -> list[paper.Block]:
    """What the weights become: one block, or one for each sheet where they are updated in different ways."""
    if not plan.network.compared:
        return [capped(paper.updates(plan.tape))]
    named = zip(plan.rate_sheets, plan.tapes, strict=True)
    return [capped(replace(paper.updates(tape), heading=f"Update by {name}")) for name, tape in named]


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


def _numbers(run: Run, top: int, updates: Sequence[paper.Block]) -> tuple[dict[str, Named], dict[Place, Cell]]:
    """The picked row, set upright: name, value, text, and text as it stands in a product."""
    heads = {1: "name", 2: "value", 4: "as text", 6: "in a product"}
    cells: dict[Place, Cell] = {(top, 1): Cell("The numbers behind the lines", "heading")}
    cells |= {(top + 1, column): Cell(text, "strong,bold") for column, text in heads.items()}
    named: dict[str, Named] = {}
    read = {ref.name: None for block in updates for said in block.lines for ref in refs(said.result)}
    for row, one in enumerate((*_settings(run, read), *_columns(run, read)), start=top + 2):
        at, text_at = a1(row, 2, absolute=True), a1(row, 4, absolute=True)
        value = nan if one.value is None else one.value
        judged = UNJUDGED if one.value is not None and isnan(value) else None
        text, factor = one.made(shown_formula(at), at), one.made(as_factor_formula(at, text_at), at)
        cells[row, 1] = Cell(one.name, f"{one.hue} ink,bold")
        cells[row, 2] = Cell(one.told(value), f"{one.style},left,shrink", one.formula, one.name, scale=one.scale)
        cells[row, 4] = Cell(one.told(shown(value)), "hint", text, f"{one.name} as text", scale=judged)
        cells[row, 6] = Cell(one.told(as_factor(value)), "hint", factor, f"{one.name} in a product", scale=judged)
        named[one.name] = Named(value, one.scale, at, text_at, a1(row, 6, absolute=True))
    return named, cells


def _settings(run: Run, read: Collection[str]) -> Iterator[Number]:
    """What the lines read besides columns: the learning rate, and of the settings those that the updates need."""
    plan, places = run.plan, run.plan.places
    k, step = run.picked
    sheet = a1(*SHOWN_SHEET, absolute=True)
    yield Number(plan.tape.settings[0], f"={a1(*SHOWN_RATE, absolute=True)}", run.given.rates[k], "plain", "input")
    values = dict(zip(plan.tapes[k].settings[1:], run.given.settings[k], strict=True))
    for symbol in (symbol for symbol in places.symbols if symbol in read):
        head, last = (places.setting(n, symbol) for n in (-1, len(plan.rate_sheets) - 1))
        found = f"=INDEX({plan.on_start(head)}:{a1(*last, absolute=True)},{sheet}+1)"
        everywhere = all(symbol in tape.settings for tape in plan.tapes)
        number = Number(symbol, found, values.get(symbol), "plain", "input", everywhere=everywhere)
        yield replace(number, formula=number.made(found, found[1:]))
    if STEP_NUMBER in read:
        yield Number(STEP_NUMBER, f"={a1(*SHOWN_STEP, absolute=True)}", float(step), "plain", "input")


def _columns(run: Run, read: Collection[str]) -> Iterator[Number]:
    """The columns that all sheets have, and of the others those that the updates need."""
    plan = run.plan
    k, step = run.picked
    shared = {column.name: column for column in plan.shared}
    others = {c.name: c for tape in plan.tapes for c in tape if c.name in read and c.name not in shared}
    for name, column in {**shared, **others}.items():
        there = name in plan.tapes[k].index
        yield Number(
            name,
            plan.picked(column),
            run.value(k, step, name) if there else None,
            number_style(column),
            part(column, plan.tape.layers),
            run.scale(k, name) if there else 0.0,
            all(name in tape.index for tape in plan.tapes),
        )


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
