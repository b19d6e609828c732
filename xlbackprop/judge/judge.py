"""Judge one workbook that somebody made by hand."""

from __future__ import annotations

from pathlib import Path

from xlbackprop.errors import Unreadable
from xlbackprop.judge.findings import Judgement
from xlbackprop.network import Network


def judge(path: Path, assignment: Network | None = None) -> Judgement:
    """What is said of a file; it never raises for what is wrong with the file.

    assignment: the network that was set, whose first values the tables should have.
    """
    try:
        raise NotImplementedError
    except Unreadable as error:
        return Judgement(path, error=str(error))
