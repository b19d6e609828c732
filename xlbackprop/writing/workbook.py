"""Pages to one .xlsx, by XlsxWriter: the same pages give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from math import isfinite
from typing import Any, BinaryIO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import CellFormulaTuple

from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.look import FAIL, PASS, POWERS, RULE, STYLES, TAB_COLOURS, style, styles
from xlbackprop.pages.page import Cell, Fit, Page, Picture, Place
from xlbackprop.pages.plan import ROW_HEIGHT
from xlbackprop.shown import ERROR
from xlbackprop.writing.charts import add_chart
from xlbackprop.writing.formula_sheet import Book, FormulaSheet
from xlbackprop.writing.picture import SHARPNESS
from xlbackprop.writing.printed import MARGINS, across, down, ends, percent, turns

CREATED = datetime(2026, 1, 1)  # fixed, so that building twice gives the same file
A4 = 9
USUAL: Mapping[str, str] = {}


CLASSIC = {
    "title": "Backpropagation in a spreadsheet",
    "comments": "Written by xlbackprop. Yellow cells are yours; every other number is a formula.",
}


def write(
    out: BinaryIO,
    pages: list[Page],
    drawing: bytes,
    description: str,
    properties: Mapping[str, str],
    about: Mapping[str, str] = CLASSIC,
    *,
    look: Mapping[str, str] = USUAL,
    sealed: bool = True,
) -> None:
    """Write the workbook. drawing: the network as PNG; properties: document properties that `verify` reads back.

    look: chosen colours and number formats;
    sealed: whether `build` may write over it; about: title and comments, which programs show as file properties.
    """
    book = Book(out, sealed=sealed)
    book.set_properties(
        {
            **about,
            "subject": description,
            "author": "xlbackprop",
            "created": CREATED,
        }
    )
    book.set_size(1800, 1000)
    for name, text in properties.items():
        book.set_custom_property(name, text, "text")
    writer = _Writer(book, drawing, description, styles(look))
    sheets = [book.add_worksheet(page.name, worksheet_class=FormulaSheet) for page in pages]
    for page, sheet in zip(pages, sheets, strict=True):
        writer.page(page, sheet)
    book.close()


class _Writer:
    """One workbook being written, and the formats it has so far."""

    def __init__(self, book: Any, drawing: bytes, description: str, styles: Mapping[str, dict[str, Any]]) -> None:
        self.book, self.drawing, self.description, self.styles = book, drawing, description, styles
        self.formats: dict[str, Format] = {}

    def format(self, words: str, borders: dict[str, Any] | None = None) -> Format:
        key = f"{words} {borders}" if borders else words
        shape = self.formats.get(key)
        if shape is None:
            shape = self.formats[key] = self.book.add_format(style(words, self.styles) | (borders or {}))
        return shape

    def page(self, page: Page, sheet: Any) -> None:
        _set_up(page, sheet)
        _columns(page, sheet)
        folded = range(page.fold[0], page.fold[1] + 1) if page.fold else ()
        for row in sorted({*page.heights, *folded}):
            level = {"level": 1} if row in folded else {}
            sheet.set_row_pixels(row - 1, page.heights.get(row, ROW_HEIGHT), None, level)
        rows, columns = (max(place[side] for place in page.cells) for side in (0, 1))
        if page.table:
            rows, columns = page.table.last_row, max(columns, page.table.columns[-1].column)
            styles = zip(*(column.styles for column in page.table.columns), strict=True)
            sheet.set_table(page.table, [[self.format(style) for style in one] for one in styles])
        sheet.set_size(rows, columns)
        if page.printed:
            sheet.print_area(0, 0, rows - 1, page.printed - 1)
        rims, merged = _box_borders(page), dict(page.merged)
        for place, cell in page.cells.items():
            borders = rims.pop(place, None) if rims else None
            if place in merged:
                (top, left), (bottom, right) = place, merged[place]
                sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, "", self.format(cell.style))
            if cell.formula is None:
                self.constant(sheet, place, cell, borders)
                continue
            value = cell.value
            if value.__class__ is float and not isfinite(value):
                value = ERROR
            # write_formula() would do just this after a dozen checks, and this is the innermost loop of a build.
            shape = self.format(cell.style, borders)
            sheet.table[place[0] - 1][place[1] - 1] = CellFormulaTuple(cell.formula[1:], shape, value)
        for (row, column), borders in rims.items():
            sheet.write_blank(row - 1, column - 1, None, self.format("", borders))
        self.furnish(page, sheet)
        # Excel would mark with green corners what is meant: a first row that starts a column, neighbours that differ.
        used = f"A1:{letters(columns)}{rows}"
        sheet.ignore_errors({"formula_differs": used, "formula_range": used})

    def constant(self, sheet: Any, place: Place, cell: Cell, borders: dict[str, Any] | None) -> None:
        row, column = place[0] - 1, place[1] - 1
        shape, value = self.format(cell.style, borders), cell.value
        if cell.link is not None:
            target = f"internal:'{cell.link}'!A1"
            sheet.write_url(row, column, target, shape, str(value), f"Go to {cell.link}")
        elif cell.bold_from:
            text = str(value)
            lead, rest = text[: cell.bold_from], text[cell.bold_from :]
            bold = self.format(f"{cell.style},bold")
            sheet.write_rich_string(row, column, self.format(cell.style), lead, bold, rest, shape)
        elif value == "":
            sheet.write_blank(row, column, None, shape)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, shape)
        else:
            sheet.write_number(row, column, value, shape)

    def furnish(self, page: Page, sheet: Any) -> None:
        """Pictures, charts, choices and colours that lie over the cells."""
        if page.drawing:
            row, column = page.drawing
            options = {
                "image_data": BytesIO(self.drawing),
                "x_scale": 1 / SHARPNESS,
                "y_scale": 1 / SHARPNESS,
                "object_position": 1,
                "description": f"{self.description}: circles and arrows; the numbers stand in the cells below it",
            }
            sheet.insert_image(row - 1, column - 1, "network.png", options)
        for picture in page.pictures:
            _insert(sheet, picture)
        for chart in page.charts:
            place = chart.place[0] - 1, chart.place[1] - 1
            sheet.insert_chart(
                *place, add_chart(self.book, chart), {"object_position": 1, "description": chart.description}
            )
        for heat in page.heats:
            low, high = heat.colours
            areas = [f"{a1(*first)}:{a1(*last)}" for first, last in heat.ranges]
            rule = {"type": "2_color_scale", "min_color": low, "max_color": high, "multi_range": " ".join(areas)}
            sheet.conditional_format(areas[0], rule)
        for signal in page.signals:  # before the numbers' formats: LibreOffice obeys only the first rule of a cell
            shape = self.book.add_format(PASS if signal.right else FAIL)
            rule = {"type": "formula", "criteria": signal.formula, "format": shape}
            sheet.conditional_format(f"{a1(*signal.first)}:{a1(*signal.last)}", rule)
        for fit in page.fits:
            self.fit(fit, sheet)
        for choice in page.choices:
            corners = (*choice.place, *(choice.last or choice.place))
            sheet.data_validation(*(n - 1 for n in corners), dict(choice.rule))
        self.words(page, sheet)

    def words(self, page: Page, sheet: Any) -> None:
        """Colours that tell what is right and what is not."""
        for verdict in page.verdicts:
            area = f"{a1(*verdict.first)}:{a1(*verdict.last)}"
            for word, look in (("PASS", PASS), ("FAIL", FAIL)):
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.book.add_format(look)}
                sheet.conditional_format(area, rule)
        for mark in page.marks:
            shape = self.book.add_format(STYLES[mark.style] | {"bold": True})
            rule = {"type": "text", "criteria": "begins with", "value": mark.begins, "format": shape}
            sheet.conditional_format(f"{a1(*mark.first)}:{a1(*mark.last)}", rule)

    def fit(self, fit: Fit, sheet: Any) -> None:
        """Powers of ten for numbers that are too large or too small for the digits of their style."""
        areas = [f"{a1(*first)}:{a1(*last)}" for first, last in fit.ranges]
        for criteria, low, high, digits in POWERS[fit.style]:
            shape = self.book.add_format({"num_format": digits})
            where = {"type": "cell", "criteria": criteria, "minimum": low, "maximum": high}
            sheet.conditional_format(areas[0], {**where, "format": shape, "multi_range": " ".join(areas)})


def _insert(sheet: Any, picture: Picture) -> None:
    options = {
        "image_data": BytesIO(picture.png),
        "x_scale": picture.scale,
        "y_scale": picture.scale,
        "x_offset": picture.offset[0],
        "y_offset": picture.offset[1],
        "object_position": 1,
        "description": picture.description,
    }
    sheet.insert_image(picture.place[0] - 1, picture.place[1] - 1, "picture.png", options)


def _set_up(page: Page, sheet: Any) -> None:
    """What the sheet as a whole is like: gridlines, panes, tab, print."""
    sheet.hide_gridlines(2)
    sheet.set_default_row(ROW_HEIGHT * 3 // 4)  # pixels to points
    sheet.set_tab_color(TAB_COLOURS[page.kind])
    sheet.set_landscape()
    sheet.set_paper(A4)
    if page.paper:
        sheet.set_print_scale(percent(page))
        sheet.set_v_pagebreaks(turns(page))
    else:
        sheet.fit_to_pages(across(page), down(page))
    sheet.set_margins(**MARGINS)
    sheet.set_h_pagebreaks(ends(page))
    sheet.set_footer("&L&A&C&F&RPage &P of &N")
    if page.hidden:
        sheet.very_hidden()
    if page.freeze:
        sheet.freeze_panes(page.freeze[0] - 1, page.freeze[1] - 1)
    if page.filter:
        (top, left), (bottom, right) = page.filter
        sheet.autofilter(top - 1, left - 1, bottom - 1, right - 1)
    if page.header_row:
        sheet.repeat_rows(page.header_row - 1)
    if page.lettered:
        sheet.print_row_col_headers()
    if page.lead:
        sheet.repeat_columns(0, page.lead - 1)
    if page.fold:  # the signs for folding stand above the rows, and left of the columns
        sheet.outline_settings(True, False, not page.groups, False)


def _columns(page: Page, sheet: Any) -> None:
    """Widths, and which columns fold away; one that does keeps its width."""
    for (first, last), width in page.widths.items():
        sheet.set_column_pixels(first - 1, last - 1, width)
    said = list(page.widths.items())[::-1]  # the last counts
    for column in (column for first, last in page.groups for column in range(first, last + 1)):
        width = next(width for (first, last), width in said if first <= column <= last)
        sheet.set_column_pixels(column - 1, column - 1, width, None, {"level": 1})


def _box_borders(page: Page) -> dict[Place, dict[str, Any]]:
    """The borders of the cells on the rim of each box."""
    rims: dict[Place, dict[str, Any]] = {}
    for (top, left), (bottom, right) in page.boxes:
        sides = {
            "top": [(top, column) for column in range(left, right + 1)],
            "bottom": [(bottom, column) for column in range(left, right + 1)],
            "left": [(row, left) for row in range(top, bottom + 1)],
            "right": [(row, right) for row in range(top, bottom + 1)],
        }
        for side, places in sides.items():
            for place in places:
                rims.setdefault(place, {}).update({side: 1, f"{side}_color": RULE})
    return rims
