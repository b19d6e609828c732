"""The report of a training: every formula gives its saved value, in every program, and follows what is typed."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from conftest import CLOSE, Book
from PIL import Image
from test_look import TEXT, contrast
from test_schema import errors_of  # noqa: F401 - a fixture

from xlbackprop.cnn.model import ARCHS, receptive_rows
from xlbackprop.cnn.places import FIELD_COLUMNS, FIELD_FIRST, SHEETS
from xlbackprop.cnn.recipe import RECIPES, resized
from xlbackprop.cnn.report import pages, write_report
from xlbackprop.cnn.result import Epoch, Mistake, Result, Run
from xlbackprop.cnn.sheets import told
from xlbackprop.engines import ENGINES, Engine, Values
from xlbackprop.errors import BadOption
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import INK, WHITE, style
from xlbackprop.pages.page import Page
from xlbackprop.receptive import Window, walk
from xlbackprop.writing.printed import ends

CLASSES = 10


def digit(rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A stroke or two that look as if written by hand, 28 x 28."""
    image = np.zeros((28, 28))
    y, x = np.mgrid[:28, :28]
    for _ in range(rng.integers(1, 3)):
        centre, radius = rng.uniform(10, 18, 2), rng.uniform(4, 8)
        ring = np.hypot(y - centre[0], (x - centre[1]) * rng.uniform(1, 2)) - radius
        image = np.maximum(image, np.clip(1.6 - np.abs(ring), 0, 1))
    return (255 * image).round().astype(np.uint8)


def run(seed: int, epochs: int, wrong: int, judged: int = 10_000) -> Run:
    """A seed's training that ends with so many mistakes."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(1, epochs + 1):
        missed = wrong + round(250 * 0.7**n * rng.uniform(0.8, 1.2)) * (n < epochs)
        loss = 0.33 + 0.5 * 0.6**n + rng.uniform(0, 0.004)
        rate = 0.2 * (n / 5 if n < 5 else (1 + math.cos(math.pi * (n - 5) / max(epochs - 5, 1))) / 2)
        rows.append(Epoch(n, loss, round(100 * (judged - missed) / judged, 4), 5.2 + rng.uniform(0, 0.4), rate))
    mistakes, counts = [], np.diag(np.full(CLASSES, judged // CLASSES)) + 0
    for place in sorted(rng.choice(judged, wrong, replace=False).tolist()):
        truth = int(rng.integers(CLASSES))
        answer = int((truth + rng.choice([1, 2, 5, 7])) % CLASSES)
        counts[truth, truth] -= 1
        counts[truth, answer] += 1
        mistakes.append(Mistake(place, truth, answer, float(rng.uniform(0.3, 1)), digit(rng)))
    return Run(seed, tuple(rows), tuple(map(tuple, counts.tolist())), tuple(mistakes))


def result(*runs: Run, arch: str = "reference", recipe: str = "best", epochs: int = 20, holdout: int = 0) -> Result:
    """What a training of these runs gives."""
    return Result(
        arch=ARCHS[arch],
        recipe=RECIPES[recipe],
        wanted=len(runs),
        epochs=epochs,
        holdout=holdout,
        judged=sum(map(sum, runs[0].confusion)),
        runs=runs,
        versions={"python": "3.11.2", "xlbackprop": "0.1.0", "torch": "2.8.0", "torchvision": "0.23.0"},
        machine="AMD EPYC 9B14, 2 threads, Linux x86_64, bfloat16",
        seconds=531.4,
        command=f"xlbackprop train-cnn --arch {arch} --recipe {recipe} --epochs {epochs} --seed 1 --runs {len(runs)}",
        weights=tuple(Path(f"workbooks/CNN_Report.seed-{one.seed}.safetensors") for one in runs),
    )


ONE = result(run(1, 20, 36))
FIVE = result(*(run(seed, 20, wrong) for seed, wrong in enumerate((36, 33, 39, 35, 31), start=1)))
HELD_OUT = result(run(7, 3, 27, 5000), arch="tiny", recipe="notebook", epochs=3, holdout=5000)
INTERRUPTED = replace(result(run(1, 2, 150), run(2, 1, 80), arch="small", recipe="fast", epochs=2), wanted=3)
FLAWLESS = result(run(3, 1, 0, 5000), epochs=3, holdout=5000)
RESULTS = {"one": ONE, "five": FIVE, "held out": HELD_OUT, "interrupted": INTERRUPTED, "flawless": FLAWLESS}

# What Excel, LibreOffice, Gnumeric and IronCalc all have.
FUNCTIONS = {"ABS", "AVERAGE", "COUNT", "COUNTIF", "IF", "INDEX", "INT", "ISNUMBER", "MATCH", "MAX", "MIN", "OR"}
FUNCTIONS |= {"ROUND", "SQRT", "SUM", "SUMSQ"}

# Layer, n_in, r_in, stride, padding, kernel, j_in, j_out, r_out, n_out, channel_in, channel_out, parameters
REFERENCE = """\
Conv2d 28 1 1 1 3 1 1 3 28 1 8 80
Conv2d 28 3 1 1 3 1 1 5 28 8 8 584
MaxPool2d 28 5 2 0 2 1 2 6 14 8 8 0
BatchNorm2d 14 - - - - - - - 14 8 8 16
Conv2d 14 6 1 1 3 2 2 10 14 8 16 1168
Conv2d 14 10 1 1 3 2 2 14 14 16 16 2320
MaxPool2d 14 14 2 0 2 2 4 16 7 16 16 0
BatchNorm2d 7 - - - - - - - 7 16 16 32
Conv2d 7 16 1 1 3 4 4 24 7 16 32 4640
Conv2d 7 24 1 1 3 4 4 32 7 32 32 9248
MaxPool2d 7 32 2 0 2 4 8 36 3 32 32 0
BatchNorm2d 3 - - - - - - - 3 32 32 64
Conv2d 3 36 1 0 1 8 8 36 3 32 10 330
GAP 3 36 1 0 3 8 8 52 1 10 10 0"""


@pytest.fixture(scope="module", params=RESULTS)
def given(request: pytest.FixtureRequest) -> Result:
    return RESULTS[request.param]


@pytest.fixture(scope="module")
def report(given: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "CNN_Report.xlsx"
    write_report(given, path)
    return path


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Book:
    path = tmp_path_factory.mktemp("five") / "CNN_Report.xlsx"
    write_report(FIVE, path)
    return Book.read(path)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found = ENGINES[request.param]
    if found.version() is None:
        pytest.skip(f"{found.name} is not installed")
    return found


@pytest.fixture
def typed(five: Book, tmp_path: Path) -> Callable[[dict[tuple[str, str], float]], Values]:
    """A function that types numbers into the report of five seeds, and gives what a program makes of it."""
    if ENGINES["ironcalc"].version() is None:
        pytest.skip("ironcalc is not installed")
    return lambda changes: ENGINES["ironcalc"].recalculate(five.typed(changes).write(tmp_path / "typed.xlsx"))


def formulas(page: Page) -> dict[tuple[int, int], str]:
    return {place: cell.formula for place, cell in page.cells.items() if cell.formula}


def field_cell(row: int, name: str) -> tuple[str, str]:
    """A cell of the receptive-field table; rows counted from 1."""
    return "Receptive field", a1(FIELD_FIRST + row - 1, 1 + FIELD_COLUMNS.index(name))


def column(values: Values, name: str) -> list[object]:
    """A column of the receptive-field table, without gaps."""
    found = (values["Receptive field"].get((FIELD_FIRST + n, 1 + FIELD_COLUMNS.index(name))) for n in range(14))
    return [value for value in found if value is not None]


def said(values: Values, sheet: str) -> set[str]:
    return {value for value in values[sheet].values() if isinstance(value, str)}


# Values


def test_every_formula_comes_to_its_saved_value_in_every_program(given: Result, report: Path, engine: Engine) -> None:
    values = engine.recalculate(report)
    apart = []
    for page in pages(given):
        for place in formulas(page):
            saved, found = page.cells[place].value, values[page.name].get(place, "")
            if isinstance(saved, str):
                same = saved == found
            else:
                same = isinstance(found, int | float) and abs(saved - found) <= CLOSE * max(1, abs(saved))
            apart += [] if same else [(page.name, a1(*place), page.cells[place].formula, saved, found)]
    assert apart == []


def test_saved_values_are_in_the_file(report: Path, given: Result) -> None:
    book = Book.read(report)
    for page in pages(given):
        cells = book.cells(page.name)
        assert [at for at in (a1(*place) for place in formulas(page)) if cells[at].saved is None] == []


def test_only_functions_that_every_program_has(given: Result) -> None:
    texts = [text for page in pages(given) for text in formulas(page).values()]
    used = {name for text in texts for name in re.findall(r"([A-Z.]+)\(", re.sub(r'"[^"]*"', '""', text))}
    assert used <= FUNCTIONS
    assert {"SUM", "IF", "INDEX"} <= used


def test_the_14_rows_and_the_total_of_the_reference_come_out(engine: Engine, five: Book, tmp_path: Path) -> None:
    cells = engine.recalculate(five.write(tmp_path / "five.xlsx"))["Receptive field"]
    rows = []
    for n in range(14):
        row = [cells.get((FIELD_FIRST + n, 1 + k)) for k in range(13)]
        rows.append([f"{cell:g}" if isinstance(cell, float | int) else cell or "-" for cell in row])
    assert [" ".join(row) for row in rows] == REFERENCE.splitlines()
    assert cells[FIELD_FIRST + 14, 13] == 18_482


# Following what is typed


def test_another_kernel_changes_the_receptive_field_as_the_arithmetic_says(
    typed: Callable[[dict[tuple[str, str], float]], Values],
) -> None:
    values = typed({field_cell(1, "kernel"): 5, field_cell(7, "stride"): 3, field_cell(9, "padding"): 2})
    windows = [row.layer.window for row in receptive_rows(ARCHS["reference"]) if row.layer.window]
    windows[0], windows[5], windows[6] = Window(5, 1, 1), Window(2, 3), Window(3, 1, 2)
    expected = list(walk(windows, 28))
    for name in ("r_in", "j_in", "j_out", "r_out"):
        assert column(values, name) == [getattr(row, name) for row in expected]
    n_out = column(values, "n_out")
    assert [n for k, n in enumerate(n_out) if k not in {3, 7, 11}] == [row.n_out for row in expected]
    assert values["Receptive field"][FIELD_FIRST, 13] == 8 * 25 + 8


def test_the_other_sheets_follow(typed: Callable[[dict[tuple[str, str], float]], Values]) -> None:
    values = typed({field_cell(5, "ch_out"): 80})
    more = 64 * (8 * 9 + 1) + 16 * 64 * 9
    assert values["Receptive field"][FIELD_FIRST + 14, 13] == 18_482 + more
    assert values["Summary"][8, 2] == 18_482 + more
    assert values["Summary"][8, 4] == "FAIL"
    assert values["Architecture"][13, 2] == "[-1, 80, 14, 14]"


def test_it_says_where_the_field_exceeds_the_image_and_where_nothing_is_left(
    typed: Callable[[dict[tuple[str, str], float]], Values],
) -> None:
    assert said(typed({}), "Receptive field") >= {"inside the image", "exceeds the image by 24"}
    small = said(typed({field_cell(1, "n_in"): 20}), "Receptive field")
    assert "exceeds the image by 16" in small
    assert {"kernel 3 does not fit in 2 × 2"} <= small


EDITS = {
    "a kernel": ({field_cell(1, "kernel"): 5}, "FAIL"),
    "a stride": ({field_cell(3, "stride"): 1}, "PASS"),
    "a padding": ({field_cell(2, "padding"): 0}, "PASS"),
    "the image": ({field_cell(1, "n_in"): 32}, "PASS"),
    "channels": ({field_cell(9, "ch_out"): 24}, "FAIL"),
    "what should be a formula": ({field_cell(4, "parameters"): 17}, "FAIL"),
}


@pytest.mark.parametrize(("typed_in", "parameters"), EDITS.values(), ids=EDITS)
def test_an_edited_table_is_no_net_that_was_trained(
    typed_in: dict[tuple[str, str], float], parameters: str, typed: Callable[[dict[tuple[str, str], float]], Values]
) -> None:
    values = typed(typed_in)
    summary = values["Summary"]
    assert [summary[row, 4] for row in range(8, 12)] == ["untrained"] * 4
    assert [summary[row, 4] for row in (19, 20)] == [parameters, "FAIL"]
    assert summary[20, 3] == 1
    assert str(summary[2, 1]).startswith("The net as trained, not the edited table: 99.652 % of 10,000 test digits")
    assert summary[12, 1] == "Not the net as trained: Receptive field was edited."
    assert "Edited: no such net was trained. Accuracy" in str(values["Receptive field"][5, 1])


def test_the_table_as_it_was_trained_is_said_to_be_so(typed: Callable[[dict[tuple[str, str], float]], Values]) -> None:
    values = typed({field_cell(1, "kernel"): 3})
    assert values["Receptive field"][5, 1] == "This is the net as it was trained."
    assert [values["Summary"][row, 4] for row in (*range(8, 12), *range(15, 21))] == ["PASS"] * 10
    assert values["Summary"].get((12, 1), "") == ""


def test_an_untrained_net_that_is_too_large_fails_all_the_same(
    typed: Callable[[dict[tuple[str, str], float]], Values],
) -> None:
    summary = typed({field_cell(5, "ch_out"): 80})["Summary"]
    assert [summary[row, 4] for row in range(8, 12)] == ["FAIL", "untrained", "untrained", "FAIL"]


def test_where_a_kernel_does_not_fit_words_stand_for_numbers_in_all_that_follows(
    engine: Engine, five: Book, tmp_path: Path
) -> None:
    path = five.typed({field_cell(9, "kernel"): 11}).write(tmp_path / "typed.xlsx")
    values = engine.recalculate(path)
    assert [str(n) for n in column(values, "n_out")[7:]] == ["7.0", *["none"] * 6]
    assert column(values, "n_in")[9:] == ["none"] * 5
    verdicts = [values["Receptive field"].get((FIELD_FIRST + n, 14)) for n in (8, 9, 13)]
    assert verdicts == ["kernel 11 does not fit in 9 × 9", "nothing comes in", "nothing comes in"]
    assert "nothing is left" in str(values["Receptive field"][2, 1])
    shapes = [values["Architecture"][row, 2] for row in range(18, 27)]
    assert shapes == ["[-1, 16, 7, 7]", *["nothing"] * 8]
    assert {value for sheet in values.values() for value in sheet.values() if str(value).startswith("#")} <= marks(five)


def test_not_even_a_first_kernel_that_is_too_large_makes_errors(
    typed: Callable[[dict[tuple[str, str], float]], Values], five: Book
) -> None:
    values = typed({field_cell(1, "kernel"): 31})
    assert values["Architecture"][27, 4] == 0
    assert {value for sheet in values.values() for value in sheet.values() if str(value).startswith("#")} <= marks(five)


def marks(book: Book) -> set[str]:
    """What begins with # and is no error: the numbers of the mistakes."""
    return {text for text in book.texts if text.startswith("#")}


@pytest.mark.parametrize(("row", "limit"), [(8, 18_482), (9, 99.7), (10, 19)])
def test_a_limit_that_is_not_met_fails(
    typed: Callable[[dict[tuple[str, str], float]], Values], row: int, limit: float
) -> None:
    summary = typed({("Summary", f"C{row}"): limit})["Summary"]
    assert [summary[n, 4] for n in range(8, 12) if summary[n, 4] != "PASS"] == ["FAIL", "FAIL"]
    assert summary[row, 4] == "FAIL"


def test_a_limit_that_is_just_met_passes(typed: Callable[[dict[tuple[str, str], float]], Values]) -> None:
    summary = typed({("Summary", "C8"): 18_483, ("Summary", "C9"): 99.652, ("Summary", "C10"): 20})["Summary"]
    assert [summary[row, 4] for row in range(8, 12)] == ["PASS"] * 4


def test_another_seed_shows_its_own_matrix(typed: Callable[[dict[tuple[str, str], float]], Values]) -> None:
    values = typed({("Confusion matrix", "B5"): 4})
    shown = [[values["Confusion matrix"][8 + i, 2 + k] for k in range(CLASSES)] for i in range(CLASSES)]
    assert shown == [list(row) for row in FIVE.runs[3].confusion]
    assert values["Summary"][15, 2] == FIVE.runs[3].final_accuracy
    assert [values["Summary"][row, 4] for row in range(15, 19)] == ["PASS"] * 4


@pytest.mark.parametrize("at", ["B28", "C28"])
def test_a_count_that_was_changed_is_found(
    typed: Callable[[dict[tuple[str, str], float]], Values], five: Book, at: str
) -> None:
    number = float(five.cells("Confusion matrix")[at].saved or "") + 1
    summary = typed({("Confusion matrix", at): number})["Summary"]
    assert "FAIL" in {summary[row, 4] for row in range(15, 19)}


def test_an_accuracy_that_was_changed_is_found(
    typed: Callable[[dict[tuple[str, str], float]], Values], five: Book
) -> None:
    finals = [at for at, cell in five.cells("Training").items() if cell.saved == "99.64" and cell.formula is None]
    summary = typed({("Training", finals[-1]): 99.65})["Summary"]
    assert summary[15, 4] == "FAIL"


# What it says


def test_mean_and_deviation_are_of_the_last_epochs(five: Book, typed: Callable[..., Values]) -> None:
    finals = [99.64, 99.67, 99.61, 99.65, 99.69]
    summary = typed({})["Summary"]
    assert summary[28, 10] == pytest.approx(np.mean(finals), rel=CLOSE)
    assert summary[29, 10] == pytest.approx(np.std(finals, ddof=1), rel=1e-9)


def test_one_seed_has_no_deviation_and_is_not_held_against_itself() -> None:
    assert ONE.std is None
    cells = pages(ONE)[0].cells
    assert cells[25, 10].value == "one seed has none"
    assert cells[23, 11].value == ""


def test_the_seconds_say_what_they_are() -> None:
    trained = sum(row.seconds for row in ONE.runs[0].epochs)
    resumed = replace(ONE, seconds=6.9, resumed=True)
    told = [str(cells[max(cells)[0], 2].value) for cells in (pages(ONE)[0].cells, pages(resumed)[0].cells)]
    assert told == [
        f"{trained:.1f} of training, 531.4 the whole command",
        f"{trained:.1f} of training, earlier sessions included",
    ]


def test_a_seed_that_was_interrupted_does_not_count(tmp_path: Path) -> None:
    cells = {page.name: page.cells for page in pages(INTERRUPTED)}["Summary"]
    assert cells[5, 1].value == "Interrupted: 2 epochs of 3 seeds were asked for; seed 1 did 2, seed 2 did 1."
    assert cells[25, 10].value == 98.5
    assert cells[24, 10].value == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (FIVE, ("last epoch, never the best of many", "test digits judge, and choose nothing")),
        (HELD_OUT, ("5,000 training digits that were held out", "test digits were not looked at")),
    ],
    ids=["test", "held out"],
)
def test_it_says_what_it_was_judged_on(given: Result, words: tuple[str, ...]) -> None:
    honest = str(pages(given)[0].cells[4, 1].value)
    assert [word for word in words if word not in honest] == []


def test_it_says_how_to_do_it_again() -> None:
    texts = {cell.value for cell in pages(FIVE)[0].cells.values()}
    assert texts >= {FIVE.command, FIVE.machine, "python 3.11.2, xlbackprop 0.1.0, torch 2.8.0, torchvision 0.23.0"}


# Mistakes


def test_each_mistake_is_drawn_with_the_surest_first() -> None:
    page = pages(FIVE)[-1]
    shares = [page.cells[picture.place[0] + 2, picture.place[1]].value for picture in page.pictures]
    assert len(shares) == len(FIVE.runs[0].mistakes) == 36
    assert shares == sorted(shares, reverse=True)
    surest = max(FIVE.runs[0].mistakes, key=lambda mistake: mistake.probability)
    picture = np.asarray(Image.open(BytesIO(page.pictures[0].png)))
    enlarged = picture.shape[0] // 28
    assert (picture == np.kron(255 - surest.image, np.ones((enlarged, enlarged), np.uint8))).all()
    assert f"A handwritten {surest.truth} that was read as {surest.answer}" in page.pictures[0].description


def test_too_many_mistakes_are_counted_but_not_drawn() -> None:
    page = pages(INTERRUPTED)[-1]
    assert len(page.pictures) == 120
    assert page.cells[2, 1].value == "150 of 10,000 test digits wrong; the surest 120 are shown, 30 more are not."


def test_no_mistakes_are_no_pictures() -> None:
    page = pages(FLAWLESS)[-1]
    assert page.pictures == ()
    assert page.cells[2, 1].value == "0 of 5,000 held-out digits wrong."


# Looks


def test_every_sheet_leads_to_every_other(given: Result) -> None:
    made = pages(given)
    assert tuple(page.name for page in made) == SHEETS
    for page in made:
        assert {cell.link for cell in page.cells.values() if cell.link} == {*SHEETS} - {page.name}


@pytest.mark.parametrize(
    ("given", "turned", "decay"),
    [
        (ONE, "by Muon, up to 2.5 % of their length a step", "0.0005, of the last kernel"),
        (INTERRUPTED, "by Muon, up to 5 % of their length a step", "0.0005, of the last kernel"),
        (replace(ONE, recipe=RECIPES["fade"]), "no", "0.0005, of kernels only"),
        (HELD_OUT, "no", "none"),
        (replace(ONE, recipe=resized(RECIPES["fast"], 255)), "by Muon, up to 4.98 % of their length a step", "0.0005"),
    ],
)
def test_a_recipe_is_told_in_words(given: Result, turned: str, decay: str) -> None:
    lines = dict(told.recipe(given))
    assert lines["kernels turned"] == turned
    assert str(lines["weight decay"]).startswith(decay)


def test_what_is_drawn_is_told_to_those_who_cannot_see_it(given: Result) -> None:
    drawn = [thing for page in pages(given) for thing in (*page.charts, *page.pictures)]
    assert len(drawn) >= 4
    assert [thing for thing in drawn if len(thing.description) < 20] == []


def test_every_sheet_prints_one_page_wide_and_keeps_its_head_in_view(report: Path) -> None:
    book = Book.read(report)
    for part in book.sheets.values():
        text = book.text(part)
        assert "<pageSetUpPr fitToPage=" in text
        assert re.search('<pageSetup [^>]*(fitToHeight="0" )?orientation="landscape"', text)
        assert 'state="frozen"' in text


def test_no_page_ends_within_what_belongs_together() -> None:
    for given in (FIVE, INTERRUPTED, result(*(run(seed, 30, 125) for seed in range(1, 15)))):
        for page in pages(given):
            cut = [(end, rows) for end in ends(page) for rows in page.kept if rows[0] <= end < rows[1]]
            assert cut == []


def test_the_matrix_of_five_seeds_ends_its_page_after_the_first_seeds_counts(five: Book) -> None:
    confusion = pages(FIVE)[4]
    (end,) = ends(confusion)
    assert confusion.cells[end + 1, 1].value == "seed 2"
    assert f'<brk id="{end}"' in five.text(five.sheets["Confusion matrix"])


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.skipif(ENGINES["libreoffice"].version() is None, reason="libreoffice is not installed")
def test_every_seeds_counts_are_whole_on_a_printed_page(five: Book, tmp_path: Path) -> None:
    printed = printed_pages(five.write(tmp_path / "five.xlsx"))
    assert len(printed) == 7
    for page in printed:
        for head in re.finditer(r"^ *seed \d( +\d){10}\n", page, re.MULTILINE):
            rows = [line.split()[0] for line in page[head.end() :].split("\n") if line.strip()][:CLASSES]
            assert rows == [str(digit) for digit in range(CLASSES)]


def printed_pages(path: Path) -> list[str]:
    """The text of each page as LibreOffice prints it."""
    profile = f"-env:UserInstallation=file://{path.parent / 'profile'}"
    convert = ("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent), str(path))
    subprocess.run(convert, check=True, capture_output=True, timeout=120)
    told = subprocess.run(("pdftotext", "-layout", path.with_suffix(".pdf"), "-"), check=True, capture_output=True)
    return told.stdout.decode().rstrip("\f").split("\f")


def test_one_epoch_makes_no_curves_and_several_do() -> None:
    charts = {page.name: [chart.title for chart in page.charts] for page in pages(FLAWLESS)}
    assert charts["Training"] == charts["Summary"] == []
    assert pages(FLAWLESS)[3].cells[7, 8].value == "One epoch makes no curves."
    assert len(pages(HELD_OUT)[3].charts) == 4


def test_the_legend_has_a_line_for_all_seeds_and_one_for_each_of_the_rest(five: Book) -> None:
    chart = pages(FIVE)[3].charts[0]
    names = [five.said(five.cells("Training")[name.split("!")[1].replace("$", "")]) for name, *_ in chart.series]
    assert names == ["Each seed", *(f"seed {n}" for n in range(2, 6)), "lowest", "highest", "mean"]
    hidden = re.findall(r'<c:legendEntry><c:idx val="(\d)"/><c:delete val="1"/>', five.text("xl/charts/chart5.xml"))
    assert hidden == ["1", "2", "3", "4"]


def test_yellow_cells_are_constants_that_say_what_may_be_typed(given: Result) -> None:
    for page in pages(given):
        yellow = {place for place, cell in page.cells.items() if "yours" in cell.style.split(",")}
        assert yellow == {choice.place for choice in page.choices}
        assert yellow & {*formulas(page)} == set()


def test_every_text_stands_out_from_what_it_is_written_on(given: Result) -> None:
    made = pages(given)
    worn = [style(cell.style) for page in made for cell in page.cells.values()]
    grounds = {(one["font_color"], one.get("bg_color", WHITE)) for one in worn}
    grounds |= {(INK, colour) for page in made for heat in page.heats for colour in heat.colours}
    assert {pair for pair in grounds if contrast(*pair) < TEXT} == set()


# The file


@pytest.mark.slow
def test_the_schema_check_finds_nothing(report: Path, errors_of: Callable[[Path], list[str]]) -> None:  # noqa: F811
    assert errors_of(report) == []


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    write_report(FIVE, tmp_path / "a.xlsx")
    write_report(FIVE, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="cannot write in this folder"):
        write_report(ONE, tmp_path / "none" / "a.xlsx")
