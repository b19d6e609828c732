"""Build a workbook: check what was asked for, work out every number, write the file whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xlbackprop.book import first_given, pages, plan_for
from xlbackprop.drawing import draw
from xlbackprop.errors import BadOption
from xlbackprop.files import is_untouched, sealed, write_whole
from xlbackprop.layout import MAX_ROWS, MAX_STEPS
from xlbackprop.network import Network
from xlbackprop.picture import png
from xlbackprop.plan import COLUMN_WIDTH, ROW_HEIGHT, Run, train
from xlbackprop.spec import described
from xlbackprop.workbook import write

MAX_RATES = 120  # Step's look-ups list every sheet, and a formula may have 8,192 characters
MAX_CELLS = 5_000_000  # takes a minute and 4 GB to write; spreadsheet programs take longer to open it


@dataclass(frozen=True, slots=True)
class Series:
    """One learning rate: its first and last total loss, and the first step under the threshold, if any."""

    learning_rate: float
    first_loss: float
    last_loss: float
    steps_until: int | None


def build(network: Network, rates: Sequence[float], steps: int, out: Path, *, force: bool = False) -> Run:
    """Write the workbook to `out`; its numbers. BadOption says what cannot be done, and then nothing is written."""
    check_steps(steps, len(rates), len(network.weights))
    check_out(out, force=force)
    plan = plan_for(network, rates, steps)
    run = train(plan, first_given(plan, rates))
    picture = png(draw(network, plan.tape), COLUMN_WIDTH, ROW_HEIGHT)
    write_whole(out, sealed(write(pages(run), picture, network.title, described(network, steps, len(rates)))))
    return run


def series(run: Run) -> list[Series]:
    """What `build` reports, learning rate by learning rate."""
    total = run.plan.tape.total.name
    return [
        Series(rate, run.value(k, 1, total), run.value(k, run.plan.steps, total), run.steps_until(k))
        for k, rate in enumerate(run.given.rates)
    ]


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
    return check_rates([_rate(piece.strip()) for piece in text.split(",")])


def check_rates(rates: Sequence[float]) -> tuple[float, ...]:
    """The rates, if each can have a sheet of its own."""
    for rate in rates:
        if not (math.isfinite(rate) and rate > 0):
            raise BadOption(f"--lrs: {rate:g} is not a positive number; a learning rate is greater than 0")
    names: dict[str, float] = {}
    for rate in rates:
        if names.setdefault(f"{rate:.15g}", rate) is not rate:
            raise BadOption(f"--lrs: {rate:.15g} stands there twice; each learning rate has one sheet")
    if len(rates) > MAX_RATES:
        raise BadOption(
            f"--lrs: {len(rates)} learning rates; at most {MAX_RATES} fit, "
            "because a formula that looks a step up on all their sheets may have 8,192 characters"
        )
    return tuple(rates)


def _rate(piece: str) -> float:
    if not piece:
        raise BadOption("--lrs: a learning rate is missing; write numbers with commas between, like 0.1,0.5,1")
    try:
        return float(piece)
    except ValueError:
        raise BadOption(
            f"--lrs: {piece!r} is not a number; write numbers with commas between, like 0.1,0.5,1"
        ) from None


def check_steps(steps: int, rates: int, weights: int) -> None:
    """BadOption unless a table of that many steps fits on a sheet and in a program."""
    if steps < 1:
        raise BadOption(f"--steps: {steps} is too few; a table has at least 1 step")
    if steps > MAX_STEPS:
        raise BadOption(f"--steps: {steps} is too many; a sheet has {MAX_ROWS:,} rows, which is {MAX_STEPS:,} steps")
    cells = steps * rates * (3 * weights + 9)
    if cells > MAX_CELLS:
        most = steps * MAX_CELLS // cells
        raise BadOption(
            f"--steps: {steps} steps of {rates} learning rates are {cells:,} cells, and {MAX_CELLS:,} are "
            f"the most that is sensible; at most {most:,} steps, or give fewer --lrs"
        )


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there; BadOption if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOption(f"{folder}: cannot be made a folder ({error.strerror}); name another") from None


def check_out(out: Path, *, force: bool) -> None:
    """BadOption unless a workbook may be written there."""
    if out.is_dir():
        raise BadOption(f"{out}: is a folder; give -o the name of a file, like {out / 'Backpropagation.xlsx'}")
    if out.suffix.lower() != ".xlsx":
        raise BadOption(f"{out}: a workbook's name ends in .xlsx; try -o {out.with_suffix('.xlsx')}")
    if not out.parent.is_dir():
        raise BadOption(f"{out}: there is no folder {out.parent}; make it first, or choose another with -o")
    if out.exists() and not force and not is_untouched(out):
        raise BadOption(
            f"{out}: has been changed since it was built, or is not ours; "
            "--force writes over it, -o writes somewhere else"
        )
