"""The form as a workbook: filled in with a network to start from, and beside each yellow cell a line on what it is."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Ref
from xlbackprop.maths.optim import SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, RULES, WHOLE_LAYER
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Page
from xlbackprop.template import form
from xlbackprop.template.fields import (
    HEADER,
    HINT,
    LABEL,
    LEFT,
    LISTS,
    MIDDLE,
    ORDINAL,
    Fields,
    settings_text,
    units_of,
)
from xlbackprop.template.keys import NETWORK, TRAINING
from xlbackprop.template.source import Tree
from xlbackprop.writing.workbook import write

# Rows and columns that are drawn at least; the reader takes as many as there are.
LAYERS, RUNS, SAMPLES, WIDE = 5, 6, 16, 8
KIND_ROW = 6  # on Samples
WIDTHS = {
    (1, 1): 104,
    (2, 2): 150,
    (3, 3): 92,
    (4, 4): 120,
    (5, form.ASIDE - 2): 92,
    (form.ASIDE - 1, form.ASIDE - 1): 150,
    (form.ASIDE, form.ASIDE): 430,
}
ABOUT = {
    "title": "A network of your own",
    "comments": "Written by xlbackprop new. Fill in the yellow cells; xlbackprop build makes a workbook of it.",
}
HOW = "Yellow cells are yours. Change them, save, and run:"
SHOWN = "A row is a sample. Say above each column whether the network is shown it (input) or should answer it (target)."
MORE = "Add rows and columns as you need, and leave empty what you do not."
ONE_BY_ONE = f"For weights that are “{form.GIVEN}” on {form.NETWORK_SHEET}, and biases that differ from unit to unit."
IN_ORDER = (
    "A row is a unit; its weights stand in the order of what it receives: from inputs, or units of the layer before."
)

DEFINED = "Definitions are PyTorch's, to the letter."
SYMBOLS = (
    "x: what a unit receives; t: target; y: what an output unit gives, or receives where the loss is a cross-entropy; "
    "L: ln of the sum of e to what all units of the layer receive."
)


def blank(tree: Tree, file: Path) -> bytes:
    """A form that says what a tree says, which the reader has found right; file: what it will be called."""
    network = _network(tree, file)
    pages = [network, _samples(tree), _weights(tree, network), _words()]
    out = BytesIO()
    write(out, pages, b"", "A form for a network", {}, ABOUT, sealed=False)  # for build must not write over it
    return out.getvalue()


def _network(tree: Tree, file: Path) -> Page:
    sheet, training, tables = Fields(), tree.get("training", {}), tree["layers"]
    command = f"xlbackprop build --template {file} -o {file.with_name('My_network.xlsx')}"
    sheet.head(form.NETWORK_SHEET, "A network of your own", HOW)
    sheet.put(3, 1, command, "mono")
    row = sheet.heading(6, "Network", f"What it learns stands on the sheet {form.SAMPLES}.")
    sheet.line(row, NETWORK["title"], tree.get("title", ""), last=4)
    sheet.loss(row + 1, tree["loss"])
    row = sheet.heading(row + 3, form.LAYERS, "From the inputs to the outputs, one row for each; the last one answers.")
    row = first = sheet.columns(row, form.OF_LAYER, "hidden band")
    for n in range(max(LAYERS, len(tables))):
        sheet.layer(row, n + 1, tables[n] if n < len(tables) else {}, _received(tree, first, row))
        row += 1
    row = sheet.heading(row + 1, form.RUNS, "One row for each sheet of the workbook: how far a step goes, and how.")
    row = sheet.columns(row, form.OF_RUN, "gradient band")
    named = training.get("optimizers") or [training.get("optimizer", TRAINING["optimizer"].default)]
    rates = training["learning_rates"]
    for n in range(max(RUNS, len(rates))):
        sheet.put(row, 1, n + 1, ORDINAL)
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
    sheet.put(row + 1, 3, TRAINING["schedule"].says, HINT)
    row = sheet.heading(row + 3, "Look", "Colours like #0072B2, number formats like 0.000 or 0.00E+00; empty: ours.")
    for label, key in form.LOOK.items():
        sheet.put(row, 1, label, LABEL)
        sheet.put(row, 2, tree.get("look", {}).get(key.name, ""), f"{LEFT},text")
        sheet.put(row, 3, key.says, HINT)
        row += 1
    return sheet.page(form.NETWORK_SHEET, "start", WIDTHS)


def _received(tree: Tree, first: int, row: int) -> tuple[int, str]:
    """How many numbers the units of the layer in a row receive, and as a formula."""
    before = tree["layers"][row - first - 1] if first < row <= first + len(tree["layers"]) else {}
    if row > first:
        return units_of(before), a1(row - 1, form.AT["units"])
    kinds = f"{form.SAMPLES}!$A${KIND_ROW}:$XFD${KIND_ROW}"
    return len(_rows(tree)[0]["inputs"]), f'COUNTIF({kinds},"{form.INPUT}")'


def _rows(tree: Tree) -> Sequence[Tree]:
    return tree.get("samples") or [tree]


def _samples(tree: Tree) -> Page:
    sheet, samples = Fields(), _rows(tree)
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


def _weights(tree: Tree, network: Page) -> Page:
    """A block for each layer, for weights and biases that are given one by one."""
    sheet, tables = Fields(), tree["layers"]
    sheet.head(form.WEIGHTS, "First weights, one by one", ONE_BY_ONE)
    sheet.put(3, 1, IN_ORDER, "")
    given = [[_listed(layer, key) for key in ("weights", "biases")] for layer in tables]
    said = [(place, cell) for place, cell in network.cells.items() if place[1] == form.ASIDE]  # first of the layers
    wide = max([WIDE, *(len(unit) for weights, _ in given for unit in weights)])
    row = KIND_ROW
    for n, (weights, biases) in enumerate([*given, *[[[], []]] * (LAYERS - len(given))], start=1):
        sheet.put(row, 1, form.BLOCK.format(n), "heading")
        place, aside = said[n - 1]
        sheet.put(row, 3 + wide, aside.value, HINT, f"={form.NETWORK_SHEET}!{a1(*place)}")
        for column, text in enumerate(("bias", *(f"weight {k}" for k in range(1, wide + 1))), start=2):
            sheet.put(row, column, text, f"hidden band,{HEADER}")
        units = max(WIDE, len(weights), len(biases))
        for k in range(units):
            numbers = [biases[k] if k < len(biases) else "", *(weights[k] if k < len(weights) else [])]
            sheet.numbers(row + 1 + k, k + 1, 2, numbers, 1 + wide)
        row += units + 2
    return sheet.page(form.WEIGHTS, "step", {(1, 1): 104, (2, 2 + wide): 76})


def _listed(layer: Tree, key: str) -> list[Any]:
    return layer[key] if isinstance(layer.get(key), list) else []


def _words() -> Page:
    """What can be chosen, with its definition; where settings are looked up."""
    sheet = Fields()
    sheet.head(form.WORDS, "What can be chosen", "x: what a unit receives; t: target; y: answer.")
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
    return sheet.page(form.WORDS, "check", {(1, 1): 150, (2, 4): 210})


def _defined(name: str) -> str:
    """An activation or a loss as a formula of what it gets."""
    whole = name in WHOLE_LAYER or (name in LOSSES and LOSSES[name].after in WHOLE_LAYER)
    settings = (setting.symbol for setting in RULES[name].settings)
    arguments = (*("x" if name in ACTIVATIONS else "ty"), *("L" * whole), *settings)
    return formula(Call(name, tuple(map(Ref, arguments))), lambda ref: ref.name)[1:]
