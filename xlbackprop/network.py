"""The network: what a template describes, and how its units and weights are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One fully connected layer. weights: (units, inputs), one row per unit."""

    activation: str
    weights: tuple[tuple[float, ...], ...]

    @property
    def units(self) -> int:
        """How many units the layer has."""
        return len(self.weights)


@dataclass(frozen=True, slots=True)
class Network:
    """A network with the sample it learns and how it is trained.

    threshold: the total loss under which it counts as trained; learning_rates: one sheet each.
    """

    name: str
    title: str
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    layers: tuple[Layer, ...]
    loss: str
    threshold: float
    steps: int
    learning_rates: tuple[float, ...]

    @property
    def weights(self) -> list[float]:
        """All first weights, in the order of their names."""
        return [w for layer in self.layers for unit in layer.weights for w in unit]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of layer 0 (the inputs), 1, … net: what it receives (h1); activation: what it gives (a_h1)."""

    layer: int
    net: str
    activation: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A weight with the units it joins."""

    weight: str
    source: Unit
    target: Unit


def letter(layer: int, layers: int) -> str:
    """What the units of a layer are called: i, h (h2_ … where there are several hidden layers), o.

    >>> [letter(layer, 2) for layer in range(3)]
    ['i', 'h', 'o']
    """
    if layer == 0:
        return "i"
    if layer == layers:
        return "o"
    return "h" if layers == 2 else f"h{layer}_"


def units(network: Network) -> list[list[Unit]]:
    """The units layer by layer, inputs first; an input gives what it receives."""
    sizes = [len(network.inputs), *(layer.units for layer in network.layers)]
    grid = []
    for layer, size in enumerate(sizes):
        nets = [f"{letter(layer, len(network.layers))}{k}" for k in range(1, size + 1)]
        grid.append([Unit(layer, net, net if layer == 0 else f"a_{net}") for net in nets])
    return grid


def edges(network: Network) -> Iterator[Edge]:
    """Every weight in the order of its number: w1 joins i1 to h1, w2 joins i2 to h1."""
    count = 0
    grid = units(network)
    for layer in grid[1:]:
        for target in layer:
            for source in grid[target.layer - 1]:
                count += 1
                yield Edge(f"w{count}", source, target)
