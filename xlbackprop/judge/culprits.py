"""Helper columns that are wrong themselves: then what reads them is right, and only they are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from xlbackprop.expr import Expr, refs
from xlbackprop.judge.explain import explain
from xlbackprop.judge.findings import Kind
from xlbackprop.judge.formula import Token
from xlbackprop.judge.shape import Array, agree, evaluated
from xlbackprop.judge.world import World, trees


def with_culprits(world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]]) -> World:
    """The world in which each wrong helper is what it should be.

    usual: the usual formula of every judged column, tokens: the same as tokens; helpers are read as names.
    """
    for _ in world.helpers:
        culprit = _culprit(world, usual, tokens)
        if culprit is None:
            break
        name, needed = culprit
        world = replace(world, settled=(*world.settled, (name, tuple(float(value) for value in needed))))
    return world


def _culprit(
    world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]]
) -> tuple[str, Array] | None:
    """The first helper, those that read no other helper before the others, that alone explains what is wrong."""
    helpers = trees(world.helpers)
    settled = {name for name, _ in world.settled}
    needed = _needed(world, usual, helpers)
    wrong = {
        name: value for name, value in needed.items() if name not in settled and not agree(world.values[name], value)
    }
    for name in sorted(wrong, key=lambda one: len([ref for ref in refs(helpers[one]) if ref.name in helpers])):
        readers = [column for column, expr in usual.items() if name in {ref.name for ref in refs(expr)}]
        tried = replace(world, settled=(*world.settled, (name, tuple(float(value) for value in wrong[name]))))
        why = explain(name, dict(world.helpers)[name], tried, None)
        if why is None or why.kind is Kind.OTHER:
            continue
        if len(readers) == 1 and readers[0] in tokens:
            own = explain(readers[0], tokens[readers[0]], world, None)
            if own is not None and own.kind is not Kind.OTHER:
                continue
        return name, wrong[name]
    return None


def _needed(world: World, usual: Mapping[str, Expr], helpers: Mapping[str, Expr]) -> dict[str, Array]:
    """What each helper would have to be for all that read it to be right, where these agree on it."""
    found: dict[str, Array] = {}
    for _ in range(len(helpers)):  # from what reads only columns to what reads helpers
        before = len(found)
        for name in helpers:
            if name in found:
                continue
            goals = {column: world.values[column] for column in usual if column in world.values}
            goals |= {other: found[other] for other in helpers if other in found}
            exprs = {**usual, **helpers}
            asked = [
                _solved(exprs[reader], name, goal, world)
                for reader, goal in goals.items()
                if name in {ref.name for ref in refs(exprs[reader])}
            ]
            if asked and all(one is not None for one in asked) and all(agree(one, asked[0]) for one in asked[1:]):  # type: ignore[arg-type]
                found[name] = asked[0]  # type: ignore[assignment]
        if len(found) == before:
            break
    return found


def _solved(expr: Expr, name: str, goal: Array, world: World) -> Array | None:
    """What `name` must be for an expression to come to `goal`, if it is linear in it."""
    try:
        at = [evaluated(expr, {**world.values, name: np.full_like(goal, x)}) for x in (0.0, 1.0, 2.0)]
    except KeyError:
        return None
    slope = at[1] - at[0]
    if not agree(at[2] - at[1], slope) or not np.all(np.isfinite(slope)) or np.any(slope == 0):
        return None
    result: Array = (goal - at[0]) / slope
    return result
