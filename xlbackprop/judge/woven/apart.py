"""What is said of a table that was woven from several blocks, block by block, in the cells where they really stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from xlbackprop.judge.findings import BESIDE, Finding, FoundTable, Outcome, SheetVerdict
from xlbackprop.judge.typed.meaning import column_number
from xlbackprop.judge.woven.loom import Thread, rewritten
from xlbackprop.judge.woven.weave import Woven
from xlbackprop.pages.layout import letters, quoted

# Columns that no sheet has are those woven in: with a row, a range of rows, or neither.
WOVEN_IN = re.compile(r"\b(X(?:F[E-Z]|[G-Z][A-Z])|[YZ][A-Z]{2})(\d*)(?::\1(\d+))?\b")


def apart(verdicts: Iterable[SheetVerdict], woven: Woven) -> list[SheetVerdict]:
    """The verdicts, with one for each block of a woven table, in the order of the sheets."""
    said = list(verdicts)
    parts = [part for one in said for part in _Whole(one, woven).parts()]
    found: list[SheetVerdict] = []
    for verdict in said:
        if verdict.outcome is Outcome.NO_TABLE and not verdict.findings:
            found += [part for part in parts if part.sheet == verdict.sheet] or [verdict]
        elif _Whole(verdict, woven).threads:
            found += [part for part in parts if part.sheet == verdict.sheet]
        else:
            found.append(verdict)
    return found


@dataclass(frozen=True)
class _Whole:
    """A verdict on a woven table."""

    verdict: SheetVerdict
    woven: Woven

    @property
    def threads(self) -> dict[int, Thread]:
        """Its columns; none if it was not woven."""
        threads, table = self.woven.threads.get(self.verdict.sheet, {}), self.verdict.table
        home = next(iter(threads.values()), None)
        return threads if home and table and table.header_row == home.header else {}

    def parts(self) -> Iterator[SheetVerdict]:
        """The same, block by block."""
        blocks: dict[tuple[str, int], Thread] = {}
        for thread in self.threads.values():
            blocks.setdefault((thread.sheet, thread.header), thread)
        for thread in blocks.values():
            findings = tuple(part for one in self.verdict.findings if (part := self._finding(one, thread)))
            outcome = self.verdict.outcome
            if outcome is Outcome.WRONG and not any(one.kind not in BESIDE for one in findings):
                outcome = Outcome.CORRECT
            yield SheetVerdict(thread.sheet, outcome, self._table(thread), findings)

    def _thread(self, cells: str) -> Thread:
        """A thread of the block in which a cell stands; what is none of the table's belongs to the first block."""
        column = WOVEN_IN.match(cells)
        return self.threads[column_number(column[1])] if column else next(iter(self.threads.values()))

    def _table(self, block: Thread) -> FoundTable | None:
        """The table as far as it stands in the block of a thread."""
        table = self.verdict.table
        if table is None:
            return None
        columns = {
            name: letters(thread.column)
            for name, at in table.columns.items()
            if (thread := self.threads.get(column_number(at))) and thread.within(block)
        }
        rate = table.learning_rate_cell and self._formula(f"={table.learning_rate_cell}", block.sheet)[1:]
        return replace(
            table,
            header_row=block.header,
            first_row=block.first,
            columns=columns,
            learning_rate_cell=rate,
            missing={name: self._told(text, block.sheet) for name, text in table.missing.items()},
            unjudged={name: self._told(text, block.sheet) for name, text in table.unjudged.items()},
        )

    def _finding(self, finding: Finding, block: Thread) -> Finding | None:
        """The finding with those of its cells that stand in the block of a thread, or None if none does."""
        cells = [one for one in finding.cells if self._thread(one).within(block)]
        if not cells and (finding.cells or block.down or block.sheet != self.verdict.sheet):
            return None
        return replace(
            finding,
            label=self._told(finding.label, block.sheet),
            cells=tuple(self._told(one, block.sheet) for one in cells),
            found=self._told(finding.found, block.sheet),
            expected=self._told(finding.expected, block.sheet),
            message=self._told(finding.message, block.sheet),
            correction=self._formula(finding.correction, block.sheet) if cells[:1] == [*finding.cells[:1]] else "",
            effect=self._told(finding.effect, block.sheet),
            first_row=finding.first_row and finding.first_row + block.down,
        )

    def _told(self, text: str, home: str) -> str:
        """A text with the real names of all cells in it, as they are called on the sheet `home`."""

        def real(match: re.Match[str]) -> str:
            thread = self.threads.get(column_number(match[1]))
            if thread is None:
                return match[0]
            first, last = (str(int(row) + thread.down) if row else "" for row in match.groups()[1:])
            there = "" if thread.sheet == home else f"{quoted(thread.sheet)}!"
            column = letters(thread.column)
            return f"{there}{column}{first}" + (f":{column}{last}" if last else "")

        return WOVEN_IN.sub(real, text)

    def _formula(self, text: str, home: str) -> str:
        """A formula of the woven sheet as it reads on another, its home."""
        return rewritten(text, self.verdict.sheet, home, lambda where: self.woven.place(*where))
