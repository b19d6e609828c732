"""The network behind a table: its columns at random points, the network that formulas reveal, the rate, the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_sheet import FIRST, LAST, SHEET, SMALLEST, filled, reading, small

from xlbackprop.judge.network.guess import guess, mismatches, numbered
from xlbackprop.judge.network.numbers import Array, agree, evaluated
from xlbackprop.judge.network.points import POINTS, points
from xlbackprop.judge.network.rate import Rate, learning_rate
from xlbackprop.judge.network.shape import HOLDS, SLOPE, Shape, formulas, parameters, slopes_of
from xlbackprop.judge.network.world import World, trees, with_unknown, written_out
from xlbackprop.judge.typed.formula import Token, parse, tokens
from xlbackprop.judge.typed.names import ABOVE, BELOW, GRADIENT, LEARNING_RATE, TOTAL
from xlbackprop.judge.typed.prose import read
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, refs
from xlbackprop.maths.paper import written
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER, misfit

SIGMOIDS, HALF = ("sigmoid", "sigmoid"), "half squared error"
EIGHT = tuple(f"w{k}" for k in range(1, 9))
CLASSIC = Shape((2, 2, 2), SIGMOIDS, HALF, EIGHT, biased=(False, False))
quickly = settings(max_examples=20, deadline=None)  # a network costs some 20 ms
STEP = 1e-5  # of a central difference


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Small networks with any activations that go with their loss, and weights numbered in any order."""
    sizes = tuple(draw(st.lists(st.integers(1, 3), min_size=2, max_size=4)))
    layers = len(sizes) - 1
    inner = draw(st.lists(st.sampled_from(sorted({*ACTIVATIONS} - WHOLE_LAYER)), min_size=layers, max_size=layers))
    loss = draw(st.sampled_from(sorted(LOSSES)))
    activations = (*inner[:-1], LOSSES[loss].after or inner[-1])
    assume(not misfit(loss, activations[-1]) and not (WHOLE_LAYER & {activations[-1]} and sizes[-1] == 1))
    count = sum(before * after for before, after in pairwise(sizes))
    weights = draw(st.permutations([f"w{k}" for k in range(1, count + 1)]))
    biased = tuple(draw(st.lists(st.booleans(), min_size=layers, max_size=layers)))
    biases = tuple(
        f"b_{_letter(layer, layers)}{k}"
        for layer, (size, has) in enumerate(zip(sizes[1:], biased, strict=True), start=1)
        for k in range(1, size + 1)
        if has
    )
    return Shape(sizes, activations, loss, tuple(weights), biases, biased, draw(st.booleans()) and bool(biases))


def _letter(layer: int, layers: int) -> str:
    return "o" if layer == layers else "h" if layers == 2 else f"h{layer}_"


def given_of(shape: Shape) -> dict[str, Array]:
    """What the rest of a row is calculated from."""
    calculated = {*formulas(shape)} - {*parameters(shape)}
    return {
        name: value for name, value in points(shape).items() if name[-1] not in ABOVE + BELOW and name not in calculated
    }


def total(shape: Shape, row: Mapping[str, Array]) -> Array:
    """The total loss of a row."""
    values = dict(row)
    for name, expr in formulas(shape).items():
        if name not in parameters(shape) and not name.startswith(GRADIENT):
            values[name] = evaluated(expr, values)
    return values[TOTAL]


@quickly
@given(shapes(), st.sampled_from([1.0, 0.5, 2.0]))
def test_every_gradient_is_the_slope_of_the_total_loss(shape: Shape, scale: float) -> None:
    scaled = replace(shape, scale=scale)
    row = given_of(scaled)
    for name in parameters(scaled):
        up, down = (total(scaled, {**row, name: row[name] + step}) for step in (STEP, -STEP))
        np.testing.assert_allclose(points(scaled)[GRADIENT + name], (up - down) / (2 * STEP), rtol=1e-5, atol=1e-7)


@quickly
@given(shapes())
def test_a_scaled_loss_is_the_scale_times_the_usual_one(shape: Shape) -> None:
    first = TOTAL + ABOVE  # the rows after it are trained by other steps
    assert agree(points(replace(shape, scale=3.0))[first], 3 * points(shape)[first])
    assert agree(points(replace(shape, scale=0.5))[first], points(shape)[first] / 2)


def test_a_bias_that_units_share_has_the_sum_of_their_slopes() -> None:
    own = Shape((2, 2, 1), SIGMOIDS, HALF, EIGHT[:6], ("b1", "b2", "b3"), (True, True), trained=True)
    shared = replace(own, biases=("b1", "b1", "b2"))
    row = given_of(shared)
    up, down = (total(shared, {**row, "b1": row["b1"] + step}) for step in (STEP, -STEP))
    np.testing.assert_allclose(points(shared)["dE/db1"], (up - down) / (2 * STEP), rtol=1e-6)
    assert parameters(shared) == [*EIGHT[:6], "b1", "b2"]


@pytest.mark.parametrize("holds", HOLDS)
@quickly
@given(shape=shapes())
def test_each_row_is_trained_by_the_one_above(holds: str, shape: Shape) -> None:
    values = points(replace(shape, holds=holds))
    slopes = points(shape)
    for name in parameters(shape):
        assert agree(values[name], values[name + ABOVE] - values["lr"] * slopes[GRADIENT + name + ABOVE])
        assert agree(values[name + BELOW], values[name] - values["lr"] * slopes[GRADIENT + name])


@quickly
@given(shapes())
def test_what_is_held_and_the_rate_stay_and_what_is_given_changes_from_row_to_row(shape: Shape) -> None:
    values = points(shape)
    held = [] if shape.trained else [*shape.biases]
    assert all(agree(values[name], values[name + BELOW]) for name in [*held, LEARNING_RATE])
    assert not any(
        agree(values[name], values[name + ABOVE]) for name in values if name in ("i1", "t1") and len(name) == 2
    )


@quickly
@given(shapes())
def test_every_column_has_a_value_at_every_point(shape: Shape) -> None:
    assert all(value.shape == (POINTS,) and np.isfinite(value).all() for value in points(shape).values())


def test_targets_of_a_cross_entropy_come_to_1() -> None:
    values = points(Shape((2, 3), ("softmax",), "cross-entropy", EIGHT[:6]))
    assert agree(values["t1"] + values["t2"] + values["t3"], np.ones(POINTS))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dE1/da_o1", "a_o1-t1"),
        ("dE2/da_o2", "a_o2-t2"),
        ("da_o1/do1", "a_o1*(1-a_o1)"),
        ("da_h2/dh2", "a_h2*(1-a_h2)"),
        ("do1/dw5", "a_h1"),
        ("do2/dw8", "a_h2"),
        ("do1/da_h2", "w6"),
        ("dh2/dw3", "i1"),
    ],
)
def test_the_slope_of_a_column_is_what_the_chain_rule_says(name: str, text: str) -> None:
    values = points(CLASSIC)
    assert agree(evaluated(slopes_of(CLASSIC)[name], values), evaluated(parse(tokens(f"={text}")), values))


@pytest.mark.parametrize(
    ("found", "right", "same"),
    [
        ([1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.0], [1.0, 2.0 * (1 + 1e-12)], True),
        ([1.0, 2.0], [1.0, 2.0 * (1 + 1e-8)], False),
        ([1e-30, 2e-30], [1e-30, 3e-30], False),
        ([0.0, 0.0], [0.0, 0.0], True),
        ([0.0, 1.0], [1e-30, 1.0], False),
        ([np.nan, 1.0], [np.nan, 1.0], False),
        ([1.0, np.inf], [1.0, 1.0], False),
    ],
)
def test_values_agree_relatively_and_at_every_point(found: list[float], right: list[float], same: bool) -> None:
    assert bool(agree(np.array(found), np.array(right))) is same


def test_many_values_are_compared_at_once() -> None:
    right = np.arange(1.0, POINTS + 1)
    assert agree(np.stack([right, right + 1]), right).tolist() == [True, False]


def test_what_has_no_value_is_nan_and_an_unknown_name_a_key_error() -> None:
    assert np.isnan(evaluated(Call("ln", (Num(-1.0),)), {}))
    assert np.isinf(evaluated(Num(1.0) / Num(0.0), {}))
    with pytest.raises(KeyError):
        evaluated(Ref("nobody"), {})


# The network that formulas reveal


def columns_of(shape: Shape) -> dict[str, Expr | None]:
    """The columns of a table of this network."""
    return {**formulas(shape)}


def names_of(shape: Shape) -> list[str]:
    """All names that a table of this network has, inputs, targets and biases too."""
    return [name for name in points(shape) if name[-1] not in ABOVE + BELOW]


def guessed(shape: Shape, columns: Mapping[str, Expr | None] | None = None) -> Shape:
    found = guess(columns_of(shape) if columns is None else columns, names_of(shape))
    assert found is not None
    return found


@pytest.mark.parametrize("numbers", [(), ("a_h1", "a_h2")], ids=["by formulas", "by what reads numbers"])
@pytest.mark.parametrize("activation", sorted({*ACTIVATIONS} - WHOLE_LAYER))
def test_each_activation_is_recognised(activation: str, numbers: tuple[str, ...]) -> None:
    shape = replace(CLASSIC, activations=(activation, "sigmoid"))
    assert guessed(shape, columns_of(shape) | dict.fromkeys(numbers)).activations[0] == activation


def test_one_wrong_slope_in_all_gradients_is_no_other_loss() -> None:
    """With the first output's slope for the second's, cross-entropy would be off by one slope in every gradient."""
    twelve = tuple(f"w{k}" for k in range(1, 13))
    shape = Shape((2, 2, 2, 2), (*SIGMOIDS, "sigmoid"), "mean squared error", twelve, biased=(False,) * 3, scale=2.0)
    columns = columns_of(shape)
    for name, expr in columns.items():
        if name.startswith(GRADIENT) and expr is not None:
            columns[name] = read(written(expr).replace("a_o2*(1-a_o2)", "a_o1*(1-a_o1)"))
    assert guessed(shape, columns).loss == shape.loss
    assert {*mismatches(shape, columns)} == {f"dE/dw{k}" for k in (*range(1, 9), 11, 12)}


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_is_recognised(loss: str) -> None:
    shape = replace(CLASSIC, loss=loss, activations=("tanh", LOSSES[loss].after or "linear"))
    found = guessed(shape)
    assert (found.loss, found.scale) == (loss, 1.0)
    assert [*mismatches(found, columns_of(shape))] == []


@pytest.mark.parametrize("loss", [HALF, "mean squared error"])
@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_a_sum_and_a_mean_over_the_outputs_are_told_apart(loss: str, outputs: int) -> None:
    names = tuple(f"w{k}" for k in range(1, 5 + 2 * outputs))
    usual = Shape((2, 2, outputs), SIGMOIDS, loss, names, biased=(False, False))
    for scale in (1.0, float(outputs) if LOSSES[loss].mean else 1 / outputs):
        shape = replace(usual, scale=scale)
        assert [*mismatches(guessed(shape), columns_of(shape))] == []


@pytest.mark.parametrize(
    "weights",
    [
        EIGHT,
        ("w1", "w3", "w2", "w4", "w5", "w7", "w6", "w8"),  # numbered by the unit that gives
        ("w8", "w7", "w6", "w5", "w4", "w3", "w2", "w1"),
        ("w1", "w2", "w5", "w6", "w3", "w4", "w7", "w8"),
        ("w1", "w2", "w3", "w4", "v1", "v2", "v3", "v4"),
    ],
    ids=",".join,
)
def test_weights_may_be_numbered_in_any_way_that_formulas_show(weights: tuple[str, ...]) -> None:
    assert guessed(replace(CLASSIC, weights=weights)).weights == weights


def test_the_numbering_shows_in_the_gradients_alone() -> None:
    shape = replace(CLASSIC, weights=("w1", "w3", "w2", "w4", "w5", "w7", "w6", "w8"))
    assert guessed(shape, columns_of(shape) | dict.fromkeys(("h1", "h2", "o1", "o2"))) == shape


@pytest.mark.parametrize("holds", HOLDS)
def test_what_stands_in_the_gradient_columns_is_recognised(holds: str) -> None:
    assert guessed(replace(CLASSIC, holds=holds)).holds == holds


@pytest.mark.parametrize(
    ("biases", "biased", "trained"),
    [
        (("b1", "b1", "b2", "b2"), (True, True), False),
        (("b1", "b1", "b2", "b2"), (True, True), True),
        (("b1", "b2", "b3", "b4"), (True, True), True),
        (("b_h1", "b_h2", "b_o1", "b_o2"), (True, True), True),
        (("b_h1", "b_h2"), (True, False), False),
        (("b_o1", "b_o2"), (False, True), True),
        (("b1", "b1"), (True, False), False),
        ((), (False, False), False),
    ],
)
def test_biases_are_of_units_or_of_layers(biases: tuple[str, ...], biased: tuple[bool, ...], trained: bool) -> None:
    shape = replace(CLASSIC, biases=biases, biased=biased, trained=trained)
    assert guessed(shape) == shape


@settings(max_examples=8, deadline=None)
@given(shapes())
def test_a_right_table_of_any_network_is_recognised(shape: Shape) -> None:
    columns = columns_of(shape)
    assert [*mismatches(guessed(shape, columns), columns)] == []


@pytest.mark.parametrize("name", [name for name in formulas(CLASSIC) if name not in EIGHT])
def test_one_wrong_column_does_not_hide_the_network(name: str) -> None:
    columns = columns_of(CLASSIC) | {name: Ref("i1") + 0.5}
    found = guessed(CLASSIC, columns)
    assert (found, [*mismatches(found, columns)]) == (CLASSIC, [name])


def test_a_slope_that_all_gradients_lack_makes_no_cross_entropy_of_a_squared_error() -> None:
    single = replace(CLASSIC, sizes=(2, 2, 1), weights=EIGHT[:6])
    lacking = {
        name: expr / (Ref("a_o1") * (1 - Ref("a_o1"))) for name, expr in formulas(single).items() if "dE/d" in name
    }
    assert guessed(single, columns_of(single) | lacking) == single


@quickly
@given(st.sets(st.sampled_from([*formulas(CLASSIC)]), max_size=12))
def test_columns_without_formulas_do_not_hide_the_network(blank: set[str]) -> None:
    assert guessed(CLASSIC, columns_of(CLASSIC) | dict.fromkeys(blank)).sizes == (2, 2, 2)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["i1", "w1", "w2"],  # no output
        ["w1", "w2", "o1", "t1"],  # no input
        ["i1", "i2", "w1", "w2", "w3", "h1", "h2", "o1", "t1"],  # three weights of six
    ],
)
def test_labels_that_are_no_network_reveal_none(names: list[str]) -> None:
    assert guess({}, names) is None


def test_names_are_ordered_by_their_numbers() -> None:
    assert numbered(["w10", "w2", "w1_2", "w1", "b1", "dE/dw3", "w1_1"], "w") == ["w1", "w1_1", "w1_2", "w2", "w10"]


# The learning rate


def rate_of(update: str, cells: Mapping[str, float | str | None] | None = None, **others: Mapping[str, float]) -> Rate:
    """The learning rate of a table with this update; G stands for the gradient, W for the weight, of the row above."""
    columns = {w: update.replace("W", f"{w}{{m}}").replace("G", f"{g}{{m}}") for w, g in (("C", "J"), ("F", "K"))}
    return learning_rate(reading(small(cells, columns=columns), others))


BESIDE = Rate((SHEET, (1, 2)), 0.5)


@pytest.mark.parametrize(
    "update",
    [
        *("=W-$B$1*G", "=W-B$1*G", "=W-G*$B$1", "=W-(G*$B$1)", "=(W)-($B$1*G)", "= W - $B$1 * G", "=-$B$1*G+W"),
        *("=W+-$B$1*G", "=W-PRODUCT($B$1,G)", "=SUM(W,-$B$1*G)", "=W-Sheet1!$B$1*G", "=W+$B$1*G", "=W-$B$1*1*G"),
    ],
)
def test_the_rate_is_what_the_gradient_is_taken_times(update: str) -> None:
    assert rate_of(update, {"A1": None}) == BESIDE  # and not because a label says so


def test_a_label_that_the_updates_do_not_read_is_not_believed() -> None:
    assert rate_of("=W-$N$9*G", {"N9": 0.125}) == Rate((SHEET, (9, 14)), 0.125)
    assert rate_of("=W-0.25*G") == Rate(None, 0.25)


def test_the_rate_may_stand_on_another_sheet() -> None:
    rate = rate_of("=W-Start!$B$7*G", {"A1": None, "B1": None}, Start={"B7": 0.8})
    assert (rate, rate.cell(SHEET), rate.cell("Start")) == (Rate(("Start", (7, 2)), 0.8), "Start!B7", "B7")


def test_a_rate_on_a_sheet_that_is_not_there_has_no_value() -> None:
    assert rate_of("=W-None!$B$7*G") == Rate(("None", (7, 2)), None)


@pytest.mark.parametrize("label", [None, "LR"])
def test_the_rate_may_stand_in_every_row(label: str | None) -> None:
    cells = {"L2": label} | {f"L{n}": 0.5 for n in range(FIRST, LAST + 1)}
    assert rate_of("=W-L{m}*G", cells) == Rate((SHEET, (FIRST, 12)), 0.5)


def test_the_rate_may_be_copied_down_by_formulas() -> None:
    cells = {"L3": 0.5} | filled({"L": "=L{m}"}, FIRST + 1)
    assert rate_of("=W-L{m}*G", cells) == Rate((SHEET, (FIRST, 12)), 0.5)


def test_a_rate_that_slides_is_where_the_first_update_reads_it() -> None:
    cells = {f"{w}{n}": f"={w}{n - 1}-B{n - 3}*{g}{n - 1}" for n in (4, 5, 6) for w, g in (("C", "J"), ("F", "K"))}
    assert learning_rate(reading(small(cells))) == BESIDE


def test_most_updates_decide() -> None:
    third = {"L2": "w3", "M2": "∂E/∂w3", "L3": 0.1} | filled({"L": "=L{m}-$B$1*M{m}"}, FIRST + 1)
    third |= filled({"M": "=K{n}"}, FIRST)
    assert rate_of("=W-$B$1*G", {"C4": "=C3-$N$9*J3", "N9": 9.0, **third}) == BESIDE
    assert rate_of("=W-$B$1*G", {"C5": "=C4-$N$9*J4", "N9": 9.0}) == BESIDE


def test_the_first_row_with_an_update_tells() -> None:
    assert rate_of("=W-$B$1*G", {"A1": None, "C4": 0.2, "F4": "=F3*2"}) == BESIDE


@pytest.mark.parametrize(
    ("beside", "place"), [("B1", (1, 2)), ("C1", (1, 3)), ("D1", (1, 4)), ("A2", (2, 1)), ("E1", None)]
)
def test_of_numbers_alone_the_label_tells(beside: str, place: tuple[int, int] | None) -> None:
    cells = {at: 0.5 if isinstance(cell, str) and cell.startswith("=") else cell for at, cell in small().items()}
    below = {f"{at[0]}{int(at[1:]) + 5}": cell for at, cell in cells.items() if at not in ("A1", "B1")}
    found = learning_rate(reading({**below, "A1": "η =", beside: 0.8}))
    assert found == (Rate((SHEET, place), 0.8) if place else Rate(None, None))


def test_a_rate_may_have_a_name_which_is_not_followed() -> None:
    assert rate_of("=W-eta*G", {"A1": None}).name == "eta"


@pytest.mark.parametrize("update", ["=W-G/2", "=W-50%*G", "=W-1/2*G", "=W-G*0.5"])
def test_a_rate_may_be_what_a_typed_number_comes_to(update: str) -> None:
    assert rate_of(update, {"A1": None}) == Rate(None, 0.5)


# All that formulas may read


def helper(name: str, text: str) -> tuple[str, tuple[Token, ...]]:
    return name, tokens(text)


def world(*helpers: tuple[str, tuple[Token, ...]], **more: object) -> World:
    return World(SMALLEST, ("w1", "w2"), helpers=helpers, **more)  # type: ignore[arg-type]


def test_a_helper_has_the_values_of_its_formula_in_three_rows() -> None:
    values = world(helper("[M]", "=1-a_h1")).values
    for mark in ("", ABOVE, BELOW):
        assert agree(values["[M]" + mark], 1 - values["a_h1" + mark])


def test_helpers_may_read_each_other_in_any_order() -> None:
    one, other = (
        ("[M]", (Token("ref", "[N]"), Token("op", "*"), Token("num", "2"))),
        helper("[N]", "=a_h1"),
    )
    assert agree(world(one, other).values["[M]"], 2 * points(SMALLEST)["a_h1"])
    assert agree(world(other, one).values["[M]"], 2 * points(SMALLEST)["a_h1"])


def test_helpers_that_read_themselves_or_nobody_have_no_value() -> None:
    circle = ("[M]", (Token("ref", "[M]"),))
    assert not {"[M]", "[N]"} & {*world(circle, helper("[N]", "=nobody")).values}


def test_a_settled_helper_is_what_it_should_be_whatever_its_formula() -> None:
    values = world(helper("[M]", "=a_h1"), settled=(("[M]", (1.0, 2.0, 3.0, 4.0, 5.0)),)).values
    assert values["[M]"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_cell_beside_the_table_is_the_same_at_every_point() -> None:
    assert world(constants=(("$Q$1", 2.0),)).values["$Q$1"].tolist() == [2.0] * POINTS


def test_helpers_that_say_nothing_are_left_out() -> None:
    assert [*trees([helper("[M]", "=1-a_h1"), ("[N]", (Token("none", "no formula"),))])] == ["[M]"]


def test_what_nobody_knows_has_values_of_its_own() -> None:
    values = points(SMALLEST)
    found = with_unknown(values, Ref("w1") + Ref("far"), Ref("away"))
    assert {*found} - {*values} == {"far", "away"}
    assert not agree(found["far"], found["away"])
    assert agree(found["w1"], values["w1"])


def test_a_formula_is_written_out_through_all_helpers_and_rows() -> None:
    helpers = {"[M]": Ref("[N]") * 2, "[N]": Num(1.0) - Ref("a_h1")}
    assert written_out(Ref("[M]") + Ref("w1"), helpers) == (1.0 - Ref("a_h1")) * 2 + Ref("w1")
    assert written_out(Ref("[M]" + ABOVE), helpers) == (1.0 - Ref("a_h1" + ABOVE)) * 2


def test_a_formula_written_out_stays_small() -> None:
    helpers = {f"[{k}]": Ref(f"[{k + 1}]") * Ref(f"[{k + 1}]") for k in range(14)}
    assert sum(1 for _ in refs(written_out(Ref("[0]"), helpers))) < 1000


def test_helpers_in_a_circle_are_written_out_only_so_far() -> None:
    assert isinstance(written_out(Ref("[M]"), {"[M]": Group(Ref("[M]"))}), Group)


def test_names_of_another_row_are_the_shape_s_own() -> None:
    assert {SLOPE} < {*HOLDS}
    assert points(CLASSIC).keys() == {name + mark for name in names_of(CLASSIC) for mark in ("", ABOVE, BELOW)}
