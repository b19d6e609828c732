"""The network behind a table, and the formula that each of its columns should have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from xlbackprop.judge.typed.names import ABOVE, GRADIENT, LEARNING_RATE, TOTAL
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs
from xlbackprop.maths.grad import slopes
from xlbackprop.maths.lower import lower
from xlbackprop.maths.network import Layer, Network, Sample, bias_of, units
from xlbackprop.maths.tape import Role, Tape

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
    inlined: dict[str, Expr] = {}

    def read(ref: Ref) -> Expr:
        return inlined.get(ref.name) or Ref(names.get(ref.name, ref.name))

    for column in tape.of(Role.LAYER):
        if column.expr is not None:
            inlined[column.name] = Group(map_refs(column.expr, read))
    for column in tape.of(Role.NET, Role.ACTIVATION, Role.LOSS, Role.TOTAL):
        total = column.role is Role.TOTAL
        of = GRADIENT if total else f"d{column.name}/d"
        for by, expr in slopes(tape, column.name).items():
            if by != column.name and by not in inlined:
                renamed = map_refs(expr, read)
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
