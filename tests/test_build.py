"""What a built workbook holds, that building again gives the same bytes, and that nothing is lost while building."""

import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from conftest import AT, CLOSE, COMMAND, FIRST_ROW, RATES, STEPS, Book, Place, apart, one_error_line, split, textbook
from PIL import Image

from xlbackprop.build import build
from xlbackprop.errors import BadOption
from xlbackprop.template.template import load

RATE_SHEETS = [f"LR {rate:g}" for rate in RATES]
SHEETS = ["Start", *RATE_SHEETS, "Step", "Gradient check"]
LAST_ROW = FIRST_ROW + STEPS - 1
YELLOW = "FFFFF2A8"
# What Excel 2007, LibreOffice, Gnumeric and IronCalc all have and agree on.
FUNCTIONS = {
    *("ABS", "AND", "AVERAGE", "CHOOSE", "COUNT", "COUNTIF", "EXP", "IF", "INDEX", "INT", "ISNUMBER", "LN", "LOG10"),
    *("MATCH", "MAX", "MIN", "NOT", "OR", "ROUND", "SIGN", "SQRT", "SUM", "SUMPRODUCT", "TANH", "TEXT"),
}


@pytest.fixture(scope="module")
def read(untouched: Path) -> openpyxl.Workbook:
    """The default workbook as openpyxl reads it."""
    return openpyxl.load_workbook(untouched)


def formulas(book: Book) -> dict[Place, str]:
    return {
        (sheet, at): cell.formula
        for sheet in book.sheets
        for at, cell in book.cells(sheet).items()
        if cell.formula is not None
    }


def xml_of(book: Book, kind: str) -> dict[str, str]:
    """The parts of a kind: "charts/chart", "drawings/drawing"."""
    return {name: book.text(name) for name in book.parts if re.fullmatch(rf"xl/{kind}\d+\.xml", name)}


def test_sheets_stand_in_the_order_a_reader_needs_them(book: Book) -> None:
    assert list(book.sheets) == SHEETS


def test_a_build_says_what_it_reached(tmp_path: Path) -> None:
    network = load("classic")
    run = build(network, RATES, 3, tmp_path / "a.xlsx")
    expected = {str(rate): textbook(rate, 3)[-1]["E_total"] for rate in RATES}
    assert not apart({str(rate): run.value(k, 3, "E_total") for k, rate in enumerate(RATES)}, expected)


def test_every_formula_has_saved_its_value(book: Book) -> None:
    without = [
        f"{sheet}!{at}"
        for sheet in SHEETS
        for at, cell in book.cells(sheet).items()
        if cell.formula is not None and (cell.saved is None or (cell.kind == "n" and not cell.saved))
    ]
    assert not without


def test_no_saved_value_is_an_error_or_a_zero_that_nobody_worked_out(book: Book) -> None:
    suspects = [
        f"{sheet}!{at}: ={cell.formula} saved {cell.saved}"
        for sheet in SHEETS
        for at, cell in book.cells(sheet).items()
        if cell.formula is not None and (cell.kind == "e" or (cell.kind == "n" and float(cell.saved or 0) == 0))
    ]
    assert not suspects


@pytest.mark.parametrize("rate", RATES)
def test_a_table_has_saved_the_textbook_s_numbers(book: Book, rate: float) -> None:
    cells, rows = book.cells(f"LR {rate:g}"), textbook(rate, STEPS)
    found: list[str] = []
    for name, column in AT.items():
        expected = {f"{column}{FIRST_ROW + n}": row[name] for n, row in enumerate(rows)}
        saved = {at: float(cells[at].saved or "nan") for at in expected}
        found += apart(saved, expected, max(map(abs, expected.values())))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("sheet", RATE_SHEETS)
def test_a_learning_rate_sheet_has_what_the_hand_made_one_has_where_it_has_it(book: Book, sheet: str) -> None:
    cells = book.cells(sheet)
    expected = {"A33": "LR (η) =", "K2": "Formulae", "O2": "Derivatives", "J20": "Output layer", "J25": "Hidden layer"}
    expected |= {"X33": "Derivatives"} | {f"{column}34": name for name, column in AT.items()}
    found = {at: book.said(cells[at]) if at in cells else None for at in expected}
    assert found == expected
    assert float(cells["B33"].saved or "nan") == float(sheet.removeprefix("LR "))
    assert cells["B33"].formula, "the learning rate follows Start"


def test_the_last_right_hand_side_of_each_derivation_is_bold_and_its_slips_are_put_right(book: Book) -> None:
    items = re.findall(r"<si>(.*?)</si>", book.text("xl/sharedStrings.xml"), re.DOTALL)
    cells = book.cells("LR 1")
    places = [f"K{row}" for row in (*range(3, 14), *range(20, 24), *range(25, 29))]
    places += [f"O{row}" for row in (*range(3, 11), *range(12, 18))]
    wrong: list[str] = []
    for at in places:
        item = items[int(cells[at].saved or "")]
        text, last = book.said(cells[at]), item.rpartition("<r>")[2]
        bold = re.search(r"<b/>.*<t[^>]*>(.*?)</t>", last, re.DOTALL)
        if not bold or bold[1].strip() != text.rpartition(" = ")[2].strip():
            wrong.append(f"{at}: {text!r} has {bold and bold[1]!r} in bold")
        wrong += [f"{at}: {text!r} names {slip}" for slip in ("a_01", "a_02") if slip in text]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("sheet", RATE_SHEETS)
def test_the_header_stays_in_sight(read: openpyxl.Workbook, sheet: str) -> None:
    panes = read[sheet].freeze_panes
    assert panes is not None
    assert split(panes)[0] == FIRST_ROW


@pytest.mark.parametrize("sheet", RATE_SHEETS)
def test_gradient_header_and_loss_column_are_highlighted(read: openpyxl.Workbook, sheet: str) -> None:
    fills = {at: read[sheet][at].fill.fill_type for at in ("X33", "X34", "AE34", "W34", "W35", f"W{LAST_ROW}")}
    assert fills == dict.fromkeys(fills, "solid")
    assert read[sheet]["X33"].font.bold


def test_nothing_in_it_runs_or_points_outside(book: Book) -> None:
    names = [name for name in book.parts if re.search(r"vba|externalLink|connections|queryTable|ctrlProp|\.bin$", name)]
    assert not names
    outside = [name for name, data in book.parts.items() if name.endswith(".rels") and b'TargetMode="External"' in data]
    assert not outside
    assert not [place for place, formula in formulas(book).items() if "[" in formula or "http" in formula.lower()]


def test_every_program_has_every_function(book: Book) -> None:
    used = {
        name
        for formula in formulas(book).values()
        for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", re.sub(r'"[^"]*"', '""', formula))
    }
    assert used <= FUNCTIONS


def test_no_formula_is_an_array_or_newer_than_excel_2007(book: Book) -> None:
    assert "xl/metadata.xml" not in book.parts
    for sheet in SHEETS:
        text = book.text(book.sheets[sheet])
        assert not re.search(r"<f [^>]*t=|<c [^>]*cm=", text), sheet
    odd = [place for place, formula in formulas(book).items() if re.search(r"_xl|@|#|[{}]", formula)]
    assert not odd


def test_no_formula_is_longer_than_excel_takes(book: Book) -> None:
    assert max(map(len, formulas(book).values())) <= 8192


def test_the_yellow_cells_are_the_user_s_and_no_others(read: openpyxl.Workbook, yellow: dict[str, Place]) -> None:
    found = {
        (sheet.title, cell.coordinate)
        for sheet in read
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid" and cell.fill.start_color.rgb == YELLOW and cell.value is not None
    }
    assert found == set(yellow.values())


def test_the_yellow_cells_and_only_they_check_what_is_typed(read: openpyxl.Workbook, yellow: dict[str, Place]) -> None:
    checked = {
        (sheet.title, str(rule.sqref)): (rule.type, rule.operator or "between", rule.formula1, rule.formula2)
        for sheet in read
        for rule in sheet.data_validations.dataValidation
    }
    expected = dict.fromkeys(yellow.values(), ("decimal", "greaterThan", "0", None))
    expected |= {
        yellow[name]: ("decimal", "between", "-1000", "1000") for name in yellow if re.fullmatch(r"[itw]\d", name)
    }
    rates = [yellow[sheet][1] for sheet in RATE_SHEETS]
    first, last = (f"${at.rstrip('0123456789')}${split(at)[0]}" for at in (rates[0], rates[-1]))
    expected[yellow["picked rate"]] = ("list", "between", f"Start!{first}:{last}", None)
    expected[yellow["picked step"]] = ("list", "between", f"'LR 0.1'!$AF${FIRST_ROW}:$AF${LAST_ROW}", None)
    assert checked == expected


def test_what_the_checks_say_is_what_they_check(read: openpyxl.Workbook) -> None:
    for sheet in read:
        for rule in sheet.data_validations.dataValidation:
            assert rule.showErrorMessage, rule.sqref
            assert rule.error, f"{sheet.title}!{rule.sqref} refuses without saying why"


def test_pictures_and_charts_have_alt_text(book: Book) -> None:
    tags = [tag for text in xml_of(book, "drawings/drawing").values() for tag in re.findall(r"<xdr:cNvPr [^>]*>", text)]
    assert len(tags) == 8 + 8, (
        "a picture on each sheet but Gradient check, a chart on each learning-rate sheet, two on Start"
    )
    silent = [tag for tag in tags if not re.search(r'descr="[^"]{20,}"', tag)]
    assert not silent
    charts = re.findall(
        r'<xdr:cNvPr [^>]*name="Chart[^>]*descr="([^"]*)"', "".join(xml_of(book, "drawings/drawing").values())
    )
    assert len(set(charts)) == len(charts), "each chart says which it is"


def test_charts_show_every_step_of_every_rate(book: Book) -> None:
    for name, text in xml_of(book, "charts/chart").items():
        series = re.findall(r"<c:ser>.*?</c:ser>", text, re.DOTALL)
        ranges = [re.findall(r"<c:[xy]Val><c:numRef><c:f>(.*?)</c:f>", one) for one in series]
        shown = [sheet for sheet in RATE_SHEETS if f"'{sheet}'!$W" in text]
        assert len(series) == len(shown) in (1, len(RATES)), name
        assert ranges == [
            [f"'{sheet}'!${column}${FIRST_ROW}:${column}${LAST_ROW}" for column in ("AF", "W")] for sheet in shown
        ], name
        assert len(set(re.findall(r'<c:spPr><a:ln w="\d+"><a:solidFill><a:srgbClr val="(\w+)"', text))) >= len(shown), (
            f"{name}: each line has a colour of its own"
        )
    assert len(xml_of(book, "charts/chart")) >= 1 + len(RATES)


def test_charts_have_saved_the_values_that_the_cells_have(book: Book) -> None:
    wrong: list[str] = []
    for name, text in xml_of(book, "charts/chart").items():
        for place, cache in re.findall(r"<c:f>([^<]*)</c:f><c:(?:num|str)Cache>(.*?)</c:(?:num|str)Cache>", text):
            sheet, _, area = place.replace("$", "").replace("'", "").rpartition("!")
            first, _, last = area.partition(":")
            column = first.rstrip("0123456789")
            cells = book.cells(sheet)
            rows = range(split(first)[0], split(last or first)[0] + 1)
            points = re.findall(r'<c:pt idx="\d+"><c:v>([^<]*)</c:v>', cache)
            if points != [book.said(cells[f"{column}{row}"]) for row in rows]:
                wrong.append(f"{name}: {place}")
    assert not wrong


def test_it_tells_what_it_is(read: openpyxl.Workbook) -> None:
    told = read.properties
    assert told.title
    assert told.subject == load("classic").title
    assert told.creator == "xlbackprop"
    assert told.created == told.modified
    assert told.created != datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def test_its_window_fits_a_screen(book: Book) -> None:
    window = re.search(r'windowWidth="(\d+)" windowHeight="(\d+)"', book.text("xl/workbook.xml"))
    assert window is not None
    twips_of_a_4k_screen = 3840 * 15, 2160 * 15
    assert (int(window[1]), int(window[2])) <= twips_of_a_4k_screen


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_prints_one_page_wide(read: openpyxl.Workbook, sheet: str) -> None:
    page = read[sheet]
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) in ((1, 0), (None, 0))  # 1 need not be written
    assert page.page_setup.orientation == "landscape"
    assert "&P" in f"{page.oddFooter.left.text}{page.oddFooter.center.text}{page.oddFooter.right.text}"
    assert page.print_title_rows == ("$34:$34" if sheet in RATE_SHEETS else None)


def test_every_internal_link_leads_to_a_sheet(read: openpyxl.Workbook) -> None:
    targets = {
        (sheet.title, cell.coordinate): cell.hyperlink.location
        for sheet in read
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    dead = {place: target for place, target in targets.items() if target.rpartition("!")[0].strip("'") not in SHEETS}
    assert not dead
    from_start = {target.rpartition("!")[0].strip("'") for (sheet, _), target in targets.items() if sheet == "Start"}
    assert from_start == set(SHEETS) - {"Start"}


def test_cells_follow_the_yellow_ones_only_by_formulas(book: Book, yellow: dict[str, Place]) -> None:
    numbers = {
        (sheet, at)
        for sheet in SHEETS
        for at, cell in book.cells(sheet).items()
        if cell.kind == "n" and cell.formula is None
    }
    step_numbers = {(sheet, f"AF{FIRST_ROW + n}") for sheet in RATE_SHEETS for n in range(STEPS)}
    of_the_check = {place for place in numbers if place[0] == "Gradient check"}
    assert numbers - step_numbers - of_the_check == set(yellow.values())
    assert len(of_the_check) <= 3, "how far a weight is moved, and when it passes"


def command(out: Path, *more: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Build in another process; gives what it printed on stderr."""
    done = subprocess.run(
        [*COMMAND, "build", "--steps", "5", "-o", str(out), *more],
        env=os.environ | (env or {}),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_building_gives_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    first, second = tmp_path / "a.xlsx", tmp_path / "elsewhere" / "another name.xlsx"
    assert (
        command(first, env={"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}) == ""
    )
    time.sleep(2.1)  # a zip tells time in steps of two seconds
    moved = {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    assert command(second, env=moved, cwd=tmp_path / "elsewhere") == ""
    assert digest(first) == digest(second)


def test_no_part_tells_when_it_was_built(untouched: Path) -> None:
    with zipfile.ZipFile(untouched) as archive:
        dates = {member.date_time for member in archive.infolist()}
        core = archive.read("docProps/core.xml").decode()
    assert dates == {(1980, 1, 1, 0, 0, 0)}
    assert datetime.now(UTC).strftime("%Y-%m-%d") not in core


@pytest.fixture
def out(untouched: Path, tmp_path: Path) -> Path:
    """A build that may be written over."""
    return Path(shutil.copy(untouched, tmp_path / "out.xlsx"))


def rebuild(out: Path, *, force: bool = False, steps: int = 4) -> None:
    network = load("classic")
    build(network, network.learning_rates, steps, out, force=force)


def test_over_an_untouched_build_building_just_works(out: Path) -> None:
    before = out.read_bytes()
    rebuild(out)
    assert out.read_bytes() != before
    rebuild(out, steps=STEPS)
    assert out.read_bytes() == before


def saved_by_openpyxl(out: Path) -> None:
    openpyxl.load_workbook(out).save(out)


def saved_with_its_comment(out: Path) -> None:
    """One byte of one sheet changed by a program that keeps the zip's comment."""
    with zipfile.ZipFile(out) as archive:
        comment = archive.comment
    book = Book.read(out)
    part = book.sheets["LR 1"]
    book.with_part(part, book.parts[part].replace(b"<v>0.5</v>", b"<v>0.6</v>", 1)).write(out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = comment


def with_a_part_more(out: Path) -> None:
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("notes.txt", "mine")


def with_a_part_less(out: Path) -> None:
    with zipfile.ZipFile(out) as archive:
        comment = archive.comment
    book = Book.read(out)
    del book.parts["xl/media/image1.png"]
    book.write(out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = comment


def replaced_by_a_text(out: Path) -> None:
    out.write_text("my notes")


def cut_off(out: Path) -> None:
    out.write_bytes(out.read_bytes()[:-1000])


def emptied(out: Path) -> None:
    out.write_bytes(b"")


EDITS = [
    *(saved_by_openpyxl, saved_with_its_comment, with_a_part_more, with_a_part_less),
    *(replaced_by_a_text, cut_off, emptied),
]


@pytest.mark.parametrize("edit", EDITS)
def test_over_what_someone_changed_building_refuses_and_says_how(out: Path, edit: Callable[[Path], None]) -> None:
    edit(out)
    before = out.read_bytes()
    with pytest.raises(BadOption) as refused:
        rebuild(out)
    assert str(out) in str(refused.value)
    assert "--force" in str(refused.value)
    assert "-o" in str(refused.value)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]
    rebuild(out, force=True)
    rebuild(out)


def test_over_what_libreoffice_saved_building_refuses(out: Path, libreoffice: Callable[[Path], Path]) -> None:
    saved = libreoffice(out)
    with pytest.raises(BadOption, match="--force"):
        rebuild(saved)


def test_a_full_disk_leaves_the_old_file_whole_and_nothing_else(out: Path) -> None:
    before = out.read_bytes()

    def fill_the_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    build_it = [*COMMAND, "build", "-o", str(out)]
    done = subprocess.run(build_it, preexec_fn=fill_the_disk, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert str(out) in one_error_line(done.stderr)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_a_build_that_is_killed_leaves_the_old_file_whole(out: Path, tmp_path: Path) -> None:
    before, about_to_rename = out.read_bytes(), tmp_path / "about to rename"
    stuck = (
        "import os, pathlib, sys, time\n"
        "def wait(*_, **__):\n"
        f"    pathlib.Path({str(about_to_rename)!r}).touch()\n"
        "    time.sleep(60)\n"
        "os.replace = os.rename = wait\n"
        "from xlbackprop.cli import main\n"
        f"main(['build', '--steps', '3', '-o', {str(out)!r}])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", stuck])
    patience = time.monotonic() + 30
    while not about_to_rename.exists() and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert about_to_rename.exists(), "the build never came to the point where it puts the file in place"
    assert out.read_bytes() == before
    rebuild(out)


def test_a_build_that_fails_while_it_is_put_in_place_leaves_the_old_file_whole(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = out.read_bytes()

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(BadOption, match="No space left"):
        rebuild(out)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_a_build_has_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    rebuild(tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").stat().st_mode == plain.stat().st_mode


WORK_OF_ART = [*(f"LR_{rate:g}.png" for rate in RATES), "Loss_comparison.png", "Network.png"]


@pytest.mark.slow
def test_pictures_are_valid_and_the_same_every_time(tmp_path: Path) -> None:
    for seed in "12":
        folder = tmp_path / seed / "pictures"
        assert command(tmp_path / f"{seed}.xlsx", "--images", str(folder), env={"PYTHONHASHSEED": seed}) == ""
        assert sorted(path.name for path in folder.iterdir()) == sorted(WORK_OF_ART)
    for name in WORK_OF_ART:
        first, second = (tmp_path / seed / "pictures" / name for seed in "12")
        assert digest(first) == digest(second), name
        with Image.open(first) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) >= 200, name
            extrema = picture.convert("L").getextrema()
        assert extrema != (255, 255), f"{name} is blank"
    curves = {digest(tmp_path / "1" / "pictures" / name) for name in WORK_OF_ART}
    assert len(curves) == len(WORK_OF_ART), "no two pictures are the same"


def test_the_tolerance_is_the_issue_s() -> None:
    assert CLOSE == 1e-12
