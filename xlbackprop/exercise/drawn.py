"""Numbers of a student's own, drawn from a seed: like the template's in sign and size, with two decimals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from xlbackprop.maths.expr import refs
from xlbackprop.maths.grad import local_slope
from xlbackprop.maths.network import Layer, Network, Sample
from xlbackprop.maths.numeric import Row, evaluate, trainer
from xlbackprop.maths.tape import Role, Tape

LEAST, MOST = 5, 95  # hundredths
BIG_LAYER = 4  # inputs of a unit; with more of them the weights get smaller, or all units would be saturated
TRIES = 24
VISIBLE = 1e-5  # of a gradient
KINK = 1e-3  # what a unit receives; nearer to 0 a difference of losses would step over a kink

Draw = Callable[[float], float]
Training = Callable[..., Iterator[Row]]


def drawn(network: Network, tape: Tape, settings: Sequence[float], steps: int, seed: str) -> Network:
    """The network with other inputs, targets, biases and first weights: of several draws that with which most shows.

    What is a whole number in the template stays: a class, a truth table, a bias of 0. settings: η first.
    """
    rng = random.Random(seed)  # noqa: S311 - an exercise, no secret
    train = trainer(tape)
    draws = [_draw(network, rng) for _ in range(TRIES)]
    return max(draws, key=lambda one: _shows(one, tape, list(train(*given(one), settings, steps))))


def given(network: Network) -> tuple[list[tuple[float, ...]], tuple[float, ...], tuple[float, ...]]:
    """What a training begins with: the samples of each step in the tape's order, biases held, first weights."""
    data = [(*sample.targets, *sample.inputs) for sample in network.samples]
    steps = [tuple(value for sample in data for value in sample)] if network.full_batch else data
    return steps, tuple(network.held), tuple(network.weights)


def _draw(network: Network, rng: random.Random) -> Network:
    def like(value: float) -> float:
        if value == int(value):
            return value
        return math.copysign(LEAST + int(rng.random() * (MOST - LEAST + 1)), value) / 100

    samples = tuple(
        Sample(tuple(map(like, sample.inputs)), tuple(map(like, sample.targets))) for sample in network.samples
    )
    return replace(network, samples=samples, layers=tuple(_layer(layer, rng, like) for layer in network.layers))


def _layer(layer: Layer, rng: random.Random, like: Draw) -> Layer:
    most = max(LEAST + 5, int(MOST * min(1.0, math.sqrt(BIG_LAYER / len(layer.weights[0])))))

    def weight(value: float) -> float:
        return math.copysign(LEAST + 5 + int(rng.random() * (most - LEAST - 4)), value) / 100

    weights = tuple(tuple(map(weight, unit)) for unit in layer.weights)
    return replace(layer, weights=weights, biases=tuple(map(like, layer.biases)))


def _shows(network: Network, tape: Tape, rows: list[Row]) -> tuple[bool, bool, bool, int, int]:
    """How much can be told apart: the better the draw, the larger this is."""
    table = [dict(zip(tape.index, row, strict=True)) for row in rows]
    first, last = table[0], table[-1]
    finite = all(math.isfinite(value) for row in rows for value in row)
    smooth = all(abs(row[column.name]) > KINK for row in table for column in tape.of(Role.NET))
    live = sum(abs(first[column.name]) > VISIBLE for column in tape.of(Role.GRADIENT))
    learns = last[tape.total.name] <= first[tape.total.name]
    return finite, smooth, learns, live, len({f"{value:.2g}" for value in _told_apart(network, tape, first)})


def _told_apart(network: Network, tape: Tape, row: dict[str, float]) -> Iterator[float]:
    """What should differ, so that one in the place of another is seen: numbers given, and the slope of every unit."""
    yield from (abs(value) for value in network.weights)
    yield from (value for sample in network.samples for value in (*sample.inputs, *sample.targets))
    for column in tape.of(Role.ACTIVATION):
        if column.expr is not None:
            net = next(refs(column.expr)).name
            yield evaluate(local_slope(tape, column.name, net), row)
