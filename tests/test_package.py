"""An .xlsx is read as what it is: a zip from anybody, with formulas and saved values in it."""

import contextlib
import itertools
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.errors import Unreadable
from xlbackprop.reading import archive, saved
from xlbackprop.reading.package import CellError, SavedCell, read_package, without_saved_values

SHARED = Path(__file__).parents[2] / "shared"
BY_HAND = sorted([*SHARED.glob("reference/*.xlsx"), *SHARED.glob("samples/*.xlsx")])

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
OLE = bytes.fromhex("D0CF11E0A1B11AE1")

PARTS: dict[str, str | bytes] = {
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        "<Relationships>"
        '<Relationship Id="a" Type="of/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="b" Type="of/sharedStrings" Target="/xl/strings.xml"/>'
        "</Relationships>"
    ),
    "xl/strings.xml": (
        f'<sst {MAIN}><si><t xml:space="preserve"> plain </t></si>'
        "<si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh><t>left out</t></rPh></si></sst>"
    ),
}


def sheet(cells: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"


def row(cells: str) -> str:
    return sheet(f'<row r="1">{cells}</row>')


def written(path: Path, parts: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """A workbook of the given parts and, where they are not given, plain ones."""
    with zipfile.ZipFile(path, "w", packing) as package:
        for name, text in {**PARTS, SHEET: sheet(""), **parts}.items():
            package.writestr(name, text)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    return lambda parts: written(tmp_path / "book.xlsx", parts)


# --- What a cell holds ------------------------------------------------------------------------------------------------

CELLS: dict[str, tuple[str, dict[tuple[int, int], SavedCell]]] = {
    "a number": ('<c r="B1"><v>0.1</v></c>', {(1, 2): SavedCell(None, 0.1)}),
    "a whole number, as a float": ('<c r="B1" t="n"><v>3</v></c>', {(1, 2): SavedCell(None, 3.0)}),
    "a number that no double holds": ('<c r="A1"><v>1.9e+434</v></c>', {(1, 1): SavedCell(None, CellError("#NUM!"))}),
    "a truth": ('<c r="A1" t="b"><v>1</v></c>', {(1, 1): SavedCell(None, True)}),
    "an error": ('<c r="A1" t="e"><v>#N/A</v></c>', {(1, 1): SavedCell(None, CellError("#N/A"))}),
    "a shared string with its blanks": ('<c r="A1" t="s"><v>0</v></c>', {(1, 1): SavedCell(None, " plain ")}),
    "a rich string without its reading": ('<c r="A1" t="s"><v>1</v></c>', {(1, 1): SavedCell(None, "rich")}),
    "an inline string": (
        '<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>',
        {(1, 1): SavedCell(None, "a b")},
    ),
    "an escaped character": ('<c r="A1" t="str"><v>a_x000A_b_x005F_</v></c>', {(1, 1): SavedCell(None, "a\nb_")}),
    "a formula and its number": ('<c r="A1"><f>1+1</f><v>2</v></c>', {(1, 1): SavedCell("=1+1", 2.0)}),
    "a formula and its text": (
        '<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
        {(1, 1): SavedCell('="a"&"b"', "ab")},
    ),
    "a formula and its empty text": ('<c r="A1" t="str"><f>""</f><v></v></c>', {(1, 1): SavedCell('=""', "")}),
    "a formula with its blanks": ("<c r='A1'><f> 1 + 1 </f></c>", {(1, 1): SavedCell("= 1 + 1 ", None)}),
    "a formula that begins an array": (
        '<c r="A1"><f t="array" ref="A1:B1">C1:D1*2</f><v>2</v></c><c r="B1"><v>4</v></c>',
        {(1, 1): SavedCell("=C1:D1*2", 2.0), (1, 2): SavedCell(None, 4.0)},
    ),
    "a shared formula, spelled out": (
        '<c r="B1"><f t="shared" ref="B1:D1" si="0">A1*$A$1+LOG10(A1)</f></c><c r="D1"><f t="shared" si="0"/></c>',
        {(1, 2): SavedCell("=A1*$A$1+LOG10(A1)", None), (1, 4): SavedCell("=C1*$A$1+LOG10(C1)", None)},
    ),
    "nothing but a format": ('<c r="A1" s="1"/>', {}),
    "no reference, so the next place": (
        '<c r="B1"><v>1</v></c><c><v>2</v></c>',
        {(1, 2): SavedCell(None, 1.0), (1, 3): SavedCell(None, 2.0)},
    ),
}


@pytest.mark.parametrize(("cells", "expected"), CELLS.values(), ids=CELLS)
def test_a_cell_holds(book: Callable[..., Path], cells: str, expected: dict[tuple[int, int], SavedCell]) -> None:
    found = read_package(book({SHEET: row(cells)})).sheets["S"]
    assert found == expected
    assert [type(cell.value) for cell in found.values()] == [type(cell.value) for cell in expected.values()]


def test_an_error_value_is_told_from_a_text_that_looks_like_it(book: Callable[..., Path]) -> None:
    cells = '<c r="A1" t="e"><v>#NUM!</v></c><c r="B1" t="str"><v>#NUM!</v></c>'
    found = read_package(book({SHEET: row(cells)})).sheets["S"]
    assert [isinstance(found[at].value, CellError) for at in ((1, 1), (1, 2))] == [True, False]


def test_without_formulas_only_values_are_given(book: Callable[..., Path]) -> None:
    path = book({SHEET: row('<c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>2</f></c>')})
    assert read_package(path, formulas=False).sheets["S"] == {(1, 1): SavedCell(None, 2.0)}


PREFIXED = (
    '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="1">'
    '<x:c r="A1" t="str"><x:f>"é"</x:f><x:v>é</x:v></x:c></x:row></x:sheetData></x:worksheet>'
)
SPELLINGS = {
    "a prefix": PREFIXED.encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + PREFIXED.encode(),
    "UTF-16 with a mark": f'<?xml version="1.0" encoding="UTF-16"?>{PREFIXED}'.encode("utf-16"),
    "UTF-16 big end first": b"\xfe\xff" + f'<?xml version="1.0" encoding="UTF-16"?>{PREFIXED}'.encode("utf-16-be"),
    "Latin-1": f'<?xml version="1.0" encoding="ISO-8859-1"?>{PREFIXED}'.encode("latin-1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_worksheet_may_be_spelled_with(book: Callable[..., Path], tmp_path: Path, spelling: bytes) -> None:
    path = book({SHEET: spelling})
    assert read_package(path).sheets["S"] == {(1, 1): SavedCell('="é"', "é")}
    without_saved_values(path, tmp_path / "bare.xlsx")
    assert read_package(tmp_path / "bare.xlsx").sheets["S"] == {(1, 1): SavedCell('="é"', None)}


def test_sheets_come_in_workbook_order_with_their_properties_and_without_charts(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name in ("Zeta", "Ä & b", "Alpha"):
            workbook.add_worksheet(name)
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Zeta!$A$1:$A$2"})
        workbook.add_chartsheet("Chart").set_chart(chart)
        workbook.set_custom_property("Spec", "layers = [2, 2]\n")
        workbook.set_custom_property("Steps", 68)
    found = read_package(path)
    assert list(found.sheets) == ["Zeta", "Ä & b", "Alpha"]
    assert found.properties == {"Spec": "layers = [2, 2]\n", "Steps": "68"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_any_text_that_was_written_is_read_back(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsx")
        with xlsxwriter.Workbook(path) as workbook:
            worksheet = workbook.add_worksheet("S")
            for index, text in enumerate(texts):
                worksheet.write_string(index, 0, text)
        assert [cell.value for cell in read_package(path).sheets["S"].values()] == texts


@pytest.mark.skipif(not BY_HAND, reason="the workbooks made by hand are not beside this repository")
@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.stem)
def test_a_workbook_made_by_hand_reads_as_openpyxl_reads_it(path: Path) -> None:
    with_formulas, with_values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    expected = {
        worksheet.title: {
            (cell.row, cell.column): (cell.value if cell.data_type == "f" else None, value.value)
            for cell, value in zip(
                itertools.chain(*worksheet.rows), itertools.chain(*with_values[worksheet.title].rows), strict=True
            )
            if cell.value is not None or value.value is not None
        }
        for worksheet in with_formulas.worksheets
    }
    assert read_package(path).sheets == expected


# --- A copy without saved values --------------------------------------------------------------------------------------

BARED = {
    "a number": ('<c r="A1"><f>1+1</f><v>2</v></c>', '<c r="A1"><f>1+1</f></c>'),
    "a text": ('<c r="A1" s="3" t="str" cm="1"><f>A2</f><v>x</v></c>', '<c r="A1" s="3" cm="1"><f>A2</f></c>'),
    "a type in other quotes": ("<c t = 'e' r='A1'><v>#N/A</v><f>A2</f></c>", "<c r='A1'><f>A2</f></c>"),
    "an empty value": ('<c r="A1" t="str"><f>A2</f><v/></c>', '<c r="A1"><f>A2</f></c>'),
    "blanks between tags": (
        '<c r="A1">\n <f>1</f>\n <v xml:space="preserve"> 1 </v>\n</c>',
        '<c r="A1">\n <f>1</f>\n \n</c>',
    ),
    "a type that is quoted": (
        '<c s=" t=&quot;e&quot;>" t="b"><f>A2</f><v>1</v></c>',
        '<c s=" t=&quot;e&quot;>"><f>A2</f></c>',
    ),
    "tags in a comment": ("<c><!--<v>--><f>1</f><v><!--</v>-->1</v></c>", "<c><!--<v>--><f>1</f></c>"),
    "a shared formula": ('<c><f t="shared" si="0"/><v>1</v></c>', '<c><f t="shared" si="0"/></c>'),
    "a constant, which stays": ('<c t="s"><v>1</v></c><c><v>3</v></c>', '<c t="s"><v>1</v></c><c><v>3</v></c>'),
}


@pytest.mark.parametrize(("cells", "bare"), BARED.values(), ids=BARED)
def test_a_bare_copy_loses_of_a_formula(book: Callable[..., Path], tmp_path: Path, cells: str, bare: str) -> None:
    without_saved_values(book({SHEET: row(cells)}), tmp_path / "bare.xlsx")
    with zipfile.ZipFile(tmp_path / "bare.xlsx") as copy:
        assert copy.read(SHEET).decode() == row(bare)


def test_a_bare_copy_has_every_other_part_as_it_was(book: Callable[..., Path], tmp_path: Path) -> None:
    path = book({SHEET: row("<c><f>1</f><v>1</v></c>"), "xl/media/image1.png": bytes(range(256))})
    without_saved_values(path, tmp_path / "bare.xlsx")
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(tmp_path / "bare.xlsx") as copy:
        assert copy.namelist() == package.namelist()
        assert {name for name in copy.namelist() if copy.read(name) != package.read(name)} == {SHEET}


# --- What is refused --------------------------------------------------------------------------------------------------


def zipped(**parts: str | bytes) -> Callable[[Path], object]:
    """Writes a workbook in which the part `sheet`, `workbook`, `relations` or `strings` is the given one."""
    names = {
        "sheet": SHEET,
        "workbook": "xl/workbook.xml",
        "relations": "xl/_rels/workbook.xml.rels",
        "strings": "xl/strings.xml",
        "custom": "docProps/custom.xml",
    }
    return lambda path: written(path, {names[key]: text for key, text in parts.items()})


def raw(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def only(name: str) -> Callable[[Path], None]:
    """Writes a zip of another kind."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as package:
            package.writestr(name, "x")

    return write


def cut(path: Path) -> None:
    written(path, {})
    path.write_bytes(path.read_bytes()[:-40])


def with_a_flipped_bit(path: Path) -> None:
    written(path, {SHEET: row('<c r="A1"><v>1</v></c>')}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"<v>1</v>", b"<v>3</v>"))


def twice(path: Path) -> None:
    written(path, {})
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("XL/Workbook.xml", "another")


def crowded(path: Path) -> None:
    written(path, {f"part{index}": "" for index in range(10_001)}, zipfile.ZIP_STORED)


# Well-formed at 1,000 and at 1,001 bytes, too, had the lies below their way.
BLANK = sheet("") + " " * 5_000


def patched(offset: int, form: str, value: int) -> Callable[[Path], None]:
    """Writes a workbook whose list of members says `value` of the sheet, which is really well-formed and 5 kB long."""

    def write(path: Path) -> None:
        data = bytearray(written(path, {SHEET: BLANK}).read_bytes())
        record = data.rindex(SHEET.encode()) - 46
        assert data[record : record + 4] == b"PK\x01\x02"
        struct.pack_into(form, data, record + offset, value)
        path.write_bytes(data)

    return write


def lying_well(size: int) -> Callable[[Path], None]:
    """Writes a sheet that says it is 1,000 bytes long, with the checksum of its first `size` bytes."""

    def write(path: Path) -> None:
        patched(24, "<I", 1_000)(path)
        data = bytearray(path.read_bytes())
        checksum = zlib.crc32(BLANK.encode()[:size])
        struct.pack_into("<I", data, data.rindex(SHEET.encode()) - 46 + 16, checksum)
        path.write_bytes(data)

    return write


ENTITIES = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "' + f"&e{n - 1};" * 20 + '">' for n in range(1, 10))
BOMB = f"<!DOCTYPE worksheet [{ENTITIES}]>" + row('<c r="A1" t="str"><v>&e9;</v></c>')
TWO_SHEETS = '<sheet name="S" r:id="a"/><sheet name="S" r:id="a"/>'
MANY_SHEETS = "".join(f'<sheet name="S{n}" r:id="a"/>' for n in range(2_000))
LONG_NUMBER = row(f'<c r="A1"><v>{"0123456789" * 200}</v></c>')
A1 = "the cell S!A1 cannot be read"

REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "does not exist"),
    "a folder": (Path.mkdir, "is a folder"),
    "an empty file": (raw(b""), "is an empty file"),
    "an old workbook": (raw(OLE + b"\0" * 600), "is an old .xls workbook: save it as .xlsx"),
    "a protected workbook": (raw(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")), "remove the password"),
    "a text": (raw(b"step,loss\n1,0.3\n"), "is not an .xlsx workbook"),
    "a damaged zip": (raw(b"PK\x03\x04" + b"\0" * 600), "is damaged or cut off"),
    "a zip cut off": (cut, "is damaged or cut off"),
    "a zip with a flipped bit": (with_a_flipped_bit, "is damaged or cut off"),
    "an empty zip": (raw(b"PK\x05\x06" + b"\0" * 18), "is a zip without xl/workbook.xml"),
    "a .docx": (only("word/document.xml"), "is a zip without xl/workbook.xml"),
    "an .ods": (only("content.xml"), "is an OpenDocument workbook"),
    "no sheets": (zipped(workbook=f"<workbook {MAIN}/>"), "holds no worksheet"),
    "a sheet without a part": (zipped(relations="<Relationships/>"), "the sheet 'S' stands twice or has no part"),
    "a sheet that points nowhere": (
        zipped(relations='<R><r Id="a" Type="of/worksheet" Target="../../../etc/passwd"/></R>'),
        "has no part etc/passwd",
    ),
    "two sheets of one name": (
        zipped(workbook=f'<workbook {MAIN} xmlns:r="r"><sheets>{TWO_SHEETS}</sheets></workbook>'),
        "the sheet 'S' stands twice",
    ),
    "two parts of one name": (twice, "holds the member xl/workbook.xml 2 times"),
    "a crowd of members": (crowded, "holds more than 10,000 members"),
    "an encrypted member": (patched(8, "<H", 1), "is encrypted: remove the password"),
    "an unknown packing": (patched(10, "<H", 12), "is packed by a method that .xlsx does not have"),
    "a zip bomb": (zipped(sheet=b" " * 2_000_000), "as zip bombs do"),
    "a declared size beyond all bounds": (patched(24, "<I", 400_000_001), "unpacks to more than 400 MB"),
    "a declared size too large": (patched(24, "<I", 60_000), "lies about its size"),
    "a declared size too small": (patched(24, "<I", 1_000), "is damaged or cut off"),
    "a declared size too small, with a checksum to match": (lying_well(1_000), "is damaged or cut off"),
    "a declared size too small, with a checksum of one more": (lying_well(1_001), "lies about its size"),
    "a bomb of entities": (zipped(sheet=BOMB), "declares a document type"),
    "a bomb of entities in UTF-16": (zipped(sheet=BOMB.encode("utf-16")), "declares a document type"),
    "a bomb in the workbook": (zipped(workbook=BOMB), "declares a document type"),
    "a bomb in the properties": (zipped(custom=BOMB), "declares a document type"),
    "a file drawn in from elsewhere": (
        zipped(strings='<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst>&x;</sst>'),
        "declares a document type",
    ),
    "XML cut off": (zipped(sheet="<worksheet><sheetData>"), "is not well-formed XML"),
    "XML in an unknown encoding": (zipped(sheet='<?xml version="1.0" encoding="x"?><a/>'), "is not well-formed XML"),
    "XML in half a UTF-16": (zipped(sheet=b"\xff\xfe<\0a"), "is not well-formed XML"),
    "a number that is none": (zipped(sheet=row('<c r="A1"><v>abc</v></c>')), f"{A1} (could not convert"),
    "a number that takes minutes": (zipped(sheet=LONG_NUMBER), f"{A1} (a number of more than 1000 characters)"),
    "a string that is not there": (zipped(sheet=row('<c r="A1" t="s"><v>-1</v></c>')), f"{A1} (unknown '-1')"),
    "a type that is not there": (zipped(sheet=row('<c r="A1" t="q"><v>1</v></c>')), f"{A1} (unknown 'q')"),
    "a cell off the sheet": (
        zipped(sheet=row('<c r="XFE1"><v>1</v></c>')),
        "S!XFE1 cannot be read (there is no column",
    ),
    "a row off the sheet": (zipped(sheet=row('<c r="A1048577"/>')), "(there is no row 1048577)"),
    "a row that is no number": (zipped(sheet=sheet('<row r="x"/>')), "S!in row x cannot be read"),
    "a cell that stands twice": (zipped(sheet=row('<c r="A1"><v>1</v></c>' * 2)), f"{A1} (it stands there twice)"),
    "a shared formula of nobody": (zipped(sheet=row('<c r="A1"><f t="shared" si="7"/></c>')), f"{A1} (unknown '7')"),
    "a shared formula that is none": (
        zipped(sheet=row('<c r="A1"><f t="shared" si="7">#</f></c>')),
        f"{A1} (a shared formula is no formula",
    ),
    "a shared formula that leaves the sheet": (
        zipped(sheet=row('<c r="B1"><f t="shared" si="7">A1</f></c><c r="A1"><f t="shared" si="7"/></c>')),
        f"{A1} (a shared formula points off the sheet",
    ),
    "a shared formula beyond what Excel takes": (
        zipped(sheet=row(f'<c r="A1"><f t="shared" si="7">{"+A1" * 3_000}</f></c>')),
        f"{A1} (a formula has more than 8,192 characters)",
    ),
}


@pytest.mark.parametrize(("write", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line_that_begins_with_the_path(
    tmp_path: Path, write: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "book.xlsx"
    write(path)
    with pytest.raises(Unreadable) as refusal:
        read_package(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_lock_file_is_refused_by_its_name(tmp_path: Path) -> None:
    lock = written(tmp_path / "~$book.xlsx", {})
    with pytest.raises(Unreadable, match=r"is a lock file that Excel leaves .*: name the workbook itself"):
        read_package(lock)


def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "book.xlsx")
    with pytest.raises(Unreadable, match="is no file"):
        read_package(tmp_path / "book.xlsx")


def test_a_file_that_may_not_be_read_is_refused(book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = book({})
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(Unreadable, match="may not be read: ask for permission"):
        read_package(path)


BOUNDS = {
    "the size of the file": ((archive, "MAX_FILE", 500), "is no file of at most"),
    "the size of a part": ((archive, "MAX_XML", 100), "unpacks to more than"),
    "the tags of a part": ((archive, "MAX_MARKS", 3), "more than 3 tags and attributes"),
    "the growth of shared formulas": ((saved, "MAX_SHARED", 8), "shared formulas grow beyond 8 characters"),
}


@pytest.mark.parametrize(("limit", "message"), BOUNDS.values(), ids=BOUNDS)
def test_bounded_is(
    book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, limit: tuple[object, str, int], message: str
) -> None:
    followers = "".join(f'<c r="{letter}1"><f t="shared" si="0"/></c>' for letter in "BCDEF")
    path = book({SHEET: row(f'<c r="A1"><f t="shared" si="0">A2</f></c>{followers}')})
    monkeypatch.setattr(*limit)
    with pytest.raises(Unreadable, match=message):
        read_package(path)


def test_many_sheets_of_one_part_count_as_often_as_they_show_it(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    sheets = f'<workbook {MAIN} xmlns:r="r"><sheets>{MANY_SHEETS}</sheets></workbook>'
    written(path, {"xl/workbook.xml": sheets, SHEET: sheet(" " * 210_000)}, zipfile.ZIP_STORED)
    with pytest.raises(Unreadable, match="its worksheets unpack to more than 400 MB"):
        read_package(path)


def test_a_name_in_the_file_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(written(path, {}), "a") as package:
        package.writestr("a\nError: \x1b[31m", b"\0" * 2_000_000, zipfile.ZIP_DEFLATED)
    with pytest.raises(Unreadable, match=r"the member a\?Error: \?\[31m unpacks"):
        read_package(path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_damaged_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsx")
        cells = (
            '<c r="A1" t="s"><v>1</v></c><c r="B1"><f t="shared" si="0">A1</f></c><c r="C1"><f t="shared" si="0"/></c>'
        )
        damaged = bytearray(written(path, {SHEET: row(cells)}, zipfile.ZIP_STORED).read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(damaged)
        for use in (read_package, lambda path: without_saved_values(path, Path(folder, "bare.xlsx"))):
            with contextlib.suppress(Unreadable):
                use(path)
