"""XlsxWriter, made to take our formulas as they are and to write tables row by row straight into the zip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from math import isfinite
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

from xlbackprop.files import seal
from xlbackprop.grid import BETWEEN
from xlbackprop.pages.layout import letters
from xlbackprop.pages.page import RULE_EVERY, Table
from xlbackprop.shown import ERROR

DATE = (1980, 1, 1, 0, 0, 0)  # of each part, the first that a zip can hold


class FormulaSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that takes our formulas as they are, and writes them without detours.

    XlsxWriter looks through each formula for functions newer than Excel 2007, with more than a hundred regular
    expressions, which is four fifths of the time it takes to write one. Ours use none of them.
    """

    fh: StringIO
    lower: Table | None = None  # what stands under all other cells

    def set_size(self, rows: int, columns: int) -> None:
        """Announce the rectangle that holds all cells, which write_formula() would find out cell by cell."""
        self._check_dimensions(0, 0)
        self._check_dimensions(rows - 1, columns - 1)

    def set_table(self, table: Table, formats: Sequence[Sequence[Format]]) -> None:
        """Announce the table. formats: of its columns, in most rows and in those with a line under them."""
        self.lower, self.formats = table, formats

    def pieces(self) -> Iterator[bytes]:
        """The XML of the sheet once it is assembled, its table row by row."""
        text = self.fh.getvalue()
        if self.lower is None:
            yield text.encode()
            return
        yield text[: self.table_at].encode()
        for row in self.lower.rows:
            yield self._table_row(self.lower, row).encode()
        yield text[self.table_at :].encode()

    def _table_row(self, table: Table, row: int) -> str:
        cells = "".join(
            [
                f'<c r="{column}{row}"{style}{_kind(value)}><f>{formula[1:]}</f><v>{_shown(value)}</v></c>'
                if formula
                else f'<c r="{column}{row}"{style}><v>{value:.16G}</v></c>'
                for column, style, formula, value in zip(
                    self.letters,
                    self.styles[table.ruled(row)],
                    _escaped(table.formulas(row)).split(BETWEEN),
                    table.row(row),
                    strict=True,
                )
            ]
        )
        return self.row_tag.replace("{row}", str(row)) + cells + "</row>"

    def _write_rows(self) -> None:
        if self.lower is None:
            super()._write_rows()
            return
        self.dim_rowmax = self.lower.first_row - 2  # rows are counted from 0 here
        super()._write_rows()
        self.table_at = self.fh.tell()
        self.letters = [letters(column.column) for column in self.lower.columns]
        # XlsxWriter numbers formats in the order in which they are first written, and a short table has no lines.
        used = self.formats[: 1 + (len(self.lower.values) >= RULE_EVERY)]
        self.styles = [[_style(shape) for shape in formats] for formats in used]
        text, self.fh = self.fh, StringIO()
        self._write_row(self.lower.first_row - 1, None)
        self.row_tag = self.fh.getvalue().replace(str(self.lower.first_row), "{row}", 1)
        self.fh = text

    def _get_range_data(self, *area: int) -> list[Any]:
        """What a chart over these cells, counted from 0, draws before a program recalculates it."""
        top, left, bottom, _ = area
        if self.lower is None or top + 1 < self.lower.first_row:
            found: list[Any] = super()._get_range_data(*area)
            return found
        place = [column.column for column in self.lower.columns].index(left + 1)
        column = [self.lower.row(row + 1)[place] for row in range(top, bottom + 1)]
        return [_shown(value) if self.lower.columns[place].formula else f"{value:.16g}" for value in column]

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if cell.__class__ is not CellFormulaTuple:
            super()._write_cell(row, col, cell)
            return
        formula, shape, value = cell
        self.fh.write(
            f'<c r="{letters(col + 1)}{row + 1}"{_style(shape)}{_kind(value)}>'
            f"<f>{_escaped(formula)}</f><v>{_shown(value)}</v></c>"
        )

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        """A number with all its digits: XlsxWriter writes 16, and some doubles need 17 to be told from others."""
        text = f"{number:.16G}"
        text = text if float(text) == number else repr(number)
        shape = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{shape}><v>{text}</v></c>")

    def _calculate_spans(self) -> None:
        """Leave out an optional hint that takes a look at every cell."""
        self.row_spans: dict[int, str] = {}


def _style(shape: Format) -> str:
    return f' s="{shape.xf_index or shape._get_xf_index()}"'


def _kind(value: float | str) -> str:
    """The attribute that tells what a formula comes to."""
    if isinstance(value, str):
        return ' t="e"' if value == ERROR else ' t="str"'
    return "" if isfinite(value) else ' t="e"'


def _shown(value: float | str) -> float | str:
    """What a formula comes to, as the file has it."""
    if isinstance(value, str):
        return _escaped(value)
    return value if isfinite(value) else ERROR


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bytes(part: StringIO | BytesIO) -> bytes:
    return part.getvalue().encode() if isinstance(part, StringIO) else part.getvalue()


class _Parts(Packager):  # type: ignore[misc]
    """Makes the parts of a workbook and keeps them, to be packed afterwards."""

    def _create_package(self) -> list[tuple[StringIO | BytesIO, str, bool]]:
        self.parts: list[tuple[StringIO | BytesIO, str, bool]] = super()._create_package()
        return []


class Book(xlsxwriter.Workbook):  # type: ignore[misc]
    """A workbook that is written into an open file, its tables never whole in memory; sealed, if it is a build."""

    def __init__(self, out: BinaryIO, *, sealed: bool) -> None:
        super().__init__(BytesIO(), {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        self.out, self.packager, self.sealed = out, _Parts(), sealed

    def _get_packager(self) -> Packager:
        return self.packager

    def _store_workbook(self) -> None:
        super()._store_workbook()  # which packs nothing, for the packager keeps the parts
        sheets = {id(sheet.fh): sheet for sheet in self.worksheets()}
        with ZipFile(self.out, "w", ZIP_DEFLATED) as archive:
            for data, name, _ in self.packager.parts:
                info = ZipInfo(name, DATE)
                info.compress_type = ZIP_DEFLATED
                with archive.open(info, "w") as part:
                    part.writelines(sheets[id(data)].pieces() if id(data) in sheets else [_bytes(data)])
            archive.comment = seal(archive) if self.sealed else b""
