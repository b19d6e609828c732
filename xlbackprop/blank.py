"""The form as a workbook: filled in with a network to start from, and beside each yellow cell a line on what it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from xlbackprop import form
from xlbackprop.excel import formula
from xlbackprop.expr import Call, Ref
from xlbackprop.files import sealed
from xlbackprop.keys import LAYER, NETWORK, TRAINING, Key
from xlbackprop.layout import a1, letters
from xlbackprop.optim import OPTIMISERS, SCHEDULES
from xlbackprop.page import Cell, Choice, Page, Place
from xlbackprop.reader import Tree
from xlbackprop.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER
from xlbackprop.workbook import write

# Rows and columns that are drawn at least; the reader takes as many as there are.
LAYERS, RUNS, SAMPLES, WIDE = 6, 8, 16, 8
KIND_ROW = 6  # on Samples
WIDTHS = {(1, 1): 104, (2, 2): 150, (3, 3): 92, (4, 4): 120, (5, 7): 84, (form.ASIDE, form.ASIDE): 430}
HINT_HEIGHT = 62  # pixels of a row of explanations
LABEL, HEADER, HINT = "bold,right", "center,strong,bold", "hint"
LEFT, MIDDLE = "yours,plain,left", "yours,plain,center"
LISTS = {  # on Words: the rows of a choice, and the row of the first
    "optimizer": (OPTIMISERS, 7),
    "schedule": (SCHEDULES, 9 + len(OPTIMISERS)),
}
ABOUT = {
    "title": "A network of your own",
    "comments": "Written by xlbackprop new. Fill in the yellow cells; xlbackprop build makes a workbook of it.",
}
HOW = "Yellow cells are yours. Change them, save, and run:"
SHOWN = "A row is a sample. Say above each column whether the network is shown it (input) or should answer it (target)."
MORE = "Add rows and columns as you need, and leave empty what you do not."
ONE_BY_ONE = f"For layers whose weights are “{form.GIVEN}” on {form.NETWORK_SHEET}, and for biases that differ from unit to unit."
IN_ORDER = (
    "A row is a unit; its weights stand in the order of what it receives: from inputs, or units of the layer before."
)


def blank(tree: Tree, file: Path) -> bytes:
    """A form that says what a tree says, which the reader has found right; file: what it will be called."""
    pages = [_network(tree, file), _samples(tree), _weights(tree), _words()]
    return sealed(write(pages, b"", "A form for a network", {}, ABOUT))


def settings_text(name: str, rows: Mapping[str, Any]) -> str:
    """What a row of a table takes, in its order, and what each is if nothing is given.

    >>> settings_text("step", SCHEDULES)
    '1: step_size, else 30; 2: gamma, else 0.1'
    """
    taken = [f"{n}: {one.key}, else {one.default:.6g}" for n, one in enumerate(rows[name].settings, start=1)]
    return "; ".join(taken) or "takes no settings"


def _network(tree: Tree, file: Path) -> Page:
    sheet, training, tables = _Sheet(), tree.get("training", {}), tree["layers"]
    command = f"xlbackprop build --template {file} -o {file.with_name('My_network.xlsx')}"
    sheet.head(form.NETWORK_SHEET, "A network of your own", HOW)
    sheet.put(3, 1, command, "mono")
    row = sheet.heading(6, "Network", f"What it learns stands on the sheet {form.SAMPLES}.")
    for key in (NETWORK["title"], NETWORK["loss"]):
        sheet.line(row, key, tree.get(key.name, ""))
        row += 1
    row = sheet.heading(row + 1, form.LAYERS, "From the inputs to the outputs, one row for each; the last one answers.")
    row = first = sheet.columns(row, form.OF_LAYER)
    for n in range(max(LAYERS, len(tables))):
        sheet.layer(row, n + 1, tables[n] if n < len(tables) else {}, _received(tree, first, row))
        row += 1
    row = sheet.heading(row + 1, form.RUNS, "One row for each sheet of the workbook: how far a step goes, and how.")
    row = sheet.columns(row, form.OF_RUN)
    named = training.get("optimizers") or [training.get("optimizer", TRAINING["optimizer"].default)]
    rates = training["learning_rates"]
    for n in range(max(RUNS, len(rates))):
        sheet.put(row, 1, n + 1, "hint,right")
        sheet.named(row, "optimizer", named[n] if n < len(named) else "", form.SETTINGS)
        sheet.number(row, form.AT["learning rate"], rates[n] if n < len(rates) else "", "learning rate")
        row += 1
    row = sheet.heading(row + 1, "Training", "The same for all sheets.")
    for key in form.SCALARS:
        sheet.line(row, key, training.get(key.name, key.default))
        row += 1
    sheet.put(row, 1, "schedule", LABEL)
    sheet.put(row, 3, "settings:", f"{HINT},right")
    default = TRAINING["schedule"].default
    sheet.named(row, "schedule", training.get("schedule", default), form.SETTINGS[: form.OF_SCHEDULE])
    return sheet.page(form.NETWORK_SHEET, "start", WIDTHS)


def _received(tree: Tree, first: int, row: int) -> tuple[int, str]:
    """How many numbers the units of the layer in a row receive, and as a formula."""
    before = tree["layers"][row - first - 1] if first < row <= first + len(tree["layers"]) else {}
    if row > first:
        return _units(before), a1(row - 1, form.AT["units"])
    kinds = f"{form.SAMPLES}!$A${KIND_ROW}:$XFD${KIND_ROW}"
    return len(_rows(tree)[0]["inputs"]), f'COUNTIF({kinds},"{form.INPUT}")'


def _units(layer: Tree) -> int:
    return len(layer["weights"]) if isinstance(layer.get("weights"), list) else int(layer.get("units", 0))


def _rows(tree: Tree) -> Sequence[Tree]:
    return tree.get("samples") or [tree]


def _samples(tree: Tree) -> Page:
    sheet, samples = _Sheet(), _rows(tree)
    sheet.head(form.SAMPLES, "What it learns", SHOWN)
    sheet.put(3, 1, MORE, "")
    kinds = [form.INPUT] * len(samples[0]["inputs"]) + [form.TARGET] * len(samples[0]["targets"])
    wide = max(WIDE, len(kinds))
    sheet.put(KIND_ROW, 1, form.KIND, LABEL)
    for n in range(wide):
        kind = kinds[n] if n < len(kinds) else ""
        sheet.choose(KIND_ROW, 2 + n, kind, form.COLUMNS, "this column", f"{MIDDLE},bold")
    for k in range(max(SAMPLES, len(samples))):
        numbers = [*samples[k]["inputs"], *samples[k]["targets"]] if k < len(samples) else []
        sheet.numbers(KIND_ROW + 1 + k, k + 1, 2, numbers, wide)
    return sheet.page(form.SAMPLES, "rate", {(1, 1): 104, (2, 1 + wide): 76})


def _weights(tree: Tree) -> Page:
    """A block for each layer, for weights and biases that are given one by one."""
    sheet, tables = _Sheet(), tree["layers"]
    sheet.head(form.WEIGHTS, "First weights, one by one", ONE_BY_ONE)
    sheet.put(3, 1, IN_ORDER, "")
    given = [
        [layer[key] if isinstance(layer.get(key), list) else [] for key in ("weights", "biases")] for layer in tables
    ]
    wide = max([WIDE, *(len(unit) for weights, _ in given for unit in weights)])
    row = KIND_ROW
    for n, (weights, biases) in enumerate([*given, *[[[], []]] * (LAYERS - len(given))], start=1):
        sheet.put(row, 1, form.BLOCK.format(n), "heading")
        for column, text in enumerate(("bias", *(f"weight {k}" for k in range(1, wide + 1))), start=2):
            sheet.put(row, column, text, HEADER)
        units = max(WIDE, len(weights), len(biases))
        for k in range(units):
            numbers = [biases[k] if k < len(biases) else "", *(weights[k] if k < len(weights) else [])]
            sheet.numbers(row + 1 + k, k + 1, 2, numbers, 1 + wide)
        row += units + 2
    return sheet.page(form.WEIGHTS, "step", {(1, 1): 104, (2, 2 + wide): 76})


def _words() -> Page:
    """What can be chosen, with its definition; where settings are looked up."""
    sheet = _Sheet()
    sheet.head(
        form.WORDS, "What can be chosen", "Definitions are PyTorch's. x: what a unit receives; t: target; y: answer."
    )
    sheet.put(3, 1, "L: ln of the sum of e to the power of what all units of the layer receive.", "")
    for what, (rows, first) in LISTS.items():
        sheet.heading(first - 1, what, "its settings, and what each is where nothing is given")
        for row, name in enumerate(rows, start=first):
            sheet.put(row, 1, name, "bold")
            sheet.put(row, 2, settings_text(name, rows), "")
    row = LISTS["schedule"][1] + len(SCHEDULES) + 1
    for what, names, says in (
        ("activation", ACTIVATIONS, "what a unit gives"),
        ("loss", LOSSES, "what one output unit costs"),
    ):
        row = sheet.heading(row, what, says)
        for name in names:
            sheet.put(row, 1, name, "bold")
            sheet.put(row, 2, _defined(name), "mono")
            row += 1
        row += 1
    return sheet.page(form.WORDS, "check", {(1, 1): 150, (2, 2): 640})


def _defined(name: str) -> str:
    """An activation or a loss as a formula of what it gets."""
    whole = name in WHOLE_LAYER or (name in LOSSES and LOSSES[name].after in WHOLE_LAYER)
    arguments = (*("x" if name in ACTIVATIONS else "ty"), *("L" * whole))
    return formula(Call(name, tuple(map(Ref, arguments))), lambda ref: ref.name)[1:]


class _Sheet:
    """A page being filled in: its cells, and what may be typed into them."""

    def __init__(self) -> None:
        self.cells: dict[Place, Cell] = {}
        self.choices: list[Choice] = []
        self.high: list[int] = []

    def page(self, name: str, kind: str, widths: Mapping[tuple[int, int], int]) -> Page:
        heights = dict.fromkeys(range(1, 1 + max(row for row, _ in self.cells)), 20)
        heights |= {1: 32, **dict.fromkeys(self.high, HINT_HEIGHT)}
        return Page(name, kind, self.cells, widths, heights, choices=tuple(self.choices))

    def put(self, row: int, column: int, value: str | float, style: str, live: str | None = None) -> None:
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
        self.put(row, 2, hint, HINT)
        return row + 1

    def columns(self, row: int, names: Mapping[str, str]) -> int:
        """The columns of a table and what each is; the row below."""
        for name, says in names.items():
            self.put(row, form.AT[name], name, HEADER)
            self.put(row + 1, form.AT[name], says, "hint,small,wrap,center")
        self.high.append(row + 1)
        return row + 2

    def line(self, row: int, key: Key, value: Any) -> None:
        """A key with its value and what it is."""
        self.put(row, 1, key.name, LABEL)
        self.put(row, 3, key.says, HINT)
        if key.words:
            self.choose(row, 2, value, key.words, key.name, LEFT)
        elif isinstance(value, str):
            self.put(row, 2, value, LEFT)
        else:
            self.number(row, 2, value, key.name, LEFT)

    def layer(self, row: int, n: int, layer: Tree, received: tuple[int, str]) -> None:
        """A row of the table of layers, with a live line on how many weights it has."""
        weights, biases, at = layer.get("weights", ""), layer.get("biases"), form.AT
        how = weights if isinstance(weights, dict) else {"init": form.GIVEN if isinstance(weights, list) else weights}
        kept = form.NONE if biases is None else form.HELD if layer.get("train_biases") is False else form.TRAINED
        units = _units(layer) or ""
        self.put(row, 1, n, "hint,right")
        self.choose(row, at["activation"], layer.get("activation", ""), ACTIVATIONS, "activation", LEFT)
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
        self.put(row, 1, n, "hint,right")
        for k in range(count):
            self.number(row, column + k, values[k] if k < len(values) else "", "this cell")

    def number(self, row: int, column: int, value: Any, name: str, style: str = MIDDLE) -> None:
        """A yellow cell for a number."""
        self.put(row, column, value, style)
        rule = {"validate": "decimal", "criteria": "between", "minimum": -1e300, "maximum": 1e300}
        told = {"error_title": "A number, please", "error_message": f"Type a number for {name}."}
        self.choices.append(Choice((row, column), rule | told))

    def choose(self, row: int, column: int, value: Any, words: Collection[str], name: str, style: str) -> None:
        """A yellow cell with a drop-down."""
        self.put(row, column, value, style)
        rule = {"validate": "list", "source": list(words)}
        told = {"error_title": "A word of the list, please", "error_message": f"Choose from the list for {name}."}
        self.choices.append(Choice((row, column), rule | told))
