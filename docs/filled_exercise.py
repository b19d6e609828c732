"""Writes an exercise as a student might leave it, for the picture: six columns filled in, one of them wrong, two hints.

Usage: filled_exercise.py FILE.xlsx
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import CELL, Book, XmlCell  # noqa: E402 - the tests can type into a workbook and keep its pictures

from xlbackprop.exercise.blueprint import SHEET  # noqa: E402
from xlbackprop.exercise.handout import Asked, hand_out, planned  # noqa: E402
from xlbackprop.exercise.head import SHOW, hint_cell  # noqa: E402
from xlbackprop.exercise.key import answer  # noqa: E402
from xlbackprop.pages.layout import a1  # noqa: E402
from xlbackprop.template.template import load  # noqa: E402

FILLED, WRONG = 6, "∂E/∂w3"
HINTS = 2

with tempfile.TemporaryDirectory() as folder:
    roster = Path(folder, "roster.csv")
    roster.write_text("Ada", encoding="utf-8")
    asked = Asked(load("classic"), "classic", students=roster)
    blueprint, book = planned(asked), Book.read(hand_out(asked, Path(folder))[0])
typed = {}
for column in blueprint.blanks[:FILLED]:
    for row in blueprint.rows(column):
        formula = answer(blueprint, column, row)
        if column.name == WRONG:
            formula = formula.replace(f"$L{row}*(1-$L{row})", f"$J{row}*(1-$J{row})")
        typed[a1(row, blueprint.table.column(column.name))] = formula
for n in range(HINTS):
    typed[a1(*hint_cell(blueprint, n))] = SHOW
there = {found["at"]: XmlCell.of(found) for found in CELL.finditer(book.text(book.sheets[SHEET]))}
book.with_cells({(SHEET, at): there[at].typed(value) for at, value in typed.items()}).write(Path(sys.argv[1]))
