"""Where the user's cells stand: on Start, and the samples on a sheet of their own where there are several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from xlbackprop.network import Network, of_sample, units
from xlbackprop.page import Place
from xlbackprop.tape import Role, Tape

START, DATA = "Start", "Data"
GROUPS: Place = (9, 2)  # on Start, the first yellow cell
LONGEST = 24  # yellow cells under each other
SETTINGS_COLUMN = 10  # on Start, in the table of learning rates
DATA_HEADER = 6  # the row on Data over the first sample; its columns are the sample's number, inputs, targets


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
        pair = 0
        for names in self._groups:
            for start in range(0, len(names), LONGEST):
                for row, name in enumerate(names[start : start + LONGEST]):
                    places[name] = (START, (GROUPS[0] + row, GROUPS[1] + 3 * pair))
                pair += 1
        return places

    @property
    def inputs(self) -> list[str]:
        """What the inputs of a sample are called."""
        return [unit.net for unit in units(self.network)[0]]

    @property
    def targets(self) -> list[str]:
        """What its targets are called."""
        return [f"t{k}" for k in range(1, self.network.sizes[-1] + 1)]

    @cached_property
    def _groups(self) -> list[list[str]]:
        """What stands together on Start: a single sample, then what each layer begins with."""
        tape = self.tapes[0]
        sample = [] if self.many_samples else [[*self.inputs, *self.targets]]
        layers = [[c.name for c in tape.of(Role.WEIGHT, Role.HELD, layer=n)] for n in range(1, tape.layers + 1)]
        return [*sample, *layers]

    @cached_property
    def _on_start(self) -> list[Place]:
        return [place for sheet, place in self.given.values() if sheet == START]

    @cached_property
    def right(self) -> int:
        """The first column on Start that is right of all the yellow cells."""
        last = max(column for _, column in self._on_start)
        return max(last + 3, SETTINGS_COLUMN + 1 + len(self.symbols))

    @cached_property
    def threshold(self) -> Place:
        """Where on Start the loss threshold stands."""
        return max(row for row, _ in self._on_start) + 2, 5

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
