"""The tape: one training step as an ordered list of named assignments, each reading what stands to its left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from xlbackprop.maths.expr import Expr


class Role(Enum):
    """What a column is in the network; it decides colour, number format and block."""

    TARGET = "target"
    INPUT = "input"
    WEIGHT = "weight"  # whatever is trained, biases too
    HELD = "bias held fixed"
    NET = "net"  # what a unit receives: h1, o1
    LAYER = "of the whole layer"  # what all units of a layer need: the largest net, ln of the sum of e to the nets
    ACTIVATION = "activation"  # what it gives: a_h1, a_o1
    LOSS = "loss"
    TOTAL = "total loss"
    DELTA = "error of a unit"  # the slope of the total loss with respect to a net, where it has a column of its own
    GRADIENT = "gradient"
    NORM = "size of all gradients"
    STATE = "state of the optimiser"
    RATE = "scheduled learning rate"


GIVEN = (Role.TARGET, Role.INPUT)  # what a sample is made of

LEARNING_RATE = "η"  # one cell of the sheet, or a column where a schedule changes it
FIRST_RATE = "η0"  # that cell where a schedule changes it
STEP = "step"  # the number of the row, counted from 1


@dataclass(frozen=True, slots=True)
class Column:
    """One assignment. `expr` is None for what the user gives; a weight's reads the row above.

    layer: 0 for inputs, 1 for the first layer of units, and so on; targets and losses count as the last.
    first: what stands in the first row where `expr` reads a row above that is not there.
    sample: which of the samples that a step learns from it belongs to, counted from 0.
    """

    name: str
    role: Role
    layer: int
    expr: Expr | None = None
    first: Expr | None = None
    sample: int = 0


@dataclass(frozen=True)
class Tape:
    """All columns of a row, from left to right, and how many layers of units they come from.

    settings: the cells of the sheet that its formulas read besides: η first.
    """

    columns: tuple[Column, ...]
    layers: int
    settings: tuple[str, ...] = (LEARNING_RATE,)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.columns[self.index[name]]

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each column, counted from 0."""
        return {column.name: place for place, column in enumerate(self.columns)}

    def of(self, *roles: Role, layer: int | None = None) -> list[Column]:
        """The columns of these roles (and of this layer), in order."""
        return [c for c in self.columns if c.role in roles and (layer is None or c.layer == layer)]

    @property
    def total(self) -> Column:
        """The column of the total loss."""
        return self.of(Role.TOTAL)[0]

    def gradient_of(self, weight: str) -> Column:
        """The gradient column of a weight."""
        return self[gradient_name(weight)]


def gradient_name(weight: str) -> str:
    """What the gradient column of a weight is called: ``∂E/∂w1``."""
    return f"∂E/∂{weight}"
