"""What a workbook says of itself in its document properties, written by `build` and read back by `verify`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sized
from pathlib import Path
from typing import Any

from xlbackprop.errors import Unreadable
from xlbackprop.layout import MAX_STEPS
from xlbackprop.lower import lower
from xlbackprop.network import Layer, Network, Sample
from xlbackprop.plan import CHECK, START, STEP, Plan
from xlbackprop.rules import ACTIVATIONS, LOSSES
from xlbackprop.template import SIZES

SPEC, TITLE = "xlbackprop", "xlbackprop title"
LAYOUT = 1  # counts up whenever a cell of a workbook moves or changes its formula


def described(network: Network, steps: int, rates: int) -> dict[str, str]:
    """What a workbook says of itself in its document properties; the numbers are in its yellow cells."""
    spec = {
        "layout": LAYOUT,
        "sizes": network.sizes,
        "activations": [layer.activation for layer in network.layers],
        "loss": network.loss,
        "steps": steps,
        "rates": rates,
    }
    return {SPEC: json.dumps(spec), TITLE: network.title}


def recognise(path: Path, properties: Mapping[str, str], sheets: Mapping[str, Sized]) -> Plan:
    """The plan of a saved workbook; Unreadable if it is not one of ours."""
    text = properties.get(SPEC)
    if text is None:
        raise Unreadable(f"{path}: was not written by xlbackprop build; verify judges only those")
    if _layout(text) not in (LAYOUT, None):
        raise Unreadable(
            f"{path}: was built by another version of xlbackprop; build it again, or verify it with that one"
        )
    try:
        network, steps, rates = _network(json.loads(text), properties.get(TITLE, ""))
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"{path}: its document property {SPEC!r} is damaged; build it again") from None
    names = list(sheets)
    missing = [name for name in (START, STEP, CHECK) if name not in names]
    if missing:
        raise Unreadable(f"{path}: has no sheet named {missing[0]}; give it that name again, or build it again")
    between = names[names.index(START) + 1 : names.index(STEP)]
    between = between if len(between) == rates else [name for name in names if name.startswith("LR ")]
    if len(between) != rates:
        raise Unreadable(f"{path}: has {len(between)} of its {rates} learning-rate sheets; build it again")
    if any(len(sheets[name]) < steps for name in between):  # before anything is worked out for steps that are not there
        raise Unreadable(f"{path}: says that it has {steps:,} steps, and holds fewer cells than that; build it again")
    return Plan(network, lower(network), steps, tuple(between))


def _layout(text: str) -> object:
    """The layout that the property names; None where it is too damaged to tell."""
    try:
        spec = json.loads(text)
    except ValueError:
        return None
    return spec.get("layout") if isinstance(spec, dict) else None


def _network(spec: dict[str, Any], title: str) -> tuple[Network, int, int]:
    """The network without its numbers, and how many steps and learning rates there are."""
    sizes, steps, rates = spec["sizes"], int(spec["steps"]), int(spec["rates"])
    known = set(spec["activations"]) <= set(ACTIVATIONS) and spec["loss"] in LOSSES
    if sizes != SIZES or not known or not 1 <= steps <= MAX_STEPS or rates < 1:
        raise ValueError(spec)
    layers = tuple(
        Layer(activation, ((0.0,) * incoming,) * units)
        for incoming, units, activation in zip(sizes[:-1], sizes[1:], spec["activations"], strict=True)
    )
    sample = Sample((0.0,) * sizes[0], (0.0,) * sizes[-1])
    return Network("", title, (sample,), layers, spec["loss"], 0.0, steps, ()), steps, rates
