"""A training laid out over several blocks or sheets, woven into one table: all columns beside those of the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xlbackprop.grid import Position, SavedCell, SavedSheet
from xlbackprop.judge.typed.blocks import (
    Block,
    Where,
    blocks_of,
    columns_of,
    holds_number,
    owner,
    reached,
    read,
)
from xlbackprop.judge.typed.loom import Thread, Threads
from xlbackprop.judge.typed.tables import looks_like_a_table
from xlbackprop.pages.layout import MAX_COLUMNS

MOST_CELLS = 300_000  # of a sheet that is copied to weave others in
MOST_THREADS = 1_000
MOST_COPIES = 3  # of copies
NOTHING = SavedCell(None, None)


@dataclass(frozen=True)
class Woven:
    """A workbook's sheets, some with columns of others woven in."""

    sheets: Mapping[str, SavedSheet]
    threads: Mapping[str, Threads] = field(default_factory=dict)

    def place(self, sheet: str, place: Position) -> Where:
        """Where a cell of a woven sheet really stands."""
        thread = self.threads.get(sheet, {}).get(place[1])
        return (sheet, place) if thread is None else (thread.sheet, (place[0] + thread.down, thread.column))


def weave(sheets: Mapping[str, SavedSheet]) -> Woven:
    """The sheets; where a block reads others row by row, the columns of those stand in its sheet, too."""
    blocks = [block for name, sheet in sheets.items() for block in blocks_of(name, sheet)]
    if len(blocks) < 2:
        return Woven(sheets)
    reads = {block: read(sheets, block, blocks) for block in blocks}
    used: set[Block] = set()
    woven, threads = dict(sheets), dict[str, Threads]()
    for root in sorted(blocks, key=lambda block: -len({*block.names.values()})):
        others = [] if root in used else reached(root, reads)
        names = {name for block in (root, *others) for name in block.names.values()}
        if others and looks_like_a_table(names) and root.sheet not in threads and len(sheets[root.sheet]) <= MOST_CELLS:
            used |= {root, *others}
            loom = _loom(sheets, root.sheet, _threads(sheets, [root, *others], blocks))
            threads[root.sheet] = loom.threads
            woven[root.sheet] = _one_sheet(sheets, root.header, loom)
    return Woven(woven, threads)


def _threads(sheets: Mapping[str, SavedSheet], group: Iterable[Block], blocks: list[Block]) -> Threads:
    """The columns of a group of blocks; those of the first stay where they are, the others get numbers beyond."""
    found: Threads = {}
    root, *others = group
    for block in (root, *others):
        sheet, last = sheets[block.sheet], block.first
        columns = columns_of(sheet, block)
        while owner(blocks, block.sheet, last + 1) == block and any(
            holds_number(sheet, (last + 1, column)) for column in columns
        ):
            last += 1
        for column in columns[: MOST_THREADS - len(found)]:
            thread = Thread(
                block.sheet, column, block.names.get(column), block.header, block.first, last, block.first - root.first
            )
            found[column if block == root else MAX_COLUMNS + 1 + len(found)] = thread
    return found
