"""Which columns are which units, by what feeds them: weights times inputs, and then times what the last layer gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from xlbackprop.judge.network.received import alone, pairs, received
from xlbackprop.judge.network.wired import layer_letters
from xlbackprop.judge.typed.names import GRADIENT, PARAMETERS, TOTAL
from xlbackprop.maths.expr import Expr, Num, refs

INPUT = re.compile(r"i\d+")
Unit = tuple[str, str]  # the column of what it receives, and that of what it gives; the same where there is but one


def units_fed(trees: Mapping[str, Expr], headings: Mapping[str, str]) -> dict[str, str]:
    """What every unit's columns must be called, and what they are called now; nothing where formulas leave it open.

    trees: the formula of each column, helpers too; headings: what each is called on the sheet, from left to right.

    >>> from xlbackprop.maths.expr import Call, Ref
    >>> trees = {"[D]": Ref("w1") * Ref("i1"), "h1": Call("sigmoid", (Ref("[D]"),)), "o1": Ref("w2") * Ref("h1")}
    >>> units_fed(trees, {"[D]": "net hidden 1", "h1": "hidden 1", "o1": "o1"})
    {'h1': '[D]', 'a_h1': 'h1', 'o1': 'o1'}
    """
    places = {name: place for place, name in enumerate(headings)}
    units = {name: tree for name, tree in trees.items() if _may_be_unit(name)}
    layers = list(_layers(units, places))
    sizes = [0, *map(len, layers)]
    found: dict[str, str] = {}
    for letter, layer in zip(layer_letters(sizes) if layers else (), layers, strict=False):
        ordered = sorted(layer, key=lambda unit: (_numbers(unit, headings), places[unit[0]]))
        for k, (receives, gives) in enumerate(ordered, start=1):
            found |= {f"{letter}{k}": receives} | ({f"a_{letter}{k}": gives} if gives != receives else {})
    return found


def _may_be_unit(name: str) -> bool:
    return not name.startswith((GRADIENT, *PARAMETERS)) and name != TOTAL and not INPUT.fullmatch(name)


def _layers(units: Mapping[str, Expr], places: Mapping[str, int]) -> Iterator[list[Unit]]:
    """The units of each layer, the first first: those with a weight for each unit of the layer before.

    They may read a unit twice, or what it receives: such slips are found later.
    """
    fed = {name: _fed_by(tree) for name, tree in units.items()}
    before = [(source, source) for source in dict.fromkeys(chain(*fed.values())) if INPUT.fullmatch(source)]
    while layer := [name for name, sources in fed.items() if sources and _belongs(sources, before)]:
        before = [(name, _given(name, units, fed, places)) for name in layer]
        yield before
        fed = {name: sources for name, sources in fed.items() if name not in layer}


def _belongs(sources: Sequence[str], before: Sequence[Unit]) -> bool:
    return len(sources) == len(before) and {*sources} <= {*chain(*before)}


def _fed_by(tree: Expr) -> list[str]:
    """What a formula takes times weights, where it is made of nothing else but biases."""
    paired = [pair for term in received(tree) for pair in pairs(term).items()]
    added = {term.name for term in alone(tree) if not isinstance(term, Num)}
    made_of = added.union(*paired)
    return [source for source, _ in paired] if {ref.name for ref in refs(tree)} == made_of else []


def _given(name: str, units: Mapping[str, Expr], fed: Mapping[str, Sequence[str]], places: Mapping[str, int]) -> str:
    """The column that is made of what this one receives alone: the one that feeds others, or else the first."""
    made = [one for one, tree in units.items() if {ref.name for ref in refs(tree)} == {name}]
    feeding = {*chain(*fed.values())}
    return min(made, key=lambda one: (one not in feeding, places[one]), default=name)


def _numbers(unit: Unit, headings: Mapping[str, str]) -> list[int]:
    """The numbers that a unit has in the heading of what it receives, or else of what it gives."""
    return next(([*map(int, found)] for name in unit if (found := re.findall(r"\d+", headings[name]))), [])
