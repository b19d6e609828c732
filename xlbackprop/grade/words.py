"""What a student and a teacher read: verdicts, what is missing, what is right, and labels, in plain words."""

from __future__ import annotations

import re
from typing import NamedTuple

from xlbackprop.grade.covered import covered
from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import BESIDE, Kind, Outcome, SheetVerdict
from xlbackprop.judge.told import UNSAVED, called, some_of
from xlbackprop.judge.typed.names import GRADIENT, pretty

LOOKED_FOR = (
    "Looked for is a row of headings like i1, w1, h1, a_h1, E_total, ∂E/∂w1, or in English words like Weight 1, "
    "with a row for each step below it."
)
UNTOUCHED = "Nothing is filled in yet."
NOT_AS_HANDED_OUT = "The exercise is no longer as it was handed out, so it could not be judged."
UNKNOWN = "There is a table, but its headings do not tell all that is needed to judge it."
VERDICTS: dict[Standing, str] = {
    Standing.CORRECT: "Every formula of the table is right.",
    Standing.WRONG: "The table is there; something in it is not right yet.",
    Standing.INCOMPLETE: "What is there is right, but the table is not complete yet.",
    Standing.VALUES_ONLY: "There are numbers, but no formulas that they come from.",
    Standing.NO_TABLE: f"No table of backpropagation was found. {LOOKED_FOR}",
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
    Outcome.NOT_JUDGED: "not judged",
}

RATE = "lr"
NAMED = 12  # columns that are called by their names before the rest is only hinted at


class Part(NamedTuple):
    """A part of a table. columns: what their canonical names look like; all, some: what is said of right ones."""

    columns: re.Pattern[str]
    all: str
    some: str


FORWARD, LOSSES, GRADIENTS, UPDATES, GIVEN = "forward", "losses", "gradients", "updates", "given"
PARTS: dict[str, Part] = {  # the first that fits counts
    FORWARD: Part(
        re.compile(r"(?!dE|[witb]\d|b_|E|lr$|step$)"), "The whole forward pass", "columns of the forward pass"
    ),
    LOSSES: Part(re.compile(r"E"), "All losses", "losses"),
    GRADIENTS: Part(re.compile(r"dE"), "All gradients", "gradients"),
    UPDATES: Part(re.compile(r"[wb]\d|b_|lr$"), "All updates of the weights", "updates of the weights"),
    GIVEN: Part(re.compile(r""), "", ""),  # inputs, targets, the number of the step: nobody has worked them out
}


def in_words(label: str) -> str:
    """A canonical name as people write it.

    >>> in_words("dE/dw3"), in_words("E_total"), in_words("lr")
    ('∂E/∂w3', 'E_total', 'learning rate')
    """
    return "learning rate" if label == RATE else pretty(label)


def verdict(submission: Submission) -> str:
    """The verdict in a sentence."""
    if submission.untouched:
        return UNTOUCHED
    if submission.standing is Standing.INCOMPLETE and submission.mistakes_inside:
        return UNKNOWN
    if submission.standing is Standing.UNREADABLE and submission.done is not None:
        return NOT_AS_HANDED_OUT
    if submission.standing is Standing.CORRECT and Kind.FIRST_VALUES in submission.columns:
        return f"{VERDICTS[Standing.CORRECT].rstrip('.')}, but {_other_than_asked(submission)}."
    cells = [cells for sheet in submission.judgement.sheets if sheet.table for cells in sheet.table.unjudged.values()]
    if submission.standing is Standing.NOT_JUDGED and cells:
        return f"{some_of(cells)} cannot be judged: {UNSAVED}."
    return VERDICTS[submission.standing]


def _other_than_asked(submission: Submission) -> str:
    """What of a right table is not as it was set: its network, or its numbers."""
    if any((one.kind, one.label) == (Kind.FIRST_VALUES, WHOLE) for _, one in submission.mistakes):
        return "it trains another network than the assignment's"
    numbers = "those that were handed out" if submission.done is not None else "those of the assignment"
    return f"its numbers are not {numbers}"


def missing(submission: Submission) -> str:
    """The columns and cells that are still missing, or ""."""
    if submission.untouched:
        return ""
    sheets = submission.judgement.sheets
    said = [
        some_of(list(one.table.missing.values())) + (f" ({name})" if len(sheets) > 1 else "")
        for name, one in zip(called(sheets), sheets, strict=True)
        if one.table and one.table.missing
    ]
    return "; ".join(said)


def first_mistake(submission: Submission) -> str:
    """What a line of the gradebook says of it: its first mistake, or why there is none.

    What is found beside a table comes after all that the table itself lacks.
    """
    if submission.judgement.error:
        return submission.judgement.error
    correct = submission.standing is Standing.CORRECT
    if submission.mistakes_inside or (correct and submission.mistakes):
        sheet, finding = submission.mistakes[0]
        return f"{sheet.sheet}, {some_of(finding.cells)}: {finding.message}"
    if correct:
        return ""
    gone = missing(submission)
    return f"Still missing: {gone}" if gone else verdict(submission)


def right_parts(sheet: SheetVerdict) -> list[str]:
    """What of a table is right, in a line for each part: ``6 of 8 gradients: ∂E/∂w1, …``."""
    if sheet.table is None or sheet.outcome in (Outcome.VALUES_ONLY, Outcome.NO_TABLE):
        return []
    columns: dict[str, list[str]] = {name: [] for name in PARTS}
    absent = sheet.table.missing.keys() | sheet.table.unjudged.keys()
    for label in (*sheet.table.columns, *sorted(absent - sheet.table.columns.keys())):
        columns[GIVEN if label in sheet.table.given else part_of(label)].append(label)
    without = {label.removeprefix(GRADIENT) for label in absent if label.startswith(GRADIENT)}  # copied from above
    inside = [finding for finding in sheet.findings if finding.kind not in BESIDE]
    wrong = absent | without | {label for one in inside for label in (one.label, *covered(sheet, one))}
    if RATE in wrong:
        wrong |= set(columns[UPDATES])  # every update goes wrong with it
    del columns[GIVEN]
    return [line for name, labels in columns.items() if (line := _right(PARTS[name], labels, wrong))]


def _right(part: Part, labels: list[str], wrong: set[str]) -> str:
    right = [in_words(label) for label in labels if label not in wrong]
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
