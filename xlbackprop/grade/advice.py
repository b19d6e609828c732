"""What a page says of a finding: by its kind, by what its column is for, and what some single mistakes need."""

from __future__ import annotations

import re

from xlbackprop.exercise.remarks import FETCHED
from xlbackprop.grade.mistakes import KINDS, Told
from xlbackprop.grade.words import FORWARD, GRADIENTS, LOSSES, UPDATES, part_of
from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.typed.functions import ROUNDED
from xlbackprop.judge.typed.names import part

OPERATIONS = re.compile(r"[-+*^(]")  # a stroke also stands in the name of a gradient
ANOTHER_FORMULA = "The formula is another one than belongs there."
ADVICE: dict[str, tuple[str, str]] = {  # why and hint where the formula of a column that is no gradient is wrong
    FORWARD: (
        "Outputs, losses and gradients are worked out from it, and come out wrong with it.",
        "Follow the arrows into this unit: what they bring is added up, and what it gives is made from that sum alone.",
    ),
    LOSSES: (
        "The curve of the loss shows how well the training goes; with this formula it shows something else.",
        "Compare it with the assignment, term by term: each output has its own target, the total adds up the losses.",
    ),
    UPDATES: (
        "The weight goes another way than downhill, and all later rows are worked out from it.",
        "An update reads three cells: the weight and its own gradient, both from the row above, and the learning rate.",
    ),
}
NO_GRADIENT = {  # what it is, in such a column
    Kind.MISSING_FACTOR: "A factor is missing.",
    Kind.UPDATED_WEIGHT: "It uses a weight of another row.",
    Kind.OTHER: ANOTHER_FORMULA,
}
OF_FORMULAS = {
    *(Kind.WRONG_TERM, Kind.MISSING_FACTOR, Kind.BRACKETS, Kind.SIGN, Kind.EXCHANGED_WEIGHTS),
    *(Kind.UPDATED_WEIGHT, Kind.WRONG_LAYER, Kind.OTHER),
}
OF_PARTS: dict[tuple[Kind, str], Told] = {
    (Kind.SIGN, UPDATES): KINDS[Kind.SIGN]._replace(
        why="With the wrong sign the weight moves uphill, and the loss grows.",
        hint="A weight moves against its gradient.",
    ),
    (Kind.BRACKETS, UPDATES): KINDS[Kind.BRACKETS]._replace(
        why="What stands in brackets is worked out first, and here that should be the step alone.",
        hint="Work out the step by itself, learning rate times gradient; the weight takes no part in the product.",
    ),
}
MORE_BRACKETS = Told(
    "Brackets stand where none belong.",
    "What stands in brackets is worked out first, so more is multiplied than should be.",
    "Ask of each pair of brackets what it holds together, and take away those that hold too much.",
)

HEADINGS = Told(
    "The headings do not tell which network it is.",
    "A formula can only be judged once it is known what each column holds.",
    "Give every input, weight, unit and target a column of its own, named like i1, w1, h1, a_h1, o1, a_o1, t1.",
)
ANSWERS = Told(
    "It reads the answers instead of working them out.",
    "The cell turns green, and nothing is learnt by it.",
    "Build the formula from the cells of the table alone: without the marks, and without what is hidden.",
)
ANOTHER = Told(
    "The table trains another network than the assignment's.",
    "What is right for one network says nothing of the other.",
    "Compare the drawing and the formulas of the assignment with your headings: units, activation, loss.",
)
TOO_EARLY = Told(
    "It is rounded too early.",
    "All that reads a rounded number comes out a little wrong, and the training is another one.",
    "Take ROUND away. To see fewer digits, change the number format of the cells instead.",
)
OF_THE_WHOLE = {Kind.OTHER: HEADINGS, Kind.FIRST_VALUES: ANOTHER}


def told_of(finding: Finding) -> Told:
    """What a page says of a finding, besides where it is."""
    if FETCHED in finding.message:
        return ANSWERS
    if finding.found.startswith(ROUNDED):
        return TOO_EARLY
    if finding.label == WHOLE and finding.kind in OF_THE_WHOLE:
        return OF_THE_WHOLE[finding.kind]
    return _of_formula(finding) if finding.kind in OF_FORMULAS else KINDS[finding.kind]


def _of_formula(finding: Finding) -> Told:
    """What is said of a wrong formula: it depends on what its column is for."""
    kind, place = finding.kind, _part(finding.label)
    usual = KINDS[kind]
    if place in ADVICE:
        usual = OF_PARTS.get((kind, place), Told(NO_GRADIENT.get(kind, usual.what), *ADVICE[place]))
    if kind is Kind.WRONG_TERM and _as_a_whole(finding):
        why = usual.why if place in ADVICE else KINDS[Kind.OTHER].why
        return usual._replace(what=ANOTHER_FORMULA, why=why)
    if kind is Kind.BRACKETS and finding.found.count("(") > finding.expected.count("("):
        return usual._replace(what=MORE_BRACKETS.what) if (kind, place) in OF_PARTS else MORE_BRACKETS
    return usual


def _as_a_whole(finding: Finding) -> bool:
    """Whether all of the formula is wrong: what belongs there is as long as the formula that puts it right."""
    expected, correction = (OPERATIONS.findall(text) for text in (finding.expected, finding.correction))
    return bool(finding.correction) and expected == correction


def _part(label: str) -> str:
    """What part of the table a column is of; a column with a name of the student's own is taken for a slope."""
    found = part_of(label)
    return GRADIENTS if found == FORWARD and part(label) == label else found
