"""Options replace a template's data, loss, optimizer and weights; what does not fit is refused in a line."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Book, one_error_line

from xlbackprop.asking import asked, data
from xlbackprop.asking.asked import Asked
from xlbackprop.asking.pytorch import LOSSES
from xlbackprop.build import build
from xlbackprop.cli import main
from xlbackprop.errors import BadOption, NotInstalled
from xlbackprop.extras import check_installed
from xlbackprop.maths.network import Layer, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS
from xlbackprop.pages.limits import MOST_LOSSES, MOST_TERMS
from xlbackprop.proof.verify import verify
from xlbackprop.template.template import load

XOR = "0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
SAMPLES = tuple(Sample((float(a), float(b)), (float(t),)) for a, b, t in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)))


def table(text: str) -> Callable[[], bytes]:
    return text.encode


def arrays(**named: Any) -> Callable[[], bytes]:
    def packed() -> bytes:
        out = io.BytesIO()
        np.savez(out, **named)
        return out.getvalue()

    return packed


def zeros(*shape: int) -> Any:
    return np.zeros(shape)


def bomb() -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, inputs=zeros(data.MOST_BYTES // 16 + 1, 2), targets=zeros(1))
    return out.getvalue()


def endless() -> bytes:
    """An array that says it has more numbers than any machine can hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("inputs", "targets"):
            head = "{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999999, 2), }".ljust(117) + "\n"
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode())
    return out.getvalue()


# The file's name, what is in it, and what it comes to for the template xor: two inputs, one output.
GOOD: list[tuple[str, Callable[[], bytes]]] = [
    ("a.csv", table(XOR)),
    ("a.CSV", table("\ufeffa, b, xor\r\n" + XOR.replace(",", " , ").replace("\n", "\r\n"))),
    ("a.csv", table("\n" + XOR.replace("\n", "\n\n,,\n"))),
    ("a.csv", table(XOR.replace("1", "1e0"))),
    ("a.csv", table(XOR.replace(",", ";"))),
    ("a.csv", table("\ufeff" + XOR)),
    ("a.npz", arrays(inputs=[s.inputs for s in SAMPLES], targets=[s.targets for s in SAMPLES])),
    ("a.npz", arrays(x=np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="int8"), y=np.array([0, 1, 1, 0], dtype=bool))),
]
# The file's name, what is in it, and what is said of it: where, and words.
BAD: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("a.csv", table(""), "", "has no samples; write a line for each"),
    ("a.csv", table("a,b,c\n"), "", "has no samples; write a line for each"),
    ("a.csv", table("\n,,\n"), "", "has no samples; write a line for each"),
    ("a.csv", table("0,0,0\n0,x,1\n"), ":2", "column 2: 'x' is not a finite number"),
    ("a.csv", table("a,b,c\n0,0,0\n\n0,,1\n"), ":4", "column 2: '' is not a finite number"),
    ("a.csv", table("a,0,c\n0,0,0\n"), ":1", "column 1: 'a' is not a finite number"),
    ("a.csv", table("0,0,nan\n"), ":1", "column 3: 'nan' is not a finite number"),
    ("a.csv", table("0,-inf,0\n"), ":1", "column 2: '-inf' is not a finite number"),
    ("a.csv", table("0,1e999,0\n"), ":1", "column 2: '1e999' is not a finite number"),
    ("a.csv", table("0,1_0,0\n"), ":1", "column 2: '1_0' is not a finite number"),
    ("a.csv", table("0,٣,0\n"), ":1", "column 2: '٣' is not a finite number"),
    ("a.csv", table("0,=1+1,0\n"), ":1", "column 2: '=1+1' is not a finite number"),
    ("a.csv", table("0,1,0\n0,1\n"), ":2", "2 columns with commas between; needed are 3 (2 inputs, then 1 target)"),
    (
        "a.csv",
        table("0\t1\t0\n0\t1\t0\n"),
        ":2",
        "1 column with commas between; needed are 3 (2 inputs, then 1 target)",
    ),
    ("a.csv", table("0,1,0,1\n"), ":1", "4 columns with commas between; needed are 3"),
    ("a.csv", table('0,1,"0\n'), ":1", "is not CSV"),
    ("a.csv", lambda: b"\xff\xfe0\x00,\x001\x00", "", "is not UTF-8 text"),
    ("a.csv", lambda: b"0,0,0\n" * (data.MOST_BYTES // 6 + 1), "", "has more than 10 MB"),
    ("a.txt", table(XOR), "", "a file whose name ends in .csv or .npz"),
    ("a.npz", lambda: b"", "", "is damaged"),
    ("a.npz", table(XOR), "", "is damaged"),
    ("a.npz", lambda: arrays(inputs=zeros(1, 2), targets=zeros(1))()[:-30], "", "is damaged"),
    ("a.npz", lambda: arrays(inputs=zeros(1, 2), targets=zeros(1))().replace(b"NUMPY", b"NUMPX"), "", "is damaged"),
    ("a.npz", endless, "", "is damaged"),
    ("a.npz", bomb, "", "has more than 10 MB"),
    ("a.npz", arrays(inputs=np.array([[{}, 1]], dtype=object), targets=zeros(1)), "", "other things than numbers"),
    ("a.npz", arrays(inputs=[["0", "1"]], targets=zeros(1)), ": inputs", "holds no plain numbers"),
    ("a.npz", arrays(inputs=zeros(1, 2) * 1j, targets=zeros(1)), ": inputs", "holds no plain numbers"),
    ("a.npz", arrays(inputs=zeros(1, 2)), "", "has arrays named inputs; name the arrays inputs and targets"),
    ("a.npz", arrays(), "", "has no arrays; name the arrays inputs and targets"),
    ("a.npz", arrays(inputs=zeros(1, 3), targets=zeros(1)), ": inputs", "the shape (1, 3); needed is (samples, 2)"),
    ("a.npz", arrays(inputs=zeros(2), targets=zeros(1)), ": inputs", "the shape (2,); needed is (samples, 2)"),
    ("a.npz", arrays(inputs=zeros(0, 2), targets=zeros(0)), ": inputs", "one sample or more"),
    ("a.npz", arrays(inputs=0.5, targets=0.5), ": inputs", "the shape (); needed is (samples, 2)"),
    ("a.npz", arrays(inputs=zeros(1, 2), targets=zeros(1, 2)), ": targets", "needed is (samples, 1)"),
    ("a.npz", arrays(inputs=zeros(3, 2), targets=zeros(2)), "", "3 rows of inputs and 2 of targets"),
    ("a.npz", arrays(inputs=[[0, np.nan]], targets=zeros(1)), ": inputs", "holds a number that is not finite"),
]
CLASSES: list[tuple[str, Callable[[], bytes], str, str]] = [  # of the template softmax: two inputs, three classes
    ("a.csv", table("0,0,3\n"), ":1", "3 is not a class; write whole numbers from 0 to 2"),
    ("a.csv", table("0,0,1\n0,0,-1\n"), ":2", "-1 is not a class"),
    ("a.csv", table("0,0,0.5\n"), ":1", "0.5 is not a class"),
    ("a.csv", table("0,0\n"), ":1", "needed are 5 (2 inputs, then 3 targets, or the class instead of the targets)"),
    ("a.npz", arrays(x=zeros(2, 2), y=[0, 7]), ": y[1]", "7 is not a class"),
    ("a.npz", arrays(x=zeros(2, 2), y=zeros(2, 2)), ": y", "needed is (samples, 3) or (samples, 1)"),
]
# Options that the command line refuses, and words of what it says; a.csv is a good table for the template xor.
BAD_OPTIONS: list[tuple[tuple[str, ...], str]] = [
    (("--loss", "mse"), "--loss: 'mse' is not one of half squared error, mean squared error"),
    (("--loss", "mean square error"), "did you mean mean squared error?"),
    (("--loss", "CrossEntropyLos"), "did you mean CrossEntropyLoss?"),
    (("--loss", "cross-entropy"), "--loss: cross-entropy goes with softmax units in the last layer, not sigmoid"),
    (("--optimizer", "adm"), "--optimizer: 'adm' is not one of sgd, momentum"),
    (("--batch", "ful"), "--batch: 'ful' is not one of full, one by one; did you mean full?"),
    (("--data", "none.csv"), "none.csv: cannot be read (No such file or directory)"),
    (("--data", "folder.csv"), "folder.csv: cannot be read (Is a directory)"),
    (("--torch", "nets:model"), "--torch: stands beside --template; give one of the two"),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(folder: Path, *options: str) -> str:
    """The one line that build prints; it writes nothing."""
    before = set(folder.rglob("*"))
    result = CliRunner().invoke(main, ["build", *options, "-o", "out.xlsx"])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert set(folder.rglob("*")) == before
    return one_error_line(result.stderr)


def written(folder: Path, name: str, inside: Callable[[], bytes]) -> Path:
    (folder / name).write_bytes(inside())
    return Path(name)


@pytest.mark.parametrize(("name", "inside"), GOOD)
def test_samples_come_from_a_file(here: Path, name: str, inside: Callable[[], bytes]) -> None:
    network = asked.network(Asked(template="xor", data=written(here, name, inside)))
    assert network == replace(load("xor"), samples=SAMPLES)


@pytest.mark.parametrize(
    ("name", "inside"), [("a.csv", table("0,1,2\n3,4,0\n")), ("a.npz", arrays(x=[[0, 1], [3, 4]], y=[2, 0]))]
)
def test_a_class_stands_for_its_targets(here: Path, name: str, inside: Callable[[], bytes]) -> None:
    network = asked.network(Asked(template="softmax", data=written(here, name, inside)))
    assert network.samples == (Sample((0.0, 1.0), (0.0, 0.0, 1.0)), Sample((3.0, 4.0), (1.0, 0.0, 0.0)))


@pytest.mark.parametrize(
    ("template", "name", "inside", "where", "words"),
    [("xor", *row) for row in BAD] + [("softmax", *row) for row in CLASSES],
    ids=[f"{name}: {words}" for name, _, _, words in BAD + CLASSES],
)
def test_a_file_of_samples_that_does_not_fit_is_named_with_the_place(
    here: Path, template: str, name: str, inside: Callable[[], bytes], where: str, words: str
) -> None:
    written(here, name, inside)
    line = refused(here, "--template", template, "--data", name)
    assert line.startswith(f"Error: {name}{where}: " if not where.startswith(": ") else f"Error: {name}{where}")
    assert words in line


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS, ids=[words for _, words in BAD_OPTIONS])
def test_an_option_that_does_not_fit_is_named(here: Path, options: tuple[str, ...], words: str) -> None:
    (here / "folder.csv").mkdir()
    assert words in refused(here, "--template", "xor", *options)


TOO_LARGE = [("xor", MOST_TERMS), ("softmax", MOST_LOSSES // 3)]


@pytest.mark.parametrize(("template", "most"), TOO_LARGE)
def test_more_samples_than_a_formula_can_add_up_are_refused(here: Path, template: str, most: int) -> None:
    written(here, "a.csv", table("0.5,0.25,1\n" * (most + 1)))
    line = refused(here, "--template", template, "--data", "a.csv")
    assert "in one step" in line
    assert f"one formula reads {MOST_TERMS if template == 'xor' else MOST_LOSSES} at most; give fewer" in line


def test_more_inputs_than_a_formula_can_add_up_are_refused(here: Path) -> None:
    network = load("xor")
    wide = Layer("tanh", ((0.1,) * (MOST_TERMS + 1),) * 2)
    sample = Sample((0.5,) * (MOST_TERMS + 1), (1.0,))
    with pytest.raises(BadOption, match=f"{MOST_TERMS + 1} units of a layer"):
        build(replace(network, samples=(sample,), layers=(wide, *network.layers[1:])), (0.1,), 1, here / "a.xlsx")
    assert list(here.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("template", "most"), TOO_LARGE)
def test_as_many_samples_as_a_formula_can_add_up_are_judged_right(here: Path, template: str, most: int) -> None:
    written(here, "a.csv", table("".join(f"{k / most},0.25,1\n" for k in range(most))))
    options = ("--template", template, "--data", "a.csv", "--steps", "3", "--lrs", "0.5", "-o", "a.xlsx")
    result = CliRunner().invoke(main, ["build", *options])
    assert result.exit_code == 0, result.output
    book = Book.read(Path("a.xlsx"))
    lengths = [len(cell.formula or "") for sheet in book.sheets for cell in book.cells(sheet).values()]
    assert 4096 < max(lengths) <= 8192  # Excel's most; and no limit is much lower than it need be
    assert verify(Path("a.xlsx")).ok


def test_many_samples_are_learnt_from_one_by_one(here: Path) -> None:
    written(here, "a.csv", table("".join(f"0.5,{k / 1000},1\n" for k in range(1000))))
    options = ("--template", "xor", "--data", "a.csv", "--batch", "one by one", "--steps", "3", "-o", "a.xlsx")
    assert CliRunner().invoke(main, ["build", *options]).exit_code == 0
    assert verify(Path("a.xlsx")).ok


@pytest.mark.parametrize("name", [*LOSSES, "HUBER", "mean squared error"])
def test_a_loss_may_have_torch_s_name(name: str) -> None:
    template = {"cross-entropy": "softmax"}.get(LOSSES[name].name if name in LOSSES else "", "xor")
    network = asked.network(Asked(template=template, loss=name))
    assert network.loss == (LOSSES[name].name if name in LOSSES else name.lower())


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "nesterov"])
def test_an_optimizer_may_have_torch_s_name_and_has_its_settings(name: str) -> None:
    optimizer = asked.network(Asked(template="xor", optimizer=name)).optimizer
    settings = OPTIMISERS[name.lower()].settings
    assert (optimizer.name, optimizer.settings) == (name.lower(), tuple(one.default for one in settings))


def test_one_optimizer_in_place_of_several_has_a_sheet_for_each_learning_rate() -> None:
    network = asked.network(Asked(template="optimisers", optimizer="adam"))
    assert network.compared == ()
    assert network.learning_rates == tuple(dict.fromkeys(load("optimisers").learning_rates))


def test_options_work_together_with_a_template_and_verify_finds_the_workbook_right(here: Path) -> None:
    written(here, "a.csv", table(XOR))
    options = [
        "--template",
        "xor",
        "--data",
        "a.csv",
        "--loss",
        "BCELoss",
        "--optimizer",
        "Adam",
        "--batch",
        "one by one",
    ]
    result = CliRunner().invoke(main, ["build", *options, "--lrs", "0.1", "--steps", "12", "-o", "a.xlsx", "--json"])
    assert (result.exit_code, json.loads(result.stdout)["template"]) == (0, "xor")
    assert verify(Path("a.xlsx")).ok


def test_without_options_it_is_the_template() -> None:
    assert asked.network(Asked()) == load("classic")
    assert asked.network(Asked(template="mazur")) == load("mazur")


# Weights from a file

safetensors = pytest.mark.skipif(
    find_spec("safetensors") is None,
    reason="safetensors is an extra: pip install '.[cnn]'",
)


def saved(folder: Path, tensors: dict[str, Any]) -> Path:
    from safetensors.numpy import save_file

    save_file({name: np.asarray(one) for name, one in tensors.items()}, folder / "w.safetensors")
    return Path("w.safetensors")


def tensors_of(network: Network, *names: str, kind: str = "float64") -> dict[str, Any]:
    """The network's weights, all a half larger, as a file has them."""
    found = {}
    for name, layer in zip(names, network.layers, strict=True):
        found[f"{name}.weight"] = (np.array(layer.weights) * 1.5).astype(kind)
        if layer.biases:
            found[f"{name}.bias"] = (np.array(layer.biases) * 1.5).astype(kind)
    return found


@safetensors
@pytest.mark.parametrize("names", [("0", "2"), ("fc1", "fc2"), ("net.9.linear", "net.10.linear")])
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_weights_come_from_a_file_in_the_order_of_its_numbers(here: Path, names: tuple[str, ...], kind: str) -> None:
    before = load("mazur")
    after = asked.network(Asked(template="mazur", weights=saved(here, tensors_of(before, *names, kind=kind))))
    assert [layer.held for layer in after.layers] == [layer.held for layer in before.layers]
    for old, new in zip(before.layers, after.layers, strict=True):
        assert new.weights == tuple(map(tuple, (np.array(old.weights) * 1.5).astype(kind).astype(float).tolist()))
        assert new.biases == tuple((np.array(old.biases) * 1.5).astype(kind).astype(float).tolist())


def without(tensors: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in tensors.items() if key != name}


MAZUR = tensors_of(load("mazur"), "0", "2")
BAD_WEIGHTS: list[tuple[dict[str, Any], str]] = [
    (without(MAZUR, "2.bias"), "has no tensor 2.bias; needed are 0.weight, 0.bias, 2.weight, 2.bias"),
    (MAZUR | {"2.scale": zeros(1)}, "has a tensor 2.scale, which the network has no place for"),
    (MAZUR | {"4.weight": zeros(1)}, "has weights of 3 layers, and the network has 2"),
    ({"0.weight": zeros(2, 2)}, "has weights of 1 layers, and the network has 2"),
    ({}, "has weights of 0 layers, and the network has 2"),
    (tensors_of(load("mazur"), "encoder", "decoder"), "the order of its layers decoder, encoder cannot be told"),
    (MAZUR | {"0.weight": zeros(3, 2)}, "0.weight has the shape (3, 2); the network's is (2, 2)"),
    (MAZUR | {"0.bias": zeros(2, 1)}, "0.bias has the shape (2, 1); the network's is (2,)"),
    (MAZUR | {"0.bias": np.zeros(2, "int64")}, "0.bias holds int64; save it as float64"),
    (MAZUR | {"0.bias": np.array([0, np.inf])}, "0.bias holds a number that is not finite"),
]


@safetensors
@pytest.mark.parametrize(("tensors", "words"), BAD_WEIGHTS, ids=[words for _, words in BAD_WEIGHTS])
def test_weights_that_do_not_fit_are_refused(here: Path, tensors: dict[str, Any], words: str) -> None:
    saved(here, tensors)
    line = refused(here, "--template", "mazur", "--weights", "w.safetensors")
    assert line.startswith("Error: w.safetensors: ")
    assert words in line


@safetensors
@pytest.mark.parametrize(
    "damage", [lambda file: file[:-1], lambda file: b"", lambda file: b"{" * 99, lambda file: file[9:]]
)
def test_a_damaged_file_of_weights_is_refused(here: Path, damage: Callable[[bytes], bytes]) -> None:
    path = saved(here, MAZUR)
    path.write_bytes(damage(path.read_bytes()))
    assert "is no safetensors file" in refused(here, "--template", "mazur", "--weights", "w.safetensors")


def test_weights_that_are_missing_are_refused(here: Path) -> None:
    pytest.importorskip("safetensors")
    assert "w.safetensors: cannot be read" in refused(here, "--template", "mazur", "--weights", "w.safetensors")


@pytest.mark.parametrize(
    ("options", "package"),
    [
        (("--torch", "nets:model", "--data", "a.csv", "--loss", "huber"), "torch"),
        (("--template", "xor", "--weights", "w.safetensors"), "safetensors"),
    ],
)
def test_what_is_not_installed_is_named_with_the_command_that_brings_it(
    here: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], package: str
) -> None:
    monkeypatch.setattr("xlbackprop.extras.find_spec", lambda name: None)
    assert f'needs {package}; install with: pip install "xlbackprop[cnn]"' in refused(here, *options)


def test_what_is_installed_and_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise OSError("a library is gone")

    monkeypatch.setattr("xlbackprop.extras.import_module", broken)
    with pytest.raises(NotInstalled, match=r"json does not load \(a library is gone\); install with"):
        check_installed("--torch", "json")


# What is replaced does not have to fit


@pytest.mark.parametrize(
    ("there", "instead", "options"),
    [
        ("steps = 100", "steps = 9_000_000", ("--steps", "3")),
        ("steps = 100", "steps = 700_000", ("--lrs", "0.1", "--steps", "2")),
        ("learning_rates = [0.1, 0.5, 1]", "learning_rates = [0.1, 0.1]", ("--lrs", "0.2,0.4", "--steps", "2")),
        ("learning_rates = [0.1, 0.5, 1]", "learning_rates = [-1]", ("--lrs", "0.2")),
    ],
)
def test_steps_and_rates_of_a_template_need_not_fit_where_options_replace_them(
    tmp_path: Path, there: str, instead: str, options: tuple[str, ...]
) -> None:
    CliRunner().invoke(main, ["new", str(tmp_path / "a.toml")])
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    assert there in text
    (tmp_path / "a.toml").write_text(text.replace(there, instead), encoding="utf-8")
    command = ["build", "--template", str(tmp_path / "a.toml"), "-o", str(tmp_path / "a.xlsx")]
    assert f"{tmp_path / 'a.toml'}:" in one_error_line(CliRunner().invoke(main, command).stderr)
    result = CliRunner().invoke(main, [*command, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert verify(tmp_path / "a.xlsx").ok


def test_steps_that_do_not_fit_with_the_rates_of_an_option_are_refused(tmp_path: Path) -> None:
    command = ["build", "--template", "xor", "--steps", "200000", "--lrs", "0.1,0.2", "-o", str(tmp_path / "a.xlsx")]
    assert one_error_line(CliRunner().invoke(main, command).stderr).startswith("Error: --steps: 200000 steps of 2")
