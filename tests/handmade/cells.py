"""Ranges of cells, as findings name them, to single cells."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.utils.cell import get_column_letter, range_boundaries

from xlbackprop.judge.findings import Finding


def cells_in(range_: str) -> set[str]:
    """The cells of a range.

    >>> sorted(cells_in("Z33:AA34"))
    ['AA33', 'AA34', 'Z33', 'Z34']
    """
    left, top, right, bottom = range_boundaries(range_.replace("$", ""))
    return {f"{get_column_letter(c)}{r}" for c in range(left, right + 1) for r in range(top, bottom + 1)}


def cells_of(findings: Iterable[Finding]) -> set[str]:
    """Every cell that these findings name."""
    return {cell for finding in findings for range_ in finding.cells for cell in cells_in(range_)}
