"""What the tests share: a default build, the cells inside a workbook, the textbook's numbers, other programs."""

from __future__ import annotations

import dataclasses
import html
import math
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

import pytest

from xlbackprop.build import build
from xlbackprop.template.template import load

CLOSE = 1e-12  # relative: how far two programs' values may lie apart
COMMAND = (sys.executable, "-m", "xlbackprop")
RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
STEPS = 100
FIRST_ROW = 35  # of a table
LEAST_NET = -709.78  # below, a spreadsheet's 1/(1+EXP(-x)) is #NUM!
COLUMNS = (
    *("t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "a_h1", "h2", "a_h2", "w5", "w6", "w7", "w8"),
    *("o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total", *(f"∂E/∂w{n}" for n in range(1, 9))),
)
LETTERS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE")
AT = dict(zip(COLUMNS, LETTERS, strict=True))  # where a table has it
GIVEN = {"i1": 0.05, "i2": 0.1, "t1": 0.5, "t2": 0.5}
GIVEN |= {"w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55}

CELL = re.compile(r'<c r="(?P<at>[A-Z]+\d+)"(?P<rest>[^>]*?)(?:/>|>(?P<inside>.*?)</c>)', re.DOTALL)
Place = tuple[str, str]  # sheet and cell: ("LR 1", "W35")
Typed = float | str | None


@dataclasses.dataclass(frozen=True)
class XmlCell:
    """One `<c>` of a worksheet. formula: without its `=`; saved: the text of its `<v>`; kind: its `t`."""

    at: str
    style: str
    kind: str
    formula: str | None
    saved: str | None

    @classmethod
    def of(cls, found: re.Match[str]) -> XmlCell:
        inside = found["inside"] or ""
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', found["rest"]))
        formula, saved = (re.search(rf"<{tag}>(.*?)</{tag}>", inside, re.DOTALL) for tag in "fv")
        return cls(
            found["at"],
            attributes.get("s", ""),
            attributes.get("t", "n"),
            html.unescape(formula[1]) if formula else None,
            html.unescape(saved[1]) if saved else None,
        )

    def __str__(self) -> str:
        style = f' s="{self.style}"' if self.style else ""
        kind = "" if self.kind == "n" else f' t="{self.kind}"'
        formula = "" if self.formula is None else f"<f>{html.escape(self.formula, quote=False)}</f>"
        saved = "" if self.saved is None else f"<v>{html.escape(self.saved, quote=False)}</v>"
        return f'<c r="{self.at}"{style}{kind}>{formula}{saved}</c>'

    def typed(self, value: Typed) -> XmlCell:
        """What a program that does not recalculate saves once `value` was typed: a formula keeps its old value."""
        if value is None:
            return dataclasses.replace(self, kind="n", formula=None, saved=None)
        if not isinstance(value, str):
            return dataclasses.replace(self, kind="n", formula=None, saved=repr(value))
        if value.startswith("="):
            return dataclasses.replace(self, formula=value[1:])
        return dataclasses.replace(self, kind="str", formula=None, saved=value)


def split(at: str) -> tuple[int, int]:
    """Row and column of a cell, counted from 1.

    >>> split("AE35")
    (35, 31)
    """
    letters = at.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(at[len(letters) :]), column


class Book:
    """A workbook that XlsxWriter wrote, as its parts; what changes a cell gives a new one."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = dict(parts)
        self.parsed: dict[str, dict[str, XmlCell]] = {}

    @classmethod
    def read(cls, path: Path) -> Book:
        with zipfile.ZipFile(path) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    @cached_property
    def sheets(self) -> dict[str, str]:
        """The part of each sheet, by its name."""
        names = re.findall(r'<sheet name="([^"]*)"', self.text("xl/workbook.xml"))
        return {html.unescape(name): f"xl/worksheets/sheet{n}.xml" for n, name in enumerate(names, start=1)}

    @cached_property
    def texts(self) -> list[str]:
        """The shared texts, in order."""
        items = re.findall(r"<si>(.*?)</si>", self.text("xl/sharedStrings.xml"), re.DOTALL)
        return [html.unescape("".join(re.findall(r"<t[^>]*>(.*?)</t>", item, re.DOTALL))) for item in items]

    def text(self, part: str) -> str:
        return self.parts[part].decode()

    def cells(self, sheet: str) -> dict[str, XmlCell]:
        """The cells of a sheet that hold something."""
        if sheet not in self.parsed:
            found = map(XmlCell.of, CELL.finditer(self.text(self.sheets[sheet])))
            self.parsed[sheet] = {cell.at: cell for cell in found if (cell.formula, cell.saved) != (None, None)}
        return self.parsed[sheet]

    def said(self, cell: XmlCell) -> str:
        """What a cell shows, as text."""
        return self.texts[int(cell.saved or "")] if cell.kind == "s" else cell.saved or ""

    def beside(self, sheet: str, label: str) -> str:
        """The nearest constant number right of a label that begins so."""
        cells = self.cells(sheet)
        numbers = {split(at): at for at, cell in cells.items() if cell.kind == "n" and cell.formula is None}
        labels = [split(at) for at, cell in cells.items() if cell.kind == "s" and self.said(cell).startswith(label)]
        pairs = [(place, there) for place in labels for there in numbers if there[0] == place[0] and there > place]
        return numbers[min(pairs, key=lambda pair: pair[1][1] - pair[0][1])[1]]

    def with_part(self, name: str, data: str | bytes) -> Book:
        return Book(self.parts | {name: data.encode() if isinstance(data, str) else data})

    def with_cells(self, changes: Mapping[Place, XmlCell]) -> Book:
        """The same with other cells."""
        book = self
        for sheet in {sheet for sheet, _ in changes}:
            cells = {at: cell for (name, at), cell in changes.items() if name == sheet}
            text, count = CELL.subn(
                lambda found, cells=cells: str(cells.pop(found["at"], found[0])), self.text(self.sheets[sheet])
            )
            assert count, f"{sheet} has no cells"
            assert not cells, f"{sheet} has no cell {', '.join(cells)}"
            book = book.with_part(self.sheets[sheet], text)
        return book

    def typed(self, changes: Mapping[Place, Typed]) -> Book:
        """The same after these were typed (`=` begins a formula, None clears), by a program that does not calculate."""
        return self.with_cells(
            {(sheet, at): self.cells(sheet)[at].typed(value) for (sheet, at), value in changes.items()}
        )

    def write(self, path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.parts.items():
                archive.writestr(name, data)
        return path


def textbook(rate: float, steps: int, given: Mapping[str, float] = GIVEN) -> list[dict[str, float]]:
    """Every row of the table as a textbook works it out, layer by layer with deltas: nothing of the package."""

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x)) if x > LEAST_NET else math.nan

    row, rows = dict(given), []
    for _ in range(steps):
        i, t = (row["i1"], row["i2"]), (row["t1"], row["t2"])
        hidden = [[row["w1"], row["w2"]], [row["w3"], row["w4"]]]
        output = [[row["w5"], row["w6"]], [row["w7"], row["w8"]]]
        h = [sum(w * x for w, x in zip(unit, i, strict=True)) for unit in hidden]
        a = [sigmoid(x) for x in h]
        o = [sum(w * x for w, x in zip(unit, a, strict=True)) for unit in output]
        y = [sigmoid(x) for x in o]
        E = [(target - out) ** 2 / 2 for target, out in zip(t, y, strict=True)]
        deltas = [(out - target) * out * (1 - out) for target, out in zip(t, y, strict=True)]
        back = [sum(d * unit[k] for d, unit in zip(deltas, output, strict=True)) * a[k] * (1 - a[k]) for k in (0, 1)]
        slopes = [d * x for d in back for x in i] + [d * x for d in deltas for x in a]
        row |= {"h1": h[0], "h2": h[1], "a_h1": a[0], "a_h2": a[1], "o1": o[0], "o2": o[1], "a_o1": y[0], "a_o2": y[1]}
        row |= {"E1": E[0], "E2": E[1], "E_total": E[0] + E[1]}
        row |= {f"∂E/∂w{n}": slope for n, slope in enumerate(slopes, start=1)}
        rows.append(dict(row))
        row |= {f"w{n}": row[f"w{n}"] - rate * slope for n, slope in enumerate(slopes, start=1)}
    return rows


def steps_until(rows: Iterable[Mapping[str, float]], threshold: float) -> int | None:
    """The first step whose loss is under the threshold."""
    return next((n for n, row in enumerate(rows, start=1) if row["E_total"] < threshold), None)


def apart(found: Mapping[str, object], expected: Mapping[str, float], size: float | None = None) -> list[str]:
    """All that is not CLOSE, one line each; `size` is what a difference is measured against, else the value itself."""
    return [
        f"{key}: {found.get(key)!r}, not {value!r}"
        for key, value in expected.items()
        if not isinstance(there := found.get(key), int | float)
        or not abs(there - value) <= CLOSE * (abs(value) if size is None else size)
    ]


def apart_from_textbook(table: Callable[[str], object], rows: list[dict[str, float]]) -> list[str]:
    """How a learning-rate sheet, read cell by cell, differs from the textbook's rows; measured against each column."""
    found: list[str] = []
    for name, column in AT.items():
        expected = {f"{column}{FIRST_ROW + n}": row[name] for n, row in enumerate(rows)}
        found += apart({at: table(at) for at in expected}, expected, max(map(abs, expected.values())))
    return found


def one_error_line(stderr: str) -> str:
    """The one line that stderr must be."""
    lines = stderr.splitlines()
    assert len(lines) == 1, f"not one line:\n{stderr}"
    assert lines[0].startswith("Error: "), lines[0]
    return lines[0]


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default workbook, as it was built; not to be written to."""
    path = tmp_path_factory.mktemp("untouched") / "Backpropagation.xlsx"
    network = load("classic")
    build(network, network.learning_rates, network.steps, path)
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of one learning rate and two steps, for what does not depend on its size; not to be written to."""
    path = tmp_path_factory.mktemp("small") / "Small.xlsx"
    build(load("classic"), (0.5,), 2, path)
    return path


@pytest.fixture(scope="session")
def made(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small workbook as if somebody had made it by hand: it does not say that `build` wrote it."""
    said = '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
    path = tmp_path_factory.mktemp("made") / "Made.xlsx"
    return Book.read(small).with_part("docProps/custom.xml", said).write(path)


@pytest.fixture(scope="session")
def book(untouched: Path) -> Book:
    """The parts of the default workbook."""
    return Book.read(untouched)


@pytest.fixture(scope="session")
def yellow(book: Book) -> dict[str, Place]:
    """Where the user's cells stand: inputs, targets, weights, "threshold", "LR 0.1" …, "picked rate", "picked step"."""
    places = {name: ("Start", book.beside("Start", name)) for name in GIVEN}
    places["threshold"] = "Start", book.beside("Start", "Loss threshold")
    heads = {at: book.said(cell) for at, cell in book.cells("Start").items() if cell.kind == "s"}
    row, column = next(split(at) for at, text in heads.items() if text == "η")
    rates = [at for at in book.cells("Start") if split(at)[1] == column and split(at)[0] > row]
    places |= {f"LR {rate:g}": ("Start", at) for rate, at in zip(RATES, rates, strict=True)}
    places["picked rate"] = "Step", book.beside("Step", "learning rate")
    places["picked step"] = "Step", book.beside("Step", "step")
    return places


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that opens a workbook in LibreOffice, recalculates all of it and saves it; gives the new file.

    More files of the same folder may be given, and are saved beside it: starting LibreOffice takes longest.
    """
    if shutil.which("soffice") is None:
        pytest.skip("soffice is not on the PATH")
    home = tmp_path_factory.mktemp("libreoffice")
    settings = home / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load">'
        '<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>'
    )

    def saved(path: Path, *more: Path) -> Path:
        out = path.parent / "saved by LibreOffice"
        profile = f"-env:UserInstallation={(home / 'profile').as_uri()}"
        command = [
            "soffice",
            profile,
            "--headless",
            "--norestore",
            "--convert-to",
            "xlsx",
            "--outdir",
            out,
            path,
            *more,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
        return out / path.name

    return saved
