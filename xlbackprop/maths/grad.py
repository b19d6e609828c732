"""Reverse mode over the tape, with columns as atoms: the slope of a loss with respect to any column to its left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref
from xlbackprop.maths.rules import RULES, ZERO
from xlbackprop.maths.tape import Column, Role, Tape, gradient_name

ONE = Num(1.0)


def slopes(tape: Tape, of: str) -> dict[str, Expr]:
    """The slope of column `of` with respect to every column it is computed from, as expressions in columns."""
    return slopes_by_way_of(tape, of, None)[0]


def slopes_by_way_of(tape: Tape, of: str, apart: Role | None) -> tuple[dict[str, Expr], list[Column]]:
    """The same, where the slopes of columns of the role `apart` are columns of their own; and these.

    What lies further left reads them. The walk goes from right to left. Contributions of different paths are
    *prepended*, which leaves each sum in the order in which a person reads the network: first output first.
    """
    parts: defaultdict[str, list[Expr]] = defaultdict(list)
    parts[of] = [ONE]
    found: dict[str, Expr] = {}
    columns: list[Column] = []
    known = {column.expr: Ref(column.name) for column in tape.of(Role.ACTIVATION) if isinstance(column.expr, Call)}
    operations = {expr.op for expr in known}
    for column in reversed(tape.columns[: tape.index[of] + 1]):
        if column.name not in parts:
            continue
        slope = found[column.name] = _by_name(reduce(_plus, parts[column.name]), known, operations)
        if column.role is apart:
            error = replace(column, name=gradient_name(column.name), role=Role.DELTA, expr=slope)
            columns.append(error)
            slope = Ref(error.name)
        if column.expr is not None and column.role is not Role.WEIGHT:
            for name, part in _through(column.expr, slope, Ref(column.name)):
                parts[name].insert(0, part)
    return found, columns


def _plus(left: Expr, right: Expr) -> Expr:
    """left + right, written as a difference where the right one is negative."""
    return left - right.args[0] if isinstance(right, Call) and right.op == "neg" else left + right


def _by_name(expr: Expr, known: Mapping[Call, Ref], operations: set[str]) -> Expr:
    """The expression with what a column already holds replaced by that column. operations: the outermost of these."""
    match expr:
        case Call(op) if op in operations and expr in known:
            return known[expr]
        case Group(inner):
            return Group(_by_name(inner, known, operations))
        case Call(op, args):
            return Call(op, tuple(_by_name(arg, known, operations) for arg in args))
        case _:
            return expr


def local_slope(tape: Tape, of: str, by: str) -> Expr:
    """The slope of one column with respect to one that it reads directly: ∂a_o1/∂o1."""
    expr = tape[of].expr
    if expr is None:
        raise ValueError(f"{of} is given, it has no slope")
    return next(part for name, part in _through(expr, ONE, Ref(of)) if name == by)


def path(tape: Tape, of: str, by: str) -> list[str]:
    """The columns on the one path from `of` down to `by`, both included: E1, a_o1, o1, w5."""
    seen: set[str] = set()  # no way leads on from there, or it would have been taken

    def down(of: str) -> list[str]:
        if of == by:
            return [of]
        expr = tape[of].expr
        if of in seen or expr is None or tape[of].role is Role.WEIGHT:
            return []
        seen.add(of)
        for name, _ in _through(expr, ONE, Ref(of)):
            if below := down(name):
                return [of, *below]
        return []

    return down(of)


def _through(expr: Expr, slope: Expr, ans: Expr) -> list[tuple[str, Expr]]:
    """What `slope` becomes at each reference inside one column's expression."""
    match expr:
        case Ref(name):
            return [(name, slope)]
        case Group(inner):
            return _through(inner, slope, ans)
        case Call(op, args):
            vjp = RULES[op].vjp
            if vjp is None:
                raise TypeError(f"nothing differentiates through {op!r}: give its rule a vjp")
            below = vjp(slope, ans, *args)
            # Only the outermost operation's result is a column; inside, a rule sees the expression itself.
            parts = zip(args, below, strict=True)
            return [pair for arg, part in parts if part != ZERO for pair in _through(arg, part, arg)]
        case _:
            return []
