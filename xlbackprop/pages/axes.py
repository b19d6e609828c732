"""From where to where the axis of a loss goes, where a run diverges or comes to nothing: programs make a mess of it."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10

from xlbackprop.pages.plan import Run

NOTHING = 1e-15  # a loss under this
MUCH, DIVERGES = 4, 1000  # times the first loss: what is shown of a run that comes to more than that


def linear(run: Run, sheets: Iterable[int]) -> tuple[float, float] | None:
    """Of the losses of some sheets, if one diverges; a single huge number would flatten all others."""
    losses, first = _losses(run, sheets)
    return (0.0, MUCH * first) if max(losses, default=0.0) > DIVERGES * first else None


def logarithmic(run: Run) -> tuple[float, float] | None:
    """Of the losses of all sheets, if one comes to nothing or diverges."""
    losses, first = _losses(run, range(len(run.rows)))
    least, most = min(losses, default=1.0), max(losses, default=1.0)
    if most < NOTHING or (least >= NOTHING and most <= DIVERGES * first):
        return None
    return 10.0 ** floor(log10(max(least, NOTHING))), 10.0 ** ceil(log10(min(most, DIVERGES * first)))


def _losses(run: Run, sheets: Iterable[int]) -> tuple[list[float], float]:
    """All losses that are numbers, and the largest first one."""
    total = run.plan.tape.index[run.plan.tape.total.name]
    found = [[row[total] for row in run.rows[k]] for k in sheets]
    losses = [loss for one in found for loss in one if isfinite(loss)]
    return losses, max((one[0] for one in found if isfinite(one[0])), default=1.0)
