"""What is read from another row than its own, and weights that are already updated: tried in their own row."""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.network.numbers import agree
from xlbackprop.judge.typed.names import ABOVE, BELOW, PARAMETERS
from xlbackprop.judge.why.edits import Edit, Goal
from xlbackprop.judge.why.kinds import kind_of
from xlbackprop.maths.expr import Expr, Ref, map_refs, refs


def own_row(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """All that is read from the row below, or above, read from its own."""
    for mark in (BELOW, ABOVE):
        after = map_refs(expr, lambda ref, mark=mark: Ref(ref.name.removesuffix(mark)))  # type: ignore[misc]
        allowed = {ref.name for ref in refs(after)} <= {
            *goal.names,
            *(ref.name for ref in refs(expr) if "$" in ref.name),
        }
        if after != expr and allowed and goal.reached(after):
            moved = [ref.name for ref in refs(expr) if ref.name.endswith(mark)]
            yield Edit(kind_of([(name, name.removesuffix(mark)) for name in moved]), expr, after)


def already_updated(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """Weights of its own row for columns beside them that hold what they are after the step: a column w5 new."""
    new = {name: weight for ref in refs(expr) if (name := ref.name).startswith("[") and (weight := _old(name, goal))}
    after = map_refs(expr, lambda ref: Ref(new.get(ref.name, ref.name)))
    if new and goal.reached(after):
        yield Edit(Kind.UPDATED_WEIGHT, expr, after)


def _old(helper: str, goal: Goal) -> str:
    """The weight that a helper column holds the new value of, or nothing."""
    value = goal.values[helper]
    weights = (name for name in goal.names if name.startswith(PARAMETERS) and name + BELOW in goal.values)
    return next((name for name in weights if agree(value, goal.values[name + BELOW])), "")
