"""What decides the weights that a training ends with, all in one place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from xlbackprop.cnn.model import Arch
from xlbackprop.cnn.recipe import Recipe, learning_rate


@dataclass(frozen=True, slots=True)
class Plan:
    """One seed's training. digits: how many it learns from; holdout: how many of MNIST's 60,000 are kept from it."""

    arch: Arch
    recipe: Recipe
    epochs: int
    seed: int
    digits: int
    holdout: int

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches only: the digits left over are others in every epoch."""
        return self.digits // self.recipe.batch_size

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.epochs * self.steps_per_epoch

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return learning_rate(self.recipe, step, self.steps)

    def seed_of(self, epoch: int) -> int:
        """The seed of an epoch's order and moves, so that any epoch can be repeated by itself."""
        return self.seed * 100_003 + epoch

    @property
    def described(self) -> dict[str, Any]:
        """What a checkpoint compares: names first, then whatever else must be the same."""
        recipe = asdict(self.recipe)
        moves = recipe.pop("moves") or {}
        return {
            "arch": self.arch.name,
            "recipe": recipe.pop("name"),
            "seed": self.seed,
            "epochs": self.epochs,
            "holdout": self.holdout,
            "digits": self.digits,
            "parameters": self.arch.parameters,
            **{key: value for key, value in recipe.items() if key != "epochs"},
            **moves,
        }
