"""What each column of a network's table is for numbers drawn at random: three rows of training."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from xlbackprop.judge.network.numbers import Array, evaluated
from xlbackprop.judge.network.shape import Shape, formulas, parameters, update
from xlbackprop.judge.typed.names import ABOVE, BELOW, LEARNING_RATE
from xlbackprop.maths.rules import LOSSES, WHOLE_LAYER

POINTS = 5
SEED = 20


@lru_cache(1024)  # more than are tried for one table, or the next of the same kind would find none of them
def points(shape: Shape) -> dict[str, Array]:
    """Each column of three rows, one after the other, at POINTS random points: w1↑, w1 and w1↓.

    Inputs and targets are drawn anew for each row, so that a formula that reads them in another row shows.
    """
    draw = np.random.default_rng(SEED)
    rate = draw.uniform(0.3, 1.2, POINTS)
    values: dict[str, Array] = {}
    parameter = {name: _drawn(draw) for name in (*shape.weights, *shape.biases)}
    right = formulas(shape)
    for mark in (ABOVE, "", BELOW):
        row: dict[str, Array] = {**parameter, LEARNING_RATE: rate}
        row |= {f"i{k}": _drawn(draw) for k in range(1, shape.sizes[0] + 1)}
        row |= {f"t{k}": target for k, target in enumerate(_targets(draw, shape), start=1)}
        trained = set(parameters(shape))
        for name, expr in right.items():
            if name not in trained:
                row[name] = evaluated(expr, row)
        values |= {name + mark: value for name, value in row.items()}
        below = {name + ABOVE: value for name, value in row.items()}
        parameter = {
            name: evaluated(update(name, shape.holds), {**below, LEARNING_RATE: rate}) if name in trained else value
            for name, value in parameter.items()
        }
    return values


def _drawn(draw: np.random.Generator) -> Array:
    signs = draw.choice([-1.0, 1.0], POINTS)
    return signs * draw.uniform(0.3, 1.4, POINTS)


def _targets(draw: np.random.Generator, shape: Shape) -> Array:
    found = draw.uniform(0.1, 0.9, (shape.sizes[-1], POINTS))
    result: Array = found / found.sum(axis=0) if LOSSES[shape.loss].after in WHOLE_LAYER else found
    return result
