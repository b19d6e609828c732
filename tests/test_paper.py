"""The derivations beside the table say, letter for letter, what the hand-made worksheet says; its slips put right."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from xlbackprop.maths import paper
from xlbackprop.maths.expr import Expr, Group, Num, Ref, refs
from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Layer, Network, Sample, edges, units
from xlbackprop.maths.numeric import evaluate, trainer
from xlbackprop.maths.paper import Block, plugged, written
from xlbackprop.maths.tape import Role, gradient_name
from xlbackprop.template.template import load

CLASSIC = load("classic")
TAPE = lower(CLASSIC)

FORMULAE = """
h1 = w1*i1 + w2*i2
h2 = w3*i1 + w4*i2
a_h1 = sigmoid(h1)
a_h2 = sigmoid(h2)
o1 = w5*a_h1 + w6*a_h2
o2 = w7*a_h1 + w8*a_h2
a_o1 = sigmoid(o1)
a_o2 = sigmoid(o2)
E_total = E1 + E2
E1 = 1/2 * (t1-a_o1)^2
E2 = 1/2 * (t2-a_o2)^2
"""
DERIVATIVES = """
∂E1/∂a_o1 = ∂(1/2 * (t1-a_o1)^2)/∂a_o1 = a_o1 - t1
∂a_o1/∂o1 = a_o1*(1-a_o1)
∂o1/∂w5 = a_h1
∂o1/∂w6 = a_h2
∂E2/∂a_o2 = a_o2 - t2
∂a_o2/∂o2 = a_o2*(1-a_o2)
∂o2/∂w7 = a_h1
∂o2/∂w8 = a_h2
"""
HIDDEN_ERRORS = """
∂E1/∂a_h1 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂a_h1 = (a_o1-t1)*a_o1*(1-a_o1)*w5
∂E2/∂a_h1 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂a_h1 = (a_o2-t2)*a_o2*(1-a_o2)*w7
∂E1/∂a_h2 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂a_h2 = (a_o1-t1)*a_o1*(1-a_o1)*w6
∂E2/∂a_h2 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂a_h2 = (a_o2-t2)*a_o2*(1-a_o2)*w8
∂E_total/∂a_h1 = ∂(E1+E2)/∂a_h1 = (a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7
∂E_total/∂a_h2 = ∂(E1+E2)/∂a_h2 = (a_o1-t1)*a_o1*(1-a_o1)*w6 + (a_o2-t2)*a_o2*(1-a_o2)*w8
"""
OUTPUT_LAYER = """
∂E_total/∂w5 = ∂(E1+E2)/∂w5 = ∂E1/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w5 = (a_o1-t1)*a_o1*(1-a_o1)*a_h1
∂E_total/∂w6 = ∂(E1+E2)/∂w6 = ∂E1/∂w6 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w6 = (a_o1-t1)*a_o1*(1-a_o1)*a_h2
∂E_total/∂w7 = ∂(E1+E2)/∂w7 = ∂E2/∂w7 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂w7 = (a_o2-t2)*a_o2*(1-a_o2)*a_h1
∂E_total/∂w8 = ∂(E1+E2)/∂w8 = ∂E2/∂w8 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂w8 = (a_o2-t2)*a_o2*(1-a_o2)*a_h2
"""
# Each is one line on the sheet, broken here before its result.
HIDDEN_LAYER = """
∂E_total/∂w1 = ∂E_total/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w1
    = ((a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7)*a_h1*(1-a_h1)*i1
∂E_total/∂w2 = ∂E_total/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w2
    = ((a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7)*a_h1*(1-a_h1)*i2
∂E_total/∂w3 = ∂E_total/∂a_h2 * ∂a_h2/∂h2 * ∂h2/∂w3
    = ((a_o1-t1)*a_o1*(1-a_o1)*w6 + (a_o2-t2)*a_o2*(1-a_o2)*w8)*a_h2*(1-a_h2)*i1
∂E_total/∂w4 = ∂E_total/∂a_h2 * ∂a_h2/∂h2 * ∂h2/∂w4
    = ((a_o1-t1)*a_o1*(1-a_o1)*w6 + (a_o2-t2)*a_o2*(1-a_o2)*w8)*a_h2*(1-a_h2)*i2
"""
GRADIENT_COLUMNS = """
∂E/∂w5 = (a_o1-t1)*a_o1*(1-a_o1)*a_h1
∂E/∂w6 = (a_o1-t1)*a_o1*(1-a_o1)*a_h2
∂E/∂w7 = (a_o2-t2)*a_o2*(1-a_o2)*a_h1
∂E/∂w8 = (a_o2-t2)*a_o2*(1-a_o2)*a_h2
"""
UPDATES = "\n".join(f"w{k} next = w{k} - η*∂E/∂w{k}" for k in range(1, 9))

BLOCKS: dict[str, tuple[Block, str]] = {
    "Formulae": (paper.formulae(TAPE), FORMULAE),
    "Derivatives": (paper.derivatives(TAPE), DERIVATIVES),
    "Error at the hidden layer": (paper.errors(TAPE), HIDDEN_ERRORS),
    "Output layer": (paper.gradients(TAPE, 2), OUTPUT_LAYER),
    "Hidden layer": (paper.gradients(TAPE, 1), HIDDEN_LAYER),
    "Gradients": (paper.gradient_columns(TAPE, 2, "Gradients"), GRADIENT_COLUMNS),
    "Update": (paper.updates(TAPE), UPDATES),
}


@pytest.mark.parametrize("heading", BLOCKS)
def test_a_derivation_reads_as_in_the_hand_made_worksheet(heading: str) -> None:
    block, golden = BLOCKS[heading]
    assert block.heading == heading
    assert [line.text for line in block.lines] == golden.replace("\n    = ", " = ").strip().splitlines()


def test_neither_of_the_worksheets_typing_slips_is_there() -> None:
    texts = [line.text for block, _ in BLOCKS.values() for line in block.lines]
    assert [text for text in texts if "a_0" in text] == []


@pytest.mark.parametrize("heading", BLOCKS)
def test_the_lead_is_all_but_the_last_right_hand_side(heading: str) -> None:
    for line in BLOCKS[heading][0].lines:
        left, _, result = line.text.rpartition(" = ")
        assert line.lead == f"{left} = "
        assert written(line.result) == result


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Ref("a") - Ref("t"), "a - t"),
        (Ref("a") * (1 - Ref("a")), "a*(1-a)"),
        (Ref("a") * Ref("b") + Ref("c"), "a*b + c"),
        (Ref("d") * (Ref("a") * Ref("b") + Ref("c")), "d*(a*b + c)"),
        (Ref("d") * (Ref("a") * Ref("b") + Ref("c") * Ref("d") + Ref("e")), "d*(a*b + c*d + e)"),
        (Ref("d") * (Group(Ref("a") * Ref("b")) + Ref("c")), "d*(a*b + c)"),
        (Group(Ref("a") * Ref("b")) + Group(Ref("c") * Ref("d")), "a*b + c*d"),
        (Ref("x", above=True) - Group(Ref("η") * Ref("g", above=True)), "x - η*g"),
        (Ref("a") - (-Ref("b")), "a - (-b)"),
        ((Ref("a") - Ref("b")) ** 2 * Num(0.5), "(a-b)^2*0.5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_blanks_stand_round_the_outermost_sum_and_round_sums_of_products(expr: Expr, text: str) -> None:
    assert written(expr) == text


def test_a_line_with_its_numbers_plugged_in_has_blanks_round_every_operator_but_the_power() -> None:
    numbers = {"a_o1": "0.6065", "t1": "0.5", "a_h1": "0.5069"}
    gradient = paper.gradients(TAPE, 2).lines[0].result
    loss = paper.formulae(TAPE).lines[-2].result
    assert spelt(gradient, numbers) == "(0.6065 - 0.5) * 0.6065 * (1 - 0.6065) * 0.5069"
    assert spelt(loss, numbers) == "0.5 * (0.5 - 0.6065)^2"
    assert spelt(TAPE["a_o1"].expr or Num(0), {"o1": "0.4325"}) == "1 / (1 + exp(-0.4325))"


def spelt(expr: Expr, numbers: dict[str, str]) -> str:
    return "".join(token if isinstance(token, str) else numbers[token.name] for token in plugged(expr))


def test_updates_are_told_in_this_steps_numbers() -> None:
    assert [ref for line in paper.updates(TAPE).lines for ref in refs(line.result) if ref.above] == []


def test_a_given_column_has_no_line() -> None:
    with pytest.raises(ValueError, match="i1 is given"):
        paper._expr(TAPE["i1"])


# Networks that are not the classic one


def network(sizes: tuple[int, ...]) -> Network:
    rng = random.Random(2)
    layers = [
        Layer("sigmoid", tuple(tuple(rng.uniform(-1, 1) for _ in range(m)) for _ in range(n)))
        for m, n in pairwise(sizes)
    ]
    return replace(CLASSIC, samples=(Sample((0.3,) * sizes[0], (0.7,) * sizes[-1]),), layers=tuple(layers))


@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 4, 2), (2, 3, 3, 1)], ids=str)
def test_the_result_of_each_gradient_line_is_worth_what_its_column_is_worth(sizes: tuple[int, ...]) -> None:
    net = network(sizes)
    tape = lower(net)
    (row,) = trainer(tape)([(0.7,) * sizes[-1] + (0.3,) * sizes[0]], (), net.weights, (0.0,), 1)
    values = dict(zip(tape.index, row, strict=True))
    found = {
        line.name.rpartition("∂")[2]: evaluate(line.result, values)
        for layer in range(1, tape.layers + 1)
        for line in paper.gradients(tape, layer).lines
    }
    assert found == {f"w{k}": values[gradient_name(f"w{k}")] for k in range(1, len(net.weights) + 1)}


@pytest.mark.parametrize("sizes", [(2, 1), (2, 2, 2), (2, 3, 1), (3, 4, 2)], ids=str)
def test_a_chain_of_slopes_has_no_gap(sizes: tuple[int, ...]) -> None:
    """In ∂E1/∂a_o1 * ∂a_o1/∂o1 each factor goes on where the one before it ends, and the last ends as the name does."""
    tape = lower(network(sizes))
    gaps, chains = [], 0
    for block in (paper.errors(tape), *(paper.gradients(tape, k) for k in range(1, tape.layers + 1))):
        for line in block.lines:
            if "*" in line.steps[-1]:
                chains += 1
                ends = [factor.replace("∂", "").split("/") for factor in line.steps[-1].split(" * ")]
                name = line.name.replace("∂", "").split("/")
                joined = all(here[1] == there[0] for here, there in pairwise(ends))
                if not (joined and ends[-1][1] == name[1] and ends[0][0] in (name[0], "E1", "E2")):
                    gaps.append(line.text)
    assert gaps == []
    assert chains >= len(tape.of(Role.WEIGHT))


@pytest.mark.parametrize("sizes", [(2, 3, 3, 1), (1, 2, 1, 2, 1), (6, 6, 6)], ids=str)
def test_in_a_deep_or_wide_network_a_gradient_is_the_error_of_a_unit_times_what_the_weight_carries(
    sizes: tuple[int, ...],
) -> None:
    net = network(sizes)
    tape = lower(net)
    lines = [line for layer in range(1, tape.layers + 1) for line in paper.gradients(tape, layer).lines]
    expected = [f"∂E/∂{e.weight} = ∂E/∂{e.target.net}*{e.source.activation}" for e in edges(net)]
    assert sorted(line.text for line in lines) == sorted(expected)


@pytest.mark.parametrize("sizes", [(2, 3, 3, 1), (1, 2, 1, 2, 1), (6, 6, 6)], ids=str)
def test_in_a_deep_or_wide_network_each_units_error_has_a_line(sizes: tuple[int, ...]) -> None:
    net = network(sizes)
    block = paper.errors(lower(net))
    assert block.heading == "Errors of the units"
    assert sorted(line.name for line in block.lines) == sorted(
        f"∂E/∂{unit.net}" for layer in units(net)[1:] for unit in layer
    )


def test_with_several_samples_the_lines_are_those_of_the_first() -> None:
    tape = lower(load("xor"))
    lines = [
        line for block in (paper.formulae(tape), paper.derivatives(tape), paper.errors(tape)) for line in block.lines
    ]
    own = [line.name for line in lines if line.name != "E_total"]
    assert [name for name in own if "⁽¹⁾" not in name] == []
    assert {"h1⁽¹⁾", "a_h2⁽¹⁾", "o1⁽¹⁾", "a_o1⁽¹⁾", "E1⁽¹⁾", "∂E/∂h1⁽¹⁾", "∂E/∂o1⁽¹⁾"} <= set(own)
