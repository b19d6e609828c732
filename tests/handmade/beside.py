"""Mistakes that leave the formulas of a table right: its chart, what is said about it, what it begins with."""

from __future__ import annotations

import re
from dataclasses import replace

from handmade.cells import cells_in
from handmade.edits import EDITS, differs
from handmade.in_columns import siblings
from handmade.truth import Draw, Mutant, Truth
from handmade.write import loss_range
from xlbackprop.judge.findings import Kind


def chart(draw: Draw, kind: Kind) -> Mutant | None:
    """The loss chart leaves out rows at either end, or shows empty cells."""
    if not draw.whole.charts:
        return None
    rows, chance = draw.table.layout.rows, draw.chance
    missing = chance.randint(2, rows // 2)
    wrong = loss_range(draw.table, *chance.choice(((0, rows - 1 - missing), (missing, rows - 1))))
    if chance.random() < 0.3:
        wrong = re.sub(r"\$[A-Z]+\$", "$ZZ$", wrong)
    at, shown = draw.whole.tables.index(draw.table), frozenset(cells_in(wrong.rpartition("!")[2]))
    charts = tuple(wrong if k == at else right for k, right in enumerate(draw.whole.charts))
    return Mutant(replace(draw.whole, charts=charts), Truth(kind, "chart", draw.table.place.sheet, shown), wrong)


def explanation(draw: Draw, kind: Kind) -> Mutant | None:
    """A line of the explanation says something else than the formula, which is right."""
    lines = {at: text for at, text in draw.whole.notes.items() if re.search(r"= .*\[", text)}
    if not lines:
        return None
    at = draw.chance.choice(sorted(lines))
    said, sign, right = lines[at].rpartition("= ")
    edit = EDITS[draw.chance.choice((Kind.WRONG_TERM, Kind.SIGN, Kind.MISSING_FACTOR, Kind.EXCHANGED_WEIGHTS))]
    slips = [slip for slip in edit(right, siblings(draw.table, kind)) if slip and differs(right, slip)]
    if not slips:
        return None
    wrong = said + sign + draw.chance.choice(slips)
    truth = Truth(kind, "", draw.table.place.sheet, frozenset({at}))
    return Mutant(replace(draw.whole, notes={**draw.whole.notes, at: wrong}), truth, wrong)


def first_values(draw: Draw, kind: Kind) -> Mutant | None:
    """A first weight is not the assignment's."""
    table, chance = draw.table, draw.chance
    if table.layout.assignment is None:
        return None
    name = chance.choice([name for name in table.first if re.fullmatch(r"w\d+|b_.*", name)])
    right = float(table.first[name])
    wrong = chance.choice((-right, right * 10, round(right + 0.05, 4)))
    return draw.mutant(kind, table.with_cells({(0, name): wrong}), [(0, name)])
