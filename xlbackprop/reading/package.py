"""Reads an .xlsx as an untrusted zip: every cell's formula and saved value in one pass."""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from xlbackprop.errors import Unreadable
from xlbackprop.grid import SavedCell, SavedSheet
from xlbackprop.reading.archive import MAX_UNPACKED, MEGABYTE, RESAVE, Archive, opened
from xlbackprop.reading.saved import CellError, rich_text, saved_cells, unescaped, value_readers

__all__ = ["CellError", "SavedCell", "SavedWorkbook", "properties_of", "read_package", "without_saved_values"]

WORKBOOK = "xl/workbook.xml"
CUSTOM = "docProps/custom.xml"

# A start tag up to its attribute `t`, and that; stepping over whole attributes, it is not misled by quoted text.
TYPE = re.compile(rb"""(<[^\s>/]+(?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*?)(\s+t\s*=\s*(?:"[^"]*"|'[^']*'))""")
# expat stands before `</v>`, but behind `<v/>`.
CLOSING = re.compile(rb"</(?:[^\s>:]+:)?v\s*>")


@dataclass(frozen=True)
class SavedWorkbook:
    """What the file holds: its sheets by name, in workbook order, its custom properties, and how it is to calculate.

    calculation: the attributes of calcPr.
    """

    sheets: dict[str, SavedSheet]
    properties: dict[str, str]
    calculation: Mapping[str, str] = field(default_factory=dict)


def read_package(path: Path, *, formulas: bool = True) -> SavedWorkbook:
    """Every cell that holds something; without `formulas` only the values."""
    with opened(path) as archive:
        strings = [rich_text(item) for part in _parts(archive, "sharedStrings") for item in archive.xml(part)]
        readers = value_readers(strings)
        sheets = {
            name: saved_cells(archive.rows(part), name, readers, formulas=formulas)
            for name, part in _worksheets(archive).items()
        }
        return SavedWorkbook(sheets, _properties(archive), _calculation(archive))


def properties_of(path: Path) -> dict[str, str]:
    """The custom document properties alone, all as text."""
    with opened(path) as archive:
        return _properties(archive)


def without_saved_values(path: Path, out: Path) -> None:
    """Write a copy in which formula cells have no saved value, so that a program that opens it must calculate."""
    with opened(path) as archive:
        sheets = set(_worksheets(archive).values())
        parts = [
            (
                member,
                _unsaved(archive.markup(member.filename))
                if member.filename in sheets
                else archive.part(member.filename),
            )
            for member in archive.zip.infolist()
        ]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for member, data in parts:
            copy.writestr(zipfile.ZipInfo(member.filename, member.date_time), data, zipfile.ZIP_DEFLATED)


def relations(archive: Archive, part: str = WORKBOOK) -> dict[str, tuple[str, str]]:
    """What a part points at inside the file: id -> (kind, part)."""
    folder, name = posixpath.split(part)
    beside = f"{folder}/_rels/{name}.rels"
    if beside not in archive and part != WORKBOOK:
        return {}
    return {
        relation.get("Id", ""): (
            posixpath.basename(relation.get("Type", "")),
            posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/"),
        )
        for relation in archive.xml(beside)
        if relation.get("TargetMode") != "External"
    }


def _parts(archive: Archive, wanted: str) -> list[str]:
    """The parts of a kind."""
    return [part for kind, part in relations(archive).values() if kind == wanted]


def sheet_parts(archive: Archive) -> dict[str, tuple[str, str]]:
    """Kind and part of each sheet by its name, in workbook order: worksheets, chart sheets and what else there is."""
    known = relations(archive)
    found: dict[str, tuple[str, str]] = {}
    for sheet in archive.xml(WORKBOOK).iterfind("{*}sheets/{*}sheet"):
        name = sheet.get("name", "")
        reference = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        kind, part = known.get(reference, ("", ""))
        if not kind or name in found:
            raise Unreadable(f"the sheet {name!r} stands twice or has no part: {RESAVE}")
        found[name] = kind, part
    return found


def _worksheets(archive: Archive) -> dict[str, str]:
    """The part of each worksheet by its name, in workbook order; chart sheets have no cells and are left out."""
    parts = {name: part for name, (kind, part) in sheet_parts(archive).items() if kind == "worksheet"}
    if not parts:
        raise Unreadable("holds no worksheet: name a workbook that has one")
    # Counted once for each sheet that shows a part: many sheets of one part are a bomb, too.
    if sum(map(archive.size, parts.values())) > MAX_UNPACKED:
        raise Unreadable(f"its worksheets unpack to more than {MAX_UNPACKED // MEGABYTE} MB: split the workbook")
    return parts


def _properties(archive: Archive) -> dict[str, str]:
    """The custom document properties, all as text."""
    if CUSTOM not in archive:
        return {}
    items = archive.xml(CUSTOM)
    return {item.get("name", ""): unescaped("".join(value.itertext())) for item in items for value in item}


def _calculation(archive: Archive) -> dict[str, str]:
    """The settings of calculation that the workbook has."""
    found = archive.xml(WORKBOOK).find("{*}calcPr")
    return {} if found is None else dict(found.attrib)


def _unsaved(sheet: bytes) -> bytes:
    """The worksheet without what its formula cells have saved; every other byte as it was."""
    try:
        spans = sorted(_SavedValues(sheet).spans)
    except expat.ExpatError as error:
        raise Unreadable(f"a worksheet is not well-formed XML ({error}): {RESAVE}") from error
    ends = (0, *(end for _, end in spans))
    starts = (*(start for start, _ in spans), len(sheet))
    return b"".join(sheet[end:start] for end, start in zip(ends, starts, strict=True))


class _SavedValues:
    """The spans of a worksheet's text that hold `<v>` and `t=` of cells with an `<f>`."""

    def __init__(self, sheet: bytes) -> None:
        self.sheet = sheet
        self.spans: list[tuple[int, int]] = []
        self.cell = self.value = 0
        self.saved: list[tuple[int, int]] = []
        self.has_formula = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.Parse(sheet, True)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        here = self.parser.CurrentByteIndex
        match name.rpartition(" ")[2]:
            case "c":
                self.cell, self.saved, self.has_formula = here, [], False
            case "f":
                self.has_formula = True
            case "v":
                self.value = here

    def _end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "v":
                here = self.parser.CurrentByteIndex
                closing = CLOSING.match(self.sheet, here)
                self.saved.append((self.value, closing.end() if closing else here))
            case "c" if self.has_formula:
                kind = TYPE.match(self.sheet, self.cell)
                self.spans += [kind.span(2), *self.saved] if kind else self.saved
