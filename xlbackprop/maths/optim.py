"""How gradients become steps: a table of optimisers and one of schedules, with torch's definitions and defaults.

A row of OPTIMISERS says which columns it keeps for each weight, and what it takes off the weight. A row of SCHEDULES
says what the learning rate of a step is. Both are trees over the cells that hold the settings. A square is g*g, because
in LibreOffice g^2 is an error, not 0, where it is smaller than the smallest double.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

from xlbackprop.maths.expr import Expr, Group, Ref
from xlbackprop.maths.rules import cos, floor, smallest, sqrt, vanishing
from xlbackprop.maths.settings import POSITIVE, SHARE, Setting
from xlbackprop.maths.tape import FIRST_RATE, STEP


@dataclass(frozen=True, slots=True)
class Kept:
    """A number that an optimiser keeps for each weight. next: from the gradient and that before; first: without one."""

    symbol: str
    next: Callable[[Expr, Expr], Expr]
    first: Callable[[Expr], Expr]


@dataclass(frozen=True, slots=True)
class Optimiser:
    """taken: what a step takes off a weight, from the rate, the step, the weight, its gradient and what is kept."""

    settings: tuple[Setting, ...]
    kept: tuple[Kept, ...]
    taken: Callable[..., Expr]
    decays: bool = True  # whether weight decay is added to the gradient, as in all but AdamW


MOMENTUM, ALPHA, EPS = Ref("μ"), Ref("α"), Ref("ε")
BETA1, BETA2, DECAY = Ref("β1"), Ref("β2"), Ref("λ")
WEIGHT_DECAY = Setting("weight_decay", "λ", 0.0)
VELOCITY = Kept("v", lambda g, before: MOMENTUM * before + g, lambda g: g)
MEAN = Kept("m", lambda g, before: BETA1 * before + (1 - BETA1) * g, lambda g: (1 - BETA1) * g)
SQUARES = Kept("s", lambda g, before: BETA2 * before + (1 - BETA2) * g * g, lambda g: (1 - BETA2) * g * g)
ADAM = (Setting("beta1", "β1", 0.9, SHARE), Setting("beta2", "β2", 0.999, SHARE), Setting("eps", "ε", 1e-8, POSITIVE))


def _adam(rate: Expr, step: Expr, w: Expr, g: Expr, m: Expr, s: Expr) -> Expr:
    return rate * Group(m / (1 - vanishing(BETA1, step))) / (sqrt(s / (1 - vanishing(BETA2, step))) + EPS)


OPTIMISERS: dict[str, Optimiser] = {
    "sgd": Optimiser((), (), lambda rate, step, w, g: rate * g),
    "momentum": Optimiser((Setting("momentum", "μ", 0.9, SHARE),), (VELOCITY,), lambda rate, step, w, g, v: rate * v),
    "nesterov": Optimiser(
        (Setting("momentum", "μ", 0.9, SHARE),), (VELOCITY,), lambda rate, step, w, g, v: rate * (g + MOMENTUM * v)
    ),
    "adagrad": Optimiser(
        (Setting("eps", "ε", 1e-10, POSITIVE),),
        (Kept("s", lambda g, before: before + g * g, lambda g: g * g),),
        lambda rate, step, w, g, s: rate * g / (sqrt(s) + EPS),
    ),
    "rmsprop": Optimiser(
        (Setting("alpha", "α", 0.99, SHARE), Setting("eps", "ε", 1e-8, POSITIVE)),
        (Kept("s", lambda g, before: ALPHA * before + (1 - ALPHA) * g * g, lambda g: (1 - ALPHA) * g * g),),
        lambda rate, step, w, g, s: rate * g / (sqrt(s) + EPS),
    ),
    "adam": Optimiser(ADAM, (MEAN, SQUARES), _adam),
    "adamw": Optimiser(
        (*ADAM, Setting("weight_decay", "λ", 0.01)),
        (MEAN, SQUARES),
        lambda rate, step, w, g, m, s: rate * DECAY * w + _adam(rate, step, w, g, m, s),
        decays=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """rate: the learning rate of a step; None where it stays as it is."""

    settings: tuple[Setting, ...]
    rate: Expr | None


FIRST, BEFORE = Ref(FIRST_RATE), Ref(STEP) - 1  # the first rate, and how many steps came before
EVERY, GAMMA, PERIOD, LEAST, START, WARM = Ref("n"), Ref("γ"), Ref("T"), Ref("η_min"), Ref("f"), Ref("n")

SCHEDULES: dict[str, Schedule] = {  # a γ of 0 is none, for 0^0 is 1 in one program and an error in another
    "constant": Schedule((), None),
    "step": Schedule(
        (Setting("step_size", "n", 30.0, POSITIVE), Setting("gamma", "γ", 0.1, POSITIVE)),
        FIRST * vanishing(GAMMA, floor(BEFORE / EVERY)),
    ),
    "exponential": Schedule((Setting("gamma", "γ", 0.95, POSITIVE),), FIRST * vanishing(GAMMA, Group(BEFORE))),
    "cosine": Schedule(
        (Setting("t_max", "T", 100.0, POSITIVE), Setting("eta_min", "η_min", 0.0)),
        LEAST + (FIRST - LEAST) * (1 + cos(pi * Group(BEFORE) / PERIOD)) / 2,
    ),
    "warm-up": Schedule(
        (Setting("start_factor", "f", 1 / 3), Setting("total_iters", "n", 5.0, POSITIVE)),
        FIRST * (START + (1 - START) * smallest(1, BEFORE / WARM)),
    ),
}
