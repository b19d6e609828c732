"""Expression to number: the tape as a function of floats, or of NumPy arrays that hold one lane per learning rate.

The tape is written out once as the source of a Python function, by the printer that also writes the formulas, and
compiled. Plain floats are enough for `build` (a row waits for the row above it, so there is nothing to vectorise over
but a handful of rates, and importing NumPy costs more than the whole computation); `verify` runs the same source on
arrays. What a spreadsheet calls #NUM! is nan here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from xlbackprop.maths.expr import Call, Expr, Group, Num, refs
from xlbackprop.maths.infix import Dialect, tokens
from xlbackprop.maths.rules import spelt_out
from xlbackprop.maths.tape import GIVEN, STEP, Column, Role, Tape

FUNCTIONS = {
    **{name: name for name in ("exp", "ln", "tanh", "sign", "sqrt", "cos", "floor")},
    "^": "power",
    "/": "ratio",
    "abs": "size",
    "max": "largest",
    "min": "smallest",
    "if": "where",
}
PYTHON = Dialect(functions=FUNCTIONS, groups=True, on_paper=False, blanks=lambda call, top: False)

Row = tuple[Any, ...]
Rows = Generator[Row, Row | None, None]


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.nan


def _power(x: float, y: float) -> float:
    try:
        result = x**y
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)


def _finite(x: float) -> float:
    return x if math.isfinite(x) else math.nan


def _ratio(x: float, y: float) -> float:
    return x / y if y else math.nan


def _ln(x: float) -> float:
    return math.log(x) if x > 0 else math.nan


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))  # noqa: PLR0124 - only nan differs from itself


def _floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else math.nan


def _cos(x: float) -> float:
    return math.cos(x) if math.isfinite(x) else math.nan


def _where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


FLOATS: Mapping[str, Callable[..., Any]] = {
    "exp": _exp,
    "power": _power,
    "finite": _finite,
    "ratio": _ratio,
    "ln": _ln,
    "sqrt": _sqrt,
    "sign": _sign,
    "floor": _floor,
    "cos": _cos,
    "tanh": math.tanh,
    "size": abs,
    "largest": lambda *x: math.nan if any(map(math.isnan, x)) else max(x),  # max(0, nan) is 0
    "smallest": lambda *x: math.nan if any(map(math.isnan, x)) else min(x),
    "where": _where,
}


def source(expr: Expr, names: Mapping[str, str]) -> str:
    """The expression as Python source; `names` says what each reference is called there."""
    return "".join(token if isinstance(token, str) else names[token.name] for token in tokens(expr, PYTHON))


def evaluate(expr: Expr, values: Mapping[str, float]) -> float:
    """The value of one expression in floats.

    >>> from xlbackprop.maths.expr import Ref
    >>> evaluate((Ref("a") - 1) ** 2 * 0.5, {"a": 3.0})
    2.0
    """
    return float(evaluate_all(expr, values, FLOATS))


def evaluate_all(expr: Expr, values: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """The value of one expression in whatever the functions reckon with: floats, or arrays with a lane for each row."""
    names = {name: f"v{place}" for place, name in enumerate(values)}
    scope = {names[name]: value for name, value in values.items()}
    return eval(source(expr, names), dict(functions), scope)  # noqa: S307 - our own printer wrote this source


def trainer(tape: Tape, functions: Mapping[str, Callable[..., Any]] = FLOATS) -> Callable[..., Rows]:
    """A function `train(samples, held, weights, settings, steps)`: row after row of the table, column by column.

    A row that is sent to it stands above the next one in place of its own.

    samples: what the steps are given one after the other, from the first again after the last: each all columns of
    the roles GIVEN; held, weights: the first row's of these roles; settings: those of the tape. All in its order.
    """
    scope: dict[str, Any] = dict(functions)
    exec(compile(_trainer_source(tape), "<tape>", "exec"), scope)  # noqa: S102 - our own printer wrote this source
    train: Callable[..., Rows] = scope["train"]
    return train


# Of these the size is that of the value and of what they read: what they do to it does not make it much larger.
MIXED = (Role.ACTIVATION, Role.LAYER, Role.NORM, Role.STATE, Role.RATE)


def sizer(tape: Tape, functions: Mapping[str, Callable[..., Any]] = FLOATS) -> Callable[[Row], Row]:
    """A function from a row to the size of what each column was calculated from, every difference taken as a sum.

    Rounding leaves an error of some 1e-16 of that in a column, however small the column itself comes out: near the
    goal t - a_o1 is nothing, and its last digits are any program's guess.
    """
    names = {column.name: f"v{place}" for place, column in enumerate(tape)}
    lines = ["def sizes(row):", f"    {_tuple(names, [c.name for c in tape])} = map(abs, row)"]
    for column in tape:
        name = names[column.name]
        if column.role in MIXED and column.expr is not None:
            read = {ref.name for ref in refs(column.expr)} & set(names) - {column.name}
            lines += [f"    {name} = {name} + {names[one]}" for one in sorted(read)]
        elif column.expr is not None and column.role is not Role.WEIGHT:
            lines.append(f"    {name} = {source(_summed(spelt_out(column.expr)), names)}")
    lines.append(f"    return {_tuple(names, [c.name for c in tape])}")
    scope: dict[str, Any] = dict(functions)
    exec(compile("\n".join(lines), "<sizes>", "exec"), scope)  # noqa: S102 - our own printer wrote this source
    sizes: Callable[[Row], Row] = scope["sizes"]
    return sizes


def _summed(expr: Expr) -> Expr:
    """The expression with every minus made a plus."""
    match expr:
        case Group(inner):
            return _summed(inner)
        case Call("neg", (inner,)):
            return _summed(inner)
        case Call(op, args):
            return Call("+" if op == "-" else op, tuple(_summed(arg) for arg in args))
        case _:
            return expr


@lru_cache(maxsize=8)  # a build needs it twice, and printing it takes longer than running it
def _trainer_source(tape: Tape) -> str:
    settings = {name: f"c{place}" for place, name in enumerate(tape.settings)}
    names = {column.name: f"v{place}" for place, column in enumerate(tape)} | settings | {STEP: "step"}
    weights = tape.of(Role.WEIGHT)
    trained, row = (_tuple(names, [c.name for c in columns]) for columns in (weights, tape))
    update = ", ".join(source(c.expr, names) for c in weights if c.expr is not None)
    lines = [
        "def train(samples, held, weights, settings, steps):",
        f"    {trained} = weights",
        f"    {_tuple(names, tape.settings)} = settings",
        "    for step in range(1, steps + 1):",
        f"        {_tuple(names, [c.name for c in tape.of(Role.HELD)]) or '_'} = held",
        f"        {_tuple(names, [c.name for c in tape.of(*GIVEN)])} = samples[(step - 1) % len(samples)]",
        *(f"        {_assignment(c, names)}" for c in tape if c.expr is not None and c.role is not Role.WEIGHT),
        f"        above = yield {row}",
        "        if above is not None:",
        f"            {row} = above",
        f"        {trained} = {update},",
    ]
    return "\n".join(lines)


def _assignment(column: Column, names: Mapping[str, str]) -> str:
    """A column of this row; what it reads of the row above still has that row's value."""
    then = f"finite({source(column.expr or Num(0.0), names)})"
    if column.first is not None:
        then = f"finite({source(column.first, names)}) if step == 1 else {then}"
    return f"{names[column.name]} = {then}"


def _tuple(names: Mapping[str, str], columns: Sequence[str]) -> str:
    return "".join(f"{names[name]}, " for name in columns)
