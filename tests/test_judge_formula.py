"""Formulas as people type them: the tree comes to what spreadsheets calculate, and all else is refused in one way."""

from __future__ import annotations

from math import isclose
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from xlbackprop.engines import ENGINES
from xlbackprop.judge.network.numbers import evaluated
from xlbackprop.judge.typed.formula import BETWEEN, DEEPEST, MOST_TOKENS, Token, Unparsed, parse, tokens
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref
from xlbackprop.pages.layout import letters

CELLS = {"A1": 3.0, "B1": 2.0, "C1": 0.5, "D1": -1.5, "A2": 0.25, "B2": 4.0, "C2": 7.0, "D2": 10.0}
CLOSE = 1e-12

PRECEDENCE = {
    # a sign binds tighter than a power, whatever school says
    "=-2^2": 4.0,
    "=-A1^2": 9.0,
    "=- A1 ^ 2": 9.0,
    "=-(A1^2)": -9.0,
    "=0-A1^2": -9.0,
    "=B1-A1^2": -7.0,
    "=B1*-A1^2": 18.0,
    "=B1^-A1": 0.125,
    "=2^-1^2": 0.25,
    # all operators group from the left, the power too
    "=2^3^2": 64.0,
    "=A1-B1-C1": 0.5,
    "=A1-(B1-C1)": 1.5,
    "=A1/B1/C1": 3.0,
    "=A1/B1*C1": 0.75,
    "=1/2*A1": 1.5,
    "=1/(2*A1)": 1 / 6,
    "=A1-B1+C1": 1.5,
    # powers before products before sums before comparisons
    "=1/2*(A1-C1)^2": 3.125,
    "=A1+B1*C1^2": 3.5,
    "=A1*B1^2": 12.0,
    "=(A1*B1)^2": 36.0,
    "=A1+1>B1*2": 0.0,
    "=1+(A1>B1)": 2.0,
    "=(A1>B1)*5": 5.0,
    "=--(D1>0)": 0.0,
    "=(A1>=3)+(A1<=3)+(A1=3)+(A1<>3)": 3.0,
    # percent, tighter than a sign and a power
    "=50%": 0.5,
    "=A1%": 0.03,
    "=A1%%": 0.0003,
    "=200%^2": 4.0,
    "=-50%": -0.5,
    "=B1^50%*B1^50%": 2.0,
    "=SUM(A1:B1)%": 0.05,
    # signs in a row, and a plus that says nothing
    "=--A1": 3.0,
    "=---A1": -3.0,
    "=-+-A1": 3.0,
    "=+A1": 3.0,
    "=+A1-B1": 1.0,
    "=+-A1^2": 9.0,
    "=A1--B1": 5.0,
    "=A1+-B1": 1.0,
    "=A1-+B1": 1.0,
    "=A1++B1": 5.0,
    "=A1*-B1": -6.0,
    "=A1/-B1": -1.5,
}
SPELLINGS = {
    # blanks, small letters, dollars
    "= A1 + B1 ": 5.0,
    "=A1 * ( B1 - C1 )": 4.5,
    "= 1 / ( 1 + exp( - d1 ) )": 0.18242552380635635,
    "=Exp(0)": 1.0,
    "=$A$1*B$1+$C1": 6.5,
    "=sum($a$1:$b$1)": 5.0,
    # numbers
    "=.5*A1": 1.5,
    "=5.": 5.0,
    "=1e-3": 0.001,
    "=1.5E+2": 150.0,
    "=1E3*2": 2000.0,
    "=TRUE+1": 2.0,
    "=FALSE*5": 0.0,
    # functions of one number
    "=LN(EXP(A1))": 3.0,
    "=ABS(D1)": 1.5,
    "=SIGN(D1)": -1.0,
    "=SQRT(B2)": 2.0,
    "=INT(D1)": -2.0,
    "=TANH(A1)": 0.9950547536867305,
    "=COS(0)": 1.0,
    "=N(A1)": 3.0,
    "=PI()*0+1": 1.0,
    "=LOG10(1000)": 3.0,
    "=LOG(100)": 2.0,
    "=LOG(8,2)": 3.0,
    "=LOG(B2,B1)^2": 4.0,
    # what changes nothing that trains
    "=ROUND(A1/8,10)": 0.375,
    "=IFERROR(A1/B1,0)": 1.5,
    # powers spelt out: the sign is inside
    "=POWER(A1,2)": 9.0,
    "=POWER(-A1,2)": 9.0,
    "=-POWER(A1,2)": -9.0,
    "=POWER(A1-B1,2)/2": 0.5,
    # ranges
    "=SUM(A1:D1)": 4.0,
    "=SUM(A1:B2)": 9.25,
    "=SUM(A1:B1,C2,10)": 22.0,
    "=SUM(A1:B1)^2": 25.0,
    "=-SUM(A1:B1)^2": 25.0,
    "=SUM(A1)": 3.0,
    "=SUM(A1*B1,C1*D1)": 5.25,
    "=PRODUCT(A1:D1)": -4.5,
    "=PRODUCT(A1:B1,2)": 12.0,
    "=SUMSQ(A1:C1)": 13.25,
    "=AVERAGE(A1:D2)": 3.15625,
    "=SUMPRODUCT(A1:B1,C1:D1)": -1.5,
    "=SUMPRODUCT(A1:B1)": 5.0,
    "=SUMPRODUCT(A1:B2,C1:D2)": 40.25,
    "=SUMXMY2(A1:B1,C1:D1)/2": 9.25,
    "=MAX(0,D1)": 0.0,
    "=MAX(A1:D1,3.5)": 3.5,
    "=MIN(A1:D1)": -1.5,
    # choices
    "=IF(D1>0,1,0)": 0.0,
    "=IF(A1>0,A1,0.01*A1)*2": 6.0,
    "=IF(A1>B1,IF(B1>A1,1,2),3)": 2.0,
    "=IF(D1,1,2)": 1.0,
    "=IF(A1-3,1,2)": 2.0,
    "=CHOOSE(2,A1,B1)": 2.0,
    # questions that a row of the table has answered
    '=IF(A1="","",B1)': 2.0,
    '=IF("" <> A1,B1,"none yet")': 2.0,
    "=IF(ISBLANK(A1),NA(),IF(NOT(ISNUMBER(B1)),0,C1))": 0.5,
    '=IF(OR(A1="",ISERROR(B1)),"",C1)': 0.5,
    '=IF(AND(A1<>"",B1>0),C1,7)': 0.5,
    '=_xlfn.IFS(A1="",0,TRUE,B1)': 2.0,
    '=_xlfn.IFNA(A1,"")': 3.0,
}
FORMULAS = PRECEDENCE | SPELLINGS


def parsed(text: str) -> Expr:
    """The tree of a formula over the cells of one small sheet; ranges are spelt out, as the table's reading does."""
    return parse([_meant(token) for token in tokens(text)])


def _meant(token: Token) -> Token:
    name = token.text.replace("$", "").upper()
    if token.kind != "ref" or ":" not in name:
        return token if token.kind != "ref" else Token("ref", name)
    (left, top), (right, bottom) = ((ord(corner[0]), int(corner[1:])) for corner in name.split(":"))
    places = [f"{chr(column)}{row}" for row in range(top, bottom + 1) for column in range(left, right + 1)]
    return Token("area", BETWEEN.join(places))


def value(text: str) -> float:
    return float(evaluated(parsed(text), CELLS))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_comes_to_what_it_says(text: str) -> None:
    assert value(text) == pytest.approx(FORMULAS[text], rel=CLOSE)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All the formulas below each other in column F."""
    path = tmp_path_factory.mktemp("formulas") / "formulas.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, number in CELLS.items():
            sheet.write_number(at, number)
        for row, text in enumerate(FORMULAS, start=1):
            sheet.write_formula(f"F{row}", text)
    return path


@pytest.mark.parametrize("engine", ["ironcalc", "libreoffice"])  # in Gnumeric powers group from the right
def test_spreadsheets_say_the_same(engine: str, typed: Path) -> None:
    if ENGINES[engine].version() is None:
        pytest.skip(f"{engine} is not installed")
    (sheet,) = ENGINES[engine].recalculate(typed).values()
    theirs = {text: sheet.get((row, 6)) for row, text in enumerate(FORMULAS, start=1)}
    apart = [f"{text}: {found!r}" for text, found in theirs.items() if not same(found, FORMULAS[text])]
    assert not apart


def same(found: object, expected: float) -> bool:
    return isinstance(found, int | float) and isclose(found, expected, rel_tol=CLOSE, abs_tol=1e-15)


REFUSED = (
    '="a"',
    '=A1&"a"',
    "=A1&B1",
    "={1,2}",
    "=SUM({1;2})",
    "=#REF!*2",
    "=A1+#N/A",
    "=SIN(A1)",
    "=VLOOKUP(A1,A1:B2,2)",
    "=NOBODY(1)",
    "=",
    "=)",
    "=(",
    "=()",
    "=(A1",
    "=A1)",
    "=A1+",
    "=*A1",
    "=A1 B1",
    "=(A1)(B1)",
    "=2(A1)",
    "=A1**2",
    "=A1:B1",
    "=A1:B1*2",
    "=IF(A1>0;1;0)",
    "=SUM(A1,,B1)",
    "=SUMPRODUCT(A1:B1,A1:A2,A1:C1)",
    "=SUMXMY2(A1:B1,A1:C1)",
    "=ROUND(A1,2)",
    '=IF(A1<>"","",B1)',
    '=A1&"1"',
    "=_xlfn.LET(_xlpm.x,A1,_xlpm.y)",
    "=_xlpm.x",
)
WRONG_ARGUMENTS = (
    *("=EXP()", "=EXP(A1,B1)", "=EXP(A1:B1)", "=INT(A1:B1)", "=SUM()", "=PRODUCT()", "=SUMSQ()", "=AVERAGE()"),
    *("=POWER(A1)", "=POWER(A1,B1,C1)", "=IF(A1)", "=IF(A1,B1,C1,D1)", "=LOG()", "=N()", "=SUMPRODUCT()"),
)
LAX = ("=MAX()", "=MIN()", "=LOG(8,2,3)", "=LOG10(8,2)", "=PI(3)", "=N(A1,B1)")


@pytest.mark.parametrize("text", [*REFUSED, *WRONG_ARGUMENTS])
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(Unparsed):
        parsed(text)


@pytest.mark.parametrize("text", LAX)
def test_other_arguments_than_a_function_takes_are_refused(text: str) -> None:
    with pytest.raises(Unparsed):
        parsed(text)


@pytest.mark.parametrize("text", ["=A1,B1", "=(A1,B1)", "=SUM((A1,B1))"])
def test_a_union_is_refused(text: str) -> None:
    with pytest.raises(Unparsed):
        parsed(text)


def test_a_choice_without_else_is_0() -> None:
    assert (value("=IF(D1>0,1)"), value("=IF(A1>0,1)")) == (0.0, 1.0)


def test_a_formula_with_names_of_its_own_is_read() -> None:
    assert value("=_xlfn.LET(_xlpm.x,A1,_xlpm.y,_xlpm.x*B1,_xlpm.y-_xlpm.x)") == 3.0


def test_whether_anything_stands_beside_the_table_is_not_guessed() -> None:
    with pytest.raises(Unparsed, match='""'):
        parse(tokens('=IF($Z$1="",A1,B1)'))


def test_a_product_of_ranges_is_summed() -> None:
    assert value("=SUMPRODUCT(A1:B1*C1:D1)") == value("=SUMPRODUCT(A1:B1,C1:D1)")


def test_a_long_formula_is_refused() -> None:
    assert value("=" + "+".join(["A1"] * 1000)) == 3000.0
    with pytest.raises(Unparsed, match="tokens"):
        tokens("=" + "+".join(["A1"] * MOST_TOKENS))


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("-", ""), ("EXP(", ")"), ("SUM(1,", ")")])
def test_a_formula_as_deep_as_excel_allows_is_read_and_a_deeper_one_refused(before: str, after: str) -> None:
    parsed("=" + before * 64 + "0" + after * 64)
    with pytest.raises(Unparsed, match="deep"):
        parsed("=" + before * DEEPEST + "0" + after * DEEPEST)


PIECES = (
    *("A1", "$B$2", "A1:B1", "C1:D1", "Sheet1!A1", "name", "1", "2.5", "1e5", "TRUE", '"a"', "{1}", "#REF!", "'", "["),
    *("+", "-", "*", "/", "^", "%", "(", ")", ",", ";", ":", " ", ">", "<", "=", "<>", "&", "#", "@", "!", "\n", "é"),
    *(
        "SUM(",
        "IF(",
        "MAX(",
        "LOG(",
        "POWER(",
        "SUMPRODUCT(",
        "AVERAGE(",
        "ROUND(",
        "SUMXMY2(",
        "IFERROR(",
        "PI(",
        "N(",
        "EXP(",
        "INT(",
        "_xlfn.SUM(",
    ),
)


class Anything(dict[str, float]):
    """A value for every name."""

    def __missing__(self, name: str) -> float:
        return 0.5


@given(st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PIECES), max_size=9).map("".join)))
@example("A1,B1")
@example("MAX()")
def test_whatever_is_typed_is_arithmetic_or_refused(text: str) -> None:
    try:
        found = parse([_area(token) for token in tokens("=" + text)])
    except Unparsed:
        return
    assert evaluated(found, Anything()).shape == ()


def _area(token: Token) -> Token:
    return Token("area", BETWEEN.join("ABC")) if token.kind == "ref" and ":" in token.text else token


NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, -1.0, -0.25, 1e-7, 0.1 + 0.2, 12345.678, 1e20])
LEAVES = st.one_of(NUMBERS.map(Num), st.sampled_from(["A1", "B1", "C1", "D1"]).map(Ref))
ONE, TWO = ("neg", "exp", "ln", "tanh", "abs", "sign", "sqrt", "cos", "floor", "sigmoid", "silu", "gelu"), "+-*/^>"


def _bigger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        inner.map(Group),
        st.builds(lambda op, x: Call(op, (x,)), st.sampled_from(ONE), inner),
        st.builds(lambda op, x, y: Call(op, (x, y)), st.sampled_from([*TWO, "max", "min"]), inner, inner),
        st.builds(lambda *args: Call("if", args), inner, inner, inner),
    )


@given(st.recursive(LEAVES, _bigger, max_leaves=12))
def test_what_the_builder_prints_is_read_as_what_it_meant(expr: Expr) -> None:
    read = parsed(formula(expr, lambda ref: ref.name))
    assert np.array_equal(evaluated(read, CELLS), evaluated(expr, CELLS), equal_nan=True)


def printed(text: str) -> str:
    return formula(parsed(text), lambda ref: ref.name)


@given(
    st.recursive(LEAVES, _bigger, max_leaves=12).filter(lambda expr: "INT" not in formula(expr, lambda ref: ref.name))
)
def test_what_was_read_is_printed_and_read_the_same(expr: Expr) -> None:
    once = printed(formula(expr, lambda ref: ref.name))
    assert printed(once) == once


def test_a_floor_is_read_once() -> None:
    assert printed("=INT(A1)") == "=INT(A1)"


def test_the_same_formula_has_the_same_tokens_however_it_is_spaced() -> None:
    assert tokens("= 1/( 1+EXP( -A1 ))") == tokens("=1/(1+exp(-A1))")
    assert [token.kind for token in tokens("=+-SUM(A1:B1,2)%")] == [
        *("sign", "func", "ref", ",", "num", ")", "%"),
    ]


@given(st.integers(1, 18278))
def test_a_column_that_the_layout_letters_is_a_reference(column: int) -> None:
    assert parse(tokens(f"={letters(column)}7")) == Ref(f"{letters(column)}7")
