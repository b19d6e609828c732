"""Numbers as text: what a person reads in a line of maths, in Python and as the formula that does the same.

ROUND(x, n)&"" is used rather than TEXT(x, "0.0000"), whose format is read differently where people write a decimal
comma.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

DECIMALS = 4
DIGITS = 3  # always show, however small the number
LEAST_PERCENT = 0.0001
ERROR = "#NUM!"
SMALLEST, LARGEST = 1e-20, 1e21  # beyond, a spreadsheet writes a power of ten


def plain(value: float) -> str:
    """A number as a spreadsheet writes it into a text.

    >>> plain(0.5), plain(2.0), plain(0.1 + 0.2), plain(0.0000317)
    ('0.5', '2', '0.3', '0.0000317')
    """
    if not math.isfinite(value):
        return ERROR
    if value == 0:
        return "0"
    if not SMALLEST <= abs(value) < LARGEST:
        return f"{value:.15G}"
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: float, decimals: int) -> str:
    """ROUND(value, decimals)&"": halves go away from zero.

    >>> rounded(0.60647, 4), rounded(-0.00005, 4)
    ('0.6065', '-0.0001')
    """
    if not math.isfinite(value) or abs(value) >= 1e15:  # no decimals are left to round
        return plain(value)
    # Spreadsheets round what fifteen digits show, not the double behind them.
    return plain(float(Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)))


def shown(value: float) -> str:
    """The number with four decimals, or with more where three digits would not show.

    >>> shown(0.606481), shown(0.5), shown(0.0128804), shown(0.00031667), shown(0.0)
    ('0.6065', '0.5', '0.0129', '0.000317', '0')
    """
    if value == 0 or not math.isfinite(value):
        return plain(value)
    return rounded(value, max(DECIMALS, DIGITS - 1 - math.floor(math.log10(abs(value)))))


def percent(share: float) -> str:
    """A share in percent, with two digits; what is too little to say anything in percent is less than something.

    >>> percent(0.0451), percent(0.00026), percent(2.5), percent(1e-9)
    ('4.5 %', '0.026 %', '250 %', 'less than 0.0001 %')
    """
    value = 100 * share
    if 0 < abs(value) < LEAST_PERCENT:
        return f"less than {plain(LEAST_PERCENT)} %"
    return f"{value:.0f} %" if abs(value) >= 10 else f"{plain(float(f'{value:.2g}'))} %"


def as_factor(value: float) -> str:
    """The number as it stands inside a product or a sum: a negative one in brackets."""
    return f"({shown(value)})" if value < 0 else shown(value)


def shown_formula(cell: str) -> str:
    """`shown` of a cell, as a formula."""
    return f'=IF({cell}=0,"0",ROUND({cell},MAX({DECIMALS},{DIGITS - 1}-INT(LOG10(ABS({cell})))))&"")'


def as_factor_formula(cell: str, text: str) -> str:
    """`as_factor` of a cell whose shown text stands in `text`."""
    return f'=IF({cell}<0,"("&{text}&")",{text})'
