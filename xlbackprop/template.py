"""Templates: a network described in TOML, read and checked key by key."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlbackprop.errors import BadTemplate
from xlbackprop.network import Layer, Network, Sample
from xlbackprop.rules import ACTIVATIONS, LOSSES

FOLDERS = (Path(__file__).parent / "templates", Path(__file__).parent.parent / "templates")  # installed; a checkout
SIZES = [2, 2, 2]  # the worksheet's blocks are laid out for these
KEYS = {"title", "inputs", "targets", "loss", "layers", "training"}
LAYER_KEYS = {"activation", "weights"}
TRAINING_KEYS = {"learning_rates", "steps", "threshold"}
LONGEST_TITLE = 200


def shipped() -> dict[str, Path]:
    """The templates that come with the package, by name."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name: str) -> Network:
    """The network of a template, by its name or its file's path; BadTemplate says which key of which file is wrong."""
    path = shipped().get(name, Path(name))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadTemplate(
            f"{name}: no such template; use the path of a TOML file, or one of: {', '.join(shipped())}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadTemplate(f"{name}: cannot be read as a text file ({_reason(error)}); templates are TOML") from None
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers or brackets beyond all measure
        raise BadTemplate(f"{name}: is not TOML: {error}") from None
    return _Reader(name).network(path.stem, tree)


def _reason(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not UTF-8 text"


class _Reader:
    """The checks of one file, which every message names."""

    def __init__(self, file: str) -> None:
        self.file = file

    def wrong(self, key: str, what: str) -> BadTemplate:
        return BadTemplate(f"{self.file}: {key}: {what}")

    def network(self, name: str, tree: Mapping[str, Any]) -> Network:
        self.known(tree, KEYS, "")
        inputs, targets = self.numbers(tree, "inputs"), self.numbers(tree, "targets")
        layers = self.layers(tree, len(inputs))
        sizes = [len(inputs), *(layer.units for layer in layers)]
        if len(targets) != sizes[-1]:
            raise self.wrong("targets", f"{len(targets)} numbers for {sizes[-1]} output units; give one for each")
        if sizes != SIZES:
            drawn = "-".join(map(str, sizes))
            raise self.wrong("layers", f"a {drawn} network; this version lays out 2-2-2 networks only")
        title = self.text(tree, "title", f"The {name} network")
        if len(title) > LONGEST_TITLE:
            raise self.wrong("title", f"{len(title)} characters; at most {LONGEST_TITLE} fit")
        if not title.isprintable():
            raise self.wrong("title", "has a character that cannot be printed; leave it out")
        training = tree.get("training", {})
        if not isinstance(training, dict):
            raise self.wrong("training", "write it as a table, [training]")
        self.known(training, TRAINING_KEYS, "training.")
        rates = self.numbers(training, "learning_rates", "training.")
        return Network(
            name=name,
            title=title,
            samples=(Sample(inputs, targets),),
            layers=layers,
            loss=self.word(tree, "loss", "", LOSSES),
            threshold=self.positive(training.get("threshold", 0.001), "training.threshold"),
            steps=self.count(training.get("steps", 100), "training.steps"),
            learning_rates=rates,
        )

    def layers(self, tree: Mapping[str, Any], inputs: int) -> tuple[Layer, ...]:
        tables = tree.get("layers")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            raise self.wrong("layers", "missing; write one [[layers]] table for each layer of units")
        layers: list[Layer] = []
        for place, table in enumerate(tables, start=1):
            where = f"layers[{place}]."
            self.known(table, LAYER_KEYS, where)
            incoming = layers[-1].units if layers else inputs
            weights = self.weights(table.get("weights"), f"{where}weights", incoming)
            layers.append(Layer(self.word(table, "activation", where, ACTIVATIONS), weights))
        return tuple(layers)

    def weights(self, rows: object, key: str, incoming: int) -> tuple[tuple[float, ...], ...]:
        if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
            raise self.wrong(key, "missing; write a list with one list of weights for each unit")
        for n, row in enumerate(rows, start=1):
            if len(row) != incoming:
                raise self.wrong(key, f"unit {n} has {len(row)} weights; it receives {incoming} numbers")
        return tuple(tuple(self.number(value, key) for value in row) for row in rows)

    def known(self, table: Mapping[str, Any], keys: set[str], where: str) -> None:
        for key in table:
            if key not in keys:
                raise self.wrong(f"{where}{key}", f"unknown key{self.nearest(key, keys)}")

    def word(self, table: Mapping[str, Any], key: str, where: str, words: Mapping[str, object]) -> str:
        value = table.get(key)
        if not isinstance(value, str) or value not in words:
            raise self.wrong(
                f"{where}{key}", f"{value!r} is not one of {', '.join(words)}{self.nearest(str(value), words)}"
            )
        return str(value)

    def text(self, table: Mapping[str, Any], key: str, default: str) -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, f"{value!r} is not a text")
        return value

    def numbers(self, table: Mapping[str, Any], key: str, where: str = "") -> tuple[float, ...]:
        values = table.get(key)
        if not isinstance(values, list) or not values:
            raise self.wrong(f"{where}{key}", "missing; write a list of numbers")
        return tuple(self.number(value, f"{where}{key}") for value in values)

    def number(self, value: object, key: str) -> float:
        try:
            number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.wrong(key, f"{value!r:.40} is not a finite number")
        return number

    def positive(self, value: object, key: str) -> float:
        number = self.number(value, key)
        if number <= 0:
            raise self.wrong(key, f"{value!r} is not greater than 0")
        return number

    def count(self, value: object, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, f"{value!r} is not a whole number")
        return value

    def nearest(self, word: str, words: Mapping[str, object] | set[str]) -> str:
        close = difflib.get_close_matches(word, list(words), 1)
        return f"; did you mean {close[0]}?" if close else ""
