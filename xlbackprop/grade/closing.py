"""What the page of a student ends with: what to do next."""

from __future__ import annotations

from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.judge.findings import BESIDE, Kind

BEGIN = "Type a formula into the first yellow cell of a column, and fill it down: it turns green where it is right."
FIRST_ONE = "Put the first one right, fill it down, and look at the others again: some may be gone."
ONLY_ONE = "Put it right, look at the whole table again, and hand it in once more."
NO_RATE = "Your formulas are right. Type in a learning rate, and watch the curve of the loss follow."
HAND_IN = "Put that right, and hand it in again."
CLOSINGS = {  # where there is no first mistake to put right
    Standing.CORRECT: "Nicely done. Change an input or the learning rate and watch the curve follow.",
    Standing.WRONG: "Look at it again, and hand it in once more.",
    Standing.INCOMPLETE: "Add what is missing, and hand it in again.",
    Standing.VALUES_ONLY: "Write the formulas that these numbers come from: one in each column, then fill it down.",
    Standing.NO_TABLE: "If your table has other headings, or its steps run to the right, show it to your teacher.",
    Standing.UNREADABLE: "Then open it once to see that it opens, and hand it in again.",
    Standing.NOT_JUDGED: "Your teacher will have a look at it.",
    Standing.LEFT_OUT: "",
}


def closing(submission: Submission) -> str:
    """What to do next."""
    if submission.untouched:
        return BEGIN
    if submission.standing is Standing.CORRECT and Kind.NO_RATE in submission.columns:
        return NO_RATE
    if submission.standing is Standing.UNREADABLE and submission.done is not None:  # it opens
        return HAND_IN
    mistakes = sum(finding.kind not in BESIDE for _, finding in submission.mistakes)
    if not mistakes:
        return CLOSINGS[submission.standing]
    return ONLY_ONE if mistakes == 1 else FIRST_ONE
