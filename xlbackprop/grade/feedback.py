"""The page that a student gets: what is right, which mistake to look at first and why, and the rest as a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xlbackprop.errors import BadOption
from xlbackprop.grade.advice import told_of
from xlbackprop.grade.closing import closing
from xlbackprop.grade.harmless import harmless
from xlbackprop.grade.markup import code, markdown
from xlbackprop.grade.rubric import Rubric
from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.grade.words import OUTCOMES, in_words, missing, right_parts, verdict
from xlbackprop.judge.findings import Finding, Kind, Outcome, SheetVerdict
from xlbackprop.judge.told import called, some_of
from xlbackprop.judge.typed.functions import ROUNDED

FORMATS = ("html", "md")
MOST = 30  # mistakes that a page lists
LONGEST = 60  # characters of a file's name, without its suffix


@dataclass(frozen=True, slots=True)
class Item:
    """One mistake as a page shows it, without empty texts. cell: the first of the cells; then: for the others."""

    label: str
    sheet: str
    cells: str
    cell: str
    then: str
    what: str
    why: str
    hint: str
    found_name: str
    found: str
    expected: str
    correction: str


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    """All that a page says. more: how many mistakes are not listed."""

    student: str
    file: str
    score: str
    good: bool
    verdict: str
    error: str
    right: tuple[str, ...]
    missing: str
    first: Item | None
    rest_name: str
    rest: tuple[Item, ...]
    more: int
    closing: str


def feedback_page(submission: Submission, rubric: Rubric, *, corrections: bool = True) -> FeedbackPage:
    """What a student reads. corrections: whether it says what belongs where something wrong stands."""
    items = [_item(sheet, finding, corrections) for sheet, finding in submission.mistakes]
    inside = submission.mistakes_inside
    score = rubric.score(submission)
    return FeedbackPage(
        student=submission.student,
        file=harmless(submission.file.name),
        score="" if score is None else f"{score:g} of {rubric.full:g} points",
        good=submission.standing is Standing.CORRECT,
        verdict=verdict(submission),
        error=submission.judgement.error.rstrip("."),
        right=() if submission.untouched else tuple(_right(submission)),
        missing=missing(submission),
        first=items[0] if inside else None,
        rest_name="Then these" if inside else _beside(0.0 if score is None else rubric.off(submission.columns)),
        rest=tuple(items[inside:MOST]),
        more=max(0, len(items) - MOST),
        closing=closing(submission),
    )


def _beside(off: float) -> str:
    return "Beside the table" + (f": this costs {off:g} point{'s' * (off != 1)}" if off else "")


def _right(submission: Submission) -> list[str]:
    """The same line of several tables once, with the names of the tables."""
    lines: dict[str, list[str]] = {}
    sheets = submission.judgement.sheets
    for name, sheet in zip(called(sheets), sheets, strict=True):
        said = [OUTCOMES[sheet.outcome]] if sheet.outcome is Outcome.CORRECT else right_parts(sheet)
        for line in said:
            lines.setdefault(line[0].upper() + line[1:], []).append(name)
    return [f"{line} ({', '.join(names)})" if len(sheets) > 1 else line for line, names in lines.items()]


def _then(cell: str, cells: Sequence[str]) -> str:
    """What to do about the other cells once the first is right; a formula fits only its own column."""
    if len({one.rstrip("0123456789") for two in cells for one in two.split(":")}) > 1:
        return ", fill it down, and do likewise in the other columns"
    return ", then fill it over the other cells" if tuple(cells) != (cell,) else ""


def _item(sheet: SheetVerdict, finding: Finding, corrections: bool) -> Item:
    told = told_of(finding)
    cell = finding.cells[0].partition(":")[0] if finding.cells else "it"
    effect = f" {finding.effect[0].upper()}{finding.effect[1:].rstrip('.')}." if finding.effect and corrections else ""
    return Item(
        label=in_words(finding.label),
        sheet=sheet.sheet,
        cells=some_of(finding.cells),
        cell=cell,
        then=_then(cell, finding.cells),
        what=finding.message if corrections else told.what,  # a message says what belongs there
        why=told.why + effect,
        hint=told.hint + (_with_dollars(finding) if corrections else ""),
        found_name="Here stands",
        found="" if finding.found.startswith(ROUNDED) else finding.found,  # that is no formula
        expected=finding.expected if corrections else "",
        correction=finding.correction if corrections else "",
    )


def _with_dollars(finding: Finding) -> str:
    """How the reference to a learning rate that slides looks once it is held fast."""
    if finding.kind is not Kind.NOT_ANCHORED or "$" not in finding.expected:
        return ""
    return f" {finding.expected.replace('$', '')} becomes {finding.expected}."


def rendered(page: FeedbackPage, form: str) -> str:
    """The page as text. form: a word of FORMATS. Every text in it comes from strangers and is escaped."""
    return str(_environment().get_template(f"feedback.{form}.jinja").render(page=page))


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"md": markdown, "code": code}
    return environment


def write_feedback(
    submissions: Sequence[Submission], rubric: Rubric, folder: Path, form: str, *, corrections: bool = True
) -> list[Path]:
    """A page for each student, into a folder that is there; their paths."""
    mine = [one for one in submissions if one.standing is not Standing.LEFT_OUT]
    paths = [folder / f"{name}.{form}" for name in file_names([one.student for one in mine])]
    for one, path in zip(mine, paths, strict=True):
        text = rendered(feedback_page(one, rubric, corrections=corrections), form)
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadOption(
                f"{path}: cannot be written ({error.strerror}); choose another folder with --feedback"
            ) from None
    return paths


def file_names(students: Sequence[str]) -> list[str]:
    """A name for a file of each student, different from all others, in letters that every file system takes.

    >>> file_names(["Ann Lee", "ann/lee", "../x", "…"])
    ['Ann-Lee', 'ann-lee-2', 'x', 'student']
    """
    names: list[str] = []
    taken: set[str] = set()
    for student in students:
        plain = "-".join(re.findall(r"[\w]+", student))[:LONGEST] or "student"
        name, n = plain, 1
        while name.casefold() in taken:
            n += 1
            name = f"{plain}-{n}"
        taken.add(name.casefold())
        names.append(name)
    return names
