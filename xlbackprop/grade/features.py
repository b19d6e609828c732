"""What a copy of a workbook would share: its formulas and how they are spelled, its labels, its typed numbers."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from xlbackprop.grade.harmless import harmless
from xlbackprop.grade.submission import Feature
from xlbackprop.grid import Position, SavedCell
from xlbackprop.pages.layout import a1
from xlbackprop.reading.saved import column_number

FORMULA, SPELLING, LABEL, NUMBER = "formula", "spelling", "label", "number"
ODD = frozenset({SPELLING, LABEL, NUMBER})  # how someone writes; a formula alone tells only where the columns stand
MOST = 1_500  # features of one workbook; a table has some eighty
LONGEST = 300  # characters of a feature; a longer one is told from others by a digest
SERIES = 4  # typed numbers below each other from which on they are pasted values or a count of steps

# A reference outside of quoted text; a name that looks like one (LOG10) has a bracket behind it.
REFERENCE = re.compile(r'"[^"]*"|(?<![A-Za-z0-9_.])(\$?)([A-Z]{1,3})(\$?)([1-9][0-9]{0,6})(?![A-Za-z0-9_(.])')

DIGITS = re.compile(r"\d+")


def features(sheets: Mapping[str, Mapping[Position, SavedCell]]) -> dict[Feature, str]:
    """The features of a workbook with the place where each stands first, like ``Class!H33``."""
    found: dict[Feature, str] = {}
    for name, sheet in sheets.items():
        for feature, (row, column) in _of_sheet(sheet):
            found.setdefault(feature, f"{harmless(name, 31)}!{a1(row, column)}")
    if len(found) <= MOST:
        return found
    # The same choice in every workbook, so that two copies of a large one still share what is kept.
    kept = sorted(found, key=lambda one: hashlib.blake2b(repr(one).encode("utf-8", "replace")).digest())[:MOST]
    return {feature: found[feature] for feature in kept}


def _of_sheet(sheet: Mapping[Position, SavedCell]) -> Iterator[tuple[Feature, Position]]:
    numbers: dict[int, dict[int, float]] = defaultdict(dict)  # by column and row
    for (row, column), cell in sheet.items():
        if cell.formula:
            yield Feature(FORMULA, _clipped(relative(cell.formula, row, column))), (row, column)
            yield Feature(SPELLING, _clipped(spelling(cell.formula))), (row, column)
        elif isinstance(cell.value, str):
            label = DIGITS.sub("#", " ".join(cell.value.split()))  # who writes act_h1 writes act_h2, too
            if label not in {"", "#"}:
                yield Feature(LABEL, _clipped(label)), (row, column)
        elif isinstance(cell.value, float):
            numbers[column][row] = cell.value
    for column, cells in numbers.items():
        for row in _single(cells):
            yield typed(cells[row]), (row, column)


def typed(number: float) -> Feature:
    """A number that somebody typed."""
    return Feature(NUMBER, f"{number:.15g}")


def _single(rows: Iterable[int]) -> list[int]:
    """The rows that do not belong to a long run of them: pasted values and step numbers say nothing of who typed."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and runs[-1][-1] == row - 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [row for run in runs if len(run) < SERIES for row in run]


def relative(formula: str, row: int, column: int) -> str:
    """The formula with its references seen from its own cell, and everything else as it was typed.

    >>> relative("=A2 -$B$1*LOG10(C2)", 2, 3)
    '=R[0]C[-2] -R1C2*LOG10(R[0]C[0])'
    """

    def seen(found: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, number = found.groups()
        if letters is None:  # quoted text
            return found[0]
        try:
            at = column_number(letters)
        except ValueError:  # a name; no sheet has that column
            return found[0]
        at_row = f"R{number}" if fixed_row else f"R[{int(number) - row}]"
        return at_row + (f"C{at}" if fixed_column else f"C[{at - column}]")

    return REFERENCE.sub(seen, formula)


def spelling(formula: str) -> str:
    """The formula with its blanks, brackets, order and anchors, whatever cells it refers to.

    >>> spelling("=A2 -$B$1*(1-C2)")
    '=# -$#$*(1-#)'
    """

    def mark(found: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, _ = found.groups()
        return found[0] if letters is None else f"{fixed_column}#{fixed_row}"

    return REFERENCE.sub(mark, formula)


def _clipped(text: str) -> str:
    """The text made harmless and short, but still different from every other."""
    plain = harmless(text, LONGEST)
    if plain == text:
        return plain
    return f"{plain} {hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
