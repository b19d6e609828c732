"""First weights drawn at random: a table of the usual ways, by torch's definitions, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import sqrt

DECIMALS = 4  # so that a person can copy them

Draw = Callable[[random.Random, int, int], float]  # from the numbers a unit receives, and the units of its layer

INITIALISERS: dict[str, Draw] = {
    "uniform": lambda rng, fan_in, fan_out: rng.uniform(-1, 1) / sqrt(fan_in),  # torch's own for a Linear layer
    "normal": lambda rng, fan_in, fan_out: rng.gauss(0, 1),
    "xavier uniform": lambda rng, fan_in, fan_out: rng.uniform(-1, 1) * sqrt(6 / (fan_in + fan_out)),
    "xavier normal": lambda rng, fan_in, fan_out: rng.gauss(0, sqrt(2 / (fan_in + fan_out))),
    "he uniform": lambda rng, fan_in, fan_out: rng.uniform(-1, 1) * sqrt(6 / fan_in),
    "he normal": lambda rng, fan_in, fan_out: rng.gauss(0, sqrt(2 / fan_in)),
}


def drawn(name: str, seed: int, units: int, incoming: int) -> tuple[tuple[float, ...], ...]:
    """First weights of a layer: (units, incoming).

    >>> drawn("xavier uniform", 1, 2, 2)
    ((-0.8956, 0.851), (0.6461, -0.6))
    """
    rng, draw = random.Random(seed), INITIALISERS[name]  # noqa: S311 - weights, no secrets
    return tuple(tuple(round(draw(rng, incoming, units), DECIMALS) for _ in range(incoming)) for _ in range(units))
