"""What a teacher should know of a class besides its lines: what was passed over, and who handed in nothing or twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from xlbackprop.grade.collect import LONGEST, Collected
from xlbackprop.grade.harmless import harmless
from xlbackprop.grade.submission import Job, Standing, Submission

MOST = 40  # names in a line


def notes(collected: Collected, submissions: Sequence[Submission], roster: Sequence[str] = ()) -> tuple[str, ...]:
    """A line for each thing there is to say. submissions: of `collected.jobs`; roster: who should have handed in."""
    theirs = [
        (job, one)
        for job, one in zip(collected.jobs, submissions, strict=True)
        if one.standing is not Standing.LEFT_OUT
    ]
    said = {
        "Not workbooks, and passed over": [file.as_posix() for file in collected.passed],
        "Folders without a workbook": collected.bare,
        "More than one file of": _several(theirs),
        "Nothing handed in by": _absent(roster, theirs),
    }
    return tuple(f"{what}: {_named(names)}" for what, names in said.items() if names)


def _named(names: Iterable[str]) -> str:
    named = sorted(harmless(name, LONGEST) for name in names)
    return ", ".join(named[:MOST]) + (f" and {len(named) - MOST} more" if len(named) > MOST else "")


def _several(theirs: Sequence[tuple[Job, Submission]]) -> set[str]:
    """Who has several files in a folder, or several exercises that say they are theirs."""
    owners = Counter(job.owner for job, _ in theirs)
    students = Counter(one.student for _, one in theirs)
    return {owner.name for owner, n in owners.items() if n > 1} | {name for name, n in students.items() if n > 1}


def _absent(roster: Sequence[str], theirs: Sequence[tuple[Job, Submission]]) -> list[str]:
    """Who of a roster has no file: none whose student, file or folder has all words of the name, in whatever order."""
    there = [_words(f"{one.student} {job.student} {job.owner.name}") for job, one in theirs]
    return [name for name in roster if not any(_words(name) <= words for words in there)]


def _words(name: str) -> set[str]:
    """The words of a name, without case and what parts them.

    >>> sorted(_words("Lee_Ann (2)"))
    ['2', 'ann', 'lee']
    """
    return set(re.findall(r"[^\W_]+", name.casefold()))
