"""What a training gives: plain numbers, without torch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xlbackprop.cnn.model import Arch
from xlbackprop.cnn.recipe import Recipe

JSON_EPOCH = ("epoch", "loss", "accuracy", "seconds")  # what --json tells of an epoch


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch, counted from 1. loss: mean over its steps, as trained on; accuracy: percent of the judging digits.

    seconds: training alone, without judging; learning_rate: that of its last step.
    """

    epoch: int
    loss: float
    accuracy: float
    seconds: float
    learning_rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A digit the net got wrong. index: its place in MNIST, from 0; probability: what the net gave its answer.

    image: (28, 28), 0 paper to 255 ink.
    """

    index: int
    truth: int
    answer: int
    probability: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Run:
    """One seed's training. confusion: (10, 10), how many digits of class [row] were answered [column]."""

    seed: int
    epochs: tuple[Epoch, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]

    @property
    def final_accuracy(self) -> float:
        """Percent, of the last epoch: never the best of many."""
        return self.epochs[-1].accuracy

    @property
    def seconds(self) -> float:
        """Training alone, all sessions of a resumed run together."""
        return sum(row.seconds for row in self.epochs)


@dataclass(frozen=True, slots=True)
class Result:
    """All that a report tells. wanted, epochs: the runs asked for, and the epochs of each.

    holdout: training digits judged on, 0 where it is the test set; judged: how many digits judge;
    seconds: the whole command; command: reproduces it; weights: a file per run.
    """

    arch: Arch
    recipe: Recipe
    wanted: int
    epochs: int
    holdout: int
    judged: int
    runs: tuple[Run, ...]
    versions: Mapping[str, str]
    machine: str
    seconds: float
    command: str
    weights: tuple[Path, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether no run was interrupted or left out."""
        return len(self.runs) == self.wanted and all(len(run.epochs) == self.epochs for run in self.runs)

    @property
    def counted(self) -> tuple[Run, ...]:
        """The runs that mean and deviation are of: those that ended, or what there is where none did."""
        return tuple(run for run in self.runs if len(run.epochs) == self.epochs) or self.runs

    @property
    def mean(self) -> float:
        """Percent: the mean final accuracy."""
        return statistics.fmean(run.final_accuracy for run in self.counted)

    @property
    def std(self) -> float:
        """Percent: the sample deviation of the final accuracies, 0 for a single run."""
        finals = [run.final_accuracy for run in self.counted]
        return statistics.stdev(finals) if len(finals) > 1 else 0.0


def as_json(result: Result) -> dict[str, object]:
    """What ``train-cnn --json`` prints."""
    return {
        "parameters": result.arch.parameters,
        "arch": result.arch.name,
        "recipe": result.recipe.name,
        "runs": [
            {
                "seed": run.seed,
                "epochs": [{key: asdict(row)[key] for key in JSON_EPOCH} for row in run.epochs],
                "final_accuracy": run.final_accuracy,
            }
            for run in result.runs
        ],
        "mean": result.mean if result.runs else None,
        "std": result.std if result.runs else None,
    }


def percent(right: int, of: int) -> float:
    """Percent, to the digits that it has.

    >>> percent(9964, 10000)
    99.64
    """
    return round(100 * right / of, max(2, math.ceil(math.log10(of))))
