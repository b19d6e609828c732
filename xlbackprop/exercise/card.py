"""What an exercise says of itself in its document properties: whose it is, and all that it takes to make it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from xlbackprop.errors import Unreadable
from xlbackprop.exercise.blanks import KINDS
from xlbackprop.exercise.blueprint import Blueprint
from xlbackprop.maths.network import Layer, Network, Sample
from xlbackprop.pages.spec import from_pieces, in_pieces, shape, shaped

PROPERTY = "xlbackprop exercise"
VERSION = 3  # counts up whenever a cell of an exercise moves or changes its formula


@dataclass(frozen=True)
class Card:
    """Whose exercise it is. template: as it was asked for; network: with the student's numbers."""

    student: str
    seed: int
    template: str
    network: Network
    blueprint: Blueprint


def properties(card: Card) -> dict[str, str]:
    """The document properties of an exercise."""
    network, blueprint = card.network, card.blueprint
    said = {
        "version": VERSION,
        "student": card.student,
        "seed": card.seed,
        "template": card.template,
        "title": network.title,
        "blank": blueprint.blank,
        "shape": shape(network, blueprint.steps, 1),
        "settings": blueprint.settings,
        "samples": [(*sample.inputs, *sample.targets) for sample in network.samples],
        "weights": network.weights,
        "held": network.held,
    }
    return in_pieces(PROPERTY, json.dumps(said))


def recognise(path: Path, found: Mapping[str, str]) -> Card:
    """The card of a saved exercise; Unreadable if there is none, or if it is damaged."""
    text = from_pieces(PROPERTY, found)
    if text is None:
        raise Unreadable(f"{path}: is no exercise of ours; its document property {PROPERTY!r} is missing")
    try:
        said = json.loads(text)
        if said["version"] != VERSION:
            raise Unreadable(f"{path}: was made by another version of xlbackprop; judge it with that one")
        return _card(said)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable(
            f"{path}: its document property {PROPERTY!r} is damaged; hand the exercise out again"
        ) from None


def _card(said: dict[str, Any]) -> Card:
    bare, steps, _ = shaped(said["shape"], str(said["title"]))
    network = _filled(bare, said["samples"], said["weights"], said["held"])
    blank = tuple(kind for kind in KINDS if kind in said["blank"])
    if not blank:
        raise ValueError(said["blank"])
    blueprint = Blueprint(network, tuple(map(float, said["settings"])), steps, blank)
    return Card(str(said["student"]), int(said["seed"]), str(said["template"]), network, blueprint)


def _filled(
    network: Network, samples: Sequence[Sequence[float]], weights: Sequence[float], held: Sequence[float]
) -> Network:
    """The network with these numbers, which follow each other as in `Network.weights` and `Network.held`."""
    inputs, outputs = network.sizes[0], network.sizes[-1]
    if len(samples) != len(network.samples) or any(len(one) != inputs + outputs for one in samples):
        raise ValueError(samples)
    trained, fixed = iter(map(float, weights)), iter(map(float, held))

    def filled(layer: Layer) -> Layer:
        rows = tuple(_taken(trained, len(unit)) for unit in layer.weights)
        return replace(layer, weights=rows, biases=_taken(fixed if layer.held else trained, len(layer.biases)))

    layers = tuple(map(filled, network.layers))
    own = tuple(Sample(tuple(map(float, one[:inputs])), tuple(map(float, one[inputs:]))) for one in samples)
    return replace(network, samples=own, layers=layers)


def _taken(numbers: Iterator[float], count: int) -> tuple[float, ...]:
    found = tuple(islice(numbers, count))
    if len(found) < count:
        raise ValueError(found)
    return found
