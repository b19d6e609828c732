"""Helper columns that are wrong themselves: then what reads them is right, and only they are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from xlbackprop.expr import Expr, refs
from xlbackprop.judge.explain import explain
from xlbackprop.judge.findings import Kind
from xlbackprop.judge.formula import Token
from xlbackprop.judge.shape import Array, agree, evaluated
from xlbackprop.judge.world import World, trees, with_unknown


def with_culprits(world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]]) -> World:
    """The world in which each wrong helper is what it should be.

    usual: the usual formula of every judged column, tokens: the same as tokens; helpers are read as names.
    """
    for _ in world.helpers:
        found = _culprit(world, usual, tokens) or _exchanged(world, usual)
        if not found:
            break
        world = _settled(world, found)
    return world


def _settled(world: World, found: Mapping[str, Array]) -> World:
    more = tuple((name, tuple(float(value) for value in needed)) for name, needed in found.items())
    return replace(world, settled=(*world.settled, *more))


def _exchanged(world: World, usual: Mapping[str, Expr]) -> dict[str, Array]:
    """Two helpers each of which holds what belongs into the other."""
    right = {name for name, expr in usual.items() if _is_right(world, name, expr)}
    if len(right) == len(usual):
        return {}
    for one, other in combinations(trees(world.helpers), 2):
        if one in world.values and other in world.values:
            found = {one: world.values[other], other: world.values[one]}
            tried = _settled(world, found)
            readers = [name for name, expr in usual.items() if {one, other} & {ref.name for ref in refs(expr)}]
            if not set(readers) <= right and all(_is_right(tried, name, usual[name]) for name in readers):
                return found
    return {}


def _is_right(world: World, name: str, expr: Expr) -> bool:
    values = with_unknown(world.values, expr)
    return name in values and bool(agree(evaluated(expr, values), values[name]))


def _culprit(world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]]) -> dict[str, Array]:
    """The first helper that alone explains what is wrong: those that most columns read before the others."""
    helpers = trees(world.helpers)
    settled = {name for name, _ in world.settled}
    needed = _needed(world, usual, helpers)
    wrong = {
        name: value for name, value in needed.items() if name not in settled and not agree(world.values[name], value)
    }
    readers = {
        name: [column for column, expr in usual.items() if name in {ref.name for ref in refs(expr)}] for name in wrong
    }
    for name in sorted(
        wrong, key=lambda one: (len([r for r in refs(helpers[one]) if r.name in helpers]), -len(readers[one]))
    ):
        why = explain(name, dict(world.helpers)[name], _settled(world, {name: wrong[name]}), None)
        if why is None or why.kind is Kind.OTHER:
            continue
        if len(readers[name]) == 1 and readers[name][0] in tokens:
            own = explain(readers[name][0], tokens[readers[name][0]], world, None)
            if own is not None and own.kind is not Kind.OTHER:
                continue
        return {name: wrong[name]}
    return {}


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
