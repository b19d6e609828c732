"""Templates: a network described in TOML, read and checked key by key."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlbackprop.errors import BadTemplate
from xlbackprop.initial import INITIALISERS, drawn
from xlbackprop.network import Layer, Named, Network, Sample
from xlbackprop.optim import OPTIMISERS, SCHEDULES
from xlbackprop.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER

FOLDERS = (Path(__file__).parent / "templates", Path(__file__).parent.parent / "templates")  # installed; a checkout
KEYS = {"title", "inputs", "targets", "samples", "loss", "layers", "training"}
SAMPLE_KEYS = {"inputs", "targets"}
LAYER_KEYS = {"activation", "units", "weights", "biases", "train_biases"}
INIT_KEYS = {"init", "seed"}
TRAINING_KEYS = {
    *("learning_rates", "steps", "threshold", "batch", "optimizer", "optimizers", "schedule"),
    *("weight_decay", "clip_value", "clip_norm"),
}
STARTER = "starter"  # the template that `new` copies
BATCHES = ("full", "one by one")
MOST_UNITS = 1000
LONGEST_TITLE = 200


def shipped() -> dict[str, Path]:
    """The templates that come with the package, by name."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def write_starter(file: Path) -> None:
    """Write a commented template to start from; BadTemplate if that cannot be done."""
    if file.suffix != ".toml":
        raise BadTemplate(f"{file}: a template's name ends in .toml; try {file.with_suffix('.toml')}")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(shipped()[STARTER].read_text(encoding="utf-8").replace("THIS_FILE.toml", str(file)))
    except FileExistsError:
        raise BadTemplate(f"{file}: is there already; choose another name, or remove it first") from None
    except OSError as error:
        raise BadTemplate(f"{file}: cannot be written ({error.strerror}); choose another place") from None


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
        samples = self.samples(tree)
        layers = self.layers(tree, len(samples[0].inputs))
        for n, sample in enumerate(samples, start=1):
            where = f"samples[{n}]." if "samples" in tree else ""
            if len(sample.targets) != layers[-1].units:
                raise self.wrong(
                    f"{where}targets",
                    f"{len(sample.targets)} numbers for {layers[-1].units} output units; give one for each",
                )
        title = self.text(tree, "title", f"The {name} network")
        if len(title) > LONGEST_TITLE:
            raise self.wrong("title", f"{len(title)} characters; at most {LONGEST_TITLE} fit")
        if not title.isprintable():
            raise self.wrong("title", "has a character that cannot be printed; leave it out")
        training = self.table(tree.get("training", {}), "training")
        self.known(training, TRAINING_KEYS, "training.")
        compared = self.compared(training)
        rates = self.numbers(training, "learning_rates", "training.")
        if compared and len(compared) != len(rates):
            raise self.wrong(
                "training.learning_rates", f"{len(rates)} numbers for {len(compared)} optimizers; give one for each"
            )
        clip_value, clip_norm = (self.least(training, key, 0.0) for key in ("clip_value", "clip_norm"))
        if clip_value and clip_norm:
            raise self.wrong("training.clip_norm", "stands beside clip_value; give one of the two")
        return Network(
            name=name,
            title=title,
            samples=samples,
            layers=layers,
            loss=self.loss(tree, layers),
            threshold=self.positive(training.get("threshold", 0.001), "training.threshold"),
            steps=self.count(training.get("steps", 100), "training.steps"),
            learning_rates=rates,
            full_batch=self.choice(training, "batch", BATCHES) == BATCHES[0],
            optimizer=self.named(training.get("optimizer", "sgd"), "training.optimizer", OPTIMISERS),
            compared=compared,
            schedule=self.named(training.get("schedule", "constant"), "training.schedule", SCHEDULES),
            weight_decay=self.least(training, "weight_decay", 0.0),
            clip_value=clip_value,
            clip_norm=clip_norm,
        )

    def samples(self, tree: Mapping[str, Any]) -> tuple[Sample, ...]:
        """One sample by itself, or a list of tables."""
        if "samples" not in tree:
            return (Sample(self.numbers(tree, "inputs"), self.numbers(tree, "targets")),)
        for key in ("inputs", "targets"):
            if key in tree:
                raise self.wrong(key, "stands beside samples; write each sample as a table of [[samples]]")
        tables = tree["samples"]
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            raise self.wrong("samples", "write one [[samples]] table for each sample")
        samples = []
        for n, table in enumerate(tables, start=1):
            where = f"samples[{n}]."
            self.known(table, SAMPLE_KEYS, where)
            samples.append(Sample(self.numbers(table, "inputs", where), self.numbers(table, "targets", where)))
            if len(samples[-1].inputs) != len(samples[0].inputs):
                raise self.wrong(
                    f"{where}inputs",
                    f"{len(samples[-1].inputs)} numbers; the first sample has {len(samples[0].inputs)}",
                )
        return tuple(samples)

    def layers(self, tree: Mapping[str, Any], inputs: int) -> tuple[Layer, ...]:
        tables = tree.get("layers")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            raise self.wrong("layers", "missing; write one [[layers]] table for each layer of units")
        layers: list[Layer] = []
        for place, table in enumerate(tables, start=1):
            where = f"layers[{place}]."
            self.known(table, LAYER_KEYS, where)
            incoming = layers[-1].units if layers else inputs
            weights = self.weights(table, where, incoming)
            activation = self.word(table, "activation", where, ACTIVATIONS)
            if activation in WHOLE_LAYER and place < len(tables):
                raise self.wrong(f"{where}activation", f"{activation} is for the last layer only")
            biases = self.biases(table.get("biases"), f"{where}biases", len(weights))
            held = not self.flag(table, "train_biases", where, default=True)
            layers.append(Layer(activation, weights, biases, held and bool(biases)))
        return tuple(layers)

    def weights(self, table: Mapping[str, Any], where: str, incoming: int) -> tuple[tuple[float, ...], ...]:
        given, key = table.get("weights"), f"{where}weights"
        if isinstance(given, str | dict):
            return self.drawn(given, table, where, incoming)
        if not isinstance(given, list) or not given or not all(isinstance(row, list) for row in given):
            raise self.wrong(key, "missing; write a list with one list of weights for each unit")
        for n, row in enumerate(given, start=1):
            if len(row) != incoming:
                raise self.wrong(key, f"unit {n} has {len(row)} weights; it receives {incoming} numbers")
        if table.get("units", len(given)) != len(given):
            raise self.wrong(f"{where}units", f"{table['units']!r}, and there are weights for {len(given)} units")
        return tuple(tuple(self.number(value, key) for value in row) for row in given)

    def drawn(
        self, given: object, table: Mapping[str, Any], where: str, incoming: int
    ) -> tuple[tuple[float, ...], ...]:
        """Weights = "he normal", or { init = "he normal", seed = 3 }, for so many units."""
        key = f"{where}weights"
        how = {"init": given} if isinstance(given, str) else self.table(given, key)
        self.known(how, INIT_KEYS, f"{key}.")
        init = self.word(how, "init", f"{key}.", INITIALISERS)
        units = self.count(table.get("units"), f"{where}units")
        if not 1 <= units <= MOST_UNITS:
            raise self.wrong(f"{where}units", f"{units} is not from 1 to {MOST_UNITS:,}")
        return drawn(init, self.count(how.get("seed", 1), f"{key}.seed"), units, incoming)

    def biases(self, given: object, key: str, units: int) -> tuple[float, ...]:
        """One for each unit, or one number for all."""
        if given is None:
            return ()
        if not isinstance(given, list):
            return (self.number(given, key),) * units
        if len(given) != units:
            raise self.wrong(key, f"{len(given)} numbers for {units} units; give one for each, or one for all")
        return tuple(self.number(value, key) for value in given)

    def loss(self, tree: Mapping[str, Any], layers: tuple[Layer, ...]) -> str:
        """A loss that goes with the last layer."""
        loss = self.word(tree, "loss", "", LOSSES)
        after = LOSSES[loss].after
        if after and layers[-1].activation != after:
            raise self.wrong("loss", f"{loss} goes with {after} units in the last layer, not {layers[-1].activation}")
        return loss

    def compared(self, training: Mapping[str, Any]) -> tuple[Named, ...]:
        """The optimiser of each sheet, where sheets compare them."""
        given = training.get("optimizers")
        if given is None:
            return ()
        if not isinstance(given, list) or len(given) < 2:
            raise self.wrong("training.optimizers", "write a list of two or more; a single one is optimizer")
        if "optimizer" in training:
            raise self.wrong("training.optimizer", "stands beside optimizers; give one of the two")
        found = tuple(self.named(one, f"training.optimizers[{n}]", OPTIMISERS) for n, one in enumerate(given, start=1))
        names = [one.name for one in found]
        for name in names:
            if names.count(name) > 1:
                raise self.wrong("training.optimizers", f"{name} stands there twice; each optimizer has one sheet")
        return found

    def named(self, given: object, key: str, rows: Mapping[str, Any]) -> Named:
        """A row of a table: "adam", or { name = "adam", beta1 = 0.8 }."""
        table = {"name": given} if isinstance(given, str) else self.table(given, key)
        name = self.word(table, "name", f"{key}.", rows)
        settings = rows[name].settings
        self.known(table, {"name", *(setting.key for setting in settings)}, f"{key}.")
        values = tuple(self.number(table.get(one.key, one.default), f"{key}.{one.key}") for one in settings)
        for one, value in zip(settings, values, strict=True):
            if not one.fits.hold(value):
                raise self.wrong(f"{key}.{one.key}", f"{value:g} is not {one.fits.words}")
        return Named(name, values)

    def table(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, f"write it as a table, [{key}]")
        return value

    def choice(self, table: Mapping[str, Any], key: str, words: tuple[str, ...]) -> str:
        value = table.get(key, words[0])
        if value not in words:
            raise self.wrong(f"training.{key}", f"{value!r} is not one of {', '.join(words)}")
        return str(value)

    def flag(self, table: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{where}{key}", f"{value!r} is not true or false")
        return value

    def least(self, table: Mapping[str, Any], key: str, default: float) -> float:
        number = self.number(table.get(key, default), f"training.{key}")
        if number < 0:
            raise self.wrong(f"training.{key}", f"{number!r} is less than 0")
        return number

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
