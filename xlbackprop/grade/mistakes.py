"""Each kind of mistake in plain words: what it is, why it matters, and how to find it."""

from __future__ import annotations

from typing import NamedTuple

from xlbackprop.judge.findings import Kind


class Told(NamedTuple):
    """A kind of mistake in words. what: what it is, not what belongs there; why it matters; hint: how to find it."""

    what: str
    why: str
    hint: str


KINDS: dict[Kind, Told] = {
    Kind.WRONG_TERM: Told(
        "One term of the formula does not belong there.",
        "A gradient with a wrong term can be nearly right for these numbers and far off for others.",
        "Write the chain rule down for this column and compare it with the formula, factor by factor.",
    ),
    Kind.MISSING_FACTOR: Told(
        "A factor of the chain rule is missing.",
        "Each step back through the network multiplies by one slope; without it the gradient has the wrong size.",
        "Go from the loss back to this weight and count the steps: each gives one factor.",
    ),
    Kind.BRACKETS: Told(
        "Brackets are missing, or stand in the wrong place.",
        "A product binds tighter than a sum, so without brackets only one part of the sum is multiplied.",
        "Put the sum over the outputs in brackets first, then multiply it by the rest.",
    ),
    Kind.SIGN: Told(
        "A sign is wrong.",
        "With the wrong sign a weight moves uphill, or only part of its gradient is subtracted.",
        "The slope of ½(t − a)² by a is a − t, and a weight moves against its gradient.",
    ),
    Kind.EXCHANGED_WEIGHTS: Told(
        "Two weights have changed places.",
        "The error of a hidden unit comes back through the very weights that lead out of it.",
        "In the drawing, follow the arrows that leave this hidden unit and read their weights.",
    ),
    Kind.UPDATED_WEIGHT: Told(
        "It uses a weight of the next step.",
        "All gradients of a step are taken at the same weights; only then do all weights change together.",
        "References to weights in a gradient should stay in their own row.",
    ),
    Kind.WRONG_LAYER: Told(
        "It uses the activation of another layer.",
        "The slope by a weight is the value that this weight is multiplied with, from the layer before it.",
        "Look which value flows through this weight: an input, or what a hidden unit gives?",
    ),
    Kind.NOT_ANCHORED: Told(
        "The learning rate is not held fast with $.",
        "When the formula is filled down, the reference slides on to other cells, and these are no learning rate.",
        "Press F4 on the reference before you fill down: it writes the $.",
    ),
    Kind.INCONSISTENT: Told(
        "The formula changes somewhere down the column.",
        "Every row does the same, so every row should have the same formula.",
        "Fill the formula of the first row down over the whole column.",
    ),
    Kind.TYPED_OVER: Told(
        "Something is typed where a formula or a number belongs.",
        "It no longer follows when an input, a weight or the learning rate changes.",
        "Fill a right formula of this column over it.",
    ),
    Kind.PASTED: Told(
        "Numbers were pasted where formulas belong.",
        "The table no longer follows when you change something, so it cannot be tried out.",
        "Write the formula into the first row and fill it down.",
    ),
    Kind.FROZEN_TAIL: Told(
        "The last rows are no longer formulas.",
        "The training seems to go on there, but the numbers stand still.",
        "Fill the last row of formulas down to the end of the table.",
    ),
    Kind.CHART: Told(
        "The chart does not show the whole table.",
        "What it leaves out cannot be seen.",
        "Click on the curve and drag its range over all rows of the total loss.",
    ),
    Kind.EXPLANATION: Told(
        "The explanation says something else than the formula does.",
        "Whoever reads it learns the wrong rule, even where the table is right.",
        "Read the line aloud beside the formula, term by term.",
    ),
    Kind.FIRST_VALUES: Told(
        "The first values are not those of the assignment.",
        "Everything after them comes out differently, so results cannot be compared.",
        "Copy inputs, targets and first weights from the assignment again.",
    ),
    Kind.NO_RATE: Told(
        "There is no learning rate, or it is 0.",
        "Each weight changes by the learning rate times its gradient, so every row repeats the first.",
        "Type a number like 0.5 into the cell that the updates read.",
    ),
    Kind.OTHER: Told(
        "This column is not the gradient.",
        "The weights do not move downhill on the loss.",
        "Move the weight a little up and down, and see how much the loss changes: that is the gradient.",
    ),
}
