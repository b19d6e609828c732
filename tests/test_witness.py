"""The witnesses of every gradient know nothing of the rules, and so a wrong rule cannot talk them round."""

import ast
import math
import random
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xlbackprop.build import build
from xlbackprop.engines import ENGINES, Values
from xlbackprop.grid import Grid
from xlbackprop.maths import rules
from xlbackprop.maths.expr import Expr
from xlbackprop.maths.network import Layer, Network, Sample
from xlbackprop.maths.rules import Rule, times
from xlbackprop.maths.tape import Role
from xlbackprop.pages.plan import Plan, Run
from xlbackprop.proof import witness
from xlbackprop.proof.evidence import gradient_differences
from xlbackprop.proof.lanes import run_by_numpy
from xlbackprop.proof.verify import verify
from xlbackprop.proof.witness import Rows, autograd, complex_step, total_loss
from xlbackprop.template.template import load

EXACT = 1e-15  # absolute
AGREES = 1e-12  # a slope with one worked out otherwise, relatively


def rows_of(inputs: Any, targets: Any, weights: Any) -> Rows:
    """A row for each of the inputs, without biases held fixed."""
    inputs, targets, weights = map(np.array, (inputs, targets, weights))
    return Rows(inputs[:, None], targets[:, None], weights, np.empty((len(weights), 0)))


def network(*sizes: int) -> Network:
    """Sigmoids and half squared error; its own numbers do not matter."""
    layers = tuple(Layer("sigmoid", ((0.0,) * m,) * n) for m, n in pairwise(sizes))
    return replace(load("classic"), layers=layers, samples=(Sample((0.0,) * sizes[0], (0.0,) * sizes[-1]),))


NET = load("classic")
CLASSIC = rows_of([[0.05, 0.1]], [[0.5, 0.5]], [[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]])
# As Excel saved them in the first row of the hand-made worksheet.
E_TOTAL = 0.014181377937891659
GRADIENTS = [
    0.0003169933959102902,
    0.0006339867918205804,
    0.00035177632159073217,
    0.0007035526431814643,
    0.01288081863162825,
    0.012976084910698517,
    0.01540834828177308,
    0.015522308119994766,
]


def test_the_complex_step_finds_the_gradients_that_excel_saved() -> None:
    assert complex_step(CLASSIC, NET)[0] == pytest.approx(GRADIENTS, abs=EXACT, rel=0)


def test_torch_finds_them_too() -> None:
    pytest.importorskip("torch", reason="torch is an extra: pip install '.[cnn]'")
    found = autograd(CLASSIC, NET)
    assert found is not None
    assert found[0] == pytest.approx(GRADIENTS, abs=EXACT, rel=0)


def test_without_torch_there_is_one_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "find_spec", lambda name: None)
    assert autograd(CLASSIC, NET) is None


def test_the_forward_pass_comes_to_the_loss_that_excel_saved() -> None:
    found = total_loss(CLASSIC, CLASSIC.weights, NET)
    assert found == pytest.approx([E_TOTAL], abs=EXACT, rel=0)


def test_rows_are_judged_each_by_itself() -> None:
    rng = np.random.default_rng(1)
    net, count = network(3, 4, 2), 5
    rows = rows_of(rng.normal(size=(count, 3)), rng.normal(size=(count, 2)), rng.normal(size=(count, 20)))
    together = complex_step(rows, net)
    for n in range(count):
        alone = Rows(*(array[n : n + 1] for array in (rows.inputs, rows.targets, rows.weights, rows.held)))
        assert together[n] == pytest.approx(complex_step(alone, net)[0], rel=AGREES)


def test_the_forward_pass_is_what_a_person_would_write_in_loops() -> None:
    rng = random.Random(1)
    weights = [rng.uniform(-2, 2) for _ in range(9)]
    inputs, target = [0.3, -0.8], 0.2
    rows = rows_of([inputs], [[target]], [weights])
    hidden = [1 / (1 + math.exp(-(weights[2 * k] * inputs[0] + weights[2 * k + 1] * inputs[1]))) for k in range(3)]
    output = 1 / (1 + math.exp(-sum(w * h for w, h in zip(weights[6:], hidden, strict=True))))
    expected = 0.5 * (target - output) ** 2
    assert total_loss(rows, rows.weights, network(2, 3, 1)) == pytest.approx([expected], rel=AGREES)


def test_a_row_that_overflows_has_no_slope_and_makes_no_noise() -> None:
    rows = replace(CLASSIC, weights=np.full((1, 8), np.nan))
    assert np.isnan(complex_step(rows, NET)).all()


# Independent of the rules


def test_the_witnesses_know_every_activation_and_loss() -> None:
    assert set(witness.ACTIVATIONS) == set(rules.ACTIVATIONS)
    assert set(witness.LOSSES) == set(rules.LOSSES)


def test_the_witnesses_source_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(witness.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= {*sys.stdlib_module_names, "numpy", "torch"}


def test_loading_the_witnesses_loads_no_rule() -> None:
    told = "import sys, xlbackprop.proof.witness; print(*(one for one in sys.modules if one.startswith('xlbackprop')))"
    out = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert set(out.split()) == {"xlbackprop", "xlbackprop.proof", "xlbackprop.proof.witness"}


# A wrong rule is caught


def wrong_sigmoid(g: Expr, a: Expr, x: Expr) -> tuple[Expr, ...]:
    return (times(times(g, a), 1 + a),)


def wrong_loss(g: Expr, e: Expr, t: Expr, y: Expr) -> tuple[Expr, ...]:
    return times(g, y - t), times(g, t - y)


@pytest.mark.parametrize(("op", "vjp"), [("sigmoid", wrong_sigmoid), ("half squared error", wrong_loss)])
def test_a_workbook_built_from_a_wrong_slope_is_found_wrong_though_all_its_formulas_agree_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, op: str, vjp: rules.Vjp
) -> None:
    rule = rules.RULES[op]
    monkeypatch.setitem(rules.RULES, op, Rule(rule.body, vjp, rule.paper))
    path, steps = tmp_path / "wrong.xlsx", 3
    build(load("classic"), (0.5,), steps, path)
    verdict = verify(path)
    assert verdict.error is None
    assert {one.kind for one in verdict.differences} == {"gradient"}
    named = {(one.cell, one.label) for one in verdict.differences}
    columns = [f"∂E/∂w{k}" for k in range(1, 9)]
    assert named == {((row, 24 + k), label) for row in range(35, 35 + steps) for k, label in enumerate(columns)}
    assert all(one.sheet == "LR 0.5" and "complex step" in one.expected for one in verdict.differences[:8])


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Values]:
    """A run, and the values of its workbook as IronCalc calculates them."""
    network, path = load("classic"), tmp_path_factory.mktemp("witness") / "right.xlsx"
    run = build(network, (0.5, 2.0), 4, path)
    return run_by_numpy(run.plan, run.given), ENGINES["ironcalc"].recalculate(path)


def gradient_place(plan: Plan, weight: str, row: int) -> tuple[int, int]:
    return row, plan.table.column(plan.tape.gradient_of(weight).name)


def changed(values: Values, sheet: str, place: tuple[int, int], factor: float) -> Values:
    value = values[sheet][place]
    assert isinstance(value, float)
    return values | {sheet: Grid({**values[sheet], place: value * factor})}


def test_right_gradients_are_found_right_by_name_of_the_witness(judged: tuple[Run, Values]) -> None:
    found, names = gradient_differences(*judged, "ironcalc")
    assert found == []
    assert names[0] == "the complex step"


@pytest.mark.parametrize("weight", [f"w{k}" for k in range(1, 9)])
def test_one_gradient_off_by_a_hundred_millionth_of_itself_is_named(judged: tuple[Run, Values], weight: str) -> None:
    run, values = judged
    plan = run.plan
    place = gradient_place(plan, weight, 37)
    found, _ = gradient_differences(run, changed(values, "LR 2", place, 1 + 1e-8), "ironcalc")
    assert {(one.sheet, one.cell, one.label) for one in found} == {("LR 2", place, f"∂E/∂{weight}")}


def test_rounding_is_forgiven(judged: tuple[Run, Values]) -> None:
    run, values = judged
    plan = run.plan
    place = gradient_place(plan, "w8", 36)
    assert gradient_differences(run, changed(values, "LR 2", place, 1 + 1e-11), "ironcalc")[0] == []


def test_the_mistake_that_most_hand_made_workbooks_copy_is_named(judged: tuple[Run, Values]) -> None:
    """∂E/∂w3 with a_h1*(1-a_h1) in place of a_h2*(1-a_h2): 2.6e-4 of itself, and no loss curve shows it."""
    run, values = judged
    plan = run.plan
    row, sheet = 36, values["LR 0.5"]
    hidden = [sheet[row, plan.table.column(column.name)] for column in plan.tape.of(Role.ACTIVATION, layer=1)]
    h1, h2 = (value * (1 - value) for value in hidden if isinstance(value, float))
    place = gradient_place(plan, "w3", row)
    assert abs(h1 / h2 - 1) < 3e-4
    found, _ = gradient_differences(run, changed(values, "LR 0.5", place, h1 / h2), "ironcalc")
    assert {(one.cell, one.label) for one in found} == {(place, "∂E/∂w3")}
