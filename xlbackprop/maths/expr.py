"""Expressions: the nodes that a formula, a number and a line of maths are read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace


class Expr:
    """A node; the operators build bigger ones: ``Ref("w1") * Ref("i1") + 1``."""

    def __add__(self, other: Expr | float) -> Expr:
        return Call("+", (self, lift(other)))

    def __radd__(self, other: float) -> Expr:
        return Call("+", (lift(other), self))

    def __sub__(self, other: Expr | float) -> Expr:
        return Call("-", (self, lift(other)))

    def __rsub__(self, other: float) -> Expr:
        return Call("-", (lift(other), self))

    def __mul__(self, other: Expr | float) -> Expr:
        return Call("*", (self, lift(other)))

    def __rmul__(self, other: float) -> Expr:
        return Call("*", (lift(other), self))

    def __truediv__(self, other: Expr | float) -> Expr:
        return Call("/", (self, lift(other)))

    def __rtruediv__(self, other: float) -> Expr:
        return Call("/", (lift(other), self))

    def __pow__(self, other: Expr | float) -> Expr:
        return Call("^", (self, lift(other)))

    def __neg__(self) -> Expr:
        return Call("neg", (self,))


@dataclass(frozen=True, slots=True)
class Num(Expr):
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Ref(Expr):
    """A named value: this row's, or that of the row `above`; `pin` asks for ``$`` before its column."""

    name: str
    above: bool = False
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Group(Expr):
    """Brackets that a person wants to see; they change no value."""

    inner: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """An operation of the rules table, by its name, on its arguments."""

    op: str
    args: tuple[Expr, ...]


def lift(value: Expr | float) -> Expr:
    """A node as it is, a number as a `Num`."""
    return value if isinstance(value, Expr) else Num(float(value))


def refs(expr: Expr) -> Iterator[Ref]:
    """Every reference in the expression, from left to right, with repeats."""
    match expr:
        case Ref():
            yield expr
        case Group(inner):
            yield from refs(inner)
        case Call(_, args):
            for arg in args:
                yield from refs(arg)


def map_refs(expr: Expr, change: Callable[[Ref], Expr]) -> Expr:
    """The expression with every reference replaced by what `change` makes of it."""
    match expr:
        case Ref():
            return change(expr)
        case Group(inner):
            return Group(map_refs(inner, change))
        case Call(op, args):
            return Call(op, tuple(map_refs(arg, change) for arg in args))
        case _:
            return expr


def pin_all_but_last_factor(expr: Expr) -> Expr:
    """The expression with ``$`` before every column except in its last factor, so that it fills to the right."""

    def pinned(ref: Ref) -> Expr:
        return replace(ref, pin=True)

    match expr:
        case Call("*", (left, right)):
            return map_refs(left, pinned) * right
        case _:
            return map_refs(expr, pinned)
