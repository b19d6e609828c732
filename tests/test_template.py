"""A template that does not fit is refused with one line: the file, the key, what is wrong and what to do."""

import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from xlbackprop.build import build
from xlbackprop.errors import BadTemplate
from xlbackprop.network import Sample
from xlbackprop.template import LONGEST_TITLE, load, shipped

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
    ("[0.05, 0.1]", '["0.05", 0.1]', "inputs", "'0.05' is not a finite number"),
    ("[0.05, 0.1]", '["=1+1", 0.1]', "inputs", "'=1+1' is not a finite number"),
    ("[0.05, 0.1]", "[true, 0.1]", "inputs", "True is not a finite number"),
    ("[0.05, 0.1]", "[nan, 0.1]", "inputs", "nan is not a finite number"),
    ("[0.05, 0.1]", "[1e999, 0.1]", "inputs", "inf is not a finite number"),
    ("[0.05, 0.1]", "[2024-01-01, 0.1]", "inputs", "is not a finite number"),
    ("[0.05, 0.1]", "[[0.05], 0.1]", "inputs", "is not a finite number"),
    ("targets = [0.5, 0.5]", "targets = [-inf, 0.5]", "targets", "-inf is not a finite number"),
    ("targets = [0.5, 0.5]", 'targets = "high"', "targets", "write a list of numbers"),
    ("0.15", "nan", "layers[1].weights", "nan is not a finite number"),
    ("0.55", "false", "layers[2].weights", "False is not a finite number"),
    ("0.4,", '"0.4",', "layers[2].weights", "'0.4' is not a finite number"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "[0.15, 0.2, 0.25, 0.3]", "layers[1].weights", "one list of weights for each unit"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "[]", "layers[1].weights", "one list of weights for each unit"),
    ("[[0.15, 0.2], [0.25, 0.3]]", "0.15", "layers[1].weights", "one list of weights for each unit"),
    (BOTH_LAYERS, "layers = 2\n", "layers", "[[layers]]"),
    (BOTH_LAYERS, "layers = [1, 2]\n", "layers", "[[layers]]"),
    (TRAINING, "", "training.learning_rates", "write a list of numbers"),
    ('title = "A network"', "title = 5", "title", "5 is not a text"),
    ('title = "A network"', 'title = ["A"]', "title", "is not a text"),
    ('"half squared error"', '"half square error"', "loss", "did you mean half squared error?"),
    ('"half squared error"', "0.5", "loss", "0.5 is not one of"),
    ('"sigmoid"', '"sigmod"', "layers[1].activation", "did you mean sigmoid?"),
    ('"sigmoid"', '"=SIGMOID"', "layers[1].activation", "is not one of linear, sigmoid"),
    ('"sigmoid"', "true", "layers[1].activation", "True is not one of"),
    ("steps = 3", "steps = 3.5", "training.steps", "3.5 is not a whole number"),
    ("steps = 3", "steps = true", "training.steps", "True is not a whole number"),
    ("steps = 3", 'steps = "3"', "training.steps", "'3' is not a whole number"),
    ("threshold = 0.01", "threshold = nan", "training.threshold", "nan is not a finite number"),
    ("threshold = 0.01", "threshold = true", "training.threshold", "True is not a finite number"),
    ("[0.5, 1]", '["fast"]', "training.learning_rates", "'fast' is not a finite number"),
    ("[0.5, 1]", "[0.5, inf]", "training.learning_rates", "inf is not a finite number"),
    ("[0.5, 1]", "[]", "training.learning_rates", "write a list of numbers"),
    # of the wrong shape
    ("[0.25, 0.3]", "[0.25]", "layers[1].weights", "unit 2 has 1 weights; it receives 2 numbers"),
    ("[0.4, 0.45]", "[0.4, 0.45, 0.5]", "layers[2].weights", "unit 1 has 3 weights; it receives 2 numbers"),
    ("[0.05, 0.1]", "[0.05]", "layers[1].weights", "unit 1 has 2 weights; it receives 1 numbers"),
    ("targets = [0.5, 0.5]", "targets = [0.5]", "targets", "1 numbers for 2 output units"),
    ("targets = [0.5, 0.5]", "targets = [0.5, 0.5, 0.5]", "targets", "3 numbers for 2 output units"),
    ("[0.25, 0.3]]", "[0.25, 0.3], [0.1, 0.2]]", "layers[2].weights", "unit 1 has 2 weights; it receives 3 numbers"),
    # too long
    ('"A network"', f'"{"x" * (LONGEST_TITLE + 1)}"', "title", f"at most {LONGEST_TITLE} fit"),
]
# Whole sizes that fit together, but not on the worksheet.
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


def changed(there: str, instead: str) -> str:
    """The good template with its first `there` replaced; what is no longer a table's goes to the top."""
    assert there in GOOD
    if instead.startswith("layers = "):
        return instead + GOOD.replace(there, "", 1)
    return GOOD.replace(there, instead, 1)


@pytest.mark.parametrize(("there", "instead", "key", "words"), BAD, ids=[f"{key}: {words}" for *_, key, words in BAD])
def test_a_bad_key_is_named_with_its_file(tmp_path: Path, there: str, instead: str, key: str, words: str) -> None:
    name = written(tmp_path, changed(there, instead))
    message = refusal(name)
    assert message.startswith(f"{name}: {key}: ")
    assert words in message


@pytest.mark.parametrize("sizes", OTHER_SIZES)
def test_a_network_of_another_size_is_refused_by_its_size(tmp_path: Path, sizes: str) -> None:
    targets, *weights = OTHER_SIZES[sizes]
    layers = "".join(f'[[layers]]\nactivation = "sigmoid"\nweights = {matrix}\n' for matrix in weights)
    text = GOOD.replace(BOTH_LAYERS, layers).replace("targets = [0.5, 0.5]", f"targets = {targets}")
    name = written(tmp_path, text)
    assert refusal(name).startswith(f"{name}: layers: a {sizes} network")


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
    "an activation that is a table": ('"sigmoid"', '{ name = "sigmoid" }'),
    "an integer beyond the largest double": ("[0.05,", f"[1{'0' * 400},"),
    "an integer of more digits than Python reads": ("[0.05,", f"[1{'0' * 5000},"),
    "brackets nested too deep": ("[0.05,", f"[{'[' * 5000}{']' * 5000},"),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_nothing_in_a_template_makes_load_fall_over(tmp_path: Path, case: str) -> None:
    name = written(tmp_path, changed(*AWKWARD[case]))
    message = refusal(name)
    assert message.startswith(f"{name}: ")
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
    assert done.stderr.startswith(f"Error: {name}: {key}: ")
    assert not out.exists()


# Good ones


def test_a_good_template_is_read_as_it_is_written(tmp_path: Path) -> None:
    network = load(written(tmp_path, GOOD))
    assert (network.name, network.title, network.loss) == ("mine", "A network", "half squared error")
    assert network.samples == (Sample((0.05, 0.1), (0.5, 0.5)),)
    assert network.weights == [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    assert [layer.activation for layer in network.layers] == ["sigmoid", "sigmoid"]
    assert (network.learning_rates, network.steps, network.threshold) == ((0.5, 1.0), 3, 0.01)


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
