"""Which formulas of an exercise fetch their answer: from the hidden sheet or the marks, or from a cell that does."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from xlbackprop.exercise.blueprint import CHECK, Blueprint
from xlbackprop.grid import Position, SavedSheet
from xlbackprop.reading.saved import column_number

# The sheet's name before ! or LibreOffice's point, also in a text for INDIRECT; not another sheet's whose name ends so.
HIDDEN = re.compile(rf"(?<!\w){CHECK}[!.]|'{CHECK}'[!.]", re.IGNORECASE)
OWN = re.compile(r"(?<![\w.!$])\$?([A-Z]{1,3})\$?([1-9]\d{0,6})(?![\w(.!])")  # a cell of the sheet itself


def fetching(blueprint: Blueprint, saved: SavedSheet) -> frozenset[Position]:
    """The cells of the sheet whose formulas read the hidden sheet, the marks, or a cell beside the table that does."""
    answers = {(row, blueprint.mark_column(one)) for one in blueprint.blanks for row in blueprint.rows(one)}
    table = blueprint.table
    rows, columns = range(table.header_row, table.last_row + 1), range(1, table.step_column + 1)
    beside = {
        place: text
        for place, text in saved.formulas.items()
        if place not in answers and not (place[0] in rows and place[1] in columns)
    }
    while more := {place for place, text in beside.items() if place not in answers and _reads(text, answers)}:
        answers |= more
    blank = {(row, table.column(one.name)) for one in blueprint.blanks for row in blueprint.rows(one)}
    return frozenset(
        place for place in blank if (text := saved.formulas.get(place)) is not None and _reads(text, answers)
    )


def _reads(formula: str, answers: AbstractSet[Position]) -> bool:
    if HIDDEN.search(formula):
        return True
    return any((int(row), column_number(letters)) in answers for letters, row in OWN.findall(formula))
