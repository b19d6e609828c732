"""The tape: one training step as an ordered list of named assignments, each reading what stands to its left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from xlbackprop.expr import Expr


class Role(Enum):
    """What a column is in the network; it decides colour, number format and block."""

    TARGET = "target"
    INPUT = "input"
    WEIGHT = "weight"
    NET = "net"  # what a unit receives: h1, o1
    ACTIVATION = "activation"  # what it gives: a_h1, a_o1
    LOSS = "loss"
    TOTAL = "total loss"
    GRADIENT = "gradient"


GIVEN = (Role.TARGET, Role.INPUT)

LEARNING_RATE = "η"  # not a column: one cell of the sheet


@dataclass(frozen=True, slots=True)
class Column:
    """One assignment. `expr` is None for what the user gives; a weight's reads the row above.

    layer: 0 for inputs, 1 for the first layer of units, and so on; targets and losses count as the last.
    """

    name: str
    role: Role
    layer: int
    expr: Expr | None = None


@dataclass(frozen=True)
class Tape:
    """All columns of a row, from left to right, and how many layers of units they come from."""

    columns: tuple[Column, ...]
    layers: int

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
