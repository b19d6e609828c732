"""Which network a table trains: of all that its labels allow, the one that most of its columns agree with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise, product

from xlbackprop.judge.network.numbers import Array, agree, evaluated, ratios, times
from xlbackprop.judge.network.points import points
from xlbackprop.judge.network.shape import HOLDS, SLOPE, Shape
from xlbackprop.judge.network.wired import all_biases, layer_letters, numbered, wirings
from xlbackprop.judge.typed.names import GRADIENT, part
from xlbackprop.maths.expr import Call, Expr, Ref, refs
from xlbackprop.maths.rules import (
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


def guess(columns: Mapping[str, Expr | None], names: Iterable[str]) -> Shape | None:
    """The network behind the columns' usual formulas, or None where the labels reveal none.

    columns: canonical name -> formula as a tree over names, None where there is none; names: all that is known beside.
    """
    every = {*columns, *names}
    fewest: int | None = None
    found: Shape | None = None
    for order, shape in enumerate(chain(_tried(columns, every), _holding_others(columns, every))):
        wrong = causes(shape, columns, fewest)
        if fewest is None or wrong < fewest:
            fewest, found = wrong, shape
        if wrong == 0 or order >= MOST_TRIED:
            break
    return found


def _holding_others(columns: Mapping[str, Expr | None], every: set[str]) -> Iterator[Shape]:
    """The likeliest networks, with something else than slopes in the gradient columns."""
    for shape in islice(_tried(columns, every), MOST_HOLDING_OTHERS):
        yield from (replace(shape, holds=holds) for holds in HOLDS if holds != shape.holds)


def causes(shape: Shape, columns: Mapping[str, Expr | None], most: int | None = None) -> int:
    """How many mistakes would explain the columns that do not fit: those of a kind off by one factor are one.

    It may be a number, or a slope that they all lack; of several outputs, all into one unit: no slope is common to
    more. A sign is no such factor: all gradients turned round would be likelier than all updates with a plus for a
    minus.
    most: where to stop counting, because more would make it no better.
    """
    values, into, found = points(shape), _into(shape), set[tuple[object, ...]]()
    for name in mismatches(shape, columns):
        found.add(_mistake(shape, name, columns[name], values, into))
        if len(found) == most:
            break
    return len(found)


def _into(shape: Shape) -> dict[str, tuple[int, int]]:
    """Layer and number of the unit that each parameter leads into; nothing for one output, whose slope is in all."""
    if shape.sizes[-1] == 1:
        return {}
    units = [[(layer, unit) for unit in range(size)] for layer, size in enumerate(shape.sizes[1:])]
    by_weights = chain.from_iterable(
        [unit] * before for before, row in zip(shape.sizes, units, strict=False) for unit in row
    )
    by_biases = chain.from_iterable(row for row, has in zip(units, shape.biased, strict=False) if has)
    return dict(zip((*shape.weights, *shape.biases), (*by_weights, *by_biases), strict=True))


def _mistake(
    shape: Shape, name: str, expr: Expr | None, values: Mapping[str, Array], into: Mapping[str, tuple[int, int]]
) -> tuple[object, ...]:
    """What a wrong column shares with all that one mistake makes wrong: by what it is off, and which unit it is of.

    Where steps are held, or updates without a rate made steps, it is off by a number or by none that others share.
    """
    number = None if expr is None else times(expr, values, name)
    if number is not None:
        return (part(name), number) if number > 0 else (name,)
    every = None if expr is None or shape.holds != SLOPE else ratios(expr, values, name)
    return (name,) if every is None or max(every) <= 0 else (part(name), every, into.get(name.removeprefix(GRADIENT)))


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
        trained = any(name.startswith(GRADIENT + "b") for name in every)
        for (biases, biased), loss, activations, wiring in product(
            all_biases(columns, every, sizes),
            _losses(columns, sizes, weights),
            _activations(columns, sizes),
            wirings(columns, sizes, weights),
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


def _activations(columns: Mapping[str, Expr | None], sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """The activations of the layers, each one to try."""
    *inner, last = zip(layer_letters(sizes), sizes[1:], strict=True)
    found = [*(_of_layer(columns, *one) for one in inner), _of_layer(columns, *last, last=True)]
    return list(product(*found))


def _of_layer(columns: Mapping[str, Expr | None], letter: str, size: int, *, last: bool = False) -> list[str]:
    """The activations that some unit's formula is, and the usual one; any where there are but numbers."""
    given = [columns.get(f"a_{letter}{k}") for k in range(1, size + 1)]
    nets = [f"{letter}{k}" for k in range(1, size + 1)]
    if all(expr is None for expr in given):
        if f"a_{letter}1" not in columns:
            return [PASSES_ON, USUAL_ACTIVATION] if last else [USUAL_ACTIVATION]
        matching = [name for name in ACTIVATIONS if name not in WHOLE_LAYER or size > 1]
        return list(dict.fromkeys([USUAL_ACTIVATION, *matching]))
    matching = [name for name in ACTIVATIONS if name not in WHOLE_LAYER and _gives(name, given, nets)]
    if last and any(expr is not None and _is_softmax(expr, nets) for expr in given):
        matching = [*WHOLE_LAYER, *matching]
    return list(dict.fromkeys([*matching, USUAL_ACTIVATION]))


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


def _losses(
    columns: Mapping[str, Expr | None], sizes: Sequence[int], weights: Sequence[str]
) -> list[tuple[str, float]]:
    """The losses to try with the scale of their total, the usual one first; those that a column states, if one does."""
    outputs = float(sizes[-1])
    names = [USUAL_LOSS, *(name for name in LOSSES if name != USUAL_LOSS)]
    if not any(name.startswith("E") for name in columns):
        names = names[:3]
    names = [name for name in names if _stated(name, columns, sizes, weights)] or names
    usual = [(name, 1.0) for name in names]
    other = [(name, outputs if LOSSES[name].mean else 1 / outputs) for name in names] if outputs > 1 else []
    return [*usual, *other]


def _stated(loss: str, columns: Mapping[str, Expr | None], sizes: Sequence[int], weights: Sequence[str]) -> bool:
    """Whether the error of some output is this loss, or so many times as much."""
    last = LOSSES[loss].after or USUAL_ACTIVATION
    if all(misfit(loss, activations[-1]) for activations in _activations(columns, sizes)):
        return False
    shape = Shape(tuple(sizes), (*(USUAL_ACTIVATION,) * (len(sizes) - 2), last), loss, tuple(weights))
    values = points(shape)
    errors = [expr for k in range(1, sizes[-1] + 1) if (expr := columns.get(f"E{k}")) is not None]
    return any((number := times(expr, values, f"E{k}")) is not None and number > 0 for k, expr in enumerate(errors, 1))


SMALL = Shape((2, 2, 1), (USUAL_ACTIVATION, USUAL_ACTIVATION), USUAL_LOSS, tuple(f"w{k}" for k in range(1, 7)))
