"""The report on a hand-made workbook: what is wrong can be seen at once, and the workbook itself stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from xlbackprop.cli.console import print_judgement
from xlbackprop.errors import BadOption
from xlbackprop.judge.findings import Finding, FoundTable, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.judge.report import marked, tab_names, write_report
from xlbackprop.judge.told import called
from xlbackprop.pages.look import FAIL, TINTS
from xlbackprop.reading.package import without_saved_values

TABLE = FoundTable(4, 5, 12, 0.5, "B2", {"w1": "A", "h1": "B", "E_total": "C", "dE/dw1": "D"})
WRONG = Finding(
    Kind.WRONG_TERM,
    "dE/dw1",
    ("D5:D7", "D9"),
    "a_h1",
    "a_h2",
    "∂E/∂w1 uses a_h1 where a_h2 belongs.",
    correction="=A5*$B$2",
    effect="Off by a tenth.",
    first_row=5,
)
CHART = Finding(Kind.CHART, "chart", ("C5:C10",), "rows 5-10", "rows 5-16", "The chart is short.", "=Class!$C$5:$C$16")
VERDICT = SheetVerdict("Class", Outcome.WRONG, TABLE, (WRONG, CHART))


def by_hand(
    path: Path, *, name: str = "Class", header: int = 4, labels: tuple[str, ...] = ("w1", "h1", "E", "D")
) -> Path:
    """A workbook with a table of twelve rows under a header, its last column of formulas."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name)
        sheet.write_row(header - 1, 0, labels)
        for row in range(header, header + 12):
            sheet.write_row(row, 0, (0.1 * row, "odd" if row == 9 else 0.2, 1e-7 * row))
            sheet.write_formula(row, 3, f"=A{row + 1}*B{row + 1}", None, 0.25)
    return path


@pytest.fixture
def student(tmp_path: Path) -> Path:
    return by_hand(tmp_path / "student.xlsx")


def judged(path: Path, *verdicts: SheetVerdict) -> Judgement:
    return Judgement(path, verdicts or (VERDICT,))


def reported(path: Path, *verdicts: SheetVerdict) -> dict[str, Worksheet]:
    """The sheets of the report, by name."""
    out = path.with_name("report.xlsx")
    write_report(judged(path, *verdicts), path, out)
    return {sheet.title: sheet for sheet in openpyxl.load_workbook(out).worksheets}


def fill(sheet: Worksheet, cell: str) -> str:
    return "#" + str(sheet[cell].fill.fgColor.rgb)[2:]


def texts(sheet: Worksheet) -> list[list[object]]:
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


# What can be seen


def test_the_first_sheet_says_where_what_and_what_belongs_there(student: Path) -> None:
    sheets = reported(student)
    assert list(sheets) == ["Findings", "Class"]
    rows = texts(sheets["Findings"])
    assert rows[0] == ["student.xlsx"]
    assert rows[1] == ["Tables: 1 wrong; 2 findings."]
    assert ["Class", "wrong", "Table in rows 5 to 16, learning rate 0.5 in B2."] in rows
    said = [WRONG.message, WRONG.found, WRONG.expected, WRONG.correction, WRONG.effect, "5"]
    assert ["D5:D7, D9", "∂E/∂w1", "wrong term", *said] in rows


def test_cells_of_the_copy_stand_where_they_stand_in_the_file(student: Path) -> None:
    original, copy = openpyxl.load_workbook(student, data_only=True)["Class"], reported(student)["Class"]
    for row in original.iter_rows(min_row=4):
        for cell in row:
            assert copy[cell.coordinate].value == cell.value


def test_wrong_cells_are_red_and_no_others_whatever_a_chart_shows(student: Path) -> None:
    copy = reported(student)["Class"]
    red = [
        f"{column}{row}"
        for row in range(5, 17)
        for column in "ABCD"
        if fill(copy, f"{column}{row}") == FAIL["bg_color"]
    ]
    assert red == ["D5", "D6", "D7", "D9"]


def test_what_stands_there_and_what_belongs_there_is_beside_the_table_row_by_row(student: Path) -> None:
    copy = reported(student)["Class"]
    assert (copy["F4"].value, copy["G4"].value) == ("D ∂E/∂w1 as it stands", "D ∂E/∂w1 as it belongs")
    assert copy["F2"].value == WRONG.message
    assert [(copy[f"F{row}"].value, copy[f"G{row}"].value) for row in (5, 8, 9)] == [
        ("=A5*B5", "=A5*$B$2"),
        ("=A8*B8", None),
        ("=A9*B9", "=A9*$B$2"),
    ]
    assert copy.print_area == "'Class'!$A$1:$D$16"  # on paper it would make the table too small to be read
    assert fill(copy, "F9") == TINTS["loss"]
    assert fill(copy, "F8") != TINTS["loss"]


@pytest.mark.parametrize("header", [1, 2, 3, 30])
def test_header_and_table_stay_in_sight_wherever_they_stand(tmp_path: Path, header: int) -> None:
    path = by_hand(tmp_path / "student.xlsx", header=header)
    table = replace(TABLE, header_row=header, first_row=header + 1)
    copy = reported(path, replace(VERDICT, table=table, findings=()))["Class"]
    assert copy.freeze_panes == f"A{header + 1}"
    assert [copy.cell(header, column).value for column in (1, 2, 3, 4)] == ["w1", "h1", "E", "D"]
    assert [copy.row_dimensions[row].hidden for row in range(3, header)] == [True] * (header - 3)


def test_each_copy_can_be_reached_and_left_by_a_link(student: Path) -> None:
    sheets = reported(student)
    assert sheets["Findings"]["A5"].hyperlink.location == "'Class'!A1"
    assert sheets["Class"]["A1"].hyperlink.location == "'Findings'!A1"


def test_of_two_tables_on_a_sheet_there_are_two_copies(student: Path) -> None:
    beside = replace(TABLE, columns={"w1": "F", "h1": "G"})
    sheets = reported(student, VERDICT, replace(VERDICT, table=beside, outcome=Outcome.CORRECT, findings=()))
    assert list(sheets) == ["Findings", "Class", "Class (2)"]
    named = [row[0] for row in texts(sheets["Findings"]) if "wrong" in row or "correct" in row]
    assert named == ["Class!A4:D16", "Class!F4:G16"]
    assert sheets["Class (2)"]["C1"].value == "Class!F4:G16: correct"


def test_a_file_without_tables_and_one_that_cannot_be_read_have_a_line(student: Path, tmp_path: Path) -> None:
    sheets = reported(student, SheetVerdict("Class", Outcome.NO_TABLE))
    assert texts(sheets["Findings"])[1] == ["No table of backpropagation was found."]
    out = tmp_path / "unreadable.xlsx"
    write_report(
        Judgement(Path("gone.xlsx"), error="gone.xlsx: does not exist: check the name"), Path("gone.xlsx"), out
    )
    assert "does not exist" in str(openpyxl.load_workbook(out)["Findings"]["A2"].value)


def test_formulas_that_were_saved_without_numbers_are_told_of(student: Path) -> None:
    bare = student.with_name("bare.xlsx")
    without_saved_values(student, bare)
    copy = reported(bare)["Class"]
    assert (copy["D5"].value, copy["A5"].value) == ("=…", 0.4)
    assert "=… has no saved number" in str(copy["C1"].value)
    assert "=…" not in str(reported(student)["Class"]["C1"].value)


def test_of_a_table_that_is_too_long_the_first_rows_are_shown(student: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marked, "MOST_CELLS", 20)
    copy = reported(student)["Class"]
    assert copy["A2"].value.endswith("Only the first 5 of 12 rows are shown.")
    assert copy["A10"].value is None


# What is left alone


def test_text_of_strangers_becomes_neither_formula_nor_link(tmp_path: Path) -> None:
    evil = ('=HYPERLINK("http://x")', "http://x", "+1+1", "@SUM(A1)")
    name = "it's 'me'!A1"
    path = by_hand(tmp_path / "=cmd.xlsx", name=name, labels=evil)
    finding = replace(WRONG, message="=1+1", found="http://x", expected="=2", correction="=DDE(1)", effect="mailto:x")
    sheets = reported(path, replace(VERDICT, sheet=name, findings=(finding,)))
    assert list(sheets) == ["Findings", "it_s _me_!A1"]
    for sheet in sheets.values():
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n"}
        assert {cell.hyperlink.target for cell in cells if cell.hyperlink} == {None}
        assert all(cell.number_format == "@" for cell in cells if str(cell.value).startswith(("=", "+", "@", "http")))


@given(st.lists(st.text(min_size=1, max_size=40), max_size=8))
def test_copies_get_names_that_excel_takes_whatever_the_sheets_are_called(sheets: list[str]) -> None:
    names = tab_names(sheets)
    assert len({name.lower() for name in names} | {"findings"}) == len(sheets) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'#") for name in names)


def test_blocks_of_a_sheet_are_told_apart_by_their_rows_where_no_heading_says_anything() -> None:
    bare = replace(VERDICT, table=replace(TABLE, columns={}))
    assert called([VERDICT, bare]) == ["Class!A4:D16", "Class!4:16"]


def test_the_students_file_is_never_written_over_by_whatever_name(student: Path) -> None:
    before = student.read_bytes()
    link = student.with_name("link.xlsx")
    link.symlink_to(student)
    for out in (student, link):
        with pytest.raises(BadOption, match="is the workbook that is judged"):
            write_report(judged(student), student, out)
    reported(student)
    assert student.read_bytes() == before


def test_a_foreign_workbook_is_not_written_over_but_an_older_report_is(student: Path, tmp_path: Path) -> None:
    foreign = by_hand(tmp_path / "foreign.xlsx")
    with pytest.raises(BadOption, match=r"is not ours; move it away, or choose another --report"):
        write_report(judged(student), student, foreign)
    reported(student)
    reported(student)


def test_the_same_findings_give_the_same_bytes(student: Path, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_report(judged(student), student, tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


# On the terminal


def test_each_sheet_has_its_verdict_and_under_it_the_formulas_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    print_judgement(judged(Path("student.xlsx"), VERDICT, SheetVerdict("notes", Outcome.VALUES_ONLY)))
    assert capsys.readouterr().out.splitlines() == [
        "student.xlsx",
        "Class: wrong. Table in rows 5 to 16, learning rate 0.5 in B2.",
        "  D5:D7, D9, ∂E/∂w1: wrong term",
        "    ∂E/∂w1 uses a_h1 where a_h2 belongs.",
        "    Off by a tenth.",
        "    Belongs in D5: =A5*$B$2",
        "  C5:C10, chart: chart range short or empty",
        "    The chart is short.",
        "    Belongs there: =Class!$C$5:$C$16",
        "notes: values only.",
        "Tables: 1 wrong, 1 values only; 2 findings.",
    ]


def test_many_findings_are_counted_and_names_cannot_colour_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_judgement(judged(Path("student.xlsx"), replace(VERDICT, sheet="\x1b[31mred\n", findings=(WRONG,) * 25)))
    out = capsys.readouterr().out
    assert "… and 5 more: --report FILE.xlsx shows them all" in out
    assert "?[31mred?: wrong." in out
    assert out.count("wrong term") == 20


def test_what_cannot_be_read_is_said_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    print_judgement(Judgement(Path("x.xlsx"), error="x.xlsx: is damaged"))
    assert capsys.readouterr().out == ""
