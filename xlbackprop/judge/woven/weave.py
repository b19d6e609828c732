"""A training laid out over several blocks or sheets, woven into one table: all columns beside those of the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xlbackprop.grid import NOTHING, Position, SavedCell, SavedSheet, sheet_of
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.tables import looks_like_a_table
from xlbackprop.judge.woven.blocks import (
    Block,
    Where,
    blocks_of,
    columns_of,
    holds_number,
    owner,
    reached,
    read,
)
from xlbackprop.judge.woven.loom import Loom, Thread, Threads
from xlbackprop.pages.layout import MAX_COLUMNS

MOST_CELLS = 300_000  # of a sheet that is copied to weave others in
MOST_THREADS = 1_000
MOST_BLOCKS = 200  # of a workbook; nobody lays one training out over more
MOST_COPIES = 3  # of copies


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
    if not 1 < len(blocks) <= MOST_BLOCKS:
        return Woven(sheets)
    reads = {block: read(sheets, block, blocks) for block in blocks}
    used: set[Block] = set()
    woven, threads = dict(sheets), dict[str, Threads]()
    for root in sorted(blocks, key=lambda block: (not block.trains, -len({*block.names.values()}))):
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
            place = column if block == root else MAX_COLUMNS + 1 + len(found)
            name, down = block.names.get(column), block.first - root.first
            found[place] = Thread(block.sheet, column, name, block.header, block.first, last, down)
    return found


def _loom(sheets: Mapping[str, SavedSheet], home: str, threads: Threads) -> Loom:
    plain, copies = Loom(home, threads), dict[int, int]()
    for column in threads:
        for _ in range(MOST_COPIES):
            further = plain.repeated(sheets, copies.get(column, column))
            if further is None:
                break
            copies[column] = further
    return Loom(home, threads, copies)


def _one_sheet(sheets: Mapping[str, SavedSheet], header: int, loom: Loom) -> SavedSheet:
    """The first block's sheet with the threads beside its columns; every formula reads them there.

    header: the row of the first block's labels.
    """
    woven_in = {column: thread for column, thread in loom.threads.items() if column > MAX_COLUMNS}
    moved = {(one.sheet, row, one.column) for one in woven_in.values() for row in range(one.first, one.last + 1)}
    cells = {
        place: SavedCell(loom.rewritten(cell.formula, loom.home), cell.value)
        for place, cell in sheets[loom.home].items()
        if (loom.home, *place) not in moved
    }
    for column, thread in woven_in.items():
        for row in range(thread.first, thread.last + 1):
            if cell := sheets[thread.sheet].get((row, thread.column)):
                cells[row - thread.down, column] = SavedCell(loom.rewritten(cell.formula, thread.sheet), cell.value)
    return sheet_of(cells | _labels(sheets, header, loom))


def _labels(sheets: Mapping[str, SavedSheet], header: int, loom: Loom) -> dict[Position, SavedCell]:
    """The labels of all threads, each name once: in the root, or first in order. A copy gives its own to its source.

    What is plainly called w1 goes before what has that name only for want of another, as a column w1_new has.
    """
    texts = {n: sheets[one.sheet].grid.get((one.header, one.column)) for n, one in loom.threads.items()}
    labels = {n: SavedCell(None, text) if isinstance(text, str) else NOTHING for n, text in texts.items()}
    plain = {n for n, text in texts.items() if canonical(str(text)) == loom.threads[n].name}
    plainly = {loom.threads[n].name for n in plain}
    found, named = dict[Position, SavedCell](), set[str]()
    for column, thread in loom.threads.items():
        if column in loom.copies:
            found.setdefault((header, column), NOTHING)
        first = thread.name not in named or column <= MAX_COLUMNS
        if thread.name is None:
            found.setdefault((header, column), labels[column])
        elif first and (column in plain or thread.name not in plainly):
            named.add(thread.name)
            found[header, loom.copies.get(column, column)] = labels[column]
    return found
