"""What a student put into an exercise: the rest of its cells was handed out, and is nobody's own."""

from __future__ import annotations

from collections.abc import Mapping

from xlbackprop.exercise import hidden, sheet
from xlbackprop.exercise.blueprint import CHECK, SHEET, Blueprint
from xlbackprop.exercise.card import Card
from xlbackprop.exercise.key import answer
from xlbackprop.grid import Position, SavedCell

Cells = Mapping[Position, SavedCell]


def filled_in(card: Card, sheets: Mapping[str, Cells]) -> dict[str, Cells]:
    """The cells of each sheet that were empty when it was handed out, without those that say what the key says."""
    answers = _answers(card.blueprint)
    shown = set(sheet.page(card.blueprint, card.network, card.student).cells) - answers.keys()
    handed = {SHEET: shown, CHECK: set(hidden.page(card.blueprint, card.network).cells)}
    own = {name: _without(handed.get(name, set()), cells) for name, cells in sheets.items()}
    return own | {SHEET: {at: one for at, one in own[SHEET].items() if one.formula != answers.get(at, "")}}


def _without(places: set[Position], cells: Cells) -> Cells:
    return {at: one for at, one in cells.items() if at not in places}


def _answers(blueprint: Blueprint) -> dict[Position, str]:
    """The key's formula for each cell that is to be filled in."""
    return {
        (row, blueprint.table.column(column.name)): answer(blueprint, column, row)
        for column in blueprint.blanks
        for row in blueprint.rows(column)
    }
