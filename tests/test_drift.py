"""Drift: a training makes much of the last bits in which programs differ, and what is wrong is still told from it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from xlbackprop.build import build
from xlbackprop.engines import Values
from xlbackprop.grid import Grid
from xlbackprop.maths.network import Named, Network
from xlbackprop.maths.numeric import Row, trainer
from xlbackprop.maths.optim import OPTIMISERS
from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import Plan, Run
from xlbackprop.proof.compare import RELATIVE, value_differences
from xlbackprop.proof.drift import wrong_values
from xlbackprop.proof.lanes import run_by_numpy
from xlbackprop.proof.verify import verify
from xlbackprop.template.template import load

ADAM = Named("adam", tuple(setting.default for setting in OPTIMISERS["adam"].settings))
CHAOTIC: Network = replace(load("starter"), optimizer=ADAM, learning_rates=(1.0,), steps=200)
FIRST, WRONG = 2, 3  # steps
MEAN = "m_w1"  # of the gradients; the next row goes on from it


@pytest.fixture(scope="module")
def run() -> Run:
    """A training that makes hundreds of times as much of a small change."""
    plan = plan_for(CHAOTIC, CHAOTIC.learning_rates, CHAOTIC.steps)
    return run_by_numpy(plan, first_given(plan, CHAOTIC.learning_rates))


def gone_on_from(run: Run, told: dict[int, float], untold: dict[int, float] | None = None) -> Values:
    """All values where the training goes on from a mean times so much in these steps; untold: it shows another."""
    plan, given = run.plan, run.given
    settings = (*given.rates, *given.settings[0])
    training = trainer(plan.tape)(plan.samples(given), given.held, given.weights, settings, plan.steps)
    rows, row = [], next(training)
    for step in range(1, plan.steps + 1):
        rows.append(with_mean_times(told.get(step, 1.0), row, plan))
        if step < plan.steps:
            row = training.send(with_mean_times((untold or {}).get(step, 1.0), rows[-1], plan))
    return {page.name: Grid(cells_of(page)) for page in pages(replace(run, rows=(tuple(rows),)))}


def with_mean_times(factor: float, row: Row, plan: Plan) -> Row:
    place = plan.tape.index[MEAN]
    return (*row[:place], row[place] * factor, *row[place + 1 :])


def cells_of(page: Page) -> dict[tuple[int, int], float | str]:
    cells = {place: cell.value for place, cell in page.cells.items()}
    table = page.table
    for row in table.rows if table else ():
        cells |= {place: cell.value for place, cell in table.cells(row).items()}
    return cells


def test_what_comes_of_the_last_bits_is_right_however_much_a_training_makes_of_it(run: Run) -> None:
    values = gone_on_from(run, {FIRST: 1 + RELATIVE / 2})
    apart, _ = value_differences(pages(run), values, "value")
    measure, wrong = wrong_values(run, pages(run), values, "value")
    assert apart.max_rel > 100 * RELATIVE
    assert measure.max_rel < RELATIVE
    assert not wrong


def test_a_row_that_does_not_follow_is_named_alone_though_all_that_come_after_go_on_from_it(run: Run) -> None:
    values = gone_on_from(run, {FIRST: 1 + RELATIVE / 2}, untold={WRONG: 1 + 100 * RELATIVE})
    _, wrong = wrong_values(run, pages(run), values, "value")
    assert {(one.sheet, one.cell[0]) for one in wrong} == {("LR 1", run.plan.table.first_row + WRONG)}
    assert "w1" in {one.label for one in wrong}


def test_where_a_program_has_no_number_the_rows_go_on_from_what_should_be_there(run: Run) -> None:
    values = gone_on_from(run, {})
    table = run.plan.table
    for row in range(table.first_row + 50, table.last_row + 1):
        values["LR 1"].numbers.pop(row)
    _, wrong = wrong_values(run, pages(run), values, "value")
    assert {one.cell[0] for one in wrong if one.sheet == "LR 1"} == set(range(table.first_row + 50, table.last_row + 1))


@pytest.mark.slow
def test_a_program_that_reckons_in_long_doubles_is_right_where_the_training_is_chaotic(tmp_path: Path) -> None:
    if shutil.which("ssconvert") is None:
        pytest.skip("ssconvert is not on the PATH")
    build(CHAOTIC, CHAOTIC.learning_rates, CHAOTIC.steps, tmp_path / "a.xlsx")
    verdict = verify(tmp_path / "a.xlsx", "gnumeric")
    assert verdict.ok, verdict.differences[:3]
