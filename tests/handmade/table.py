"""One table of a hand-made workbook: what stands in each of its cells, as a formula by names or as a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string

from handmade.layout import Layout, Place, columns
from handmade.spelling import Maths, Spelling
from xlbackprop.maths.network import bias_of, edges, units

NAME = re.compile(r"\[([\^_]?)([^\]]+)\]")
BINARY = r"(?<=[\w)\]])([{}])"
FUNCTION = re.compile(r"[A-Z]{2,}(?=\()")
Content = float | str  # a number, or a formula by names

SLIDING = {"lr~": "{column}{row}", "lr$": "${column}{row}"}  # not anchored, or only its column


@dataclass(frozen=True, slots=True)
class Table:
    """One table. formulas, first: what stands in each row, and in the first; changed: (row, column) to content."""

    layout: Layout
    place: Place
    columns: tuple[str, ...]
    formulas: Mapping[str, Content]
    first: Mapping[str, Content]
    changed: Mapping[tuple[int, str], Content] = field(default_factory=dict)

    def content(self, row: int, name: str) -> Content:
        """What stands in a cell; row: counted from 0."""
        changed = self.changed.get((row, name))
        if changed is not None:
            return changed
        return self.first[name] if row == 0 and name in self.first else self.formulas[name]

    def at(self, row: int, name: str) -> str:
        """The address of a cell."""
        return f"{self.letter(name)}{self.place.header_row + 1 + row}"

    def letter(self, name: str) -> str:
        return get_column_letter(self.place.first_column + self.columns.index(name))

    @property
    def helpers(self) -> set[str]:
        """The columns that only help: they have no name that everybody knows."""
        layout = self.layout
        return {"step", "lr", *Maths(layout.network, layout.spelling, layout.helpers).helped()}

    def cells(self) -> Iterator[tuple[int, str]]:
        """Row and column of every cell, row by row."""
        return ((row, name) for row in range(self.layout.rows) for name in self.columns if name)

    def formula_cells(self, rows: range) -> list[tuple[int, str]]:
        """The cells of these rows that hold formulas, without inputs and targets."""
        names = [name for name in self.columns if name and name not in given(self.layout)]
        return [(row, name) for row in rows for name in names if isinstance(self.content(row, name), str)]

    def with_formula(self, name: str, formula: str) -> Table:
        """The same with another formula down a whole column."""
        return replace(self, formulas={**self.formulas, name: formula})

    def with_cells(self, changed: Mapping[tuple[int, str], Content]) -> Table:
        """The same with other cells."""
        return replace(self, changed={**self.changed, **changed})

    def written(self, row: int, name: str) -> Content:
        """What the person typed into a cell."""
        content = self.content(row, name)
        return content if not isinstance(content, str) else spelt(self.placed(content, row), self.layout.spelling)

    def placed(self, formula: str, row: int) -> str:
        """A formula by names as one by addresses."""
        return NAME.sub(lambda found: self._address(found[1], found[2], row), formula)

    def _address(self, where: str, name: str, row: int) -> str:
        if name in SLIDING:
            column, at = coordinate_from_string(self.place.rate_at)
            return SLIDING[name].format(column=column, row=at + row - 1)
        if name in self.columns:
            shift = {"^": -1, "_": 1, "": 0}[where]
            return ("$" if self.layout.spelling.dollars else "") + self.at(row + shift, name)
        return self._fixed(name)

    def _fixed(self, name: str) -> str:
        if name == "lr":
            column, row = coordinate_from_string(self.place.rate_at)
            sheet = f"{self.place.rate_sheet}!" if self.place.rate_sheet else ""
            return sheet + self.layout.anchor.replace("C", column).replace("R", str(row))
        column, row = coordinate_from_string(dict(self.layout.held)[name])
        return f"${column}${row}"


def spelt(formula: str, spelling: Spelling) -> str:
    """A formula with this person's blanks, capitals and beginning.

    >>> spelt("1/(1+EXP(-B3))", Spelling("=", blanks="+", lower=True))
    '=1/(1 + exp(-B3))'
    """
    if spelling.blanks:
        formula = re.sub(BINARY.format(re.escape(spelling.blanks)), r" \1 ", formula)
    if spelling.lower:
        formula = FUNCTION.sub(lambda found: found[0].lower(), formula)
    return spelling.begin + formula


def table(layout: Layout, place: Place) -> Table:
    """A correct table."""
    maths = Maths(layout.network, layout.spelling, layout.helpers)
    first: dict[str, Content] = {**trained_values(layout), **given(layout), "step": 0.0, "lr": place.rate}
    rate = {"column": "[^lr]", "cell": "[lr]", "typed": f"{place.rate:g}"}[layout.rate_style]
    updates = {name: formula.replace("[lr]", rate) for name, formula in maths.updates().items()}
    beside: dict[str, Content] = {"step": "[^step]+1", "lr": place.rate}
    going_on = {"typed": lambda name: given(layout)[name], "copied": lambda name: f"[^{name}]"}[layout.given]
    formulas = {**maths.columns(), **updates, **beside, **{name: going_on(name) for name in given(layout)}}
    return Table(layout, place, tuple(columns(layout)), formulas, first)


def trained_values(layout: Layout) -> dict[str, float]:
    """The first weights and trained biases by their names."""
    network = layout.network
    weights = [w for layer in network.layers for unit in layer.weights for w in unit]
    found = {edge.weight: value for edge, value in zip(edges(network), weights, strict=True)}
    for layer, row in zip(network.layers, units(network)[1:], strict=True):
        if layer.biases and not layer.held:
            found |= {bias_of(unit): bias for unit, bias in zip(row, layer.biases, strict=True)}
    return found


def given(layout: Layout) -> dict[str, float]:
    """Inputs and targets by their names."""
    sample = layout.network.samples[0]
    inputs = {f"i{k}": value for k, value in enumerate(sample.inputs, start=1)}
    return inputs | {f"t{k}": value for k, value in enumerate(sample.targets, start=1)}
