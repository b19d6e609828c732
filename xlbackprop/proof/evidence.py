"""What `verify` compares a workbook with besides its rows: its yellow cells, and the witnesses of each gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from xlbackprop.engines import Values
from xlbackprop.grid import Grid, Value
from xlbackprop.maths.network import Network
from xlbackprop.maths.tape import Role
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import MUST_BE_POSITIVE, Given, Plan, Run, Yours
from xlbackprop.pages.yours import SHEET_COLUMN, START
from xlbackprop.proof.compare import GRADIENT, LEAST, ROUNDING, Difference, numbers_of, same, told
from xlbackprop.proof.witness import Array, Rows, along, autograd, complex_step
from xlbackprop.reading.package import SavedWorkbook

MISLEADING = (  # settings of calculation, the values that mislead, and what to do
    (
        "fullPrecision",
        ("0", "false"),
        "'Precision as displayed' is on, so Excel and LibreOffice round every number: switch it off",
    ),
    ("calcMode", ("manual",), "calculates by hand, so changes show only after F9: set it to calculate automatically"),
)
SUSPECT = 0.3  # of the largest error that is none


def read_given(plan: Plan, saved: SavedWorkbook, values: Values) -> Given | list[Difference]:
    """What the yellow cells hold, or what is wrong with them. A formula there counts with its recalculated value."""
    numbers: list[float] = []
    wrong: list[Difference] = []
    for yours in plan.yours:
        cell = saved.sheets[yours.sheet].get(yours.place)
        value: Value = cell.value if cell else None
        if cell and cell.formula:
            value = values.get(yours.sheet, Grid()).get(yours.place)
        needed = _needed(plan, yours, value)
        if needed or not isinstance(value, float):
            wrong.append(
                Difference(yours.sheet, yours.place, yours.label, "constant", told(value), needed or "a number")
            )
        else:
            numbers.append(value)
    return wrong or plan.given(numbers)


def _needed(plan: Plan, yours: Yours, value: Value) -> str | None:
    """What a yellow cell needs, where `value` is not that."""
    if not isinstance(value, float) or not math.isfinite(value):
        return "a number"
    positive = yours.sheet == START and yours.label in MUST_BE_POSITIVE
    return "a number greater than 0" if positive and value <= 0 else None


def renamed(plan: Plan, saved: SavedWorkbook) -> dict[str, str]:
    """Learning-rate sheets that someone renamed, with what they were called; formulas follow that, texts do not."""
    found = {}
    for k, name in enumerate(plan.rate_sheets):
        cell = saved.sheets[START].get((plan.places.rate(k)[0], SHEET_COLUMN))
        said = plan.network.compared[k].name if plan.network.compared else str(cell and cell.value)
        if said not in saved.sheets and (plan.network.compared or said.startswith("LR ")):
            found[name] = said
    return found


def by_their_old_name(one: Difference, renamed: Mapping[str, str]) -> bool:
    """Whether a text differs only in that it calls sheets what they were called before."""
    expected = one.expected
    for name, before in renamed.items():
        expected = expected.replace(name, before)
    return one.kind == "constant" and one.found == expected


def settings_that_mislead(saved: SavedWorkbook) -> list[str]:
    """What of a workbook's settings makes programs show other numbers than the formulas come to, a line each."""
    return [said for name, value, said in MISLEADING if saved.calculation.get(name) in value]


def stale_cells(
    plan: Plan, given: Given, expected: Sequence[Page], saved: SavedWorkbook
) -> tuple[list[Difference], Given]:
    """Yellow cells changed by a program that did not recalculate, and what they held before.

    The cell that repeats a yellow cell still shows the old number.
    """
    pages = {page.name: page for page in expected}
    numbers = [
        *(*given.data, *given.held, *given.weights, *given.rates, *(value for one in given.settings for value in one)),
        *(given.threshold, given.picked_rate, given.picked_step),
    ]
    found: list[Difference] = []
    for place, yours in enumerate(plan.yours):
        current = saved.sheets[yours.sheet][yours.place].value
        echo = saved.sheets[yours.echo_sheet].get(yours.echo)
        if echo and isinstance(echo.value, float) and not same(echo.value, pages[yours.echo_sheet].cell(yours.echo)):
            numbers[place] = echo.value
            old = f"{told(echo.value)}, with which the saved values were calculated: recalculate and save"
            found.append(Difference(yours.sheet, yours.place, yours.label, "stale", told(current), old))
    on_start = [one for one in found if one.sheet == START]
    return on_start or found, plan.given(numbers)  # what Step shows may change because a rate on Start did


def gradient_differences(run: Run, values: Values, engine: str) -> tuple[list[Difference], tuple[str, ...]]:
    """Gradients that are not what the witnesses find at the weights of their own row; and who the witnesses were."""
    plan, tape, table, network = run.plan, run.plan.tape, run.plan.table, run.plan.network
    found: list[Difference] = []
    names: tuple[str, ...] = ()
    places = [tape.index[column.name] for column in tape.of(Role.GRADIENT)]
    for sheet, numbers, scales in zip(plan.rate_sheets, run.rows, run.scales, strict=True):
        cells = numbers_of(values.get(sheet, Grid()), table.first_row, table.last_row, len(tape.columns))

        def columns(*roles: Role, cells: Array = cells) -> Array:
            return cells[:, [tape.index[column.name] for column in tape.of(*roles)]]

        given = (plan.steps, network.batch, -1)
        rows = Rows(
            columns(Role.INPUT).reshape(given),
            columns(Role.TARGET).reshape(given),
            columns(Role.WEIGHT),
            columns(Role.HELD),
        )
        there = columns(Role.GRADIENT)
        there[np.isnan(np.array(numbers)).any(axis=1)] = math.nan  # engines make different things of an overflow
        rounding = ROUNDING * np.array(scales)[places]
        slopes = {
            "the complex step": _by_complex_step(rows, network, there, rounding),
            "torch autograd": autograd(rows, network),
        }
        names = tuple(name for name, slope in slopes.items() if slope is not None)
        for name, slope in slopes.items():
            if slope is None:
                continue
            with np.errstate(invalid="ignore"):
                size = np.maximum(np.maximum(np.abs(there), np.abs(slope)), LEAST)
                apart = np.abs(there - slope) > GRADIENT * size + rounding
            for n, k in zip(*np.nonzero(apart), strict=True):
                column = tape.of(Role.GRADIENT)[k]
                place = table.first_row + int(n), table.column(column.name)
                expected = f"{told(float(slope[n, k]))} by {name}"
                found.append(
                    Difference(
                        sheet, place, column.name, "gradient", f"{told(float(there[n, k]))} in {engine}", expected
                    )
                )
    return found, names


def _by_complex_step(rows: Rows, network: Network, there: Array, rounding: Array) -> Array:
    """The gradients by the complex step, weight by weight, in the rows where `there` may be wrong; elsewhere `there`.

    Which rows those are is told by the slope along random directions, in which each gradient has a share so large that
    an error that counts makes more than SUSPECT of difference.
    """
    chance = np.random.default_rng(1)
    suspect = np.zeros(len(there), bool)
    with np.errstate(all="ignore"):
        share = 1 / (GRADIENT * np.abs(there) + rounding + 1e-300)
        for _ in range(2):  # two errors that cancel out in one direction do not in another
            directions = chance.choice((-1.0, 1.0), there.shape) * share
            suspect |= ~(np.abs((there * directions).sum(axis=1) - along(rows, network, directions)) <= SUSPECT)
    suspect &= ~np.isnan(there).all(axis=1)
    slopes = there.copy()
    if suspect.any():
        slopes[suspect] = complex_step(rows.only(suspect), network)
    return slopes
