"""Every operation's slope is the slope of its body, it has a name on paper, and every spreadsheet program knows it.

The checks iterate over the tables, so a new activation or loss is checked as soon as its row stands there. What a
person would write for its slope is the one thing to add here, in `ON_PAPER`.
"""

from collections.abc import Iterator
from inspect import signature

import ironcalc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.maths.excel import EXCEL, formula
from xlbackprop.maths.expr import Call, Expr, Num, Ref
from xlbackprop.maths.numeric import evaluate
from xlbackprop.maths.paper import written
from xlbackprop.maths.rules import ACTIVATIONS, ARITHMETIC, BOUNDED, LAYERS, LOSSES, RULES, Rule, body, times

AGREES = 1e-12  # IronCalc with Python
SLOPE = 1e-7  # a slope with a central difference, relatively
H = 1e-5

NAMED = {**ACTIVATIONS, **BOUNDED, **LOSSES}
ALONE = {"neg", "exp", "ln", "abs", "sign", "sqrt", "cos", "floor"}  # take one argument
Z = 1.7
POINTS = (-2.3, -0.7, -0.1, 0.05, 0.4, 1.1, 2.6)  # none on a kink at 0

# What each rule is called on paper, and the slope with respect to each argument, with `a` for its result.
GELU = "tanh(0.7978845608028654*(x + 0.044715*x^3))"
ON_PAPER: dict[str, tuple[str, tuple[str, ...]]] = {
    "linear": ("x", ("1",)),
    "sigmoid": ("sigmoid(x)", ("a*(1-a)",)),
    "bounded sigmoid": ("sigmoid(x)", ("a*(1-a)",)),
    "square": ("x^2", ("2*x",)),
    "cube": ("x^3", ("3*x^2",)),
    "half product": ("1/2 * (x-y)^2", ("x - y", "y - x")),
    "tanh": ("tanh(x)", ("1 - a^2",)),
    "relu": ("ReLU(x)", ("if(x>0,1,0)",)),
    "leaky relu": ("leaky ReLU(x)", ("if(x>0,1,y)", "min(x,0)")),
    "elu": ("ELU(x)", ("if(x>0,1,y*exp(min(x,0)))", "exp(min(x,0)) - 1")),
    "softplus": ("softplus(x)", ("sigmoid(x)",)),
    "silu": ("SiLU(x)", ("sigmoid(x) + a*(1-sigmoid(x))",)),
    "gelu": (
        "GELU(x)",
        (f"0.5*(1+{GELU}) + 0.5*x*(1-{GELU}^2)*(0.7978845608028654*(1 + 0.134145*x^2))",),
    ),
    "softmax": ("softmax(x)", ("a", "-a")),
    "half squared error": ("1/2 * (x-y)^2", ("x - y", "y - x")),
    "mean squared error": ("(x-y)^2", ("2*(x-y)", "2*(y-x)")),
    "mean absolute error": ("|x-y|", ("sign(x-y)", "sign(y-x)")),
    "huber": ("huber(x-y)", ("max(-z,min(z,x-y))", "max(-z,min(z,y-x))", "max(0,abs(x-y)-z)")),
    "binary cross-entropy": (
        "-(x*ln(sigmoid(y)) + (1-x)*ln(1-sigmoid(y)))",
        ("-y", "sigmoid(y) - x"),
    ),
    "cross-entropy": ("x*(z-y)", ("z - y", "-x", "x")),
}
EVERYWHERE = {
    "EXP",
    "COS",
    "INT",
    "LN",
    "TANH",
    "MAX",
    "MIN",
    "ABS",
    "SIGN",
    "SQRT",
    "SUM",
    "SUMPRODUCT",
    "IF",
    "IFERROR",
    "AND",
    "ROUND",
}

DIFFERENTIABLE = [name for name, rule in RULES.items() if rule.vjp is not None]


def arguments(op: str) -> tuple[Ref, ...]:
    """x, y and z: as many as the rule's slopes take after `g` and `ans`; what has no slopes takes one or two."""
    rule = RULES[op]
    if rule.vjp is None:
        return (Ref("x"), Ref("y"))[: 1 if op in ALONE else 2]
    names = "xyz" if op in LAYERS else "xyz"[: len(signature(rule.vjp).parameters) - 2]
    return tuple(map(Ref, names))


def points(op: str) -> Iterator[dict[str, float]]:
    """Values for the arguments: every pair of `POINTS` that differ; the third is always the same."""
    for x in POINTS:
        if len(arguments(op)) == 1:
            yield {"x": x}
        else:
            yield from ({"x": x, "y": y, "z": Z} for y in POINTS if y != x)


def slopes(op: str) -> tuple[Expr, ...]:
    """The rule's slopes, with `g` for the slope that comes in and `a` for the result."""
    vjp = RULES[op].vjp
    assert vjp is not None
    return vjp(Ref("g"), Ref("a"), *arguments(op))


def central_difference(op: str, values: dict[str, float], by: str) -> float:
    call = Call(op, arguments(op))
    up, down = (evaluate(call, values | {by: values[by] + h}) for h in (H, -H))
    return (up - down) / (2 * H)


def misfits(op: str, values: dict[str, float], g: float) -> list[tuple[str, str, float, float]]:
    """The arguments whose slope is not what moving them shows: operation, argument, slope, central difference."""
    known = values | {"g": g, "a": evaluate(Call(op, arguments(op)), values)}
    found = []
    for arg, slope in zip(arguments(op), slopes(op), strict=True):
        there, expected = evaluate(slope, known), g * central_difference(op, values, arg.name)
        if abs(there - expected) > SLOPE * max(abs(there), abs(expected), abs(g) * 1e-3):
            found.append((op, arg.name, there, expected))
    return found


@pytest.mark.parametrize("op", DIFFERENTIABLE)
def test_a_rule_gives_one_slope_for_each_argument_and_each_is_the_slope_of_its_body(op: str) -> None:
    assert len(slopes(op)) == len(arguments(op))
    assert [misfit for values in points(op) for misfit in misfits(op, values, g=1.7)] == []


@given(st.sampled_from(DIFFERENTIABLE), st.floats(0.05, 4), st.floats(-4, -0.05), st.floats(-3, 3), st.booleans())
@settings(max_examples=200, deadline=None)
def test_slopes_hold_anywhere(op: str, x: float, y: float, g: float, turned: bool) -> None:
    values = {"x": y, "y": x, "z": Z} if turned else {"x": x, "y": y, "z": Z}
    assert misfits(op, {arg.name: values[arg.name] for arg in arguments(op)}, g) == []


def test_a_wrong_slope_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = RULES["sigmoid"]
    wrong = Rule(rule.body, lambda g, a, x: (times(times(g, a), 1 + a),), rule.paper)
    monkeypatch.setitem(RULES, "sigmoid", wrong)
    assert len(misfits("sigmoid", {"x": 0.4}, g=1.0)) == 1


@pytest.mark.parametrize(("op", "paper", "on_paper"), [(op, *row) for op, row in ON_PAPER.items()], ids=ON_PAPER)
def test_names_and_slopes_read_as_a_person_writes_them(op: str, paper: str, on_paper: tuple[str, ...]) -> None:
    vjp = NAMED[op].vjp
    assert vjp is not None
    assert written(Call(op, arguments(op))) == paper
    assert tuple(map(written, vjp(Num(1.0), Ref("a"), *arguments(op)))) == on_paper


def test_every_activation_and_loss_has_a_name_on_paper_a_body_and_a_slope() -> None:
    lacking = [
        op for op, rule in NAMED.items() if not (rule.paper and (rule.body or op in EXCEL.functions) and rule.vjp)
    ]
    assert lacking == []
    assert set(ON_PAPER) == set(NAMED), "say in ON_PAPER how a person writes it"


def test_a_factor_of_one_is_left_out_and_nothing_else() -> None:
    x, one = Ref("x"), Num(1.0)
    assert times(one, x) == x == times(x, one)
    assert times(Num(2.0), x) == 2 * x
    assert times(x, Num(0.0)) == x * 0


def test_names_are_taken_once() -> None:
    assert len(RULES) == len(ARITHMETIC) + len(LAYERS) + len(ACTIVATIONS) + len(BOUNDED) + len(LOSSES)


@pytest.mark.parametrize("op", NAMED)
def test_a_body_is_made_of_simpler_operations_down_to_what_every_spreadsheet_has(op: str) -> None:
    seen: set[str] = set()
    unfold(Call(op, arguments(op)), seen, depth=0)
    assert seen <= set(ARITHMETIC) | set(EXCEL.functions)
    assert all(body(Call(name, arguments(name))) is None for name in seen)


def unfold(expr: Expr, seen: set[str], depth: int) -> None:
    """Gather the operations without a body that `expr` comes down to."""
    assert depth < 20, "a body that contains itself"
    if isinstance(expr, Call):
        simpler = body(expr)
        if simpler is None:
            seen.add(expr.op)
            for arg in expr.args:
                unfold(arg, seen, depth + 1)
        else:
            unfold(simpler, seen, depth + 1)


def test_formulas_use_only_functions_that_every_spreadsheet_program_has() -> None:
    assert set(EXCEL.functions.values()) <= EVERYWHERE


def test_every_operation_and_slope_is_worth_in_a_spreadsheet_what_it_is_worth_in_python() -> None:
    """A row for each operation at each point: x, y, g and a, then the value and the slopes."""
    model = ironcalc.create("rules", "en", "UTC", "en")
    letters = {"x": "A", "y": "B", "g": "C", "a": "D", "z": "E"}
    expected: dict[tuple[int, int], tuple[str, float]] = {}
    row = 0
    for op in set(RULES) - {">", "if"}:  # no numbers by themselves; ReLU and others are made of them
        for values in points(op):
            if op in {"^", "ln", "sqrt"} and values["x"] < 0:
                continue
            row += 1
            known = values | {"g": 1.7, "a": 0.3}
            for name, value in known.items():
                model.set_user_input(0, row, "ABCDE".index(letters[name]) + 1, repr(value))
            trees = [Call(op, arguments(op)), *(slopes(op) if RULES[op].vjp else ())]
            for column, tree in enumerate(trees, start=6):
                text = formula(tree, lambda ref, row=row: f"{letters[ref.name]}{row}")
                model.set_user_input(0, row, column, text)
                expected[row, column] = text, evaluate(tree, known)
    model.evaluate()
    wrong = []
    for (at, column), (text, value) in expected.items():
        found = model.get_cell_value(0, at, column)
        if not isinstance(found, float) or abs(found - value) > AGREES * max(1, abs(value)):
            wrong.append((text, found, value))
    assert wrong == []
    assert len(expected) > 100
