"""The lines of maths beside the drawing of an exercise: of what is not to be filled in, and always the losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from xlbackprop.exercise.blanks import FORWARD, KINDS, LOSS
from xlbackprop.maths import paper
from xlbackprop.maths.paper import Line
from xlbackprop.maths.tape import Role, Tape
from xlbackprop.pages.above import MOST_LINES

LOSSES = KINDS[LOSS]


class Formula(NamedTuple):
    """One line. bold_from: where in the text the result begins."""

    text: str
    bold_from: int


def formulae(tape: Tape, blank: Sequence[str]) -> tuple[Formula, ...]:
    """All lines, or where these are too many, of what is alike only the first; at most MOST_LINES."""
    filled_in = {role for kind in (FORWARD, LOSS) if kind in blank for role in KINDS[kind]}
    lines = [line for line in paper.formulae(tape).lines if tape[line.name].role not in filled_in]
    if len(lines) <= MOST_LINES:
        return tuple(Formula(line.text, len(line.lead)) for line in lines)
    short = list(_shortened(tape, lines))
    losses = [one for role, one in short if role in LOSSES]
    others = [one for role, one in short if role not in LOSSES]
    return (*others[: MOST_LINES - len(losses)], *losses)


def _shortened(tape: Tape, lines: Sequence[Line]) -> Iterator[tuple[Role, Formula]]:
    """A line for the columns of a kind in a layer, with the role of these; what a layer has in common is not alike."""
    for (role, _, _), group in groupby(lines, key=lambda line: _kind(tape, line)):
        first, *others = group
        alike = f"; … {others[-1].name} likewise" if others else ""
        yield role, Formula(first.text + alike, len(first.lead))


def _kind(tape: Tape, line: Line) -> tuple[Role, int, str]:
    column = tape[line.name]
    return column.role, column.layer, line.name if column.role is Role.LAYER else ""
