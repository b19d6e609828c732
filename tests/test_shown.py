"""Numbers as text: Python writes what the spreadsheet formula beside it writes."""

import math
from collections.abc import Sequence

import ironcalc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.shown import ERROR, as_factor, as_factor_formula, plain, rounded, shown, shown_formula

DECIMALS = 6  # as the update lines of Step have them

# number: as it is shown, as it is shown inside a product, rounded to six decimals
TABLE: dict[float, tuple[str, str, str]] = {
    0.0: ("0", "0", "0"),
    1.0: ("1", "1", "1"),
    -1.0: ("-1", "(-1)", "-1"),
    0.5: ("0.5", "0.5", "0.5"),
    0.05: ("0.05", "0.05", "0.05"),
    0.606477732206728: ("0.6065", "0.6065", "0.606478"),
    -0.606477732206728: ("-0.6065", "(-0.6065)", "-0.606478"),
    0.01288081863162825: ("0.0129", "0.0129", "0.012881"),
    0.014181377937891659: ("0.0142", "0.0142", "0.014181"),
    0.0003169933959102902: ("0.000317", "0.000317", "0.000317"),
    -0.0003169933959102902: ("-0.000317", "(-0.000317)", "-0.000317"),
    0.00019683752612304454: ("0.000197", "0.000197", "0.000197"),
    2.91e-08: ("0.0000000291", "0.0000000291", "0"),
    0.00099996: ("0.001", "0.001", "0.001"),
    0.0099995: ("0.01", "0.01", "0.01"),
    0.99995: ("1", "1", "0.99995"),
    0.12345: ("0.1235", "0.1235", "0.12345"),
    -0.12345: ("-0.1235", "(-0.1235)", "-0.12345"),
    0.30000000000000004: ("0.3", "0.3", "0.3"),
    1.00005: ("1.0001", "1.0001", "1.00005"),
    2.675: ("2.675", "2.675", "2.675"),
    20.0: ("20", "20", "20"),
    123.456789: ("123.4568", "123.4568", "123.456789"),
    987654.321: ("987654.321", "987654.321", "987654.321"),
    1e9: ("1000000000", "1000000000", "1000000000"),
}
# A bit under a half, as products of short numbers are: a spreadsheet sees fifteen digits, so a half.
NEARLY_HALF = {
    0.0015149999999999999: "0.00152",
    0.009944999999999999: "0.00995",
    -0.0058649999999999996: "-0.00587",
    1.8049999999999999e-09: "0.00000000181",
}


def formulas(values: Sequence[float]) -> list[tuple[object, ...]]:
    """What IronCalc makes of the three formulas for each value."""
    model = ironcalc.create("shown", "en", "UTC", "en")
    for row, value in enumerate(values, start=1):
        model.set_user_input(0, row, 1, repr(value))
        model.set_user_input(0, row, 2, shown_formula(f"A{row}"))
        model.set_user_input(0, row, 3, as_factor_formula(f"A{row}", f"B{row}"))
        model.set_user_input(0, row, 4, f'=ROUND(A{row},{DECIMALS})&""')
    model.evaluate()
    return [
        tuple(without_minus_zero(model.get_cell_value(0, row, column)) for column in (2, 3, 4))
        for row in range(1, len(values) + 1)
    ]


def without_minus_zero(text: object) -> object:
    """IronCalc writes a rounded -0.0000001 as -0, Excel as 0."""
    return "0" if text == "-0" else text


def texts(value: float) -> tuple[object, ...]:
    return shown(value), as_factor(value), without_minus_zero(rounded(value, DECIMALS))


def unlike(values: Sequence[float]) -> list[tuple[float, tuple[object, ...], tuple[object, ...]]]:
    """The values that Python writes otherwise than the formulas do: value, the formulas' texts, Python's."""
    return [
        (value, found, texts(value))
        for value, found in zip(values, formulas(values), strict=True)
        if found != texts(value)
    ]


@pytest.mark.parametrize(("value", "expected"), TABLE.items(), ids=map(repr, TABLE))
def test_a_number_is_shown_with_four_decimals_or_three_digits(value: float, expected: tuple[str, str, str]) -> None:
    assert texts(value) == expected


def test_the_formulas_write_the_same_table() -> None:
    assert dict(zip(TABLE, formulas(list(TABLE)), strict=True)) == TABLE


def test_powers_of_ten_and_their_neighbours_are_written_alike() -> None:
    powers = [10.0**k for k in range(-12, 7)]
    near = [math.nextafter(power, towards) for power in powers for towards in (0.0, math.inf)]
    assert unlike([sign * value for value in (*powers, *near) for sign in (1, -1)]) == []


def test_every_number_of_five_decimals_that_ends_in_five_is_rounded_alike() -> None:
    assert unlike([n / 100_000 for n in range(5, 100_000, 470)]) == []


sized = st.tuples(st.floats(-1, 1), st.integers(-11, 6)).map(lambda pair: pair[0] * 10.0 ** pair[1] + 0.0)
# IronCalc rounds what is below some 2e-16 to 0, to however many decimals it is asked.
numbers = sized.filter(lambda value: value == 0 or abs(value) > 1e-14)


@given(st.lists(numbers, min_size=1, max_size=100))
@settings(max_examples=50, deadline=None)
def test_any_number_is_written_alike(values: list[float]) -> None:
    assert unlike(values) == []


def test_what_is_a_half_in_fifteen_digits_is_rounded_away_from_zero() -> None:
    assert dict(zip(NEARLY_HALF, [text for text, _, _ in formulas(list(NEARLY_HALF))], strict=True)) == NEARLY_HALF
    assert {value: shown(value) for value in NEARLY_HALF} == NEARLY_HALF


def test_nothing_is_shown_as_minus_zero() -> None:
    assert rounded(-1e-8, DECIMALS) == "0"
    assert plain(-0.0) == "0"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_what_overflows_is_shown_as_the_error_that_it_is(value: float) -> None:
    assert {plain(value), shown(value), rounded(value, 4), as_factor(value).strip("()")} == {ERROR}


@given(numbers)
def test_three_digits_always_show(value: float) -> None:
    assert abs(float(shown(value)) - value) <= 0.5001e-2 * abs(value)
