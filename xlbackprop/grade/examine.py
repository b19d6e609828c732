"""One file to one submission: judged, and its features read. It never raises for what is wrong with the file."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

from xlbackprop.errors import Unreadable
from xlbackprop.grade.features import features
from xlbackprop.grade.harmless import harmless, harmless_judgement
from xlbackprop.grade.submission import GRADEBOOK, Job, Standing, Submission, standing
from xlbackprop.judge.findings import Judgement
from xlbackprop.judge.judge import judge
from xlbackprop.network import Network
from xlbackprop.package import SavedWorkbook, read_package

EXERCISE = "xlbackprop exercise"  # document property: JSON on the exercise that a workbook is
LOCK = "~$"  # how the names of lock files begin
UNKNOWN = SavedWorkbook({}, {})


def examine(job: Job, assignment: Network | None) -> Submission:
    """What is known of a file once it has been looked at."""
    since = time.perf_counter()
    saved = _saved(job.file)
    if GRADEBOOK in saved.properties:
        return left_out(job, "is a gradebook that xlbackprop wrote: nobody's work")
    judgement = harmless_judgement(_judged(job.file, saved, assignment))
    found = Submission(
        student=_student(saved) or job.student,
        standing=Standing.LEFT_OUT if job.file.name.startswith(LOCK) else standing(judgement),
        judgement=judgement,
        seconds=0.0,
        features=features(saved.sheets),
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


def _judged(path: Path, saved: SavedWorkbook, assignment: Network | None) -> Judgement:
    """An exercise is compared with its key, everything else is judged by what it says itself."""
    if EXERCISE in saved.properties:
        from xlbackprop.exercise import check  # type: ignore[import-not-found,import-untyped,unused-ignore]

        checked: Judgement = check(path)
        return checked
    return judge(path, assignment)


def _student(saved: SavedWorkbook) -> str:
    """Whose exercise it is; nothing where the property is missing or damaged."""
    try:
        student = json.loads(saved.properties.get(EXERCISE, "{}")).get("student", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return harmless(student, 80) if isinstance(student, str) else ""
