"""One printer for every reading of an expression: it decides order, brackets and blanks; a dialect decides spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref
from xlbackprop.maths.rules import RULES, body

Token = str | Ref

# Excel's own ranking: unary minus binds tighter than ^ (=-2^2 is 4), and ^ is left associative.
PRECEDENCE = {">": 0, "+": 1, "-": 1, "*": 2, "/": 2, "^": 3, "neg": 4}
ATOM = 5
POWERS = {"square": 2, "cube": 3}  # products that people write as powers


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one reader spells what the printer has ordered.

    functions: what the reader calls an operation that it writes as ``NAME(x)``.
    groups: whether brackets that are there only for people are written.
    on_paper: whether an activation or loss is written by its name rather than spelt out.
    powers: whether such products are written as powers.
    blanks: whether there are blanks round the operator of this call; `top` says that nothing is round the call.
    """

    functions: Mapping[str, str]
    groups: bool
    on_paper: bool
    blanks: Callable[[Call, bool], bool]
    powers: bool = False


def number(value: float) -> str:
    """A constant in the fewest digits that give it back: 2, 0.5."""
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def tokens(expr: Expr, dialect: Dialect, *, top: bool = True) -> list[Token]:
    """The expression as pieces of text with its references, from left to right."""
    match expr := _as_power(expr, dialect):
        case Num(value):
            return [number(value)]
        case Ref():
            return [expr]
        case Group(inner):
            return ["(", *tokens(inner, dialect, top=False), ")"] if dialect.groups else tokens(inner, dialect, top=top)
        case Call(op, args) if op in dialect.functions:
            return [dialect.functions[op], "(", *_listed(args, dialect), ")"]
        case Call("neg", (inner,)):
            return ["-", *_operand(inner, dialect, PRECEDENCE["neg"])]
        case Call(op, (left, right)) if op in PRECEDENCE:
            rank = PRECEDENCE[op]
            sign = f" {op} " if dialect.blanks(expr, top) else op
            return [*_operand(left, dialect, rank), sign, *_operand(right, dialect, rank + 1)]
        case Call(op) if dialect.on_paper and (paper := RULES[op].paper):
            return _filled(paper, expr.args, dialect)
        case Call():
            spelt = body(expr)
            if spelt is None:
                raise TypeError(f"no spelling for {expr.op!r} in this dialect")
            return tokens(spelt, dialect, top=top)
        case _:
            raise TypeError(f"cannot print a {type(expr).__name__}")


def _operand(expr: Expr, dialect: Dialect, rank: int) -> list[Token]:
    """An operand, in brackets where it binds less tightly than `rank`, or is negative."""
    bare = expr
    while isinstance(bare, Group) and not dialect.groups:
        bare = bare.inner
    if _rank(bare, dialect) < rank or _negative(bare):
        return ["(", *tokens(bare, dialect, top=False), ")"]
    return tokens(bare, dialect, top=False)


def _as_power(expr: Expr, dialect: Dialect) -> Expr:
    match expr:
        case Call(op, (inner,)) if dialect.powers and op in POWERS:
            return inner ** POWERS[op]
        case _:
            return expr


def _rank(expr: Expr, dialect: Dialect) -> int:
    match expr := _as_power(expr, dialect):
        case Call(op) if op in PRECEDENCE and op not in dialect.functions:
            return PRECEDENCE[op]
        case Call(op) if op not in dialect.functions and not (dialect.on_paper and RULES[op].paper):
            spelt = body(expr)
            return _rank(spelt, dialect) if spelt is not None else ATOM
        case _:
            return ATOM


def _negative(expr: Expr) -> bool:
    return (isinstance(expr, Call) and expr.op == "neg") or (isinstance(expr, Num) and expr.value < 0)


def _listed(args: tuple[Expr, ...], dialect: Dialect) -> list[Token]:
    out: list[Token] = []
    for place, arg in enumerate(args):
        out += [","] * (place > 0) + tokens(arg, dialect, top=False)
    return out


def _filled(template: str, args: tuple[Expr, ...], dialect: Dialect) -> list[Token]:
    """The pieces of ``sigmoid({0})`` with the arguments in their places."""
    out: list[Token] = []
    for piece in template.replace("}", "{").split("{"):
        out += tokens(args[int(piece)], dialect, top=False) if piece.isdigit() else [piece]
    return out
