"""Every engine calculates anew what a workbook has saved, and says so in one line when it cannot."""

import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import xlsxwriter

from xlbackprop.engines import ENGINES, Engine, Values, program
from xlbackprop.errors import EngineFailed, Unreadable
from xlbackprop.reading.package import CellError, read_package

SHARED = Path(__file__).parents[2] / "shared"
REFERENCE = SHARED / "reference" / "Backpropagation.xlsx"
AGREES = 1e-12  # LibreOffice writes 15 digits, Gnumeric reckons with more than a double has
POISON = -77

FORMULAS: dict[str, float | str | bool] = {
    "=1+1": 2.0,
    "=1/3": 1 / 3,
    "=PI()*1E-300": 3.141592653589793e-300,
    "=1/(1+EXP(-0.05*0.15-0.1*0.2))": 1 / (1 + math.exp(-0.0275)),
    "=TANH(0.5)": 0.46211715726000976,
    "=-2^2": 4.0,
    "=SUMPRODUCT(F1:F3,F1:F3)": 14.0,
    "=INDEX(F1:F3,MATCH(2,F1:F3,0))": 2.0,
    "=Other!A1*2": 20.0,
    "=C1+C2": 2.0 + 1 / 3,
    "=EXP(-1000)": 0.0,
    "=2>1": True,
    '="a"&"b"': "ab",
    '=""': "",
    '=TEXT(1/3,"0.00")': "0.33",
    '="#NUM!"': "#NUM!",
    "=EXP(1000)": CellError("#NUM!"),
    "=1/0": CellError("#DIV/0!"),
    "=NA()": CellError("#N/A"),
}
CONSTANTS: dict[str, float | str | bool] = {"F1": 1.0, "F2": 2.0, "F3": 3.0, "G1": "#NUM!", "G2": " é ", "G3": True}


def poisoned(path: Path) -> Path:
    """A workbook in which every formula has saved the same wrong number."""
    with xlsxwriter.Workbook(path) as workbook:
        worksheet = workbook.add_worksheet("A & b")
        for index, formula in enumerate(FORMULAS):
            worksheet.write_formula(index, 2, formula, None, POISON)
        for place, value in CONSTANTS.items():
            worksheet.write(place, value)
        worksheet.write_blank("H1", None, workbook.add_format({"bold": True}))
        workbook.add_worksheet("Other").write_formula(0, 0, "=SUM(B1:B4)", None, POISON)
        workbook.get_worksheet_by_name("Other").write_column("B1", [1, 2, 3, 4])
    return path


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found = ENGINES[request.param]
    if found.version() is None:
        pytest.skip(f"{found.name} is not installed")
    return found


@pytest.fixture(scope="module")
def recalculated(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Values:
    return engine.recalculate(poisoned(tmp_path_factory.mktemp("engine") / "book.xlsx"))


@pytest.mark.parametrize(("index", "formula"), list(enumerate(FORMULAS)), ids=FORMULAS)
def test_a_poisoned_value_comes_back_right(recalculated: Values, index: int, formula: str) -> None:
    found, expected = recalculated["A & b"][index + 1, 3], FORMULAS[formula]
    assert type(found) is type(expected)
    assert found == (pytest.approx(expected, rel=AGREES, abs=0) if isinstance(expected, float) else expected)


def test_a_poison_that_reached_the_program_would_come_back_right_all_the_same(
    engine: Engine, recalculated: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "without_saved_values", shutil.copyfile)
    assert engine.recalculate(poisoned(tmp_path / "book.xlsx")) == recalculated


def test_constants_come_back_as_they_were_and_blanks_not_at_all(recalculated: Values) -> None:
    constants = {at: value for at, value in recalculated["A & b"].items() if at[1] != 3}
    assert constants == dict(zip([(1, 6), (2, 6), (3, 6), (1, 7), (2, 7), (3, 7)], CONSTANTS.values(), strict=True))
    assert not any(isinstance(value, CellError) for value in constants.values())


def test_all_sheets_come_back_in_order(recalculated: Values) -> None:
    assert list(recalculated) == ["A & b", "Other"]
    assert recalculated["Other"][1, 1] == 10


def test_a_version_is_told_in_digits(engine: Engine) -> None:
    assert str(engine.version())[0].isdigit()


def test_several_run_at_once(engine: Engine, recalculated: Values, tmp_path: Path) -> None:
    paths = [poisoned(tmp_path / f"book{number}.xlsx") for number in range(3)]
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(engine.recalculate, paths)) == [recalculated] * 3


@pytest.mark.parametrize("place", ["de_DE.UTF-8", "C"])
def test_the_language_of_the_machine_changes_nothing(
    engine: Engine, recalculated: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("LC_ALL", place)
    assert engine.recalculate(poisoned(tmp_path / "bücher & 'mehr'.xlsx")) == recalculated


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference workbook is not beside this repository")
def test_the_reference_comes_back_as_excel_saved_it(engine: Engine) -> None:
    found, saved = engine.recalculate(REFERENCE), read_package(REFERENCE).sheets
    assert list(found) == list(saved)
    for sheet, cells in saved.items():
        numbers = {at: cell.value for at, cell in cells.items() if cell.formula}
        assert {at: found[sheet][at] for at in numbers} == pytest.approx(numbers, rel=AGREES, abs=0)


def test_what_is_no_workbook_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("step,loss")
    with pytest.raises(Unreadable, match=r"book\.xlsx: is not an \.xlsx workbook"):
        engine.recalculate(path)


# --- When an engine fails ---------------------------------------------------------------------------------------------


def test_a_panic_of_ironcalc_is_an_engine_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ironcalc = pytest.importorskip("ironcalc")
    monkeypatch.setattr(ironcalc, "load_from_xlsx", lambda *_: ironcalc.test_panic())
    with pytest.raises(EngineFailed, match=r"book\.xlsx: IronCalc did not recalculate it \(This function panics"):
        ENGINES["ironcalc"].recalculate(poisoned(tmp_path / "book.xlsx"))


def test_ctrl_c_is_no_panic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ironcalc = pytest.importorskip("ironcalc")

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ironcalc, "load_from_xlsx", pressed)
    with pytest.raises(KeyboardInterrupt):
        ENGINES["ironcalc"].recalculate(poisoned(tmp_path / "book.xlsx"))


def test_ironcalc_that_is_not_installed_is_an_engine_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ironcalc", None)
    with pytest.raises(EngineFailed, match=r"IronCalc is missing .*: pip install ironcalc"):
        ENGINES["ironcalc"].recalculate(poisoned(tmp_path / "book.xlsx"))


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script in the place of both programs."""

    def put(script: str) -> None:
        for name in ("soffice", "ssconvert"):
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return put


PROGRAMS = [ENGINES["libreoffice"], ENGINES["gnumeric"]]


@pytest.mark.parametrize("engine", PROGRAMS, ids=lambda engine: engine.name)
class TestAProgram:
    def test_that_is_missing_has_no_version_and_fails(
        self, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert engine.version() is None
        with pytest.raises(EngineFailed, match=r"book\.xlsx: cannot be recalculated, .* is not on the PATH: install"):
            engine.recalculate(poisoned(tmp_path / "book.xlsx"))

    def test_that_writes_nothing_fails_with_its_last_words(
        self, engine: Engine, tmp_path: Path, impostor: Callable[[str], None]
    ) -> None:
        impostor("echo source file could not be; echo loaded >&2; exit 0")
        with pytest.raises(EngineFailed, match=r"book\.xlsx: .* \(source file could not be loaded\): try another"):
            engine.recalculate(poisoned(tmp_path / "book.xlsx"))

    def test_that_does_not_end_is_ended_with_all_that_it_started(
        self, engine: Engine, tmp_path: Path, impostor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        impostor(f"(while :; do echo alive >> '{tmp_path}/child'; sleep 0.02; done) & wait")
        monkeypatch.setattr(program, "TIMEOUT", 0.5)
        with pytest.raises(EngineFailed, match=r"took more than 0\.5 s"):
            engine.recalculate(poisoned(tmp_path / "book.xlsx"))
        size = (tmp_path / "child").stat().st_size
        time.sleep(0.3)
        assert (tmp_path / "child").stat().st_size == size


def test_looking_at_the_engines_loads_none_of_them() -> None:
    heavy = "{'ironcalc', 'openpyxl', 'numpy', 'xlsxwriter'}"
    code = f"import sys, xlbackprop.engines; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
