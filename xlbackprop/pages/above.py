"""What stands above the table of a learning-rate sheet: drawing, chart and derivations, and how many rows they take.

Everything has its place from what it holds; for the classic network that is where the hand-made worksheet has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from xlbackprop.maths import paper
from xlbackprop.maths.network import Network
from xlbackprop.maths.tape import Role, Tape
from xlbackprop.pages.drawing import Drawing, draw

TOP = 2  # the first row under the title
MOST_LINES = 12  # of a block; more are alike
LETTER = 6.7  # pixels of a small letter of fixed width
COLUMN = 55  # pixels
CHART_HEIGHT = 11  # rows at least
LOWEST_UPPER = 20  # row under which errors no longer stand below the derivatives


@dataclass(frozen=True, slots=True)
class Placed:
    """A block in its place. row, column: of the first line; heading: its place and style, None where it has none."""

    block: paper.Block
    row: int
    column: int
    last_column: int
    heading: tuple[int, int, str] | None

    @property
    def last_row(self) -> int:
        """The row of the last line."""
        return self.row + len(self.block.lines) - 1


@dataclass(frozen=True, slots=True)
class Above:
    """All of it. gaps: rows that only part the blocks; first_row: of the table's first step."""

    drawing: Drawing
    chart_row: int
    blocks: tuple[Placed, ...]
    gaps: tuple[int, ...]
    first_row: int

    @property
    def left(self) -> int:
        """The first column right of the drawing."""
        return self.drawing.columns + 2


def capped(block: paper.Block) -> paper.Block:
    """The block, or its first lines where there are too many."""
    return paper.Block(block.heading, block.lines[:MOST_LINES])


@lru_cache(maxsize=8)
def above(network: Network, tape: Tape) -> Above:
    """What stands above the table of this network."""
    drawing = draw(network, tape)
    left = drawing.columns + 2
    formulae, derivatives, errors = map(capped, (paper.formulae(tape), paper.derivatives(tape), paper.errors(tape)))
    beside = left + max(4, width(formulae) + 1)
    under, right = TOP + 1 + len(derivatives.lines) + 1, beside
    if under + len(errors.lines) > LOWEST_UPPER:
        under, right = TOP + 1, beside + max(9, width(derivatives)) + 1
    placed = [
        Placed(formulae, TOP + 1, left, left + max(2, width(formulae) - 1), (TOP, left, "heading")),
        Placed(derivatives, TOP + 1, beside, beside + max(8, width(derivatives) - 1), (TOP, beside, "heading")),
        Placed(errors, under, right, right + max(13, width(errors) - 1), None),
    ]
    placed = [one for one in placed if one.block.lines]
    row = max(TOP + drawing.rows + 1, *(one.last_row for one in placed)) + 1
    gaps = [row, row + 1]
    row += 2
    lower, column = row, left
    layers = [capped(paper.gradients(tape, layer)) for layer in range(tape.layers, 0, -1)]
    layers += [capped(paper.optimiser(tape))] if tape.of(Role.STATE, Role.RATE, Role.NORM) else []
    for block in layers:
        if row > lower and row + len(block.lines) > lower + MOST_LINES:  # begin beside the others
            column = max(one.last_column for one in placed if one.row >= lower) + 3
            row = lower
        last = column + max(17, width(block) - 1)
        placed.append(Placed(block, row, column, last, (row, column - 1, "bold,right")))
        row = placed[-1].last_row + 2
    ends = {one.last_row for one in placed if one.row >= lower}
    held = {line for one in placed for line in range(one.row, one.last_row + 1)}
    row = max(max(ends) + 2, TOP + drawing.rows + 1 + CHART_HEIGHT)
    gaps += [end + 1 for end in sorted(ends) if end + 1 not in held]
    gaps += [row, row + 1, row + 2]
    return Above(drawing, TOP + drawing.rows + 1, tuple(placed), tuple(gaps), row + 5)


def width(block: paper.Block) -> int:
    """How many columns its longest line takes."""
    return ceil(max((len(line.text) for line in block.lines), default=0) * LETTER / COLUMN)
