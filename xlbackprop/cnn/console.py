"""What a person sees of a training: a bar per epoch on stderr while it runs, a table on stdout when it is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.result import Epoch, Result

if TYPE_CHECKING:
    from torch import Tensor

EVERY = 20  # steps between two looks at the loss, each of which waits for the device


class Watch(Protocol):
    """Who is told how a training goes."""

    def say(self, line: str) -> None:
        """A line in between."""

    def begin(self, plan: Plan, number: int, left: int) -> None:
        """An epoch begins; `left`: steps from here to the end of the last run."""

    def step(self, step: int, loss: Tensor) -> None:
        """A step of it is done, counted from 1."""

    def end(self, row: Epoch) -> None:
        """It is trained and judged."""


class Silent:
    """Nobody is told; a process that does not lead."""

    def say(self, line: str) -> None:
        """Nothing."""

    def begin(self, plan: Plan, number: int, left: int) -> None:
        """Nothing."""

    def step(self, step: int, loss: Tensor) -> None:
        """Nothing."""

    def end(self, row: Epoch) -> None:
        """Nothing."""


class Live:
    """A bar while an epoch runs, in a terminal; a line when it is done, everywhere."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task = TaskID(0)
        self.title = ""
        self.plan: Plan
        self.left = 0
        self.since = 0.0
        self.loss = float("nan")
        self.speed = 0.0  # images a second

    def say(self, line: str) -> None:
        """A line above the bars."""
        self._print(line)

    def begin(self, plan: Plan, number: int, left: int) -> None:
        """A new bar."""
        self.plan, self.left, self.since = plan, left, time.perf_counter()
        self.title = f"seed {plan.seed}  epoch {number:>{len(str(plan.epochs))}}/{plan.epochs}"
        self.task = self.progress.add_task(self.title, total=plan.steps_per_epoch, told="")

    def step(self, step: int, loss: Tensor) -> None:
        """The bar grows."""
        if step % EVERY == 0:
            self.loss = float(loss)
            self.speed = step * self.plan.recipe.batch_size / (time.perf_counter() - self.since)
            self.progress.update(self.task, completed=step, told=self._told(self.left - step))

    def end(self, row: Epoch) -> None:
        """A line takes the bar's place, and tells the accuracy."""
        self.loss, steps = row.loss, self.plan.steps_per_epoch
        self.speed = steps * self.plan.recipe.batch_size / row.seconds
        self.progress.remove_task(self.task)  # a hundred full bars would not fit a terminal
        self._print(f"{self.title}  {self._told(self.left - steps, f'  {row.accuracy:.2f} %')}")

    def _print(self, line: str) -> None:
        self.progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _told(self, left: int, accuracy: str = "") -> str:
        seconds = round(left * self.plan.recipe.batch_size / self.speed)
        remaining = f"{seconds // 60}:{seconds % 60:02d} left"
        return f"loss {self.loss:.4f}{accuracy}  {self.speed:,.0f} images/s  {remaining}"


@contextmanager
def watching(*, leads: bool) -> Iterator[Watch]:
    """Somebody to tell; only the leading process speaks."""
    if not leads:
        yield Silent()
        return
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Live(progress)


def print_result(result: Result, out: Path) -> None:
    """The runs, their mean, and where the files are."""
    console = Console(highlight=False)
    if not result.runs:
        console.print("Interrupted before the first epoch ended: nothing was written.")
        return
    console.print(_table(result))
    if result.std is not None:
        console.print(f"mean {result.mean:.3f} %, deviation {result.std:.3f} %, {len(result.counted)} seeds")
    for path in (out, *result.weights):
        console.print(f"Wrote {path}", markup=False, soft_wrap=True)
    if not result.complete:
        console.print("Interrupted. To go on, give the same command with --resume.")


def _table(result: Result) -> Table:
    digits = f"{result.judged:,} {'held-out' if result.holdout else 'test'} digits"
    title = f"{result.arch.name} ({result.arch.parameters:,} parameters), recipe {result.recipe.name}, {digits}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    for heading in ("seed", "epochs", "loss", "accuracy of the last epoch", "seconds of training"):
        table.add_column(heading, justify="right")
    for run in result.runs:
        last = run.epochs[-1]
        cells = (run.seed, len(run.epochs), f"{last.loss:.4f}", f"{last.accuracy:.2f} %", f"{run.seconds:.1f}")
        table.add_row(*map(str, cells))
    return table
