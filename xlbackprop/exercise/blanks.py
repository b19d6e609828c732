"""What may be left empty in an exercise: kinds of columns by name, and the columns of a network that are of them."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.errors import BadOption
from xlbackprop.maths.network import Network
from xlbackprop.maths.tape import Column, Role, Tape

FORWARD, LOSS, GRADIENTS, UPDATES = "forward", "loss", "gradients", "updates"
KINDS: dict[str, tuple[Role, ...]] = {
    FORWARD: (Role.NET, Role.LAYER, Role.ACTIVATION),
    LOSS: (Role.LOSS, Role.TOTAL),
    GRADIENTS: (Role.DELTA, Role.GRADIENT),
    UPDATES: (Role.WEIGHT,),
}


def parse(texts: Sequence[str]) -> tuple[str, ...]:
    """The kinds that were asked for, each once and in the order of the table; BadOption if one is unknown.

    >>> parse(["updates,gradients", "gradients"])
    ('gradients', 'updates')
    """
    asked = [piece.strip().lower() for text in texts for piece in text.split(",")]
    for one in asked:
        if one not in KINDS:
            raise BadOption(f"--blank: {one!r} is no kind of columns; write {', '.join(KINDS)}, with commas between")
    return tuple(kind for kind in KINDS if kind in asked)


def check_blank(blank: Sequence[str], network: Network) -> None:
    """BadOption if an exercise in these columns cannot be judged."""
    simple = network.optimizer.name == "sgd" and network.schedule.name == "constant"
    changed = network.weight_decay or network.clip_value or network.clip_norm
    if UPDATES in blank and (not simple or changed):
        raise BadOption(
            "--blank updates: only plain gradient descent can be checked live (sgd, a constant learning rate, "
            "no weight decay, no clipping); leave other columns empty, or take another template"
        )


def blank_columns(tape: Tape, blank: Sequence[str]) -> list[Column]:
    """The columns that are left empty, from left to right."""
    return tape.of(*(role for kind in blank for role in KINDS[kind]))


def first_blank(column: Column) -> int:
    """The first step in which a column is empty: what a weight is at first is given."""
    return 2 if column.role is Role.WEIGHT else 1
