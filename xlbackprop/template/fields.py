"""The yellow cells of a form: a page being filled in, with what may be typed into each cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, Rule
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.page import Cell, Choice, Page, Place
from xlbackprop.template import form
from xlbackprop.template.keys import LAYER, NETWORK, Key
from xlbackprop.template.source import Tree

HINT_HEIGHT = 50  # pixels of a row of explanations
LABEL, ORDINAL, HINT, HEADER = "bold,beside", "hint,beside", "hint,behind", "center,strong,bold"
LEFT, MIDDLE = "yours,plain,behind", "yours,plain,center"
LISTS: Mapping[str, tuple[Mapping[str, Any], int]] = {  # on Words: the rows of a choice, and the row of the first
    "optimizer": (OPTIMISERS, 7),
    "schedule": (SCHEDULES, 9 + len(OPTIMISERS)),
}


def settings_text(name: str, rows: Mapping[str, Any]) -> str:
    """What a row of a table takes, in its order, and what each is if nothing is given.

    >>> settings_text("step", SCHEDULES)
    '1: step_size, else 30; 2: gamma, else 0.1'
    """
    taken = [f"{n}: {one.key}, else {one.default:.6g}" for n, one in enumerate(rows[name].settings, start=1)]
    return "; ".join(taken) or "takes no settings"


def units_of(layer: Tree) -> int:
    """How many units a layer of a tree has; 0 where it does not say."""
    return len(layer["weights"]) if isinstance(layer.get("weights"), list) else int(layer.get("units", 0))


def _chosen(given: Any, rows: Mapping[str, Rule]) -> tuple[str, list[float]]:
    """The name of an activation or a loss of a tree, and the settings that it has there."""
    if not isinstance(given, dict):
        return given, []
    return given["name"], [given[one.key] for one in rows[given["name"]].settings if one.key in given]


class Fields:
    """A page being filled in: its cells, and what may be typed into them."""

    def __init__(self) -> None:
        self.cells: dict[Place, Cell] = {}
        self.choices: list[Choice] = []
        self.high: list[int] = []
        self.merged: dict[Place, Place] = {}

    def page(self, name: str, kind: str, widths: Mapping[tuple[int, int], int]) -> Page:
        """The page with what it holds so far."""
        heights = dict.fromkeys(range(1, 1 + max(row for row, _ in self.cells)), 20)
        heights |= {1: 32, **dict.fromkeys(self.high, HINT_HEIGHT)}
        return Page(name, kind, self.cells, widths, heights, self.wide(), choices=tuple(self.choices))

    def wide(self) -> tuple[tuple[Place, Place], ...]:
        """What goes over several cells."""
        return tuple((first, last) for first, last in self.merged.items() if first != last)

    def put(self, row: int, column: int, value: str | float, style: str, live: str | None = None) -> None:
        """A cell; live: its formula."""
        self.cells[row, column] = Cell(value, style, live)

    def head(self, name: str, title: str, hint: str) -> None:
        """Title, what the sheet is, and in row 4 the way to the others."""
        self.put(1, 1, title, "title")
        self.put(2, 1, hint, "")
        for n, other in enumerate(form.SHEETS):
            here = other == name
            self.cells[4, 1 + n] = Cell(other, "bold" if here else "link", link=None if here else other)

    def heading(self, row: int, text: str, hint: str) -> int:
        """A heading; the row below it."""
        self.put(row, 1, text, "heading")
        self.put(row, 2, hint, "hint")
        return row + 1

    def columns(self, row: int, names: Mapping[str, str], hue: str) -> int:
        """The columns of a table and what each is, or else what the one before it is; the row below."""
        for name, says in names.items():
            self.put(row, form.AT[name], name, f"{hue},{HEADER}")
            if says:
                explained = form.AT[name]
                self.put(row + 1, explained, says, "hint,small,wrap,center")
                self.merged[row + 1, explained] = row + 1, explained
            else:
                self.merged[row + 1, explained] = row + 1, form.AT[name]
        self.high.append(row + 1)
        return row + 2

    def line(self, row: int, key: Key, value: Any, last: int | None = None) -> None:
        """A key with its value, in a cell up to the column `last`, and what it is."""
        self.put(row, 1, key.name, LABEL)
        self.put(row, 3 if last is None else last + 1, key.says, HINT)
        if last:
            self.merged[row, 2] = row, last
        if key.words:
            self.choose(row, 2, value, key.words, key.name, LEFT)
        elif isinstance(value, str):
            self.put(row, 2, value, LEFT)
        else:
            self.number(row, 2, value, key.name, LEFT)

    def loss(self, row: int, loss: Any) -> None:
        """The loss and its setting."""
        name, settings = _chosen(loss, LOSSES)
        self.line(row, NETWORK["loss"], name, last=form.AT[form.LOSS_SETTING] - 1)
        self.number(row, form.AT[form.LOSS_SETTING], next(iter(settings), ""), form.LOSS_SETTING)
        self.put(row, form.AT[form.LOSS_SETTING] + 1, form.OF_LOSS, HINT)

    def layer(self, row: int, n: int, layer: Tree, received: tuple[int, str]) -> None:
        """A row of the table of layers, with a live line on how many weights it has."""
        weights, biases, at = layer.get("weights", ""), layer.get("biases"), form.AT
        how = weights if isinstance(weights, dict) else {"init": form.GIVEN if isinstance(weights, list) else weights}
        kept = form.NONE if biases is None else form.HELD if layer.get("train_biases") is False else form.TRAINED
        units = units_of(layer) or ""
        self.put(row, 1, n, ORDINAL)
        activation, settings = _chosen(layer.get("activation", ""), ACTIVATIONS)
        self.choose(row, at["activation"], activation, ACTIVATIONS, "activation", LEFT)
        self.number(row, at["setting"], next(iter(settings), ""), "setting")
        self.number(row, at["units"], units, "units")
        self.choose(row, at["weights"], how["init"], [*LAYER["weights"].words, form.GIVEN], "weights", LEFT)
        self.number(row, at["seed"], how.get("seed", ""), "seed")
        self.choose(row, at["biases"], kept if layer else "", form.BIASES, "biases", MIDDLE)
        self.number(row, at["bias"], "" if biases is None or isinstance(biases, list) else biases, "bias")
        cells = {name: a1(row, at[name]) for name in ("activation", "units", "weights")}
        verb = f'IF({cells["weights"]}="{form.GIVEN}","type ","draws ")'
        live = f'=IF({cells["activation"]}="","",{verb}&{cells["units"]}&" × "&{received[1]}&" weights")'
        text = f"{'type' if how['init'] == form.GIVEN else 'draws'} {units} × {received[0]} weights" if layer else ""
        self.put(row, form.ASIDE, text, HINT, live)

    def named(self, row: int, what: str, given: Any, columns: Sequence[str]) -> None:
        """An optimiser or a schedule with its settings, and a live line on what they are."""
        rows, first = LISTS[what]
        table = given if isinstance(given, dict) else {"name": given}
        name = table["name"]
        self.choose(row, 2, name, rows, what, LEFT)
        keys = [one.key for one in rows[name].settings] if name else []
        for n, column in enumerate(columns):
            self.number(row, form.AT[column], table.get(keys[n], "") if n < len(keys) else "", column)
        names, texts = (f"{form.WORDS}!${letters(n)}${first}:${letters(n)}${first + len(rows) - 1}" for n in (1, 2))
        cell = a1(row, 2)
        live = f'=IF(COUNTIF({names},{cell})=0,"",INDEX({texts},MATCH({cell},{names},0)))'
        self.put(row, form.ASIDE, settings_text(name, rows) if name else "", HINT, live)

    def numbers(self, row: int, n: int, column: int, values: Sequence[Any], count: int) -> None:
        """A row of a table of numbers, with its own number before it."""
        self.put(row, 1, n, ORDINAL)
        for k in range(count):
            self.number(row, column + k, values[k] if k < len(values) else "", "this cell")

    def number(self, row: int, column: int, value: Any, name: str, style: str = MIDDLE) -> None:
        """A yellow cell for a number."""
        self.put(row, column, value, style)
        rule: dict[str, object] = {"validate": "decimal", "criteria": "between", "minimum": -1e300, "maximum": 1e300}
        told = {"error_title": "A number, please", "error_message": f"Type a number for {name}."}
        self.choices.append(Choice((row, column), rule | told))

    def choose(self, row: int, column: int, value: Any, words: Collection[str], name: str, style: str) -> None:
        """A yellow cell with a drop-down."""
        self.put(row, column, value, style)
        rule: dict[str, object] = {"validate": "list", "source": list(words)}
        told = {"error_title": "A word of the list, please", "error_message": f"Choose from the list for {name}."}
        self.choices.append(Choice((row, column), rule | told))
