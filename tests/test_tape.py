"""A network becomes a tape: the columns of the hand-made worksheet, each with its slopes, for any depth and width."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, pin_all_but_last_factor, refs
from xlbackprop.maths.grad import local_slope, path, slopes
from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Layer, Network, Sample, edges, units
from xlbackprop.maths.numeric import evaluate, trainer
from xlbackprop.maths.paper import written
from xlbackprop.maths.tape import GIVEN, LEARNING_RATE, Column, Role, Tape, gradient_name
from xlbackprop.pages.layout import letters
from xlbackprop.pages.look import part
from xlbackprop.proof.witness import Rows, autograd, complex_step
from xlbackprop.template.template import load

AGREES = 1e-12  # a gradient with one that was worked out exactly
SLOPE = 1e-7  # a slope with a central difference
H = 1e-5

CLASSIC = load("classic")
TAPE = lower(CLASSIC)

# column, name, role, layer, part (which decides its colour)
COLUMNS = """
A   t1       target      2  input
B   t2       target      2  input
C   i1       input       0  input
D   i2       input       0  input
E   w1       weight      1  hidden
F   w2       weight      1  hidden
G   w3       weight      1  hidden
H   w4       weight      1  hidden
I   h1       net         1  hidden
J   a_h1     activation  1  hidden
K   h2       net         1  hidden
L   a_h2     activation  1  hidden
M   w5       weight      2  output
N   w6       weight      2  output
O   w7       weight      2  output
P   w8       weight      2  output
Q   o1       net         2  output
R   a_o1     activation  2  output
S   o2       net         2  output
T   a_o2     activation  2  output
U   E1       loss        2  loss
V   E2       loss        2  loss
W   E_total  total_loss  2  loss
X   ∂E/∂w1   gradient    1  gradient
Y   ∂E/∂w2   gradient    1  gradient
Z   ∂E/∂w3   gradient    1  gradient
AA  ∂E/∂w4   gradient    1  gradient
AB  ∂E/∂w5   gradient    2  gradient
AC  ∂E/∂w6   gradient    2  gradient
AD  ∂E/∂w7   gradient    2  gradient
AE  ∂E/∂w8   gradient    2  gradient
"""
SIZES = [(1, 1), (2, 2, 2), (3, 4, 2), (2, 3, 3, 1), (4, 1, 3), (2, 2, 2, 2, 2)]


def network(sizes: tuple[int, ...], seed: int = 1) -> Network:
    """A made-up network; numbers of order one, where mistakes are of order one, too."""
    rng = random.Random(seed)

    def some(count: int) -> tuple[float, ...]:
        return tuple(rng.uniform(-1.5, 1.5) for _ in range(count))

    layers = [Layer("sigmoid", tuple(some(m) for _ in range(n))) for m, n in pairwise(sizes)]
    return replace(CLASSIC, samples=(Sample(some(sizes[0]), some(sizes[-1])),), layers=tuple(layers))


def given_to(net: Network) -> tuple[float, ...]:
    """The one sample, as a table has it."""
    (sample,) = net.samples
    return (*sample.targets, *sample.inputs)


def first_row(net: Network) -> dict[str, float]:
    """The first row of a network's table, by column."""
    tape = lower(net)
    (row,) = trainer(tape)([given_to(net)], (), net.weights, (0.0,), 1)
    return dict(zip(tape.index, row, strict=True))


def moved(tape: Tape, row: Mapping[str, float], name: str, by: float) -> float:
    """The total loss where one column is moved and all to its right follow."""
    values = dict(row) | {name: row[name] + by}
    for column in tape.columns[tape.index[name] + 1 : tape.index[tape.total.name] + 1]:
        if column.expr is not None and column.role is not Role.WEIGHT:
            values[column.name] = evaluate(column.expr, values)
    return values[tape.total.name]


def classic_columns() -> Iterator[tuple[str, str, str, str, str]]:
    for line in COLUMNS.strip().splitlines():
        column, name, role, layer, hue = line.split()
        yield column, name, role.replace("_", " "), layer, hue


def test_the_classic_network_has_the_columns_of_the_hand_made_worksheet_in_its_order() -> None:
    found = [
        (letters(place), column.name, column.role.value, str(column.layer), part(column, TAPE.layers))
        for place, column in enumerate(TAPE, start=1)
    ]
    assert found == list(classic_columns())


def test_a_column_is_found_by_its_name_its_role_and_its_layer() -> None:
    assert TAPE["a_h1"].expr == Call("sigmoid", (Ref("h1"),))
    assert TAPE.index["E_total"] == 22
    assert TAPE.total.name == "E_total"
    assert TAPE.gradient_of("w5").name == gradient_name("w5") == "∂E/∂w5"
    assert [column.name for column in TAPE.of(*GIVEN)] == ["t1", "t2", "i1", "i2"]
    assert [column.name for column in TAPE.of(Role.WEIGHT, layer=2)] == ["w5", "w6", "w7", "w8"]
    assert [column.name for column in TAPE.of(Role.NET, Role.ACTIVATION, layer=1)] == ["h1", "a_h1", "h2", "a_h2"]


def test_only_what_the_user_gives_has_no_formula() -> None:
    assert [column.name for column in TAPE if column.expr is None] == ["t1", "t2", "i1", "i2"]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_column_reads_only_columns_to_its_left_the_row_above_and_the_learning_rate(sizes: tuple[int, ...]) -> None:
    tape = lower(network(sizes))
    astray = [
        (column.name, ref.name)
        for column in tape
        if column.expr is not None
        for ref in refs(column.expr)
        if ref.name != LEARNING_RATE
        and (ref.name not in tape.index or (not ref.above and tape.index[ref.name] >= tape.index[column.name]))
    ]
    assert astray == []


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_only_weights_read_the_row_above_and_each_its_own_gradient(sizes: tuple[int, ...]) -> None:
    tape = lower(network(sizes))
    read = {c.name: {ref.name for ref in refs(c.expr) if ref.above} for c in tape if c.expr is not None}
    expected = {c.name: {c.name, gradient_name(c.name)} if c.role is Role.WEIGHT else set() for c in tape if c.expr}
    assert read == expected


def test_weights_are_numbered_unit_by_unit() -> None:
    joined = [(edge.weight, edge.source.activation, edge.target.net) for edge in edges(network((3, 2, 1)))]
    assert joined == [
        ("w1", "i1", "h1"),
        ("w2", "i2", "h1"),
        ("w3", "i3", "h1"),
        ("w4", "i1", "h2"),
        ("w5", "i2", "h2"),
        ("w6", "i3", "h2"),
        ("w7", "a_h1", "o1"),
        ("w8", "a_h2", "o1"),
    ]


def test_several_hidden_layers_have_names_of_their_own() -> None:
    grid = units(network((2, 3, 3, 1)))
    assert [[unit.net for unit in layer] for layer in grid] == [
        ["i1", "i2"],
        ["h1_1", "h1_2", "h1_3"],
        ["h2_1", "h2_2", "h2_3"],
        ["o1"],
    ]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_no_two_columns_share_a_name(sizes: tuple[int, ...]) -> None:
    tape = lower(network(sizes))
    assert len(tape.index) == len(tape.columns)


# Slopes


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_slope_is_what_moving_the_column_shows(sizes: tuple[int, ...]) -> None:
    net = network(sizes)
    tape, row = lower(net), first_row(net)
    wrong = []
    for name, slope in slopes(tape, tape.total.name).items():
        if name == tape.total.name:
            assert slope == Num(1.0)
            continue
        found = evaluate(slope, row)
        expected = (moved(tape, row, name, H) - moved(tape, row, name, -H)) / (2 * H)
        if abs(found - expected) > SLOPE * max(abs(found), abs(expected), 1e-3):
            wrong.append((name, found, expected))
    assert wrong == []


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_column_that_the_loss_depends_on_has_a_slope_and_no_other(sizes: tuple[int, ...]) -> None:
    tape = lower(network(sizes))
    assert set(slopes(tape, "E_total")) == {c.name for c in tape if c.role not in (Role.GRADIENT, Role.DELTA)}
    outputs = tape.layers
    others = {c.name for c in tape.of(Role.WEIGHT, layer=outputs)} - {
        ref.name for ref in refs(tape["o1"].expr or Num(0.0))
    }
    assert {"E1", "a_o1", "t1", "o1"} <= set(slopes(tape, "E1"))
    assert not {"E_total", "E2", "t2", "o2", *others} & set(slopes(tape, "E1"))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_gradient_columns_agree_with_the_complex_step_of_a_forward_pass_written_elsewhere(
    sizes: tuple[int, ...],
) -> None:
    net = network(sizes)
    expected = complex_step(rows(net), net)[0]
    assert apart(net, expected) == []


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_gradient_columns_agree_with_torch(sizes: tuple[int, ...]) -> None:
    pytest.importorskip("torch", reason="torch is an extra: pip install '.[cnn]'")
    net = network(sizes)
    expected = autograd(rows(net), net)
    assert expected is not None
    assert apart(net, expected[0]) == []


def rows(net: Network) -> Rows:
    (sample,) = net.samples
    return Rows(np.array([[sample.inputs]]), np.array([[sample.targets]]), np.array([net.weights]), np.empty((1, 0)))


def apart(net: Network, expected: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[tuple[str, float, float]]:
    """The gradients of the first row that are not as expected: column, found, expected."""
    row = first_row(net)
    gradients = lower(net).of(Role.GRADIENT)
    assert len(gradients) == len(expected) == len(net.weights)
    return [
        (column.name, row[column.name], float(value))
        for column, value in zip(gradients, expected, strict=True)
        if abs(row[column.name] - value) > AGREES * max(abs(row[column.name]), abs(value))
    ]


def test_training_walks_down_the_slope() -> None:
    net = network((3, 4, 2))
    tape = lower(net)
    table = list(trainer(tape)([given_to(net)], (), net.weights, (0.1,), 200))
    losses = [row[tape.index["E_total"]] for row in table]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] * 0.9


# What a formula looks like


def test_contributions_are_prepended_so_that_the_first_output_stands_first() -> None:
    slope = slopes(TAPE, "E_total")
    assert written(slope["a_h1"]) == "(a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7"
    three = slopes(lower(network((2, 2, 3))), "E_total")["a_h1"]
    assert [ref.name for ref in refs(three) if ref.name.startswith("w")] == ["w5", "w7", "w9"]


def test_a_made_up_tape_is_differentiated_by_the_same_walk() -> None:
    x, y, u, v = (Ref(name) for name in "xyuv")
    columns = {"x": None, "y": None, "u": x * y, "v": Group(x - y), "E": u * v + -u}
    tape = Tape(tuple(Column(name, Role.NET, 1, expr) for name, expr in columns.items()), 1)
    found = slopes(tape, "E")
    row = {"x": 3.0, "y": -2.0, "u": -6.0, "v": 5.0}
    expected = {"E": 1.0, "v": -6.0, "u": 5.0 - 1, "x": -2.0 * 4 - 6, "y": 3.0 * 4 + 6}
    assert {name: evaluate(slope, row) for name, slope in found.items()} == expected


def test_nothing_differentiates_through_an_operation_without_a_slope() -> None:
    tape = Tape((Column("x", Role.INPUT, 0), Column("E", Role.TOTAL, 1, Ref("x") ** 2)), 1)
    with pytest.raises(TypeError, match=r"'\^': give its rule a vjp"):
        slopes(tape, "E")


def test_a_gradient_is_pinned_except_in_its_last_factor() -> None:
    astray = []
    for column in TAPE.of(Role.GRADIENT):
        match column.expr:
            case Call("*", (rest, last)):
                astray += [ref for ref in refs(rest) if not ref.pin] + [ref for ref in refs(last) if ref.pin]
            case other:
                astray.append(other)
    assert astray == []


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Ref("a") * Ref("b"), "$a*b"),
        ((Ref("a") + Ref("b")) * Ref("c") * (1 - Ref("d")), "($a+$b)*$c*(1-d)"),
        (Group(Ref("a") * Ref("b")) * Group(Ref("c") * Ref("d")), "($a*$b)*(c*d)"),
        (Ref("a") + Ref("b"), "$a+$b"),
        (Ref("a") * (Ref("b") * Ref("c")), "$a*(b*c)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pinning_reaches_every_column_but_those_of_the_last_factor(expr: Expr, text: str) -> None:
    assert formula(pin_all_but_last_factor(expr), lambda ref: "$" * ref.pin + ref.name) == f"={text}"


def test_pins_and_groups_change_no_value() -> None:
    row = first_row(CLASSIC)
    slope = slopes(TAPE, "E_total")
    pinned = {name: row[gradient_name(name)] for name in ("w1", "w8")}
    assert pinned == {name: evaluate(slope[name], row) for name in pinned}


def test_a_path_leads_from_a_loss_to_a_weight() -> None:
    assert path(TAPE, "E1", "w5") == ["E1", "a_o1", "o1", "w5"]
    assert path(TAPE, "E2", "w1") == ["E2", "a_o2", "o2", "a_h1", "h1", "w1"]
    assert path(TAPE, "E1", "w7") == []
    assert path(TAPE, "i1", "i1") == ["i1"]


def test_a_local_slope_is_that_of_one_column_alone() -> None:
    assert written(local_slope(TAPE, "a_o1", "o1")) == "a_o1*(1-a_o1)"
    assert local_slope(TAPE, "o1", "w6") == Ref("a_h2")
    with pytest.raises(ValueError, match="i1 is given"):
        local_slope(TAPE, "i1", "i1")
