"""Mistakes in some rows of a table: another formula, or numbers in place of formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from handmade.edits import EDITS, differs, names_in, renamed
from handmade.in_columns import can_err, column, siblings
from handmade.table import Content, given
from handmade.truth import Draw, Mutant
from handmade.values import Values
from xlbackprop.judge.findings import Kind


def inconsistent(draw: Draw, kind: Kind) -> Mutant | None:
    """A few rows in the middle hold another formula than the rest of their column."""
    table, chance = draw.table, draw.chance
    name = chance.choice([name for name in table.columns if name in table.formulas and name not in given(table.layout)])
    slips = [slip for slip in _strays(draw, name) if differs(str(table.formulas[name]), slip)]
    if name in {"step", "lr"} or not slips:
        return None
    count = chance.randint(1, max(1, table.layout.rows // 6))
    start, apart = chance.randint(1, table.layout.rows // 2), chance.choice((1, 1, 2, 4))
    rows = [row for row in range(start, start + count * apart, apart) if row < table.layout.rows - 1]
    slip = chance.choice(slips)
    cells = {(row, name): slip for row in rows}
    return draw.mutant(kind, table.with_cells(cells), cells)


def _strays(draw: Draw, name: str) -> list[str]:
    """What may stand in a cell by mistake: a neighbour's formula, as it is or moved along; a row off; another term."""
    table = draw.table
    left = table.columns[table.columns.index(name) - 1]
    following = dict(zip(table.columns, table.columns[1:], strict=False))
    neighbour, own = table.formulas.get(left, ""), str(table.formulas[name])
    found = list(EDITS[Kind.WRONG_TERM](own, siblings(table, Kind.WRONG_TERM)))[:4]
    found.append(re.sub(r"\[(?![\^_]|lr)", "[^", own, count=1))
    if isinstance(neighbour, str) and neighbour:
        found.append(neighbour)
        if all(following.get(name) or name not in table.columns for name in names_in(neighbour)):
            found.append(renamed(neighbour, {a: b for a, b in following.items() if a}))
    return found


def typed_over(draw: Draw, kind: Kind) -> Mutant | None:
    """A number in place of one formula: right to some digits, or wrong."""
    table, chance = draw.table, draw.chance
    cell = chance.choice(table.formula_cells(range(1, table.layout.rows - 1)))
    right = Values(table)[cell]
    number = chance.choice((float(f"{right:.{chance.randint(2, 6)}g}"), right, right * chance.choice((1.1, -1, 10))))
    return None if cell[1] in {"step", "lr"} else draw.mutant(kind, table.with_cells({cell: number}), [cell])


def pasted(draw: Draw, kind: Kind) -> Mutant | None:
    """A column, or all columns of some rows in the middle, as numbers."""
    table, chance, rows = draw.table, draw.chance, draw.table.layout.rows
    if chance.random() < 0.5:
        cells = column(table, chance.choice(can_err(table, kind)))
    else:
        start = chance.randint(2, rows // 2)
        cells = table.formula_cells(range(start, start + chance.randint(3, rows // 3)))
    values, digits = Values(table), chance.choice((6, 10, 17))
    numbers = {cell: float(f"{values[cell]:.{digits}g}") for cell in cells}
    steps = frozenset(table.at(*cell) for cell in cells if cell[1] == "step")
    mistake = draw.mutant(kind, table.with_cells(numbers), [cell for cell in cells if cell[1] != "step"])
    return mistake and replace(mistake, truth=replace(mistake.truth, allowed=steps))


def frozen_tail(draw: Draw, kind: Kind) -> Mutant | None:
    """The last rows repeat the row above them, as numbers or by formula."""
    table, chance = draw.table, draw.chance
    first = table.layout.rows - chance.randint(3, table.layout.rows // 3)
    values, by_formula = Values(table), chance.random() < 0.5
    cells = table.formula_cells(range(first, table.layout.rows))
    content: Mapping[tuple[int, str], Content] = {
        (row, name): f"[^{name}]" if by_formula else values[first - 1, name] for row, name in cells if name != "step"
    }
    return draw.mutant(kind, table.with_cells(content), content)
