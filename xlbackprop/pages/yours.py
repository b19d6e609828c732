"""Where the user's cells stand: on Start; several samples and many weights on sheets of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import ceil

from xlbackprop.maths.network import Network, bias_of, edges, of_sample, units
from xlbackprop.maths.tape import Role, Tape
from xlbackprop.pages.page import Place

START, DATA, WEIGHTS = "Start", "Data", "Weights"
GROUPS: Place = (9, 2)  # on Start, the first yellow cell
LONGEST = 24  # yellow cells under each other
MOST_PAIRS = 6  # of columns, name and yellow cell; with more, the drawing and the charts would be out of sight
FIRST_LOSS = 2  # on Start, the column of the table of learning rates that reads each of their sheets
SHEET_COLUMN = 8  # the one that says what each sheet is called
SETTINGS_COLUMN = 10  # on Start, in the table of learning rates
WEIGHTS_TOP = 6  # the row on Weights of the first layer's heading
DATA_HEADER = 6  # the row on Data over the first sample; its columns are the sample's number, inputs, targets


@dataclass(frozen=True, slots=True)
class Matrix:
    """A layer on Weights. heads: of its columns, from the second on; lines: of each unit, its name and its weights'.

    A unit has a row of names and under it a row of numbers.
    """

    row: int
    heads: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def last_row(self) -> int:
        """The row of the last unit's numbers."""
        return self.row + 1 + 2 * len(self.lines)

    @property
    def places(self) -> Iterator[tuple[str, Place]]:
        """Every weight with the place of its number."""
        for n, (_, names) in enumerate(self.lines, start=1):
            for column, name in enumerate(names, start=2):
                yield name, (self.row + 1 + 2 * n, column)


@dataclass(frozen=True)
class Places:
    """The places of the yellow cells. tapes: of each sheet, one for each learning rate or optimiser."""

    network: Network
    tapes: tuple[Tape, ...]

    @property
    def many_samples(self) -> bool:
        """Whether the samples have a sheet of their own."""
        return len(self.network.samples) > 1

    @cached_property
    def many_weights(self) -> bool:
        """Whether the first weights have a sheet of their own."""
        return len(self._sample) + sum(ceil(len(names) / LONGEST) for names in self._layers) > MOST_PAIRS

    @property
    def sheets(self) -> list[str]:
        """The sheets of their own, in their order."""
        return [*([DATA] if self.many_samples else []), *([WEIGHTS] if self.many_weights else [])]

    @cached_property
    def given(self) -> dict[str, tuple[str, Place]]:
        """The sheet and place of each input, target, bias and first weight.

        On Start they stand in pairs of columns, by sample and layer, at most LONGEST under each other; the rest goes to
        the next pair.
        """
        places: dict[str, tuple[str, Place]] = {}
        if self.many_samples:
            for k in range(len(self.network.samples)):
                for column, name in enumerate((*self.inputs, *self.targets), start=2):
                    places[called(name, k, self.network)] = (DATA, (DATA_HEADER + 1 + k, column))
        if self.many_weights:
            places |= {name: (WEIGHTS, place) for matrix in self.matrices for name, place in matrix.places}
        pair = 0
        for names in (*self._sample, *([] if self.many_weights else self._layers)):
            for start in range(0, len(names), LONGEST):
                for row, name in enumerate(names[start : start + LONGEST]):
                    places[name] = (START, (GROUPS[0] + row, GROUPS[1] + 3 * pair))
                pair += 1
        return places

    @cached_property
    def matrices(self) -> list[Matrix]:
        """Where on Weights each layer stands: its weights as a matrix with a line for each unit, biases last."""
        found: list[Matrix] = []
        row = WEIGHTS_TOP
        grid = units(self.network)
        joined = list(edges(self.network))
        for layer, (before, here) in zip(self.network.layers, pairwise(grid), strict=True):
            lines = []
            for unit in here:
                names = [edge.weight for edge in joined if edge.target == unit]
                lines.append((unit.net, (*names, bias_of(unit)) if layer.biases else tuple(names)))
            sources = [unit.activation for unit in before]
            found.append(Matrix(row, (*sources, "bias") if layer.biases else tuple(sources), tuple(lines)))
            row = found[-1].last_row + 2
        return found

    @property
    def inputs(self) -> list[str]:
        """What the inputs of a sample are called."""
        return [unit.net for unit in units(self.network)[0]]

    @property
    def targets(self) -> list[str]:
        """What its targets are called."""
        return [f"t{k}" for k in range(1, self.network.sizes[-1] + 1)]

    @property
    def _sample(self) -> list[list[str]]:
        return [] if self.many_samples else [[*self.inputs, *self.targets]]

    @property
    def _layers(self) -> list[list[str]]:
        """What each layer begins with."""
        tape = self.tapes[0]
        return [[c.name for c in tape.of(Role.WEIGHT, Role.HELD, layer=n)] for n in range(1, tape.layers + 1)]

    @cached_property
    def _on_start(self) -> list[Place]:
        return [place for sheet, place in self.given.values() if sheet == START]

    @cached_property
    def right(self) -> int:
        """The first column on Start that is right of all the yellow cells."""
        last = max((column for _, column in self._on_start), default=0)
        return max(last + 3, SETTINGS_COLUMN + 1 + len(self.symbols))

    @cached_property
    def threshold(self) -> Place:
        """Where on Start the loss threshold stands."""
        return max((row for row, _ in self._on_start), default=GROUPS[0]) + 2, 5

    def rate(self, k: int) -> Place:
        """Where on Start the k-th learning rate stands, k counted from 0; those under each other."""
        return self.threshold[0] + 4 + k, 1

    @cached_property
    def symbols(self) -> list[str]:
        """The settings of any sheet besides the learning rate."""
        return list(dict.fromkeys(symbol for tape in self.tapes for symbol in tape.settings[1:]))

    def setting(self, k: int, symbol: str) -> Place:
        """Where on Start a setting of the k-th sheet stands."""
        return self.rate(k)[0], SETTINGS_COLUMN + self.symbols.index(symbol)

    @cached_property
    def samples(self) -> list[str]:
        """What targets and inputs of every sample are called, sample by sample, in the order of a tape's columns."""
        return [
            called(name, k, self.network)
            for k in range(len(self.network.samples))
            for name in (*self.targets, *self.inputs)
        ]


def called(name: str, sample: int, network: Network) -> str:
    """What a number of a sample is called among the user's cells."""
    return of_sample(name, sample, replace(network, full_batch=True))
