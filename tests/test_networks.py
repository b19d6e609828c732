"""Any fully connected network becomes a workbook that verify finds right, and whatever is wrong in it is named."""

from __future__ import annotations

import dataclasses
import math
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import CLOSE, Book, Place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlbackprop.build import build
from xlbackprop.maths import optim, rules
from xlbackprop.maths.expr import Num
from xlbackprop.maths.initial import drawn
from xlbackprop.maths.lower import lower, settings_of
from xlbackprop.maths.network import Layer, Named, Network, Sample
from xlbackprop.maths.numeric import FLOATS, trainer
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES, Kept, Optimiser, Schedule, Setting
from xlbackprop.maths.rules import ACTIVATIONS, LAYERS, LOSSES, WHOLE_LAYER, ZERO, Loss, Rule, absolute, sign, times
from xlbackprop.maths.tape import Role
from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.plan import STEP, Plan, Run, train
from xlbackprop.pages.yours import DATA, START, WEIGHTS
from xlbackprop.proof import witness
from xlbackprop.proof.compare import same_text
from xlbackprop.proof.lanes import ARRAYS
from xlbackprop.proof.verify import as_json, verify
from xlbackprop.reading.package import without_saved_values
from xlbackprop.shown import rounded
from xlbackprop.template.template import load, shipped

PROGRAMS = {"libreoffice": "soffice", "gnumeric": "ssconvert"}
ELEMENTWISE = [name for name in ACTIVATIONS if name not in WHOLE_LAYER]
WRONG = 1.0000001  # a slope that is wrong by so little passes the workbook's own gradient check


def built(network: Network, path: Path) -> Run:
    return build(network, network.learning_rates, network.steps, path)


def differences(path: Path, engine: str = "ironcalc") -> dict[Place, dict[str, str]]:
    """What verify finds wrong, by sheet and cell."""
    verdict = verify(path, engine)
    assert verdict.error is None, verdict.error
    told: Any = as_json(verdict)["differences"]
    return {(one["sheet"], one["cell"]): one for one in told}


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Run, Path]]:
    """A function that gives the workbook of a template, built once; not to be written to."""
    return cached(tmp_path_factory.mktemp("shipped"), lambda network: network)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Run, Path]]:
    """The same with a few steps only."""
    return cached(tmp_path_factory.mktemp("short"), lambda network: replace(network, steps=4))


def cached(folder: Path, changed: Callable[[Network], Network]) -> Callable[[str], tuple[Run, Path]]:
    made: dict[str, tuple[Run, Path]] = {}

    def of(name: str) -> tuple[Run, Path]:
        if name not in made:
            path = folder / f"{name}.xlsx"
            made[name] = built(changed(RICH if name == "rich" else load(name)), path), path
        return made[name]

    return of


def named(name: str, rows: Any = OPTIMISERS) -> Named:
    """A row of a table with its usual settings."""
    return Named(name, tuple(setting.default for setting in rows[name].settings))


# A network with something of everything: each role of a column is in its table.
RICH = Network(
    name="rich",
    title="Something of everything",
    samples=(Sample((0.9, 0.2), (1.0, 0.0)), Sample((0.1, 0.8), (0.0, 1.0)), Sample((-0.6, 0.3), (1.0, 0.0))),
    layers=(
        Layer("tanh", ((0.5, -0.4), (0.3, 0.6)), (0.1, -0.2), held=True),
        Layer("softmax", ((0.4, 0.1), (-0.2, 0.5)), (0.3, 0.2)),
    ),
    loss="cross-entropy",
    threshold=0.01,
    steps=5,
    learning_rates=(0.05, 0.1),
    optimizer=named("momentum"),
    schedule=Named("step", (2.0, 0.5)),
    clip_norm=0.1,
)
ONE_BY_ONE = replace(RICH, full_batch=False, schedule=Named("constant"), clip_norm=0)


# The templates that are shipped


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_template_builds_a_workbook_that_is_right(
    workbook: Callable[[str], tuple[Run, Path]], name: str
) -> None:
    run, path = workbook(name)
    told: Any = as_json(verify(path))
    formulas = sum(
        cell.formula is not None for cells in map(Book.read(path).cells, sheets(path)) for cell in cells.values()
    )
    overflows = any(run.overflows(k) for k in range(len(run.rows)))
    assert (told["ok"], told["differences"]) == (True, [])
    assert told["engines"][0]["cells"] == formulas or overflows
    assert told["engines"][0]["max_rel"] <= CLOSE or overflows


def sheets(path: Path) -> list[str]:
    return list(Book.read(path).sheets)


@pytest.mark.slow
@pytest.mark.parametrize("engine", PROGRAMS)
@pytest.mark.parametrize("name", [*shipped(), "rich"])
def test_every_shipped_template_is_right_in_every_program(
    workbook: Callable[[str], tuple[Run, Path]], name: str, engine: str
) -> None:
    if shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    assert not differences(workbook(name)[1], engine)


# Matt Mazur's worked example, as he published it
MAZUR_FIRST_LOSS = 0.2983711088
MAZUR_SECOND_LOSS = 0.2910277737
MAZUR_WEIGHTS = (  # after one step
    *(0.1497807161, 0.1995614322, 0.2497511436, 0.2995022873),
    *(0.3589164797, 0.4086661861, 0.5113012702, 0.5613701211),
)
MAZUR_LAST_LOSS = 3.5101878e-05  # after 10,000 steps
CUT_OFF = 1e-10  # after their tenth decimal these are cut off, not rounded


def test_mazurs_network_gives_the_numbers_that_he_published() -> None:
    network = load("mazur")
    tape = lower(network)
    (sample,) = network.samples
    given_to = (*sample.targets, *sample.inputs)
    rows = [*trainer(tape)([given_to], network.held, network.weights, [*settings_of(network, 0.5).values()], 10_001)]
    total = tape.index["E_total"]
    assert [rows[n][total] for n in (0, 1)] == pytest.approx([MAZUR_FIRST_LOSS, MAZUR_SECOND_LOSS], abs=CUT_OFF)
    assert [rows[1][tape.index[f"w{k}"]] for k in range(1, 9)] == pytest.approx(MAZUR_WEIGHTS, abs=CUT_OFF)
    assert rows[10_000][total] == pytest.approx(MAZUR_LAST_LOSS, rel=5e-8)
    assert {rows[10_000][tape.index[c.name]] for c in tape.of(Role.HELD)} == {0.35, 0.6}


def test_mazurs_workbook_has_them_too(workbook: Callable[[str], tuple[Run, Path]]) -> None:
    run, path = workbook("mazur")
    cells, table = Book.read(path).cells("LR 0.5"), run.plan.table

    def saved(name: str, step: int) -> float:
        return float(cells[a1(table.first_row + step - 1, table.column(name))].saved or "nan")

    assert [saved("E_total", 1), saved("E_total", 2)] == pytest.approx(
        [MAZUR_FIRST_LOSS, MAZUR_SECOND_LOSS], abs=CUT_OFF
    )
    assert [saved(f"w{k}", 2) for k in range(1, 9)] == pytest.approx(MAZUR_WEIGHTS, abs=CUT_OFF)


# Any network


@st.composite
def networks(draw: st.DrawFn, widest: int = 6) -> Network:
    """A network of one to four layers, trained anyhow."""
    loss = draw(st.sampled_from(sorted(LOSSES)))
    hidden = draw(st.lists(st.sampled_from(ELEMENTWISE), max_size=3))
    last = LOSSES[loss].after or draw(st.sampled_from(sorted(ACTIVATIONS)))
    sizes = [draw(st.integers(1, widest)) for _ in range(len(hidden) + 2)]
    rng = random.Random(draw(st.integers(0, 10**6)))

    def some(count: int, size: float) -> tuple[float, ...]:
        return tuple(round(rng.uniform(-size, size), 4) for _ in range(count))

    def layer(activation: str, incoming: int, units: int) -> Layer:
        biases = draw(st.sampled_from(["none", "trained", "held"]))
        values = () if biases == "none" else some(units, 0.5)
        weights = tuple(some(incoming, 1.2) for _ in range(units))
        return Layer(activation, weights, values, biases == "held", chosen(ACTIVATIONS[activation]))

    def chosen(row: Rule) -> tuple[float, ...]:
        """The settings of an activation or a loss: the usual ones, or others."""
        return draw(st.sampled_from([(), tuple(0.3 for _ in row.settings)]))

    def target() -> tuple[float, ...]:
        answer = rng.randrange(sizes[-1])
        one_hot = tuple(float(k == answer) for k in range(sizes[-1]))
        return one_hot if LOSSES[loss].after else some(sizes[-1], 1)

    compared = draw(
        st.one_of(st.just([]), st.lists(st.sampled_from(sorted(OPTIMISERS)), min_size=2, max_size=2, unique=True))
    )
    changed = draw(st.sampled_from([{}, {}, {"weight_decay": 0.01}, {"clip_value": 0.05}, {"clip_norm": 0.1}]))
    return Network(
        name="made up",
        title="Made up",
        samples=tuple(Sample(some(sizes[0], 1), target()) for _ in range(draw(st.integers(1, 5)))),
        layers=tuple(
            layer(activation, *pair) for activation, pair in zip([*hidden, last], pairwise(sizes), strict=True)
        ),
        loss=loss,
        loss_settings=chosen(LOSSES[loss]),
        threshold=0.01,
        steps=draw(st.integers(1, 4)),
        learning_rates=(0.1, 0.02) if compared else draw(st.sampled_from([(0.05,), (0.3, 0.1)])),
        full_batch=draw(st.booleans()),
        optimizer=named(draw(st.sampled_from(sorted(OPTIMISERS)))),
        compared=tuple(map(named, compared)),
        schedule=named(draw(st.sampled_from(sorted(SCHEDULES))), SCHEDULES),
        **changed,
    )


def is_right(network: Network, folder: Path) -> None:
    built(network, folder / "a.xlsx")
    assert not differences(folder / "a.xlsx")


def displaced(run: Run, path: Path) -> list[Place]:
    """The cells of settings in which something else stands than what repeats the yellow cell."""
    book, plan = Book.read(path), run.plan
    return [
        (sheet, at)
        for k, (sheet, table) in enumerate(zip(plan.rate_sheets, plan.tables, strict=True))
        for symbol in table.tape.settings[1:]
        if book.cells(sheet)[at := a1(*table.setting(symbol))].formula != plan.on_start(plan.places.setting(k, symbol))
    ]


@given(network=networks(widest=4))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_the_workbook_of_any_network_is_right(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    is_right(network, tmp_path_factory.mktemp("any"))


@pytest.mark.slow
@given(network=networks())
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_the_workbooks_of_many_networks_are_right(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    is_right(network, tmp_path_factory.mktemp("many"))


@pytest.mark.parametrize("full_batch", [True, False], ids=["full batch", "one by one"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_loss_builds_a_workbook_that_is_right(
    tmp_path: Path, activation: str, loss: str, full_batch: bool
) -> None:
    hidden = activation if activation in ELEMENTWISE else "linear"
    first, last = RICH.layers
    layers = (replace(first, activation=hidden), replace(last, activation=LOSSES[loss].after or activation))
    is_right(replace(PLAIN, layers=layers, loss=loss, full_batch=full_batch), tmp_path)


PLAIN = replace(
    RICH,
    steps=2,
    learning_rates=(0.1,),
    optimizer=Named("sgd"),
    schedule=Named("constant"),
    weight_decay=0,
    clip_norm=0,
)


@pytest.mark.parametrize("changed", [{}, {"weight_decay": 0.1}, {"clip_value": 0.05}, {"clip_norm": 0.1}], ids=str)
@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_builds_a_workbook_that_is_right(tmp_path: Path, name: str, changed: dict[str, float]) -> None:
    is_right(replace(PLAIN, steps=4, optimizer=named(name), **changed), tmp_path)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_builds_a_workbook_that_is_right(tmp_path: Path, name: str) -> None:
    is_right(replace(PLAIN, steps=7, schedule=named(name, SCHEDULES)), tmp_path)


EXTREMES: dict[str, Network] = {
    "one weight": replace(PLAIN, samples=(Sample((0.5,), (0.2,)),), layers=(Layer("linear", ((0.3,),)),), loss="huber"),
    "a wide layer": replace(
        PLAIN,
        samples=(Sample((0.5,) * 4, (0.2,)),),
        layers=(
            Layer("relu", tuple(tuple(0.05 * (k - n) for n in range(4)) for k in range(10)), (0.1,) * 10),
            Layer("sigmoid", ((0.1,) * 10,)),
        ),
        loss="half squared error",
    ),
    "many samples": replace(PLAIN, samples=RICH.samples * 4),
    "many samples one by one": replace(PLAIN, samples=RICH.samples * 4, full_batch=False, steps=20),
    "six layers": replace(
        PLAIN,
        layers=(*[Layer("tanh", ((0.5, -0.4), (0.3, 0.6)))] * 5, RICH.layers[1]),
    ),
    "softmax of one": replace(
        PLAIN, samples=(Sample((0.5, 0.1), (1.0,)),), layers=(Layer("softmax", ((0.3, 0.4),), (0.1,)),)
    ),
}


@pytest.mark.parametrize("network", EXTREMES.values(), ids=EXTREMES)
def test_the_smallest_the_widest_and_the_deepest_are_right(tmp_path: Path, network: Network) -> None:
    is_right(network, tmp_path)


TINY = {
    **{
        activation: (1.0, "half squared error", (Layer(activation, ((1e-170, 0.0),)), Layer("linear", ((0.5,),))))
        for activation in ("tanh", "gelu")
    },
    **{
        loss: (0.0, loss, (Layer("linear", ((1e-160, 0.0),)),))
        for loss in ("half squared error", "mean squared error", "huber")
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
@pytest.mark.parametrize(("target", "loss", "layers"), TINY.values(), ids=TINY)
def test_numbers_whose_square_is_less_than_the_smallest_double_are_right_in_every_program(
    tmp_path: Path, target: float, loss: str, layers: tuple[Layer, ...], engine: str
) -> None:
    if shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    built(replace(PLAIN, samples=(Sample((1.0, 0.1), (target,)),), layers=layers, loss=loss), tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx", engine)


@pytest.mark.slow
@pytest.mark.parametrize("engine", PROGRAMS)
def test_powers_that_come_under_the_smallest_double_are_right_in_every_program(tmp_path: Path, engine: str) -> None:
    if shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    adam, schedule = Named("adam", (1e-100, 1e-100, 1e-8)), Named("exponential", (1e-100,))
    built(replace(PLAIN, optimizer=adam, schedule=schedule, steps=6), tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx", engine)


def test_every_setting_keeps_its_cell(tmp_path: Path) -> None:
    network = replace(PLAIN, optimizer=named("adamw"), schedule=named("step", SCHEDULES), clip_norm=0.5)
    assert displaced(built(network, tmp_path / "a.xlsx"), tmp_path / "a.xlsx") == []


def test_every_setting_keeps_its_cell_in_a_narrow_table(tmp_path: Path) -> None:
    one = replace(PLAIN, samples=(Sample((0.7,), (1.0,)),), layers=(Layer("sigmoid", ((-1.1,),)),), loss="huber")
    network = replace(one, optimizer=named("adam"), schedule=named("cosine", SCHEDULES))
    assert displaced(built(network, tmp_path / "a.xlsx"), tmp_path / "a.xlsx") == []


def test_a_chain_of_single_units_is_right(tmp_path: Path) -> None:
    layers = (Layer("linear", ((-1.1028,),)), Layer("sigmoid", ((1.1171,),)))
    is_right(replace(PLAIN, samples=(Sample((0.6888,), (1.0,)),), layers=layers, loss="mean squared error"), tmp_path)


def test_a_workbook_that_has_much_to_say_of_itself_is_right(tmp_path: Path) -> None:
    network = replace(
        PLAIN,
        layers=(*[Layer("leaky relu", ((0.5, -0.4), (0.3, 0.6)), (0.1, 0.2), held=True)] * 4, RICH.layers[1]),
        compared=(named("momentum"), named("nesterov"), named("adagrad"), named("rmsprop")),
        learning_rates=(0.1,) * 4,
        schedule=named("exponential", SCHEDULES),
        full_batch=False,
        weight_decay=0.1,
    )
    is_right(network, tmp_path)


# A new row of a table is all that a new kind needs


def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The complex step alone is witness: it has a row for the new kind, torch has no function."""
    monkeypatch.setattr(witness, "find_spec", lambda name: None)


SOFTSIGN = Rule(
    body=lambda x: x / (1 + absolute(x)),
    vjp=lambda g, a, x: (times(g, (1 - absolute(a)) * (1 - absolute(a))),),
    paper="softsign({0})",
)
WRONG_SOFTSIGN = replace(SOFTSIGN, vjp=lambda g, a, x: (times(g, 1 - absolute(a)),))


def with_softsign(monkeypatch: pytest.MonkeyPatch, row: Rule) -> Network:
    """A network of the new activation."""
    for table in (rules.RULES, rules.ACTIVATIONS):
        monkeypatch.setitem(table, "softsign", row)
    monkeypatch.setitem(witness.ACTIVATIONS, "softsign", lambda z: z / (1 + np_size(z)))
    without_torch(monkeypatch)
    layers = tuple(replace(layer, activation="softsign") for layer in RICH.layers)
    return replace(PLAIN, layers=layers, loss="mean squared error")


def np_size(z: Any) -> Any:
    return witness._size(z)


def test_a_new_activation_is_one_row_and_its_workbook_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_right(with_softsign(monkeypatch, SOFTSIGN), tmp_path)
    assert "softsign(h1⁽¹⁾)" in Book.read(tmp_path / "a.xlsx").text("xl/sharedStrings.xml")


def test_a_new_activation_with_a_wrong_slope_is_found_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(with_softsign(monkeypatch, WRONG_SOFTSIGN), tmp_path / "a.xlsx")
    assert {one["kind"] for one in differences(tmp_path / "a.xlsx").values()} == {"gradient"}


def test_a_new_loss_is_one_row_and_its_workbook_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fourth = Loss(
        body=lambda t, y: (t - y) * (t - y) * (t - y) * (t - y),
        vjp=lambda g, e, t, y: (
            times(g, 4 * (t - y) * (t - y) * (t - y)),
            times(g, 4 * (y - t) * (y - t) * (y - t)),
        ),
        paper="({0}-{1})^4",
        mean=True,
    )
    for table in (rules.RULES, rules.LOSSES):
        monkeypatch.setitem(table, "fourth power", fourth)
    monkeypatch.setitem(witness.LOSSES, "fourth power", lambda t, z, y: ((t - y) ** 4).mean((-1, -2)))
    without_torch(monkeypatch)
    layers = tuple(replace(layer, activation="tanh") for layer in RICH.layers)
    is_right(replace(PLAIN, layers=layers, loss="fourth power"), tmp_path)


def test_a_new_optimiser_is_one_row_and_its_workbook_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signum = Optimiser(
        (Setting("momentum", "μ", 0.5),),
        (Kept("u", lambda g, before: optim.MOMENTUM * before + g, lambda g: g),),
        lambda rate, step, w, g, u: rate * sign(u),
    )
    monkeypatch.setitem(optim.OPTIMISERS, "signum", signum)
    is_right(replace(PLAIN, steps=4, optimizer=Named("signum", (0.5,))), tmp_path)


def test_a_new_schedule_is_one_row_and_its_workbook_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inverse = Schedule((Setting("gamma", "γ", 0.5),), optim.FIRST / (1 + optim.GAMMA * optim.BEFORE))
    monkeypatch.setitem(optim.SCHEDULES, "inverse", inverse)
    is_right(replace(PLAIN, steps=4, schedule=Named("inverse", (0.5,))), tmp_path)


# What is changed in yellow cells


def typed_into(run: Run, path: Path, changes: dict[Place, float], out: Path) -> Path:
    """The workbook after the changes, without any saved value."""
    Book.read(path).typed(dict(changes)).write(out.with_stem("typed"))
    without_saved_values(out.with_stem("typed"), out)
    return out


def yellow(plan: Plan) -> list[tuple[str, Place]]:
    """Every yellow cell with what it is called, in the order of the plan."""
    return [(yours.label, (yours.sheet, a1(*yours.place))) for yours in plan.yours]


def number(book: Book, place: Place) -> float:
    return float(book.cells(place[0])[place[1]].saved or "nan")


@pytest.mark.parametrize("name", [*shipped(), "rich"])
def test_a_workbook_is_right_after_every_yellow_cell_was_changed(
    short: Callable[[str], tuple[Run, Path]], tmp_path: Path, name: str
) -> None:
    run, path = short(name)
    book, rng = Book.read(path), random.Random(name)
    changes = {place: number(book, place) * rng.uniform(0.7, 0.99) + 0.01 for _, place in yellow(run.plan)}
    rates = [place for label, place in yellow(run.plan) if label == "η"]
    changes |= {
        place: 2.0 if run.plan.network.compared else changes[rates[-1]]
        for label, place in yellow(run.plan)
        if label == "picked learning rate"
    }
    changes |= {place: run.plan.steps // 2 + 1.0 for label, place in yellow(run.plan) if label == "picked step"}
    assert not differences(typed_into(run, path, changes, tmp_path / "a.xlsx"))


SETTING = {"n": 2.5, "T": 3.0, "γ": 0.5, "ε": 1e-8, "β1": 0.99999, "β2": 0.5, "μ": 0.0}


@given(name=st.sampled_from(["xor", "dead-relu", "optimisers", "rich"]), data=st.data())
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_workbook_is_right_whatever_was_typed_into_some_of_its_yellow_cells(
    short: Callable[[str], tuple[Run, Path]], tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    run, path = short(name)
    cells = data.draw(st.lists(st.sampled_from(yellow(run.plan)), min_size=1, max_size=6, unique=True))

    def typed(label: str) -> float:
        if label in run.plan.places.symbols:
            return data.draw(st.sampled_from([SETTING.get(label, 0.0), 0.25]))
        if label in {"η", "loss threshold", "picked learning rate", "picked step"}:
            return data.draw(st.sampled_from([1e-6, 0.02, 1.0, 3.0, 100.0]))
        return data.draw(st.one_of(st.sampled_from([0.0, 1e-9, 50.0]), st.floats(-3, 3)))

    folder = tmp_path_factory.mktemp("yellow")
    assert not differences(typed_into(run, path, {place: typed(label) for label, place in cells}, folder / "a.xlsx"))


@pytest.mark.parametrize("functions", [FLOATS, ARRAYS], ids=["floats", "arrays"])
@pytest.mark.parametrize("name", ["largest", "smallest"])
def test_an_overflow_stays_an_error_in_the_largest_and_the_smallest(functions: Any, name: str) -> None:
    assert math.isnan(functions[name](0.0, math.nan))
    assert functions[name](2.0, 2.0) == 2


@pytest.mark.parametrize("network", [RICH, ONE_BY_ONE], ids=["full batch", "one by one"])
def test_each_yellow_cell_that_was_changed_without_recalculating_is_named(tmp_path: Path, network: Network) -> None:
    run = built(network, tmp_path / "a.xlsx")
    book = Book.read(tmp_path / "a.xlsx")
    unnamed = []
    for label, place in yellow(run.plan):
        value = {"picked learning rate": network.learning_rates[-1], "picked step": 3.0}.get(label, 0.3725)
        book.typed({place: value}).write(tmp_path / "changed.xlsx")
        found = list(differences(tmp_path / "changed.xlsx"))
        unnamed += [] if found == [place] else [f"{label} at {place}: named {found[:5]}"]
    assert not unnamed, "\n".join(unnamed)


def test_a_setting_that_changes_nothing_yet_and_was_changed_without_recalculating_is_named(tmp_path: Path) -> None:
    run = built(replace(PLAIN, schedule=named("step", SCHEDULES)), tmp_path / "a.xlsx")
    place = dict(yellow(run.plan))["γ"]
    Book.read(tmp_path / "a.xlsx").typed({place: 0.3725}).write(tmp_path / "changed.xlsx")
    assert list(differences(tmp_path / "changed.xlsx")) == [place]


def test_a_negative_number_that_is_next_to_nothing_reads_as_nothing() -> None:
    assert same_text("0", "-0.0000000000000000139")


@pytest.mark.parametrize("name", ["xor", "optimisers", "rich"])
def test_what_is_no_number_in_a_yellow_cell_is_named(
    short: Callable[[str], tuple[Run, Path]], tmp_path: Path, name: str
) -> None:
    run, path = short(name)
    book = Book.read(path)
    for label, place in dict(yellow(run.plan)).items():
        book.typed({place: "half"}).write(tmp_path / "changed.xlsx")
        found = differences(tmp_path / "changed.xlsx")
        assert list(found) == [place], label
        assert "number" in found[place]["expected"]


def test_the_loss_chart_of_a_sheet_that_diverges_shows_how_it_begins() -> None:
    network = load("diverge")
    plan = plan_for(network, network.learning_rates, network.steps)
    run = train(plan, first_given(plan, network.learning_rates))
    ranges = {page.name: page.charts[0].y_range for page in pages(run) if page.kind == "rate"}
    assert (ranges["LR 0.1"], ranges["LR 2"]) == (None, (0.0, 4 * run.value(0, 1, "E_total")))


@pytest.mark.parametrize("name", ["deep-relu", "starter"])
def test_headings_of_a_wide_table_keep_their_column_as_wide_as_they_need(
    short: Callable[[str], tuple[Run, Path]], name: str
) -> None:
    run, path = short(name)
    sheet = openpyxl.load_workbook(path)[run.plan.rate_sheets[0]]
    wide = sheet.column_dimensions[letters(run.plan.above[0].left - 1)].width
    assert wide > sheet.column_dimensions["A"].width


EVERY_OPTIMISER = replace(
    RICH, compared=tuple(map(named, OPTIMISERS)), learning_rates=(0.1,) * len(OPTIMISERS), weight_decay=0.01, steps=3
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A workbook with a sheet for each optimiser there is; not to be written to."""
    path = tmp_path_factory.mktemp("compared") / "a.xlsx"
    return built(EVERY_OPTIMISER, path), path


@pytest.mark.parametrize(
    "engine", ["ironcalc", *(pytest.param(name, marks=pytest.mark.slow) for name in ("libreoffice", "gnumeric"))]
)
@pytest.mark.parametrize("k", range(len(OPTIMISERS)), ids=OPTIMISERS)
def test_step_shows_the_update_of_the_optimiser_whose_sheet_is_picked(
    compared: tuple[Run, Path], tmp_path: Path, k: int, engine: str
) -> None:
    if engine in PROGRAMS and shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    run, path = compared
    picks = dict(yellow(run.plan))
    changes = {picks["picked learning rate"]: k + 1.0, picks["picked step"]: 2.0}
    assert not differences(typed_into(run, path, changes, tmp_path / "a.xlsx"), engine)
    picked = replace(run, given=replace(run.given, picked_rate=k + 1.0, picked_step=2.0))
    cells = next(page for page in pages(picked) if page.name == STEP).cells
    said = {cell.label: cell.value for cell in cells.values() if isinstance(cell.value, str)}
    assert f"Update by {list(OPTIMISERS)[k]}" in {cell.value for cell in cells.values()}
    for weight in run.plan.tape.of(Role.WEIGHT):
        assert said[f"{weight.name} next"].endswith(f" = {rounded(run.value(k, 3, weight.name), 6)}")
    assert max(len(cell.formula or "") for cell in cells.values()) < 8192


# What is wrong


def one_of_each_role(run: Run, k: int) -> dict[str, Place]:
    """A formula cell of each role in the k-th table, away from its ends, by the name of its column."""
    table = run.plan.tables[k]
    first = {column.role: column for column in reversed(run.plan.tapes[k].columns)}
    return {
        column.name: (run.plan.rate_sheets[k], a1(table.first_row + 2, table.column(column.name)))
        for column in first.values()
    }


@pytest.mark.parametrize(("name", "k"), [("xor", 1), ("softmax", 2), ("deep", 0), ("optimisers", 5), ("rich", 1)])
def test_a_wrong_formula_in_a_column_of_any_role_is_named(
    short: Callable[[str], tuple[Run, Path]], tmp_path: Path, name: str, k: int
) -> None:
    run, path = short(name)
    book = Book.read(path)
    for label, (sheet, at) in one_of_each_role(run, k).items():
        formula = book.cells(sheet)[at].formula
        book.typed({(sheet, at): f"=({formula})*{WRONG}"}).write(tmp_path / "wrong.xlsx")
        found = differences(tmp_path / "wrong.xlsx")
        assert list(found) == [(sheet, at)], label
        assert (found[sheet, at]["label"], found[sheet, at]["kind"]) == (label, "formula")


@pytest.mark.parametrize(("name", "k"), [("xor", 1), ("softmax", 2), ("deep", 0), ("optimisers", 5), ("rich", 1)])
def test_a_poisoned_saved_value_in_a_column_of_any_role_is_named(
    short: Callable[[str], tuple[Run, Path]], tmp_path: Path, name: str, k: int
) -> None:
    run, path = short(name)
    book = Book.read(path)
    cells = {place: book.cells(place[0])[place[1]] for place in one_of_each_role(run, k).values()}
    poisoned = {place: dataclasses.replace(cell, kind="n", saved="-77") for place, cell in cells.items()}
    found = differences(book.with_cells(poisoned).write(tmp_path / "poisoned.xlsx"))
    assert set(found) == set(poisoned)
    assert {one["kind"] for one in found.values()} == {"saved value"}


def test_the_network_with_something_of_everything_has_a_column_of_every_role() -> None:
    assert {column.role for column in lower(RICH)} == set(Role)


@pytest.mark.parametrize("op", [*ACTIVATIONS, *LOSSES, *LAYERS])
def test_a_slope_that_is_wrong_everywhere_is_seen_by_the_witness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, op: str
) -> None:
    """Formula and NumPy then agree, for both read the rule; only a witness that does not can tell."""
    vjp = rules.RULES[op].vjp
    assert vjp is not None

    def wrong(*args: Any) -> Any:
        return tuple(slope if slope == ZERO else slope * Num(WRONG) for slope in vjp(*args))

    last = (
        LOSSES[op].after
        if op in LOSSES and LOSSES[op].after
        else "softmax"
        if op in (*WHOLE_LAYER, *LAYERS)
        else "linear"
    )
    hidden = op if op in ELEMENTWISE else "linear"
    loss = op if op in LOSSES else "mean squared error"
    first, output = RICH.layers
    layers = (replace(first, activation=hidden), replace(output, activation=last))
    by = rules.reckoned_by(op, last) if op in LOSSES else op
    monkeypatch.setitem(rules.RULES, by, replace(rules.RULES[by], vjp=wrong))
    built(replace(PLAIN, layers=layers, loss=loss), tmp_path / "a.xlsx")
    found = differences(tmp_path / "a.xlsx")
    assert {one["kind"] for one in found.values()} == {"gradient"}
    assert all("complex step" in one["expected"] or "autograd" in one["expected"] for one in found.values())


def test_more_samples_than_a_choice_can_list_take_turns(tmp_path: Path) -> None:
    samples = tuple(Sample((n / 300, 1 - n / 150), (n / 400,)) for n in range(300))
    layers = (Layer("tanh", ((0.5, -0.4), (0.3, 0.6))), Layer("linear", ((0.4, 0.1),)))
    network = replace(PLAIN, samples=samples, layers=layers, loss="mean squared error", full_batch=False, steps=3)
    run = built(network, tmp_path / "a.xlsx")
    book = Book.read(tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx")
    assert list(book.sheets)[:2] == [START, DATA]
    assert float(book.cells(DATA)[a1(*run.plan.places.given["i1⁽³⁰⁰⁾"][1])].saved or "") == samples[-1].inputs[0]


def test_samples_and_weights_may_both_have_a_sheet_of_their_own(tmp_path: Path) -> None:
    layers = tuple(
        Layer(activation, drawn("xavier uniform", 1, units, incoming), (0.1,) * units)
        for activation, units, incoming in (("tanh", 12, 8), ("relu", 10, 12), ("sigmoid", 2, 10))
    )
    samples = tuple(Sample((0.1 * n,) * 8, (0.2, 0.9)) for n in range(3))
    run = built(replace(PLAIN, layers=layers, samples=samples, loss="mean squared error"), tmp_path / "a.xlsx")
    assert list(Book.read(tmp_path / "a.xlsx").sheets)[:3] == [START, DATA, WEIGHTS]
    assert {sheet for sheet, _ in run.plan.places.given.values()} == {DATA, WEIGHTS}
    assert not differences(tmp_path / "a.xlsx")


FAR = 1000.0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ironcalc", *PROGRAMS])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_and_what_they_go_with_stay_finite_far_out_in_every_program(
    tmp_path: Path, loss: str, engine: str
) -> None:
    if engine in PROGRAMS and shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    samples = tuple(Sample((sign * FAR, -sign * FAR), (1.0, 0.0)) for sign in (1, -1))
    layers = (Layer(LOSSES[loss].after or "linear", ((1.0, 0.0), (0.0, 1.0))),)
    far = replace(PLAIN, layers=layers, samples=samples, loss=loss, learning_rates=(1e-6,), optimizer=named("sgd"))
    run = built(far, tmp_path / "a.xlsx")
    assert not run.overflows(0)
    assert not differences(tmp_path / "a.xlsx", engine)


@pytest.mark.slow
@pytest.mark.parametrize("engine", PROGRAMS)
@pytest.mark.parametrize("optimizer", [name for name, row in OPTIMISERS.items() if row.kept])
def test_gradients_whose_squares_are_under_the_smallest_double_are_no_error(
    tmp_path: Path, optimizer: str, engine: str
) -> None:
    if shutil.which(PROGRAMS[engine]) is None:
        pytest.skip(f"{PROGRAMS[engine]} is not on the PATH")
    layers = (Layer("linear", ((0.5,),)),)
    tiny = replace(PLAIN, layers=layers, samples=(Sample((1e-170,), (1.0,)),), loss="mean squared error")
    built(replace(tiny, optimizer=named(optimizer)), tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx", engine)


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_step_writes_out_every_update_with_its_numbers(tmp_path: Path, optimizer: str) -> None:
    run = built(replace(PLAIN, optimizer=named(optimizer), steps=3), tmp_path / "a.xlsx")
    book = Book.read(tmp_path / "a.xlsx")
    said = [book.said(cell) for cell in book.cells(STEP).values()]
    for weight in run.plan.tape.of(Role.WEIGHT)[:2]:
        (line,) = (text for text in said if text.startswith(f"{weight.name} next = "))
        assert float(line.split(" = ")[-1]) == pytest.approx(run.value(0, 2, weight.name), abs=5e-7)
    assert not differences(tmp_path / "a.xlsx")


def test_a_pick_on_step_shows_the_sheet_and_step_that_was_picked(
    short: Callable[[str], tuple[Run, Path]], tmp_path: Path
) -> None:
    run, path = short("optimisers")
    picks = {label: place for label, place in yellow(run.plan) if place[0] == STEP}
    changes = {picks["picked learning rate"]: 6.0, picks["picked step"]: 3.0}
    assert not differences(typed_into(run, path, changes, tmp_path / "a.xlsx"))
    assert {place[0] for _, place in yellow(run.plan)} == {START, STEP}
