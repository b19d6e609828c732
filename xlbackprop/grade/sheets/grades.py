"""Grades: a line for each submission, its score a formula of the rubric and of what was found."""

from __future__ import annotations

from xlbackprop.grade.head import Widths, head, heights, high
from xlbackprop.grade.places import (
    FIRST,
    FULL,
    GRADES,
    HEADER,
    KINDS,
    LOWEST,
    MISTAKE,
    MOST,
    NUMBER,
    OFF,
    ROUND,
    SCORE,
    SECONDS,
    START,
    STUDENT,
    VERDICT,
    Places,
    cost_row,
    points,
    scored,
    start_row,
)
from xlbackprop.grade.rubric import by_share, capped
from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.grade.words import first_mistake
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Mark, Page, Place
from xlbackprop.shown import plain

WIDTH_OF_KIND = 84
LONGEST = 240  # characters of a first mistake; all of it stands on the submission's own sheet
NAMES = {
    NUMBER: "#",
    STUDENT: "student",
    VERDICT: "verdict",
    SCORE: "score",
    START: "starts from",
    OFF: "taken off",
    MISTAKE: "first mistake",
    SECONDS: "seconds",
}
SIDES = {**dict.fromkeys((NUMBER, SCORE, START, OFF), "beside"), SECONDS: "right"}
INKS = {
    Standing.CORRECT: "hidden ink",
    Standing.WRONG: "loss ink",
    Standing.INCOMPLETE: "output ink",
    Standing.VALUES_ONLY: "output ink",
    Standing.NO_TABLE: "output ink",
    Standing.UNREADABLE: "loss ink",
    Standing.NOT_JUDGED: "gradient ink",
    Standing.LEFT_OUT: "hint",
}


def page(places: Places) -> Page:
    """The first sheet."""
    hint = "A name leads to what was found. Scores follow from the Rubric; a count of columns may be overtyped, too."
    cells = head(GRADES, "Grades", hint, (2, 3, 4, 6)) | _headings(places)
    tall = {HEADER: 64}
    widths = _widths(places)
    for n, submission in enumerate(places.submissions):
        cells |= _line(places, n, submission)
        tall[FIRST + n] = high({MISTAKE: str(cells[FIRST + n, MISTAKE].value)}, widths)
    area = (FIRST, VERDICT), (places.last, VERDICT)
    return Page(
        name=GRADES,
        kind="start",
        cells=cells,
        widths=widths,
        heights=heights(cells, tall),
        marks=tuple(Mark(*area, str(word), ink) for word, ink in INKS.items()),
        freeze=(FIRST, VERDICT),
        header_row=HEADER,
        printed=SECONDS,  # the counts of each kind would make all else too small; Overview sums them up
        filter=((HEADER, NUMBER), (places.last, SECONDS)),
    )


def _widths(places: Places) -> Widths:
    widths = {(1, 1): 44, (2, 2): 180, (3, 3): 92, (4, 6): 62, (7, 7): 430, (8, 8): 66, (9, 9): 20}
    return widths | ({(KINDS, KINDS + len(places.kinds) - 1): WIDTH_OF_KIND} if places.kinds else {})


def _headings(places: Places) -> dict[Place, Cell]:
    face = "bold,strong,wrap,low"
    cells = {(HEADER, column): Cell(name, f"{face},{SIDES.get(column, 'left')}") for column, name in NAMES.items()}
    if places.kinds:
        cells[HEADER - 1, KINDS] = Cell("columns that have this mistake", "hint")
    cells |= {(HEADER, places.column(kind)): Cell(str(kind), f"{face},center") for kind in places.kinds}
    return cells


def _line(places: Places, n: int, submission: Submission) -> dict[Place, Cell]:
    row, sheet = FIRST + n, places.sheets[n]
    cells = {
        (row, NUMBER): Cell(float(n + 1), "count,rule,beside,hint"),
        (row, STUDENT): Cell(submission.student, "link,rule,text", link=sheet),
        (row, VERDICT): Cell(str(submission.standing), "bold,rule"),
        (row, MISTAKE): Cell(_clipped(first_mistake(submission)), "rule,wrap,text"),
        (row, SECONDS): Cell(round(submission.seconds, 2), "hundredths,rule,right"),
    }
    for kind in places.kinds:
        count = submission.columns.get(kind, 0)
        cells[row, places.column(kind)] = Cell(float(count), "sparse,center,rule", label=str(kind))
    return cells | (_points(places, row, submission) if scored(submission) else _none(row))


def _points(places: Places, row: int, submission: Submission) -> dict[Place, Cell]:
    """Where the score starts, what is taken off, and what is left."""
    rubric = places.rubric
    start, off = rubric.start(submission), rubric.taken(submission)
    taken = "+".join(
        f"MIN({points(MOST)},{a1(row, places.column(kind))}*{points(cost_row(kind))})" for kind in places.kinds
    )
    if capped(submission):
        taken = f"MAX(0,{taken or '0'}-({_filled(submission)}-{a1(row, START)}))"
    exact = f"{a1(row, START)}-{a1(row, OFF)}"
    left = f"MAX({points(LOWEST)},IF({points(ROUND)}>0,ROUND(({exact})/{points(ROUND)},0)*{points(ROUND)},{exact}))"
    return {
        (row, START): Cell(start, "plain,rule,beside", _start(submission), "starts from"),
        (row, OFF): Cell(off, "plain,rule,beside", f"={taken or '0'}", "taken off"),
        (row, SCORE): Cell(rubric.score(submission) or 0.0, "plain,bold,rule,beside", f"={left}", "score"),
    }


def _start(submission: Submission) -> str:
    if not capped(submission):
        return f"={_filled(submission)}"
    right, numbers = (f"{points(FULL)}*{plain(share)}" for share in (submission.right, submission.numbers))
    typed = f"MIN({points(start_row(Standing.VALUES_ONLY))},{numbers})"
    return f"=ROUND(MIN({_filled(submission)},MAX({right},{typed})),2)"


def _filled(submission: Submission) -> str:
    """Where its score would start if all that was filled in were right."""
    if by_share(submission):
        return f"ROUND({points(FULL)}*{plain(submission.done or 0)},2)"
    row = start_row(submission.begins)
    return points(FULL) if row == FULL else f"MIN({points(FULL)},{points(row)})"


def _none(row: int) -> dict[Place, Cell]:
    return {(row, column): Cell("", "rule") for column in (START, OFF, SCORE)}


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
