"""Which cells of a table are wrong, and what belongs into each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from xlbackprop.grid import Position
from xlbackprop.judge.findings import Finding, FoundTable, Kind
from xlbackprop.reading.saved import position, translated


class Wrong(NamedTuple):
    """A cell that is marked. belongs: the formula that belongs there, or what else the finding asks for."""

    finding: Finding
    belongs: str


def wrong_cells(findings: Sequence[Finding], table: FoundTable) -> dict[Position, Wrong]:
    """The cells of the table that findings name, the first finding of a cell first. A chart's cells are not wrong."""
    found: dict[Position, Wrong] = {}
    rows = range(table.first_row, table.first_row + table.rows)
    for finding in findings:
        if finding.kind is Kind.CHART or not finding.cells:
            continue
        origin, _ = corners(finding.cells[0])
        for place in _places(finding, rows):
            if place not in found:
                found[place] = Wrong(finding, moved(finding.correction, origin, place) or finding.expected)
    return found


def corners(cells: str) -> tuple[Position, Position]:
    """First and last place of a range.

    >>> corners("Z33:Z100"), corners("B7")
    (((33, 26), (100, 26)), ((7, 2), (7, 2)))
    """
    first, _, last = cells.partition(":")
    return position(first), position(last or first)


def moved(formula: str, origin: Position, place: Position) -> str:
    """A formula for one cell as it reads in another; "" if it cannot be moved there.

    >>> moved("=A33*$B$1", (33, 5), (40, 5))
    '=A40*$B$1'
    """
    if not formula.startswith("=") or origin == place:
        return formula
    try:
        return translated(formula, origin)(place)
    except ValueError:
        return ""


def _places(finding: Finding, rows: range) -> Iterator[Position]:
    for cells in finding.cells:
        (top, left), (bottom, right) = corners(cells)
        yield from product(range(max(top, rows.start), min(bottom + 1, rows.stop)), range(left, right + 1))
