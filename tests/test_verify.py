"""Verify: right stays right, wrong is named, and what cannot be judged is said in one line."""

import dataclasses
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner, Result
from conftest import AT, CLOSE, COMMAND, FIRST_ROW, RATES, STEPS, Book, Place, one_error_line

from xlbackprop.build import build
from xlbackprop.cli import main
from xlbackprop.maths import rules
from xlbackprop.maths.expr import Num
from xlbackprop.pages.book import plan_for
from xlbackprop.pages.layout import a1
from xlbackprop.proof.verify import as_json, verify
from xlbackprop.reading.package import without_saved_values
from xlbackprop.template.template import load

PROGRAMS = {"ironcalc": None, "libreoffice": "soffice", "gnumeric": "ssconvert"}
ENGINES = [pytest.param(name, marks=[pytest.mark.slow] if program else []) for name, program in PROGRAMS.items()]
MEGABYTES = 600  # a bomb may cost; an ordinary verify takes some 200
SECONDS = 20


def needs(engine: str) -> None:
    program = PROGRAMS[engine]
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not on the PATH")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)], catch_exceptions=False)


def differences(path: Path, engine: str = "ironcalc") -> dict[Place, dict[str, str]]:
    """What verify finds wrong, by sheet and cell."""
    verdict = verify(path, engine)
    assert verdict.error is None, verdict.error
    told: Any = as_json(verdict)["differences"]
    return {(one["sheet"], one["cell"]): one for one in told}


@pytest.fixture
def changed(book: Book, tmp_path: Path) -> Callable[..., Path]:
    """A function that types into cells of the default workbook, recalculates nothing, and gives the file."""
    return lambda typed: book.typed(typed).write(tmp_path / "changed.xlsx")


# What is right


@pytest.mark.parametrize("engine", ENGINES)
def test_an_untouched_build_is_right(untouched: Path, book: Book, engine: str) -> None:
    needs(engine)
    told: Any = as_json(verify(untouched, engine))
    formulas = sum(cell.formula is not None for sheet in book.sheets for cell in book.cells(sheet).values())
    assert (told["ok"], told["differences"]) == (True, [])
    assert [(one["engine"], one["cells"]) for one in told["engines"]] == [(engine, formulas)]
    assert told["engines"][0]["max_rel"] <= CLOSE


@pytest.mark.slow
def test_all_engines_together_find_it_right(untouched: Path) -> None:
    there = [name for name, program in PROGRAMS.items() if program is None or shutil.which(program)]
    told: Any = as_json(verify(untouched, "all"))
    assert [one["engine"] for one in told["engines"]] == there
    assert told["ok"]


@pytest.mark.parametrize(("rates", "steps"), [((0.5,), 1), ((3.0, 0.7), 7)])
def test_a_build_of_another_size_is_right(tmp_path: Path, rates: tuple[float, ...], steps: int) -> None:
    build(load("classic"), rates, steps, tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx")


def test_a_saved_value_that_repeats_a_yellow_cell_and_is_wrong_alone_is_not_taken_for_a_change_of_that_cell(
    book: Book, tmp_path: Path
) -> None:
    network = load("classic")
    repeats = plan_for(network, network.learning_rates, network.steps).yours
    unnamed: list[str] = []
    for yours in repeats[:3] + repeats[-4:]:
        place = yours.echo_sheet, a1(*yours.echo)
        wrong = dataclasses.replace(book.cells(place[0])[place[1]], saved="0.4375")
        found = list(differences(book.with_cells({place: wrong}).write(tmp_path / "a.xlsx")))
        unnamed += [] if found == [place] else [f"{yours.label}: {place}; named {found}"]
    assert not unnamed, "\n".join(unnamed)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
def test_the_smallest_build_is_right(tmp_path: Path, engine: str) -> None:
    needs(engine)
    build(load("classic"), (0.5,), 1, tmp_path / "a.xlsx")
    assert not differences(tmp_path / "a.xlsx", engine)


def test_what_openpyxl_saved_without_values_is_right(untouched: Path, tmp_path: Path) -> None:
    openpyxl.load_workbook(untouched).save(tmp_path / "saved.xlsx")
    assert not differences(tmp_path / "saved.xlsx")


@pytest.mark.slow
def test_what_libreoffice_saved_is_right_and_nothing_else_is_printed(
    untouched: Path, tmp_path: Path, libreoffice: Callable[[Path], Path]
) -> None:
    saved = libreoffice(Path(shutil.copy(untouched, tmp_path)))
    done = subprocess.run([*COMMAND, "verify", "--json", str(saved)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["ok"]


@pytest.mark.slow
def test_what_gnumeric_saved_is_right(untouched: Path, tmp_path: Path) -> None:
    needs("gnumeric")
    saved = tmp_path / "saved.xlsx"
    subprocess.run(["ssconvert", "--recalc", str(untouched), str(saved)], check=True, capture_output=True)
    for engine in ("ironcalc", "gnumeric"):
        done = call("--engine", engine, saved)
        assert (done.exit_code, done.stderr) == (0, ""), done.stdout


def with_tabs(book: Book, changes: Mapping[str, str], order: Callable[[list[str]], list[str]], path: Path) -> Path:
    """The workbook as a program saves it after sheets were renamed and their tabs moved."""
    for part in book.parts:
        if part.startswith("xl/") and part.endswith(".xml"):
            text = book.text(part)
            for old, new in changes.items():
                text = text.replace(f"'{old}'!", f"'{new}'!").replace(f'name="{old}"', f'name="{new}"')
            book = book.with_part(part, text)
    sheets = re.findall("<sheet .*?/>", text := book.text("xl/workbook.xml"))
    moved = text.replace("".join(sheets), "".join(order(sheets)))
    return book.with_part("xl/workbook.xml", moved).write(path)


@pytest.mark.parametrize("order", [list, sorted, lambda tabs: tabs[::-1]], ids=["as built", "sorted", "backwards"])
@pytest.mark.parametrize("changes", [{}, {"LR 0.5": "half", "LR 2": "the 2nd"}], ids=["", "renamed"])
def test_sheets_that_were_renamed_or_moved_are_right_and_a_wrong_cell_there_is_named(
    book: Book, tmp_path: Path, changes: dict[str, str], order: Callable[[list[str]], list[str]]
) -> None:
    verdict = verify(with_tabs(book, changes, order, tmp_path / "moved.xlsx"))
    assert verdict.ok, verdict
    assert all(any(repr(name) in note for note in verdict.notes) for name in changes.values())
    wrong = book.typed({("LR 0.5", "W40"): 0.25})
    assert list(differences(with_tabs(wrong, changes, order, tmp_path / "wrong.xlsx"))) == [
        (changes.get("LR 0.5", "LR 0.5"), "W40")
    ]


@pytest.mark.parametrize(
    ("setting", "said"), [('fullPrecision="0"', "Precision as displayed"), ('calcMode="manual"', "calculates by hand")]
)
def test_a_setting_that_makes_programs_show_other_numbers_is_told(
    book: Book, tmp_path: Path, setting: str, said: str
) -> None:
    text = book.text("xl/workbook.xml").replace("<calcPr ", f"<calcPr {setting} ")
    done = call(book.with_part("xl/workbook.xml", text).write(tmp_path / "a.xlsx"))
    assert done.exit_code == 0
    assert said in done.stderr


YELLOW_CHANGES = {
    "another target": {"t1": 0.9},
    "another first weight": {"w3": -2.5},
    "another rate": {"LR 0.8": 3.25},
    "another threshold": {"threshold": 0.01},
    "another pick": {"picked rate": 2.0, "picked step": 17.0},
    "a pick between two steps": {"picked step": 17.5},
    "a stale pick": {"LR 0.5": 0.6},
    "a step too far": {"picked step": 5000.0},
    "a step too low": {"picked step": -3.0},
    "zeros": {"i1": 0.0, "w5": 0.0, "t2": 0.0},
    "large numbers": {"i1": 1000.0, "w1": -1000.0, "t2": 1000.0},
    "everything": {
        "i1": 1.5,
        "i2": -0.5,
        "t1": 0.01,
        "t2": 0.99,
        "w1": 1.0,
        "w8": -1.0,
        "LR 2": 5.0,
        "picked rate": 5.0,
        "picked step": 50.0,
    },
}
IN_LIBREOFFICE = ("zeros", "large numbers", "everything")


def typed_and_bare(book: Book, yellow: dict[str, Place], change: dict[str, float], folder: Path) -> Path:
    """The workbook after the change, without any saved value."""
    typed = book.typed({yellow[name]: value for name, value in change.items()}).write(folder / "typed.xlsx")
    without_saved_values(typed, folder / "bare.xlsx")
    return folder / "bare.xlsx"


@pytest.mark.parametrize("change", YELLOW_CHANGES.values(), ids=YELLOW_CHANGES)
def test_yellow_cells_that_were_changed_are_right_where_no_value_is_saved(
    book: Book, yellow: dict[str, Place], tmp_path: Path, change: dict[str, float]
) -> None:
    assert not differences(typed_and_bare(book, yellow, change, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("change", IN_LIBREOFFICE)
def test_yellow_cells_that_were_changed_and_recalculated_are_right(
    book: Book, yellow: dict[str, Place], tmp_path: Path, libreoffice: Callable[[Path], Path], change: str
) -> None:
    assert not differences(libreoffice(typed_and_bare(book, yellow, YELLOW_CHANGES[change], tmp_path)))


def test_a_formula_in_a_yellow_cell_counts_with_what_it_comes_to(
    changed: Callable[..., Path], yellow: dict[str, Place]
) -> None:
    assert not differences(changed({yellow["t1"]: "=1/2", yellow["w1"]: "=0.1+0.05", yellow["LR 0.5"]: "=1/2"}))


# What is wrong


POISONED = [("ironcalc", at) for at in ("W40", "AG90", "AE134", "A1")]
POISONED += [pytest.param(engine, "W40", marks=pytest.mark.slow) for engine in ("libreoffice", "gnumeric")]


@pytest.mark.parametrize(("engine", "at"), POISONED)
def test_a_poisoned_saved_value_is_named(book: Book, tmp_path: Path, engine: str, at: str) -> None:
    needs(engine)
    cell = book.cells("LR 0.5")[at]
    poisoned = dataclasses.replace(cell, kind="n", saved="-77")
    path = book.with_cells({("LR 0.5", at): poisoned}).write(tmp_path / "poisoned.xlsx")
    found = differences(path, engine)
    assert list(found) == [("LR 0.5", at)]
    assert found["LR 0.5", at]["found"].startswith("-77")
    assert found["LR 0.5", at]["kind"] == "saved value"


def test_a_small_loss_that_is_wrong_by_a_millionth_of_itself_is_named(book: Book, tmp_path: Path) -> None:
    cell = book.cells("LR 2")["AE134"]
    wrong = dataclasses.replace(cell, saved=repr(float(cell.saved or "nan") * 1.000001))
    assert ("LR 2", "AE134") in differences(book.with_cells({("LR 2", "AE134"): wrong}).write(tmp_path / "a.xlsx"))


def test_a_saved_text_that_is_wrong_in_its_last_digit_is_named(book: Book, tmp_path: Path) -> None:
    texts = {
        (sheet, at): cell
        for sheet in ("Start", "LR 1", "Step")
        for at, cell in book.cells(sheet).items()
        if cell.formula is not None and cell.kind == "str" and (cell.saved or "")[-1:].isdigit()
    }
    unnamed: list[str] = []
    for place, cell in list(texts.items())[::12]:
        text = cell.saved or ""
        wrong = dataclasses.replace(cell, saved=f"{text[:-1]}{(int(text[-1]) + 1) % 10}")
        found = differences(book.with_cells({place: wrong}).write(tmp_path / "a.xlsx"))
        unnamed += [] if list(found) == [place] else [f"{place}: {text} became {wrong.saved}; named {list(found)}"]
    assert not unnamed, "\n".join(unnamed)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
def test_an_engine_is_never_shown_what_was_saved(book: Book, tmp_path: Path, engine: str) -> None:
    needs(engine)
    cells = {
        (sheet, at): dataclasses.replace(cell, kind="n", saved="-77")
        for sheet in book.sheets
        for at, cell in book.cells(sheet).items()
        if cell.formula is not None
    }
    told: Any = as_json(verify(book.with_cells(cells).write(tmp_path / "poisoned.xlsx"), engine))
    assert told["engines"][0]["max_rel"] <= CLOSE
    assert not told["ok"]


@pytest.mark.parametrize("name", ["i1", "t2", "w3", "w8", "LR 0.1", "LR 0.5", "LR 2", "threshold"])
def test_a_yellow_cell_changed_without_recalculating_is_named(
    changed: Callable[..., Path], yellow: dict[str, Place], name: str
) -> None:
    assert list(differences(changed({yellow[name]: 0.375}))) == [yellow[name]]


@pytest.mark.parametrize(("name", "value"), [("picked rate", 2.0), ("picked rate", 0.7), ("picked step", 17.0)])
def test_a_pick_changed_without_recalculating_is_named(
    changed: Callable[..., Path], yellow: dict[str, Place], name: str, value: float
) -> None:
    assert list(differences(changed({yellow[name]: value}))) == [yellow[name]]


@pytest.mark.parametrize("name", ["i1", "w8", "LR 0.5", "threshold", "picked rate", "picked step"])
@pytest.mark.parametrize("value", ["half", "0.5", "", None, '="half"', "=1/0"], ids=repr)
def test_what_is_no_number_in_a_yellow_cell_is_named(
    changed: Callable[..., Path], yellow: dict[str, Place], name: str, value: str | None
) -> None:
    found = differences(changed({yellow[name]: value}))
    assert list(found) == [yellow[name]]
    assert "number" in found[yellow[name]]["expected"]


@pytest.mark.parametrize("name", ["LR 0.1", "LR 2", "threshold"])
@pytest.mark.parametrize("value", [0.0, -0.5])
def test_a_rate_or_threshold_that_is_not_positive_is_named(
    changed: Callable[..., Path], yellow: dict[str, Place], name: str, value: float
) -> None:
    found = differences(changed({yellow[name]: value}))
    assert list(found) == [yellow[name]]
    assert "greater than 0" in found[yellow[name]]["expected"]


def test_two_equal_rates_are_judged(changed: Callable[..., Path], yellow: dict[str, Place], tmp_path: Path) -> None:
    path = changed({yellow["LR 0.1"]: 0.5})
    without_saved_values(path, tmp_path / "bare.xlsx")
    assert not differences(tmp_path / "bare.xlsx")


def test_the_copied_mistake_is_named(book: Book, tmp_path: Path) -> None:
    """∂E/∂w3 and ∂E/∂w4 with a_h1*(1-a_h1), as nine of fifteen public workbooks have them."""
    places = {("LR 0.2", f"{AT[name]}{FIRST_ROW + n}") for name in ("∂E/∂w3", "∂E/∂w4") for n in range(STEPS)}
    cells = book.cells("LR 0.2")
    right, wrong = f"${AT['a_h2']}", f"${AT['a_h1']}"
    mistaken = {(sheet, at): (cells[at].formula or "").replace(right, wrong) for sheet, at in places}
    found = differences(book.typed({place: f"={text}" for place, text in mistaken.items()}).write(tmp_path / "a.xlsx"))
    assert found.keys() == places
    assert {one["kind"] for one in found.values()} == {"formula"}
    assert {one["label"] for one in found.values()} == {"∂E/∂w3", "∂E/∂w4"}


@pytest.mark.parametrize("name", [f"∂E/∂w{n}" for n in range(1, 9)])
def test_a_gradient_that_is_wrong_by_a_millionth_is_named(book: Book, tmp_path: Path, name: str) -> None:
    place = "LR 1", f"{AT[name]}60"
    formula = book.cells("LR 1")[place[1]].formula
    found = differences(book.typed({place: f"=({formula})*1.000001"}).write(tmp_path / "a.xlsx"))
    assert list(found) == [place]
    assert found[place]["label"] == name


@pytest.mark.parametrize("error", [1.000001, 1.5, 0.0])
def test_a_rule_that_is_wrong_everywhere_is_seen_by_the_witness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: float
) -> None:
    """Formula and NumPy then agree, for both read the rule; only a witness that does not can tell."""
    right = rules.RULES["sigmoid"]
    vjp = right.vjp
    assert vjp is not None
    wrong = dataclasses.replace(right, vjp=lambda g, a, x: (vjp(g, a, x)[0] * Num(error),))
    monkeypatch.setitem(rules.RULES, "sigmoid", wrong)
    build(load("classic"), (0.5,), 3, tmp_path / "a.xlsx")
    found = differences(tmp_path / "a.xlsx")
    assert {one["kind"] for one in found.values()} == {"gradient"}
    assert {one["label"] for one in found.values()} == {f"∂E/∂w{n}" for n in range(1, 9)}
    assert all("complex step" in one["expected"] or "autograd" in one["expected"] for one in found.values())


def test_a_change_and_a_poisoned_value_elsewhere_are_both_named(book: Book, tmp_path: Path) -> None:
    poisoned = dataclasses.replace(book.cells("LR 2")["W50"], saved="0.5")
    path = book.typed({("LR 1", "J40"): "=1/(1+EXP(I40))"}).with_cells({("LR 2", "W50"): poisoned})
    assert set(differences(path.write(tmp_path / "a.xlsx"))) == {("LR 1", "J40"), ("LR 2", "W50")}


def test_a_wrong_formula_that_was_recalculated_is_named_and_what_follows_is_only_counted(
    book: Book, tmp_path: Path, libreoffice: Callable[[Path], Path]
) -> None:
    typed = book.typed({("LR 1", "J40"): "=1/(1+EXP(I40))"}).write(tmp_path / "typed.xlsx")
    verdict = verify(libreoffice(typed))
    told: Any = as_json(verdict)["differences"]
    assert [(one["sheet"], one["cell"]) for one in told] == [("LR 1", "J40")]
    assert verdict.following > 1000


# The command


def test_the_command_says_all_right_and_exits_with_0(untouched: Path) -> None:
    result = call(untouched)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "ironcalc" in result.stdout
    assert "complex step" in result.stdout


def test_the_command_prints_each_difference_and_exits_with_1(changed: Callable[..., Path]) -> None:
    result = call(changed({("LR 1", "R99"): "=1/(1+EXP(Q99))"}))
    assert (result.exit_code, result.stderr) == (1, "")
    line = next(line for line in result.stdout.splitlines() if "R99" in line)
    assert all(word in line for word in ("LR 1", "a_o1", "formula"))
    told = "".join(result.stdout.split())
    assert "=1/(1+EXP(Q99))" in told
    assert "=1/(1+EXP(-Q99))" in told


def test_json_has_the_shape_that_programs_were_promised(untouched: Path, changed: Callable[..., Path]) -> None:
    wrong = changed({("LR 1", "R99"): "=1/(1+EXP(Q99))"})
    result = call("--json", untouched, wrong)
    assert (result.exit_code, result.stderr) == (1, "")
    right, bad = json.loads(result.stdout)
    for one, path, ok in ((right, untouched, True), (bad, wrong, False)):
        assert list(one) == ["file", "ok", "engines", "differences", "readable", "sheets"]
        assert (one["file"], one["ok"]) == (str(path), ok)
        assert [list(engine) for engine in one["engines"]] == [["engine", "cells", "max_abs", "max_rel"]]
        assert [type(value) for value in one["engines"][0].values()] == [str, int, float, float]
    assert [sheet["verdict"] for sheet in right["sheets"]] == ["correct"] * 6
    assert [sheet["verdict"] for sheet in bad["sheets"]] == ["correct"] * 4 + ["wrong", "correct"]
    assert right["differences"] == []
    assert bad["differences"] == [
        {
            "sheet": "LR 1",
            "cell": "R99",
            "label": "a_o1",
            "kind": "formula",
            "found": "=1/(1+EXP(Q99))",
            "expected": "=1/(1+EXP(-Q99))",
        }
    ]


@pytest.mark.parametrize("json_or_not", [(), ("--json",)])
def test_a_file_that_cannot_be_judged_does_not_keep_the_others_from_being_judged(
    untouched: Path, changed: Callable[..., Path], tmp_path: Path, json_or_not: tuple[str, ...]
) -> None:
    wrong, missing = changed({("LR 1", "R99"): "=1/(1+EXP(Q99))"}), tmp_path / "missing.xlsx"
    result = call(*json_or_not, untouched, missing, wrong)
    assert result.exit_code == 2
    assert str(missing) in one_error_line(result.stderr)
    assert "R99" in result.stdout
    if json_or_not:
        told = json.loads(result.stdout)
        assert [(one["file"], one["ok"]) for one in told] == [
            (str(untouched), True),
            (str(missing), False),
            (str(wrong), False),
        ]


def test_no_file_at_all_is_a_bad_call() -> None:
    result = call()
    assert result.exit_code == 2
    assert "Error:" in result.stderr


@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
def test_an_engine_that_is_missing_is_named(untouched: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setenv("PATH", "")
    result = call(untouched, "--engine", engine)
    assert result.exit_code == 2
    assert engine in one_error_line(result.stderr)


def test_all_names_the_engines_that_it_could_not_find_and_uses_the_others(
    untouched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    result = call(untouched, "--engine", "all")
    assert result.exit_code == 0
    assert [name for name in PROGRAMS if name in result.stderr] == ["libreoffice", "gnumeric"]
    assert "ironcalc" in result.stdout


def test_an_engine_that_nobody_knows_is_a_bad_call(untouched: Path) -> None:
    assert call(untouched, "--engine", "excel").exit_code == 2


def test_verify_changes_nothing(untouched: Path) -> None:
    before = untouched.read_bytes()
    call(untouched)
    assert untouched.read_bytes() == before
    assert list(untouched.parent.iterdir()) == [untouched]


# What cannot be judged


def ole(*pieces: bytes) -> bytes:
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504) + b"".join(pieces) + bytes(4096)


def any_workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Start").write_formula("A1", "=1+1", None, 2)


def many_sheets_of_one_part(book: Book, path: Path) -> None:
    """One part, shown by five thousand sheets."""
    sheets = "".join(f'<sheet name="x{n}" sheetId="{n + 20}" r:id="rId2"/>' for n in range(5000))
    text = book.text("xl/workbook.xml").replace("</sheets>", f"{sheets}</sheets>")
    book.with_part("xl/workbook.xml", text).write(path)


def bomb(part: str, *, lie: bool = False) -> Callable[[Book, Path], None]:
    """A part that unpacks to 300 MB."""

    def write(book: Book, path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, data in book.parts.items():
                if name != part:
                    archive.writestr(name, data)
            with archive.open(part, "w", force_zip64=False) as member:
                head, _, tail = book.text(part).partition(">")
                member.write(f"{head}>{tail.partition('>')[0]}>".encode())
                for _ in range(300):
                    member.write(b" " * 1_000_000)
        if lie:
            data = bytearray(path.read_bytes())
            at = data.rindex(part.encode()) - 46
            assert data[at : at + 4] == b"PK\x01\x02"
            data[at + 24 : at + 28] = struct.pack("<I", 2000)
            path.write_bytes(data)

    return write


def entities(part: str) -> Callable[[Book, Path], None]:
    """A billion laughs in a part."""

    def write(book: Book, path: Path) -> None:
        laughs = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))
        text = re.sub(r"^<\?xml[^>]*\?>\s*", "", book.text(part))
        text = re.sub(r"(<(?:t|v|f|vt:lpwstr)>)", r"\1&l10;", text, count=1)
        book.with_part(part, f"<!DOCTYPE x [{laughs}]>{text}").write(path)

    return write


def claims(**numbers: object) -> Callable[[Book, Path], None]:
    """A workbook that says of itself what it is not."""

    def write(book: Book, path: Path) -> None:
        text = book.text("docProps/custom.xml")
        for key, value in numbers.items():
            text = re.sub(rf'("|&quot;){key}\1: (?:\d+|"[^"]*"|\[[^]]*\])', rf"\1{key}\1: {value}", text)
        assert text != book.text("docProps/custom.xml")
        book.with_part("docProps/custom.xml", text).write(path)

    return write


def raw(data: bytes | str) -> Callable[[Book, Path], None]:
    return lambda book, path: path.write_bytes(data if isinstance(data, bytes) else data.encode()) and None


def without_sheet(name: str) -> Callable[[Book, Path], None]:
    def write(book: Book, path: Path) -> None:
        text = re.sub(rf'<sheet name="{name}"[^>]*/>', "", book.text("xl/workbook.xml"))
        book.with_part("xl/workbook.xml", text).write(path)

    return write


def truncated(book: Book, path: Path) -> None:
    book.write(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


SHEET = "xl/worksheets/sheet2.xml"
UNJUDGEABLE: dict[str, tuple[Callable[[Book, Path], None], str]] = {
    "missing": (lambda book, path: None, "does not exist"),
    "a folder": (lambda book, path: path.mkdir(), "folder"),
    "empty": (raw(b""), "empty"),
    "a text": (raw("i1,i2\n0.05,0.1\n"), "not an .xlsx"),
    "a web page": (raw("<html><table></table></html>"), "not an .xlsx"),
    "an .xls": (raw(ole("Workbook".encode("utf-16-le"))), ".xls"),
    "protected by a password": (raw(ole("EncryptedPackage".encode("utf-16-le"))), "password"),
    "half a zip": (truncated, "damaged"),
    "a zip of something else": (lambda book, path: Book({"a.txt": b"a"}).write(path) and None, "xl/workbook.xml"),
    "without a table": (lambda book, path: any_workbook(path), "no table of backpropagation"),
    "a part missing": (lambda book, path: Book({n: d for n, d in book.parts.items() if n != SHEET}).write(path), SHEET),
    "a part cut off": (lambda book, path: book.with_part(SHEET, book.parts[SHEET][:5000]).write(path), SHEET),
    "a sheet missing": (without_sheet("Step"), "Step"),
    "a learning-rate sheet missing": (without_sheet("LR 1"), "5 of its 6"),
    "what it says of itself damaged": (claims(steps='"x"'), "damaged"),
    "no steps": (claims(steps=0), "damaged"),
    "steps beyond the last row": (claims(steps=10**9), "damaged"),
    "no rates": (claims(rates=0), "damaged"),
    "a network of another size": (claims(sizes="[2, 99999, 2]"), "damaged"),
    "an entity bomb in a sheet": (entities(SHEET), "document type"),
    "an entity bomb in the texts": (entities("xl/sharedStrings.xml"), "document type"),
    "an entity bomb in the workbook": (entities("xl/workbook.xml"), "document type"),
    "an entity bomb in what it says of itself": (entities("docProps/custom.xml"), "document type"),
}
# In a small process of its own: a child's peak memory counts its parent's, and pytest's is large.
MEASURED = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(json.dumps({"exit": code, "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000}))
"""
HOSTILE: dict[str, tuple[Callable[[Book, Path], None], str]] = {
    "a zip bomb in a sheet": (bomb(SHEET), SHEET),
    "a zip bomb in the texts": (bomb("xl/sharedStrings.xml"), "xl/sharedStrings.xml"),
    "a zip bomb that lies": (bomb(SHEET, lie=True), SHEET),
    "many sheets of one part": (many_sheets_of_one_part, "unpack"),
    "an entity bomb": (entities(SHEET), "document type"),
    "a million steps claimed": (claims(steps=1_048_542), "bad.xlsx"),
}


@pytest.mark.parametrize(("make", "said"), UNJUDGEABLE.values(), ids=UNJUDGEABLE)
def test_cannot_be_judged(book: Book, tmp_path: Path, make: Callable[[Book, Path], None], said: str) -> None:
    path = tmp_path / "bad.xlsx"
    make(book, path)
    result = call(path)
    assert (result.exit_code, result.stdout) == (2, "")
    line = one_error_line(result.stderr)
    assert str(path) in line
    assert said in line
    assert len(line) < 400 + len(str(path))


def test_a_lock_file_cannot_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "~$Backpropagation.xlsx"
    path.write_bytes(b"\x05somebody" + bytes(156))
    result = call(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lock file" in one_error_line(result.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_cannot_be_judged(untouched: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(untouched, tmp_path))
    path.chmod(0)
    result = call(path)
    assert result.exit_code == 2
    assert "permission" in one_error_line(result.stderr)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "said"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_cannot_be_judged_and_costs_little_memory_and_time(
    book: Book, tmp_path: Path, make: Callable[[Book, Path], None], said: str
) -> None:
    path = tmp_path / "bad.xlsx"
    make(book, path)
    command = [sys.executable, "-c", MEASURED, *COMMAND, "verify", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    told, errors = json.loads(done.stdout), done.stderr
    assert told["megabytes"] < MEGABYTES
    assert told["exit"] == 2
    assert said in one_error_line(errors)


def test_every_rate_has_a_sheet_in_these_tests(book: Book) -> None:
    assert [f"LR {rate:g}" for rate in RATES] == [sheet for sheet in book.sheets if sheet.startswith("LR ")]
