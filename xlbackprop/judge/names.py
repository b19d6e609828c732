"""Defined names in formulas: those of one cell, a range or a number are spelled out, all others are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from xlbackprop.archive import Archive
from xlbackprop.grid import BETWEEN, SavedSheet
from xlbackprop.layout import quoted
from xlbackprop.package import WORKBOOK

MOST_NAMES = 200
CELLS = re.compile(r"=?((?:'(?:[^'\[\]]|'')+'|[\w.]+)!\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)")
NUMBER = re.compile(r"=?(-?\d*\.?\d+(?:E[+-]?\d+)?)", re.IGNORECASE)
NAME = re.compile(r"[^\W\d][\w.]*")


def with_names_spelled_out(archive: Archive, sheets: Mapping[str, SavedSheet]) -> None:
    """Put what defined names stand for into the formulas of the sheets."""
    names = _names(archive)
    if not names:
        return
    for name, sheet in sheets.items():
        own = f"{quoted(name)}!"
        known = {one: stands.removeprefix(own) for one, stands in names.items()}
        formulas = sheet.formulas
        formulas.texts.update(_spelled_out(formulas.texts.items(), known))
        formulas.others.update(_spelled_out(formulas.others.items(), known))


def _names(archive: Archive) -> dict[str, str]:
    """The names that stand for cells or a number, in small letters."""
    found: dict[str, str] = {}
    for one in archive.xml(WORKBOOK).iterfind("{*}definedNames/{*}definedName"):
        name, text = one.get("name", "").lower(), (one.text or "").strip()
        cells, number = CELLS.fullmatch(text), NUMBER.fullmatch(text)
        if NAME.fullmatch(name) and (cells or number) and len(found) < MOST_NAMES:
            found[name] = cells[1] if cells else f"({number[1]})" if number else ""
    return found


def _spelled_out[Place](formulas: Iterable[tuple[Place, str]], names: Mapping[str, str]) -> dict[Place, str]:
    """The formulas that have a name in them, without it."""
    alone = re.compile(rf"(?<![\w.!'$\[\"@#])({'|'.join(map(re.escape, names))})(?![\w.(!'\[\"])", re.IGNORECASE)
    return {
        place: BETWEEN.join(alone.sub(lambda found: names[found[1].lower()], one) for one in text.split(BETWEEN))
        for place, text in formulas
        if alone.search(text)
    }
