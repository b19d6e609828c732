"""Helper columns that are wrong themselves: then what reads them is right, and only they are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations

import numpy as np

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.network.numbers import Array, agree, evaluated, fits
from xlbackprop.judge.network.shape import slopes_of
from xlbackprop.judge.network.world import World, moved, trees, with_unknown
from xlbackprop.judge.typed.formula import Token
from xlbackprop.judge.typed.names import ABOVE, BELOW, PARAMETERS, part, plain, row_of
from xlbackprop.judge.why.explain import Explanation, explain
from xlbackprop.maths.expr import Expr, Ref, map_refs, refs

ROWS = ("", ABOVE, BELOW)


def with_culprits(
    world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]], called: Mapping[str, str | None]
) -> World:
    """The world in which each wrong helper is what it should be.

    usual: the usual formula of every judged column, tokens: the same as tokens; helpers are read as names;
    called: the slope that a helper's label says that it is, do1/dw5.
    """
    said = _said(world, called)
    usual = dict(_of_one_row(name, expr) for name, expr in usual.items())
    for _ in world.helpers:
        found = _ahead(world, usual) or _exchanged(world, usual) or _culprit(world, usual, tokens, said)
        if not found:
            break
        world = _settled(world, found)
    return world


def _of_one_row(name: str, expr: Expr) -> tuple[str, Expr]:
    """An update as the row below has it, so that the helpers of the row above that it reads are those of this row."""
    if any(row_of(ref.name) == ABOVE for ref in refs(expr)):
        return name + BELOW, moved(expr, BELOW)
    return name, expr


def _settled(world: World, found: Mapping[str, Array]) -> World:
    more = tuple((name, tuple(float(value) for value in needed)) for name, needed in found.items())
    return replace(world, settled=(*world.settled, *more))


def _ahead(world: World, usual: Mapping[str, Expr]) -> dict[str, Array]:
    """All helpers that read weights of the row below, as they would be with those of their own row."""
    settled = {name for name, _ in world.settled}
    own = {
        name: tuple(Token(one.kind, plain(one.text) if _is_updated(one) else one.text) for one in tokens)
        for name, tokens in world.helpers
        if name not in settled and any(map(_is_updated, tokens))
    }
    if not own:
        return {}
    values = replace(world, helpers=tuple((name, own.get(name, tokens)) for name, tokens in world.helpers)).values
    found = {name + mark: values[name + mark] for name in own for mark in ROWS if name + mark in values}
    before, after = (_right_ones(one, usual) for one in (world, _settled(world, found)))
    return found if before < after else {}


def _is_updated(token: Token) -> bool:
    return token.kind == "ref" and token.text.startswith(PARAMETERS) and row_of(token.text) == BELOW


def _right_ones(world: World, usual: Mapping[str, Expr]) -> set[str]:
    return {name for name, expr in usual.items() if _is_right(world, name, expr)}


def _exchanged(world: World, usual: Mapping[str, Expr]) -> dict[str, Array]:
    """Two helpers each of which holds what belongs into the other."""
    right = _right_ones(world, usual)
    if len(right) == len(usual):
        return {}
    reads = {name: {ref.name for ref in refs(expr)} for name, expr in usual.items()}
    for one, other in combinations(trees(world.helpers), 2):
        readers = {name for name, read in reads.items() if one in read or other in read}
        if not readers <= right and one in world.values and other in world.values:
            found = {
                name + mark: world.values[instead + mark]
                for name, instead in ((one, other), (other, one))
                for mark in ROWS
                if instead + mark in world.values
            }
            tried = _settled(world, found)
            if all(_is_right(tried, name, usual[name]) for name in readers):
                return found
    return {}


def _is_right(world: World, name: str, expr: Expr) -> bool:
    values = with_unknown(world.values, expr)
    return name in values and bool(agree(evaluated(expr, values), values[name]))


def _said(world: World, called: Mapping[str, str | None]) -> dict[str, Array]:
    """What helpers are by their labels."""
    slopes = slopes_of(world.shape)
    return {name: evaluated(slopes[label], world.values) for name, label in called.items() if label in slopes}


def _culprit(
    world: World, usual: Mapping[str, Expr], tokens: Mapping[str, tuple[Token, ...]], said: Mapping[str, Array]
) -> dict[str, Array]:
    """The first helper that alone explains what is wrong: those that most columns read before the others."""
    helpers = trees(world.helpers)
    settled = {name for name, _ in world.settled}
    needed = _needed(world, usual, helpers, "")
    wrong = {
        name: value
        for name, value in needed.items()
        if name not in settled
        and name in world.values
        and not fits(world.values[name], value)
        and not (name in said and agree(world.values[name], said[name]))  # right by its label: the readers are wrong
    }
    readers = {
        name: [column for column, expr in usual.items() if name in {ref.name for ref in refs(expr)}] for name in wrong
    }
    first_of_all = sorted(
        wrong, key=lambda one: (len([r for r in refs(helpers[one]) if r.name in helpers]), -len(readers[one]))
    )
    told = {one: explain(one, dict(world.helpers)[one], _settled(world, {one: wrong[one]}), None) for one in wrong}
    plainly = [one for one in first_of_all if _is_told(told[one])]
    for name in (*plainly, *(one for one in first_of_all if one not in plainly)):
        sure = (name in said and fits(said[name], wrong[name])) or _like_right_ones(readers[name], world, usual)
        by_reader = _explained_by_reader(readers[name], world, tokens)
        if (sure or name in plainly) and not (by_reader and (not sure or name not in plainly)):
            whole = (why.corrected if (why := told[name]) else None) or helpers[name]
            return {
                name + mark: np.where(np.isnan(value), _at(world, moved(whole, mark)), value)
                for mark in ROWS
                for value in _in_row(world, usual, helpers, name, mark)
            }
    return {}


def _at(world: World, expr: Expr) -> Array:
    return evaluated(expr, with_unknown(world.values, expr))


def _is_told(why: Explanation | None) -> bool:
    return why is not None and why.kind is not Kind.OTHER


def _explained_by_reader(readers: Sequence[str], world: World, tokens: Mapping[str, tuple[Token, ...]]) -> bool:
    """Whether the only column that reads a helper could as well be what is wrong."""
    reader = plain(readers[0]) if len(readers) == 1 else ""
    return reader in tokens and _is_told(explain(reader, tokens[reader], world, None))


def _like_right_ones(readers: Sequence[str], world: World, usual: Mapping[str, Expr]) -> bool:
    """Whether each column that reads a helper has the form of another, which is right: then the helper is not."""
    right = {(part(name), _form(expr)) for name, expr in usual.items() if _is_right(world, name, expr)}
    return bool(readers) and all((part(one), _form(usual[one])) in right for one in readers)


def _form(expr: Expr) -> Expr:
    """A formula without its numbers: each name as the part of the network that it belongs to, all helpers alike."""
    return map_refs(expr, lambda ref: Ref("[]" if ref.name.startswith("[") else part(ref.name)))


def _in_row(
    world: World, usual: Mapping[str, Expr], helpers: Mapping[str, Expr], name: str, mark: str
) -> Iterator[Array]:
    """What a helper must be in its own row, the one above or the one below, if that is known."""
    if (value := _needed(world, usual, helpers, mark).get(name)) is not None:
        yield value


def _needed(world: World, usual: Mapping[str, Expr], helpers: Mapping[str, Expr], mark: str) -> dict[str, Array]:
    """What each helper would have to be in a row for all that read it to be right, where these agree on it.

    It is nan at points where that does not matter: behind a ReLU that is off.
    """
    exprs = {name: moved(expr, mark) for name, expr in (*usual.items(), *helpers.items())}
    reads = {name: {ref.name for ref in refs(expr)} for name, expr in exprs.items()}
    goals = {name: world.values[own] for name in usual if (own := _in(name, mark)) in world.values}
    found: dict[str, Array] = {}
    for _ in range(len(helpers)):  # from what reads only columns to what reads helpers
        more: dict[str, Array] = {}
        for name in (name for name in helpers if name not in found):
            known = {**goals, **found, **more}
            asked = [
                _solved(exprs[reader], name + mark, goal, world)
                for reader, goal in known.items()
                if name + mark in reads[reader]
            ]
            if (value := _agreed(asked)) is not None:
                more[name] = value
        if not more:
            break
        found |= more
    return found


def _agreed(asked: Sequence[Array | None]) -> Array | None:
    """What all that ask for a value ask for, each where it matters to it; None where they do not agree."""
    known = [one for one in asked if one is not None]
    if not known or len(known) < len(asked):
        return None
    result = reduce(lambda left, right: np.where(np.isnan(left), right, left), known)
    return (
        result
        if all(fits(result, one) or np.isnan(one).all() for one in known) and not np.isnan(result).all()
        else None
    )


def _in(name: str, mark: str) -> str:
    return next(ref.name for ref in refs(moved(Ref(name), mark)))


def _solved(expr: Expr, name: str, goal: Array, world: World) -> Array | None:
    """What `name` must be for an expression to come to `goal`, if it is linear in it; nan where it does not matter."""
    try:
        at = [evaluated(expr, {**world.values, name: np.full_like(goal, x)}) for x in (0.0, 1.0, 2.0)]
    except KeyError:
        return None
    slope = at[1] - at[0]
    if not agree(at[2] - at[1], slope) or not np.all(np.isfinite(slope)) or not slope.any():
        return None
    with np.errstate(all="ignore"):
        result: Array = np.where(slope == 0, np.nan, (goal - at[0]) / slope)
    return result
