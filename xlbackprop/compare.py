"""What stands in a workbook against what belongs there: formulas, recalculated values, saved values, gradients."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlbackprop.package import CellError, SavedCell
from xlbackprop.page import UNJUDGED, Cell, Page, Place

RELATIVE = 1e-12  # how far two programs' values may lie apart; they differ in the last bits of EXP only
GRADIENT = 1e-9  # a gradient against a witness
ZERO = 1e-15  # gradients under this count as nothing

Found = float | str | bool | None
NOTHING = Decimal("1e-12")  # in a text, a number under this is 0
BRACKETED = re.compile(r"\((-[\d.]+(?:[eE][-+]?\d+)?)\)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not as it should be.

    kind: formula, constant, constant over formula, missing, value, saved value, stale, gradient.
    """

    sheet: str
    cell: Place
    label: str
    kind: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How far an engine's values lie from ours at most, over that many formula cells. skipped: cells that overflow."""

    cells: int
    max_abs: float
    max_rel: float
    skipped: int


def text_differences(page: Page, saved: Mapping[Place, SavedCell], yours: set[Place]) -> Iterator[Difference]:
    """Formulas and constants that are not what the tape says."""
    for place, cell in page.cells.items():
        if place in yours:
            continue
        there = saved.get(place)
        formula = there.formula if there else None
        if cell.formula == formula and (formula is not None or (there and there.value == cell.value)):
            continue
        kind = _text_kind(cell, there)
        if kind:
            expected = cell.formula or told(cell.value)
            yield Difference(page.name, place, cell.label, kind, formula or told(there and there.value), expected)


def _text_kind(cell: Cell, there: SavedCell | None) -> str | None:
    if there is None:
        return "missing" if cell.formula or cell.value != "" else None
    if cell.formula is None:
        return None if there.formula is None and same(there.value, cell) else "constant"
    if there.formula is None:
        return "constant over formula"
    return None if _squeezed(there.formula) == _squeezed(cell.formula) else "formula"


def _squeezed(formula: str) -> str:
    """The formula without blanks and with capitals, its quoted texts as they are."""
    pieces = formula.split('"')
    pieces[::2] = ["".join(piece.split()).upper() for piece in pieces[::2]]
    return '"'.join(pieces)


def value_differences(
    pages: list[Page], values: Mapping[str, Mapping[Place, Found]], kind: str
) -> tuple[Measure, list[Difference]]:
    """Values of formula cells that are not what NumPy says."""
    cells = skipped = 0
    max_abs = max_rel = 0.0
    found: list[Difference] = []
    for page in pages:
        there = values.get(page.name, {})
        for place, cell in page.cells.items():
            if cell.formula is None:
                continue
            value = there.get(place)
            if value == cell.value and value.__class__ is cell.value.__class__:  # most are, to the last bit
                cells += 1
                continue
            if cell.scale == UNJUDGED or (isinstance(cell.value, float) and not math.isfinite(cell.value)):
                skipped += 1
                continue
            cells += 1
            if type(value) is float and not isinstance(cell.value, str):
                apart = abs(value - cell.value)
                max_abs = max(max_abs, apart)
                max_rel = max(max_rel, apart / _size(cell) if apart else 0.0)
            if not same(value, cell):
                found.append(Difference(page.name, place, cell.label, kind, told(value), told(cell.value)))
    return Measure(cells, max_abs, max_rel, skipped), found


def same(value: Found, cell: Cell) -> bool:
    """Whether a value is the cell's, rounding apart."""
    expected = cell.value
    if isinstance(expected, str):
        return not isinstance(value, CellError) and same_text("" if value is None else value, expected)
    if not isinstance(value, float):
        return False
    return abs(value - expected) <= RELATIVE * _size(cell)


def _size(cell: Cell) -> float:
    size = abs(float(cell.value))
    return max(size, cell.scale or 0.0, 1e-300)


def same_text(value: Found, expected: str) -> bool:
    """Whether two texts are equal, the numbers in them compared as numbers: 3.17E-05 is 0.0000317.

    They may lie one unit of the last shown digit apart, because programs round halves differently; and a number that
    is nothing may have a sign and brackets in one of them.
    """
    if not isinstance(value, str):
        return False
    one, other = BRACKETED.sub(r"\1", value), BRACKETED.sub(r"\1", expected)
    if one == other:
        return True
    if NUMBER.split(one) != NUMBER.split(other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(_same_number(Decimal(a), Decimal(b)) for a, b in pairs)


def _same_number(one: Decimal, other: Decimal) -> bool:
    last_digit = min(Decimal(1).scaleb(number.as_tuple().exponent) for number in (one, other))  # type: ignore[arg-type]
    return abs(one - other) <= max(last_digit, NOTHING, abs(other) * Decimal(GRADIENT))


def told(value: Found) -> str:
    """A value as a message shows it, with all its digits."""
    if value is None:
        return "nothing"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
