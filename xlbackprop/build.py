"""Build a workbook: check what was asked for, work out every number, write the file whole."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xlbackprop.errors import BadOption
from xlbackprop.files import is_untouched, whole
from xlbackprop.maths.network import Named, Network
from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.limits import rates_flaw, size_flaws, steps_flaw
from xlbackprop.pages.look import hues
from xlbackprop.pages.plan import COLUMN_WIDTH, ROW_HEIGHT, Run, train
from xlbackprop.pages.spec import described
from xlbackprop.writing.picture import png
from xlbackprop.writing.workbook import write

NO_FOLDERS: Mapping[str, Path] = {}


@dataclass(frozen=True, slots=True)
class Series:
    """One learning rate: first and last loss (None where it overflows), first step under the threshold (or None)."""

    learning_rate: float
    first_loss: float | None
    last_loss: float | None
    steps_until: int | None


def build(
    network: Network,
    rates: Sequence[float],
    steps: int,
    out: Path,
    *,
    force: bool = False,
    folders: Mapping[str, Path] = NO_FOLDERS,
) -> Run:
    """Write the workbook to `out`; its numbers. BadOption says what cannot be done, and then nothing is written.

    folders: by option; made first if they are not there, once everything else has been found good.
    """
    rates = check_rates(rates, network.compared)
    if flaw := steps_flaw(steps, len(rates), network):
        raise BadOption(f"--steps: {flaw}")
    for _, flaw in size_flaws(network):
        raise BadOption(flaw)
    check_out(out, force=force, made=[*folders.values()])
    for option, folder in folders.items():
        make_folder(folder, option)
    plan = plan_for(network, rates, steps)
    run = train(plan, first_given(plan, rates))
    look = dict(network.look)
    picture = png(plan.above[0].drawing, COLUMN_WIDTH, ROW_HEIGHT, hues(look))
    with whole(out) as file:
        write(file, pages(run), picture, network.title, described(network, steps, len(rates)), look=look)
    return run


def series(run: Run) -> list[Series]:
    """What `build` reports, learning rate by learning rate."""
    total = run.plan.tape.total.name
    return [
        Series(rate, _finite(run.value(k, 1, total)), _finite(run.value(k, run.plan.steps, total)), run.steps_until(k))
        for k, rate in enumerate(run.given.rates)
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def report(run: Run, out: Path, pictures: Sequence[Path]) -> dict[str, object]:
    """What ``build --json`` prints."""
    return {
        "file": str(out),
        "template": run.plan.network.name,
        "steps": run.plan.steps,
        "threshold": run.given.threshold,
        "series": [asdict(one) for one in series(run)],
        "images": [str(path) for path in pictures],
    }


def parse_rates(text: str) -> tuple[float, ...]:
    """The learning rates of ``0.1,0.2,1``.

    >>> parse_rates("0.1, 2")
    (0.1, 2.0)
    """
    return tuple(_rate(piece.strip()) for piece in text.split(","))


def check_rates(rates: Sequence[float], compared: Sequence[Named] = ()) -> tuple[float, ...]:
    """The rates, if each can have a sheet of its own.

    compared: the optimiser of each sheet, where sheets compare optimisers rather than rates.
    """
    if flaw := rates_flaw(rates, compared):
        raise BadOption(f"--lrs: {flaw}")
    return tuple(rates)


def _rate(piece: str) -> float:
    if not piece:
        raise BadOption("--lrs: a learning rate is missing; write numbers with commas between, like 0.1,0.5,1")
    try:
        if not piece.isascii() or "_" in piece:  # float() takes more than people write
            raise ValueError(piece)
        return float(piece)
    except ValueError:
        raise BadOption(
            f"--lrs: {piece!r} is not a number; write numbers with commas between, like 0.1,0.5,1"
        ) from None


def make_folder(folder: Path, option: str) -> None:
    """Make the folder if it is not there; BadOption if it cannot be made or written in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise BadOption(
            f"{option}: {folder} is no folder that can be written in ({error.strerror}); choose another with {option}"
        ) from None


def check_out(out: Path, *, force: bool | None, made: Sequence[Path] = (), option: str = "-o") -> None:
    """BadOption unless a workbook may be written there, in a folder that is there or about to be made.

    force: None where the command has no --force.
    """
    instead = (
        f"move it away, or choose another {option}"
        if force is None
        else f"--force writes over it, {option} writes somewhere else"
    )
    try:
        if out.is_dir():
            raise BadOption(
                f"{out}: is a folder; give {option} the name of a file, like {out / f'{out.resolve().name}.xlsx'}"
            )
        if out.suffix.lower() != ".xlsx":
            raise BadOption(f"{out}: a workbook's name ends in .xlsx; try {option} {out.with_suffix('.xlsx')}")
        if out.parent not in made and not out.parent.is_dir():
            raise BadOption(f"{out}: there is no folder {out.parent}; make it first, or choose another with {option}")
        if out.parent.is_dir():
            tempfile.TemporaryFile(dir=out.parent).close()  # else a class is graded before it turns out
        if out.exists() and not force and not is_untouched(out):
            raise BadOption(f"{out}: has been changed since it was built, or is not ours; {instead}")
    except OSError as error:
        raise BadOption(f"{out}: cannot be written ({error.strerror}); choose another with {option}") from None
