"""What people write beside the table is understood, and only what contradicts right formulas is held against them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlbackprop.judge.typed.explained import contradictions, explanations
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.prose import read
from xlbackprop.maths.expr import Expr, Num, Ref, refs
from xlbackprop.maths.grad import slopes
from xlbackprop.maths.lower import lower
from xlbackprop.maths.numeric import evaluate
from xlbackprop.maths.paper import written
from xlbackprop.maths.tape import Role
from xlbackprop.template.template import load

TAPE = lower(load("classic"))
RIGHT = {name: column.expr for column in TAPE if column.expr is not None and (name := canonical(column.name))}


def _point(chance: random.Random) -> dict[str, float]:
    """Random inputs, targets and weights, and what the other columns come to."""
    values: dict[str, float] = {}
    for column in TAPE:
        given = column.expr is None or any(ref.above for ref in refs(column.expr))
        values[column.name] = chance.uniform(-1, 1) if given or column.expr is None else evaluate(column.expr, values)
    return {canonical(name) or name: value for name, value in values.items()}


POINTS = [_point(random.Random(seed)) for seed in range(3)]


def _slopes() -> dict[str, Expr]:
    """The slopes of losses, outputs and nets by all that they are calculated from, by their canonical names."""
    found = {
        f"d{column.name}/d{by}": expr
        for column in TAPE.of(Role.NET, Role.ACTIVATION, Role.LOSS)
        for by, expr in slopes(TAPE, column.name).items()
    }
    return found | {f"dE/d{by}": expr for by, expr in slopes(TAPE, "E_total").items()}


for point in POINTS:
    point.update({name: evaluate(expr, point) for name, expr in _slopes().items() if name not in point})
GRADIENT_5 = "(a_o1-t1)*a_o1*(1-a_o1)*a_h1"


def at_points(expr: Expr) -> list[float] | None:
    known = all(ref.name in POINTS[0] for ref in refs(expr))
    return [evaluate(expr, point) for point in POINTS] if known else None


def wrong(*texts: str) -> list[str]:
    """The labels whose texts contradict, the texts standing under each other."""
    typed = [(f"K{row}", text) for row, text in enumerate(texts, start=3)]
    return [one.label for one in contradictions(typed, RIGHT, at_points)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("½(t1 − a_o1)²", "1/2*(t1-a_o1)^2"),
        ("0.5 * [t1 - out_o1]^2", "0.5*(t1-a_o1)^2"),
        ("{a_01 – t1} × a_o1 · (1-a_o1)", "(a_o1-t1)*a_o1*(1-a_o1)"),
        ("a_h1(1-a_h1)", "a_h1*(1-a_h1)"),
        ("(a_o1-t1)(1-a_o1)a_h1", "(a_o1-t1)*(1-a_o1)*a_h1"),
        ("𝜎(h1)", "sigmoid(h1)"),
        ("1/(1+e^-h1)", "1/(1+exp(-h1))"),
        ("w₁*i₁ + w_2*i_2", "w1*i1 + w2*i2"),
        ("2a_o1", "2*a_o1"),
    ],
)
def test_maths_is_read_however_it_is_typed(typed: str, meant: str) -> None:
    assert (expr := read(typed)) is not None
    assert written(expr) == meant


def test_a_minus_in_front_of_a_power_is_taken_as_on_paper_and_not_as_in_excel() -> None:
    assert (expr := read("-h1^2")) is not None
    assert evaluate(expr, {"h1": 3.0}) == -9


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "the sum of both",
        "(a_o1 - t1",
        "σ(o)",
        "h1 if o1 else t1",
        "__import__('os')",
        "a_o1.__class__",
        "'a' * 9",
        "9" * 400,
        "1e999",
        "-" * 300 + "h1",
        "(" * 300,
        "1+" * 200 + "1",
    ],
)
def test_what_is_no_maths_over_columns_is_not_read(typed: str) -> None:
    assert read(typed) is None


@given(st.text(alphabet="abehiotw_0123456789()[]{}+-*/^=.,:½²σ∂ ", max_size=60))
def test_whatever_is_typed_is_read_or_left_alone(text: str) -> None:
    contradictions([("A1", text), ("B1", text)], RIGHT, at_points)


def test_every_line_that_we_derive_ourselves_is_understood_and_right() -> None:
    lines = [f"{column.name} = {written(column.expr)}" for column in TAPE if column.expr is not None]
    told = explanations([(f"K{row}", line) for row, line in enumerate(lines, start=1)])
    assert {one.label for one in told} >= {name for name in RIGHT if not name.startswith("w")}
    assert wrong(*lines) == []


def test_a_line_of_several_sides_is_taken_apart() -> None:
    line = "∂E_total/∂w5 = ∂(E1+E2)/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w5 = (a_o1-t1)*a_o1*(1-a_o1)*a_h1"
    [told] = explanations([("K20", line)])
    assert (told.cell, told.label) == ("K20", "dE/dw5")
    assert [side.text for side in told.sides] == ["∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w5", "(a_o1-t1)*a_o1*(1-a_o1)*a_h1"]


def test_a_chain_is_read_as_slopes() -> None:
    assert (expr := read("∂E_total/∂out_01 * dout_o1 / dnet_o1 * a_h1")) is not None
    assert [ref.name for ref in refs(expr)] == ["dE/da_o1", "da_o1/do1", "a_h1"]


def test_label_and_right_hand_side_may_stand_in_two_cells() -> None:
    [told] = explanations([("Q14", "∂E_total/∂W3"), ("R14", "a_h2 * (1- a_h2) * i1")])
    assert (told.cell, told.label) == ("R14", "dE/dw3")


def test_the_heads_of_columns_explain_nothing() -> None:
    heads = zip("ABCDEF", ("i1", "i2", "h1", "a_h1*(1-a_h1)", "o1", "E1"), strict=True)
    assert explanations([(f"{column}34", head) for column, head in heads]) == []


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("h1 = w1*i1 + w3*i2", "h1", "w1*i1 + w2*i2"),
        ("a_h1 = σ(h2)", "a_h1", "sigmoid(h1)"),
        ("E1 = (t1 - a_o1)²", "E1", "1/2 * (t1-a_o1)^2"),
        ("E_total: E1 - E2", "E_total", "E1 + E2"),
        ("∂E/∂w5 = (t1-a_o1)*a_o1*(1-a_o1)*a_h1", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = (a_o1-t1)*a_o1*(1-a_o1)*a_h2", "dE/dw5", GRADIENT_5),
        ("a_h1 = σ(h1) = 1/(1+exp(h1))", "a_h1", "sigmoid(h1)"),
        # chains: another end, links that do not join, a way that there is not, another beginning; factors among slopes
        ("∂E/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w6", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = ∂E1/∂a_o1 * ∂a_o2/∂o2 * ∂o1/∂w5", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = ∂E2/∂a_o2 * ∂a_o2/∂o2 * ∂o2/∂w5", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = ∂a_o1/∂o1 * ∂o1/∂w5", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * a_h2", "dE/dw5", GRADIENT_5),
        ("∂E/∂w5 = ∂E1/∂o1 * ∂o1/∂w5 = ∂E1/∂o1 * ∂o1/∂w7", "dE/dw5", GRADIENT_5),
    ],
)
def test_a_text_that_says_something_else_contradicts(text: str, label: str, expected: str) -> None:
    [found] = contradictions([("K3", text)], RIGHT, at_points)
    assert (found.cell, found.label, found.expected) == ("K3", label, expected)
    assert found.found in text


@pytest.mark.parametrize(
    "text",
    [
        "a_h1 = 𝜎(h1) = 1/1+exp(-h1)",
        "∂E/∂w1 = (a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7 * a_h1*(1-a_h1)*i1",
        "E1 = 1/2 * (t1-a_01)^2",
        "E1 = (a_o1 - t1)²/2",
        "∂E/∂w5 = -(t1-a_o1)*a_o1*(1-a_o1)*a_h1",
        "∂E1/∂w1 = (a_o1-t1)*a_o1*(1-a_o1)*w5*a_h1*(1-a_h1)*i1",
        "∂E/∂w5 = ∂E1/∂w5 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂w5",
        "∂E/∂w5 = ∂E1/∂o1 * ∂o1/∂w5 = ∂E1/∂a_o1 * a_o1*(1-a_o1) * ∂o1/∂w5",
        "∂E/∂w1 = ∂E_total/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w1",
        "∂E/∂w1 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * ∂o1/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w1",  # one path of two
        "∂E/∂w1 = (∂E1/∂a_h1 + ∂E2/∂a_h1) * ∂a_h1/∂h1 * i1",
        "∂E/∂w1 = ∂E/∂z * ∂z/∂w1",
        "∂E1/∂o1 = ∂E1/∂a_o1 * ∂a_o1/∂o1 * 1",
        "h1 = 0.0275",
        "a_h1 = out_h1",
        "w1 = w1 + 0.5*h1",
        "h1 = some of w1*i1",
        "h1 = w9*i9",
    ],
)
def test_loose_typing_and_what_is_not_understood_does_not_contradict(text: str) -> None:
    assert wrong(text) == []


def test_a_line_that_names_the_neighbour_by_mistake_is_taken_for_the_neighbours() -> None:
    assert wrong("h1 = w1*i1 + w2*i2", "h1 = w3*i1 + w4*i2") == []
    assert wrong("h1 = w1*i1 + w2*i2", "h1 = w3*i1 + w4*i2", "h2 = w3*i1 + w4*i2") == ["h1"]


def test_only_formulas_that_are_known_to_be_right_are_compared() -> None:
    assert contradictions([("K3", "h1 = w1*i1")], {"h2": Ref("w3") * Num(1.0)}, at_points) == []
