"""README and docs say what is so: commands run, outputs are real, options, files and modules are those there are."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import COMMAND, Book
from fake_mnist import fake
from handmade.layouts import LAYOUTS
from handmade.write import book, write

from xlbackprop.judge.findings import Kind

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xlbackprop"
README = (ROOT / "README.md").read_text(encoding="utf-8")
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
WORKBOOK = "workbooks/Backpropagation.xlsx"  # as the README calls it
OURS, TRAINING = "xlbackprop ", "xlbackprop train-cnn"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".") or "xlbackprop": path
    for path in PACKAGE.rglob("*.py")
}


def fenced(language: str) -> list[str]:
    """The blocks of the README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command says, as wide as a terminal of 80 columns."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )


def table(heading: str) -> list[list[str]]:
    """The cells of the table of options under a heading of the README, without its head."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.search(r"^\| option \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.MULTILINE)
    assert rows, f"no table under {heading}"
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[1].splitlines()]


def first_line(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, also behind a function; not for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    for node in typing:
        node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "xlbackprop":
            base = (node.module or "").partition(".")[2]
            for alias in node.names:
                below = f"{base}.{alias.name}".lstrip(".")
                found.add(below if below in MODULES else base or "xlbackprop")
    return found


def shape(told: object) -> object:
    """JSON without its numbers: keys, texts and what is null."""
    match told:
        case dict():
            return {key: shape(value) for key, value in told.items()}
        case list():
            return [shape(value) for value in told]
        case bool() | None | str():
            return told
    return "a number"


@pytest.fixture(scope="module")
def overtyped(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default workbook after the README's slip: i1 where i2 belongs."""
    folder = tmp_path_factory.mktemp("overtyped")
    (folder / WORKBOOK).parent.mkdir()
    Book.read(untouched).typed({("LR 1", "K40"): "=(G40*C40)+(H40*C40)"}).write(folder / WORKBOOK)
    return folder


@pytest.mark.slow
def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    lines = [line for block in fenced("sh") for line in block.splitlines() if line.startswith(OURS)]
    lines = [line for line in lines if not line.startswith(TRAINING) and "--torch" not in line]
    assert len(lines) >= 5
    (tmp_path / "xor.csv").write_text(fenced("csv")[0], encoding="utf-8")
    results = {line: run(tmp_path, *shlex.split(line)[1:]) for line in lines}
    assert not {line: done.stdout + done.stderr for line, done in results.items() if done.returncode}


@pytest.mark.slow
def test_module_of_the_readme_becomes_a_workbook_that_is_right(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (line,) = [line for block in fenced("sh") for line in block.splitlines() if "--torch" in line]
    (tmp_path / "nets.py").write_text(fenced("python")[0], encoding="utf-8")
    (tmp_path / "xor.csv").write_text(fenced("csv")[0], encoding="utf-8")
    *_, name = words = shlex.split(line)
    for arguments in (words[1:], ("verify", name)):
        done = run(tmp_path, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_every_training_of_the_readme_runs(tmp_path: Path) -> None:
    for package in ("torch", "safetensors"):
        pytest.importorskip(package)
    digits = fake(tmp_path)
    lines = [line for block in fenced("sh") for line in block.splitlines() if line.startswith(TRAINING)]
    assert lines
    for line in lines:
        done = digits.run(*shlex.split(line)[2:], folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "workbooks" / "CNN_Report.xlsx").exists()
    assert shape(json.loads(done.stdout)) == shape(json.loads(fenced("json")[2]))


def test_every_other_command_of_the_readme_is_known() -> None:
    assert {line for block in fenced("sh") for line in block.splitlines() if not line.startswith(OURS)} == {
        "pip install .",
        "pip install '.[cnn]'",
    }
    targets = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^    |`)make (\w+)", README, re.MULTILINE)) <= targets


@pytest.mark.parametrize("command", ["build", "verify", "grade", "exercise", "train-cnn"])
def test_options_are_those_of_help(command: str, tmp_path: Path) -> None:
    told = run(tmp_path, command, "--help").stdout
    there = set(re.findall(r"^  (?:-\w, )?(-{1,2}[\w-]+)", told, re.MULTILINE)) - {"--help"}
    written = [re.findall(r"`(-{1,2}[\w-]+)", row[0])[0] for row in table(f"xlbackprop {command}")]
    assert sorted(written) == sorted(there)


def test_defaults_are_those_of_help(tmp_path: Path) -> None:
    for command in ("build", "verify", "grade", "exercise", "train-cnn"):
        told = " ".join(run(tmp_path, command, "--help").stdout.split())
        defaults = [row[1].strip("`") for row in table(f"xlbackprop {command}") if row[1]]
        assert re.findall(r"\[default: (.*?)\]", told) == defaults


def test_json_of_build_is_what_the_readme_shows(tmp_path: Path) -> None:
    command = next(
        line for block in fenced("sh") for line in block.splitlines() if "build" in line and "--json" in line
    )
    assert json.loads(fenced("json")[0]) == json.loads(run(tmp_path, *shlex.split(command)[1:]).stdout)


def test_verdict_on_a_wrong_cell_is_what_the_readme_shows(overtyped: Path) -> None:
    done = run(overtyped, "verify", WORKBOOK)
    assert [line.rstrip() for line in done.stdout.splitlines()] == fenced("text")[0].splitlines()
    assert done.returncode == 1


@pytest.fixture(scope="module")
def copied_mistake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workbook made by hand, in which ∂E/∂w3 and ∂E/∂w4 have the slope of h1, as so many have."""
    (layout,) = [one for one in LAYOUTS if one.name == "from the second row"]
    made = book(layout)
    (table,) = made.tables
    for name in ("dE/dw3", "dE/dw4"):
        slip = str(table.formulas[name]).replace("[a_h2]*(1-[a_h2])", "[a_h1]*(1-[a_h1])")
        assert slip != table.formulas[name]
        table = table.with_formula(name, slip)
    folder = tmp_path_factory.mktemp("copied")
    write(replace(made, tables=(table,)), folder / "Class.xlsx")
    return folder


def test_verdict_on_a_hand_made_workbook_is_what_the_readme_shows(copied_mistake: Path) -> None:
    done = run(copied_mistake, "verify", "Class.xlsx")
    assert done.stdout.splitlines() == fenced("text")[1].splitlines()
    assert done.returncode == 1


def test_readme_names_every_kind_of_mistake() -> None:
    text = " ".join(README.split())
    assert not [kind for kind in Kind if f"`{kind}`" not in text]


def test_json_of_verify_is_what_the_readme_shows(overtyped: Path) -> None:
    (shown,), (there,) = json.loads(fenced("json")[1]), json.loads(run(overtyped, "verify", WORKBOOK, "--json").stdout)
    there["sheets"] = [one for one in there["sheets"] if one["findings"]]
    for one in (shown, there):  # rounded in the README
        one["engines"] = [{key: float(f"{value:.3g}") if "max" in key else value for key, value in engine.items()}
                          for engine in one["engines"]]  # fmt: skip
    assert shown == there


def test_number_of_formulas_is_what_the_readme_says(untouched: Path, tmp_path: Path) -> None:
    (there,) = json.loads(run(tmp_path, "verify", str(untouched), "--json").stdout)
    assert f"In the default workbook, {there['engines'][0]['cells']:,} formulas" in README


def test_kinds_of_differences_are_those_that_verify_finds() -> None:
    source = "".join(
        (PACKAGE / "proof" / f"{name}.py").read_text(encoding="utf-8") for name in ("compare", "evidence", "verify")
    )
    text = README.split("\n| kind | what it means |\n|---|---|\n")[1].split("\n\n")[0]
    kinds = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert len(kinds) == 8
    assert not [kind for kind in kinds if f'"{kind}"' not in source]


def test_limits_are_those_of_the_code() -> None:
    from xlbackprop.pages.limits import MAX_CELLS, MAX_RATES

    assert f"at most {MAX_RATES} " in README
    assert f"{MAX_CELLS // 1_000_000} million cells" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_file_linked_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).is_file()]
    assert not gone


def test_readme_shows_every_picture_there_is() -> None:
    pictures = [*ROOT.glob("docs/pictures/*.png"), *ROOT.glob("workbooks/*.png")]
    assert len(pictures) > 4
    assert not [path for path in pictures if f"({path.relative_to(ROOT).as_posix()})" not in README]


def test_tables_of_templates_are_those_of_the_code() -> None:
    subprocess.run([sys.executable, str(ROOT / "docs" / "tables.py"), "--check"], check=True)


def test_design_names_every_module_with_its_first_line() -> None:
    rows = re.findall(r"^\| \d+ (\| `[^`]+` \| .* \|)$", DESIGN, re.MULTILINE)
    there = [f"| `{name}` | {first_line(path)} |" for name, path in MODULES.items()]
    assert [row for row in there if row not in rows] == [], "modules that docs/design.md does not have, or not so"
    assert [row for row in rows if row not in there] == [], "modules that there are not, or not so"
    assert len(rows) == len(there)


def test_modules_import_only_from_floors_below() -> None:
    floors = {name: int(floor) for floor, name in re.findall(r"^\| (\d+) \| `([^`]+)` \|", DESIGN, re.MULTILINE)}
    up = [
        f"{name} (floor {floors.get(name)}) imports {below} (floor {floors.get(below)})"
        for name, path in MODULES.items()
        for below in imported(path) - {name}
        if not floors.get(below, 99) < floors.get(name, 0)
    ]
    assert not up


def test_design_names_constants_as_they_are() -> None:
    from xlbackprop.pages.sheets import check
    from xlbackprop.proof import compare

    rows = dict(re.findall(r"^\| `([A-Z]+)`(?:, `FLOOR`)? \| `[\w.]+` \| ([\d.e-]+)", DESIGN, re.MULTILINE))
    there = {name: getattr(compare, name) for name in ("RELATIVE", "GRADIENT", "ROUNDING")}
    assert {name: float(value) for name, value in rows.items()} == there | {"TOLERANCE": check.TOLERANCE}


def test_python_of_the_readme_is_that_of_the_package() -> None:
    found = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found
    assert f"Python {found[1]} or newer" in README
    assert sys.version_info >= tuple(map(int, found[1].split(".")))
