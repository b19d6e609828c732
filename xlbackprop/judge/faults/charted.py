"""Charts beside their table: those that end before it does, and those that show empty cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby, product

from xlbackprop.judge.findings import Finding, FoundTable, Kind
from xlbackprop.judge.typed.chart_ranges import VALUES, ChartRange, area
from xlbackprop.pages.layout import letters, quoted

LABEL = "chart"
MOST_CELLS = 10_000  # of a series; a larger one is not called empty

Tables = Mapping[str, Sequence[FoundTable]]
Filled = Callable[[str, int, int], bool]
Series = tuple[ChartRange, ...]  # the values of one: a range, or a union of several on one sheet


def chart_findings(ranges: Iterable[ChartRange], tables: Tables, is_filled: Filled) -> list[tuple[str, Finding]]:
    """The charts that show less than there is, each with the sheet whose cells it shows.

    tables: of every worksheet, also of those without any; is_filled: whether sheet, row, column hold something.
    A chart that shows a part of what another on its sheet shows whole is a close-up, and fine.
    """
    ranges = list(ranges)
    series = [one for one in _values(ranges) if one[0].of in tables]
    whole = {(one[0].sheet, column) for one in series for column in _columns(one, tables) if not _missing(one, column)}
    found = []
    for one in series:
        of = one[0].of
        if _is_empty(one, is_filled):
            found.append((of, _empty(one, _name(one, ranges))))
            continue
        found += [
            (of, _short(one, column, _name(one, ranges)))
            for column in _columns(one, tables)
            if _missing(one, column) and (one[0].sheet, column) not in whole
        ]
    return found


# A column of a table: the sheet, its canonical name, its number, and the first and last row of the table.
Column = tuple[str, str, int, int, int]


def _values(ranges: Iterable[ChartRange]) -> list[Series]:
    shown = [one for one in ranges if one.kind == VALUES]
    return [tuple(group) for _, group in groupby(shown, key=lambda one: (one.sheet, one.chart, one.series, one.of))]


def _columns(series: Series, tables: Tables) -> list[Column]:
    """The columns of tables that a series shows at least one row of."""
    of = series[0].of
    at = series[0].first_column
    if any((one.first_column, one.last_column) != (at, at) for one in series):
        return []
    return [
        column
        for table in tables[of]
        for name, column_letters in table.columns.items()
        if column_letters == letters(at)
        for column in [(of, name, at, table.first_row, table.first_row + table.rows - 1)]
        if _missing(series, column) < table.rows
    ]


def _missing(series: Series, column: Column) -> int:
    """How many rows of the table the series does not show."""
    *_, first, last = column
    missing, following = 0, first
    for one in sorted(series, key=lambda piece: piece.first_row):
        missing += max(0, min(one.first_row, last + 1) - following)
        following = max(following, min(one.last_row, last) + 1)
    return missing + last + 1 - following


def _is_empty(series: Series, is_filled: Filled) -> bool:
    count = sum((one.last_row - one.first_row + 1) * (one.last_column - one.first_column + 1) for one in series)
    return count <= MOST_CELLS and not any(
        is_filled(one.of, row, column)
        for one in series
        for row, column in product(range(one.first_row, one.last_row + 1), range(one.first_column, one.last_column + 1))
    )


def _short(series: Series, column: Column, chart: str) -> Finding:
    of, name, at, first, last = column
    missing = _missing(series, column)
    runs = ", ".join(_rows(one.first_row, one.last_row) for one in series)
    steps = "one step of the table is" if missing == 1 else f"{missing:,} steps of the table are"
    return Finding(
        Kind.CHART,
        LABEL,
        tuple(one.cells for one in series),
        found=f"rows {runs}",
        expected=f"rows {_rows(first, last)}",
        message=f"{chart} covers rows {runs} of {_rows(first, last)} of {name}: {steps} not in it.",
        correction=f"={quoted(of)}!{area(first, at, last, at, absolute=True)}",
    )


def _empty(series: Series, chart: str) -> Finding:
    cells = tuple(one.cells for one in series)
    message = f"{chart} shows {', '.join(cells)}, where nothing stands."
    return Finding(Kind.CHART, LABEL, cells, found="empty cells", expected="a column of the table", message=message)


def _name(series: Series, ranges: Iterable[ChartRange]) -> str:
    """How a person tells it from others: ``The chart``, ``Series 3 of chart 2``."""
    one = series[0]
    charts = {other.chart for other in ranges if other.sheet == one.sheet}
    lines = {other.series for other in ranges if (other.sheet, other.chart) == (one.sheet, one.chart)}
    chart = f"chart {one.chart}" if len(charts) > 1 else "the chart"
    line = f"series {one.series} of {chart}" if len(lines) > 1 else chart
    elsewhere = f" on sheet {one.sheet}" if one.sheet != one.of else ""
    return f"{line[0].upper()}{line[1:]}{elsewhere}"


def _rows(first: int, last: int) -> str:
    """Rows from-to, or one.

    >>> _rows(33, 100), _rows(33, 33)
    ('33-100', '33')
    """
    return f"{first}-{last}" if first != last else str(first)
