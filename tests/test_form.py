"""A form and a built workbook are templates too: they give the network that the same words give as TOML."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import Place, one_error_line
from hypothesis import HealthCheck, given, settings
from test_networks import RICH, networks

from xlbackprop.build import build
from xlbackprop.cli import main
from xlbackprop.engines import ENGINES
from xlbackprop.maths.network import Layer, Named, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES
from xlbackprop.pages.layout import a1
from xlbackprop.pages.yours import DATA, START, WEIGHTS
from xlbackprop.reading.package import read_package
from xlbackprop.template.blank import blank
from xlbackprop.template.form import ASIDE
from xlbackprop.template.keys import LAYER, TRAINING
from xlbackprop.template.template import load, shipped

NETWORK = "Network"


def tree_of(network: Network) -> dict[str, Any]:
    """What a template says that describes a network."""

    def told(one: Named, rows: Mapping[str, Any]) -> dict[str, Any]:
        keys = [setting.key for setting in rows[one.name].settings]
        return {"name": one.name, **dict(zip(keys, one.settings, strict=True))}

    def chosen(name: str, values: tuple[float, ...], rows: Mapping[str, Any]) -> Any:
        keys = [setting.key for setting in rows[name].settings]
        return {"name": name, **dict(zip(keys, values, strict=True))} if values else name

    def layer(one: Layer) -> dict[str, Any]:
        biases = {"biases": list(one.biases), "train_biases": not one.held} if one.biases else {}
        activation = chosen(one.activation, one.settings, ACTIVATIONS)
        return {"activation": activation, "weights": [list(row) for row in one.weights]} | biases

    optimisers = [told(one, OPTIMISERS) for one in network.compared]
    return {
        "title": network.title,
        "loss": chosen(network.loss, network.loss_settings, LOSSES),
        "look": dict(network.look),
        "samples": [{"inputs": list(one.inputs), "targets": list(one.targets)} for one in network.samples],
        "layers": [layer(one) for one in network.layers],
        "training": {
            **({"optimizers": optimisers} if optimisers else {"optimizer": told(network.optimizer, OPTIMISERS)}),
            "learning_rates": list(network.learning_rates),
            "steps": network.steps,
            "threshold": network.threshold,
            "batch": "full" if network.full_batch else "one by one",
            "schedule": told(network.schedule, SCHEDULES),
            **{key: getattr(network, key) for key in ("weight_decay", "clip_value", "clip_norm")},
        },
    }


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def as_toml(tree: dict[str, Any], path: Path) -> str:
    path.write_text("".join(f"{key} = {toml(value)}\n" for key, value in tree.items()), encoding="utf-8")
    return str(path)


def as_form(tree: dict[str, Any], path: Path) -> str:
    path.write_bytes(blank(tree, path))
    return str(path)


def said(network: Network) -> Network:
    """The network without what no template says."""
    return replace(network, optimizer=Named("sgd")) if network.compared else network


def built(network: Network, path: Path) -> Path:
    build(network, network.learning_rates, network.steps, path)
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A new form."""
    path = tmp_path / "form.xlsx"
    result = CliRunner().invoke(main, ["new", str(path)])
    assert result.exit_code == 0, result.output
    return path


def filled(path: Path, changes: Mapping[Place, object]) -> Path:
    """The form with cells typed over, saved by another program."""
    book = openpyxl.load_workbook(path)
    for (sheet, cell), value in changes.items():
        book[sheet][cell] = value
    book.save(path)
    return path


def refused(path: Path) -> str:
    """The one line that is said of a template; nothing is written."""
    before = set(path.parent.iterdir())
    result = CliRunner().invoke(main, ["build", "--template", str(path), "-o", str(path.parent / "out.xlsx")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert set(path.parent.iterdir()) == before
    return one_error_line(result.stderr).removeprefix("Error: ")


# A form says what TOML says


def test_a_new_form_builds_what_the_starter_builds(new: Path, tmp_path: Path) -> None:
    made = [built(load(name), tmp_path / f"{n}.xlsx") for n, name in enumerate((str(new), "starter"))]
    assert made[0].read_bytes() == made[1].read_bytes()


@given(network=networks())
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_any_network_is_the_same_from_toml_and_from_a_form(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, tree = tmp_path_factory.mktemp("same"), tree_of(network)
    for name in (as_toml(tree, folder / "a.toml"), as_form(tree, folder / "a.xlsx")):
        assert replace(load(name), name=network.name) == said(network)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_template_fits_in_a_form(tmp_path: Path, name: str) -> None:
    network = load(name)
    assert load(as_form(tree_of(network), tmp_path / f"{name}.xlsx")) == said(network)


LONG = (0.1 + 0.2, 1 / 3, -math.pi, 5e-324, 1.7976931348623157e308, 123456789.12345679)


def test_a_form_keeps_every_digit(tmp_path: Path) -> None:
    network = replace(
        RICH, name="a", samples=(Sample(LONG[:2], (1.0, 0.0)),), layers=(Layer("softmax", (LONG[2:4],) * 2),)
    )
    assert load(as_form(tree_of(network), tmp_path / "a.xlsx")) == network


def test_a_form_has_a_choice_for_every_word(new: Path) -> None:
    book = openpyxl.load_workbook(new)
    lists = [
        {rule.formula1.strip('"') for rule in book[sheet].data_validations.dataValidation if rule.type == "list"}
        for sheet in (NETWORK, "Samples")
    ]
    for words in (
        ACTIVATIONS,
        LOSSES,
        OPTIMISERS,
        SCHEDULES,
        TRAINING["batch"].words,
        (*LAYER["weights"].words, "given"),
    ):
        assert ",".join(words) in lists[0]
    assert "input,target" in lists[1]


def test_every_yellow_cell_of_network_has_a_line_of_explanation(new: Path) -> None:
    """In its row, or above it in its column."""
    sheet = openpyxl.load_workbook(new)[NETWORK]
    yellow = [cell for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFF2A8"]
    merged = [one.bounds for one in sheet.merged_cells.ranges]
    assert len(yellow) > 60
    for cell in yellow:
        column = [sheet.cell(row, cell.column) for row in range(1, cell.row)]
        above = [sheet.cell(top, left) for left, top, right, _ in merged if left <= cell.column <= right]
        texts = [one.value for one in (*sheet[cell.row], *column, *above) if one.font.italic]
        assert any(isinstance(text, str) and text for text in texts), cell.coordinate


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_form_says_of_itself_is_what_programs_calculate(tmp_path: Path, engine: str) -> None:
    if ENGINES[engine].version() is None:
        pytest.skip(f"{engine} is not on this machine")
    path = Path(as_form(tree_of(RICH), tmp_path / "rich.xlsx"))
    calculated = ENGINES[engine].recalculate(path)
    formulas = {
        (sheet, place): cell.value
        for sheet, cells in read_package(path).sheets.items()
        for place, cell in cells.items()
        if cell.formula
    }
    assert any("momentum" in str(value) for value in formulas.values())
    assert any(value == "type 2 × 2 weights" for value in formulas.values())
    assert {at: calculated[at[0]].get(at[1]) or "" for at in formulas} == formulas


def test_a_live_line_follows_what_is_chosen(new: Path) -> None:
    values = ENGINES["ironcalc"].recalculate(filled(new, {(NETWORK, "B22"): "adam", (NETWORK, "C13"): 5}))
    assert str(values[NETWORK][22, ASIDE]).startswith("1: beta1, else 0.9; 2: beta2")
    assert values[NETWORK][13, ASIDE] == "draws 5 × 2 weights"
    assert values[NETWORK][14, ASIDE] == "type 1 × 5 weights"


@pytest.mark.slow
def test_a_form_that_libreoffice_saved_is_read(new: Path, libreoffice: Callable[[Path], Path], tmp_path: Path) -> None:
    changes: dict[Place, object] = {
        (NETWORK, "B7"): "Changed in another program",
        (NETWORK, "B8"): "mean squared error",
        (NETWORK, "B22"): "adam",
        (NETWORK, "D22"): 0.8,
        (NETWORK, "G13"): "=1/8",
        ("Samples", "E6"): "target",
        **{("Samples", f"E{row}"): value for row, value in ((7, 0.25), (8, 0.75))},
        (NETWORK, "C14"): 2,
        **{("Weights", f"{column}18"): n / 8 for n, column in enumerate("BCDE")},
    }
    network = load(str(libreoffice(filled(new, changes))))
    assert (network.title, network.loss) == ("Changed in another program", "mean squared error")
    assert network.optimizer == Named("adam", (0.8, 0.999, 1e-8))
    assert network.layers[0].biases == (0.125,) * 3
    assert network.samples[0] == Sample((0.0, 1.0), (1.0, 0.25))
    assert network.layers[1].weights == ((0.4, -0.3, 0.5), (0.125, 0.25, 0.375))
    assert network.layers[1].biases == (0.1, 0.0)


def test_a_row_that_is_inserted_in_a_table_belongs_to_it(new: Path) -> None:
    book = openpyxl.load_workbook(new)
    sheet = book[NETWORK]
    sheet.insert_rows(14)
    for column, value in zip("BCDF", ("relu", 3, "he normal", "none"), strict=True):
        sheet[f"{column}14"] = value
    block = book["Weights"]
    for column in "BCDE":  # what was layer 2 is layer 3 now
        block[f"{column}27"], block[f"{column}17"] = block[f"{column}17"].value, None
    book.save(new)
    network = load(str(new))
    assert network.sizes == [2, 3, 3, 1]
    assert [layer.activation for layer in network.layers] == ["tanh", "relu", "sigmoid"]
    assert network.learning_rates == (0.1, 0.5, 1.0)


def test_blanks_around_a_word_do_not_count(new: Path) -> None:
    path = filled(new, {(NETWORK, "B13"): " relu ", (NETWORK, "B30"): " ", ("Samples", "F6"): "  "})
    network = load(str(path))
    assert (network.layers[0].activation, network.steps) == ("relu", TRAINING["steps"].default)


def test_a_build_never_writes_over_a_form(new: Path) -> None:
    before = new.read_bytes()
    result = CliRunner().invoke(main, ["build", "--template", str(new), "-o", str(new)])
    assert result.exit_code == 2
    assert "--force" in one_error_line(result.stderr)
    assert new.read_bytes() == before


# What is wrong in a form is named with its cell

# What is typed into which cells of a new form, the cell that is named, the key, and words of what is wrong.
WRONG: list[tuple[dict[Place, object], str, str, str]] = [
    ({(NETWORK, "B30"): None}, "", "", ""),
    ({(NETWORK, "B30"): "many"}, "Network!B30", "training.steps", "'many' is not a whole number"),
    ({(NETWORK, "B30"): 2.5}, "Network!B30", "training.steps", "2.5 is not a whole number"),
    ({(NETWORK, "B32"): 0}, "Network!B32", "training.threshold", "0 is not greater than 0"),
    ({(NETWORK, "B31"): "fulll"}, "Network!B31", "training.batch", "did you mean full?"),
    ({(NETWORK, "B8"): None}, "Network!B8", "loss", "missing; write one of half squared error"),
    ({(NETWORK, "B7"): 5}, "Network!B7", "title", "5 is a number, not a text"),
    ({(NETWORK, "B13"): "tahn"}, "Network!B13", "layers[1].activation", "did you mean tanh?"),
    ({(NETWORK, "B13"): "softmax"}, "Network!B13", "layers[1].activation", "softmax is for the last layer only"),
    ({(NETWORK, "C13"): None}, "Network!C13", "layers[1].units", "missing; weights that are drawn"),
    ({(NETWORK, "C13"): "three"}, "Network!C13", "layers[1].units", "'three' is not a whole number"),
    ({(NETWORK, "C13"): 4}, "Weights!F17", "layers[2].weights[1]", "3 weights; the unit receives 4 numbers"),
    ({(NETWORK, "C14"): 2}, "Network!C14", "layers[2].units", "2, and there are weights for 1 units"),
    ({(NETWORK, "D13"): "he"}, "Network!D13", "layers[1].weights", "'he' is not one of uniform"),
    ({(NETWORK, "D13"): "given"}, "Weights!C7", "layers[1].weights", "missing; give a row of weights"),
    ({(NETWORK, "E13"): 0.5}, "Network!E13", "layers[1].weights.seed", "0.5 is not a whole number"),
    ({(NETWORK, "F13"): "yes"}, "Network!F13", "layers[1].biases", "is not one of none, trained, held"),
    ({(NETWORK, "G13"): "zero"}, "Network!G13", "layers[1].biases", "'zero' is a text, not a number"),
    ({(NETWORK, "G13"): None}, "Network!G13", "layers[1].biases", "0 numbers for 3 units"),
    ({(NETWORK, "B15"): "tanh"}, "Network!D15", "layers[3].weights", "missing; write one of"),
    ({(NETWORK, "B22"): "adma"}, "Network!B22", "training.optimizer", "did you mean adam?"),
    ({(NETWORK, "D22"): 0.9}, "Network!D22", "training.optimizers[1].setting 1", "sgd does not take it"),
    ({(NETWORK, "B22"): "adam", (NETWORK, "D22"): 1}, "Network!D22", "training.optimizer.beta1", "less than 1"),
    (
        {(NETWORK, "B22"): "adam", (NETWORK, "B23"): "sgd"},
        "Network!B24",
        "training.optimizers[3]",
        "missing; give each",
    ),
    ({(NETWORK, "C22"): "fast"}, "Network!C22", "training.learning_rates[1]", "'fast' is a text, not a number"),
    ({(NETWORK, "C23"): 0.1}, "Network!C23", "training.learning_rates[2]", "0.1 stands there twice"),
    ({(NETWORK, "C23"): -1}, "Network!C23", "training.learning_rates[2]", "-1 is not a positive number"),
    (
        {(NETWORK, f"{column}{row}"): None for column in "BC" for row in (22, 23, 24)},
        "Network!C22",
        "training.learning_rates",
        "missing; type a number into each row",
    ),
    ({(NETWORK, "B36"): "cosin"}, "Network!B36", "training.schedule", "did you mean cosine?"),
    ({(NETWORK, "B36"): "cosin", (NETWORK, "D36"): 3}, "Network!B36", "training.schedule", "did you mean cosine?"),
    ({(NETWORK, "D36"): 3}, "Network!D36", "training.schedule.setting 1", "constant does not take it"),
    ({(NETWORK, "H13"): 0.2}, "Network!H13", "layers[1].activation.setting", "tanh does not take it"),
    ({(NETWORK, "B13"): "elu", (NETWORK, "H13"): "x"}, "Network!H13", "layers[1].activation.alpha", "'x' is a text"),
    ({(NETWORK, "D8"): 1}, "Network!D8", "loss.setting of the loss", "half squared error does not take it"),
    ({(NETWORK, "B8"): "huber", (NETWORK, "D8"): 0}, "Network!D8", "loss.delta", "0 is not greater than 0"),
    ({(NETWORK, "B42"): "blue"}, "Network!B42", "look.output", "'blue' is not a colour; write one like #0072B2"),
    ({(NETWORK, "B45"): 0}, "Network!B45", "look.weights", "0 is not a number format"),
    ({("Weights", "E17"): None}, "Weights!E17", "layers[2].weights[1]", "2 weights; the unit receives 3 numbers"),
    ({("Samples", "C7"): "one"}, "Samples!C7", "samples[1].inputs[2]", "'one' is a text, not a number"),
    ({("Samples", "C7"): None}, "Samples!C7", "samples[1].inputs[2]", "missing; give a number"),
    ({("Samples", "D8"): True}, "Samples!D8", "samples[2].targets[1]", "true is true or false, not a number"),
    ({("Samples", "D8"): "=1/4"}, "Samples!D8", "samples[2].targets[1]", "a formula without a saved value"),
    ({("Samples", "D6"): "output"}, "Samples!D6", "samples", "'output' is not one of input, target"),
    ({("Samples", "D6"): None}, "Samples!A6", "samples", "no column is target"),
    ({("Samples", "F7"): 1}, "Samples!F7", "samples", "is F6 input or target?"),
    ({("Samples", "E6"): "target"}, "Samples!E7", "samples[1].targets[2]", "missing; give a number"),
    (
        {("Samples", f"{column}{row}"): None for column in "BCD" for row in (7, 8)},
        "Samples!B7",
        "samples",
        "missing; fill in a row for each sample",
    ),
    ({("Weights", "D17"): None}, "Weights!D17", "layers[2].weights[1][2]", "missing; give a number"),
    ({("Weights", "D17"): "x"}, "Weights!D17", "layers[2].weights[1][2]", "'x' is a text, not a number"),
    (
        {(NETWORK, "C14"): 2, ("Weights", "C19"): 1},
        "Weights!C18",
        "layers[2].weights[2]",
        "missing; give the weights of this unit",
    ),
    ({("Weights", "B18"): 1}, "Weights!B18", "layers[2].biases", "2 numbers for 1 units"),
    ({("Weights", "A16"): "Layer two"}, "", "", "Weights: no row begins with “Layer 2” any more"),
    ({(NETWORK, "A10"): "Schichten"}, "", "", "Network: no row begins with “Layers” any more"),
]


@pytest.mark.parametrize(("changes", "cell", "key", "words"), WRONG, ids=[f"{row[1]}: {row[3]}" for row in WRONG])
def test_what_is_wrong_in_a_form_is_named_with_its_cell(
    new: Path, changes: dict[Place, object], cell: str, key: str, words: str
) -> None:
    path = filled(new, changes)
    if not words:
        assert load(str(path)).steps == TRAINING["steps"].default
        return
    line = refused(path)
    assert line.startswith(f"{path}: {cell}: {key}: " if cell else f"{path}: ")
    assert words in line


def test_a_form_without_one_of_its_sheets_is_refused(new: Path) -> None:
    book = openpyxl.load_workbook(new)
    del book["Samples"]
    book.save(new)
    assert "has no sheet Samples any more" in refused(new)


@pytest.mark.parametrize("suffix", [".txt", "", ".xls"])
def test_a_template_of_another_kind_is_not_begun(tmp_path: Path, suffix: str) -> None:
    result = CliRunner().invoke(main, ["new", str(tmp_path / f"mine{suffix}")])
    assert result.exit_code == 2
    assert "ends in .toml or .xlsx" in one_error_line(result.stderr)


def test_a_form_is_never_written_over(new: Path) -> None:
    before = new.read_bytes()
    result = CliRunner().invoke(main, ["new", str(new)])
    assert result.exit_code == 2
    assert "is there already" in one_error_line(result.stderr)
    assert new.read_bytes() == before


# A built workbook is a template


@pytest.mark.parametrize("name", shipped())
def test_a_workbook_that_nobody_changed_builds_itself_again(tmp_path: Path, name: str) -> None:
    first = built(load(name), tmp_path / "first.xlsx")
    second = built(load(str(first)), tmp_path / "second.xlsx")
    assert second.read_bytes() == first.read_bytes()


@given(network=networks(widest=4))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_the_workbook_of_any_network_builds_itself_again(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    first = built(network, folder / "first.xlsx")
    assert built(load(str(first)), folder / "second.xlsx").read_bytes() == first.read_bytes()


def test_numbers_of_seventeen_digits_come_back(tmp_path: Path) -> None:
    network = replace(RICH, layers=(Layer("softmax", (LONG[:2], LONG[1:3])),), threshold=0.1 + 0.2)
    first = built(network, tmp_path / "first.xlsx")
    assert load(str(first)).layers == network.layers
    assert built(load(str(first)), tmp_path / "second.xlsx").read_bytes() == first.read_bytes()


def halved(value: object) -> object:
    """A tree with other numbers everywhere."""
    match value:
        case dict():
            return {key: one if key == "steps" else halved(one) for key, one in value.items()}
        case list():
            return [halved(one) for one in value]
        case float():
            return value / 2
    return value


@pytest.mark.parametrize("name", ["classic", "rich", "optimisers"])
def test_changed_yellow_cells_build_what_a_template_with_these_numbers_builds(tmp_path: Path, name: str) -> None:
    network = RICH if name == "rich" else replace(load(name), name=name)
    path = built(network, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    mine = [book[sheet] for sheet in (START, DATA, WEIGHTS) if sheet in book.sheetnames]
    yellow = [
        cell for sheet in mine for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFF2A8"
    ]
    for cell in yellow:
        cell.value /= 2
    book.save(path)
    tree: Any = halved(tree_of(network))
    expected = load(as_toml(tree, tmp_path / "a.toml"))
    assert load(str(path)) == expected
    assert len(yellow) > 10
    made = [built(one, tmp_path / f"{n}.xlsx") for n, one in enumerate((load(str(path)), expected))]
    assert made[0].read_bytes() == made[1].read_bytes()


def test_steps_and_rates_are_the_workbooks_unless_others_are_given(tmp_path: Path) -> None:
    first = tmp_path / "first.xlsx"
    build(load("classic"), (0.25, 0.75), 7, first)
    assert (load(str(first)).learning_rates, load(str(first)).steps) == ((0.25, 0.75), 7)
    command = [
        "build",
        "--template",
        str(first),
        "--lrs",
        "3",
        "--steps",
        "2",
        "-o",
        str(tmp_path / "b.xlsx"),
        "--json",
    ]
    told = json.loads(CliRunner().invoke(main, command).stdout)
    assert (told["steps"], [one["learning_rate"] for one in told["series"]]) == (2, [3.0])


# What is typed into which cells of Start, the cell that is named, and words of what is wrong; in a workbook of RICH.
WRONG_YELLOW: list[tuple[str, object, str, str]] = [
    ("i1⁽²⁾", "a lot", "samples[2].inputs[1]", "'a lot' is a text, not a number"),
    ("t1⁽¹⁾", None, "samples[1].targets[1]", "missing; give a number"),
    ("w2", "=1+1", "layers[1].weights[1][2]", "missing; give a number"),
    ("b_o1", True, "layers[2].biases[1]", "true is true or false, not a number"),
    ("b_h1", "x", "layers[1].biases[1]", "'x' is a text, not a number"),
    ("loss threshold", 0, "training.threshold", "0 is not greater than 0"),
    ("η", 0.1, "training.learning_rates[2]", "0.1 stands there twice"),
    (
        "μ",
        0.5,
        "training.optimizer.momentum",
        "0.9 here and 0.5 for LR 0.05; a template has one for all sheets: type the same",
    ),
]


@pytest.mark.parametrize(("label", "value", "key", "words"), WRONG_YELLOW, ids=[row[0] for row in WRONG_YELLOW])
def test_what_is_wrong_in_a_yellow_cell_is_named_with_its_cell(
    tmp_path: Path, label: str, value: object, key: str, words: str
) -> None:
    path = tmp_path / "rich.xlsx"
    plan = build(RICH, RICH.learning_rates, RICH.steps, path).plan
    cells = [(yours.sheet, a1(*yours.place)) for yours in plan.yours if yours.label == label]
    line = refused(filled(path, {cells[0]: value}))
    sheet, named = cells[-1] if label in {"η", "μ"} else cells[0]
    assert line.startswith(f"{path}: {sheet}!{named}: {key}: ")
    assert words in line


def test_a_foreign_workbook_is_told_from_a_form(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.save(tmp_path / "foreign.xlsx")
    assert "is neither a form of xlbackprop new nor a workbook of xlbackprop build" in refused(
        tmp_path / "foreign.xlsx"
    )


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04nothing", b"title = 1"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    assert refused(path).startswith(f"{path}: ")


def test_a_workbook_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.xlsx").startswith(f"{tmp_path / 'none.xlsx'}: does not exist")
