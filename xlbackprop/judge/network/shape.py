"""The network behind a table, and what each of its columns is for numbers drawn at random: three rows of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlbackprop.judge.typed.names import ABOVE, BELOW, GRADIENT, LEARNING_RATE, TOTAL
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs
from xlbackprop.maths.grad import slopes
from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Layer, Network, Sample, bias_of, units
from xlbackprop.maths.rules import LOSSES, WHOLE_LAYER, spelt_out
from xlbackprop.maths.tape import Role, Tape

Array = NDArray[np.float64]
Values = Mapping[str, Array] | Mapping[str, float]

POINTS = 5
SAME = 1e-9  # of the value: mistakes that people make are off by 1e-4 and more, rounding by 1e-13
SEED = 20
RATE = Ref(LEARNING_RATE)


SLOPE = "slope"
# What people keep in their gradient columns: made of the slope so, and taken off or added to a weight so.
HOLDS: dict[str, tuple[Callable[[Expr], Expr], Callable[[Expr, Expr], Expr]]] = {
    SLOPE: (lambda slope: slope, lambda weight, kept: weight - RATE * kept),
    "minus the slope": (lambda slope: -slope, lambda weight, kept: weight + RATE * kept),
    "the step": (lambda slope: RATE * Group(slope), lambda weight, kept: weight - kept),
    "minus the step": (lambda slope: -(RATE * Group(slope)), lambda weight, kept: weight + kept),
}


@dataclass(frozen=True)
class Shape:
    """A fully connected network with the names that a table gives its parameters.

    sizes: inputs, then the units of each layer; activations, one a layer; biased, trained: of each layer;
    weights: the table's names in our order, unit by unit; biases: likewise, one name for each unit that has one, and
    the same name where units share one; scale: of the total loss and all gradients, where it is not the usual one;
    holds: what stands in the gradient columns, a key of HOLDS.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    weights: tuple[str, ...]
    biases: tuple[str, ...] = ()
    biased: tuple[bool, ...] = ()
    trained: bool = False
    scale: float = 1.0
    holds: str = SLOPE

    def network(self) -> Network:
        """The network, with zeros for every number."""
        biased = self.biased or (False,) * len(self.activations)
        layers = [
            Layer(activation, ((0.0,) * before,) * size, (0.0,) * size if has else (), not self.trained)
            for activation, before, size, has in zip(self.activations, self.sizes, self.sizes[1:], biased, strict=False)
        ]
        sample = Sample((0.0,) * self.sizes[0], (0.0,) * self.sizes[-1])
        return Network("", "", (sample,), tuple(layers), self.loss)


lowered = lru_cache(256)(lower)  # what differs only in names or in what is held is the same tape


def tape_of(shape: Shape) -> Tape:
    """The tape of one step, with our names."""
    return lowered(shape.network())


@lru_cache(256)
def called(shape: Shape) -> dict[str, str]:
    """What the table calls our columns, where it is not the same: w2 -> w3, b_h1 -> b1."""
    network = shape.network()
    ours = [
        bias_of(unit)
        for layer, row in zip(network.layers, units(network)[1:], strict=True)
        for unit in row
        if layer.biases
    ]
    names = {f"w{k}": name for k, name in enumerate(shape.weights, start=1)}
    return names | dict(zip(ours, shape.biases, strict=True))


@lru_cache(256)
def formulas(shape: Shape) -> dict[str, Expr]:
    """What each column of this row should be, in the table's names; those of the row above are marked.

    Only what a hand-made table may have: errors of units are written out in the gradients.
    """
    tape, names = tape_of(shape), called(shape)
    found: dict[str, Expr] = {}
    inlined: dict[str, Expr] = {}

    def read(ref: Ref) -> Expr:
        return inlined.get(ref.name) or Ref(names.get(ref.name, ref.name))

    for column in tape:
        if column.expr is None or column.role is Role.WEIGHT:
            continue
        expr = map_refs(column.expr, read)
        match column.role:
            case Role.DELTA | Role.LAYER:
                inlined[column.name] = Group(expr)
            case Role.GRADIENT:
                of = column.name.removeprefix("∂E/∂")
                name = GRADIENT + names.get(of, of)
                scaled = HOLDS[shape.holds][0](_scaled(expr, shape))
                found[name] = found[name] + scaled if name in found else scaled
            case Role.TOTAL:
                found[TOTAL] = _total(expr, shape)
            case _:
                found[column.name] = expr
    return found | {name: update(name, shape.holds) for name in parameters(shape)}


@lru_cache(256)
def slopes_of(shape: Shape) -> dict[str, Expr]:
    """The slope of every column with respect to each that it is calculated from: da_o1/do1, dE1/da_h1, dE/da_h1."""
    tape, names = tape_of(shape), called(shape)
    found: dict[str, Expr] = {}
    for column in tape.of(Role.NET, Role.ACTIVATION, Role.LOSS, Role.TOTAL):
        total = column.role is Role.TOTAL
        of = GRADIENT if total else f"d{column.name}/d"
        for by, expr in slopes(tape, column.name).items():
            if by != column.name:
                renamed = map_refs(expr, lambda ref: Ref(names.get(ref.name, ref.name)))
                found[of + names.get(by, by)] = _scaled(renamed, shape) if total else renamed
    return found


def _scaled(slope: Expr, shape: Shape) -> Expr:
    return slope if shape.scale == 1 else Num(shape.scale) * slope


def _total(expr: Expr, shape: Shape) -> Expr:
    if shape.scale == 1:
        return expr
    outputs = shape.sizes[-1]
    if isinstance(expr, Call) and expr.op == "/" and shape.scale == outputs:
        return expr.args[0]
    return expr / (1 / shape.scale) if 1 / shape.scale == int(1 / shape.scale) else Num(shape.scale) * expr


def parameters(shape: Shape) -> list[str]:
    """All that is trained, in the table's names."""
    return [*shape.weights, *(dict.fromkeys(shape.biases) if shape.trained else ())]


def update(name: str, holds: str = SLOPE) -> Expr:
    """What a parameter is after a step: w1 of the row above, less the rate times its gradient."""
    return HOLDS[holds][1](Ref(name + ABOVE), Ref(GRADIENT + name + ABOVE))


@lru_cache(1024)  # more than are tried for one table, or the next of the same kind would find none of them
def points(shape: Shape) -> dict[str, Array]:
    """Each column of three rows, one after the other, at POINTS random points: w1↑, w1 and w1↓.

    Inputs and targets are drawn anew for each row, so that a formula that reads them in another row shows.
    """
    draw = np.random.default_rng(SEED)
    rate = draw.uniform(0.3, 1.2, POINTS)
    values: dict[str, Array] = {}
    parameter = {name: _drawn(draw) for name in (*shape.weights, *shape.biases)}
    right = formulas(shape)
    for mark in (ABOVE, "", BELOW):
        row: dict[str, Array] = {**parameter, LEARNING_RATE: rate}
        row |= {f"i{k}": _drawn(draw) for k in range(1, shape.sizes[0] + 1)}
        row |= {f"t{k}": target for k, target in enumerate(_targets(draw, shape), start=1)}
        trained = set(parameters(shape))
        for name, expr in right.items():
            if name not in trained:
                row[name] = evaluated(expr, row)
        values |= {name + mark: value for name, value in row.items()}
        below = {name + ABOVE: value for name, value in row.items()}
        parameter = {
            name: evaluated(update(name, shape.holds), {**below, LEARNING_RATE: rate}) if name in trained else value
            for name, value in parameter.items()
        }
    return values


def _drawn(draw: np.random.Generator) -> Array:
    signs = draw.choice([-1.0, 1.0], POINTS)
    return signs * draw.uniform(0.3, 1.4, POINTS)


def _targets(draw: np.random.Generator, shape: Shape) -> Array:
    found = draw.uniform(0.1, 0.9, (shape.sizes[-1], POINTS))
    result: Array = found / found.sum(axis=0) if LOSSES[shape.loss].after in WHOLE_LAYER else found
    return result


FUNCTIONS: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "neg": np.negative,
    "exp": np.exp,
    "ln": np.log,
    "tanh": np.tanh,
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "cos": np.cos,
    "floor": np.floor,
    "max": lambda *x: reduce(np.maximum, x),
    "min": lambda *x: reduce(np.minimum, x),
    "if": np.where,
}
COMPARISONS = {
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
    "=": np.equal,
    "<>": np.not_equal,
}
FUNCTIONS |= {
    op: lambda x, y, compare=compare: compare(x, y).astype(float) for op, compare in COMPARISONS.items()
}  # TRUE counts as 1


def evaluated(expr: Expr, values: Values) -> Array:
    """The value of an expression at every point; nan where it has none. KeyError for a name without values."""
    with np.errstate(all="ignore"):
        result: Array = np.asarray(_evaluated(expr, values), dtype=float)
    return result


def _evaluated(expr: Expr, values: Values) -> Any:
    match expr:
        case Num(value):
            return np.float64(value)
        case Ref(name):
            return values[name]
        case Group(inner):
            return _evaluated(inner, values)
        case Call(op, args) if op in FUNCTIONS:
            return FUNCTIONS[op](*(_evaluated(arg, values) for arg in args))
        case Call():
            return _evaluated(spelt_out(expr), values)
        case _:
            raise TypeError(f"cannot evaluate a {type(expr).__name__}")


def agree(found: Array, right: Array) -> Array:
    """Whether two values are the same at every point. found, right: (..., POINTS); gives (...)."""
    with np.errstate(all="ignore"):
        close = np.abs(found - right) <= SAME * np.abs(right)
    result: Array = np.all(close, axis=-1)
    return result


def fits(found: Array, right: Array) -> Array:
    """Whether a value agrees wherever it matters: where `right` is nan, any will do. Shapes as for `agree`."""
    known = ~np.isnan(right)
    if not known.any():
        return np.zeros(np.shape(found)[:-1], dtype=bool)
    return agree((found + np.zeros_like(right))[..., known], right[known])


def ratios(expr: Expr, values: Mapping[str, Array], name: str) -> tuple[float, ...] | None:
    """What a formula is times what `name` should be, at every point, to ten digits; None where it is no number.

    Where both are 0, as behind a ReLU, it may be any number of times as much: the same as at the first other point.
    """
    try:
        found, right = evaluated(expr, values), values[name]
    except KeyError:
        return None
    neither = (found == 0) & (right == 0)
    with np.errstate(all="ignore"):
        ratio = np.where(neither, np.nan, found / right)
    if np.all(neither):
        return None
    ratio = np.where(neither, ratio[np.argmin(neither)], ratio)
    return tuple(float(f"{one:.10g}") for one in ratio) if np.all(np.isfinite(ratio)) else None


def times(expr: Expr, values: Mapping[str, Array], name: str) -> float | None:
    """The number that a formula is of what `name` should be, to nine digits; None where it is none, or not always."""
    found = ratios(expr, values, name)
    same = found is not None and np.all(np.abs(np.subtract(found, found[0])) <= SAME * abs(found[0]))
    return float(f"{found[0]:.9g}") if found is not None and same else None


def refs_of(names: Sequence[str]) -> list[Expr]:
    """A reference to each name."""
    return [Ref(name) for name in names]
