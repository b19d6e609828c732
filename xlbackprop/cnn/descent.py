"""A step of gradient descent: momentum for all weights, and kernels turned by Muon where the recipe says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlbackprop.cnn.muon import Kernels, kernels, turn
from xlbackprop.cnn.recipe import Recipe
from xlbackprop.cnn.state import State

if TYPE_CHECKING:
    from torch import Tensor

WARMING = 10  # steps after which the running mean of the weights forgets the first ones


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """What steps need. slid: (P,), 1 for weights that go down the slope, 0 for kernels that are turned.

    decay: (P,), what weight decay takes of each; kernels: those that are turned, or None.
    """

    recipe: Recipe
    decay: Tensor
    slid: Tensor
    kernels: Kernels | None


def descent(state: State, recipe: Recipe) -> Descent:
    """How a state is to be trained."""
    import torch

    slid = torch.ones_like(state.gradients)
    turned = kernels(state.net) if recipe.turn else None
    if turned:
        slid[turned.at] = 0
    return Descent(recipe, recipe.weight_decay * slid * state.decay, slid, turned)


def descend(state: State, how: Descent, rate: float, step: int) -> None:
    """One step as in torch.optim.SGD, kernels by Muon, and one of the running mean. rate: the learning rate."""
    recipe = how.recipe
    slope = state.gradients.addcmul(how.decay, state.weights)
    state.momentum.mul_(recipe.momentum).add_(slope)
    move = slope.add_(state.momentum, alpha=recipe.momentum) if recipe.nesterov else state.momentum
    if how.kernels:
        turn(how.kernels, state.weights, move, recipe.turn * rate / recipe.peak)
        move = move * how.slid
    state.weights.sub_(move, alpha=rate)
    if recipe.average:
        kept = min(recipe.average, (1 + step) / (WARMING + step))
        state.average.lerp_(state.values, 1 - kept)
