"""A template that does not fit is refused with one line: the file, the key, what is wrong and what to do."""

import math
import re
import statistics
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import one_error_line
from hypothesis import given, settings
from hypothesis import strategies as st
from test_networks import networks

from xlbackprop.build import build
from xlbackprop.cli import main
from xlbackprop.errors import BadTemplate
from xlbackprop.maths.initial import INITIALISERS, drawn
from xlbackprop.maths.network import Named, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.pages.book import plan_for
from xlbackprop.pages.limits import columns_of
from xlbackprop.pages.look import HUES, READABLE, TINTS, WHITE, contrast, mixed, styles
from xlbackprop.proof.verify import verify
from xlbackprop.template.keys import MOST_UNITS
from xlbackprop.template.lines import lines_of
from xlbackprop.template.reader import LONGEST_TITLE
from xlbackprop.template.template import load, shipped

GOOD = """\
title = "A network"
inputs = [0.05, 0.1]
targets = [0.5, 0.5]
loss = "half squared error"

[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.2], [0.25, 0.3]]

[[layers]]
activation = "sigmoid"
weights = [[0.4, 0.45], [0.5, 0.55]]

[training]
learning_rates = [0.5, 1]
steps = 3
threshold = 0.01
"""
BOTH_LAYERS = GOOD[GOOD.index("[[layers]]") : GOOD.index("[training]")]
TRAINING = GOOD[GOOD.index("[training]") :]

# What is changed in the good template into what, and what the message says: the key, then words of what is wrong.
BAD: list[tuple[str, str, str, str]] = [
    # keys
    ("inputs = ", "input = ", "input", "did you mean inputs?"),
    ("loss = ", "lost = ", "lost", "did you mean loss?"),
    ("title", "xyz", "xyz", "unknown key"),
    ("activation = ", "activations = ", "layers[1].activations", "did you mean activation?"),
    ("threshold", "treshold", "training.treshold", "did you mean threshold?"),
    ("learning_rates", "learning_rate", "training.learning_rate", "did you mean learning_rates?"),
    ("[training]", "[train]", "train", "did you mean training?"),
    ("steps = 3", "bias = 1", "training.bias", "unknown key"),
    # missing
    ("inputs = [0.05, 0.1]\n", "", "inputs", "write a list of numbers"),
    ("targets = [0.5, 0.5]\n", "", "targets", "write a list of numbers"),
    ('loss = "half squared error"\n', "", "loss", "half squared error"),
    ('activation = "sigmoid"\n', "", "layers[1].activation", "sigmoid"),
    ("weights = [[0.15, 0.2], [0.25, 0.3]]\n", "", "layers[1].weights", "one list of weights for each unit"),
    (BOTH_LAYERS, "", "layers", "[[layers]]"),
    (TRAINING, "", "training.learning_rates", "write a list of numbers"),
    ("learning_rates = [0.5, 1]\n", "", "training.learning_rates", "write a list of numbers"),
    # of the wrong kind
    ("[0.05, 0.1]", "0.05", "inputs", "write a list of numbers"),
    ("[0.05, 0.1]", "[]", "inputs", "write a list of numbers"),
    ("[0.05, 0.1]", '["0.05", 0.1]', "inputs", "'0.05' is a text, not a number"),
    ("[0.05, 0.1]", '["=1+1", 0.1]', "inputs", "'=1+1' is a text, not a number"),
    ("[0.05, 0.1]", "[true, 0.1]", "inputs", "true is true or false, not a number"),
    ("[0.05, 0.1]", "[nan, 0.1]", "inputs", "nan is not a finite number"),
    ("[0.05, 0.1]", "[1e999, 0.1]", "inputs", "inf is not a finite number"),
    ("[0.05, 0.1]", "[2024-01-01, 0.1]", "inputs", "is a date or time, not a number"),
    ("[0.05, 0.1]", "[[0.05], 0.1]", "inputs", "[0.05] is a list, not a number"),
    ("targets = [0.5, 0.5]", "targets = [-inf, 0.5]", "targets", "-inf is not a finite number"),
    ("targets = [0.5, 0.5]", 'targets = "high"', "targets", "write a list of numbers"),
    ("0.15", "nan", "layers[1].weights", "nan is not a finite number"),
    ("0.55", "false", "layers[2].weights", "false is true or false, not a number"),
    ("0.4,", '"0.4",', "layers[2].weights", "'0.4' is a text, not a number"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "[0.15, 0.2, 0.25, 0.3]", "layers[1].weights", "one list of weights for each unit"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "[]", "layers[1].weights", "one list of weights for each unit"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "0.15", "layers[1].weights", "one list of weights for each unit"),
    (BOTH_LAYERS, "layers = 2\n", "layers", "[[layers]]"),
    (BOTH_LAYERS, "layers = [1, 2]\n", "layers", "[[layers]]"),
    (TRAINING, "", "training.learning_rates", "write a list of numbers"),
    ('title = "A network"', "title = 5", "title", "5 is a number, not a text"),
    ('title = "A network"', 'title = ["A"]', "title", "is a list, not a text"),
    ('"half squared error"', '"half square error"', "loss", "did you mean half squared error?"),
    ('"half squared error"', "0.5", "loss", "0.5 is not one of"),
    ('"sigmoid"', '"sigmod"', "layers[1].activation", "did you mean sigmoid?"),
    ('"sigmoid"', '"=SIGMOID"', "layers[1].activation", "is not one of linear, sigmoid"),
    ('"sigmoid"', "true", "layers[1].activation", "true is not one of"),
    ("steps = 3", "steps = 3.5", "training.steps", "3.5 is not a whole number"),
    ("steps = 3", "steps = true", "training.steps", "true is not a whole number"),
    ("steps = 3", 'steps = "3"', "training.steps", "'3' is not a whole number"),
    ("threshold = 0.01", "threshold = nan", "training.threshold", "nan is not a finite number"),
    ("threshold = 0.01", "threshold = true", "training.threshold", "true is true or false, not a number"),
    ("[0.5, 1]", '["fast"]', "training.learning_rates", "'fast' is a text, not a number"),
    ("[0.5, 1]", "[0.5, inf]", "training.learning_rates", "inf is not a finite number"),
    ("[0.5, 1]", "[]", "training.learning_rates", "write a list of numbers"),
    # of the wrong shape
    ("[0.25, 0.3]", "[0.25]", "layers[1].weights", "1 weights; the unit receives 2 numbers"),
    ("[0.4, 0.45]", "[0.4, 0.45, 0.5]", "layers[2].weights", "3 weights; the unit receives 2 numbers"),
    ("[0.05, 0.1]", "[0.05]", "layers[1].weights", "2 weights; the unit receives 1 number"),
    ("targets = [0.5, 0.5]", "targets = [0.5]", "targets", "1 number for 2 output units"),
    ("targets = [0.5, 0.5]", "targets = [0.5, 0.5, 0.5]", "targets", "3 numbers for 2 output units"),
    ("[0.25, 0.3]]", "[0.25, 0.3], [0.1, 0.2]]", "layers[2].weights", "2 weights; the unit receives 3 numbers"),
    # too long
    ('"A network"', f'"{"x" * (LONGEST_TITLE + 1)}"', "title", f"at most {LONGEST_TITLE} fit"),
]
# Every key that GOOD does without.
RICH = """\
loss = "cross-entropy"

[[samples]]
inputs = [0.9, 0.2]
targets = [1, 0]

[[samples]]
inputs = [0.1, 0.8]
targets = [0, 1]

[[layers]]
activation = "tanh"
units = 3
weights = { init = "he normal", seed = 7 }
biases = [0.1, 0.2, 0.3]
train_biases = false

[[layers]]
activation = "softmax"
units = 2
weights = "xavier uniform"
biases = 0.5

[training]
learning_rates = [0.5, 1]
steps = 3
threshold = 0.01
batch = "one by one"
optimizer = { name = "adam", beta1 = 0.8 }
schedule = { name = "step", step_size = 2 }
weight_decay = 0.001
clip_norm = 1
"""
ADAM = '{ name = "adam", beta1 = 0.8 }'
STEPWISE = '{ name = "step", step_size = 2 }'
FIRST_SAMPLE = RICH[RICH.index("[[samples]]") : RICH.index("[[layers]]")]
BAD_IN_RICH: list[tuple[str, str, str, str]] = [
    # samples
    (FIRST_SAMPLE, "", "inputs", "write a list of numbers"),
    (FIRST_SAMPLE, "samples = []\n", "samples", "one [[samples]] table for each sample"),
    (FIRST_SAMPLE, "samples = [1, 2]\n", "samples", "one [[samples]] table for each sample"),
    (FIRST_SAMPLE, "samples = { inputs = [1], targets = [1] }\n", "samples", "one [[samples]] table for each sample"),
    ("loss =", "inputs = [1]\nloss =", "inputs", "stands beside samples"),
    ("loss =", "targets = [1]\nloss =", "targets", "stands beside samples"),
    ("inputs = [0.9, 0.2]\n", "", "samples[1].inputs", "write a list of numbers"),
    ("targets = [0, 1]\n", "", "samples[2].targets", "write a list of numbers"),
    ("targets = [0, 1]", "target = [0, 1]", "samples[2].target", "did you mean targets?"),
    ("targets = [0, 1]", "targets = [-0.1, 1]", "samples[2].targets", "probabilities, from 0 to 1, not -0.1"),
    ("[0.1, 0.8]", "[0.1]", "samples[2].inputs", "1 number; the first sample has 2"),
    ("[0.1, 0.8]", "[0.1, nan]", "samples[2].inputs", "nan is not a finite number"),
    ("[0.1, 0.8]", '[0.1, "=1+1"]', "samples[2].inputs", "'=1+1' is a text, not a number"),
    ("[0, 1]", "[0, true]", "samples[2].targets", "true is true or false, not a number"),
    ("[0, 1]", "[0, 1, 0]", "samples[2].targets", "3 numbers for 2 output units; give one for each"),
    ("[1, 0]", "[1]", "samples[1].targets", "1 number for 2 output units; give one for each"),
    # units and weights
    ("units = 3\n", "", "layers[1].units", "missing; weights that are drawn"),
    ("units = 3", "units = 0", "layers[1].units", "0 is not from 1 to 1,000"),
    ("units = 3", "units = -3", "layers[1].units", "-3 is not from 1 to 1,000"),
    ("units = 3", f"units = {MOST_UNITS + 1}", "layers[1].units", "is not from 1 to 1,000"),
    ("units = 3", "units = 2.5", "layers[1].units", "2.5 is not a whole number"),
    ("units = 3", "units = true", "layers[1].units", "true is not a whole number"),
    ("units = 3", 'units = "3"', "layers[1].units", "'3' is not a whole number"),
    ("units = 3", "unit = 3", "layers[1].unit", "did you mean units?"),
    ("he normal", "he norml", "layers[1].weights.init", "did you mean he normal?"),
    ('"he normal"', "3", "layers[1].weights.init", "3 is not one of uniform, normal"),
    ('init = "he normal", ', "", "layers[1].weights.init", "one of uniform, normal"),
    ("seed = 7", "sed = 7", "layers[1].weights.sed", "did you mean seed?"),
    ("seed = 7", "seed = 0.5", "layers[1].weights.seed", "0.5 is not a whole number"),
    ("seed = 7", "seed = nan", "layers[1].weights.seed", "nan is not a whole number"),
    ('"xavier uniform"', '"xavier unform"', "layers[2].weights.init", "did you mean xavier uniform?"),
    ('"xavier uniform"', "[[1, 2], [3, 4]]", "layers[2].weights", "2 weights; the unit receives 3 numbers"),
    ('"xavier uniform"', "[[1, 2, 3]]", "layers[2].units", "2, and there are weights for 1 units"),
    ('weights = "xavier uniform"\n', "", "layers[2].weights", "one list of weights for each unit"),
    # biases
    ("[0.1, 0.2, 0.3]", "[0.1, 0.2]", "layers[1].biases", "2 numbers for 3 units; give one for each, or one for all"),
    ("[0.1, 0.2, 0.3]", "[]", "layers[1].biases", "0 numbers for 3 units; give one for each, or one for all"),
    ("[0.1, 0.2, 0.3]", '[0.1, 0.2, "x"]', "layers[1].biases", "'x' is a text, not a number"),
    ("[0.1, 0.2, 0.3]", "[0.1, 0.2, nan]", "layers[1].biases", "nan is not a finite number"),
    ("[0.1, 0.2, 0.3]", '"zero"', "layers[1].biases", "'zero' is a text, not a number"),
    ("[0.1, 0.2, 0.3]", "false", "layers[1].biases", "false is true or false, not a number"),
    ("biases = 0.5", "biases = inf", "layers[2].biases", "inf is not a finite number"),
    ("biases = 0.5", "bias = 0.5", "layers[2].bias", "did you mean biases?"),
    ("train_biases = false", "train_biases = 0", "layers[1].train_biases", "0 is not true or false"),
    ("train_biases = false", 'train_biases = "no"', "layers[1].train_biases", "'no' is not true or false"),
    ("train_biases = false", "train_bias = false", "layers[1].train_bias", "did you mean train_biases?"),
    # activations and losses that do not go together
    ('"tanh"', '"tan"', "layers[1].activation", "did you mean tanh?"),
    ('"tanh"', '"softmax"', "layers[1].activation", "softmax is for the last layer only"),
    ('"softmax"', '"sigmoid"', "loss", "cross-entropy goes with softmax units in the last layer, not sigmoid"),
    ('"cross-entropy"', '"binary cross-entropy"', "loss", "goes with sigmoid units in the last layer, not softmax"),
    ('"cross-entropy"', '"cross entropy"', "loss", "did you mean cross-entropy?"),
    # how it is trained
    ('"one by one"', '"one_by_one"', "training.batch", "did you mean one by one?"),
    ('"one by one"', "1", "training.batch", "1 is not one of full, one by one"),
    ('"one by one"', '["full"]', "training.batch", "is not one of full, one by one"),
    ("optimizer =", "optimiser =", "training.optimiser", "did you mean optimizer?"),
    (ADAM, '"adm"', "training.optimizer", "did you mean adam?"),
    (ADAM, "3", "training.optimizer", "3 is not one of sgd"),
    (ADAM, '["adam"]', "training.optimizer", "is not one of sgd"),
    ('"adam"', '"adem"', "training.optimizer.name", "did you mean adam?"),
    ('name = "adam", ', "", "training.optimizer.name", "one of sgd, momentum"),
    ("beta1 = 0.8", "betta1 = 0.8", "training.optimizer.betta1", "did you mean beta1?"),
    ("beta1 = 0.8", "momentum = 0.8", "training.optimizer.momentum", "unknown key"),
    ("beta1 = 0.8", "beta1 = nan", "training.optimizer.beta1", "nan is not a finite number"),
    ("beta1 = 0.8", 'beta1 = "0.8"', "training.optimizer.beta1", "'0.8' is a text, not a number"),
    ('"tanh"', '{ name = "elu", alfa = 1 }', "layers[1].activation.alfa", "did you mean alpha?"),
    ('"tanh"', '{ name = "leaky relu", negative_slope = "x" }', "layers[1].activation.negative_slope", "is a text"),
    ('"tanh"', '{ name = "tanh", alpha = 1 }', "layers[1].activation.alpha", "unknown key"),
    (STEPWISE, '"cosin"', "training.schedule", "did you mean cosine?"),
    (STEPWISE, "true", "training.schedule", "true is not one of constant"),
    ("step_size = 2", "stepsize = 2", "training.schedule.stepsize", "did you mean step_size?"),
    ("step_size = 2", "step_size = inf", "training.schedule.step_size", "inf is not a finite number"),
    ("weight_decay = 0.001", "weight_decay = -1", "training.weight_decay", "-1 is not at least 0"),
    ("weight_decay = 0.001", "weight_decay = nan", "training.weight_decay", "nan is not a finite number"),
    ("weight_decay = 0.001", "weight_decy = 1", "training.weight_decy", "did you mean weight_decay?"),
    ("clip_norm = 1", "clip_norm = -1", "training.clip_norm", "-1 is not at least 0"),
    ("clip_norm = 1", "clip_norm = inf", "training.clip_norm", "inf is not a finite number"),
    ("clip_norm = 1", "clip_value = true", "training.clip_value", "true is true or false, not a number"),
    ("clip_norm = 1", "clip_norm = 1\nclip_value = 1", "training.clip_norm", "stands beside clip_value"),
    # optimizers that are compared
    (f"optimizer = {ADAM}", 'optimizers = ["sgd"]', "training.optimizers", "a list of two or more"),
    (f"optimizer = {ADAM}", 'optimizers = "sgd"', "training.optimizers", "a list of two or more"),
    (f"optimizer = {ADAM}", 'optimizers = ["sgd", "sgd"]', "training.optimizers", "sgd stands there twice"),
    (f"optimizer = {ADAM}", 'optimizers = ["sgd", "adm"]', "training.optimizers[2]", "did you mean adam?"),
    (f"optimizer = {ADAM}", 'optimizers = ["sgd", 3]', "training.optimizers[2]", "3 is not one of sgd"),
    (
        f"optimizer = {ADAM}",
        'optimizers = ["sgd", { name = "adam", beta3 = 1 }]',
        "training.optimizers[2].beta3",
        "did you mean beta2?",
    ),
    (
        f"optimizer = {ADAM}",
        'optimizers = ["sgd", "adam", "adamw"]',
        "training.learning_rates",
        "2 learning rates for 3 optimisers; give one for each",
    ),
    (
        f"optimizer = {ADAM}",
        f'optimizers = ["sgd", "adam"]\noptimizer = {ADAM}',
        "training.optimizer",
        "one of the two",
    ),
]
# Settings with which the first step is already divided by nothing, and all numbers after it are errors.
NO_SETTINGS: list[tuple[str, str, str]] = [
    (STEPWISE, '{ name = "step", step_size = 0 }', "training.schedule.step_size"),
    (STEPWISE, '{ name = "cosine", t_max = 0 }', "training.schedule.t_max"),
    (STEPWISE, '{ name = "warm-up", total_iters = 0 }', "training.schedule.total_iters"),
    (ADAM, '{ name = "adam", beta1 = 1 }', "training.optimizer.beta1"),
]
# What a workbook has no room for: what is changed in the rich template, the key and words of what is wrong.
MANY = "".join(f"[[samples]]\ninputs = [{n}, 1]\ntargets = [1, 0]\n" for n in range(251))
TOO_LARGE: list[tuple[dict[str, str], str, str]] = [
    ({"units = 3": "units = 341", "[0.1, 0.2, 0.3]": "0"}, "layers", "341 units of a layer, in the network 2-341-2"),
    ({"units = 2": "units = 201", "[1, 0]": f"{[0] * 201}", "[0, 1]": f"{[0] * 201}"}, "layers", "201 units of a"),
    (
        {"units = 3": "units = 100", "[0.1, 0.2, 0.3]": "0"},
        "training.clip_norm",
        "402 gradients (clip_value takes any number of them): one",
    ),
    ({FIRST_SAMPLE: MANY, '"one by one"': '"full"'}, "samples", "251 samples in one step, unless batch"),
    (
        {"units = 2": "units = 30", "[1, 0]": f"{[0] * 30}", "[0, 1]": f"{[0] * 30}", "units = 3\n": "units = 300\n"}
        | {"[0.1, 0.2, 0.3]": "0", "clip_norm = 1": "clip_value = 1"},
        "layers",
        "9,630 weights with their samples need 49,",
    ),
]
OTHER_SIZES = {
    "2-1": ("[0.5]", "[[0.1, 0.2]]"),
    "2-3-2": ("[0.5, 0.5]", "[[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]]", "[[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]]"),
    "2-2-2-2": ("[0.5, 0.5]", *["[[0.1, 0.2], [0.3, 0.4]]"] * 3),
    "2-2-1": ("[0.5]", "[[0.1, 0.2], [0.3, 0.4]]", "[[0.1, 0.2]]"),
}


BUILD = (sys.executable, "-m", "xlbackprop", "build")


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def refusal(name: str) -> str:
    """What is said of a template; one line."""
    with pytest.raises(BadTemplate) as caught:
        load(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(message: str, file: str, key: str) -> bool:
    """Whether a message begins with the file, where one is known a line, and the key or an element of its list."""
    return re.match(rf"{re.escape(file)}(:\d+)?: {re.escape(key)}(\[\d+\])*: ", message) is not None


def changed(there: str, instead: str, good: str = GOOD) -> str:
    """The good template with its first `there` replaced; what is no longer a table's goes to the top."""
    assert there in good
    if instead.startswith(("layers = ", "samples = ")):
        return instead + good.replace(there, "", 1)
    return good.replace(there, instead, 1)


@pytest.mark.parametrize(("there", "instead", "key", "words"), BAD, ids=[f"{key}: {words}" for *_, key, words in BAD])
def test_a_bad_key_is_named_with_its_file(tmp_path: Path, there: str, instead: str, key: str, words: str) -> None:
    name = written(tmp_path, changed(there, instead))
    message = refusal(name)
    assert names(message, name, key)
    assert words in message


def refused(folder: Path, text: str) -> tuple[str, str]:
    """The template's name, and the one line that the command prints for it; nothing is written."""
    name = written(folder, text)
    before = set(folder.rglob("*"))
    result = CliRunner().invoke(main, ["build", "--template", name, "-o", str(folder / "out" / "a.xlsx")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert set(folder.rglob("*")) == before
    return name, one_error_line(result.stderr)


@pytest.mark.parametrize(
    ("there", "instead", "key", "words"), BAD_IN_RICH, ids=[f"{key}: {words}" for *_, key, words in BAD_IN_RICH]
)
def test_a_bad_key_of_a_general_network_is_named_with_its_file_and_nothing_is_written(
    tmp_path: Path, there: str, instead: str, key: str, words: str
) -> None:
    name, line = refused(tmp_path, changed(there, instead, RICH))
    assert names(line.removeprefix("Error: "), name, key)
    assert words in line


LINES = """\
# A comment with [brackets], "quotes" and key = value
title = \"\"\"A \\
  [not.a.table] \\
  x = 1\"\"\"
loss = "half squared error"  # "
samples = [
    { inputs = [1, 2], targets = [1] },
    # one more
    { inputs = [3, "four"], targets = [1] },
]

[[layers]]
weights = [
    [1, 2],
    [3,
     4],
]
"activation" = "tanh"

[[layers]]
activation = "sigmoid"
weights = [[1, 2]]
biases = [
    0.5
]

[training]
optimizer.name = "adam"
optimizer.beta1 = 0.5
learning_rates = [
    0.5,
    0.1]
"""
# What is changed into what, the key that is named, and the text on its line.
PLACES: list[tuple[str, str, str, str]] = [
    ("", "", "samples[2].inputs[2]", '"four"'),
    ('"four"', "4, 5", "samples[2].inputs", '"four"'),
    ('"four"', "4", "", ""),
    ("    [1, 2],\n", "    [1, nan],\n", "layers[1].weights[1][2]", "    [1, 2],\n"),
    ("     4]", "     nan]", "layers[1].weights[2][2]", "     4]"),
    ("     4]", "     4, 5]", "layers[1].weights[2]", "     4]"),
    ('"tanh"', '"tan"', "layers[1].activation", '"tanh"'),
    ('"activation" = "tanh"', "", "layers[1].activation", "[[layers]]"),
    ("0.5\n]", "inf\n]", "layers[2].biases[1]", "    0.5"),
    ("beta1 = 0.5", "beta1 = 5", "training.optimizer.beta1", "beta1 = 0.5"),
    ('"adam"', '"adm"', "training.optimizer.name", '"adam"'),
    ("    0.1]", "    0.5]", "training.learning_rates[2]", "    0.1]"),
    ("learning_rates", "learning_rats", "training.learning_rats", "learning_rates"),
    ('loss = "half squared error"', "", "loss", ""),
    ("x = 1", "\\u0001", "title", "title"),
]


@pytest.mark.parametrize(("there", "instead", "key", "line"), PLACES, ids=[f"{row[2]}: {row[1]}" for row in PLACES])
def test_a_bad_key_is_named_with_its_line(tmp_path: Path, there: str, instead: str, key: str, line: str) -> None:
    text = LINES if there == '"four"' or not there else LINES.replace('"four"', "4")
    name = written(tmp_path, text.replace(there, instead, 1).replace("\\u0001", "\u200b"))
    if not key:
        assert load(name).sizes == [2, 2, 1]
        return
    number = LINES[: LINES.index(line)].count("\n") + 1
    assert refusal(name).startswith(f"{name}:{number}: {key}: " if line else f"{name}: {key}: ")


@pytest.mark.parametrize("name", shipped())
def test_every_key_of_a_shipped_template_has_its_line(name: str) -> None:
    text = shipped()[name].read_text(encoding="utf-8")
    lines = lines_of(text)
    keys = {number for number, line in enumerate(text.splitlines(), start=1) if re.match(r"[\w.\[]", line)}
    assert keys <= set(lines.values())


@given(st.text(max_size=60) | st.text("[]{}=,.\"'#\n ab1\\", max_size=60))
def test_no_text_makes_the_search_for_lines_fall_over(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())


@pytest.mark.parametrize(("there", "instead", "key"), NO_SETTINGS, ids=[instead for _, instead, _ in NO_SETTINGS])
def test_a_setting_that_makes_every_number_an_error_is_named(
    tmp_path: Path, there: str, instead: str, key: str
) -> None:
    name, line = refused(tmp_path, changed(there, instead, RICH))
    assert names(line.removeprefix("Error: "), name, key)


@pytest.mark.parametrize(("changes", "key", "words"), TOO_LARGE, ids=[row[2] for row in TOO_LARGE])
def test_a_network_that_no_sheet_has_room_for_is_refused_at_once(
    tmp_path: Path, changes: dict[str, str], key: str, words: str
) -> None:
    text = RICH
    for there, instead in changes.items():
        text = changed(there, instead, text)
    name, line = refused(tmp_path, text)
    assert names(line.removeprefix("Error: "), name, key)
    assert words in line


@given(network=networks())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_network_is_refused_only_for_columns_that_it_needs(network: Network) -> None:
    plan = plan_for(network, network.learning_rates, network.steps)
    assert columns_of(network.on_sheet(0)) <= plan.table.under_column


@pytest.mark.parametrize("sizes", OTHER_SIZES)
def test_sizes_that_fit_together_are_a_network(tmp_path: Path, sizes: str) -> None:
    targets, *weights = OTHER_SIZES[sizes]
    layers = "".join(f'[[layers]]\nactivation = "sigmoid"\nweights = {matrix}\n' for matrix in weights)
    text = GOOD.replace(BOTH_LAYERS, layers).replace("targets = [0.5, 0.5]", f"targets = {targets}")
    assert "-".join(map(str, load(written(tmp_path, text)).sizes)) == sizes


def test_a_missing_template_is_named_and_the_shipped_ones_are_offered(tmp_path: Path) -> None:
    message = refusal(str(tmp_path / "none.toml"))
    assert message.startswith(f"{tmp_path / 'none.toml'}: no such template")
    assert "classic" in message
    assert refusal("clasic").startswith("clasic: no such template")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"this is not TOML", "is not TOML"),
        (b"inputs = [0.1, 0.2", "is not TOML"),
        (b"inputs = [1]\ninputs = [2]\n", "is not TOML"),
        (b"PK\x03\x04\xff\xfe\x00\x00binary", "not UTF-8 text"),
        (GOOD.encode("utf-16"), "not UTF-8 text"),
        (b"a = 1\0", "is not TOML"),
    ],
    ids=["prose", "cut off", "a key twice", "a zip", "UTF-16", "a NUL"],
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    name = written(tmp_path, data)
    message = refusal(name)
    assert message.startswith(f"{name}: ")
    assert words in message


def test_a_folder_is_not_a_template(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)).startswith(f"{tmp_path}: cannot be read")


def test_an_empty_file_lacks_its_inputs(tmp_path: Path) -> None:
    name = written(tmp_path, "")
    assert refusal(name).startswith(f"{name}: inputs: missing")


AWKWARD = {
    "a loss that is a list": ('"half squared error"', '["half squared error"]'),
    "an activation that is a table": ('"sigmoid"', '{ name = { name = "sigmoid" } }'),
    "an integer beyond the largest double": ("[0.05,", f"[1{'0' * 400},"),
    "an integer of more digits than Python reads": ("[0.05,", f"[1{'0' * 5000},"),
    "brackets nested too deep": ("[0.05,", f"[{'[' * 5000}{']' * 5000},"),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_nothing_in_a_template_makes_load_fall_over(tmp_path: Path, case: str) -> None:
    name = written(tmp_path, changed(*AWKWARD[case]))
    message = refusal(name)
    assert message.startswith(f"{name}:")
    assert len(message) < len(name) + 200


@pytest.mark.parametrize(
    ("there", "instead", "key"),
    [
        ("threshold = 0.01", "threshold = 0", "training.threshold"),
        ("threshold = 0.01", "threshold = -1", "training.threshold"),
        ("[0.5, 1]", "[0.5, 0]", "training.learning_rates"),
        ("[0.5, 1]", "[0.5, -1]", "training.learning_rates"),
        ("[0.5, 1]", "[0.5, 0.50]", "training.learning_rates"),
        ("steps = 3", "steps = 0", "training.steps"),
        ("steps = 3", "steps = 2000000", "training.steps"),
    ],
)
def test_a_number_out_of_range_is_blamed_on_the_template_not_on_an_option(
    tmp_path: Path, there: str, instead: str, key: str
) -> None:
    name, out = written(tmp_path, changed(there, instead)), tmp_path / "out.xlsx"
    done = subprocess.run([*BUILD, "-o", out, "--template", name], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert names(done.stderr.removeprefix("Error: "), name, key)
    assert not out.exists()


# Good ones


def test_a_good_template_is_read_as_it_is_written(tmp_path: Path) -> None:
    network = load(written(tmp_path, GOOD))
    assert (network.name, network.title, network.loss) == ("mine", "A network", "half squared error")
    assert network.samples == (Sample((0.05, 0.1), (0.5, 0.5)),)
    assert network.weights == [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    assert [layer.activation for layer in network.layers] == ["sigmoid", "sigmoid"]
    assert (network.learning_rates, network.steps, network.threshold) == ((0.5, 1.0), 3, 0.01)


def test_a_rich_template_is_read_as_it_is_written(tmp_path: Path) -> None:
    network = load(written(tmp_path, RICH))
    first, last = network.layers
    assert network.samples == (Sample((0.9, 0.2), (1.0, 0.0)), Sample((0.1, 0.8), (0.0, 1.0)))
    assert network.sizes == [2, 3, 2]
    assert (first.activation, first.biases, first.held) == ("tanh", (0.1, 0.2, 0.3), True)
    assert (last.activation, last.biases, last.held) == ("softmax", (0.5, 0.5), False)
    assert (first.weights, last.weights) == (drawn("he normal", 7, 3, 2), drawn("xavier uniform", 1, 2, 3))
    assert (network.full_batch, network.batch) == (False, 1)
    assert network.optimizer == Named("adam", (0.8, 0.999, 1e-8))
    assert network.schedule == Named("step", (2.0, 0.1))
    assert (network.weight_decay, network.clip_value, network.clip_norm) == (0.001, 0.0, 1.0)
    assert network.held == [0.1, 0.2, 0.3]
    assert network.weights[-2:] == [0.5, 0.5]


def test_what_a_template_does_not_say_is_plain_gradient_descent_on_all_samples(tmp_path: Path) -> None:
    text = RICH[: RICH.index("batch")].replace("train_biases = false\n", "").replace("biases = 0.5\n", "")
    network = load(written(tmp_path, text))
    assert (network.full_batch, network.batch) == (True, 2)
    assert (network.optimizer, network.compared, network.schedule) == (Named("sgd"), (), Named("constant"))
    assert (network.weight_decay, network.clip_value, network.clip_norm) == (0.0, 0.0, 0.0)
    assert [(layer.biases, layer.held) for layer in network.layers] == [((0.1, 0.2, 0.3), False), ((), False)]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimizer_is_known_by_its_name_and_takes_each_of_its_settings(tmp_path: Path, name: str) -> None:
    settings = OPTIMISERS[name].settings
    assert load(written(tmp_path, changed(ADAM, f'"{name}"', RICH))).optimizer == Named(
        name, tuple(one.default for one in settings)
    )
    own = "".join(f", {one.key} = 0.{n}" for n, one in enumerate(settings, start=1))
    assert load(written(tmp_path, changed(ADAM, f'{{ name = "{name}"{own} }}', RICH))).optimizer == Named(
        name, tuple(n / 10 for n in range(1, len(settings) + 1))
    )


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_known_by_its_name_and_takes_each_of_its_settings(tmp_path: Path, name: str) -> None:
    settings = SCHEDULES[name].settings
    own = "".join(f", {one.key} = {n}" for n, one in enumerate(settings, start=2))
    assert load(written(tmp_path, changed(STEPWISE, f'{{ name = "{name}"{own} }}', RICH))).schedule == Named(
        name, tuple(float(n) for n in range(2, len(settings) + 2))
    )


def test_optimizers_that_are_compared_have_a_sheet_each(tmp_path: Path) -> None:
    text = changed(f"optimizer = {ADAM}", f'optimizers = ["sgd", {ADAM}]', RICH[: RICH.index("weight_decay")])
    network = load(written(tmp_path, text))
    assert network.compared == (Named("sgd"), Named("adam", (0.8, 0.999, 1e-8)))
    assert [network.on_sheet(k).optimizer.name for k in range(2)] == ["sgd", "adam"]
    run = build(network, network.learning_rates, network.steps, tmp_path / "a.xlsx")
    assert run.plan.rate_sheets == ("sgd", "adam")


@pytest.mark.parametrize("name", INITIALISERS)
def test_a_seed_decides_what_an_initialiser_draws(tmp_path: Path, name: str) -> None:
    def weights(seed: int) -> tuple[tuple[float, ...], ...]:
        text = changed('{ init = "he normal", seed = 7 }', f'{{ init = "{name}", seed = {seed} }}', RICH)
        return load(written(tmp_path, text)).layers[0].weights

    assert weights(7) == weights(7)
    assert weights(7) != weights(8)
    assert [len(unit) for unit in weights(7)] == [2, 2, 2]


# What theory says of the spread of each; fan_in 40, fan_out 60.
SPREAD = {
    "uniform": 1 / math.sqrt(3 * 40),
    "normal": 1.0,
    "xavier uniform": math.sqrt(2 / 100),
    "xavier normal": math.sqrt(2 / 100),
    "he uniform": math.sqrt(2 / 40),
    "he normal": math.sqrt(2 / 40),
}


@pytest.mark.parametrize("name", INITIALISERS)
def test_what_an_initialiser_draws_has_the_spread_that_theory_gives_it(name: str) -> None:
    values = [value for unit in drawn(name, 1, 60, 40) for value in unit]
    assert statistics.fmean(values) == pytest.approx(0, abs=4 * SPREAD[name] / math.sqrt(len(values)))
    assert statistics.pstdev(values) == pytest.approx(SPREAD[name], rel=0.05)
    if "normal" not in name:
        assert max(map(abs, values)) <= math.sqrt(3) * SPREAD[name] + 0.0001


def test_title_steps_and_threshold_have_defaults(tmp_path: Path) -> None:
    text = GOOD.replace('title = "A network"\n', "").replace("steps = 3\n", "").replace("threshold = 0.01\n", "")
    network = load(written(tmp_path, text))
    assert (network.title, network.steps, network.threshold) == ("The mine network", 100, 0.001)


def test_whole_numbers_count_as_numbers(tmp_path: Path) -> None:
    network = load(written(tmp_path, GOOD.replace("[0.05, 0.1]", "[0, -1]")))
    assert network.samples[0].inputs == (0.0, -1.0)


def test_the_longest_title_fits(tmp_path: Path) -> None:
    title = "=" * LONGEST_TITLE
    network = load(written(tmp_path, GOOD.replace("A network", title)))
    build(network, network.learning_rates, network.steps, tmp_path / "long.xlsx")
    assert any(title in text for text in texts(tmp_path / "long.xlsx"))


def test_the_classic_template_ships_and_is_the_exercise_that_courses_start_with() -> None:
    network = load("classic")
    assert "classic" in shipped()
    assert network.samples == (Sample((0.05, 0.1), (0.5, 0.5)),)
    assert network.weights == [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    assert (network.learning_rates, network.steps) == ((0.1, 0.2, 0.5, 0.8, 1.0, 2.0), 100)


# Text of the user's in the workbook

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "http://example.org",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "{=1}",
    "<b>&amp;</b>",
]


def texts(path: Path) -> list[str]:
    return [
        cell.value
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "s" and cell.value is not None
    ]


def formula_cells(path: Path) -> dict[str, str]:
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


@pytest.fixture(scope="module")
def plain_formulas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("plain")
    network = load(written(folder, GOOD))
    build(network, network.learning_rates, network.steps, folder / "plain.xlsx")
    return formula_cells(folder / "plain.xlsx")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_never_becomes_a_formula_or_a_link(tmp_path: Path, title: str, plain_formulas: dict[str, str]) -> None:
    toml = title.replace('"', '\\"')
    network = load(written(tmp_path, GOOD.replace("A network", toml)))
    out = tmp_path / "hostile.xlsx"
    build(network, network.learning_rates, network.steps, out)
    assert formula_cells(out) == plain_formulas
    assert any(title in text for text in texts(out))
    with zipfile.ZipFile(out) as archive:
        linked = [name for name in archive.namelist() if name.endswith(".rels") and b"example" in archive.read(name)]
    assert linked == []


@pytest.mark.parametrize("character", ["\\u0001", "\\uFFFF"])
def test_a_title_that_xml_cannot_hold_is_refused_or_harmless(tmp_path: Path, character: str) -> None:
    name, out = written(tmp_path, GOOD.replace("A network", f"A{character} network")), tmp_path / "out.xlsx"
    with suppress(BadTemplate):
        network = load(name)
        build(network, network.learning_rates, network.steps, out)
    assert not out.exists() or ill_formed(out) == []


def ill_formed(path: Path) -> list[tuple[str, str]]:
    """The XML parts of a workbook that no XML reader reads."""
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                try:
                    ET.fromstring(archive.read(name))
                except ET.ParseError as error:
                    found.append((name, str(error)))
    return found


# How it looks

LOOK = """
[look]
hidden = "#6A3D9A"
weights = "0.00"
gradients = "0.0E+00"
"""


def test_chosen_colours_and_number_formats_are_in_the_workbook_and_come_back(tmp_path: Path) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    network = load(written(tmp_path, RICH + LOOK))
    build(network, network.learning_rates, 3, first)
    said = zipfile.ZipFile(first).read("xl/styles.xml").decode()
    assert 'formatCode="0.000000"' not in said
    assert 'formatCode="0.0E+00"' in said.split("<cellXfs")[0]
    assert f'rgb="FF{mixed("#6A3D9A", WHITE, 0.86)[1:]}"' in said
    cells, _ = said.split("<dxfs")  # which colour PASS and FAIL
    assert TINTS["hidden"][1:] not in cells
    assert TINTS["loss"][1:] in cells
    again = load(str(first))
    build(again, again.learning_rates, 3, second)
    assert second.read_bytes() == first.read_bytes()
    assert verify(first).exit_code == 0


BAD_LOOKS = [
    ('hidden = "purple"', "look.hidden", "'purple' is not a colour; write one like #0072B2"),
    ('weights = "[>=1"', "look.weights", "'[>=1' is not a number format; write one like 0.000 or 0.00E+00"),
    ("weights = 3", "look.weights", "3 is not a number format"),
    ('hiden = "#6A3D9A"', "look.hiden", "unknown key; did you mean hidden?"),
]


@pytest.mark.parametrize(("line", "key", "words"), BAD_LOOKS, ids=[row[1] + row[2] for row in BAD_LOOKS])
def test_a_look_that_is_none_is_refused(tmp_path: Path, line: str, key: str, words: str) -> None:
    name, message = refused(tmp_path, f"{RICH}\n[look]\n{line}\n")
    assert names(message.removeprefix("Error: "), name, key)
    assert words in message


@given(colour=st.from_regex(r"#[0-9A-F]{6}", fullmatch=True), part=st.sampled_from(sorted(HUES)))
def test_letters_of_any_chosen_colour_can_be_read_on_its_tint(colour: str, part: str) -> None:
    found = styles({part: colour})
    assert contrast(found[f"{part} ink"]["font_color"], found[f"{part} band"]["bg_color"]) >= READABLE
