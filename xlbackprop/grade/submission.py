"""What is known of one submission: whose it is, its verdict, what was found, and what it looks like to compare."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from xlbackprop.grade.covered import covered
from xlbackprop.judge.findings import BESIDE, Finding, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.judge.typed.names import GRADIENT


class Standing(StrEnum):
    """The verdict on a submission as a whole."""

    CORRECT = "correct"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    VALUES_ONLY = "values only"
    NO_TABLE = "no table"
    UNREADABLE = "unreadable"
    NOT_JUDGED = "not judged"  # it took too long, or the judging failed: for a person to look at
    LEFT_OUT = "left out"  # not anybody's work: a lock file, a gradebook


UNSCORED = frozenset({Standing.NOT_JUDGED, Standing.LEFT_OUT})
ONCE = frozenset({Kind.FIRST_VALUES})  # one slip, a row copied wrongly, in however many columns
EACH = frozenset({Kind.PASTED, Kind.TYPED_OVER})  # told of together, and yet a formula less in every column
NUMBERS = EACH | {Kind.FROZEN_TAIL}  # in a table without formulas its verdict says all that they do
# Of several sheets the worst table counts; pasted values and notes beside a table do not make it worse.
ORDER = (Outcome.WRONG, Outcome.INCOMPLETE, Outcome.NOT_JUDGED, Outcome.CORRECT, Outcome.VALUES_ONLY)


class Feature(NamedTuple):
    """Something of a workbook that a copy would share. kind: `formula`, `spelling` (of one), `label` or `number`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be graded, and whose it is as far as its name tells. owner: what all files of a student share."""

    file: Path
    student: str
    owner: Path = Path()


@dataclass(frozen=True, slots=True)
class Submission:
    """One line of the gradebook. features: what a copy would share, with the place of each; seconds: of judging.

    done: the share of an exercise's empty cells that were filled in, from 0 to 1; None for what is no exercise.
    right: the share of them that is right; numbers: that holds the right number, typed in or not.
    digest: of the file's bytes; "" for what could not be read.
    """

    student: str
    standing: Standing
    judgement: Judgement
    seconds: float
    features: dict[Feature, str]
    done: float | None = None
    digest: str = ""
    right: float = 1.0
    numbers: float = 1.0

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.judgement.file

    @property
    def mistakes(self) -> list[tuple[SheetVerdict, Finding]]:
        """What was found, with the sheet of each, in reading order; remarks beside the table come last."""
        found = [(sheet, finding) for sheet in self.judgement.sheets for finding in sheet.findings]
        return sorted(found, key=lambda one: one[1].kind in BESIDE)

    @property
    def mistakes_inside(self) -> bool:
        """Whether a mistake was found in a table, and not only beside one."""
        return any(finding.kind not in BESIDE for _, finding in self.mistakes)

    @property
    def untouched(self) -> bool:
        """Whether it is an exercise in which nothing was filled in, and nothing changed."""
        return self.done == 0 and self.standing is Standing.INCOMPLETE

    @property
    def columns(self) -> dict[Kind, int]:
        """How many columns have each kind of mistake, each column counted once however many sheets have it.

        A kind of `ONCE` counts as one column, numbers in a table without formulas as none, and neither does the update
        of a weight without its gradient: that is missing.
        """
        labels: dict[Kind, set[str]] = defaultdict(set)
        for sheet, finding in self.mistakes:
            labels[finding.kind] |= _counted(sheet, finding)
        none = NUMBERS if self.standing is Standing.VALUES_ONLY else ()
        return {kind: len(labels[kind]) for kind in Kind if labels.get(kind) and kind not in none}

    @property
    def begins(self) -> Standing:
        """The verdict that says where its score starts: a wrong table that lacks columns is incomplete besides."""
        lacks = any(sheet.table and sheet.table.missing for sheet in self.judgement.sheets)
        return Standing.INCOMPLETE if lacks and self.standing is Standing.WRONG else self.standing


def _counted(sheet: SheetVerdict, finding: Finding) -> set[str]:
    """What a finding counts for: its label, or that of each column in which its cells stand."""
    slope = GRADIENT + finding.label
    if sheet.table and slope in sheet.table.missing and slope not in sheet.table.columns:
        return set()
    if finding.kind in EACH:
        return covered(sheet, finding)
    return {"" if finding.kind in ONCE else finding.label}


def standing(judgement: Judgement) -> Standing:
    """The verdict on a file, from those on its sheets."""
    if not judgement.readable:
        return Standing.UNREADABLE
    outcomes = {sheet.outcome for sheet in judgement.sheets}
    return Standing(next((outcome for outcome in ORDER if outcome in outcomes), Outcome.NO_TABLE))
