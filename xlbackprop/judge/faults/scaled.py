"""Gradients that are all off by one and the same factor: that is one mistake, and said once."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.judge.faults.cells import together
from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.network.numbers import times
from xlbackprop.judge.network.world import World
from xlbackprop.judge.studied import Studied
from xlbackprop.judge.typed.names import GRADIENT

FEWEST = 2  # columns


def factor_of_all(studied: Studied, world: World) -> float | None:
    """The number that every gradient is taken times too much; None if there is no such number."""
    slopes = [name for name in studied.trees if name.startswith(GRADIENT) and name in world.values]
    found = {times(studied.trees[name], world.values, name) for name in slopes}
    factor = found.pop() if len(found) == 1 and len(slopes) >= FEWEST else None
    return factor if factor is not None and factor > 0 and factor != 1 else None


def said_once(findings: Sequence[Finding], factor: float) -> list[Finding]:
    """The findings, with one for all gradients that have this factor too much."""
    same = [one for one in findings if one.label.startswith(GRADIENT) and one.kind is not Kind.INCONSISTENT]
    if len(same) < FEWEST:
        return list(findings)
    message = f"every gradient is {factor:g} times the slope of E_total: they are those of another loss"
    cells = together([cell for one in same for cell in one.cells])
    kind = Kind.WRONG_TERM if factor > 1 else Kind.MISSING_FACTOR
    rows = [one.first_row for one in same if one.first_row is not None]
    found, first = f"{factor:g} times the slope", min(rows, default=None)
    once = Finding(kind, WHOLE, cells, found, "the slope", message, first_row=first)
    return [once if one is same[0] else one for one in findings if one is same[0] or one not in same]
