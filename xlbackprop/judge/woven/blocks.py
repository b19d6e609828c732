"""Blocks of a workbook: rows of labels with numbers under them, and which of them read others row by row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlbackprop.grid import Position, SavedSheet
from xlbackprop.judge.typed.meaning import REFERENCE, column_number
from xlbackprop.judge.typed.names import GRADIENT
from xlbackprop.judge.typed.tables import HEADER_DEPTH, WIDEST, labels_by_row, looks_like_a_table

FEWEST_LABELS = 3  # of a block
FARTHEST = 40  # columns right of a block's last label in which it may go on

Where = tuple[str, Position]


@dataclass(frozen=True)
class Block:
    """A row of labels on a sheet, and the first row under it. names: column -> canonical name; last: of its labels."""

    sheet: str
    header: int
    first: int
    names: Mapping[int, str]
    last: int

    def __hash__(self) -> int:
        return hash((self.sheet, self.header))

    @property
    def trains(self) -> bool:
        """Whether it could be a whole table of its own."""
        return looks_like_a_table(self.names.values()) and any(n.startswith(GRADIENT) for n in self.names.values())


def blocks_of(name: str, sheet: SavedSheet) -> list[Block]:
    """The blocks of a sheet; of several rows of labels over the same numbers the one with most names counts."""
    found: dict[int, Block] = {}
    names = labels_by_row(sheet)
    for header, columns in sorted(_texts(sheet).items()):
        known, first = names.get(header, {}), _first_row(sheet, header, columns)
        if first is not None and (first not in found or len(known) >= len(found[first].names)):
            found[first] = Block(name, header, first, known, max(columns))
    return list(found.values())


def _texts(sheet: SavedSheet) -> dict[int, list[int]]:
    """The columns of texts in each row that has more of them than numbers."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, value in sheet.grid.others.items():
        if isinstance(value, str) and place[1] <= WIDEST and place not in sheet.formulas:
            found[place[0]].append(place[1])
    return {
        row: columns
        for row, columns in found.items()
        if len(columns) >= FEWEST_LABELS
        and len(columns) > sum(holds_number(sheet, (row, column)) for column in range(1, max(columns) + 1))
    }


def _first_row(sheet: SavedSheet, header: int, columns: Sequence[int]) -> int | None:
    for row in range(header + 1, header + 1 + HEADER_DEPTH):
        if 2 * sum(holds_number(sheet, (row, column)) for column in columns) > len(columns):
            return row
    return None


def holds_number(sheet: SavedSheet, place: Position) -> bool:
    """Whether a formula or a number stands there."""
    return place in sheet.formulas or isinstance(sheet.grid.get(place), float)


def columns_of(sheet: SavedSheet, block: Block) -> list[int]:
    """The columns of a block, those without a label we can read too."""
    end = block.last + FARTHEST
    return [column for column in range(1, end) if holds_number(sheet, (block.first + 1, column))]


def owner(blocks: Iterable[Block], sheet: str, row: int) -> Block | None:
    """The block in whose rows a cell stands: the last that begins above it."""
    above = [block for block in blocks if block.sheet == sheet and block.first <= row]
    return max(above, key=lambda block: block.first, default=None)


def read(sheets: Mapping[str, SavedSheet], block: Block, blocks: list[Block]) -> set[Block]:
    """The other blocks that a block's second and third row read, the same step or one beside it."""
    sheet, second, found = sheets[block.sheet], block.first + 1, set[Block]()
    for column in columns_of(sheet, block):
        pairs = zip(*(_sliding(sheet, block.sheet, (row, column)) for row in (second, second + 1)), strict=False)
        for (there, (row, at)), below in pairs:
            other = owner(blocks, there, row) if below == (there, (row + 1, at)) else None
            if other is not None and other != block and abs(row - other.first - 1) <= 1:
                found.add(other)
    return {other for other in found if _calculates(sheets[other.sheet], other)}


def _calculates(sheet: SavedSheet, block: Block) -> bool:
    return any((block.first + 1, column) in sheet.formulas for column in columns_of(sheet, block))


def _sliding(sheet: SavedSheet, name: str, place: Position) -> list[Where]:
    """The cells that a formula refers to without a $ before their row."""
    text = sheet.formulas.get(place, "")
    return [where for where, fixed in _references(text, name) if not fixed]


def _references(text: str, sheet: str) -> Iterator[tuple[Where, bool]]:
    """The cells that a formula on a sheet refers to, and whether their row is fixed."""
    for match in REFERENCE.finditer(text):
        yield (sheet_of(match, sheet), (int(match[5]), column_number(match[3]))), bool(match[4])


def sheet_of(match: re.Match[str], sheet: str) -> str:
    """The sheet that a matched reference names, or that of its formula."""
    return match[1][:-1].strip("'").replace("''", "'") if match[1] else sheet


def reached(root: Block, reads: Mapping[Block, set[Block]]) -> list[Block]:
    """The blocks that a block reads, directly or by way of others; none that is a whole table."""
    found: list[Block] = []
    waiting = [root]
    while waiting:
        for other in sorted(reads[waiting.pop()], key=lambda block: (block.sheet, block.header)):
            if other != root and other not in found and not other.trains:
                found.append(other)
                waiting.append(other)
    return found
