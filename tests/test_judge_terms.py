"""What is wrong with a formula: the term, the one that belongs, and the kind of mistake; of a right one, nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.judge.faults.said import PHRASES, sentence
from xlbackprop.judge.findings import BESIDE, Kind
from xlbackprop.judge.network.numbers import agree, evaluated
from xlbackprop.judge.network.points import points
from xlbackprop.judge.network.shape import Shape, formulas
from xlbackprop.judge.network.world import World
from xlbackprop.judge.typed.formula import Token, parse, tokens
from xlbackprop.judge.typed.names import ABOVE, BELOW, part, plain, pretty, row_of
from xlbackprop.judge.why import edits
from xlbackprop.judge.why.culprits import with_culprits
from xlbackprop.judge.why.edits import Edit, Goal
from xlbackprop.judge.why.explain import Explanation, excerpt, explain, spoken, written
from xlbackprop.judge.why.factors import differences, expanded, product
from xlbackprop.judge.why.kinds import kind_of
from xlbackprop.judge.why.rows import own_row
from xlbackprop.judge.why.signs import other_signs
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs, refs

EIGHT = tuple(f"w{k}" for k in range(1, 9))
CLASSIC = Shape((2, 2, 2), ("sigmoid", "sigmoid"), "half squared error", EIGHT, biased=(False, False))
RIGHT, VALUES = formulas(CLASSIC), points(CLASSIC)
NAMES = tuple(name for name in VALUES if name[-1] not in ABOVE + BELOW)
WORLD = World(CLASSIC, NAMES)
D1, D2 = "(a_o1-t1)*a_o1*(1-a_o1)", "(a_o2-t2)*a_o2*(1-a_o2)"
quickly = settings(max_examples=25, deadline=None)  # a mistake costs some 20 ms


def meant(text: str) -> tuple[Token, ...]:
    """The tokens of a formula over names; grad1 is dE/dw1."""
    return tuple(Token(token.kind, re.sub(r"^grad", "dE/dw", token.text)) for token in tokens(f"={text}"))


def tree(text: str) -> Expr:
    return parse(meant(text))


def why(label: str, text: str) -> Explanation | None:
    return explain(label, meant(text), WORLD, RIGHT[label])


def brief(text: str) -> str:
    """The text with D1 and D2 for what every gradient begins with."""
    return text.replace(D1, "D1").replace(D2, "D2")


HIDDEN = "({})*a_h1*(1-a_h1)*i1"
GRADIENT_1 = HIDDEN.format(f"{D1}*w5+{D2}*w7")

MISTAKES = [
    # the mistakes that people make: column, formula, kind, what it has, what belongs there
    ("dE/dw3", f"({D1}*w6+{D2}*w8)*a_h1*(1-a_h1)*i1", Kind.WRONG_TERM, "a_h1*(1-a_h1)", "a_h2*(1-a_h2)"),
    ("dE/dw5", "(a_o1-t1)*a_h1*(1-a_h1)*a_h1", Kind.WRONG_LAYER, "a_h1*(1-a_h1)", "a_o1*(1-a_o1)"),
    ("dE/dw1", HIDDEN.format(f"{D1}*w5+{D2}*w6"), Kind.EXCHANGED_WEIGHTS, "w6", "w7"),
    ("dE/dw1", HIDDEN.format(f"{D1}*w7+{D2}*w5"), Kind.EXCHANGED_WEIGHTS, "D1*w7+D2*w5", "D1*w5+D2*w7"),
    ("dE/dw1", HIDDEN.format(f"{D1}*w5↓+{D2}*w7"), Kind.UPDATED_WEIGHT, "w5[row below]", "w5"),
    (
        *("dE/dw1", HIDDEN.format(f"{D1}*w5↓+{D2}*w7↓"), Kind.UPDATED_WEIGHT),
        *("D1*w5[row below]+D2*w7[row below]", "D1*w5+D2*w7"),
    ),
    ("dE/dw1", HIDDEN.format(f"{D1}*w5"), Kind.MISSING_FACTOR, "nothing", "D2*w7*a_h1*(1-a_h1)*i1"),
    ("dE/dw1", HIDDEN.format(f"{D1}+{D2}"), Kind.MISSING_FACTOR, "nothing", "w5 and w7"),
    ("dE/dw1", GRADIENT_1.replace("a_h1", "h1"), Kind.WRONG_TERM, "h1*(1-h1)", "a_h1*(1-a_h1)"),
    (
        *("dE/dw1", GRADIENT_1.replace("a_o1-t1", "a_o1*t1").replace("a_o2-t2", "a_o2*t1"), Kind.WRONG_TERM),
        *("a_o1*t1 and a_o2*t1", "a_o1-t1 and a_o2-t2"),
    ),
    ("dE/dw1", GRADIENT_1.replace("i1", "i2"), Kind.WRONG_TERM, "i2", "i1"),
    ("dE/dw5", "(t1-a_o1)*a_o1*(1-a_o1)*a_h1", Kind.SIGN, "t1-a_o1", "a_o1-t1"),
    ("dE/dw5", "(a_o1-t1)*a_o1*(1+a_o1)*a_h1", Kind.SIGN, "1+a_o1", "1-a_o1"),
    ("dE/dw5", "(a_o1-t1)*a_o1*(a_o1-1)*a_h1", Kind.SIGN, "a_o1-1", "1-a_o1"),
    ("dE/dw1", HIDDEN.format(f"(t1-a_o1)*a_o1*(1-a_o1)*w5+{D2}*w7"), Kind.SIGN, "t1-a_o1", "a_o1-t1"),
    (
        *("dE/dw1", GRADIENT_1.replace("a_o1-t1", "t1-a_o1").replace("a_o2-t2", "t2-a_o2"), Kind.SIGN),
        *("(t1-a_o1)*a_o1*(1-a_o1)*w5+(t2-a_o2)*a_o2*(1-a_o2)*w7", "D1*w5+D2*w7"),
    ),
    ("dE/dw1", HIDDEN.format(f"{D1}*w5-{D2}*w7"), Kind.SIGN, "D1*w5-D2*w7", "D1*w5+D2*w7"),
    ("dE/dw1", HIDDEN.format(f"(a_o1*t1)*a_o1*(1-a_o1)*w5+{D2}*w7"), Kind.WRONG_TERM, "a_o1*t1", "a_o1-t1"),
    ("dE/dw5", f"{D1}*a_h2", Kind.WRONG_TERM, "a_h2", "a_h1"),
    ("dE/dw5", f"{D1}*h1", Kind.WRONG_TERM, "h1", "a_h1"),
    ("dE/dw5", f"{D1}*a_o1", Kind.WRONG_LAYER, "a_o1", "a_h1"),
    ("dE/dw5", f"{D1}*i1", Kind.WRONG_LAYER, "i1", "a_h1"),
    ("dE/dw5", D1, Kind.MISSING_FACTOR, "D1", "D1*a_h1"),
    ("dE/dw5", "(a_o1-t1)*a_o1*a_h1", Kind.MISSING_FACTOR, "(a_o1-t1)*a_o1*a_h1", "(a_o1-t1)*a_o1*a_h1*(1-a_o1)"),
    ("dE/dw5", "(a_o1-t1)*a_h1", Kind.MISSING_FACTOR, "(a_o1-t1)*a_h1", "(a_o1-t1)*a_h1*(a_o1*(1-a_o1))"),
    ("dE/dw5", f"{D2}*a_h1", Kind.WRONG_TERM, "D2", "D1"),
    ("dE/dw7", f"{D1.replace('a_o1*(1-a_o1)', 'a_o2*(1-a_o2)')}*a_h1", Kind.WRONG_TERM, "a_o1-t1", "a_o2-t2"),
    ("w1", "w1↑+lr*grad1↑", Kind.SIGN, "w1[row above]+lr*∂E/∂w1[row above]", "w1[row above]-lr*∂E/∂w1[row above]"),
    ("w1", "w1↑-lr*grad2↑", Kind.WRONG_TERM, "∂E/∂w2[row above]", "∂E/∂w1[row above]"),
    ("w1", "w1↑-lr*grad1", Kind.WRONG_TERM, "∂E/∂w1", "∂E/∂w1[row above]"),
    ("w1", "w1↑-grad1↑", Kind.MISSING_FACTOR, "∂E/∂w1[row above]", "∂E/∂w1[row above]*lr"),
    ("w1", "w2↑-lr*grad1↑", Kind.EXCHANGED_WEIGHTS, "w2[row above]", "w1[row above]"),
    ("w1", "w1↑-B9*grad1↑", Kind.WRONG_TERM, "B9", "lr"),
    ("w1", "w1↑", Kind.MISSING_FACTOR, "nothing", "lr*∂E/∂w1[row above]"),
    ("E1", "0.5*(t1-a_o1)", Kind.WRONG_TERM, "t1-a_o1", "(t1-a_o1)^2"),
    ("E1", "(t1-a_o1)^2", Kind.MISSING_FACTOR, "(t1-a_o1)^2", "(t1-a_o1)^2*0.5"),
    ("E1", "0.5*(t1-o1)^2", Kind.WRONG_TERM, "o1", "a_o1"),
    ("E1", "0.5*(t1-a_o1)^3", Kind.WRONG_TERM, "3", "2"),
    ("E1", "0.5*(t1+a_o1)^2", Kind.SIGN, "t1+a_o1", "t1-a_o1"),
    ("E_total", "E1-E2", Kind.SIGN, "E1-E2", "E1+E2"),
    ("E_total", "E1*E2", Kind.WRONG_TERM, "E1*E2", "E1+E2"),
    ("h1", "w1*i1+w3*i2", Kind.EXCHANGED_WEIGHTS, "w3", "w2"),
    ("h1", "w1*i2+w2*i1", Kind.EXCHANGED_WEIGHTS, "w1*i2+w2*i1", "w2*i2+w1*i1"),
    ("h1", "w3*i1+w4*i2", Kind.EXCHANGED_WEIGHTS, "w3*i1+w4*i2", "w1*i1+w2*i2"),
    ("h1", "w1*i1-w2*i2", Kind.SIGN, "w1*i1-w2*i2", "w1*i1+w2*i2"),
    ("h1", "w1*i1", Kind.MISSING_FACTOR, "nothing", "w2*i2"),
    ("h1", "w1*i1+w2*i2+1", Kind.WRONG_TERM, "w1*i1+w2*i2+1", "w1*i1+w2*i2"),
    ("a_h1", "1/(1+EXP(h1))", Kind.SIGN, "h1", "-h1"),
    ("a_h1", "1/(1-EXP(-h1))", Kind.SIGN, "1-EXP(-h1)", "1+EXP(-h1)"),
    ("a_h1", "1/(1+EXP(-h2))", Kind.WRONG_TERM, "h2", "h1"),
    ("a_h1", "TANH(h1)", Kind.WRONG_TERM, "TANH(h1)", "1/(1+EXP(-h1))"),
]
BENT = "EXP(-{0})/(1+EXP(-{0}))^2"  # the slope of a sigmoid, as long as people write it
BENT_1, BENT_2, BENT_H = f"(a_o1-t1)*{BENT.format('o1')}", f"(a_o2-t2)*{BENT.format('o2')}", BENT.format("h1")
BRACKETS = [
    ("dE/dw1", f"{D1}*w5+{D2}*w7*a_h1*(1-a_h1)*i1", GRADIENT_1),
    ("dE/dw5", "a_o1-t1*a_o1*(1-a_o1)*a_h1", f"{D1}*a_h1"),
    ("dE/dw5", "(a_o1-t1)*a_o1*1-a_o1*a_h1", f"{D1}*a_h1"),
    ("dE/dw1", f"{BENT_1}*w5+{BENT_2}*w7*{BENT_H}*i1", f"({BENT_1}*w5+{BENT_2}*w7)*{BENT_H}*i1"),
    ("E1", "0.5*t1-a_o1^2", "0.5*(t1-a_o1)^2"),
    ("a_h1", "1/1+EXP(-h1)", "1/(1+EXP(-h1))"),
    ("w1", "(w1↑-lr)*grad1↑", "w1↑-lr*grad1↑"),
]


@pytest.mark.parametrize(("label", "text", "kind", "found", "expected"), MISTAKES)
def test_a_mistake_is_named_with_what_belongs_there(
    label: str, text: str, kind: Kind, found: str, expected: str
) -> None:
    told = why(label, text)
    assert told is not None
    assert (told.kind, brief(told.found), brief(told.expected)) == (kind, found, expected)


@pytest.mark.parametrize(("label", "text", "right"), BRACKETS)
def test_brackets_are_shown_in_the_whole_formula(label: str, text: str, right: str) -> None:
    told = why(label, text)
    assert told is not None
    assert (told.kind, told.found, told.corrected) == (Kind.BRACKETS, written(tree(text)), tree(right))


@pytest.mark.parametrize(("label", "text"), [one[:2] for one in (*MISTAKES, *BRACKETS)])
def test_the_corrected_formula_is_right(label: str, text: str) -> None:
    told = why(label, text)
    assert told is not None
    assert told.corrected is not None
    assert agree(evaluated(told.corrected, VALUES), VALUES[label])


SPELLINGS = [
    ("a_h1", "EXP(h1)/(1+EXP(h1))"),
    ("a_h1", "1/(1+1/EXP(h1))"),
    ("a_h1", "(1+TANH(h1/2))/2"),
    ("h1", "i2*w2+i1*w1"),
    ("h1", "SUM(w1*i1,w2*i2)"),
    ("h1", "-(-w1*i1-w2*i2)"),
    ("E1", "(a_o1-t1)^2/2"),
    ("E1", "1/2*(t1-a_o1)*(t1-a_o1)"),
    ("E1", "POWER(t1-a_o1,2)*50%"),
    ("E1", "0.5*t1^2-t1*a_o1+0.5*a_o1^2"),
    ("E_total", "SUM(E1,E2)"),
    ("E_total", "0.5*(t1-a_o1)^2+0.5*(t2-a_o2)^2"),
    ("dE/dw5", "-(t1-a_o1)*a_o1*(1-a_o1)*a_h1"),
    ("dE/dw5", "a_h1*(a_o1-t1)*(a_o1-a_o1^2)"),
    ("dE/dw1", "i1*a_h1*(1-a_h1)*(grad5*w5/a_h1+grad7*w7/a_h1)"),
    ("dE/dw2", "grad1/i1*i2"),
    ("w1", "-lr*grad1↑+w1↑"),
    ("w1", "w1↑-(lr)*(grad1↑)"),
    ("w1", "w1↑-lr*(a_h1↑*(1-a_h1↑)*i1↑*(grad5↑*w5↑+grad7↑*w7↑)/a_h1↑)"),
]


@pytest.mark.parametrize(("label", "text"), SPELLINGS)
def test_of_a_right_formula_nothing_is_said_however_it_is_spelt(label: str, text: str) -> None:
    assert why(label, text) is None


@pytest.mark.parametrize("label", RIGHT)
def test_of_the_builder_s_own_formula_nothing_is_said(label: str) -> None:
    found = formula(RIGHT[label], lambda ref: ref.name.replace("dE/dw", "grad"))
    assert why(label, found[1:]) is None


def test_a_given_number_may_be_typed_into_a_formula() -> None:
    knows = World(CLASSIC, NAMES, literals=(("i1", 0.05), ("t1", 0.01)))
    assert explain("h1", meant("w1*0.05+w2*i2"), knows, RIGHT["h1"]) is None
    assert explain("h1", meant("w1*0.06+w2*i2"), knows, RIGHT["h1"]) is not None


def test_the_formula_of_another_column_is_said_to_be_that() -> None:
    told = why("h1", "1/(1+EXP(-o2))+0*i1")
    assert told is not None
    assert (told.as_column, told.corrected) == ("a_o2", RIGHT["h1"])


@pytest.mark.parametrize("mark", [ABOVE, BELOW])
def test_a_formula_of_another_row_is_put_into_its_own(mark: str) -> None:
    told = why("dE/dw1", re.sub(r"(\w+\d)", rf"\1{mark}", GRADIENT_1))
    assert told is not None
    assert (told.kind, told.corrected, told.as_column) == (Kind.WRONG_TERM, tree(GRADIENT_1), "")


def test_a_formula_that_says_nothing_is_no_gradient() -> None:
    told = why("dE/dw5", "NOBODY(a_o1)")
    assert told is not None
    assert (told.kind, told.corrected) == (Kind.OTHER, RIGHT["dE/dw5"])
    assert "NOBODY" in told.found


def test_a_correction_does_not_read_the_cell_it_is_for() -> None:
    told = why("w1", "w1-lr*grad1")
    assert told is not None
    assert told.corrected is not None
    assert "w1" not in {ref.name for ref in refs(told.corrected)}


LABELS = st.sampled_from([*RIGHT])


@quickly
@given(LABELS, st.data())
def test_one_name_for_another_is_found_unless_it_changes_nothing(label: str, data: st.DataObject) -> None:
    own = [ref.name for ref in refs(RIGHT[label])]
    name = data.draw(st.sampled_from(own))
    other = data.draw(st.sampled_from([one for one in VALUES if one.rstrip(ABOVE + BELOW) != label]))
    wrong = map_refs(RIGHT[label], lambda ref: Ref(other) if ref.name == name else ref)
    told = why(label, formula(wrong, lambda ref: ref.name.replace("dE/dw", "grad"))[1:])
    assert (told is None) == bool(agree(evaluated(wrong, VALUES), VALUES[label]))
    if told is not None:
        assert told.found != told.expected
        assert told.corrected is not None
        assert agree(evaluated(told.corrected, VALUES), VALUES[label])


# Edits, one by one

A, B, C, D = map(Ref, ("w1", "i1", "w2", "i2"))
SMALL = {
    name: np.random.default_rng(n).uniform(0.3, 1.4, 5)
    for n, name in enumerate(("w1", "i1", "w2", "i2", "w1" + BELOW, "w1" + ABOVE))
}


def goal(right: Expr) -> Goal:
    return Goal(SMALL, evaluated(right, SMALL), ("w1", "i1", "w2", "i2"))


EDITS: list[tuple[Callable[[Expr, Goal], Iterator[Edit]], Expr, Expr, Kind]] = [
    (edits.other_names, A * B, A * D, Kind.WRONG_TERM),
    (edits.other_names, A * B, C * B, Kind.EXCHANGED_WEIGHTS),
    (edits.other_names, A * (1 - A), C * (1 - C), Kind.EXCHANGED_WEIGHTS),  # wherever it stands
    (edits.other_names, A * (1 - A), A * (1 - C), Kind.EXCHANGED_WEIGHTS),  # in one place only
    (edits.other_names, A * B, A * 0.5, Kind.WRONG_TERM),
    (edits.other_numbers, 3 * A, 2 * A, Kind.WRONG_TERM),
    (edits.other_numbers, 0.7 * A, B * A, Kind.WRONG_TERM),
    (own_row, Ref("w1" + BELOW) * B, A * B, Kind.UPDATED_WEIGHT),
    (own_row, Ref("w1" + ABOVE) * B, A * B, Kind.WRONG_TERM),
    (other_signs, A - B, B - A, Kind.SIGN),
    (other_signs, A - B, A + B, Kind.SIGN),
    (other_signs, A * (B + C), A * (B - C), Kind.SIGN),
    (other_signs, -A * B, A * B, Kind.SIGN),
    (other_signs, A * B, -(A * B), Kind.SIGN),
    (other_signs, A * B, A / B, Kind.WRONG_TERM),
    (other_signs, A - B, (A - B) ** 2, Kind.WRONG_TERM),
    (other_signs, (A - B) ** 2, A - B, Kind.WRONG_TERM),
    (edits.factors_more_or_less, A * B, A * B * C, Kind.MISSING_FACTOR),
    (edits.factors_more_or_less, A + B, A + B * C, Kind.MISSING_FACTOR),
    (edits.factors_more_or_less, A, A * 2, Kind.MISSING_FACTOR),
    (edits.factors_more_or_less, A * B * C, A * C, Kind.WRONG_TERM),
    (edits.factors_more_or_less, A + B, A, Kind.WRONG_TERM),
    (edits.factors_more_or_less, A - B, A, Kind.WRONG_TERM),
    (edits.two_names, A * B + C, C * D + C, Kind.WRONG_TERM),
    (edits.two_names, A * B + C * D, C * B + A * D, Kind.EXCHANGED_WEIGHTS),
]


@pytest.mark.parametrize(("edit", "found", "right", "kind"), EDITS)
def test_an_edit_finds_what_makes_a_formula_right(
    edit: Callable[[Expr, Goal], Iterator[Edit]], found: Expr, right: Expr, kind: Kind
) -> None:
    sought = goal(right)
    made = list(edit(found, sought))
    assert made
    assert made[0].kind is kind
    assert all(one.before == found and sought.reached(one.after) for one in made)


@pytest.mark.parametrize("edit", [*dict.fromkeys(edit for edit, *_ in EDITS)], ids=lambda edit: edit.__name__)
def test_an_edit_finds_nothing_that_does_not_make_it_right(edit: Callable[[Expr, Goal], Iterator[Edit]]) -> None:
    sought = goal(Call("exp", (A * B * C * D + 0.123,)))
    assert [*edit(A * B, sought), *edit(A - 3 * Ref("w1" + BELOW), sought)] == []


def test_a_difference_inside_is_turned_round() -> None:
    afters = [one.after for one in other_signs(D + A * (B - C), goal(D + A * (C - B)))]
    assert D + A * (C - B) in afters


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ("w1+i1*w2", "(w1+i1)*w2"),  # a pair more
        ("(w1+i1)*w2", "w1+i1*w2"),  # a pair less
        ("(w1+i1)*w2+i2", "w1+i1*(w2+i2)"),  # a pair in another place
        ("EXP(w1)+i1*w2", "(EXP(w1)+i1)*w2"),
        ("w1-i1^2", "(w1-i1)^2"),
    ],
)
def test_brackets_are_put_where_they_belong(found: str, right: str) -> None:
    made = list(edits.other_brackets(meant(found), tree(found), goal(tree(right))))
    assert made
    assert {one.kind for one in made} == {Kind.BRACKETS}
    assert agree(evaluated(made[0].after, SMALL), evaluated(tree(right), SMALL))


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (A * B * C, A * B * D, (C, D)),
        (A * B * C, A * D * B, (B * C, D * B)),
        (A * B + C, A * D + C, (B, D)),
        (A + B, A - B, (A + B, A - B)),
        (Call("exp", (A,)), Call("exp", (B,)), (A, B)),
        (A * B, A * B * C, (A * B, A * B * C)),
    ],
)
def test_an_excerpt_holds_all_that_differs_and_little_else(before: Expr, after: Expr, parts: tuple[Expr, Expr]) -> None:
    assert excerpt(before, after) == parts


# Terms and factors


def _sums(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda pair: pair[0] + pair[1]),
        pairs.map(lambda pair: pair[0] - pair[1]),
        pairs.map(lambda pair: pair[0] * pair[1]),
        inner.map(lambda one: -one),
        inner.map(lambda one: one / 4),
        inner.map(lambda one: one**2),
        inner.map(Group),
    )


POLYNOMIALS = st.recursive(st.sampled_from([A, B, C, D, Num(2.0), 1 - A]), _sums, max_leaves=5)


@given(POLYNOMIALS)
def test_an_expanded_formula_is_the_same_sum(expr: Expr) -> None:
    found = [one.sign * evaluated(product(one.factors) or Num(1.0), SMALL) for one in expanded(expr)]
    np.testing.assert_allclose(sum(found), evaluated(expr, SMALL), rtol=1e-9, atol=1e-9)


@given(POLYNOMIALS)
def test_a_formula_does_not_differ_from_itself(expr: Expr) -> None:
    assert differences(expr, expr, SMALL) in ([], None)


@pytest.mark.parametrize(
    ("found", "right", "pairs"),
    [
        (A * B, A * D, [("i1", "i2")]),
        (A * B, Num(0.5) * (2 * (A * D)), [("i1", "i2")]),
        (A * B + C * D, A * B - C * D, [("w2*i2", "w2*i2")]),
        (A * B, A * B + C * D, [("", "w2*i2")]),
        (A * B + C * D, A * B, [("w2*i2", "")]),
        (A * B + C, A * B + C * D, [("", "i2")]),
        (A * C + B * C, A * D + B * D, [("w2", "i2"), ("w2", "i2")]),
        ((A - B) * C, (B - A) * C, [("(w1-i1)*w2", "(i1-w1)*w2")]),
    ],
)
def test_formulas_differ_term_by_term(found: Expr, right: Expr, pairs: list[tuple[str, str]]) -> None:
    told = differences(found, right, SMALL)
    assert told is not None
    assert [(written(one.found), written(one.expected)) for one in told] == pairs


def test_a_difference_of_nothing_but_a_sign_is_one() -> None:
    told = differences((A - B) * C, (B - A) * C, SMALL)
    assert told is not None
    assert [one.only_sign for one in told] == [True]


def test_formulas_of_very_many_terms_are_not_compared() -> None:
    many = reduce(lambda left, right: left + right, [A * Num(float(n)) for n in range(2, 50)])
    assert differences(many, A, SMALL) is None


# Helper columns that are wrong themselves


def helped(*helpers: tuple[str, str], shape: Shape = CLASSIC) -> World:
    """The world with helper columns; p and q stand for their names."""
    columns = tuple((f"[{name}]", meant(text)) for name, text in helpers)
    return World(shape, (*NAMES, *(name for name, _ in columns)), helpers=columns)


def readers(**texts: str) -> dict[str, tuple[Token, ...]]:
    """Judged columns as tokens, dE/dw1 as grad1; p and q are helper columns."""
    return {
        re.sub(r"^grad", "dE/dw", name): tuple(
            Token("ref", f"[{token.text}]") if token.text in ("p", "q") else token for token in meant(text)
        )
        for name, text in texts.items()
    }


def settled(world: World, found: Mapping[str, tuple[Token, ...]]) -> World:
    return with_culprits(world, {name: parse(one) for name, one in found.items()}, found, {})


def blamed(world: World) -> list[str]:
    return sorted({plain(name) for name, _ in world.settled})


BACK = f"({D1}*w5+{D2}*w7)"
TWO = readers(grad1=f"{BACK}*p*i1", grad2=f"{BACK}*p*i2")
FOUR = TWO | readers(grad3=f"({D1}*w6+{D2}*w8)*q*i1", grad4=f"({D1}*w6+{D2}*w8)*q*i2")


def test_a_right_helper_is_left_as_it_is() -> None:
    assert settled(helped(("p", "a_h1*(1-a_h1)")), TWO).settled == ()


@pytest.mark.parametrize("text", ["a_h2*(1-a_h2)", "a_h1*(1+a_h1)", "a_h1*1-a_h1", "1-a_h1", "h1*(1-h1)"])
def test_a_wrong_helper_is_to_blame_for_all_that_read_it(text: str) -> None:
    world = settled(helped(("p", text)), TWO)
    assert blamed(world) == ["[p]"]
    assert agree(world.values["[p]"], VALUES["a_h1"] * (1 - VALUES["a_h1"]))
    assert [explain(name, one, world, None) for name, one in TWO.items()] == [None, None]


@pytest.mark.parametrize(
    ("activations", "helpers", "read", "told"),
    [
        (
            *(("tanh", "tanh"), [("p", "a_o1-t1")], {"grad5": "p*a_h1", "grad6": "p*a_h2"}),
            (Kind.MISSING_FACTOR, "a_o1-t1", "(a_o1-t1)*(1-a_o1*a_o1)"),
        ),
        (  # at some points the ReLU is off, and then it does not matter what comes back to it
            *(("relu", "sigmoid"), [("p", f"{D1}*w5+{D2}*w6"), ("q", "IF(h1>0,1,0)")]),
            *({"grad1": "p*q*i1", "grad2": "p*q*i2"}, (Kind.EXCHANGED_WEIGHTS, "w6", "w7")),
        ),
    ],
)
def test_a_wrong_helper_is_explained_whatever_the_activation(
    activations: tuple[str, ...], helpers: list[tuple[str, str]], read: dict[str, str], told: tuple[Kind, str, str]
) -> None:
    found = readers(**read)
    world = settled(helped(*helpers, shape=replace(CLASSIC, activations=activations)), found)
    assert blamed(world) == ["[p]"]
    why = explain("[p]", dict(world.helpers)["[p]"], world, None)
    assert why is not None
    assert (why.kind, why.found, why.expected) == told
    assert [explain(name, one, world, None) for name, one in found.items()] == [None] * len(found)


def test_helpers_that_are_exchanged_are_both_to_blame() -> None:
    world = settled(helped(("p", "a_h2*(1-a_h2)"), ("q", "a_h1*(1-a_h1)")), FOUR)
    assert blamed(world) == ["[p]", "[q]"]
    assert agree(world.values["[q]"], VALUES["a_h2"] * (1 - VALUES["a_h2"]))


def test_helpers_with_nothing_in_common_may_be_exchanged() -> None:
    found = readers(grad1=f"{BACK}*p*i1", grad2=f"{BACK}*p*i2", grad5="q*a_h1", grad6="q*a_h2")
    world = settled(helped(("p", D1), ("q", "a_h1*(1-a_h1)")), found)
    assert blamed(world) == ["[p]", "[q]"]
    assert agree(world.values["[q]"], evaluated(tree(D1), VALUES))


def test_of_two_helpers_only_the_wrong_one_is_to_blame() -> None:
    world = settled(helped(("p", "a_h1*(1-a_h1)"), ("q", "a_h1*(1-a_h1)")), FOUR)
    assert blamed(world) == ["[q]"]


def test_a_reader_that_is_wrong_itself_is_not_the_helper_s_fault() -> None:
    wrong = TWO | readers(grad2=f"{BACK}*p*i1")
    world = settled(helped(("p", "a_h1*(1-a_h1)")), wrong)
    assert world.settled == ()
    told = explain("dE/dw2", wrong["dE/dw2"], world, RIGHT["dE/dw2"])
    assert told is not None
    assert (told.found, told.expected) == ("i1", "i2")


def test_helpers_that_read_new_weights_are_all_to_blame() -> None:
    back = readers(grad1="(p+q)*a_h1*(1-a_h1)*i1", grad2="(p+q)*a_h1*(1-a_h1)*i2")
    world = settled(helped(("p", f"{D1}*w5↓"), ("q", f"{D2}*w7↓")), back)
    assert blamed(world) == ["[p]", "[q]"]
    told = explain("[p]", dict(world.helpers)["[p]"], world, None)
    assert told is not None
    assert (told.kind, told.found, told.expected) == (Kind.UPDATED_WEIGHT, "w5[row below]", "w5")


def test_a_column_of_new_weights_is_right_and_who_reads_it_is_not() -> None:
    back = readers(grad1=GRADIENT_1.replace("w5", "p"))
    world = settled(helped(("p", "w5-lr*grad5")), back)
    assert blamed(world) == []
    told = explain("dE/dw1", back["dE/dw1"], world, None)
    assert told is not None
    assert (told.kind, told.found, told.expected) == (Kind.UPDATED_WEIGHT, "[p]", "w5")


# Words


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_mistake_in_a_formula_has_its_sentence(kind: Kind) -> None:
    assert (kind in PHRASES) != (kind in BESIDE)
    if kind in PHRASES:
        told = sentence(kind, "dE/dw3", "a_h1", "a_h2")
        assert not set("{}\n") & set(told)
        assert "∂E/∂w3" in told or kind is Kind.NOT_ANCHORED


def test_what_is_missing_is_nothing() -> None:
    assert sentence(Kind.MISSING_FACTOR, "h1", "", "w2*i2") == "h1 lacks w2*i2"


@pytest.mark.parametrize(("name", "told"), [("dE/dw3", "∂E/∂w3"), ("E_total", "E_total"), ("dE/db_h1", "∂E/∂b_h1")])
def test_a_name_is_shown_as_people_write_it(name: str, told: str) -> None:
    assert pretty(name) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("w5", "w5"),
        ("w5↓", "w5[row below]"),
        ("dE/dw1↑", "∂E/∂w1[row above]"),
        ("w5@-2", "w5[row -2]"),
        ("$B$7", "$B$7"),
    ],
)
def test_a_name_is_spoken_with_its_row(name: str, told: str) -> None:
    assert spoken(name) == told


@pytest.mark.parametrize(
    ("name", "of"),
    [
        *(("w5", "w"), ("w5↓", "w"), ("v2", "v"), ("a_h2", "a_h"), ("a_o1", "a_o"), ("h1", "h"), ("o2", "o")),
        *(("i1", "i"), ("t2", "t"), ("E1", "E"), ("dE/dw3", "dE/d"), ("dE/db1↑", "dE/d"), ("a_h1_2", "a_h1_")),
        *(("h2_1", "h2_"), ("E_total", "E_total"), ("lr", "lr"), ("$B$7", "$B$7")),
    ],
)
def test_a_name_is_of_a_part_of_the_network(name: str, of: str) -> None:
    assert part(name) == of


@given(st.sampled_from([*NAMES]), st.sampled_from(["", ABOVE, BELOW, "@-2", "@+17"]))
def test_a_name_is_its_plain_name_and_its_row(name: str, mark: str) -> None:
    assert (plain(name + mark), row_of(name + mark)) == (name, mark)


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        ([("w6", "w7")], Kind.EXCHANGED_WEIGHTS),
        ([("w6↑", "w7↑")], Kind.EXCHANGED_WEIGHTS),
        ([("v1", "w2")], Kind.EXCHANGED_WEIGHTS),
        ([("w5↓", "w5")], Kind.UPDATED_WEIGHT),
        ([("w5↓", "w5"), ("w7↓", "w7")], Kind.UPDATED_WEIGHT),
        ([("w5↓", "w5"), ("w6", "w7")], Kind.WRONG_TERM),
        ([("a_o1", "a_h1")], Kind.WRONG_LAYER),
        ([("i1", "a_h1")], Kind.WRONG_LAYER),
        ([("a_h2", "a_h1")], Kind.WRONG_TERM),
        ([("h1", "a_h1")], Kind.WRONG_TERM),
        ([("i1", "lr")], Kind.WRONG_TERM),
        ([("t2", "t1")], Kind.WRONG_TERM),
    ],
)
def test_what_stands_for_what_is_a_kind_of_mistake(pairs: list[tuple[str, str]], kind: Kind) -> None:
    assert kind_of(pairs) is kind
