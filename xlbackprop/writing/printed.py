"""Printed: on how many pages a sheet goes, and where a page ends so that rows which belong together stay together."""

from __future__ import annotations

from collections.abc import Iterable

from xlbackprop.pages.page import Page

MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6}  # inches
INCH = 96  # pixels
WIDE = (297 / 25.4 - MARGINS["left"] - MARGINS["right"]) * INCH  # pixels across A4 on its side, as large as on screen
HIGH = (210 / 25.4 - MARGINS["top"] - MARGINS["bottom"]) * INCH
READABLE = 2200  # pixels across a page that can still be read
SQUEEZE = 1.15  # how much more than a page of rows may be made smaller to go on one
LETTERED = 40  # pixels of the numbers of rows, where they are printed
SPARE = 0.92  # of a page: programs differ in how wide they print a column
MOST = 16384  # columns of a sheet
USUAL = 64  # pixels of a column of which nothing is said


def across(page: Page) -> int:
    """How many pages lie side by side."""
    if page.paper:
        return len(turns(page)) + 1
    end = page.printed or MOST
    width = sum(pixels * max(min(last, end) - first + 1, 0) for (first, last), pixels in page.widths.items())
    return max(1, round(width / READABLE))


def turns(page: Page) -> list[int]:
    """The columns after which a page ends, where pages have a most of their own: as full as they can be."""
    found: list[int] = []
    for column in range(1, _end(page) + 1) if page.paper else ():
        start = found[-1] + 1 if found else 1
        if column > start and _across(page, start, column) > (page.paper or 0):
            found.append(_before_a_block(page, start, column - 1))
    return found


def _before_a_block(page: Page, start: int, last: int) -> int:
    """The last column of a page, or an earlier one, so that no block of columns is cut that can go on the next."""
    cut = [first for first, end in page.blocks if start < first <= last < end]
    return min(cut) - 1 if cut else last


def percent(page: Page) -> int:
    """How large the widest of such pages is printed, so that it goes on paper in every program."""
    starts = [1, *(column + 1 for column in turns(page))]
    last = [*turns(page), _end(page)]
    widest = max(_across(page, *ends) for ends in zip(starts, last, strict=True)) + LETTERED * page.lettered
    return min(100, int(100 * SPARE * WIDE / widest))


def _end(page: Page) -> int:
    """The last column that is printed."""
    return page.printed or max(column for _, column in page.cells)


def _across(page: Page, first: int, last: int) -> int:
    """The pixels of a page with these columns, and those that stand on every page."""
    again = _left_of(page, page.lead + 1) if first > page.lead else 0
    return again + _left_of(page, last + 1) - _left_of(page, first)


def down(page: Page) -> int:
    """How many pages lie below each other; 0 for as many as it takes."""
    rows = range(1, page.kept[-1][1] + 1) if page.kept else ()
    return int(0 < _height(page, rows) <= SQUEEZE * _room(page))


def ends(page: Page) -> list[int]:
    """The rows after which a page ends, so that rows which are kept together are."""
    found: list[int] = []
    for first, last in () if down(page) else page.kept:
        rows = range(found[-1] + 1 if found else 1, last + 1)
        if rows[0] < first and _height(page, rows) > _room(page):
            found.append(first - 1)
    return found


def _height(page: Page, rows: Iterable[int]) -> int:
    return sum(page.heights[row] for row in rows)


def _room(page: Page) -> float:
    """The pixels from top to bottom that go on a page, once it is as small as it must be to go across."""
    return HIGH * max(1.0, _extent(page) / WIDE / across(page))


def _extent(page: Page) -> float:
    """The pixels from the left edge to the right end of all cells and charts."""
    if page.printed:
        return _left_of(page, page.printed + 1)
    charts = (_left_of(page, chart.place[1]) + chart.size[0] for chart in page.charts)
    return max(_left_of(page, max(column for _, column in page.cells) + 1), *charts, 0)


def _left_of(page: Page, column: int) -> int:
    """The pixels left of a column; the last that is said of a width counts."""
    widths = {n: pixels for (first, last), pixels in page.widths.items() for n in range(first, last + 1)}
    return sum(widths.get(n, USUAL) for n in range(1, column))
