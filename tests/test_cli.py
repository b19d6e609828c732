"""The command line: what it prints, and that each bad call gets one line, exit 2, and changes nothing."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from conftest import COMMAND, RATES, STEPS, Book, apart, one_error_line, steps_until, textbook

from xlbackprop.build import check_rates
from xlbackprop.cli import main
from xlbackprop.errors import BadOption
from xlbackprop.proof.verify import verify

THRESHOLD = 0.001
CLASSIC = """
title = "A network"
inputs = [0.05, 0.1]
targets = [0.5, 0.5]
loss = "half squared error"
[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.2], [0.25, 0.3]]
[[layers]]
activation = "sigmoid"
weights = [[0.4, 0.45], [0.5, 0.55]]
[training]
learning_rates = [0.5, 1]
steps = 4
threshold = 0.001
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def strict_json(text: str) -> Any:
    """JSON without NaN and Infinity, which only Python reads."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("arguments", [(), ("build",), ("verify",)])
def test_help_explains_each_command_in_sentences_and_with_an_example(arguments: tuple[str, ...]) -> None:
    result = call(*arguments, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "." in result.stdout
    assert not arguments or "Example: xlbackprop" in result.stdout


def test_help_names_every_option_of_build() -> None:
    text = call("build", "--help").stdout
    missing = {"--lrs", "--steps", "--template", "-o", "--images", "--force", "--json"} - set(
        text.replace(",", " ").split()
    )
    assert not missing


def test_help_names_every_option_of_verify() -> None:
    text = call("verify", "--help").stdout
    missing = [
        word for word in ("--engine", "--json", "ironcalc", "libreoffice", "gnumeric", "all") if word not in text
    ]
    assert not missing


def test_the_version_is_told() -> None:
    assert call("--version").exit_code == 0


def table(stdout: str) -> dict[str, list[str]]:
    """The lines of the printed table that begin with a number, by that number."""
    lines = (line.split(maxsplit=3) for line in stdout.splitlines())
    return {line[0]: line[1:] for line in lines if len(line) == 4 and line[0].replace(".", "").isdigit()}


def test_build_prints_a_table_of_what_each_rate_reaches_and_where_the_file_is(here: Path) -> None:
    result = call("build", "-o", "a.xlsx")
    assert (result.exit_code, result.stderr) == (0, "")
    found = table(result.stdout)
    assert list(found) == [f"{rate:g}" for rate in RATES]
    for rate in RATES:
        rows = textbook(rate, STEPS)
        first, last, until = found[f"{rate:g}"]
        assert float(first) == pytest.approx(rows[0]["E_total"], rel=1e-3)
        assert float(last) == pytest.approx(rows[-1]["E_total"], rel=1e-2)
        assert until == str(steps_until(rows, THRESHOLD) or f"> {STEPS}")
    assert "Wrote a.xlsx" in result.stdout
    assert "0.001" in result.stdout, "the threshold stands in the heading"


def test_where_the_file_is_stands_on_one_line_however_long(here: Path) -> None:
    folder = here / ("a rather long name of a folder" * 6)
    folder.mkdir()
    out = folder / "a.xlsx"
    assert str(out) in call("build", "--steps", "2", "-o", out).stdout


def test_build_writes_where_the_readme_says_when_not_told_where(here: Path) -> None:
    assert call("build", "--steps", "2").exit_code == 0
    assert list(snapshot(here)) == ["workbooks", "workbooks/Backpropagation.xlsx"]


def test_json_of_build_is_all_that_is_on_stdout_and_has_the_table_s_numbers(here: Path) -> None:
    result = call("build", "--json", "--lrs", "0.5,2", "--steps", "30", "-o", "a.xlsx")
    assert (result.exit_code, result.stderr) == (0, "")
    told = strict_json(result.stdout)
    assert list(told) == ["file", "template", "steps", "threshold", "series", "images"]
    assert told["file"] == "a.xlsx"
    assert (told["template"], told["steps"], told["threshold"], told["images"]) == ("classic", 30, THRESHOLD, [])
    assert [list(one) for one in told["series"]] == [["learning_rate", "first_loss", "last_loss", "steps_until"]] * 2
    for rate, one in zip((0.5, 2.0), told["series"], strict=True):
        rows = textbook(rate, 30)
        expected = {"learning_rate": rate, "first_loss": rows[0]["E_total"], "last_loss": rows[-1]["E_total"]}
        assert not apart(one, expected)
        assert one["steps_until"] == steps_until(rows, THRESHOLD)


@pytest.mark.slow
def test_json_of_build_names_the_pictures(here: Path) -> None:
    result = call("build", "--json", "--lrs", "0.5,2", "--steps", "3", "-o", "a.xlsx", "--images", "deep/pictures")
    assert result.exit_code == 0
    told = strict_json(result.stdout)["images"]
    names = ["LR_0.5.png", "LR_2.png", "Loss_comparison.png", "Network.png"]
    assert told == [str(Path("deep", "pictures", name)) for name in names]
    assert all(Path(path).is_file() for path in told)


def test_build_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import atexit, sys; from xlbackprop.cli import main\n"
        "heavy = {'torch', 'openpyxl', 'matplotlib', 'ironcalc'}\n"
        "atexit.register(lambda: print(sorted(heavy & sys.modules.keys()), file=sys.stderr))\n"
        f"main(['build', '--steps', '2', '-o', {str(tmp_path / 'a.xlsx')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


BAD_RATES = {
    "": "missing",
    " ": "missing",
    "abc": "'abc' is not a number",
    "0.1;0.2": "is not a number",
    "0,1;0,2": "is not a number",
    "½": "is not a number",
    "nan": "nan",
    "0.1,nan": "nan",
    "inf": "inf",
    "-inf": "inf",
    "1e400": "inf",
    "-1": "-1 is not a positive",
    "0": "0 is not a positive",
    "-0": "0 is not a positive",
    "1e-400": "0 is not a positive",
    "0.1,,0.2": "missing",
    "0.1,": "missing",
    ",": "missing",
    "0.5,0.50": "0.5 stands there twice",
    "1,2,1.0": "1 stands there twice",
    "1,1.0000000000000000001": "1 stands there twice",
    "0.3,0.30000000000000004": "0.3 stands there twice",
    ",".join(map(str, range(1, 122))): "120",
    ",".join(map(str, range(1, 5001))): "120",
}


def refused(folder: Path, *arguments: str | Path) -> str:
    """The one line that a call gets which changes nothing."""
    before = snapshot(folder)
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    line = one_error_line(result.stderr)
    assert snapshot(folder) == before
    return line


@pytest.mark.parametrize(("rates", "said"), BAD_RATES.items(), ids=lambda text: text[:20])
def test_learning_rates_that_cannot_be_are_refused(here: Path, rates: str, said: str) -> None:
    line = refused(here, "build", "--lrs", rates)
    assert "--lrs" in line
    assert said in line
    assert len(line) < 250, "a line, not a page"


def test_learning_rates_that_cannot_be_are_refused_from_python_too() -> None:
    same = 0.5
    with pytest.raises(BadOption, match="twice"):
        check_rates([same, same])


BAD_STEPS = {"0": "at least 1", "-1": "at least 1", "1048543": "1,048,542", "1000000000000": "1,048,542"}


@pytest.mark.parametrize(("steps", "said"), BAD_STEPS.items())
def test_numbers_of_steps_that_cannot_be_are_refused(here: Path, steps: str, said: str) -> None:
    line = refused(here, "build", "--steps", steps)
    assert f"--steps: {steps}" in line
    assert said in line


def test_more_cells_than_any_program_opens_are_refused_with_what_would_fit(here: Path) -> None:
    line = refused(here, "build", "--steps", "1000000")
    assert "at most" in line
    assert "--lrs" in line


@pytest.mark.parametrize("arguments", [("--steps", "ten"), ("--steps", "1.5"), ("--stepz", "3"), ("surplus",)])
def test_calls_that_make_no_sense_are_refused(here: Path, arguments: tuple[str, ...]) -> None:
    result = call("build", *arguments)
    assert result.exit_code == 2
    assert sum(line.startswith("Error:") for line in result.stderr.splitlines()) == 1
    assert not snapshot(here)


BAD_OUTPUTS = {
    "missing/a.xlsx": "there is no folder missing",
    "missing/deep/a.xlsx": "there is no folder missing/deep",
    ".": "is a folder",
    "folder": "is a folder",
    "folder.xlsx": "is a folder",
    "": "is a folder",
    "a": "a.xlsx",
    "a.xls": "a.xlsx",
    "a.xlsm": "a.xlsx",
    "a.txt": "a.xlsx",
    "text.xlsx/a.xlsx": "there is no folder text.xlsx",
    "text.xlsx": "--force",
    f"{'n' * 300}.xlsx": "choose another",
}


@pytest.mark.parametrize(("out", "said"), BAD_OUTPUTS.items(), ids=lambda text: text[:20])
def test_places_where_nothing_can_be_written_are_refused(here: Path, out: str, said: str) -> None:
    (here / "folder").mkdir()
    (here / "folder.xlsx").mkdir()
    (here / "text.xlsx").write_text("mine")
    line = refused(here, "build", "--steps", "2", "-o", out)
    assert said in line
    assert "-o" in line or "--force" in line, "what to do"


READ_ONLY = [folder for folder in ("/sys", "/proc/self") if Path(folder).is_dir()]  # even for root


@pytest.mark.parametrize("folder", READ_ONLY)
def test_a_read_only_folder_is_refused(here: Path, folder: str) -> None:
    line = refused(here, "build", "--steps", "2", "-o", f"{folder}/a.xlsx")
    assert folder in line
    assert "-o" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_to_write_is_refused(here: Path) -> None:
    (here / "locked").mkdir(mode=0o555)
    assert "-o" in refused(here, "build", "--steps", "2", "-o", "locked/a.xlsx")


def test_a_file_where_the_default_folder_would_be_is_refused(here: Path) -> None:
    (here / "workbooks").write_text("mine")
    assert "workbooks" in refused(here, "build", "--steps", "2")


@pytest.mark.parametrize("folder", READ_ONLY)
def test_being_in_a_read_only_folder_is_told(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = call("build", "--steps", "2")
    assert result.exit_code == 2
    assert "-o" in one_error_line(result.stderr)


def test_over_a_workbook_that_someone_edited_building_refuses(here: Path) -> None:
    assert call("build", "--steps", "2", "-o", "a.xlsx").exit_code == 0
    assert call("build", "--steps", "3", "-o", "a.xlsx").exit_code == 0
    openpyxl.load_workbook("a.xlsx").save("a.xlsx")
    line = refused(here, "build", "--steps", "2", "-o", "a.xlsx")
    assert "a.xlsx" in line
    assert "--force" in line
    assert "-o" in line
    assert call("build", "--steps", "2", "-o", "a.xlsx", "--force").exit_code == 0


@pytest.mark.parametrize("bad", [("--steps", "0"), ("--lrs", "nan"), ("-o", "missing/a.xlsx")], ids=" ".join)
def test_a_bad_call_makes_no_folder_for_pictures_either(here: Path, bad: tuple[str, str]) -> None:
    refused(here, "build", *bad, "--images", "pictures")


def test_pictures_where_a_file_stands_are_refused_before_anything_is_written(here: Path) -> None:
    (here / "pictures").write_text("mine")
    for folder in ("pictures", "pictures/deeper"):
        line = refused(here, "build", "--steps", "2", "-o", "a.xlsx", "--images", folder)
        assert "--images" in line
        assert folder in line


@pytest.mark.slow
@pytest.mark.parametrize("folder", READ_ONLY)
def test_pictures_in_a_read_only_folder_are_refused_before_anything_is_written(here: Path, folder: str) -> None:
    assert "--images" in refused(here, "build", "--steps", "2", "-o", "a.xlsx", "--images", folder)


def with_line(old: str, new: str) -> str:
    assert CLASSIC.count(old) >= 1
    return CLASSIC.replace(old, new, 1)


BAD_TEMPLATES = {
    "not TOML": ("title = ", "not TOML"),
    "a key unknown": ("colour = 1\n" + CLASSIC, "colour"),
    "a key misspelt": (with_line("inputs", "input"), "input"),
    "inputs missing": (with_line("inputs = [0.05, 0.1]", ""), "inputs"),
    "inputs not numbers": (with_line("[0.05, 0.1]", '["a", "b"]'), "inputs"),
    "inputs not finite": (with_line("[0.05, 0.1]", "[nan, 0.1]"), "inputs"),
    "inputs no list": (with_line("[0.05, 0.1]", "0.05"), "inputs"),
    "inputs true": (with_line("[0.05, 0.1]", "[true, 0.1]"), "inputs"),
    "targets missing": (with_line("targets = [0.5, 0.5]", ""), "targets"),
    "one target": (with_line("[0.5, 0.5]", "[0.5]"), "targets"),
    "an infinite target": (with_line("[0.5, 0.5]", "[0.5, inf]"), "targets"),
    "a loss unknown": (with_line('"half squared error"', '"hinge"'), "loss"),
    "loss missing": (with_line('loss = "half squared error"', ""), "loss"),
    "loss a list": (with_line('"half squared error"', '["half squared error"]'), "loss"),
    "an activation unknown": (with_line('"sigmoid"', '"sigmoyd"'), "layers[1].activation"),
    "activation missing": (with_line('activation = "sigmoid"', ""), "layers[1].activation"),
    "activation a table": (with_line('"sigmoid"', "{a = 1}"), "layers[1].activation"),
    "weights missing": (with_line("weights = [[0.15, 0.2], [0.25, 0.3]]", ""), "layers[1].weights"),
    "weights ragged": (with_line("[0.25, 0.3]", "[0.25]"), "layers[1].weights"),
    "weights not numbers": (with_line("[0.25, 0.3]", '["=1+1", 0.3]'), "layers[1].weights"),
    "weights too wide": (
        with_line("[[0.4, 0.45], [0.5, 0.55]]", "[[0.4, 0.45, 1], [0.5, 0.55, 1]]"),
        "layers[2].weights",
    ),
    "weights drawn for no units": (
        with_line("weights = [[0.15, 0.2], [0.25, 0.3]]", 'weights = "he normal"'),
        "layers[1].units",
    ),
    "an initialiser unknown": (
        with_line("weights = [[0.15, 0.2], [0.25, 0.3]]", 'units = 2\nweights = "he norml"'),
        "layers[1].weights",
    ),
    "an optimizer unknown": (with_line("steps = 4", 'steps = 4\noptimizer = "adman"'), "training.optimizer"),
    "no layers": (CLASSIC.partition("[[layers]]")[0], "layers"),
    "layers no tables": (CLASSIC.partition("[[layers]]")[0] + "layers = 2", "layers"),
    "a layer's key unknown": (with_line("weights = [[0.15", "bias = 1\nweights = [[0.15"), "layers[1].bias"),
    "training a number": (
        CLASSIC.replace("[training]", "[trainings]").replace("title", "training = 1\ntitle", 1),
        "training",
    ),
    "rates missing": (with_line("learning_rates = [0.5, 1]", ""), "training.learning_rates"),
    "rates empty": (with_line("[0.5, 1]", "[]"), "training.learning_rates"),
    "a rate negative": (with_line("[0.5, 1]", "[0.5, -1]"), "learning_rates"),
    "a rate zero": (with_line("[0.5, 1]", "[0.5, 0]"), "learning_rates"),
    "a rate twice": (with_line("[0.5, 1]", "[0.5, 0.50]"), "learning_rates"),
    "a rate infinite": (with_line("[0.5, 1]", "[0.5, inf]"), "learning_rates"),
    "a rate a text": (with_line("[0.5, 1]", '[0.5, "1"]'), "learning_rates"),
    "no steps": (with_line("steps = 4", "steps = 0"), "steps"),
    "half a step": (with_line("steps = 4", "steps = 4.5"), "training.steps"),
    "steps true": (with_line("steps = 4", "steps = true"), "training.steps"),
    "too many steps": (with_line("steps = 4", "steps = 2000000"), "steps"),
    "threshold a text": (with_line("threshold = 0.001", 'threshold = "low"'), "training.threshold"),
    "threshold negative": (with_line("threshold = 0.001", "threshold = -1"), "training.threshold"),
    "threshold zero": (with_line("threshold = 0.001", "threshold = 0"), "training.threshold"),
    "threshold nan": (with_line("threshold = 0.001", "threshold = nan"), "training.threshold"),
    "a number too large for a float": (with_line("[0.05, 0.1]", f"[{'9' * 400}, 0.1]"), "inputs"),
    "title a number": (with_line('"A network"', "1"), "title"),
    "title too long": (with_line('"A network"', f'"{"n" * 201}"'), "title"),
}


@pytest.mark.parametrize(("text", "key"), BAD_TEMPLATES.values(), ids=BAD_TEMPLATES)
def test_a_template_that_cannot_be_is_refused_with_its_file_and_key(here: Path, text: str, key: str) -> None:
    (here / "mine.toml").write_text(text)
    line = refused(here, "build", "-o", "a.xlsx", "--template", "mine.toml")
    assert "mine.toml" in line, "which file"
    assert key in line


@pytest.mark.parametrize("name", ["none.toml", "clasic", ".", "binary.toml", "utf16.toml", "/dev/null", ""])
def test_a_template_that_is_none_is_refused(here: Path, name: str) -> None:
    (here / "binary.toml").write_bytes(bytes(range(256)))
    (here / "utf16.toml").write_text(CLASSIC, encoding="utf-16")
    refused(here, "build", "-o", "a.xlsx", "--template", name)


def test_a_template_that_is_missing_is_told_what_there_is(here: Path) -> None:
    assert "classic" in refused(here, "build", "--template", "none")


TITLES = (
    *(
        "=1+1",
        '=HYPERLINK("http://example.org")',
        "+1",
        "-1",
        "@SUM(1)",
        "{=1}",
        "http://example.org",
        "internal:Step!A1",
    ),
    *("<b>&amp;'\"", "_x0041_", "[bold]rich[/bold]", "∂E/∂w 🙂", ""),
)


@pytest.mark.parametrize("title", TITLES, ids=ascii)
def test_a_title_stays_a_text_whatever_it_says(here: Path, title: str) -> None:
    books = []
    for name, text in ("plain", "A network"), ("odd", title):
        template = with_line('"A network"', json.dumps(text, ensure_ascii=False))
        (here / f"{name}.toml").write_text(template, encoding="utf-8")
        result = call("build", "-o", f"{name}.xlsx", "--template", f"{name}.toml")
        assert (result.exit_code, result.stderr) == (0, "")
        books.append(Book.read(here / f"{name}.xlsx"))
    plain, odd = ([cell.formula for sheet in book.sheets for cell in book.cells(sheet).values()] for book in books)
    assert odd == plain
    if title.isprintable():
        shown = [cell.value for row in openpyxl.load_workbook("odd.xlsx")["Start"] for cell in row]
        assert any(title in text for text in shown if isinstance(text, str))
    assert verify(here / "odd.xlsx").ok


def test_a_title_is_printed_as_it_is(here: Path) -> None:
    (here / "mine.toml").write_text(with_line('"A network"', '"[bold]rich[/bold]"'))
    assert "[bold]rich[/bold]" in call("build", "-o", "a.xlsx", "--template", "mine.toml").stdout


def test_a_template_may_be_a_file_or_a_name(here: Path) -> None:
    (here / "mine.toml").write_text(CLASSIC)
    told = strict_json(call("build", "-o", "a.xlsx", "--template", "mine.toml", "--json").stdout)
    assert (told["template"], told["steps"]) == ("mine", 4)
    assert [one["learning_rate"] for one in told["series"]] == [0.5, 1]


def test_one_step_is_enough(here: Path) -> None:
    told = strict_json(call("build", "--steps", "1", "--json", "-o", "a.xlsx").stdout)
    assert all(one["first_loss"] == one["last_loss"] for one in told["series"])
    assert verify(here / "a.xlsx").ok


LONG = [f"{1 + 0.07 * n:.2f}456789012345e-05" for n in range(120)]


@pytest.mark.slow
@pytest.mark.parametrize("rates", [[str(n) for n in range(1, 121)], LONG], ids=["short names", "the longest names"])
def test_a_hundred_and_twenty_rates_fit(here: Path, rates: list[str]) -> None:
    result = call("build", "--lrs", ",".join(rates), "--steps", "3", "--json", "-o", "a.xlsx")
    assert result.exit_code == 0, result.output
    assert len(strict_json(result.stdout)["series"]) == 120
    book = Book.read(here / "a.xlsx")
    assert len(book.sheets) == 120 + 3
    assert max(map(len, book.sheets)) <= 31
    longest = max(
        len(cell.formula or "") for sheet in ("Start", "Step", "Gradient check") for cell in book.cells(sheet).values()
    )
    assert longest <= 8192
    assert verify(here / "a.xlsx").ok


@pytest.mark.parametrize("rate", ["1e-5", "1e3", "1e6", "1e20", "1e100", "1e300", "1e-300"])
def test_tiny_and_huge_rates_either_work_or_are_refused(here: Path, rate: str) -> None:
    arguments = ("build", "--lrs", f"{rate},0.5", "--steps", "20", "-o", "a.xlsx")
    result = call(*arguments, "--json")
    if result.exit_code == 2 and not 1e-6 < float(rate) < 1e9:
        assert "--lrs" in one_error_line(result.stderr)
        return
    assert (result.exit_code, result.stderr) == (0, "")
    told = strict_json(result.stdout)["series"][0]
    expected = textbook(float(rate), 20)[-1]["E_total"]
    assert told["learning_rate"] == float(rate)
    assert told["last_loss"] == (None if math.isnan(expected) else pytest.approx(expected, rel=1e-9))
    assert not verify(here / "a.xlsx").differences[:5]
    assert call(*arguments).exit_code == 0, "the table can print it, too"


def test_values_that_overflow_are_errors_in_the_sheet_and_null_in_json(here: Path) -> None:
    (here / "mine.toml").write_text(with_line("[0.15, 0.2]", "[1e308, -1e308]").replace("[0.05, 0.1]", "[1e10, 1e10]"))
    result = call("build", "-o", "a.xlsx", "--template", "mine.toml", "--json")
    assert result.exit_code in (0, 2), result.output
    if result.exit_code == 0:
        assert strict_json(result.stdout)["series"][0]["last_loss"] is None
        assert verify(here / "a.xlsx").ok
    else:
        assert "mine.toml" in one_error_line(result.stderr)


@pytest.mark.slow
def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "build", "--lrs", "", "-o", str(tmp_path / "a.xlsx")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "--lrs" in one_error_line(done.stderr)
    assert not list(tmp_path.iterdir())
