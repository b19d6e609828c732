"""One mistake of each kind, drawn from a seed.

A mistake is drawn by a function of its kind. It says None where the draw gives none: nothing of that sort can be
mistaken in this workbook, or what came out is the same algebra.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from handmade.beside import chart, explanation, first_values
from handmade.edits import EDITS
from handmade.in_columns import exchanged_throughout, in_column, not_anchored
from handmade.in_rows import frozen_tail, inconsistent, pasted, typed_over
from handmade.layout import Layout
from handmade.truth import Draw, Mutant
from handmade.write import book
from xlbackprop.judge.findings import Kind

DRAWS = 40  # how often a mistake is drawn anew before it is said that there is none of the kind

MISTAKES: dict[Kind, Callable[[Draw, Kind], Mutant | None]] = {
    **dict.fromkeys(EDITS, in_column),
    Kind.EXCHANGED_WEIGHTS: exchanged_throughout,
    Kind.NOT_ANCHORED: not_anchored,
    Kind.INCONSISTENT: inconsistent,
    Kind.TYPED_OVER: typed_over,
    Kind.PASTED: pasted,
    Kind.FROZEN_TAIL: frozen_tail,
    Kind.CHART: chart,
    Kind.EXPLANATION: explanation,
    Kind.FIRST_VALUES: first_values,
}


def mutant(layout: Layout, seed: int, kind: Kind) -> Mutant | None:
    """A workbook with one mistake of a kind; None where there is none. The same seed gives the same."""
    chance, whole = random.Random(f"{layout.name} {kind} {seed}"), book(layout)
    for _ in range(DRAWS):
        found = MISTAKES[kind](Draw(whole, chance.choice(whole.tables), chance), kind)
        if found:
            return found
    return None
