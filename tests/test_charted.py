"""Charts are found wherever they stand in a file from anybody, and told when they end before their table does."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from xlbackprop.errors import Unreadable
from xlbackprop.judge.faults.charted import chart_findings
from xlbackprop.judge.findings import Finding, FoundTable, Kind
from xlbackprop.judge.typed.chart_ranges import MOST_RANGES, ChartRange, areas, chart_ranges
from xlbackprop.pages.layout import letters, quoted
from xlbackprop.reading.archive import opened
from xlbackprop.reading.package import read_package

SHARED = Path(__file__).parents[2] / "shared"
TABLE = FoundTable(32, 33, 71, 1.0, "G31", {"E1": "U", "E_total": "W"})  # rows 33 to 103
E_TOTAL = 23  # W

# Of the samples and the reference: where their tables stand, as samples/README.md has it.
TABLES = {
    "sample-1": {"Sheet1": (2, 3, 68)},
    "sample-2": {"training": (36, 37, 21)},
    "sample-3": {"Class": (32, 33, 68), "Self": (32, 33, 71)},
    "sample-4": {f"LR_{rate}": (31, 32, 34) for rate in ("0.1", "0.2", "0.5", "0.8", "1", "2")},
    "sample-5": {"L.R. 0.1": (28, 29, 47)},
    "Backpropagation": {"Back Prop": (34, 35, 68)},
}


def shown(first: int, last: int, column: int = E_TOTAL, *, chart: int = 1, sheet: str = "Self") -> ChartRange:
    """The values of a series on a sheet with a table."""
    return ChartRange(sheet, chart, 1, "values", "Self", first, column, last, column)


def found(*ranges: ChartRange, filled: bool = True) -> list[Finding]:
    given = {"Self": [TABLE], "notes": []}
    return [finding for _, finding in chart_findings(ranges, given, lambda sheet, row, column: filled)]


def in_file(path: Path) -> list[ChartRange]:
    with opened(path) as archive:
        return chart_ranges(archive)


@pytest.mark.parametrize("name", TABLES)
def test_of_the_charts_made_by_hand_only_the_one_that_is_short_is_named(name: str) -> None:
    path = SHARED / ("samples" if name.startswith("sample") else "reference") / f"{name}.xlsx"
    if not path.exists():
        pytest.skip("the workbooks made by hand are not here")
    book, ranges = read_package(path), in_file(path)
    tables = {
        sheet: [FoundTable(*at, 1.0, None, {"E_total": "W"})] if (at := TABLES[name].get(sheet)) else []
        for sheet in book.sheets
    }
    assert ranges
    findings = chart_findings(ranges, tables, lambda sheet, row, column: (row, column) in book.sheets[sheet])
    if name != "sample-3":
        assert findings == []
        return
    [(sheet, finding)] = findings
    assert (sheet, finding.kind, finding.cells) == ("Self", Kind.CHART, ("W33:W100",))
    assert finding.message == "The chart covers rows 33-100 of 33-103 of E_total: 3 steps of the table are not in it."
    assert finding.correction == "=Self!$W$33:$W$103"


def test_a_chart_of_every_row_is_right_and_so_is_one_that_begins_at_the_header_or_goes_beyond() -> None:
    assert found(shown(33, 103)) == found(shown(32, 103)) == found(shown(33, 200)) == []


@pytest.mark.parametrize(("first", "last"), [(33, 102), (34, 103), (40, 50), (20, 33)])
def test_a_chart_of_some_rows_is_short(first: int, last: int) -> None:
    [finding] = found(shown(first, last))
    assert (finding.found, finding.expected) == (f"rows {first}-{last}", "rows 33-103")


def test_pieces_of_one_series_count_together() -> None:
    assert found(shown(33, 60), shown(61, 103)) == []
    [finding] = found(shown(33, 60), shown(70, 103))
    assert finding.cells == ("W33:W60", "W70:W103")
    assert "9 steps" in finding.message


def test_the_close_up_beside_a_chart_of_the_whole_is_fine() -> None:
    assert found(shown(33, 103), shown(33, 40, chart=2)) == []
    assert len(found(shown(33, 103), shown(33, 40, column=21, chart=2))) == 1


def test_a_chart_of_empty_cells_is_named_with_the_sheet_on_which_it_stands() -> None:
    [finding] = found(shown(1, 9, column=40, sheet="notes"), filled=False)
    assert finding.cells == ("AN1:AN9",)
    assert "on sheet notes" in finding.message


def test_columns_beside_the_table_and_sheets_that_are_not_there_are_nobodys_concern() -> None:
    assert found(shown(33, 40, column=40)) == []
    assert found(shown(33, 40)._replace(of="gone"), filled=False) == []
    assert found(shown(33, 40)._replace(kind="categories")) == []


@given(st.text(min_size=1, max_size=31), st.integers(1, 1_048_576), st.integers(1, 16_384))
def test_any_sheet_name_is_read_back_from_its_quoted_form(sheet: str, row: int, column: int) -> None:
    cell = f"${letters(column)}${row}"
    expected = [] if "[" in sheet else [(sheet, (row, column, row, column))]
    text = "'" + sheet.replace("'", "''") + f"'!{cell}"
    assert areas(text) == expected
    assert areas(f"({text},A!$A$1:$A$2)")[-1:] == [("A", (1, 1, 2, 1))]


@given(st.text(alphabet="AZ19$!:,()'[] #", max_size=40))
def test_whatever_a_reference_says_it_is_read_or_passed_over(text: str) -> None:
    areas(text)


@pytest.mark.parametrize("text", ["", "losses", "A!B:B", "A!B0", "A!$B$9:$B$1", "A!XFE1", "A!#REF!", "A!B1,", "(A!B1"])
def test_a_reference_that_names_no_cells_is_passed_over(text: str) -> None:
    assert areas(text) == []


# Files


def plotted(path: Path, *, sheets: Iterable[str] = ("Bob's run",), chart_sheet: bool = False) -> Path:
    """A workbook with a scatter chart on each sheet, or on a chart sheet."""
    with xlsxwriter.Workbook(path) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            chart = book.add_chart({"type": "scatter"})
            where = quoted(name)
            chart.add_series({"categories": f"={where}!$A$1:$A$9", "values": f"={where}!$B$1:$B$9"})
            if chart_sheet:
                book.add_chartsheet("Curve").set_chart(chart)
            else:
                sheet.insert_chart("D1", chart)
    return path


def test_series_of_a_scatter_chart_are_read_with_what_they_are_plotted_over(tmp_path: Path) -> None:
    ranges = in_file(plotted(tmp_path / "book.xlsx"))
    assert [(one.sheet, one.of, one.kind, one.cells) for one in ranges] == [
        ("Bob's run", "Bob's run", "x", "A1:A9"),
        ("Bob's run", "Bob's run", "values", "B1:B9"),
    ]


def test_a_chart_on_a_sheet_of_its_own_is_found(tmp_path: Path) -> None:
    ranges = in_file(plotted(tmp_path / "book.xlsx", chart_sheet=True))
    assert {(one.sheet, one.of) for one in ranges} == {("Curve", "Bob's run")}


def changed(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with something else in one part; without the part where `new` is all that is left of it."""
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            text = before.read(name).decode()
            text = text.replace(old, new) if name == part else text
            if text:
                after.writestr(name, text)
    return out


def test_a_missing_drawing_or_chart_is_passed_over(tmp_path: Path) -> None:
    whole = plotted(tmp_path / "book.xlsx")
    with zipfile.ZipFile(whole) as book:
        chart = book.read("xl/charts/chart1.xml").decode()
        drawing = book.read("xl/drawings/_rels/drawing1.xml.rels").decode()
    assert in_file(changed(whole, "xl/charts/chart1.xml", chart, "")) == []
    assert in_file(changed(whole, "xl/drawings/_rels/drawing1.xml.rels", drawing, "")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("<c:chartSpace", "<!DOCTYPE x [<!ENTITY a 'b'>]><c:chartSpace"), ("</c:chartSpace>", ""), ("<?xml", "<")],
    ids=["entities", "cut off", "no XML"],
)
def test_a_hostile_chart_ends_in_one_line(tmp_path: Path, old: str, new: str) -> None:
    path = changed(plotted(tmp_path / "book.xlsx"), "xl/charts/chart1.xml", old, new)
    with pytest.raises(Unreadable, match=r"chart1\.xml"):
        in_file(path)


def test_a_drawing_that_every_sheet_names_counts_once(tmp_path: Path) -> None:
    path = plotted(tmp_path / "book.xlsx", sheets=("A", "B"))
    shared = changed(path, "xl/worksheets/_rels/sheet2.xml.rels", "drawing2.xml", "drawing1.xml")
    assert {one.sheet for one in in_file(shared)} == {"A"}


def test_a_million_series_are_cut_short(tmp_path: Path) -> None:
    path = plotted(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path) as book:
        chart = book.read("xl/charts/chart1.xml").decode()
    series = chart[chart.index("<c:ser>") : chart.index("</c:ser>") + len("</c:ser>")]
    many = changed(path, "xl/charts/chart1.xml", series, series * MOST_RANGES)
    assert len(in_file(many)) == MOST_RANGES
