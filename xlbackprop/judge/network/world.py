"""All that the formulas of a table may read, with numbers for it: what a formula is compared at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.judge.network.numbers import Array, evaluated
from xlbackprop.judge.network.points import points
from xlbackprop.judge.network.shape import Shape
from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.judge.typed.meaning import NAME
from xlbackprop.judge.typed.names import ABOVE, BELOW, LEARNING_RATE, row_of
from xlbackprop.maths.expr import Call, Expr, Ref, map_refs, refs

MOST_WRITTEN = 300  # helpers in a formula; some that square each other come to millions
Helper = tuple[str, tuple[Token, ...]]  # a column whose label says nothing to us, and its usual formula


@dataclass(frozen=True)
class World:
    """The network of a table and what stands beside it. names: of the table's columns, helpers too.

    constants: cells beside the table, and what they hold; literals: names of given numbers that somebody may have typed
    into a formula; settled: helpers of which it is known what they should be, at every point.
    """

    shape: Shape
    names: tuple[str, ...]
    constants: tuple[tuple[str, float], ...] = ()
    literals: tuple[tuple[str, float], ...] = ()
    helpers: tuple[Helper, ...] = ()
    settled: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def __hash__(self) -> int:
        return hash((self.shape, self.helpers, self.settled, self.constants))

    @cached_property
    def values(self) -> dict[str, Array]:
        """The values of every name at every point. A helper is what its usual formula gives, unless settled."""
        found = dict(points(self.shape))
        some = found[LEARNING_RATE]
        found |= {name: some * 0 + value for name, value in self.constants}
        settled = {name: some * 0 + value for name, value in self.settled}
        found |= settled
        waiting = trees(self.helpers)
        found = with_unknown(found, *(ref for expr in waiting.values() for ref in refs(expr) if _is_far(ref.name)))
        while waiting:
            done = [name for name, expr in waiting.items() if _put(name, expr, found, settled)]
            if not done:
                break
            waiting = {name: expr for name, expr in waiting.items() if name not in done}
        return found


def _is_far(name: str) -> bool:
    """Whether it is a cell of which nothing is known, as a reference that slid away reads it."""
    return "$" in name or row_of(name).startswith("@")


def _put(name: str, expr: Expr, found: dict[str, Array], settled: Mapping[str, Array]) -> bool:
    """Put a helper's values in three rows, as far as what it reads is known; whether that is so for its own row."""
    for mark in ("", ABOVE, BELOW):
        try:
            if name + mark not in settled:
                found[name + mark] = evaluated(moved(expr, mark), found)
        except KeyError:
            if not mark:
                return False
    return True


def moved(expr: Expr, mark: str) -> Expr:
    """A formula as it stands in another row: what is fixed stays what it is.

    >>> from xlbackprop.maths.excel import formula
    >>> formula(moved(Ref("w1") * Ref("w2↓") * Ref("$B$1"), "↑"), lambda ref: ref.name)
    '=w1↑*w2*$B$1'
    """

    def other(ref: Ref) -> Expr:
        if not mark or "$" in ref.name or ref.name == LEARNING_RATE or ref.name.startswith(NAME):
            return ref
        own = row_of(ref.name)
        if {own, mark} == {ABOVE, BELOW}:
            return Ref(ref.name.removesuffix(own))
        return Ref(ref.name + mark)

    return map_refs(expr, other)


def trees(columns: Iterable[Helper]) -> dict[str, Expr]:
    """The formulas of columns as trees, without those that say nothing to us."""
    found: dict[str, Expr] = {}
    for name, tokens in columns:
        try:
            found[name] = while_it_trains(name, parse(tokens))
        except Unparsed:
            continue
    return found


def while_it_trains(label: str, expr: Expr) -> Expr:
    """An update without the question whether to stop, which leaves the weight what it is."""
    match expr:
        case Call("if", (_, Ref(name), other)) | Call("if", (_, other, Ref(name))) if name == label + ABOVE:
            return other
        case _:
            return expr


def with_unknown(values: Mapping[str, Array], *exprs: Expr) -> dict[str, Array]:
    """The values, with arbitrary ones for what nobody knows, such as a row far away."""
    unknown = {ref.name for expr in exprs for ref in refs(expr)} - set(values)
    base = values[LEARNING_RATE]
    return {**values, **{name: base * (1.37 + k) + 0.11 for k, name in enumerate(sorted(unknown))}}


def written_out(expr: Expr, helpers: Mapping[str, Expr]) -> Expr:
    """A formula with its helpers' formulas in their place, as long as it stays readable; beyond, their names."""
    left = MOST_WRITTEN

    def out(ref: Ref) -> Expr:
        nonlocal left
        mark = row_of(ref.name)
        helper = helpers.get(ref.name.removesuffix(mark))
        if helper is None or left <= 0:
            return ref
        left -= 1
        return map_refs(moved(helper, mark), out)

    return map_refs(expr, out)
