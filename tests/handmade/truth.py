"""A workbook with one mistake, and the truth about it: what kind it is, and in which cells."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from handmade.table import Table
from handmade.values import Circular, Values
from handmade.write import Book
from xlbackprop.judge.findings import Kind


@dataclass(frozen=True, slots=True)
class Truth:
    """What a judge must find. also: kinds that say it as well; label: the column's name, "" for several or a helper.

    cells: those that must be named, for a chart those that it shows; allowed: those that may be, because they were
    changed, too, but harmlessly.
    """

    kind: Kind
    label: str
    sheet: str
    cells: frozenset[str]
    allowed: frozenset[str] = frozenset()
    also: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Mutant:
    """A workbook with one mistake. found: the formula or number as the person typed it in the first wrong cell."""

    book: Book
    truth: Truth
    found: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """The workbook that a mistake is made in, the table of it, and chance."""

    whole: Book
    table: Table
    chance: random.Random

    def mutant(self, kind: Kind, table: Table, cells: Iterable[tuple[int, str]], **said: object) -> Mutant | None:
        """The workbook with another table; None where a cell of it now needs itself."""
        try:
            Values(table)
        except Circular:
            return None
        cells = sorted(cells)
        tables = tuple(table if one is self.table else one for one in self.whole.tables)
        names = {name for _, name in cells}
        truth = Truth(
            kind,
            names.pop() if len(names) == 1 and not names & table.helpers else "",
            table.place.sheet,
            frozenset(table.at(*cell) for cell in cells),
        )
        return Mutant(replace(self.whole, tables=tables), replace(truth, **said), str(table.written(*cells[0])))
