"""Which files of a call are submissions, and whose each is as far as its name and folder tell."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.errors import BadOption
from xlbackprop.grade.harmless import harmless
from xlbackprop.grade.submission import Job

# What a student may hand in as a spreadsheet; what is no .xlsx gets a line that says so.
SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".numbers"})
ZIP = ".zip"
LITTER = frozenset({"Thumbs.db", "desktop.ini"})  # what Windows leaves in folders
HIDDEN = (".", "__MACOSX")  # how folders begin that nobody made for others to see
LONGEST = 80  # characters of a name
MOODLE = re.compile(r"_\d+_assignsubmission_\w*$")  # what Moodle puts behind a student's name in a folder's


@dataclass(frozen=True, slots=True)
class Collected:
    """What a call is about: the submissions, and in its folders what is none.

    passed: files, as seen from there; bare: folders right in them that hold no submission at all.
    """

    jobs: tuple[Job, ...]
    passed: tuple[Path, ...] = ()
    bare: tuple[str, ...] = ()


def collect(paths: Sequence[Path], but: Path) -> Collected:
    """The files, in the order of their names; BadOption where there are none. but: the gradebook to be written.

    Of a folder all spreadsheets in it and below it are taken; hidden files do not count at all.
    """
    found: dict[Path, Path] = {}  # from a file to the folder that was asked for
    passed: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            for file in _below(path):
                if file.suffix.lower() not in SUFFIXES:
                    passed.setdefault(file, path)
                elif not _same(file, but):
                    found.setdefault(file, path)
        elif path.exists() or path.is_symlink():
            found.setdefault(path, path.parent)
        else:
            raise BadOption(f"{path}: there is no such file or folder; check the name")
    if not found:
        packed = next((file.name for file in passed if file.suffix.lower() == ZIP), None)
        do = f"unpack {packed} first" if packed else "name the folder of the submissions"
        raise BadOption(f"{paths[0]}: holds no spreadsheet; {do}")
    names = _names(found)
    jobs = (
        Job(file, names[file], top / _short(file, top))
        for file, top in sorted(found.items(), key=lambda one: (_natural(names[one[0]]), str(one[0])))
    )
    over = tuple(file.relative_to(top) for file, top in passed.items() if file not in found)
    return Collected(tuple(jobs), over, tuple(_bare(paths, found)))


def _bare(paths: Iterable[Path], found: Iterable[Path]) -> Iterator[str]:
    """The folders of students who put no spreadsheet into them."""
    full = {parent for file in found for parent in file.parents}
    for top in filter(Path.is_dir, paths):
        there, folders, _ = next(os.walk(top), (top, [], []))
        yield from (_owner(name) for name in folders if not name.startswith(HIDDEN) and Path(there, name) not in full)


def _below(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it. Links to folders are not followed: they may run in circles."""
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(HIDDEN))
        for name in sorted(files):
            if not name.startswith(".") and name not in LITTER:
                yield Path(where, name)


def _same(file: Path, other: Path) -> bool:
    """Whether two paths lead to one file; unlike resolve(), it also takes links that run in circles."""
    return os.path.realpath(file) == os.path.realpath(other)


def _names(found: dict[Path, Path]) -> dict[Path, str]:
    """Whose each file is: its own name, or that of its student's folder, or both where that is not enough."""
    ways = [{file: called(file, top) for file, top in found.items()} for called in (_short, _inside, _whole)]
    times = [Counter(way.values()) for way in ways]
    return {file: harmless(_first_alone([way[file] for way in ways], times), LONGEST) for file in found}


def _first_alone(names: Sequence[str], times: Sequence[Counter[str]]) -> str:
    """The first of a file's names that no other file has in the same way, or the last."""
    return next((name for name, count in zip(names, times, strict=True) if count[name] == 1), names[-1])


def _short(file: Path, top: Path) -> str:
    below = file.relative_to(top).parts
    return _owner(below[0]) if len(below) > 1 else file.stem


def _inside(file: Path, top: Path) -> str:
    """The student of a folder, and where in it the file lies."""
    first, *others = _parts(file, top)
    return " / ".join((_owner(first), *others))


def _whole(file: Path, top: Path) -> str:
    """With the folder's name as it is, for two students of one name."""
    return " / ".join(_parts(file, top))


def _parts(file: Path, top: Path) -> tuple[str, ...]:
    below = file.relative_to(top).parts
    return below if len(below) > 1 else (top.absolute().name, *below)


def _owner(folder: str) -> str:
    return MOODLE.sub("", folder)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key by which student2 comes before student10."""
    return [(int(part[:18]) if part.isdecimal() else -1, part.casefold()) for part in re.split(r"(\d+)", name)]
