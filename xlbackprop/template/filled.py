"""A form that someone filled in: from its cells to the tree that the same network has as TOML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from xlbackprop.errors import BadTemplate
from xlbackprop.grid import Value
from xlbackprop.maths.initial import INITIALISERS
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Place
from xlbackprop.reading.package import SavedWorkbook
from xlbackprop.template import form
from xlbackprop.template.source import IN_CELLS, Source, Tree, not_one_of

WEIGHT_COLUMN = 3  # on Weights, of a unit's first weight; its bias stands left of it


def tree_of(saved: SavedWorkbook, file: str) -> tuple[Tree, Source]:
    """What the form says, and in which cell; BadTemplate for what no tree could hold."""
    read = _Form(saved, file)
    return read.tree(), read.source


class _Form:
    """A form being read. places: by key, the sheet and cell where it stands, also where nothing stands there."""

    def __init__(self, saved: SavedWorkbook, file: str) -> None:
        self.sheets = saved.sheets
        self.places: dict[str, str] = {}
        self.source = Source(file, self.places, IN_CELLS)

    def tree(self) -> Tree:
        found: dict[str, Any] = {}
        labels = self.labels(form.NETWORK_SHEET)
        self.scalar(found, "", "title", labels)
        row = self.row(labels, "loss", form.NETWORK_SHEET)
        if (loss := self.named("loss", row, LOSSES, [form.LOSS_SETTING])) is not None:
            found["loss"] = loss
        found["samples"] = list(self.samples())
        found["layers"] = list(self.layers(labels))
        training: dict[str, Any] = {}
        for key in form.SCALARS:
            self.scalar(training, "training.", key.name, labels)
        row = self.row(labels, "schedule", form.NETWORK_SHEET)
        if (schedule := self.named("training.schedule", row, SCHEDULES, form.SETTINGS[: form.OF_SCHEDULE])) is not None:
            training["schedule"] = schedule
        self.runs(training, labels)
        return {**found, "training": training, "look": self.look(labels)}

    # Cells

    def value(self, key: str, sheet: str, row: int, column: int) -> Value:
        """What a cell holds for a key; None where it is empty."""
        self.places[key] = _place(sheet, (row, column))
        cell = self.sheets[sheet].get((row, column))
        if cell is None:
            return None
        if cell.value is None:
            raise self.source.wrong(key, "a formula without a saved value; recalculate the form and save it")
        value = cell.value.strip() or None if isinstance(cell.value, str) else cell.value
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def scalar(self, table: dict[str, Any], where: str, name: str, labels: Mapping[str, int]) -> None:
        value = self.value(f"{where}{name}", form.NETWORK_SHEET, self.row(labels, name, form.NETWORK_SHEET), 2)
        if value is not None:
            table[name] = value

    def word(self, key: str, row: int, column: str, words: Collection[str]) -> str:
        """A word that TOML has no key for."""
        value = self.value(key, form.NETWORK_SHEET, row, form.AT[column])
        if not isinstance(value, str) or value not in words:
            raise self.source.wrong(key, not_one_of(value, words))
        return value

    # Where things stand

    def labels(self, sheet: str) -> dict[str, int]:
        """The rows of a sheet by the text in their first column."""
        if sheet not in self.sheets:
            raise self.lacks(f"has no sheet {sheet}")
        found: dict[str, int] = {}
        for (row, column), cell in sorted(self.sheets[sheet].items()):
            if column == 1 and isinstance(cell.value, str):
                found.setdefault(cell.value.strip(), row)
        return found

    def row(self, labels: Mapping[str, int], label: str, sheet: str) -> int:
        if label not in labels:
            raise self.lacks(f"{sheet}: no row begins with “{label}”")
        return labels[label]

    def lacks(self, what: str) -> BadTemplate:
        return self.source.lacking(f"{what} any more; begin with a new form, which xlbackprop new writes")

    def below(self, sheet: str, labels: Mapping[str, int], label: str, head: int, first: int = 2) -> Iterator[Row]:
        """The rows of a block that hold something from the column `first` on, up to the next label."""
        top = self.row(labels, label, sheet)
        end = min((row for row in labels.values() if row > top), default=None)
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for (row, column), cell in self.sheets[sheet].items():
            inside = row > top + head and (end is None or row < end)
            if inside and column >= first and (cell.formula or str(cell.value).strip()):
                rows[row].append(column)
        yield from ((row, sorted(rows[row])) for row in sorted(rows))

    # Blocks

    def samples(self) -> Iterator[Tree]:
        sheet = form.SAMPLES
        labels = self.labels(sheet)
        top = self.row(labels, form.KIND, sheet)
        self.places["samples"] = _place(sheet, (top, 1))
        kinds: dict[int, str] = {}
        for row, column in sorted(self.sheets[sheet]):
            if row == top and column > 1:
                kind = self.value("samples", sheet, row, column)
                if kind is not None and kind not in form.COLUMNS:
                    raise self.source.wrong("samples", not_one_of(kind, form.COLUMNS))
                kinds |= {column: str(kind)} if kind else {}
        for kind in form.COLUMNS:
            if kind not in kinds.values():
                self.places["samples"] = _place(sheet, (top, 1))
                raise self.source.wrong("samples", f"no column is {kind}; choose what each column is")
        self.places["samples"] = _place(sheet, (top + 1, min(kinds)))
        for n, (row, filled) in enumerate(self.below(sheet, labels, form.KIND, 0), start=1):
            sample: dict[str, list[Value]] = {"inputs": [], "targets": []}
            for column in sorted({*filled, *kinds}):
                if column not in kinds:
                    self.places["samples"] = _place(sheet, (row, column))
                    raise self.source.wrong("samples", f"is {a1(top, column)} input or target? It does not say")
                numbers = sample[f"{kinds[column]}s"]
                key = f"samples[{n}].{kinds[column]}s[{len(numbers) + 1}]"
                numbers.append(self.given(key, sheet, row, column))
            yield sample

    def layers(self, labels: Mapping[str, int]) -> Iterator[Tree]:
        sheet = form.NETWORK_SHEET
        self.places["layers"] = _place(sheet, (self.row(labels, form.LAYERS, sheet), 1))
        rows = [row for row, filled in self.below(sheet, labels, form.LAYERS, 2) if filled[0] < form.ASIDE]
        for n, row in enumerate(rows, start=1):
            where = f"layers[{n}]."
            layer: dict[str, Any] = {}
            if (activation := self.named(f"{where}activation", row, ACTIVATIONS, ["setting"])) is not None:
                layer["activation"] = activation
            if (units := self.value(f"{where}units", sheet, row, form.AT["units"])) is not None:
                layer["units"] = units
            init = self.word(f"{where}weights", row, "weights", (*INITIALISERS, form.GIVEN))
            if init == form.GIVEN:
                layer["weights"] = self.matrix(f"{where}weights", n)
            else:
                seed = self.value(f"{where}weights.seed", sheet, row, form.AT["seed"])
                layer["weights"] = {"init": init} | ({} if seed is None else {"seed": seed})
            kept = self.word(f"{where}biases", row, "biases", form.BIASES)
            if kept != form.NONE:
                one = self.value(f"{where}biases", sheet, row, form.AT["bias"])
                layer["biases"] = self.biases(f"{where}biases", n) if one is None else one
                layer["train_biases"] = kept != form.HELD
            yield layer

    def block(self, n: int, first: int) -> Iterator[Row]:
        """The rows for a layer on the sheet Weights."""
        labels = self.labels(form.WEIGHTS)
        return self.below(form.WEIGHTS, labels, form.BLOCK.format(n), 0, first)

    def matrix(self, key: str, n: int) -> list[list[Value]]:
        """The weights of a layer, unit by unit, without a gap."""
        top = self.row(self.labels(form.WEIGHTS), form.BLOCK.format(n), form.WEIGHTS)
        weights = []
        for unit, (row, filled) in enumerate(self.block(n, WEIGHT_COLUMN), start=1):
            self.places[f"{key}[{unit}]"] = _place(form.WEIGHTS, (top + unit, WEIGHT_COLUMN))
            if row != top + unit:
                raise self.source.wrong(f"{key}[{unit}]", "missing; give the weights of this unit")
            columns = range(WEIGHT_COLUMN, WEIGHT_COLUMN + len(filled))
            cells = [(f"{key}[{unit}][{k}]", form.WEIGHTS, row, column) for k, column in enumerate(columns, start=1)]
            weights.append([self.given(*cell) for cell in cells])
            self.places[f"{key}[{unit}][{len(cells) + 1}]"] = _place(form.WEIGHTS, (row, columns.stop))
        if not weights:
            self.places[key] = _place(form.WEIGHTS, (top + 1, WEIGHT_COLUMN))
            raise self.source.wrong(key, "missing; give a row of weights for each unit, or choose how they are drawn")
        return weights

    def biases(self, key: str, n: int) -> list[Value]:
        """The biases of a layer, one for each unit, without a gap."""
        column = WEIGHT_COLUMN - 1
        top = self.row(self.labels(form.WEIGHTS), form.BLOCK.format(n), form.WEIGHTS)
        count = sum(filled[0] == column for _, filled in self.block(n, column))
        if count:  # else it may be one number for all that is missing
            self.places[f"{key}[{count + 1}]"] = _place(form.WEIGHTS, (top + count + 1, column))
        return [self.given(f"{key}[{k}]", form.WEIGHTS, top + k, column) for k in range(1, count + 1)]

    def runs(self, training: dict[str, Any], labels: Mapping[str, int]) -> None:
        """Learning rates, and one optimiser or those that are compared."""
        sheet = form.NETWORK_SHEET
        rows = [row for row, filled in self.below(sheet, labels, form.RUNS, 2) if filled[0] < form.ASIDE]
        at = form.AT["learning rate"]
        self.places["training.learning_rates"] = _place(sheet, (self.row(labels, form.RUNS, sheet) + 3, at))
        training["learning_rates"] = [
            self.given(f"training.learning_rates[{n}]", sheet, row, at) for n, row in enumerate(rows, start=1)
        ]
        keys = [f"training.optimizers[{n}]" for n in range(1, len(rows) + 1)]
        found = [self.named(key, row, OPTIMISERS, form.SETTINGS) for key, row in zip(keys, rows, strict=True)]
        there = [row for row, one in zip(rows, found, strict=True) if one]
        if len(there) == 1:
            training["optimizer"] = self.named("training.optimizer", there[0], OPTIMISERS, form.SETTINGS)
        elif there and len(there) < len(rows):
            key = keys[found.index(None)]
            raise self.source.wrong(key, "missing; give each row an optimizer, or only one of them")
        elif there:
            training["optimizers"] = found

    def look(self, labels: Mapping[str, int]) -> Tree:
        """Colours and number formats."""
        found = {}
        for label, key in form.LOOK.items():
            row = self.row(labels, label, form.NETWORK_SHEET)
            if (value := self.value(f"look.{key.name}", form.NETWORK_SHEET, row, 2)) is not None:
                found[key.name] = value
        return found

    def named(self, key: str, row: int, rows: Mapping[str, Any], columns: list[str]) -> Value | dict[str, Value]:
        """A word of a table, with the settings that are given; None where there is none."""
        name = self.value(key, form.NETWORK_SHEET, row, form.AT["optimizer"])
        settings = rows[name].settings if isinstance(name, str) and name in rows else ()
        table: dict[str, Value] = {}
        for n, column in enumerate(columns):
            where = f"{key}.{settings[n].key}" if n < len(settings) else f"{key}.{column}"
            value = self.value(where, form.NETWORK_SHEET, row, form.AT[column])
            if value is None:
                continue
            if n >= len(settings) and (
                name is None or name in rows
            ):  # else the reader says what is wrong with the word
                raise self.source.wrong(where, f"{name or 'an empty cell'} does not take it; leave it empty")
            if n < len(settings):
                table[settings[n].key] = value
        return {"name": name, **table} if table else name

    def given(self, key: str, sheet: str, row: int, column: int) -> Value:
        """What a cell holds that may not be empty."""
        value = self.value(key, sheet, row, column)
        if value is None:
            raise self.source.wrong(key, "missing; give a number")
        return value


Row = tuple[int, list[int]]  # and its columns that hold something


def _place(sheet: str, place: Place) -> str:
    return f": {sheet}!{a1(*place)}"
