"""Which network a table trains: of all that its labels allow, the one that most of its columns agree with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise, product

from xlbackprop.expr import Call, Expr, Group, Ref, refs
from xlbackprop.judge.labels import GRADIENT
from xlbackprop.judge.shape import HOLDS, Shape, agree, evaluated, points
from xlbackprop.rules import (
    ACTIVATIONS,
    LOSSES,
    PASSES_ON,
    USUAL_ACTIVATION,
    USUAL_LOSS,
    WHOLE_LAYER,
    constants,
    misfit,
)

MOST_TRIED = 400
MOST_HOLDING_OTHERS = 12


def numbered(names: Iterable[str], letter: str) -> list[str]:
    """The names that are this letter and a number, by their number: w1, w2, w10."""
    found = [name for name in names if re.fullmatch(rf"{letter}\d+(_\d+)?", name)]
    return sorted(found, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def guess(columns: Mapping[str, Expr | None], names: Iterable[str]) -> Shape | None:
    """The network behind the columns' usual formulas, or None where the labels reveal none.

    columns: canonical name -> formula as a tree over names, None where there is none; names: all that is known beside.
    """
    every = {*columns, *names}
    fewest: int | None = None
    found: Shape | None = None
    for order, shape in enumerate(chain(_tried(columns, every), _holding_others(columns, every))):
        wrong = len(list(islice(mismatches(shape, columns), fewest)))  # further ones would make it no better
        if fewest is None or wrong < fewest:
            fewest, found = wrong, shape
        if wrong == 0 or order >= MOST_TRIED:
            break
    return found


def _holding_others(columns: Mapping[str, Expr | None], every: set[str]) -> Iterator[Shape]:
    """The likeliest networks, with something else than slopes in the gradient columns."""
    for shape in islice(_tried(columns, every), MOST_HOLDING_OTHERS):
        yield from (replace(shape, holds=holds) for holds in HOLDS if holds != shape.holds)


def mismatches(shape: Shape, columns: Mapping[str, Expr | None]) -> Iterator[str]:
    """The columns whose formula is not what it is in this network; gradients first, which differ most."""
    values = points(shape)
    for name, expr in reversed([*columns.items()]):
        if expr is None:
            continue
        try:
            right = name in values and bool(agree(evaluated(expr, values), values[name]))
        except KeyError:
            right = False
        if not right:
            yield name


def _tried(columns: Mapping[str, Expr | None], every: set[str]) -> Iterator[Shape]:
    """Every network to try, the likeliest first."""
    for sizes in _sizes(every):
        weights = [*numbered(every, "w"), *numbered(every, "v")]
        if len(weights) != sum(before * after for before, after in pairwise(sizes)):
            continue
        biases, biased, trained = _biases(every, sizes)
        for loss, activations, wiring in product(
            _losses(columns, sizes), _activations(columns, sizes), _wirings(columns, sizes, weights)
        ):
            name, scale = loss
            if misfit(name, activations[-1]) or WHOLE_LAYER & {*activations[:-1]}:
                continue
            yield Shape(tuple(sizes), activations, name, wiring, biases, biased, trained, scale)


def _sizes(every: set[str]) -> Iterator[list[int]]:
    """How many inputs there are, and units in each layer, as the labels say."""
    count = {letter: len({*numbered(every, letter), *_given(every, letter)}) for letter in "iot"}
    inputs, outputs = count["i"], count["o"] or count["t"]
    hidden = {name.removeprefix("a_") for name in (*numbered(every, "h"), *numbered(every, "a_h"))}
    if not inputs or not outputs:
        return
    if deep := {name for name in hidden if "_" in name}:
        layers = sorted({int(name[1:].split("_")[0]) for name in deep})
        yield [inputs, *(sum(name.startswith(f"h{layer}_") for name in deep) for layer in layers), outputs]
    elif hidden:
        yield [inputs, len(hidden), outputs]
    else:
        yield [inputs, outputs]


def _given(every: set[str], letter: str) -> set[str]:
    """What units of this letter are called if only what they give has a column."""
    return {name.removeprefix("a_") for name in numbered(every, f"a_{letter}")}


def _biases(every: set[str], sizes: Sequence[int]) -> tuple[tuple[str, ...], tuple[bool, ...], bool]:
    """The name of each unit's bias, which layers have any, and whether they are trained."""
    plain = numbered(every, "b")
    own = sorted(name for name in every if name.startswith("b_"))
    units = sum(sizes[1:])
    trained = any(name.startswith(GRADIENT + "b") for name in every)
    layers = len(sizes) - 1
    if own:
        by_unit = [_bias_name(layer, k, layers) for layer in range(1, layers + 1) for k in range(1, sizes[layer] + 1)]
        biased = tuple(_bias_name(layer, 1, layers) in own for layer in range(1, layers + 1))
        return tuple(name for name in by_unit if name in own), biased, trained
    if len(plain) == units:
        return tuple(plain), (True,) * layers, trained
    if len(plain) == layers:
        return (
            tuple(name for name, size in zip(plain, sizes[1:], strict=True) for _ in range(size)),
            (True,) * layers,
            trained,
        )
    if len(plain) == 1:
        return (plain[0],) * sum(sizes[1:-1]), (True,) * (layers - 1) + (False,), trained
    return (), (False,) * layers, False


def _bias_name(layer: int, k: int, layers: int) -> str:
    return f"b_o{k}" if layer == layers else f"b_h{k}" if layers == 2 else f"b_h{layer}_{k}"


def _activations(columns: Mapping[str, Expr | None], sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """The activations of the layers: those that some unit's formula is, and the usual one."""
    layers = len(sizes) - 1
    found: list[list[str]] = []
    for layer in range(1, layers + 1):
        letter = "o" if layer == layers else "h" if layers == 2 else f"h{layer}_"
        given = [columns.get(f"a_{letter}{k}") for k in range(1, sizes[layer] + 1)]
        nets = [f"{letter}{k}" for k in range(1, sizes[layer] + 1)]
        matching = [name for name in ACTIVATIONS if name not in WHOLE_LAYER and _gives(name, given, nets)]
        if layer == layers and any(expr is not None and _is_softmax(expr, nets) for expr in given):
            matching = [*WHOLE_LAYER, *matching]
        if all(expr is None for expr in given) and layer == layers and f"a_{letter}1" not in columns:
            matching.append(PASSES_ON)
        found.append(list(dict.fromkeys([*matching, USUAL_ACTIVATION])))
    return list(product(*found))


def _gives(name: str, given: Sequence[Expr | None], nets: Sequence[str]) -> bool:
    """Whether a unit's formula is this activation of what it receives."""
    values = points(SMALL)
    for expr, net in zip(given, nets, strict=True):
        if expr is None or {ref.name for ref in refs(expr)} != {net}:
            continue
        renamed = {net: values["h1"]}
        if agree(evaluated(expr, renamed), evaluated(Call(name, (Ref(net), *constants(name, ()))), renamed)):
            return True
    return False


def _is_softmax(expr: Expr, nets: Sequence[str]) -> bool:
    return len(nets) > 1 and {ref.name for ref in refs(expr)} >= set(nets)


def _losses(columns: Mapping[str, Expr | None], sizes: Sequence[int]) -> list[tuple[str, float]]:
    """The losses to try with the scale of their total, the usual one first."""
    outputs = float(sizes[-1])
    names = [USUAL_LOSS, *(name for name in LOSSES if name != USUAL_LOSS)]
    if not any(name.startswith("E") for name in columns):
        names = names[:3]
    usual = [(name, 1.0) for name in names]
    other = [(name, outputs if LOSSES[name].mean else 1 / outputs) for name in names] if outputs > 1 else []
    return [*usual, *other]


def _wirings(columns: Mapping[str, Expr | None], sizes: Sequence[int], weights: Sequence[str]) -> list[tuple[str, ...]]:
    """Which weight joins which units: numbered by the unit that receives, by the one that gives, or as formulas say."""
    usual, by_source, start = list(weights), [], 0
    for before, after in pairwise(sizes):
        block = weights[start : start + before * after]
        by_source += [block[source * after + target] for target in range(after) for source in range(before)]
        start += before * after
    read = _read_wiring(columns, sizes)
    found = [usual, by_source, *([read] if read and sorted(read) == sorted(weights) else [])]
    return list(dict.fromkeys(map(tuple, found)))


def _read_wiring(columns: Mapping[str, Expr | None], sizes: Sequence[int]) -> list[str]:
    """The weights unit by unit, as the formulas of what units receive pair them with what others give."""
    layers, found = len(sizes) - 1, []
    for layer in range(1, layers + 1):
        letter = "o" if layer == layers else "h" if layers == 2 else f"h{layer}_"
        above = "i" if layer == 1 else "a_h" if layers == 2 else f"a_h{layer - 1}_"
        for k in range(1, sizes[layer] + 1):
            pairs = _pairs(columns.get(f"{letter}{k}"))
            found += [pairs.get(f"{above}{source}", "") for source in range(1, sizes[layer - 1] + 1)]
    return found


def _pairs(expr: Expr | None) -> dict[str, str]:
    """Of a sum of products, which weight each source is taken times: {"i1": "w1", "i2": "w2"}."""
    match expr:
        case Group(inner):
            return _pairs(inner)
        case Call("+", (left, right)):
            return _pairs(left) | _pairs(right)
        case Call("*", _):
            both = [ref.name for ref in refs(expr)]
            weight = [name for name in both if name[0] in "wv"]
            source = [name for name in both if name[0] not in "wv"]
            return {source[0]: weight[0]} if len(weight) == len(source) == 1 else {}
        case _:
            return {}


SMALL = Shape((2, 2, 1), (USUAL_ACTIVATION, USUAL_ACTIVATION), USUAL_LOSS, tuple(f"w{k}" for k in range(1, 7)))
