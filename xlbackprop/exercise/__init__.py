"""Exercises: a workbook to fill in for each student, live feedback without the answer, a key for the teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from xlbackprop.judge.findings import Judgement


def check(path: Path) -> Judgement:
    """What is said of a filled-in exercise; it never raises for what is wrong with the file.

    `remarks.marked` says besides whose it is and how many cells are right.
    """
    from xlbackprop.exercise.remarks import marked  # NumPy and an engine, which nobody needs to hand exercises out

    return marked(path).judgement


def is_exercise(path: Path) -> bool:
    """Whether a file says of itself that it is an exercise of ours; False for what cannot be read, too."""
    from xlbackprop.errors import Unreadable
    from xlbackprop.exercise.card import PROPERTY
    from xlbackprop.reading.package import properties_of

    try:
        return PROPERTY in properties_of(path)
    except Unreadable:
        return False
