"""What a teacher should know of a class besides its lines: what was passed over, and who handed in nothing or twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from unicodedata import normalize

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
    own, another = _handed_in(roster, theirs)
    said = {
        "Not workbooks, and passed over": [file.as_posix() for file in collected.passed],
        "Folders without a workbook": collected.bare,
        "More than one file of": _several(theirs),
        "Only somebody else's exercise handed in by": another,
        "Nothing handed in by": [name for name in roster if name not in own | another],
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


def _handed_in(roster: Sequence[str], theirs: Sequence[tuple[Job, Submission]]) -> tuple[set[str], set[str]]:
    """Who of a roster has work of their own among the files, and who none but an exercise that says it is another's."""
    own: set[str] = set()
    another: set[str] = set()
    for job, one in theirs:
        bear = _named_in(roster, f"{job.student} {job.owner.name}")
        say = _named_in(roster, one.student)
        if bear and not bear & say and one.student != job.student:
            another |= bear
        else:
            own |= say or bear
    return own, another - own


def _named_in(roster: Sequence[str], text: str) -> set[str]:
    """Who of a roster has all words of the name in a text, in whatever order; only one whose name is just that."""
    return {text} & {*roster} or {name for name in roster if _words(name) <= _words(text)}


def same_name(job: Job, student: str) -> bool:
    """Whether a file or its folder is called by a student, in whatever order of the words."""
    return _words(student) in (_words(job.student), _words(job.owner.name))


def _words(name: str) -> set[str]:
    """The words of a name, without case and what parts them.

    >>> sorted(_words("Lee_Ann (2)"))
    ['2', 'ann', 'lee']
    """
    return set(re.findall(r"[^\W_]+", normalize("NFC", name).casefold()))  # a Mac takes ü apart into u and its dots
