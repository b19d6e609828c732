"""Every row by NumPy, one lane for each learning rate: as the training goes on, or from what a program has above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from typing import Any

import numpy as np

from xlbackprop.engines import Values
from xlbackprop.grid import Grid
from xlbackprop.maths.numeric import FLOATS, Row, Rows, sizer, trainer
from xlbackprop.maths.tape import Tape
from xlbackprop.pages.plan import Given, Plan, Run
from xlbackprop.proof.compare import Array, numbers_of

LARGEST_EXP = 709.78  # beyond, EXP is #NUM! in a spreadsheet


def run_by_numpy(plan: Plan, given: Given, program: Values | None = None) -> Run:
    """Every row of every sheet; sheets with the same tape are lanes of one calculation.

    program: a program's values. With them each row follows from the row above as that program has it; else from ours.
    """
    found: dict[int, tuple[Any, ...]] = {}
    for tape in dict.fromkeys(plan.tapes):
        sheets = [k for k, one in enumerate(plan.tapes) if one == tape]
        settings = [
            np.array(values) for values in zip(*((given.rates[k], *given.settings[k]) for k in sheets), strict=True)
        ]
        weights = [np.full(len(sheets), weight) for weight in given.weights]
        table = np.empty((plan.steps, len(tape.columns), len(sheets)))
        with np.errstate(all="ignore"):
            rows = trainer(tape, ARRAYS)(plan.samples(given), given.held, weights, settings, plan.steps)
            for n, row in enumerate(rows if program is None else _going_on(rows, _there(plan, sheets, program))):
                for place, value in enumerate(row):
                    table[n, place] = value
        for lane, k in enumerate(sheets):
            found[k] = tuple(map(tuple, table[:, :, lane].tolist())), _scales(tape, table[:, :, lane])
    every = [found[k] for k in range(len(plan.rate_sheets))]
    return Run(plan, given, tuple(rows for rows, _ in every), tuple(scales for _, scales in every))


def _there(plan: Plan, sheets: Sequence[int], program: Values) -> Array:
    """What a program has in the tables of these sheets, which have the same tape: (steps, columns, sheets)."""
    first = plan.tables[sheets[0]]
    grids = [program.get(plan.rate_sheets[k], Grid()) for k in sheets]
    columns = len(first.tape.columns)
    return np.stack([numbers_of(grid, first.first_row, first.last_row, columns) for grid in grids], axis=-1)


def _going_on(rows: Rows, there: Array) -> Iterator[Row]:
    """Row after row, each from what is there above it; where there is no number, from what should be."""
    with suppress(StopIteration):
        row = next(rows)
        for above in there:
            yield row
            row = rows.send(tuple(np.where(np.isfinite(one), one, ours) for one, ours in zip(above, row, strict=True)))


def _scales(tape: Tape, table: Array) -> tuple[float, ...]:
    """Of every column the largest finite size, one for all rows, as errors add up. table: (steps, columns)."""
    with np.errstate(all="ignore"):
        sizes = sizer(tape, ARRAYS)(tuple(table.T))
    return tuple(float(np.max(size, where=np.isfinite(size), initial=0.0)) for size in sizes)


def _finite(x: Array) -> Array:
    result: Array = x + 0 * x  # 0 times infinity is nan; this takes half as long as isfinite() and where()
    return result


def _exp(x: Array) -> Array:
    """EXP as spreadsheets have it: beyond the largest double it is an error, not infinity."""
    result: Array = np.where(x > LARGEST_EXP, np.nan, np.exp(x))
    return result


EACH = np.vectorize(FLOATS["power"], otypes=[float])


def _power(base: Any, exponent: Any) -> Array:
    """The C library's, as programs have it: every fifth of NumPy's differs in the last bit, and 1 - β^t shows it."""
    if isinstance(exponent, int) and np.ndim(base) == 1:  # many times quicker
        return np.array([FLOATS["power"](one, exponent) for one in base.tolist()])
    result: Array = EACH(base, exponent)
    return result


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "exp": _exp,
    "power": _power,
    "finite": _finite,
    "ratio": np.divide,
    "ln": np.log,
    "sqrt": np.sqrt,
    "sign": np.sign,
    "floor": np.floor,
    "cos": np.cos,
    "tanh": np.tanh,
    "size": np.abs,
    "largest": lambda *x: reduce(np.maximum, x),
    "smallest": lambda *x: reduce(np.minimum, x),
    "where": np.where,
}
