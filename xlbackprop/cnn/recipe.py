"""How to train: a table of recipes, and the learning rate of every step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Moves:
    """How far a digit may be moved either way. rotate: degrees; scale, shear: share of its size; shift: pixels.

    first_share, last_share: of the digits that are moved in the first and in the last epoch, in equal steps between;
    the others stay, since a moved digit is a little blurred.
    """

    first_share: float
    last_share: float
    rotate: float
    scale: float
    shear: float
    shift: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """Stochastic gradient descent on the cross-entropy.

    epochs: where --epochs is not given; peak: the highest learning rate; warm_up: share of the steps that climb to it,
    None where it stays the same throughout; weight_decay: of kernels that are not turned; turn: the share of its length
    by which Muon turns a kernel in a step at the peak, 0 where kernels go down the slope as all else; average: what a
    running mean of the weights keeps each step, 0 for none; bfloat16: where the hardware has it.
    """

    name: str
    epochs: int
    batch_size: int
    peak: float
    warm_up: float | None
    momentum: float
    nesterov: bool
    weight_decay: float
    turn: float
    smoothing: float
    average: float
    moves: Moves | None
    bfloat16: bool


FADING = Moves(first_share=1, last_share=0, rotate=10, scale=0.1, shear=0.15, shift=2)
FADE = Recipe(
    name="fade",
    epochs=20,
    batch_size=128,
    peak=0.2,
    warm_up=0.25,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    turn=0,
    smoothing=0.05,
    average=0.998,
    moves=FADING,
    bfloat16=True,
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        replace(
            FADE,
            name="best",
            batch_size=256,
            peak=0.4,
            turn=0.025,
            average=0.996,
            moves=replace(FADING, first_share=0.5, last_share=0.5),
        ),
        FADE,
        Recipe(
            name="fast",
            epochs=6,
            batch_size=256,
            peak=0.2,
            warm_up=0.25,
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-4,
            turn=0.05,
            smoothing=0.05,
            average=0,
            moves=None,
            bfloat16=True,
        ),
        Recipe(
            name="notebook",
            epochs=20,
            batch_size=128,
            peak=0.01,
            warm_up=None,
            momentum=0.9,
            nesterov=False,
            weight_decay=0,
            turn=0,
            smoothing=0,
            average=0,
            moves=None,
            bfloat16=False,
        ),
    )
}


def share_moved(moves: Moves, epoch: int, epochs: int) -> float:
    """The share of digits that are moved in an epoch, counted from 1.

    >>> [share_moved(FADING, epoch, 5) for epoch in range(1, 6)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return moves.first_share + (moves.last_share - moves.first_share) * (epoch - 1) / max(1, epochs - 1)


def resized(recipe: Recipe, batch_size: int) -> Recipe:
    """The recipe for batches of another size: rate and turn in proportion, the average over as many digits.

    After P. Goyal et al., "Accurate, Large Minibatch SGD" (2017).

    >>> half = resized(RECIPES["fast"], 128)
    >>> half.batch_size, half.peak, half.turn
    (128, 0.1, 0.025)
    """
    share = batch_size / recipe.batch_size
    return replace(
        recipe,
        batch_size=batch_size,
        peak=recipe.peak * share,
        turn=recipe.turn * share,
        average=recipe.average**share,
    )


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of step `step` of 0 … `steps` - 1: one cycle, up in a line and down in half a cosine.

    After L. N. Smith and N. Topin, "Super-convergence" (2018).

    >>> [round(learning_rate(RECIPES["fast"], step, 8), 4) for step in range(8)]
    [0.1, 0.2, 0.2, 0.1866, 0.15, 0.1, 0.05, 0.0134]
    >>> learning_rate(RECIPES["notebook"], 5, 8)
    0.01
    """
    if recipe.warm_up is None:
        return recipe.peak
    top = recipe.warm_up * steps
    if step < top:
        return recipe.peak * min(1.0, (step + 1) / top)
    return recipe.peak * (1 + math.cos(math.pi * (step - top) / (steps - top))) / 2
