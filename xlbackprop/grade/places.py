"""Where everything stands in the gradebook, so that its sheets can refer to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.grade.alike import Pair, same
from xlbackprop.grade.rubric import ELSEWHERE, Rubric
from xlbackprop.grade.submission import UNSCORED, Standing, Submission
from xlbackprop.judge.findings import Kind
from xlbackprop.pages.layout import a1, letters, quoted

GRADES, RUBRIC, OVERVIEW, IDENTICAL = "Grades", "Rubric", "Overview", "Identical work"
SHEETS = (GRADES, RUBRIC, OVERVIEW, IDENTICAL)

HEADER = 4  # row of Grades
FIRST = HEADER + 1
NUMBER, STUDENT, VERDICT, SCORE, START, OFF, MISTAKE, SECONDS, KINDS = 1, 2, 3, 4, 5, 6, 7, 8, 10

POINTS = 2  # column of Rubric
FULL, LOWEST, MOST, ROUND = 6, 7, 8, 9
STARTS = 12
COSTS = STARTS + len(ELSEWHERE) + 2

LONGEST_NAME = 31  # UTF-16 units of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in a sheet's name


@dataclass(frozen=True)
class Places:
    """A graded class, and the cells that hold it. notes: what else there is to know, a line each."""

    submissions: tuple[Submission, ...]
    rubric: Rubric
    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def kinds(self) -> list[Kind]:
        """The kinds of mistake that anybody made: a column of Grades for each."""
        made = {kind for one in self.submissions for kind in one.columns}
        return [kind for kind in Kind if kind in made]

    @cached_property
    def same(self) -> list[tuple[int, ...]]:
        """Who handed in one and the same file."""
        return same(self.submissions)

    @cached_property
    def sheets(self) -> list[str]:
        """The sheet of each submission: its number, which makes it the only one of that name, and the student."""
        return [sheet_name(n, one.student) for n, one in enumerate(self.submissions, start=1)]

    @property
    def last(self) -> int:
        """The last row of Grades."""
        return FIRST + max(len(self.submissions), 1) - 1

    def column(self, kind: Kind) -> int:
        """The column of Grades that counts a kind of mistake."""
        return KINDS + self.kinds.index(kind)

    def grades(self, column: int) -> str:
        """All submissions of a column of Grades, for formulas on any sheet."""
        return f"{GRADES}!${letters(column)}${FIRST}:${letters(column)}${self.last}"

    def scores(self) -> list[float | None]:
        """The points of each submission."""
        return [self.rubric.score(one) for one in self.submissions]


def points(row: int) -> str:
    """A cell of Rubric, for formulas on any sheet."""
    return f"{RUBRIC}!{a1(row, POINTS, absolute=True)}"


def start_row(standing: Standing) -> int:
    """The row of Rubric that says where the score of such a submission starts."""
    return STARTS + ELSEWHERE.index(standing) if standing in ELSEWHERE else FULL


def cost_row(kind: Kind) -> int:
    """The row of Rubric that says what a kind of mistake costs."""
    return COSTS + list(Kind).index(kind)


def scored(submission: Submission) -> bool:
    """Whether it has points at all."""
    return submission.standing not in UNSCORED


def on(sheet: str, row: int, column: int) -> str:
    """A cell of another sheet, for a formula."""
    return f"{quoted(sheet)}!{a1(row, column, absolute=True)}"


def sheet_name(number: int, student: str) -> str:
    """A name that no other sheet has and that every program takes.

    >>> sheet_name(7, "O'Brien / [draft]"), sheet_name(12, "x" * 40)
    ('7 O’Brien - -draft-', '12 xxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    """
    name = f"{number} {FORBIDDEN.sub('-', student.replace(chr(39), '’'))}"
    while len(name.encode("utf-16-le", "replace")) > 2 * LONGEST_NAME:
        name = name[:-1]
    return name.strip()
