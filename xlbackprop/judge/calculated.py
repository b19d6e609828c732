"""Numbers for a workbook that no program has calculated: by them, formulas that we cannot read are judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlbackprop.engines.ironcalc import recalculate
from xlbackprop.errors import EngineFailed
from xlbackprop.grid import Grid, SavedSheet, Value
from xlbackprop.reading.saved import CellError

MOST_FORMULAS = 200_000  # some seconds of calculation


def calculated(path: Path, sheets: dict[str, SavedSheet]) -> dict[str, SavedSheet]:
    """The sheets of a file with a value for each formula that has none saved, as far as the engine knows one."""
    if sum(len(sheet.formulas) for sheet in sheets.values()) > MOST_FORMULAS:
        return sheets
    try:
        values = recalculate(path)
    except EngineFailed:
        return sheets
    return {name: _filled(sheet, values.get(name, Grid())) for name, sheet in sheets.items()}


def _filled(sheet: SavedSheet, values: Mapping[tuple[int, int], Value]) -> SavedSheet:
    found = SavedSheet()
    unsaved = {place: values.get(place) for place in sheet.formulas if place not in sheet.grid}
    known = {place: value for place, value in unsaved.items() if not isinstance(value, CellError)}
    found.formulas, found.rows, found.grid = sheet.formulas, sheet.rows, Grid({**sheet.grid, **known})
    return found
