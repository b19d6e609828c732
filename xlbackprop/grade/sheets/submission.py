"""A sheet for each submission: its verdict and score, its tables, and all that was found, ready to paste."""

from __future__ import annotations

from xlbackprop.grade.harmless import harmless
from xlbackprop.grade.head import LETTER, headings, heights, high
from xlbackprop.grade.places import FIRST, FULL, GRADES, LOWEST, OFF, SCORE, START, Places, on, points, scored
from xlbackprop.grade.submission import Submission
from xlbackprop.grade.words import in_words, missing, verdict
from xlbackprop.judge.findings import SheetVerdict
from xlbackprop.judge.told import called
from xlbackprop.pages.above import LETTER as FIXED
from xlbackprop.pages.page import Cell, Page, Place
from xlbackprop.shown import plain

WIDTHS = {(1, 2): 104, (3, 3): 66, (4, 4): 120, (5, 6): 140, (7, 7): 260, (8, 8): 150, (9, 9): 250}
MONO = ("found", "expected", "correction")
COLUMNS = ("sheet", "cells", "label", "kind", "found", "expected", "correction", "effect", "message")
ROOM = {  # as much narrower as letters of fixed width are wider
    at: int(pixels * LETTER / FIXED) if COLUMNS[at[0] - 1] in MONO else pixels for at, pixels in WIDTHS.items()
}
TABLES = {1: "sheet", 2: "verdict", 3: "header", 4: "rows", 5: "learning rate"}
MOST = 200  # findings that are listed
MOST_TABLES = 40
LONGEST = 900  # characters in a cell; a correction is shown whole, for pasting
ROUNDED = ", rounded"
SAID = 8  # row of the tables' heading


def pages(places: Places) -> list[Page]:
    """All of them, in the order of Grades."""
    return [_page(places, n, submission) for n, submission in enumerate(places.submissions)]


def _page(places: Places, n: int, submission: Submission) -> Page:
    cells = _head(places, n, submission)
    cells |= _tables(submission.judgement.sheets[:MOST_TABLES])
    row = max(at for at, _ in cells) + 2
    tall: dict[int, int] = {}
    if submission.mistakes:
        cells[row, 1] = Cell("What was found", "heading")
        cells |= headings(row + 1, dict(enumerate(COLUMNS, start=1)))
        for at, texts in enumerate(_found(submission), start=row + 2):
            cells |= {(at, column): Cell(text, f"rule,wrap,text,left{_face(column)}") for column, text in texts.items()}
            tall[at] = high(texts, ROOM)
        if (more := len(submission.mistakes) - MOST) > 0:
            cells[row + 2 + MOST, 1] = Cell(f"… and {more:,} more: --json lists them all", "hint")
    return Page(
        name=places.sheets[n],
        kind="step",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, tall),
        freeze=(4, 1),
        header_row=row + 1 if submission.mistakes else None,
    )


def _head(places: Places, n: int, submission: Submission) -> dict[Place, Cell]:
    """Who, what and how many points; the way back and to the neighbours."""
    cells = {
        (1, 1): Cell(submission.student, "title,text"),
        (2, 1): Cell(f"{harmless(submission.file.name)}: {verdict(submission)}", "text"),
        (3, 1): Cell(GRADES, "link", link=GRADES),
        (5, 1): Cell(str(submission.standing), "heading"),
        (5, 2): _score(places, n, submission),
    }
    if n > 0:
        cells[3, 2] = Cell("← the one before", "link", link=places.sheets[n - 1])
    if n + 1 < len(places.submissions):
        cells[3, 4] = Cell("the next →", "link", link=places.sheets[n + 1])
    if submission.judgement.error:
        cells[6, 1] = Cell(f"It {submission.judgement.error}.", "text")
    elif gone := missing(submission):
        cells[6, 1] = Cell(f"Still missing: {harmless(gone, LONGEST)}", "text")
    return cells


def _score(places: Places, n: int, submission: Submission) -> Cell:
    """The points in a sentence that follows the rubric."""
    if not scored(submission):
        return Cell("no score", "hint")
    rubric = places.rubric
    score, start, off = rubric.score(submission), rubric.start(submission), rubric.taken(submission)
    pieces = (SCORE, score), (START, start), (OFF, off)
    words = f" of {plain(rubric.full)} points: starts from ", ", less "
    text = "".join(f"{plain(value or 0)}{word}" for (_, value), word in zip(pieces, (*words, ""), strict=True))
    at = [on(GRADES, FIRST + n, column) for column, _ in pieces]
    formula = f'={at[0]}&" of "&{points(FULL)}&" points: starts from "&{at[1]}&", less "&{at[2]}'
    exact = f"MAX({points(LOWEST)},{at[1]}-{at[2]})"
    formula += f'&IF(ROUND({exact}-{at[0]},6)=0,"","{ROUNDED}")'
    text += ROUNDED * (round(max(rubric.lowest, start - off) - (score or 0), 6) != 0)
    return Cell(text, "bold", formula, "score in words")


def _tables(sheets: tuple[SheetVerdict, ...]) -> dict[Place, Cell]:
    if not sheets:
        return {}
    cells = headings(SAID, TABLES, ",left")
    for row, (name, sheet) in enumerate(zip(called(sheets), sheets, strict=True), start=SAID + 1):
        table = sheet.table
        texts = (
            name,
            str(sheet.outcome),
            f"row {table.header_row}" if table else "",
            f"{table.first_row} to {table.first_row + table.rows - 1}" if table else "",
            _rate(sheet),
        )
        cells |= {(row, column): Cell(text, "rule,text,left") for column, text in enumerate(texts, start=1)}
    return cells


def _rate(sheet: SheetVerdict) -> str:
    table = sheet.table
    if table is None or table.learning_rate is None:
        return ""
    where = f" in {table.learning_rate_cell}" if table.learning_rate_cell else ", typed into the formulas"
    return plain(table.learning_rate) + where


def _found(submission: Submission) -> list[dict[int, str]]:
    """A row for each finding, by column."""
    rows = []
    for sheet, one in submission.mistakes[:MOST]:
        cells = ", ".join(one.cells)
        first = f" (first row: {one.first_row})" if one.first_row else ""
        label = in_words(one.label)
        texts = (sheet.sheet, cells, label, str(one.kind), one.found, one.expected, one.correction, one.effect)
        shown = dict(enumerate((harmless(text, LONGEST) for text in (*texts, one.message + first)), start=1))
        rows.append(shown | {1 + COLUMNS.index("correction"): one.correction})
    return rows


def _face(column: int) -> str:
    return ",mono,small" if COLUMNS[column - 1] in MONO else ""
