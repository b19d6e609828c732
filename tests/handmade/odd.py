"""A hand-made table in a few lines: names to what a person typed, so that each oddity is one change of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

NAME = re.compile(r"\[(\^|_)?([^\[\]]+)\]")  # [h1] of this row, [^w1] of the row above, [lr] as the table says
FIRST = (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55)
Typed = float | str


@dataclass(frozen=True)
class Odd:
    """A table as somebody typed it. columns: name -> first row and the rows below, "" for a column left empty;
    labels: what the columns are called, where it is not their name; beside: cell -> what stands there; lr: how a
    formula refers to the learning rate; gap: empty rows under the header; finish: what is done to the sheet at last.
    """

    name: str
    columns: Mapping[str, tuple[Typed, Typed]]
    labels: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Typed] = field(default_factory=lambda: {"A1": "LR", "B1": 0.5})
    lr: str = "$B$1"
    header: int = 4
    left: int = 1
    gap: int = 0
    rows: int = 12
    sheet: str = "Sheet1"
    finish: Callable[[Worksheet], object] = lambda sheet: None

    @property
    def places(self) -> dict[str, str]:
        """The letter of each column."""
        return {name: get_column_letter(self.left + k) for k, name in enumerate(self.columns)}

    @property
    def first(self) -> int:
        """The first row of numbers."""
        return self.header + 1 + self.gap

    def with_column(self, name: str, after: Typed, first: Typed | None = None) -> Odd:
        """The same with another formula in a column."""
        return replace(self, columns={**self.columns, name: (after if first is None else first, after)})

    def cells(self, name: str) -> set[str]:
        """The cells of a column that hold a formula of every row."""
        same = self.columns[name][0] == self.columns[name][1]
        return {f"{self.places[name]}{row}" for row in range(self.first + (not same), self.first + self.rows)}

    def save(self, path: Path) -> Path:
        """Write it."""
        book = Workbook()
        sheet = book.active
        sheet.title = self.sheet
        self.put(sheet)
        self.finish(sheet)
        book.save(path)
        return path

    def put(self, sheet: Worksheet) -> None:
        """Write it on a sheet."""
        for at, content in self.beside.items():
            sheet[at] = content
        for name, letter in self.places.items():
            if name.strip("-"):
                sheet[f"{letter}{self.header}"] = self.labels.get(name, name)
                for k in range(self.rows):
                    sheet[f"{letter}{self.first + k}"] = self.typed(self.columns[name][min(k, 1)], self.first + k)

    def typed(self, content: Typed, row: int) -> Typed:
        """What stands in a cell of a row."""

        def cell(found: re.Match[str]) -> str:
            mark, name = found.groups()
            if name == "lr" and "lr" not in self.columns:
                return self.lr
            return f"{self.places[name]}{row + {'^': -1, '_': 1, None: 0}[mark]}"

        return NAME.sub(cell, content) if isinstance(content, str) else content


def every(**formulas: Typed) -> dict[str, tuple[Typed, Typed]]:
    """Columns with the same in every row."""
    return {name: (typed, typed) for name, typed in formulas.items()}


def weights(
    first: tuple[float, ...] = FIRST, update: str = "=[^{w}]-[lr]*[^dE/d{w}]"
) -> dict[str, tuple[Typed, Typed]]:
    """Weights that begin with these numbers and are updated by this formula."""
    return {f"w{k}": (value, update.replace("{w}", f"w{k}")) for k, value in enumerate(first, start=1)}


GIVEN = every(t1=0.01, t2=0.99, i1=0.05, i2=0.1)
FORWARD = every(
    h1="=[w1]*[i1]+[w2]*[i2]",
    h2="=[w3]*[i1]+[w4]*[i2]",
    a_h1="=1/(1+EXP(-[h1]))",
    a_h2="=1/(1+EXP(-[h2]))",
    o1="=[w5]*[a_h1]+[w6]*[a_h2]",
    o2="=[w7]*[a_h1]+[w8]*[a_h2]",
    a_o1="=1/(1+EXP(-[o1]))",
    a_o2="=1/(1+EXP(-[o2]))",
)
LOSSES = every(E1="=0.5*([t1]-[a_o1])^2", E2="=0.5*([t2]-[a_o2])^2", E_total="=[E1]+[E2]")
D1, D2 = "([a_o1]-[t1])*[a_o1]*(1-[a_o1])", "([a_o2]-[t2])*[a_o2]*(1-[a_o2])"


def gradients(d1: str = D1, d2: str = D2) -> dict[str, tuple[Typed, Typed]]:
    """The eight gradients, from what the errors of the outputs are."""
    into = [f"=({d1}*[w{5 + k}]+{d2}*[w{7 + k}])*[a_h{k + 1}]*(1-[a_h{k + 1}])*[i{j}]" for k in (0, 1) for j in (1, 2)]
    out = [f"={d}*[a_h{j}]" for d in (d1, d2) for j in (1, 2)]
    return {f"dE/dw{k}": (one, one) for k, one in enumerate([*into, *out], start=1)}


PLAIN = Odd("plain", {**GIVEN, **weights(), **FORWARD, **LOSSES, **gradients()})
