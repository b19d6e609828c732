"""What a person reads in the terminal: tables on stdout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from xlbackprop.layout import a1
from xlbackprop.shown import plain

if TYPE_CHECKING:  # each command pays for its own imports only
    from xlbackprop.build import Series
    from xlbackprop.compare import Difference
    from xlbackprop.plan import Run
    from xlbackprop.verify import Verdict

MOST = 20  # differences listed before the rest are only counted


def print_build(run: Run, series: Sequence[Series], out: Path, pictures: Sequence[Path]) -> None:
    """The learning rates with what they reach, and where the file is."""
    table = _table(title=escape(run.plan.network.title))
    for heading in ("learning rate", "first loss", "last loss", f"steps until < {plain(run.given.threshold)}"):
        table.add_column(heading, justify="right")
    for one in series:
        until = f"> {run.plan.steps}" if one.steps_until is None else str(one.steps_until)
        table.add_row(f"{one.learning_rate:.15g}", _loss(one.first_loss), _loss(one.last_loss), until)
    console = _console()
    console.print(table)
    console.print(f"Wrote {out}", markup=False, soft_wrap=True)
    if pictures:
        console.print(f"Wrote {len(pictures)} pictures in {pictures[0].parent}", markup=False, soft_wrap=True)


def print_verdict(verdict: Verdict) -> None:
    """What each engine found, then each difference."""
    if verdict.error:
        return
    console = _console()
    table = _table(title=escape(str(verdict.file)))
    for heading in ("engine", "cells", "largest difference", "relative"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for name, measure in verdict.engines:
        table.add_row(name, f"{measure.cells:,}", f"{measure.max_abs:.1e}", f"{measure.max_rel:.1e}")
    console.print(table)
    if verdict.differences:
        console.print(_differences(verdict.differences))
    if len(verdict.differences) > MOST:
        console.print(f"… and {len(verdict.differences) - MOST:,} more: --json lists them all", markup=False)
    if verdict.following:
        console.print(f"{verdict.following:,} more values differ because of these.", markup=False)
    console.print(_last_line(verdict), markup=False)


def _last_line(verdict: Verdict) -> str:
    if verdict.ok:
        return f"All right: formulas, values and gradients ({', '.join(verdict.witnesses)}) agree."
    count = len({(one.sheet, one.cell) for one in verdict.differences})
    return (
        "WRONG: one cell is not as it should be."
        if count == 1
        else f"WRONG: {count:,} cells are not as they should be."
    )


def _differences(differences: Sequence[Difference]) -> Table:
    table = _table()
    for heading in ("sheet", "cell", "label", "kind", "stands there", "belongs there"):
        table.add_column(heading, overflow="fold")
    for one in differences[:MOST]:
        table.add_row(*map(escape, (one.sheet, a1(*one.cell), one.label, one.kind, one.found, one.expected)))
    return table


def _loss(value: float | None) -> str:
    if value is None:
        return "overflow"
    return f"{value:.6f}" if value >= 1e-4 else f"{value:.3g}"


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)
