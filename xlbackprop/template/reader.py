"""From the tree that a template is, whatever kind of file it came from, to the network; checked key by key."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from xlbackprop.maths.initial import drawn
from xlbackprop.maths.network import Layer, Named, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES, Optimiser, Schedule
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER, Loss, Rule, misaimed, misfit
from xlbackprop.pages.limits import rates_flaw, size_flaws, steps_flaw
from xlbackprop.template.keys import BATCHES, COLOURS, INIT, LAYER, LOOK, NETWORK, SAMPLE, TRAINING, Key
from xlbackprop.template.source import Source, Tree, kind_of, many, nearest, not_one_of, shown

Matrix = tuple[tuple[float, ...], ...]
Rows = Mapping[str, Optimiser] | Mapping[str, Schedule] | Mapping[str, Rule] | Mapping[str, Loss]
LONGEST_TITLE = 200
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
FORMAT = re.compile(r"(#,##)?0(\.[0#]{1,15})?(E\+0{1,3})?%?")  # programs drop what they cannot read


def network_of(tree: Tree, name: str, source: Source, replaced: Collection[str] = ()) -> Network:
    """The network that a tree describes; BadTemplate names place and key of the first thing that is wrong.

    replaced: keys of training in whose place something else will stand, so that it does not matter whether they fit.
    """
    return _Reader(source, replaced).network(name, tree)


class _Reader:
    """The checks of one file, which every message names."""

    def __init__(self, source: Source, replaced: Collection[str]) -> None:
        self.wrong, self.ways, self.replaced = source.wrong, source.ways, replaced

    def network(self, name: str, tree: Tree) -> Network:
        training = self.table(tree, "training")
        self.words_of(tree, training)
        title = self.title(tree, f"The {name} network")
        samples = self.samples(tree)
        layers = self.layers(tree, len(samples[0].inputs))
        self.outputs(tree, samples, layers[-1].units)
        loss = self.loss(tree, layers)
        self.targets(tree, samples, loss.name)
        numbers = {key: self.value(training, TRAINING[key], "training.") for key in ("threshold", "weight_decay")}
        clips = {key: self.value(training, TRAINING[key], "training.") for key in ("clip_value", "clip_norm")}
        if all(clips.values()):
            raise self.wrong("training.clip_norm", "stands beside clip_value; give one of the two")
        found = Network(
            name=name,
            title=title,
            samples=samples,
            layers=layers,
            loss=loss.name,
            loss_settings=loss.settings,
            steps=self.value(training, TRAINING["steps"], "training."),
            learning_rates=self.numbers(training, "learning_rates", "training."),
            full_batch=self.value(training, TRAINING["batch"], "training.") == BATCHES[0],
            optimizer=self.named(training, TRAINING["optimizer"], OPTIMISERS, "training."),
            compared=self.compared(training),
            schedule=self.named(training, TRAINING["schedule"], SCHEDULES, "training."),
            look=self.look(tree),
            **numbers,
            **clips,
        )
        self.fits(found)
        return found

    def words_of(self, tree: Tree, training: Tree) -> None:
        """Every key is known. Asked first, because a word that is misspelt is missed elsewhere."""
        self.known(tree, NETWORK, "")
        for name, keys in (("samples", SAMPLE), ("layers", LAYER)):
            if name in tree:
                for n, table in enumerate(self.tables(tree, name), start=1):
                    self.known(table, keys, f"{name}[{n}].")
        self.known(training, TRAINING, "training.")
        self.known(self.table(tree, "look"), LOOK, "look.")

    def fits(self, network: Network) -> None:
        """A workbook can hold it."""
        rates = network.learning_rates
        if "learning_rates" not in self.replaced:
            for n in range(1, len(rates) + 1):
                if flaw := rates_flaw(rates[:n], network.compared[:n]):
                    raise self.wrong(f"training.learning_rates[{n}]", flaw)
            if flaw := rates_flaw(rates, network.compared):
                raise self.wrong("training.learning_rates", flaw)
        if not self.replaced and (flaw := steps_flaw(network.steps, len(rates), network)):
            raise self.wrong("training.steps", flaw)
        for key, flaw in size_flaws(network):
            raise self.wrong(key, flaw)

    def title(self, tree: Tree, default: str) -> str:
        title = tree.get("title", default)
        if not isinstance(title, str):
            raise self.wrong("title", f"{shown(title)} is {kind_of(title)}, not a text")
        if len(title) > LONGEST_TITLE:
            raise self.wrong("title", f"{len(title)} characters; at most {LONGEST_TITLE} fit")
        if not title.isprintable():
            raise self.wrong("title", "has a character that cannot be printed; leave it out")
        return title

    def look(self, tree: Tree) -> tuple[tuple[str, str], ...]:
        """Colours and number formats."""
        for key, value in (found := self.table(tree, "look")).items():
            pattern, like = (COLOUR, "#0072B2") if key in COLOURS else (FORMAT, "0.000 or 0.00E+00")
            if not isinstance(value, str) or not pattern.fullmatch(value):
                what = "colour" if key in COLOURS else "number format"
                raise self.wrong(f"look.{key}", f"{shown(value)} is not a {what}; write one like {like}")
        return tuple(sorted(found.items()))

    def samples(self, tree: Tree) -> tuple[Sample, ...]:
        """One sample by itself, or a list of tables."""
        if "samples" not in tree:
            return (Sample(self.numbers(tree, "inputs"), self.numbers(tree, "targets")),)
        for key in SAMPLE:
            if key in tree:
                raise self.wrong(key, "stands beside samples; write each sample as a table of [[samples]]")
        samples: list[Sample] = []
        for n, table in enumerate(self.tables(tree, "samples"), start=1):
            where = f"samples[{n}]."
            samples.append(Sample(self.numbers(table, "inputs", where), self.numbers(table, "targets", where)))
            if len(samples[-1].inputs) != len(samples[0].inputs):
                raise self.wrong(
                    f"{where}inputs", f"{many(samples[-1].inputs)}; the first sample has {len(samples[0].inputs)}"
                )
        return tuple(samples)

    def outputs(self, tree: Tree, samples: tuple[Sample, ...], units: int) -> None:
        """Each sample has a target for each output unit."""
        for n, sample in enumerate(samples, start=1):
            if len(sample.targets) != units:
                where = f"samples[{n}]." if "samples" in tree else ""
                raise self.wrong(
                    f"{where}targets", f"{many(sample.targets)} for {units} output units; give one for each"
                )

    def layers(self, tree: Tree, inputs: int) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        tables = self.tables(tree, "layers")
        for place, table in enumerate(tables, start=1):
            where = f"layers[{place}]."
            chosen = self.chosen(table, LAYER["activation"], ACTIVATIONS, where)
            if chosen.name in WHOLE_LAYER and place < len(tables):
                raise self.wrong(f"{where}activation", f"{chosen.name} is for the last layer only")
            weights = self.weights(table, where, layers[-1].units if layers else inputs)
            biases = self.biases(table.get("biases"), f"{where}biases", len(weights))
            held = not self.flag(table, LAYER["train_biases"], where)
            layers.append(Layer(chosen.name, weights, biases, held and bool(biases), chosen.settings))
        return tuple(layers)

    def weights(self, table: Tree, where: str, incoming: int) -> Matrix:
        given, key = table.get("weights"), f"{where}weights"
        if isinstance(given, str | dict):
            how = {"init": given} if isinstance(given, str) else given
            self.known(how, INIT, f"{key}.")
            if "units" not in table:
                raise self.wrong(f"{where}units", "missing; weights that are drawn need a number of units")
            units = self.value(table, LAYER["units"], where)
            init = self.value(how, INIT["init"], f"{key}.")
            return drawn(init, self.value(how, INIT["seed"], f"{key}."), units, incoming)
        if not isinstance(given, list) or not given or not all(isinstance(row, list) for row in given):
            raise self.wrong(key, "missing; write a list with one list of weights for each unit")
        if "units" in table and self.value(table, LAYER["units"], where) != len(given):
            raise self.wrong(f"{where}units", f"{table['units']}, and there are weights for {len(given)} units")
        for n, row in enumerate(given, start=1):
            if len(row) != incoming:
                first = f"{key}[{n}][{min(len(row), incoming) + 1}]"  # that is missing, or too many
                what = f"{len(row)} weights; the unit receives {many(range(incoming))}"
                raise self.wrong(f"{key}[{n}]", what, at=first)
        return tuple(
            tuple(self.number(value, f"{key}[{n}][{k}]") for k, value in enumerate(row, start=1))
            for n, row in enumerate(given, start=1)
        )

    def biases(self, given: object, key: str, units: int) -> tuple[float, ...]:
        """One for each unit, or one number for all."""
        if given is None:
            return ()
        if not isinstance(given, list):
            return (self.number(given, key),) * units
        if len(given) != units:
            first = f"{key}[{min(len(given), units) + 1}]"
            raise self.wrong(key, f"{many(given)} for {units} units; give one for each, or one for all", at=first)
        return tuple(self.number(value, f"{key}[{n}]") for n, value in enumerate(given, start=1))

    def loss(self, tree: Tree, layers: tuple[Layer, ...]) -> Named:
        """A loss that goes with the last layer."""
        loss = self.chosen(tree, NETWORK["loss"], LOSSES)
        if why := misfit(loss.name, layers[-1].activation):
            raise self.wrong("loss", why)
        return loss

    def targets(self, tree: Tree, samples: tuple[Sample, ...], loss: str) -> None:
        """Targets that the loss can have."""
        for n, sample in enumerate(samples, start=1):
            if why := misaimed(loss, sample.targets):
                raise self.wrong(f"samples[{n}].targets" if "samples" in tree else "targets", why)

    def compared(self, training: Tree) -> tuple[Named, ...]:
        """The optimiser of each sheet, where sheets compare them."""
        given = training.get("optimizers")
        if given is None:
            return ()
        if not isinstance(given, list) or len(given) < 2:
            raise self.wrong("training.optimizers", "write a list of two or more; a single one is optimizer")
        if "optimizer" in training:
            raise self.wrong("training.optimizer", "stands beside optimizers; give one of the two")
        keys = [f"optimizers[{n}]" for n in range(1, len(given) + 1)]
        found = [
            self.named({key: one}, Key(key, "", words=OPTIMISERS), OPTIMISERS, "training.")
            for key, one in zip(keys, given, strict=True)
        ]
        for n, one in enumerate(found, start=1):
            if one.name in [before.name for before in found[: n - 1]]:
                raise self.wrong(
                    f"training.optimizers[{n}]", f"{one.name} stands there twice; each optimizer has one sheet"
                )
        return tuple(found)

    def named(self, table: Tree, key: Key, rows: Rows, where: str = "") -> Named:
        """A row of a table: "adam", or { name = "adam", beta1 = 0.8 }."""
        given, at = table.get(key.name, key.default), f"{where}{key.name}"
        if not isinstance(given, dict):
            given = {"name": self.word(given, at, rows)}
        row = rows[self.value(given, Key("name", "", words=rows), f"{at}.")]
        keys = {one.key: Key(one.key, "", one.default, fits=one.fits) for one in row.settings}
        self.known(given, {"name", *keys}, f"{at}.")
        return Named(given["name"], tuple(self.value(given, one, f"{at}.") for one in keys.values()))

    def chosen(self, table: Tree, key: Key, rows: Rows, where: str = "") -> Named:
        """The same, without settings where they are the usual ones."""
        found = self.named(table, key, rows, where)
        usual = tuple(setting.default for setting in rows[found.name].settings)
        return Named(found.name) if found.settings == usual else found

    def value(self, table: Tree, key: Key, where: str = "") -> Any:
        """A word or number, as its key wants it."""
        given, name = table.get(key.name, key.default), f"{where}{key.name}"
        if key.words:
            return self.word(given, name, key.words)
        value = self.count(given, name) if key.whole else self.number(given, name)
        if key.fits and not key.fits.hold(value):
            raise self.wrong(name, f"{shown(given)} is not {key.fits.words}")
        return value

    def table(self, tree: Tree, key: str) -> Tree:
        value = tree.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"{shown(value)} is {kind_of(value)}; write it as a table, [{key}]")
        return value

    def tables(self, tree: Tree, key: str) -> list[Tree]:
        value = tree.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(table, dict) for table in value):
            raise self.wrong(key, f"missing; {self.ways[key]}")
        return value

    def flag(self, table: Tree, key: Key, where: str) -> bool:
        value = table.get(key.name, key.default)
        if not isinstance(value, bool):
            raise self.wrong(f"{where}{key.name}", f"{shown(value)} is not true or false")
        return value

    def known(self, table: Tree, keys: Collection[str], where: str) -> None:
        for key in table:
            if key not in keys:
                raise self.wrong(f"{where}{key}", f"unknown key{nearest(key, keys)}")

    def word(self, value: object, key: str, words: Collection[str]) -> str:
        if not isinstance(value, str) or value not in words:
            raise self.wrong(key, not_one_of(value, words))
        return value

    def numbers(self, table: Tree, key: str, where: str = "") -> tuple[float, ...]:
        values = table.get(key)
        if not isinstance(values, list) or not values:
            raise self.wrong(f"{where}{key}", f"missing; {self.ways['numbers']}")
        return tuple(self.number(value, f"{where}{key}[{n}]") for n, value in enumerate(values, start=1))

    def number(self, value: object, key: str) -> float:
        if value is None:
            raise self.wrong(key, "missing; give a number")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, f"{shown(value)} is {kind_of(value)}, not a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.wrong(key, f"{shown(value)} is not a finite number")
        return number

    def count(self, value: object, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, f"{shown(value)} is not a whole number")
        return value
