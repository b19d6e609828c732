"""A hand-made workbook to an .xlsx: by XlsxWriter, then changed to what other programs save."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from handmade.layout import Layout, labels_of
from handmade.table import NAME, Content, Table, given, table
from handmade.values import Values, held

CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*)><f>(.*?)</f>(<v>.*?</v>)?</c>')


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook to be written. charts: for each table the range of its loss; notes: address to text, on each sheet."""

    layout: Layout
    tables: tuple[Table, ...]
    charts: tuple[str, ...]
    notes: Mapping[str, str]


class Sheet(Worksheet):
    """XlsxWriter's, which would search each formula for some thirty functions that nobody here uses."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


def book(layout: Layout) -> Book:
    """A correct workbook."""
    tables = tuple(table(layout, place) for place in layout.places)
    charts = tuple(loss_range(one) for one in tables) if layout.chart else ()
    return Book(layout, tables, charts, dict(layout.notes))


def loss_range(one: Table, first: int = 0, last: int = -1) -> str:
    """The cells of the total loss from one row to another, counted from 0: `Sheet1!$W$3:$W$70`."""
    letter, top = one.letter("E_total"), one.place.header_row + 1
    return f"'{one.place.sheet}'!${letter}${top + first}:${letter}${top + last % one.layout.rows}"


def write(one: Book, path: Path) -> None:
    """Write it."""
    memory = BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as workbook:
        sheets: dict[str, Worksheet] = {}
        for name in dict.fromkeys(name for t in one.tables for name in (t.place.sheet, t.place.rate_sheet) if name):
            sheets[name] = workbook.add_worksheet(name, worksheet_class=Sheet)
        for name in {t.place.sheet: None for t in one.tables}:
            _beside(sheets[name], one)
        for t in one.tables:
            _table(sheets, t)
        for t, cells in zip(one.tables, one.charts, strict=False):
            chart = workbook.add_chart({"type": "line"})
            chart.add_series({"values": "=" + cells})
            sheets[t.place.sheet].insert_chart(0, t.place.first_column + len(t.columns) + 1, chart)
    path.write_bytes(_as_saved(memory.getvalue(), one))


def _beside(sheet: Worksheet, one: Book) -> None:
    labels = labels_of(one.layout)
    for at, text in one.notes.items():
        sheet.write_string(at, NAME.sub(lambda found: labels.get(found[2], found[2]), text))
    for at, content in one.layout.typed:
        sheet.write(at, content)
    for name, at in one.layout.held:
        sheet.write_number(at, held(one.tables[0])[name])


def _table(sheets: Mapping[str, Worksheet], one: Table) -> None:
    labels, values, place = labels_of(one.layout), Values(one), one.place
    sheet = sheets[place.sheet]
    for name in filter(None, one.columns):
        sheet.write_string(f"{one.letter(name)}{place.header_row}", labels[name])
    if place.rate_at:
        sheets[place.rate_sheet or place.sheet].write_number(place.rate_at, place.rate)
    if place.label_at:
        sheets[place.rate_sheet or place.sheet].write_string(place.label_at, one.layout.labels.rate)
    for row, name in one.cells():
        content = one.written(row, name)
        if isinstance(content, str):
            sheet.write_formula(one.at(row, name), content, None, _saved(values[row, name], one.layout.saved))
        else:
            sheet.write_number(one.at(row, name), content)


def _saved(value: float, how: str) -> float | str:
    if math.isnan(value):
        return "#VALUE!"
    return float(f"{value:.{how}g}") if how.isdigit() else value


def _as_saved(xlsx: bytes, one: Book) -> bytes:
    """The same without saved values, or with formulas shared down the columns of its one sheet, as the layout says."""
    if one.layout.saved != "none" and not one.layout.shared:
        return xlsx
    memory = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx)) as old, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            if part.startswith("xl/worksheets/sheet"):
                data = _changed(data.decode(), one).encode()
            new.writestr(part, data)
    return memory.getvalue()


def _changed(xml: str, one: Book) -> str:
    shares = _shares(one) if one.layout.shared else {}

    def cell(found: re.Match[str]) -> str:
        at, rest, formula, saved = found.groups()
        number, cells = shares.get(at, (None, ""))
        if number is not None:
            ref = f' ref="{cells}"' if cells else ""
            formula = f'<f t="shared"{ref} si="{number}">{formula}</f>' if cells else f'<f t="shared" si="{number}"/>'
        else:
            formula = f"<f>{formula}</f>"
        return f'<c r="{at}"{rest}>{formula}{(saved or "") if one.layout.saved != "none" else ""}</c>'

    return CELL.sub(cell, xml)


def _shares(one: Book) -> dict[str, tuple[int, str]]:
    """The cells whose formulas are shared: the number of the group, and in its first cell the range."""
    found: dict[str, tuple[int, str]] = {}
    for t in one.tables:
        for name in (name for name in t.columns if name and name not in given(t.layout)):
            runs = _runs(t, name)
            for start, stop in runs:
                number = len(found)
                found |= {t.at(row, name): (number, "") for row in range(start, stop)}
                found[t.at(start, name)] = (number, f"{t.at(start, name)}:{t.at(stop - 1, name)}")
    return found


def _runs(one: Table, name: str) -> list[tuple[int, int]]:
    """Rows below each other with the same formula, two at least: where each run starts, and where the next does."""
    contents: list[Content] = [one.content(row, name) for row in range(one.layout.rows)]
    breaks = [0, *(row for row, (a, b) in enumerate(pairwise(contents), start=1) if a != b), len(contents)]
    return [(a, b) for a, b in pairwise(breaks) if b - a > 1 and isinstance(contents[a], str)]
