"""What a workbook says of itself in its document properties, written by `build` and read back by `verify`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count, pairwise, takewhile
from math import isfinite
from pathlib import Path
from typing import Any

from xlbackprop.errors import Unreadable
from xlbackprop.grid import SavedSheet
from xlbackprop.maths.network import Layer, Named, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, Rule
from xlbackprop.pages.layout import MAX_COLUMNS, MAX_STEPS
from xlbackprop.pages.plan import CHECK, STEP, Plan
from xlbackprop.pages.yours import FIRST_LOSS, START

SPEC, TITLE = "xlbackprop", "xlbackprop title"
# What is not said where it is so.
PLAIN: dict[str, Any] = {
    "biases": None,
    "samples": 1,
    "one by one": False,
    "optimizers": ["sgd"],
    "schedule": "constant",
    "changed": [],
    "look": {},
    "activation settings": [],  # of each layer, where any are not the usual ones
    "loss settings": [],
}
CHANGED = ("weight_decay", "clip_value", "clip_norm")  # of gradients, where not 0
LONGEST = 255  # characters of a document property
LAYOUT = 1  # counts up whenever a cell of a workbook moves or changes its formula


def described(network: Network, steps: int, rates: int) -> dict[str, str]:
    """What a workbook says of itself in its document properties; the numbers are in its yellow cells."""
    return in_pieces(SPEC, json.dumps(shape(network, steps, rates))) | {TITLE: network.title}


def shape(network: Network, steps: int, rates: int) -> dict[str, Any]:
    """All of a network but its numbers, and how many steps and learning rates it has, as JSON may hold it."""
    spec: dict[str, Any] = {
        "layout": LAYOUT,
        "sizes": network.sizes,
        "activations": [layer.activation for layer in network.layers],
        "loss": network.loss,
        "steps": steps,
        "rates": rates,
    }
    biases = ["held" if layer.held else "trained" if layer.biases else "" for layer in network.layers]
    of_layers = [list(layer.settings) for layer in network.layers]
    more = {
        "biases": biases if any(biases) else None,
        "samples": len(network.samples),
        "one by one": not network.full_batch,
        "optimizers": [one.name for one in network.compared] or [network.optimizer.name],
        "schedule": network.schedule.name,
        "changed": [key for key in CHANGED if getattr(network, key)],
        "look": dict(network.look),
        "activation settings": of_layers if any(of_layers) else [],
        "loss settings": list(network.loss_settings),
    }
    return spec | {key: value for key, value in more.items() if value != PLAIN[key]}


def in_pieces(name: str, text: str) -> dict[str, str]:
    """A text as document properties, which hold LONGEST characters each: name, name 2, name 3."""
    pieces = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
    return {_property(name, n): piece for n, piece in enumerate(pieces)}


def from_pieces(name: str, properties: Mapping[str, str]) -> str | None:
    """The text again; None where there is none."""
    pieces = list(takewhile(lambda piece: piece is not None, (properties.get(_property(name, n)) for n in count())))
    return "".join(piece for piece in pieces if piece) if pieces else None


def _property(name: str, n: int) -> str:
    """The document property that holds the n-th piece, counted from 0."""
    return f"{name} {n + 1}" if n else name


WROTE = "xlbackprop wrote"  # document property of what is nobody's work: a gradebook, a key, a report


def is_ours(properties: Mapping[str, str]) -> bool:
    """Whether a workbook says that build wrote it."""
    return from_pieces(SPEC, properties) is not None


def recognise(path: Path, properties: Mapping[str, str], sheets: Mapping[str, SavedSheet]) -> Plan:
    """The plan of a saved workbook; Unreadable if it is not one of ours."""
    text = from_pieces(SPEC, properties)
    if text is None:
        raise Unreadable(f"{path}: was not written by xlbackprop build; verify judges only those")
    if _layout(text) not in (LAYOUT, None):
        raise Unreadable(
            f"{path}: was built by another version of xlbackprop; build it again, or verify it with that one"
        )
    try:
        network, steps, rates = shaped(json.loads(text), properties.get(TITLE, ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable(f"{path}: its document property {SPEC!r} is damaged; build it again") from None
    names = list(sheets)
    blank = Plan(network, steps, ("",) * rates)
    own = blank.places.sheets
    missing = [name for name in (START, *own, STEP, CHECK) if name not in names]
    if missing:
        raise Unreadable(f"{path}: has no sheet named {missing[0]}; give it that name again, or build it again")
    between = _as_start_reads(blank, sheets) or [
        name for name in names[names.index(START) + 1 : names.index(STEP)] if name not in own
    ]
    between = between if len(between) == rates else [name for name in names if name.startswith("LR ")]
    if len(between) != rates:
        raise Unreadable(f"{path}: has {len(between)} of its {rates} learning-rate sheets; build it again")
    if any(len(sheets[name]) < steps for name in between):  # before anything is worked out for steps that are not there
        raise Unreadable(f"{path}: says that it has {steps:,} steps, and holds fewer cells than that; build it again")
    return Plan(network, steps, tuple(between))


def _as_start_reads(plan: Plan, sheets: Mapping[str, SavedSheet]) -> list[str] | None:
    """The learning-rate sheets as Start's formulas name them, whatever a user called them and wherever their tabs are.

    None unless each of those formulas reads a sheet of its own.
    """
    rows = [plan.places.rate(k)[0] for k in range(len(plan.rate_sheets))]
    formulas = [cell.formula or "" if (cell := sheets[START].get((row, FIRST_LOSS))) else "" for row in rows]
    found = [formula.lstrip("=").rpartition("!")[0].strip("'").replace("''", "'") for formula in formulas]
    return found if len(set(found)) == len(found) and set(found) <= set(sheets) else None


def _layout(text: str) -> object:
    """The layout that the property names; None where it is too damaged to tell."""
    try:
        spec = json.loads(text)
    except ValueError:
        return None
    return spec.get("layout") if isinstance(spec, dict) else None


def shaped(spec: dict[str, Any], title: str) -> tuple[Network, int, int]:
    """The network without its numbers, and how many steps and learning rates there are; ValueError for nonsense."""
    spec = {**PLAIN, **spec}
    sizes, steps, rates = [int(size) for size in spec["sizes"]], int(spec["steps"]), int(spec["rates"])
    known = set(spec["activations"]) <= set(ACTIVATIONS) and spec["loss"] in LOSSES
    known = known and set(spec["optimizers"]) <= set(OPTIMISERS) and set(spec["changed"]) <= set(CHANGED)
    known = known and spec["schedule"] in SCHEDULES
    biases, samples = spec["biases"] or [""] * (len(sizes) - 1), int(spec["samples"])
    of_layers = spec["activation settings"] or [[]] * (len(sizes) - 1)
    counts = (*sizes, steps, rates, samples)
    if not known or min(counts) < 1 or max(counts) > MAX_STEPS or len(spec["activations"]) != len(sizes) - 1:
        raise ValueError(spec)
    columns = sum(sizes) * (1 if spec["one by one"] else samples)  # some of them, and as many again for weights
    if max(columns, sum(a * b for a, b in pairwise(sizes))) > MAX_COLUMNS or sum(sizes) * samples > MAX_STEPS:
        raise ValueError(spec)
    kept = [_settings(ACTIVATIONS[name], one) for name, one in zip(spec["activations"], of_layers, strict=True)]
    layers = tuple(
        Layer(activation, ((0.0,) * incoming,) * units, (0.0,) * units if bias else (), bias == "held", settings)
        for incoming, units, activation, bias, settings in zip(
            sizes[:-1], sizes[1:], spec["activations"], biases, kept, strict=True
        )
    )
    sample = Sample((0.0,) * sizes[0], (0.0,) * sizes[-1])
    optimizers = tuple(map(Named, spec["optimizers"]))
    network = Network(
        name="",
        title=title,
        samples=(sample,) * samples,
        layers=layers,
        loss=spec["loss"],
        threshold=0.0,
        steps=steps,
        learning_rates=(),
        full_batch=not spec["one by one"],
        optimizer=optimizers[0],
        compared=optimizers if len(optimizers) > 1 else (),
        schedule=Named(spec["schedule"]),
        look=tuple((str(key), str(value)) for key, value in spec["look"].items()),
        loss_settings=_settings(LOSSES[spec["loss"]], spec["loss settings"]),
    )
    changed: dict[str, Any] = dict.fromkeys(spec["changed"], 1.0)
    return replace(network, **changed), steps, rates


def _settings(row: Rule, given: list[float]) -> tuple[float, ...]:
    """The settings of an activation or a loss, which no cell holds."""
    settings = tuple(map(float, given))
    if settings and len(settings) != len(row.settings):
        raise ValueError(given)
    if not all(isfinite(value) and one.fits.hold(value) for value, one in zip(settings, row.settings, strict=False)):
        raise ValueError(given)
    return settings
