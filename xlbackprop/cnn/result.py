"""What a training gives: plain numbers, without torch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xlbackprop.cnn.model import Arch
from xlbackprop.cnn.recipe import Recipe

MILLISECONDS = 3  # decimals of seconds that --json tells


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
    seconds: the whole command; resumed: whether some epochs came from checkpoints, so those seconds do not count them;
    command: reproduces it; weights: a file per run.
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
    resumed: bool = False

    @property
    def complete(self) -> bool:
        """Whether no run was interrupted or left out."""
        return len(self.runs) == self.wanted and all(len(run.epochs) == self.epochs for run in self.runs)

    @property
    def counted(self) -> tuple[Run, ...]:
        """The runs that mean and deviation are of: those that ended, or what there is where none did."""
        return tuple(run for run in self.runs if len(run.epochs) == self.epochs) or self.runs

    @property
    def trained_seconds(self) -> float:
        """Training alone, of all runs and all their sessions."""
        return sum(run.seconds for run in self.runs)

    @property
    def mean(self) -> float:
        """Percent: the mean final accuracy."""
        return statistics.fmean(run.final_accuracy for run in self.counted)

    @property
    def std(self) -> float | None:
        """Percent: the sample deviation of the final accuracies; a single run has none."""
        finals = [run.final_accuracy for run in self.counted]
        return statistics.stdev(finals) if finals[1:] else None


def as_json(result: Result, report: Path) -> dict[str, object]:
    """What ``train-cnn --json`` prints. report: where it was written, if anything was trained."""
    return {
        "parameters": result.arch.parameters,
        "arch": result.arch.name,
        "recipe": result.recipe.name,
        "runs": [_run_as_json(run, path) for run, path in zip(result.runs, result.weights, strict=True)],
        "mean": result.mean if result.runs else None,
        "std": result.std,
        "holdout": result.holdout,
        "judged": result.judged,
        "complete": result.complete,
        "report": str(report) if result.runs else None,
    }


def _run_as_json(run: Run, weights: Path) -> dict[str, object]:
    return {
        "seed": run.seed,
        "epochs": [
            {
                "epoch": row.epoch,
                "loss": row.loss,
                "accuracy": row.accuracy,
                "seconds": round(row.seconds, MILLISECONDS),
            }
            for row in run.epochs
        ],
        "final_accuracy": run.final_accuracy,
        "weights": str(weights),
    }


def percent(right: int, of: int) -> float:
    """Percent, to the digits that it has.

    >>> percent(9964, 10000)
    99.64
    """
    return round(100 * right / of, max(2, math.ceil(math.log10(of))))
