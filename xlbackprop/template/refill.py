"""A workbook as a template: a form that was filled in, or one that `build` wrote, with what now stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from xlbackprop.errors import BadTemplate, Unreadable
from xlbackprop.maths.lower import setting_keys
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, Rule
from xlbackprop.pages.layout import a1
from xlbackprop.pages.plan import Given, Plan
from xlbackprop.pages.spec import SPEC, recognise
from xlbackprop.reading.package import SavedWorkbook, read_package
from xlbackprop.template import filled, form
from xlbackprop.template.keys import BATCHES
from xlbackprop.template.source import IN_CELLS, Source, Tree

ALIKE = "type the same for each, and build a workbook for each number that you compare"


def tree_of(path: Path) -> tuple[Tree, Source]:
    """What a workbook says, and where; BadTemplate if it is neither a form nor a workbook of ours."""
    try:
        saved = read_package(path)
        if SPEC in saved.properties:
            return _built(recognise(path, saved.properties, saved.sheets), saved, str(path))
    except Unreadable as error:
        raise BadTemplate(str(error)) from None
    if form.NETWORK_SHEET in saved.sheets:
        return filled.tree_of(saved, str(path))
    raise BadTemplate(f"{path}: is neither a form of xlbackprop new nor a workbook of xlbackprop build; begin with new")


def _built(plan: Plan, saved: SavedWorkbook, file: str) -> tuple[Tree, Source]:
    """What now stands in the yellow cells, as a tree; a tree of the cells themselves gives the places."""
    found: list[Any] = [saved.sheets[yours.sheet].get(yours.place) for yours in plan.yours]
    cells: list[Any] = [f": {yours.sheet}!{a1(*yours.place)}" for yours in plan.yours]
    values = plan.given([cell and cell.value for cell in found])
    where = plan.given(cells)
    _same_on_all_sheets(plan, values, where, file)
    return _tree(plan, values), Source(file, dict(_places(_tree(plan, where), set(cells))), IN_CELLS)


def _tree(plan: Plan, given: Given) -> dict[str, Any]:
    """The yellow cells and what the workbook says of itself, arranged as a template."""
    network = plan.network
    inputs, *_, outputs = network.sizes
    data, weights, held = iter(given.data), iter(given.weights), iter(given.held)
    samples = [{"targets": _take(data, outputs), "inputs": _take(data, inputs)} for _ in network.samples]
    layers = []
    for layer in network.layers:
        rows = [_take(weights, len(row)) for row in layer.weights]
        biases = _take(held if layer.held else weights, len(layer.biases))
        kept = {"biases": biases, "train_biases": not layer.held} if biases else {}
        activation = _chosen(layer.activation, layer.settings, ACTIVATIONS)
        layers.append({"activation": activation, "weights": rows, **kept})
    sheets = [_settings(plan, given, k) for k in range(len(plan.rate_sheets))]
    named = [{"name": network.on_sheet(k).optimizer.name, **one.pop("optimizer")} for k, one in enumerate(sheets)]
    shared = {key: value for one in reversed(sheets) for key, value in one.items()}
    return {
        "title": network.title,
        "samples": samples,
        "layers": layers,
        "loss": _chosen(network.loss, network.loss_settings, LOSSES),
        "look": dict(network.look),
        "training": {
            **shared,
            "learning_rates": list(given.rates),
            **({"optimizers": named} if network.compared else {"optimizer": named[0]}),
            "schedule": {"name": network.schedule.name, **shared["schedule"]},
            "steps": plan.steps,
            "batch": BATCHES[0 if network.full_batch else 1],
            "threshold": given.threshold,
        },
    }


def _chosen(name: str, settings: Sequence[float], rows: Mapping[str, Rule]) -> dict[str, Any]:
    """An activation or a loss with its settings."""
    keys = [setting.key for setting in rows[name].settings]
    return {"name": name, **dict(zip(keys, settings, strict=False))}


def _settings(plan: Plan, given: Given, k: int) -> dict[str, Any]:
    """The settings of a sheet, those of its optimiser and of its schedule in tables of their own."""
    found: dict[str, Any] = {"optimizer": {}, "schedule": {}}
    for key, value in zip(setting_keys(plan.network.on_sheet(k)), given.settings[k], strict=True):
        table, _, name = key.rpartition(".")
        (found[table] if table else found)[name] = value
    return found


def _same_on_all_sheets(plan: Plan, values: Given, where: Given, file: str) -> None:
    """BadTemplate if a setting that a template has once for all sheets differs between them."""
    seen: dict[str, tuple[Any, str]] = {}
    for k, sheet in enumerate(plan.rate_sheets):
        for key, value, cell in zip(
            setting_keys(plan.network.on_sheet(k)), values.settings[k], where.settings[k], strict=True
        ):
            if plan.network.compared and key.startswith("optimizer."):
                continue
            other, first = seen.setdefault(key, (value, sheet))
            if value != other:
                what = f"{value} here and {other} for {first}; a template has one for all sheets: {ALIKE}"
                raise Source(file, {f"training.{key}": str(cell)}).wrong(f"training.{key}", what)


def _take(values: Iterator[Any], count: int) -> list[Any]:
    return list(islice(values, count))


def _places(tree: Any, cells: set[str], key: str = "") -> Iterator[tuple[str, str]]:
    """The keys of a tree whose leaves are cells."""
    match tree:
        case dict():
            for name, value in tree.items():
                yield from _places(value, cells, f"{key}.{name}" if key else name)
        case list():
            for n, value in enumerate(tree, start=1):
                yield from _places(value, cells, f"{key}[{n}]")
        case str() if tree in cells:
            yield key, tree
