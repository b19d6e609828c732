"""Mistakes that fill a whole column: the formula was wrong before it was copied down."""

from __future__ import annotations

import re

from handmade.edits import EDITS, Siblings, differs, renamed
from handmade.table import Table, given
from handmade.truth import Draw, Mutant
from xlbackprop.judge.findings import Kind
from xlbackprop.maths.network import edges, units

NEAR = (  # where these columns are mistaken, another kind says it as well
    (Kind.WRONG_TERM, "w", Kind.EXCHANGED_WEIGHTS),
    (Kind.WRONG_LAYER, "i", Kind.WRONG_TERM),
)


def siblings(table: Table, kind: Kind) -> Siblings:
    """What a name can be mistaken for: a column of the same sort, or for the wrong layer's an activation of another."""
    layers = [[unit.activation for unit in layer] for layer in units(table.layout.network)]

    def same_sort(name: str) -> list[str]:
        sort = _sort(name)
        return [other for other in table.columns if other and other != name and _sort(other) == sort]

    def other_layer(name: str) -> list[str]:
        own = next((layer for layer in layers if name in layer), None)
        return [other for layer in layers if own and layer is not own for other in layer]

    return other_layer if kind is Kind.WRONG_LAYER else same_sort


def _sort(name: str) -> str:
    """A name without its last number: a_h1 and a_h2 are of one sort."""
    return re.sub(r"\d+(?=$|/)", "", name)


def can_err(table: Table, kind: Kind) -> list[str]:
    """The columns in which a mistake can be told: of activations and losses, there are two of a sort to compare."""
    network = table.layout.network
    lonely = {unit.activation for layer in units(network) if len(layer) == 1 for unit in layer}
    if len(units(network)[-1]) == 1:
        lonely |= {"E1", "E_total"}
    if kind is Kind.MISSING_FACTOR:
        lonely |= {"E_total"}  # without its 1/2 the mean is another loss
    beside = {"", "step", "lr", *given(table.layout), *lonely}
    return [name for name in table.columns if name not in beside]


def in_column(draw: Draw, kind: Kind) -> Mutant | None:
    """One column holds another formula."""
    names = [name for name in can_err(draw.table, kind) if any(slips_of(draw, kind, name))]
    if not names:
        return None
    name = draw.chance.choice(names)
    formula, slip = str(draw.table.formulas[name]), draw.chance.choice(slips_of(draw, kind, name))
    if not differs(formula, slip):
        return None
    also = frozenset(other for of, sort, other in NEAR if of is kind and _of(sort, formula) != _of(sort, slip))
    return draw.mutant(kind, draw.table.with_formula(name, slip), column(draw.table, name), also=also)


def slips_of(draw: Draw, kind: Kind, name: str) -> list[str]:
    """Every formula that a slip of this kind can make of a column's."""
    return list(EDITS[kind](str(draw.table.formulas[name]), siblings(draw.table, kind)))


def _of(sort: str, formula: str) -> list[str]:
    """The columns of a sort that a formula reads, in order."""
    return re.findall(rf"\[\^?{sort}\d+\]", formula)


def column(table: Table, name: str) -> list[tuple[int, str]]:
    """The cells of a column that hold formulas."""
    return [cell for cell in table.formula_cells(range(table.layout.rows)) if cell[1] == name]


def exchanged_throughout(draw: Draw, kind: Kind) -> Mutant | None:
    """Two weights into different units exchanged wherever gradients go back through them, like w6 and w7; or in one."""
    if draw.chance.random() < 0.5:
        return in_column(draw, kind)
    out = [edge.weight for edge in edges(draw.table.layout.network) if edge.target.layer > 1]
    one, other = draw.chance.sample(out, 2)
    table, cells = draw.table, []
    for name in (name for name in table.columns if name.startswith(("dE/d", "do", "dh"))):
        formula = str(table.formulas[name])
        slip = renamed(formula, {one: other, other: one})
        if differs(formula, slip):
            table = table.with_formula(name, slip)
            cells += column(table, name)
    said = {"also": frozenset({Kind.WRONG_TERM})}
    return draw.mutant(kind, table, cells, **said) if cells else None


def not_anchored(draw: Draw, kind: Kind) -> Mutant | None:
    """The learning rate slides down, in the updates of all weights or of one; in the first update it is still right."""
    table = draw.table
    updates = [name for name, formula in table.formulas.items() if "[lr]" in str(formula)]
    if not updates or table.place.rate_sheet:
        return None
    sliding, names = draw.chance.choice(("[lr~]", "[lr$]")), updates
    if draw.chance.random() < 0.4:
        names = [draw.chance.choice(updates)]
    for name in names:
        table = table.with_formula(name, str(table.formulas[name]).replace("[lr]", sliding))
    cells = [cell for name in names for cell in column(table, name)]
    harmless = frozenset(table.at(*cell) for cell in cells if cell[0] == 1)
    return draw.mutant(kind, table, [cell for cell in cells if cell[0] > 1], allowed=harmless, label="lr")
