"""One file to one submission: judged, and its features read. It never raises for what is wrong with the file."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from xlbackprop.errors import Unreadable
from xlbackprop.exercise.blueprint import SHEET, Blueprint
from xlbackprop.exercise.card import PROPERTY, Card, recognise
from xlbackprop.exercise.remarks import Marked, marked
from xlbackprop.grade.collect import LONGEST
from xlbackprop.grade.features import features
from xlbackprop.grade.filled import filled_in
from xlbackprop.grade.harmless import harmless, harmless_judgement
from xlbackprop.grade.submission import Job, Standing, Submission, standing
from xlbackprop.grid import Position, SavedCell
from xlbackprop.judge.findings import Judgement
from xlbackprop.judge.judge import judge
from xlbackprop.maths.network import Network
from xlbackprop.pages.spec import WROTE, is_ours
from xlbackprop.reading.package import SavedWorkbook, read_package

LOCK = "~$"  # how the names of lock files begin
UNKNOWN = SavedWorkbook({}, {})


def examine(job: Job, assignment: Network | None) -> Submission:
    """What is known of a file once it has been looked at."""
    since = time.perf_counter()
    saved = _saved(job.file)
    if WROTE in saved.properties:
        return left_out(job, f"is a {harmless(saved.properties[WROTE], 20)} that xlbackprop wrote: nobody's work")
    if is_ours(saved.properties):
        return left_out(job, "is a workbook that xlbackprop build wrote: nobody's work")
    card = _card(job.file, saved)
    mark = marked(job.file) if PROPERTY in saved.properties else None  # an exercise is compared with its key
    judgement = harmless_judgement(mark.judgement if mark else judge(job.file, assignment))
    found = Submission(
        student=harmless(card.student, LONGEST) if card and card.student else job.student,
        standing=Standing.LEFT_OUT if job.file.name.startswith(LOCK) else standing(judgement),
        judgement=judgement,
        seconds=0.0,
        features=features(_own(saved, card, mark)),
        done=_done(card.blueprint, saved) if card else None,
        digest=_digest(job.file) if saved is not UNKNOWN else "",
        right=_share(mark.earned, mark.cells) if mark else 1.0,
        numbers=_share(mark.numbers, mark.cells) if mark else 1.0,
    )
    return replace(found, seconds=time.perf_counter() - since)


def left_out(job: Job, why: str) -> Submission:
    """What is nobody's work."""
    return Submission(job.student, Standing.LEFT_OUT, Judgement(job.file, error=why), 0.0, {})


def _saved(path: Path) -> SavedWorkbook:
    """The cells of a file; none where it cannot be read, which is for the judge to say."""
    try:
        return read_package(path)
    except Unreadable:
        return UNKNOWN


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _own(saved: SavedWorkbook, card: Card | None, mark: Marked | None) -> Mapping[str, Mapping[Position, SavedCell]]:
    """The cells that are a student's own; none of an exercise that cannot be told from what was handed out."""
    if mark is None:
        return saved.sheets
    return filled_in(card, saved.sheets) if card and mark.judgement.readable else {}


def _card(path: Path, saved: SavedWorkbook) -> Card | None:
    """Whose exercise it is, and what of it was empty; None where it is none, or its card is damaged."""
    try:
        return recognise(path, saved.properties)
    except Unreadable:
        return None


def _done(blueprint: Blueprint, saved: SavedWorkbook) -> float:
    """The share of the empty cells that were filled in, to four digits."""
    places = [(row, blueprint.table.column(one.name)) for one in blueprint.blanks for row in blueprint.rows(one)]
    sheet: Mapping[Position, SavedCell] = saved.sheets.get(SHEET, {})
    return _share(sum(place in sheet for place in places), len(places))


def _share(count: int, cells: int) -> float:
    """A share to four digits; all of it where there are no cells, as in what cannot be read."""
    return round(count / cells, 4) if cells else 1.0
