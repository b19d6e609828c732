"""What units' columns are, where labels alone leave it open: net1 … net4 with out1 … out4, or h1 for what h1 gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlbackprop.judge.network.unnamed import by_use
from xlbackprop.judge.network.wired import numbered
from xlbackprop.judge.typed.formula import Unparsed, parse
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import plain
from xlbackprop.judge.typed.tables import WEIGHT, Table
from xlbackprop.maths.expr import Call, Expr, Ref, refs

PLAIN = ("+", "-", "*", "neg")  # operations of what a unit receives
UNIT = re.compile(r"[ho]\d+")


def with_roles(reading: Reading) -> Reading:
    """The reading with its units' columns under the names that their formulas give them."""
    table = reading.table
    trees = first_formulas(reading)
    renamed = _given_by_others(trees) or _given_at_once(table, trees)
    table = _renamed(table, renamed)
    table = _renamed(table, _numbered_throughout(table))
    found = replace(reading, table=table, _cache={}) if table is not reading.table else reading
    return _with_unnamed(found)


def _with_unnamed(reading: Reading) -> Reading:
    """The reading with names for columns without: as long as what is named tells of others."""
    table = reading.table
    while found := by_use(first_formulas(reading), table.columns, _helpers(reading)):
        table = replace(table, columns={**table.columns, **found})
        reading = replace(reading, table=table, _cache={})
    return reading


def _helpers(reading: Reading) -> dict[str, Expr | None]:
    """The columns of formulas that have no label, without those that only repeat what stands above."""
    trees = {name: _first_formula(reading, name) for name in reading.helpers}
    return {name: tree for name, tree in trees.items() if not (isinstance(tree, Ref) and plain(tree.name) == name)}


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    if not names or set(names.values()) & (set(table.columns) - set(names)):
        return table
    return replace(table, columns={names.get(name, name): column for name, column in table.columns.items()})


def first_formulas(reading: Reading) -> dict[str, Expr]:
    """The formula of each column in the first of the first two rows that has one."""
    return {name: tree for name in reading.table.columns if (tree := _first_formula(reading, name)) is not None}


def _first_formula(reading: Reading, name: str) -> Expr | None:
    column = reading.columns[name]
    for row in reading.table.rows[:2]:
        try:
            return parse(reading.tokens(row, column))
        except Unparsed:
            continue
    return None


def _given_by_others(trees: Mapping[str, Expr]) -> dict[str, str]:
    """Columns called o1 … that are what the units h1 … of the same number give: out1 beside net1."""
    if any(name.startswith("a_") for name in trees):
        return {}
    outputs, units = numbered(trees, "o"), numbered(trees, "h")
    pairs = [(name, f"h{name[1:]}") for name in outputs]
    reads = all({ref.name for ref in refs(trees[name])} == {unit} for name, unit in pairs)
    return {name: f"a_{unit}" for name, unit in pairs} if pairs and reads and len(outputs) == len(units) else {}


def _given_at_once(table: Table, trees: Mapping[str, Expr]) -> dict[str, str]:
    """Units that have one column, and that is what they give: all of it in one formula."""
    if any(name.startswith("a_") for name in table.columns):
        return {}
    units = [name for name in table.columns if UNIT.fullmatch(name)]
    at_once = [name for name in units if name in trees and _weights(trees[name]) and not _is_plain(trees[name])]
    return {name: f"a_{name}" for name in units} if units and len(at_once) == len(units) else {}


def _weights(expr: Expr) -> bool:
    return any(WEIGHT.fullmatch(ref.name) for ref in refs(expr))


def _is_plain(expr: Expr) -> bool:
    """Whether it is only sums and products."""
    match expr:
        case Call(op, args):
            return op in PLAIN and all(map(_is_plain, args))
        case _:
            return True


def _numbered_throughout(table: Table) -> dict[str, str]:
    """Outputs that go on with the numbers of the hidden units: h3 and a_h3 for o1 and a_o1."""
    names = table.columns
    if any(name.startswith(("o", "a_o")) for name in names):
        return {}
    inputs, targets = len(numbered(names, "i")), len(numbered(names, "t"))
    weights = sum(WEIGHT.fullmatch(name) is not None for name in names)
    units = max(len(numbered(names, "h")), len(numbered(names, "a_h")))
    hidden = units - targets
    if not targets or hidden <= 0 or weights != inputs * hidden + hidden * targets:
        return {}
    return dict(_outputs(hidden, targets, names))


def _outputs(hidden: int, targets: int, names: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for k in range(1, targets + 1):
        for mark in ("", "a_"):
            if f"{mark}h{hidden + k}" in names:
                yield f"{mark}h{hidden + k}", f"{mark}o{k}"
