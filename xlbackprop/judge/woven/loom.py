"""Where columns from several blocks come to stand on one sheet, and formulas as they read there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.typed.meaning import REFERENCE, column_number
from xlbackprop.judge.woven.blocks import Where, sheet_of
from xlbackprop.pages.layout import letters, quoted

COPY = re.compile(r"=\$?([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Thread:
    """A column of a block.

    name: what its label says, canonical; header: the row of its label; first, last: its rows;
    down: how many rows lower it stands than on the woven sheet.
    """

    sheet: str
    column: int
    name: str | None
    header: int
    first: int
    last: int
    down: int

    def within(self, other: Thread) -> bool:
        """Whether it is of the same block as another."""
        return (self.sheet, self.header) == (other.sheet, other.header)


Threads = dict[int, Thread]  # by the column that it has in the woven sheet, right of all that a sheet can have


@dataclass(frozen=True)
class Loom:
    """Where the cells of threads come to stand on the sheet called home. copies: columns that only repeat another."""

    home: str
    threads: Threads
    copies: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def _columns(self) -> dict[tuple[str, int], list[int]]:
        found: dict[tuple[str, int], list[int]] = {}
        for column, thread in self.threads.items():
            found.setdefault((thread.sheet, thread.column), []).append(column)
        return found

    def place(self, where: Where) -> Where:
        """Where a cell stands on the woven sheet, or itself if it is not woven in.

        The empty cell under a column goes with it: what the last row reads of the row below is what the others do.
        """
        sheet, (row, at) = where
        for beyond in (0, 1):
            for column in self._columns.get((sheet, at), ()):
                thread = self.threads[column]
                if thread.first <= row <= thread.last + beyond:
                    return self.home, (row - thread.down, self.copies.get(column, column))
        return where

    def rewritten(self, text: str | None, sheet: str) -> str | None:
        """A formula of a sheet as it reads on the woven one."""
        return text and rewritten(text, sheet, self.home, self.place)

    def repeated(self, sheets: Mapping[str, SavedSheet], column: int) -> int | None:
        """The column of another block that a thread repeats in each of its rows, by the same name; or None."""
        thread, at = self.threads[column], 0
        for row in range(thread.first, thread.last + 1):
            text = sheets[thread.sheet].formulas.get((row, thread.column), "")
            copied = COPY.fullmatch(self.rewritten(text, thread.sheet) or "")
            if not copied or int(copied[2]) != row - thread.down or at not in (0, column_number(copied[1])):
                return None
            at = column_number(copied[1])
        source = self.threads.get(at)
        if source is None or source.within(thread):
            return None
        return at if len({source.name, thread.name} - {None}) < 2 else None


def rewritten(text: str, sheet: str, home: str, place: Callable[[Where], Where]) -> str:
    """A formula of one sheet as it reads on another, its home. place: where each cell stands there.

    >>> rewritten("=A6-Train!$B$2*SUM(Train!X6:Z6)", "Weights", "Train", lambda where: where)
    '=Weights!A6-$B$2*SUM(X6:Z6)'
    """
    last = sheet

    def one(match: re.Match[str]) -> str:
        nonlocal last
        corner = text[match.start() - 1] == ":"  # the second of a range has the sheet of the first
        last = last if corner else sheet_of(match, sheet)
        there, (row, column) = place((last, (int(match[5]), column_number(match[3]))))
        named = "" if corner or there == home else f"{quoted(there)}!"
        return f"{named}{match[2]}{letters(column)}{match[4]}{row}"

    return REFERENCE.sub(one, text)
