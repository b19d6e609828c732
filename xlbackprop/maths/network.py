"""The network: what a template describes, and how its units and weights are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

STEPS, THRESHOLD, LEARNING_RATES = 100, 0.001, (0.01, 0.1, 0.5)  # where nobody says otherwise
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Layer:
    """One fully connected layer. weights: (units, inputs), one row per unit; biases: one per unit, or none at all.

    held: whether the biases stay as they are while the weights are trained.
    settings: those of the activation in its row's order, none where they are the usual ones.
    """

    activation: str
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...] = ()
    held: bool = False
    settings: tuple[float, ...] = ()

    @property
    def units(self) -> int:
        """How many units the layer has."""
        return len(self.weights)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a network is shown, and what it should answer."""

    inputs: tuple[float, ...]
    targets: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A row of a table, of optimisers or of schedules, with its settings in that row's order."""

    name: str
    settings: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """A network with the samples it learns and how it is trained.

    full_batch: whether every step learns from all samples at once, rather than from one after the other;
    loss_settings: in its row's order, none where they are the usual ones;
    weight_decay, clip_value, clip_norm: as in torch, 0 for none;
    compared: the optimiser of each sheet, where sheets compare optimisers; else all have the same;
    threshold: the total loss under which it counts as trained; learning_rates: one sheet each;
    look: colours of parts and number formats, by name, where they differ from the usual ones.
    """

    name: str
    title: str
    samples: tuple[Sample, ...]
    layers: tuple[Layer, ...]
    loss: str
    threshold: float = THRESHOLD
    steps: int = STEPS
    learning_rates: tuple[float, ...] = LEARNING_RATES
    full_batch: bool = True
    optimizer: Named = Named("sgd")
    compared: tuple[Named, ...] = ()
    schedule: Named = Named("constant")
    weight_decay: float = 0.0
    clip_value: float = 0.0
    clip_norm: float = 0.0
    look: tuple[tuple[str, str], ...] = ()
    loss_settings: tuple[float, ...] = ()

    def on_sheet(self, k: int) -> Network:
        """The network as it is trained on the k-th sheet, counted from 0."""
        return replace(self, optimizer=self.compared[k], compared=()) if self.compared else self

    @property
    def sizes(self) -> list[int]:
        """How many inputs there are, and how many units in each layer."""
        return [len(self.samples[0].inputs), *(layer.units for layer in self.layers)]

    @property
    def weights(self) -> list[float]:
        """All that is trained, as it is at first, layer by layer: weights in the order of their names, then biases."""
        return [
            value
            for layer in self.layers
            for value in (*(w for unit in layer.weights for w in unit), *(() if layer.held else layer.biases))
        ]

    @property
    def held(self) -> list[float]:
        """The biases that stay as they are, layer by layer."""
        return [bias for layer in self.layers if layer.held for bias in layer.biases]

    @property
    def batch(self) -> int:
        """How many samples a step learns from."""
        return len(self.samples) if self.full_batch else 1


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
    grid = []
    for layer, size in enumerate(network.sizes):
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


def bias_of(unit: Unit) -> str:
    """What the bias of a unit is called: b_h1."""
    return f"b_{unit.net}"


def of_sample(name: str, sample: int, network: Network) -> str:
    """What belongs to one of several samples is called: a_h1⁽²⁾; sample: counted from 0."""
    return name if network.batch == 1 else f"{name}⁽{str(sample + 1).translate(SUPERSCRIPTS)}⁾"
