"""Which weight joins which units, and which bias is whose: as labels number them, and as formulas pair them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from xlbackprop.judge.network.received import bias, pairs
from xlbackprop.maths.expr import Expr

Columns = Mapping[str, Expr | None]
Biases = tuple[tuple[str, ...], tuple[bool, ...]]  # the name of each unit's bias, and which layers have any


def numbered(names: Iterable[str], letter: str) -> list[str]:
    """The names that are this letter and a number, by their number: w1, w2, w10."""
    found = [name for name in names if re.fullmatch(rf"{letter}\d+(_\d+){{0,2}}", name)]
    return sorted(found, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def layer_letters(sizes: Sequence[int]) -> list[str]:
    """What the units of each layer are called, without their numbers: h and o, or h1_, h2_ and o."""
    layers = len(sizes) - 1
    return [*(["h"] if layers == 2 else [f"h{layer}_" for layer in range(1, layers)]), "o"]


def wirings(columns: Columns, sizes: Sequence[int], weights: Sequence[str]) -> list[tuple[str, ...]]:
    """Which weight joins which units: numbered by the unit that receives, by the one that gives, or as formulas say."""
    usual, by_source, start = list(weights), [], 0
    for before, after in pairwise(sizes):
        block = weights[start : start + before * after]
        by_source += [block[source * after + target] for target in range(after) for source in range(before)]
        start += before * after
    read = _read_wiring(columns, sizes)
    found = [usual, by_source, *([read] if sorted(read) == sorted(weights) else [])]
    return list(dict.fromkeys(map(tuple, found)))


def _read_wiring(columns: Columns, sizes: Sequence[int]) -> list[str]:
    """The weights unit by unit, as the formulas of what units receive pair them with what others give."""
    givers, found = ["i", *(f"a_{letter}" for letter in layer_letters(sizes))], []
    for nets, before, above in zip(_nets(columns, sizes), sizes, givers, strict=False):
        for net in nets:
            paired = pairs(net)
            found += [paired.get(f"{above}{source}", "") for source in range(1, before + 1)]
    return found


def _nets(columns: Columns, sizes: Sequence[int]) -> Iterator[list[Expr | None]]:
    """The formula of what each unit receives, layer by layer, or of what it gives where that is all there is."""
    for letter, size in zip(layer_letters(sizes), sizes[1:], strict=True):
        units = [f"{letter}{k}" for k in range(1, size + 1)]
        yield [columns.get(unit) or columns.get(f"a_{unit}") for unit in units]


def all_biases(columns: Columns, every: set[str], sizes: Sequence[int]) -> list[Biases]:
    """The biases as formulas have them, then as they are called."""
    read = _read_biases(columns, sizes)
    known = {name for name in every if re.fullmatch(r"b(\d+|_.+)", name)}
    found = [read] if known and known <= {*read[0]} else []
    return list(dict.fromkeys([*found, _labelled_biases(every, sizes)]))


def _read_biases(columns: Columns, sizes: Sequence[int]) -> Biases:
    """The biases that formulas add. A layer has them if most of its units have; others lack theirs."""
    names: list[str] = []
    biased = []
    for nets, letter in zip(_nets(columns, sizes), layer_letters(sizes), strict=True):
        added = [bias(net) for net in nets]
        there = [name for name in added if name]
        biased.append(2 * len(there) > len(added))
        shared = there[0] if len(there) > 1 and len({*there}) == 1 else ""
        if biased[-1]:
            names += [name or shared or f"b_{letter}{k}" for k, name in enumerate(added, start=1)]
    return tuple(names), tuple(biased)


def _labelled_biases(every: set[str], sizes: Sequence[int]) -> Biases:
    """The biases by what they are called: b_h1 of its unit, or b1, b2 of units or layers."""
    plain = numbered(every, "b")
    layers = list(zip(layer_letters(sizes), sizes[1:], strict=True))
    by_unit = [[f"b_{letter}{k}" for k in range(1, size + 1)] for letter, size in layers]
    biased = tuple(names[0] in every for names in by_unit)
    if any(biased):
        return tuple(name for names, has in zip(by_unit, biased, strict=True) for name in names if has), biased
    everywhere = (True,) * len(layers)
    if len(plain) == sum(sizes[1:]):
        return tuple(plain), everywhere
    if len(plain) == len(layers):
        return tuple(name for name, size in zip(plain, sizes[1:], strict=True) for _ in range(size)), everywhere
    if len(plain) == 1:
        return (plain[0],) * sum(sizes[1:-1]), (*everywhere[1:], False)
    return (), (False,) * len(layers)
