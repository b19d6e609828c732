"""The students of a class: read from a table, and what the file of each is called."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from xlbackprop.asking.data import contents, lines_of
from xlbackprop.errors import BadFile

HEADINGS = {"student", "students", "name", "names", "student name", "full name"}
FIRST_NAMES = {"first name", "given name", "first", "vorname"}
LAST_NAMES = {"last name", "surname", "family name", "last", "nachname"}
NOBODY = "Exercise"  # the file, where there is no roster
MOST_STUDENTS = 2000
LONGEST_NAME = 100  # letters: a longer line is a sentence, and the file no roster
LONGEST = 120  # bytes of a file's name; file systems take 255, and people put folders round it
FORBIDDEN = '<>:"/\\|?*'
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}  # on Windows


@dataclass(frozen=True, slots=True)
class Student:
    """A student. name: with a number behind it where another has the same; file: what it is called, without .xlsx."""

    name: str
    file: str


def read(path: Path) -> list[Student]:
    """The students of a CSV file; BadFile names the line that does not fit."""
    names = list(_names(path))
    if not names:
        raise BadFile(f"{path}: names nobody; write a line for each student")
    if len(names) > MOST_STUDENTS:
        raise BadFile(f"{path}: has {len(names):,} students, and {MOST_STUDENTS:,} are the most; split the table")
    names = _told_apart(names)
    return [Student(name, file) for name, file in zip(names, _told_apart(list(map(file_name, names))), strict=True)]


def file_name(name: str) -> str:
    """What a student's file may be called in every file system, without its ending.

    >>> file_name("../Ann: B/C"), file_name("NUL"), file_name("=1+1")
    ('Ann_ B_C', 'NUL_', '=1+1')
    """
    plain = "".join("_" if letter in FORBIDDEN else letter for letter in name)
    plain = plain.encode()[:LONGEST].decode(errors="ignore").strip(". _-")
    if not plain:
        return "Student"
    return f"{plain}_" if plain.partition(".")[0].lower() in {*RESERVED, "key"} else plain


def _names(path: Path) -> Iterator[str]:
    rows = lines_of(path, contents(path), "write one student a line")
    if not rows:
        return
    line, first = rows[0]
    places = _places([text.strip().lower() for text in first])
    if not places and len(first) > 1:
        raise BadFile(f"{path}:{line}: has {len(first)} columns; write the heading student above that of the names")
    for line, row in rows[1 if places else 0 :]:
        if len(first) == 1:
            name = ", ".join(map(str.strip, row))  # a comma is part of a name then: Miller, Ann
        else:
            name = " ".join(row[place] for place in places if place < len(row))
        if not _clean(name):
            raise BadFile(f"{path}:{line}: has no name; write one, or take the line out")
        if len(_clean(name)) > LONGEST_NAME:
            raise BadFile(f"{path}:{line}: is no name, with {len(_clean(name))} letters; write one student a line")
        yield _clean(name)


def _places(headings: Sequence[str]) -> list[int]:
    """The columns that make up a name: first name and last name, or the whole of it."""
    first, last, whole = (
        [n for n, text in enumerate(headings) if text in known][:1] for known in (FIRST_NAMES, LAST_NAMES, HEADINGS)
    )
    return first + (last or whole) if first else whole or last


def _clean(text: str) -> str:
    """A name in one line, its letters composed, without what nobody sees."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in composed).split())


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with a number behind it: Ann, Ann (2). Case makes no difference to a file system."""
    written = {name.casefold() for name in names}
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        numbered = (f"{name} ({n})" for n in count(2))
        own = (
            name
            if name.casefold() not in taken
            else next(one for one in numbered if one.casefold() not in taken | written)
        )
        taken.add(own.casefold())
        found.append(own)
    return found
