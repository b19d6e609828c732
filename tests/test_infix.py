"""One printer for every reading: brackets stand where Excel's precedence needs them, and no reading changes a value."""

import math
import operator
from collections.abc import Callable, Iterator

import ironcalc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xlbackprop.maths.excel import EXCEL, formula
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref
from xlbackprop.maths.infix import number, tokens
from xlbackprop.maths.numeric import evaluate, source

AGREES = 1e-12  # of the largest number met on the way
LARGEST, LEAST = 1e9, 1e-3  # beyond these a tree is left out: its rounding errors would grow into differences

A, B, C = Ref("A"), Ref("B"), Ref("C")
OPERATORS = "+-*/^"
SIGMOID, HALF_SQUARE = "1/(1+EXP(-A))", "0.5*(A-B)^2"

# Row: the operator inside; column: the operator round it. Unary minus binds tighter than ^, and ^ is left associative.
INSIDE_LEFT = """
        +          -          *          /          ^
+       A+B+C      A+B-C      (A+B)*C    (A+B)/C    (A+B)^C
-       A-B+C      A-B-C      (A-B)*C    (A-B)/C    (A-B)^C
*       A*B+C      A*B-C      A*B*C      A*B/C      (A*B)^C
/       A/B+C      A/B-C      A/B*C      A/B/C      (A/B)^C
^       A^B+C      A^B-C      A^B*C      A^B/C      A^B^C
neg     (-A)+C     (-A)-C     (-A)*C     (-A)/C     (-A)^C
exp     EXP(A)+C   EXP(A)-C   EXP(A)*C   EXP(A)/C   EXP(A)^C
"""
# Equal ranks keep their brackets on the right even where they change nothing but the last bit: C+(A+B).
INSIDE_RIGHT = """
        +          -          *          /          ^
+       C+(A+B)    C-(A+B)    C*(A+B)    C/(A+B)    C^(A+B)
-       C+(A-B)    C-(A-B)    C*(A-B)    C/(A-B)    C^(A-B)
*       C+A*B      C-A*B      C*(A*B)    C/(A*B)    C^(A*B)
/       C+A/B      C-A/B      C*(A/B)    C/(A/B)    C^(A/B)
^       C+A^B      C-A^B      C*A^B      C/A^B      C^(A^B)
neg     C+(-A)     C-(-A)     C*(-A)     C/(-A)     C^(-A)
exp     C+EXP(A)   C-EXP(A)   C*EXP(A)   C/EXP(A)   C^EXP(A)
"""
OTHERS: dict[str, Expr] = {
    "-A": -A,
    "-(-A)": Call("neg", (-A,)),
    "-(A+B)": -(A + B),
    "-(A*B)": -(A * B),
    "-(A^B)": -(A**B),
    "(-A)^2": (-A) ** 2,
    "-EXP(-A)": -Call("exp", (-A,)),
    "-2": Num(-2.0),
    "A-(-2)": A - -2,
    "(-2)^A": Num(-2.0) ** A,
    "A*(-2)": A * -2,
    "-(-2)": -Num(-2.0),
    "(A*B)+(A*C)": Group(A * B) + Group(A * C),
    "C-(A*B)": C - Group(A * B),
    "(A+B)*C": Group(A + B) * C,
    "(-A)+C": Group(-A) + C,
    "((A+B))": Group(Group(A + B)),
    f"{SIGMOID}": Call("sigmoid", (A,)),
    f"{SIGMOID}*B": Call("sigmoid", (A,)) * B,
    f"B*({SIGMOID})": B * Call("sigmoid", (A,)),
    f"B/({SIGMOID})": B / Call("sigmoid", (A,)),
    f"({SIGMOID})^B": Call("sigmoid", (A,)) ** B,
    f"-({SIGMOID})": -Call("sigmoid", (A,)),
    "1/(1+EXP(-(A+B)))": Call("sigmoid", (A + B,)),
    f"{HALF_SQUARE}": Call("half squared error", (A, B)),
    f"{HALF_SQUARE}+C": Call("half squared error", (A, B)) + C,
    f"C/({HALF_SQUARE})": C / Call("half squared error", (A, B)),
    f"C-{HALF_SQUARE}": C - Call("half squared error", (A, B)),
    "0.5*(A-(B-C))^2": Call("half squared error", (A, B - C)),
}
NUMBERS = {2.0: "2", 0.5: "0.5", 0.0: "0", -3.0: "-3", 0.1: "0.1", 1e15: "1000000000000000.0", 1 / 3: repr(1 / 3)}


def cases(table: str, make: Callable[[str, Expr], Expr]) -> Iterator[tuple[Expr, str]]:
    """Each cell of a bracket table: the tree that `make` builds, and its text."""
    head, *lines = table.strip("\n").splitlines()
    for line in lines:
        inner, *texts = line.split()
        for outer, text in zip(head.split(), texts, strict=True):
            yield make(outer, Call(inner, (A,) if inner in {"neg", "exp"} else (A, B))), text


CASES = [
    *cases(INSIDE_LEFT, lambda outer, inner: Call(outer, (inner, C))),
    *cases(INSIDE_RIGHT, lambda outer, inner: Call(outer, (C, inner))),
    *((expr, text) for text, expr in OTHERS.items()),
]


def excel(expr: Expr) -> str:
    return formula(expr, lambda ref: ref.name)[1:]


@pytest.mark.parametrize(("expr", "text"), CASES, ids=[text for _, text in CASES])
def test_brackets_stand_where_the_spreadsheet_needs_them(expr: Expr, text: str) -> None:
    assert excel(expr) == text


def test_the_tables_hold_every_pair_of_operators_on_both_sides() -> None:
    pairs = len(OPERATORS) * (len(OPERATORS) + 2)
    assert len(CASES) == 2 * pairs + len(OTHERS)


@pytest.mark.parametrize(("value", "text"), NUMBERS.items(), ids=NUMBERS.values())
def test_a_constant_has_the_fewest_digits_that_give_it_back(value: float, text: str) -> None:
    assert number(value) == text
    assert float(text) == value


def test_python_is_written_with_a_function_for_powers() -> None:
    names = {"A": "a", "B": "b", "C": "c"}
    assert source((A - B) ** 2 * C, names) == "power(a-b,2)*c"
    assert source((-A) ** B**C - 1, names) == "power(-a,power(b,c))-1"
    assert source(-(A**2), names) == "-power(a,2)"


def test_an_operation_without_spelling_is_named() -> None:
    class Strange(Expr):
        pass

    with pytest.raises(TypeError, match="cannot print a Strange"):
        tokens(Strange(), EXCEL)
    with pytest.raises(KeyError, match="maxout"):
        tokens(Call("maxout", (A,)), EXCEL)


# From here on: trees at random, with whole numbers in most references so that most powers exist.

VALUES = {"A": 2.0, "B": 4.0, "C": 3.0, "D": -2.0, "E": 0.5}
PLACES = {name: f"${name}$1" for name in VALUES}

leaves = st.sampled_from([*map(Ref, VALUES), Num(2.0), Num(-2.0)])


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    binary = st.sampled_from([*OPERATORS, *OPERATORS, "half squared error"])
    unary = st.sampled_from(["neg", "neg", "exp", "sigmoid"])
    return st.one_of(
        st.builds(lambda op, left, right: Call(op, (left, right)), binary, inner, inner),
        st.builds(lambda op, arg: Call(op, (arg,)), unary, inner),
        st.builds(Group, inner),
    )


trees = st.recursive(leaves, grown, max_leaves=8)

BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "half squared error": lambda t, y: 0.5 * (t - y) ** 2.0,
}
UNARY: dict[str, Callable[[float], float]] = {
    "neg": operator.neg,
    "exp": math.exp,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}


class Undefined(Exception):
    """The tree has no value here, or one that rounding makes uncertain."""


def walked(expr: Expr, seen: list[float]) -> float:
    """The value of a tree node by node, without printing anything; `seen` gathers what was met on the way."""
    match expr:
        case Num(value):
            result = value
        case Ref(name):
            result = VALUES[name]
        case Group(inner):
            result = walked(inner, seen)
        case Call(op, (one,)):
            argument = walked(one, seen)
            if abs(argument) > 20:
                raise Undefined
            result = UNARY[op](argument)
        case Call(op, (one, other)):
            left, right = walked(one, seen), walked(other, seen)
            if op == "/" and abs(right) < LEAST:
                raise Undefined
            if op == "^" and (abs(right) > 20 or abs(left) < LEAST or (left < 0 and right != round(right))):
                raise Undefined
            result = BINARY[op](left, right)
        case _:
            raise TypeError(expr)
    if abs(result) > LARGEST:
        raise Undefined
    seen.append(abs(result))
    return result


def value_and_size(expr: Expr) -> tuple[float, float] | None:
    seen: list[float] = []
    try:
        return walked(expr, seen), max(seen)
    except Undefined:
        return None


defined = trees.filter(lambda tree: value_and_size(tree) is not None)


@given(trees)
@settings(max_examples=500, deadline=None)
def test_a_tree_printed_for_python_is_worth_what_the_tree_is_worth(tree: Expr) -> None:
    known = value_and_size(tree)
    assume(known is not None)
    assert known is not None
    assert evaluate(tree, VALUES) == known[0], source(tree, {name: name for name in VALUES})


def test_every_case_of_the_tables_is_worth_in_a_spreadsheet_what_its_tree_is_worth() -> None:
    assert not misjudged([expr for expr, _ in CASES])


@given(st.lists(defined, min_size=20, max_size=60))
@settings(max_examples=30, deadline=None)
def test_trees_printed_for_excel_are_worth_in_a_spreadsheet_what_the_trees_are_worth(some: list[Expr]) -> None:
    assert not misjudged(some)


def misjudged(some: list[Expr]) -> list[tuple[str, object, object]]:
    """The trees that are worth something else in IronCalc: formula, what it comes to, what belongs there."""
    texts = [formula(tree, lambda ref: PLACES[ref.name]) for tree in some]
    wrong = []
    for text, tree, found in zip(texts, some, recalculated(texts), strict=True):
        known = value_and_size(tree)
        if known is None or not isinstance(found, float) or abs(found - known[0]) > AGREES * known[1]:
            wrong.append((text, found, known and known[0]))
    return wrong


def recalculated(texts: list[str]) -> list[object]:
    """What IronCalc makes of formulas below the row of `VALUES`.

    Typed in, not loaded from a file: when it loads =A1/(-(B1*C1)), IronCalc 0.9 loses the inner brackets.
    """
    model = ironcalc.create("formulas", "en", "UTC", "en")
    for column, value in enumerate(VALUES.values(), start=1):
        model.set_user_input(0, 1, column, repr(value))
    for row, text in enumerate(texts, start=2):
        model.set_user_input(0, row, 1, text)
    model.evaluate()
    return [model.get_cell_value(0, row, 1) for row in range(2, len(texts) + 2)]
