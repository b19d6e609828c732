"""What a student and a teacher read: verdicts, kinds of mistake and labels in plain words."""

from __future__ import annotations

import re
from typing import NamedTuple

from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.judge.findings import BESIDE, Kind, Outcome, SheetVerdict
from xlbackprop.judge.told import some_of


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
        "Press F4 on the reference before you fill down: B33 becomes $B$33.",
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
    Kind.OTHER: Told(
        "This column is not the gradient.",
        "The weights do not move downhill on the loss.",
        "Move the weight a little up and down, and see how much the loss changes: that is the gradient.",
    ),
}

VERDICTS: dict[Standing, str] = {
    Standing.CORRECT: "Every formula of the table is right.",
    Standing.WRONG: "The table is there; something in it is not right yet.",
    Standing.INCOMPLETE: "What is there is right, but the table is not complete yet.",
    Standing.VALUES_ONLY: "There are numbers, but no formulas that they come from.",
    Standing.NO_TABLE: "No table of backpropagation was found.",
    Standing.UNREADABLE: "The file could not be opened.",
    Standing.NOT_JUDGED: "The file could not be judged by the program.",
    Standing.LEFT_OUT: "This is not a submission.",
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.CORRECT: "every formula is right",
    Outcome.WRONG: "something is not right yet",
    Outcome.VALUES_ONLY: "numbers without formulas",
    Outcome.INCOMPLETE: "something is missing",
    Outcome.NO_TABLE: "no table",
}

RATE = "lr"
NAMED = 12  # columns that are called by their names before the rest is only hinted at


class Part(NamedTuple):
    """A part of a table. columns: what their canonical names look like; all, some: what is said of right ones."""

    columns: re.Pattern[str]
    all: str
    some: str


GIVEN, UPDATES, FORWARD = "given", "updates", "forward"
PARTS: dict[str, Part] = {  # the first that fits counts
    FORWARD: Part(
        re.compile(r"(?!dE|[witb]\d|b_|E|lr$|step$)"), "The whole forward pass", "columns of the forward pass"
    ),
    "losses": Part(re.compile(r"E"), "All losses", "losses"),
    "gradients": Part(re.compile(r"dE"), "All gradients", "gradients"),
    UPDATES: Part(re.compile(r"[wb]\d|b_|lr$"), "All updates of the weights", "updates of the weights"),
    GIVEN: Part(re.compile(r""), "", ""),  # inputs, targets, the number of the step: nobody has worked them out
}


def pretty(label: str) -> str:
    """A canonical name as people write it.

    >>> pretty("dE/dw3"), pretty("E_total"), pretty("lr")
    ('∂E/∂w3', 'E_total', 'learning rate')
    """
    if label == RATE:
        return "learning rate"
    return re.sub(r"^d(\w+)/d(\w+)$", r"∂\1/∂\2", label)


def first_mistake(submission: Submission) -> str:
    """What a line of the gradebook says of it: its first mistake, or why there is none."""
    if submission.judgement.error:
        return submission.judgement.error
    for sheet, finding in submission.mistakes:
        return f"{sheet.sheet}, {some_of(finding.cells)}: {finding.message}"
    return "" if submission.standing is Standing.CORRECT else VERDICTS[submission.standing]


def right_parts(sheet: SheetVerdict) -> list[str]:
    """What of a table is right, in a line for each part: ``6 of 8 gradients: ∂E/∂w1, …``."""
    if sheet.table is None or sheet.outcome in (Outcome.VALUES_ONLY, Outcome.NO_TABLE):
        return []
    columns: dict[str, list[str]] = {name: [] for name in PARTS}
    for label in sheet.table.columns:
        columns[part_of(label)].append(label)
    wrong = {finding.label for finding in sheet.findings if finding.kind not in BESIDE}
    if RATE in wrong:
        wrong |= set(columns[UPDATES])  # every update goes wrong with it
    del columns[GIVEN]
    return [line for name, labels in columns.items() if (line := _right(PARTS[name], labels, wrong))]


def _right(part: Part, labels: list[str], wrong: set[str]) -> str:
    right = [pretty(label) for label in labels if label not in wrong]
    if not right:
        return ""
    named = ", ".join(right[:NAMED]) + (", …" if len(right) > NAMED else "")
    return f"{part.all if len(right) == len(labels) else f'{len(right)} of {len(labels)} {part.some}'}: {named}"


def part_of(label: str) -> str:
    """Which part of the table a column belongs to.

    >>> part_of("dE/dw3"), part_of("w3"), part_of("a_h1")
    ('gradients', 'updates', 'forward')
    """
    return next(name for name, part in PARTS.items() if part.columns.match(label))
