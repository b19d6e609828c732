"""The cells that the charts of a workbook show, series by series."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

from xlbackprop.pages.layout import MAX_ROWS, a1
from xlbackprop.reading.archive import Archive
from xlbackprop.reading.package import relations, sheet_parts
from xlbackprop.reading.saved import column_number

MOST_RANGES = 1_000  # of a workbook; the rest is not looked at
LONGEST = 2_000  # characters of a reference

VALUES, CATEGORIES, X = "values", "categories", "x"
KINDS = {"val": VALUES, "yVal": VALUES, "cat": CATEGORIES, "xVal": X}  # what a series calls them in the file

CORNER = r"\$?([A-Z]{1,3})\$?(\d{1,7})"
AREA = re.compile(rf"(?:'((?:[^']|'')+)'|([^'!,()\s]+))!{CORNER}(?::{CORNER})?")


class ChartRange(NamedTuple):
    """Cells that a series of a chart shows. A union is several of these, of one series and kind.

    sheet: where the chart stands; chart, series: counted from 1 there; kind: values, categories or x;
    of: the sheet of the cells; first_row to last_column: counted from 1.
    """

    sheet: str
    chart: int
    series: int
    kind: str
    of: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def cells(self) -> str:
        """The range without its sheet: ``W33:W100``."""
        return area(self.first_row, self.first_column, self.last_row, self.last_column)


def area(top: int, left: int, bottom: int, right: int, *, absolute: bool = False) -> str:
    """A range, or a cell.

    >>> area(33, 23, 100, 23), area(33, 23, 33, 23, absolute=True)
    ('W33:W100', '$W$33')
    """
    first, last = (a1(row, column, absolute=absolute) for row, column in ((top, left), (bottom, right)))
    return first if first == last else f"{first}:{last}"


def chart_ranges(archive: Archive) -> list[ChartRange]:
    """What every chart of every sheet shows, chart sheets included.

    Names, links to other files and missing parts are passed over; malformed parts are Unreadable.
    """
    found: list[ChartRange] = []
    seen: set[str] = set()
    for sheet, (_, part) in sheet_parts(archive).items():
        for number, chart in enumerate(_charts(archive, part, seen), start=1):
            found += _of_chart(archive.xml(chart), sheet, number)
            if len(found) > MOST_RANGES:
                return found[:MOST_RANGES]
    return found


def _charts(archive: Archive, part: str, seen: set[str]) -> Iterator[str]:
    """The chart parts of a sheet. Each part counts once, or a small file could name one a million times."""
    for drawing in _pointed_at(archive, part, "drawing", seen):
        yield from _pointed_at(archive, drawing, "chart", seen)


def _pointed_at(archive: Archive, part: str, kind: str, seen: set[str]) -> list[str]:
    known = relations(archive, part).values()
    targets = [target for of, target in known if of == kind and target in archive and target not in seen]
    seen.update(targets)
    return targets


def _of_chart(root: ET.Element, sheet: str, chart: int) -> Iterator[ChartRange]:
    for number, series in enumerate(root.iter(_beside(root, "ser")), start=1):
        for part in series:
            kind = KINDS.get(part.tag.rpartition("}")[2])
            reference = next(part.iter(_beside(root, "f")), None) if kind else None
            if kind and reference is not None:
                for of, corners in areas(reference.text or ""):
                    yield ChartRange(sheet, chart, number, kind, of, *corners)


def _beside(root: ET.Element, name: str) -> str:
    """The full name of an element in the namespace of the root."""
    return root.tag[: root.tag.rfind("}") + 1] + name


def areas(text: str) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Sheets and corners (first row and column, last row and column) that a reference names; none if it is a name.

    >>> areas("('Bob''s run'!$B$1:$B$3,A!$B$5)")
    [("Bob's run", (1, 2, 3, 2)), ('A', (5, 2, 5, 2))]
    >>> areas("losses"), areas("[1]Sheet1!$A$1"), areas("#REF!")
    ([], [], [])
    """
    text = text.strip().removeprefix("=")
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    found, at = [], 0
    while len(text) <= LONGEST and (piece := AREA.match(text, at)):
        found.append((_sheet(piece), _corners(piece)))
        if piece.end() == len(text):
            return [(sheet, corners) for sheet, corners in found if sheet and corners]
        if text[piece.end()] != ",":
            return []
        at = piece.end() + 1
    return []


def _sheet(piece: re.Match[str]) -> str:
    """The name of the sheet, or "" for one of another file."""
    name = (piece[1] or "").replace("''", "'") or piece[2]
    return "" if "[" in name else name


def _corners(piece: re.Match[str]) -> tuple[int, int, int, int] | None:
    """First row and column, last row and column, or None if there are no such cells."""
    try:
        left, right = column_number(piece[3]), column_number(piece[5] or piece[3])
    except ValueError:
        return None
    top, bottom = int(piece[4]), int(piece[6] or piece[4])
    return (top, left, bottom, right) if 1 <= top <= bottom <= MAX_ROWS and left <= right else None
