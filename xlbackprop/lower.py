"""Network to tape: forward pass, losses, gradients and updates as columns in the worksheet's order."""

from __future__ import annotations

from functools import reduce

from xlbackprop.expr import Call, Expr, Group, Ref, pin_all_but_last_factor
from xlbackprop.grad import slopes
from xlbackprop.network import Edge, Network, edges, units
from xlbackprop.tape import LEARNING_RATE, Column, Role, Tape, gradient_name

TOTAL = "E_total"


def lower(network: Network) -> Tape:
    """The tape of one training step.

    The order is the hand-made worksheet's: targets, inputs, then for each layer its weights and its units (what each
    receives, what each gives), then the losses, their total, and a gradient for each weight.
    """
    grid, joined = units(network), list(edges(network))
    last = len(network.layers)
    columns = [Column(f"t{k}", Role.TARGET, last) for k in range(1, len(network.targets) + 1)]
    columns += [Column(unit.net, Role.INPUT, 0) for unit in grid[0]]
    for depth, layer in enumerate(network.layers, start=1):
        incoming = [edge for edge in joined if edge.target.layer == depth]
        columns += [Column(edge.weight, Role.WEIGHT, depth, _update(edge.weight)) for edge in incoming]
        for unit in grid[depth]:
            net = _sum([_product(edge) for edge in incoming if edge.target == unit])
            columns.append(Column(unit.net, Role.NET, depth, net))
            columns.append(Column(unit.activation, Role.ACTIVATION, depth, Call(layer.activation, (Ref(unit.net),))))
    losses = []
    for k, unit in enumerate(grid[-1], start=1):
        losses.append(Column(f"E{k}", Role.LOSS, last, Call(network.loss, (Ref(f"t{k}"), Ref(unit.activation)))))
    columns += [*losses, Column(TOTAL, Role.TOTAL, last, _sum([Ref(loss.name) for loss in losses]))]
    forward = Tape(tuple(columns), last)
    return Tape((*columns, *_gradients(forward, joined)), last)


def _gradients(forward: Tape, joined: list[Edge]) -> list[Column]:
    slope = slopes(forward, TOTAL)
    return [
        Column(
            gradient_name(edge.weight), Role.GRADIENT, edge.target.layer, pin_all_but_last_factor(slope[edge.weight])
        )
        for edge in joined
    ]


def _product(edge: Edge) -> Expr:
    return Group(Ref(edge.weight) * Ref(edge.source.activation))


def _update(weight: str) -> Expr:
    return Ref(weight, above=True) - Group(Ref(LEARNING_RATE) * Ref(gradient_name(weight), above=True))


def _sum(terms: list[Expr]) -> Expr:
    return reduce(lambda left, right: left + right, terms)
