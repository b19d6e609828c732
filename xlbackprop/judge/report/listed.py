"""Findings: every sheet with its verdict, and under it what was found there, in words and as a formula to paste."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import wrap

from xlbackprop.judge.findings import Finding, Judgement, Outcome, SheetVerdict
from xlbackprop.judge.told import called, in_short, some_of, where
from xlbackprop.judge.typed.names import pretty
from xlbackprop.pages.page import Cell, Page, Place

LETTER, MONO = 5.8, 6.8  # pixels of a letter, about, and of one of a formula
LINE, ROW = 16, 20  # pixels of a line of text, and of a row
MARGIN, MOST_LINES = 12, 12  # pixels of a cell without text, left and right; lines of a cell that are shown
LONGEST = 2_000  # characters of a text; the rest is cut off

# Of each column: its heading, its width in pixels, its style, and what it says of a finding.
COLUMNS: tuple[tuple[str, int, str, Callable[[Finding], object]], ...] = (
    ("sheet", 96, "", lambda one: ""),
    ("cells", 124, "mono,small,wrap", lambda one: some_of(one.cells)),
    ("column", 66, "bold", lambda one: pretty(one.label)),
    ("what is wrong", 140, "wrap", lambda one: one.kind),
    ("in words", 270, "wrap", lambda one: one.message),
    ("stands there", 150, "mono,small,wrap,loss ink", lambda one: one.found),
    ("belongs there", 150, "mono,small,wrap,hidden ink", lambda one: one.expected),
    ("corrected formula, for the first of the cells", 280, "mono,small,wrap", lambda one: one.correction),
    ("effect", 150, "wrap", lambda one: one.effect),
    ("from row", 56, "center", lambda one: one.first_row or ""),
)
WORDS, VERDICT = 5, 4  # columns, counted from 1
HEADER = 4
VERDICTS = {Outcome.CORRECT: "right cell", Outcome.WRONG: "wrong cell"}


def findings_page(judgement: Judgement, copies: Mapping[int, str], name: str) -> Page:
    """The first sheet. copies: the sheet of the marked copy, by the place of the verdict."""
    cells = _head(judgement)
    heights = {1: 32, 2: ROW, 3: ROW, HEADER: ROW}
    row = HEADER + 1
    for n, (name_of, verdict) in enumerate(zip(called(judgement.sheets), judgement.sheets, strict=True)):
        cells |= _verdict(row, verdict, name_of, copies.get(n))
        heights[row] = ROW
        row += 1
        for finding in verdict.findings:
            cells |= _finding(row, finding)
            heights[row] = _height(finding)
            row += 1
    return Page(
        name=name,
        kind="findings",
        cells=cells,
        widths={(n, n): width for n, (_, width, _, _) in enumerate(COLUMNS, start=1)},
        heights=heights,
        freeze=(HEADER + 1, 1),
        header_row=HEADER,
    )


def _head(judgement: Judgement) -> dict[Place, Cell]:
    hint = (
        "Click a sheet's name: in the copy of its table, wrong cells are red, and what belongs there stands beside it."
    )
    return {
        (1, 1): Cell(_text(judgement.file.name), "title,text"),
        (2, 1): Cell(_text(in_short(judgement)), "bold"),
        (3, 1): Cell("" if judgement.error else hint, "hint"),
        **{(HEADER, n): Cell(heading, "bold,strong") for n, (heading, *_) in enumerate(COLUMNS, start=1)},
    }


def _verdict(row: int, verdict: SheetVerdict, called: str, copy: str | None) -> dict[Place, Cell]:
    sheet = Cell(_text(called), "link,bold,over" if copy else "bold,text,over", link=copy)
    cells = {(row, n): Cell("", "over") for n in range(1, len(COLUMNS) + 1)}
    return cells | {
        (row, 1): sheet,
        (row, VERDICT): Cell(verdict.outcome.value, VERDICTS.get(verdict.outcome, "bold") + ",over"),
        (row, WORDS): Cell(where(verdict), "hint,over"),
    }


def _finding(row: int, finding: Finding) -> dict[Place, Cell]:
    return {
        (row, n): Cell(_text(says(finding)), f"{style},text" if style else "text")
        for n, (_, _, style, says) in enumerate(COLUMNS, start=1)
    }


def _height(finding: Finding) -> int:
    """Pixels of a row in which all texts can be read."""
    lines = (
        len(wrap(str(says(finding)), int((width - MARGIN) / (MONO if "mono" in style else LETTER))))
        for _, width, style, says in COLUMNS
    )
    return ROW + LINE * (min(max(1, *lines), MOST_LINES) - 1)


def _text(value: object) -> str:
    return str(value)[:LONGEST]
