"""Expression to number: the tape as a function of floats, or of NumPy arrays that hold one lane per learning rate.

The tape is written out once as the source of a Python function, by the printer that also writes the formulas, and
compiled. Plain floats are enough for `build` (a row waits for the row above it, so there is nothing to vectorise over
but a handful of rates, and importing NumPy costs more than the whole computation); `verify` runs the same source on
arrays. What a spreadsheet calls #NUM! is nan here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xlbackprop.expr import Expr
from xlbackprop.infix import Dialect, tokens
from xlbackprop.tape import GIVEN, LEARNING_RATE, Role, Tape

PYTHON = Dialect(functions={"exp": "exp", "^": "power"}, groups=True, on_paper=False, blanks=lambda call, top: False)

Row = tuple[Any, ...]


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


FLOATS: Mapping[str, Callable[..., Any]] = {"exp": _exp, "power": _power}


def source(expr: Expr, names: Mapping[str, str]) -> str:
    """The expression as Python source; `names` says what each reference is called there."""
    return "".join(token if isinstance(token, str) else names[token.name] for token in tokens(expr, PYTHON))


def evaluate(expr: Expr, values: Mapping[str, float]) -> float:
    """The value of one expression in floats.

    >>> evaluate((Ref("a") - 1) ** 2 * 0.5, {"a": 3.0})
    2.0
    """
    names = {name: f"v{place}" for place, name in enumerate(values)}
    scope = {names[name]: value for name, value in values.items()}
    return float(eval(source(expr, names), {**FLOATS}, scope))  # noqa: S307 - our own printer wrote this source


def trainer(tape: Tape, functions: Mapping[str, Callable[..., Any]] = FLOATS) -> Callable[..., list[Row]]:
    """A function `train(given, weights, learning_rate, steps)` that returns every row of the table, column by column.

    given: targets and inputs in the tape's order; weights: the first row's, in the tape's order.
    """
    scope: dict[str, Any] = dict(functions)
    exec(compile(_trainer_source(tape), "<tape>", "exec"), scope)  # noqa: S102 - our own printer wrote this source
    train: Callable[..., list[Row]] = scope["train"]
    return train


def _trainer_source(tape: Tape) -> str:
    names = {column.name: f"v{place}" for place, column in enumerate(tape)} | {LEARNING_RATE: "lr"}
    weights = tape.of(Role.WEIGHT)
    now = [
        f"{names[c.name]} = {source(c.expr, names)}" for c in tape if c.expr is not None and c.role is not Role.WEIGHT
    ]
    row = ", ".join(names[column.name] for column in tape)
    held = _tuple(names, [c.name for c in weights])
    update = ", ".join(source(c.expr, names) for c in weights if c.expr is not None)
    lines = [
        "def train(given, weights, lr, steps):",
        f"    {_tuple(names, [c.name for c in tape.of(*GIVEN)])} = given",
        f"    {held} = weights",
        "    rows = []",
        "    for _ in range(steps):",
        *(f"        {line}" for line in now),
        f"        rows.append(({row},))",
        f"        {held} = {update},",
        "    return rows",
    ]
    return "\n".join(lines)


def _tuple(names: Mapping[str, str], columns: Sequence[str]) -> str:
    return "".join(f"{names[name]}, " for name in columns)
