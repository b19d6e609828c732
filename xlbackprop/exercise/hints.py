"""Hints that unfold from general to specific. They name the factors of the chain rule, and no finished formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from xlbackprop.exercise.blanks import FORWARD, GRADIENTS, LOSS, UPDATES
from xlbackprop.maths.expr import Expr, Num, refs
from xlbackprop.maths.grad import local_slope, path
from xlbackprop.maths.network import Network
from xlbackprop.maths.paper import written
from xlbackprop.maths.tape import Column, Role, Tape


def hints(network: Network, tape: Tape, blank: Sequence[str]) -> list[tuple[str, str]]:
    """What each hint is called, and what it says."""
    return [(f"{kind} {n}", text) for kind in blank for n, text in enumerate(MAKERS[kind](network, tape), start=1)]


def _forward(network: Network, tape: Tape) -> list[str]:
    net, gives = tape.of(Role.NET)[0], tape.of(Role.ACTIVATION)[0]
    return [
        "What a unit receives is a sum: each weight into it, times what stands where its arrow begins.",
        f"{_made(net)}. {_made(gives)}.",
        f"{gives.name} is {written(_read(gives))}. EXP(x) is e to the power of x.",
    ]


def _loss(network: Network, tape: Tape) -> list[str]:
    loss = tape.of(Role.LOSS)[0]
    return [
        "A loss says how far an output unit is from its target; the total adds up all of them.",
        f"{_made(loss)}. {_made(tape.total)}.",
        f"The loss is called {network.loss}.",
    ]


def _gradients(network: Network, tape: Tape) -> list[str]:
    last = tape.of(Role.WEIGHT, layer=tape.layers)[0].name
    texts = [
        "A weight moves E_total only through the cells that read it: follow its arrow, step by step, to the loss.",
        "Multiply the slopes of all steps on the way; where several ways lead to E_total, add up what they give.",
        f"To {last} leads the way {_chain(tape, last)}.",
    ]
    if tape.layers > 1:
        first = tape.of(Role.WEIGHT, layer=1)[0].name
        way = path(tape, tape.total.name, first)
        texts.append(
            f"To {first}: ∂{tape.total.name}/∂{way[-3]} * {_steps(way[-3:])}, the first of them a sum over ways."
        )
    if several := max(column.sample for column in tape):
        texts.append(f"Each of the {several + 1} samples gives such a product, and the gradient is their sum.")
    units = tape.of(Role.ACTIVATION)
    return [*texts, f"{_slope_reads(tape, units[-1])}; {_slope_reads(tape, units[0])}. Mind which unit you are at."]


def _updates(network: Network, tape: Tape) -> list[str]:
    weight = tape.of(Role.WEIGHT)[0]
    return [
        "Gradient descent takes a step against the slope; the learning rate says how large a step.",
        f"The new {weight.name} reads three cells: {weight.name} and its gradient, both of the row above, and η.",
        "η stands in one cell for all rows: put $ before its letters and its number, so that filling down keeps it.",
    ]


MAKERS: dict[str, Callable[[Network, Tape], list[str]]] = {
    FORWARD: _forward,
    LOSS: _loss,
    GRADIENTS: _gradients,
    UPDATES: _updates,
}


def _read(column: Column) -> Expr:
    return column.expr or Num(0.0)


def _made(column: Column) -> str:
    return f"{column.name} is made of {' and '.join(dict.fromkeys(ref.name for ref in refs(_read(column))))}"


def _chain(tape: Tape, weight: str) -> str:
    return _steps(path(tape, tape.total.name, weight))


def _steps(way: Sequence[str]) -> str:
    return " * ".join(f"∂{a}/∂{b}" for a, b in pairwise(way))


def _slope_reads(tape: Tape, unit: Column) -> str:
    """Which cells the slope of what a unit gives can be written with."""
    net = next(refs(_read(unit))).name
    read = dict.fromkeys(ref.name for ref in refs(local_slope(tape, unit.name, net)))
    return f"∂{unit.name}/∂{net} can be written with {' and '.join(read) or 'a number'} alone"
