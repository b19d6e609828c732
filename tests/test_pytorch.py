"""A torch module becomes a workbook that trains as torch does, number by number; what cannot is refused in a line."""

from __future__ import annotations

import copy
import json
import math
import random
import subprocess
import sys
import types
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Book, one_error_line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlbackprop.asking import asked
from xlbackprop.asking.asked import Asked
from xlbackprop.asking.pytorch import LOSSES, ROWS
from xlbackprop.build import build
from xlbackprop.cli import main
from xlbackprop.maths.network import LEARNING_RATES, STEPS, THRESHOLD
from xlbackprop.maths.optim import OPTIMISERS
from xlbackprop.maths.tape import Role
from xlbackprop.pages.layout import a1
from xlbackprop.proof.verify import verify

torch = pytest.importorskip("torch", reason="torch is an extra: pip install '.[cnn]'")
nn, F = torch.nn, torch.nn.functional

AGREES = 1e-9  # of a number, or of a thousandth of the largest of its kind, where it is itself a difference
TRAINED = 50  # steps
PLACE = "nets_of_the_test"

# One for each row of the table.
MODULES: dict[str, Callable[[], Any]] = {
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "ReLU": lambda: nn.ReLU(inplace=True),
    "LeakyReLU": nn.LeakyReLU,
    "ELU": nn.ELU,
    "Softplus": nn.Softplus,
    "SiLU": nn.SiLU,
    "GELU": lambda: nn.GELU(approximate="tanh"),
    "Softmax": lambda: nn.Softmax(dim=-1),
    "LogSoftmax": lambda: nn.LogSoftmax(dim=1),
    "Identity": nn.Identity,
    "Flatten": nn.Flatten,
    "Dropout": lambda: nn.Dropout(0.5).eval(),
}
# The same as calls, where torch has them: in torch, in torch.nn.functional, as methods.
CALLS: dict[str, list[Callable[[Any], Any]]] = {
    "Sigmoid": [torch.sigmoid, F.sigmoid, lambda x: x.sigmoid(), lambda x: x.sigmoid_()],
    "Tanh": [torch.tanh, F.tanh, lambda x: x.tanh()],
    "ReLU": [torch.relu, F.relu, lambda x: F.relu(x, inplace=True), lambda x: x.relu(), F.relu_],
    "LeakyReLU": [F.leaky_relu, lambda x: F.leaky_relu(x, 0.01), lambda x: F.leaky_relu(input=x)],
    "ELU": [F.elu, lambda x: F.elu(x, 1.0, True)],
    "Softplus": [F.softplus, lambda x: F.softplus(x, 1, 20)],
    "SiLU": [F.silu],
    "GELU": [lambda x: F.gelu(x, approximate="tanh")],
    "Softmax": [lambda x: torch.softmax(x, 1), lambda x: F.softmax(x, dim=-1), lambda x: x.softmax(dim=1)],
    "LogSoftmax": [lambda x: F.log_softmax(x, dim=1), lambda x: x.log_softmax(1)],
    "Flatten": [lambda x: torch.flatten(x, 1), lambda x: x.flatten(start_dim=1)],
    "Dropout": [lambda x: F.dropout(x, 0.0), lambda x: F.dropout(x, 0.5, training=False)],
}
# What stands last before each loss.
LAST: dict[str, Callable[[], Any]] = {
    "MSELoss": nn.Sigmoid,
    "L1Loss": nn.Identity,
    "HuberLoss": nn.Tanh,
    "SmoothL1Loss": nn.Identity,
    "BCELoss": nn.Sigmoid,
    "BCEWithLogitsLoss": nn.Identity,
    "CrossEntropyLoss": nn.Identity,
    "NLLLoss": lambda: nn.LogSoftmax(1),
}
OPTIMIZERS: dict[str, Callable[[Any, float], Any]] = {
    "sgd": torch.optim.SGD,
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


class Called(nn.Module):  # type: ignore[misc,name-defined]
    """Two layers with a call between or behind them."""

    def __init__(self, call: Callable[[Any], Any], *, last: bool) -> None:
        super().__init__()
        self.hidden, self.out, self.call, self.last = nn.Linear(2, 3), nn.Linear(3, 2), call, last

    def forward(self, x: Any) -> Any:
        return self.call(self.out(torch.tanh(self.hidden(x)))) if self.last else self.out(self.call(self.hidden(x)))


@pytest.fixture(autouse=True)
def nets(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A Python module to name on the command line."""
    there = types.ModuleType(PLACE)
    monkeypatch.setitem(sys.modules, PLACE, there)
    return there


def spec(module: object) -> str:
    sys.modules[PLACE].model = module  # type: ignore[attr-defined]
    return f"{PLACE}:model"


def seeded(make: Callable[[], Any], seed: int = 1) -> Any:
    torch.manual_seed(seed)
    return make()


def apart(module: Any, loss: str, optimizer: str, folder: Path, *, samples: int = 3, rate: float = 0.05) -> list[str]:
    """How the workbook of a module differs from torch's own training of it, in losses and weights, step by step."""
    module = copy.deepcopy(module)
    inputs = sum(1 for _ in next(module.parameters())[0])
    module = module.double()
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (samples, inputs))
    outputs = module(torch.tensor(x)).shape[1]
    is_class = LOSSES[loss].name == "cross-entropy"
    y = rng.integers(0, outputs, samples) if is_class else rng.uniform(0, 1, (samples, outputs))
    np.savez(folder / "a.npz", x=x, y=y)
    data, path = folder / "a.npz", folder / "a.xlsx"
    network = asked.network(Asked(torch=spec(module), data=data, loss=loss, optimizer=optimizer))
    run = build(network, (rate,), TRAINED, path, force=True)
    table, cells = run.plan.table, Book.read(path).cells(run.plan.rate_sheets[0])
    names = [[column.name for column in run.plan.tape.of(role)] for role in (Role.TOTAL, Role.WEIGHT)]
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optim, costs = OPTIMIZERS[optimizer](trained, rate), getattr(nn, loss)()
    found: list[str] = []
    for step in range(TRAINED):
        cost = costs(module(torch.tensor(x)), torch.tensor(y))
        torchs = [[cost.item()], [w for one in trained for w in one.flatten().tolist()]]
        for kind, expected in zip(names, torchs, strict=True):
            least = max(map(abs, expected)) / 1000
            for name, value in zip(kind, expected, strict=True):
                there = float(cells[a1(table.first_row + step, table.column(name))].saved or "nan")
                if not abs(there - value) <= AGREES * max(abs(value), least):
                    found.append(f"step {step + 1}, {name}: {there!r}, not {value!r}")
        optim.zero_grad()
        cost.backward()
        optim.step()
    return found


def test_the_tables_here_have_every_row() -> None:
    assert set(MODULES) == set(ROWS)
    assert set(CALLS) == {kind for kind, row in ROWS.items() if row.function}
    assert set(LAST) == set(LOSSES)
    assert set(OPTIMIZERS) == set(OPTIMISERS)


def sequential(kind: str) -> Any:
    """Two layers with one of a kind between them, or behind them where it is for the last layer."""
    if kind in {"Softmax", "LogSoftmax"}:
        return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2), MODULES[kind]())
    return nn.Sequential(MODULES["Flatten"](), nn.Linear(2, 3), nn.Sequential(MODULES[kind](), nn.Linear(3, 2)))


@pytest.mark.parametrize("kind", ROWS)
def test_every_kind_of_layer_trains_as_in_torch_and_is_judged_right(tmp_path: Path, kind: str) -> None:
    loss = "NLLLoss" if kind == "LogSoftmax" else "MSELoss"
    assert not apart(seeded(lambda: sequential(kind)), loss, "sgd", tmp_path)
    assert verify(tmp_path / "a.xlsx").ok


@pytest.mark.parametrize(("kind", "call"), [(kind, call) for kind, calls in CALLS.items() for call in calls])
def test_every_call_is_read_as_its_layer(tmp_path: Path, kind: str, call: Callable[[Any], Any]) -> None:
    last = kind in {"Softmax", "LogSoftmax"}
    loss = "NLLLoss" if kind == "LogSoftmax" else "MSELoss"
    if kind == "Dropout" or last or ROWS[kind].activation is None:
        assert not apart(seeded(lambda: Called(call, last=last)), loss, "sgd", tmp_path)
        return
    np.savez(tmp_path / "a.npz", x=np.zeros((1, 2)), y=np.zeros((1, 2)))
    network = asked.network(Asked(torch=spec(Called(call, last=False)), data=tmp_path / "a.npz", loss=loss))
    assert [layer.activation for layer in network.layers] == [ROWS[kind].activation, "linear"]


SET = {
    "LeakyReLU(0.2)": nn.LeakyReLU(0.2),
    "ELU(0.5)": nn.ELU(0.5),
    "leaky_relu(x, 0.3)": lambda x: F.leaky_relu(x, 0.3),
    "leaky_relu(x, negative_slope=1)": lambda x: F.leaky_relu(x, negative_slope=1),
    "elu(x, 1.5, True)": lambda x: F.elu(x, 1.5, True),
}


@pytest.mark.parametrize("call", SET.values(), ids=SET)
def test_settings_of_a_layer_are_kept(tmp_path: Path, call: Callable[[Any], Any]) -> None:
    assert not apart(seeded(lambda: Called(call, last=False)), "MSELoss", "sgd", tmp_path)
    assert verify(tmp_path / "a.xlsx").ok


@pytest.mark.parametrize(("loss", "optimizer"), list(zip(LOSSES, cycle(OPTIMIZERS), strict=False)))
def test_every_loss_and_optimizer_trains_as_in_torch(tmp_path: Path, loss: str, optimizer: str) -> None:
    module = seeded(lambda: nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2), LAST[loss]()), 3)
    assert not apart(module, loss, optimizer, tmp_path)


SMOOTH = [kind for kind in ROWS if kind not in {"ReLU", "LeakyReLU", "Softmax", "LogSoftmax"}]


@st.composite
def modules(draw: st.DrawFn) -> Any:
    """A random Sequential of one to four layers, nested, with and without biases, some of them held; and its loss."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    loss = draw(st.sampled_from([name for name in LOSSES if name != "L1Loss"]))  # a last bit decides at its kink
    sizes = [rng.randint(1, 5) for _ in range(draw(st.integers(1, 4)) + 1)]
    sizes[-1] += LOSSES[loss].name == "cross-entropy"  # a softmax of one is 1, whatever it receives
    torch.manual_seed(rng.randint(0, 10**6))
    steps: list[Any] = []
    for incoming, units in pairwise(sizes):
        linear = nn.Linear(incoming, units, bias=rng.random() < 0.7)
        if linear.bias is not None:
            linear.bias.requires_grad_(rng.random() < 0.7)
        part = [linear, MODULES[draw(st.sampled_from(SMOOTH))]()]
        steps += [nn.Sequential(*part)] if rng.random() < 0.3 else part
    last = steps[-1] if isinstance(steps[-1], nn.Sequential) else steps
    last[-1] = LAST[loss]()
    return nn.Sequential(*steps), loss


@pytest.mark.slow
@given(drawn=modules(), optimizer=st.sampled_from(list(OPTIMIZERS)), samples=st.integers(1, 4))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_modules_train_as_in_torch(tmp_path: Path, drawn: Any, optimizer: str, samples: int) -> None:
    module, loss = drawn
    assert not apart(module, loss, optimizer, tmp_path, samples=samples, rate=0.02)


# What is read from a module


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two inputs and one target, in the current folder, which is empty but for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("0,1,1\n1,0,0\n")
    return Path("a.csv")


def read(module: object, data: Path, **more: Any) -> Any:
    return asked.network(Asked(torch=spec(module), data=data, **{"loss": "MSELoss", **more}))


def test_weights_are_those_of_the_module_exactly_and_the_rest_is_as_documented(data: Path) -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1, bias=False))
    module[0].bias.requires_grad_(requires_grad=False)
    network = read(module, data)
    hidden, out = network.layers
    assert hidden.weights == tuple(map(tuple, module[0].weight.double().tolist()))
    assert (hidden.biases, hidden.held) == (tuple(module[0].bias.double().tolist()), True)
    assert (out.biases, out.held, out.activation) == ((), False, "linear")
    assert (network.name, network.title) == (f"{PLACE}:model", "model from PyTorch")
    assert (network.steps, network.threshold, network.learning_rates) == (STEPS, THRESHOLD, LEARNING_RATES)
    assert (network.optimizer.name, network.full_batch) == ("sgd", True)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32"])
def test_half_and_single_precision_are_read_exactly(data: Path, kind: str) -> None:
    module = nn.Linear(2, 1).to(getattr(torch, kind))
    assert read(module, data).layers[0].weights == tuple(map(tuple, module.weight.double().tolist()))


@pytest.mark.parametrize(("loss", "last"), [("cross-entropy", "softmax"), ("binary cross-entropy", "sigmoid")])
def test_logits_get_the_last_layer_that_the_loss_goes_with(data: Path, loss: str, last: str) -> None:
    data.write_text("0,1,1,0\n")
    assert read(nn.Linear(2, 2), data, loss=loss).layers[-1].activation == last


def test_weights_come_from_a_file_by_the_state_dict_s_names(data: Path) -> None:
    pytest.importorskip("safetensors")
    from safetensors.torch import save_file

    def make() -> Any:
        return nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.Linear(2, 1))

    module, other, alone = make(), make(), nn.Linear(2, 1)
    save_file(other.state_dict(), "w.safetensors")
    assert read(module, data, weights=Path("w.safetensors")) == read(other, data)
    assert read(module, data) != read(other, data)
    save_file(alone.state_dict(), "w.safetensors")
    assert read(nn.Linear(2, 1), data, weights=Path("w.safetensors")) == read(alone, data)
    save_file({f"net.{name}": one for name, one in other.state_dict().items()}, "w.safetensors")
    assert "w.safetensors: has no tensor 0.0.weight; needed are 0.0.weight, 0.0.bias, 1.weight, 1.bias" in refused(
        module, "--weights", "w.safetensors"
    )


# What is refused


def refused(module: object, *options: str, loss: str = "MSELoss") -> str:
    """The one line that build prints of a module; it writes nothing."""
    before = set(Path().rglob("*"))
    name = module if isinstance(module, str) else spec(module)
    result = CliRunner().invoke(
        main, ["build", "--torch", name, "--data", "a.csv", "--loss", loss, "-o", "b.xlsx", *options]
    )
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert set(Path().rglob("*")) == before
    return one_error_line(result.stderr)


class Forward(nn.Module):  # type: ignore[misc,name-defined]
    """Two layers, one of them for nothing, and what is done with them."""

    def __init__(self, forward: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.a, self.b, self.done = nn.Linear(2, 2), nn.Linear(2, 2), forward
        self.free = nn.Parameter(torch.zeros(2, 2))

    def forward(self, x: Any) -> Any:
        return self.done(self, x)


def between(layer: Any) -> Any:
    return nn.Sequential(nn.Linear(2, 2), layer, nn.Linear(2, 1))


def tied() -> Any:
    module = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    module[2].weight = module[0].weight
    return module


def changed(change: Callable[[Any], object]) -> Any:
    module = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    change(module)
    return module


def fill(module: Any, value: float) -> None:
    with torch.no_grad():
        module[0].bias[1] = value


def hooked(module: Any) -> None:
    module[1].register_forward_hook(lambda *args: None)


AMONG = "is not among the layers of a workbook; those are Linear, Sigmoid, Tanh"
REFUSED: list[tuple[Callable[[], Any], str]] = [
    # layers that have no row, or not with these settings
    (lambda: between(nn.ReLU6()), f"layer 1 (ReLU6) {AMONG}"),
    (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), nn.Linear(2, 1)),
        "layer 0.1 (BatchNorm1d) is",
    ),
    (lambda: between(nn.LSTM(2, 2)), f"layer 1 (LSTM) {AMONG}"),
    (lambda: nn.Sequential(nn.LazyLinear(2)), f"layer 0 (LazyLinear) {AMONG}"),
    (nn.Hardtanh, f"model: Hardtanh {AMONG}"),
    (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(2, 1)), f"ParametrizedLinear {AMONG}"),
    (lambda: Forward(lambda s, x: torch.selu(s.a(x))), f"selu() {AMONG}"),
    (lambda: Forward(lambda s, x: s.a(x) * 2), f"mul() {AMONG}"),
    (lambda: Forward(lambda s, x: s.a(x).clamp(0)), f"clamp() {AMONG}"),
    (
        lambda: between(nn.LeakyReLU(math.inf)),
        "layer 1 (LeakyReLU) has negative_slope=inf; a workbook has a formula for finite numbers only",
    ),
    (lambda: between(nn.ELU(math.nan)), "has alpha=nan; a workbook has a formula for finite numbers only"),
    (lambda: between(nn.Softplus(2)), "a workbook has a formula for beta=1, threshold=20 only"),
    (lambda: between(nn.GELU()), "has approximate='none'; a workbook has a formula for approximate=\"tanh\" only"),
    (
        lambda: Forward(lambda s, x: F.gelu(s.a(x))),
        "gelu() has approximate='none'; a workbook has a formula for approximate=",
    ),
    (lambda: Forward(lambda s, x: F.leaky_relu(s.a(x), math.inf)), "leaky_relu() has negative_slope=inf"),
    (
        lambda: Forward(lambda s, x: F.dropout(s.a(x))),
        "dropout() has p=0.5, training=True; a workbook has a formula for p=0, or after eval() only",
    ),
    (
        lambda: Forward(lambda s, x: torch.flatten(s.a(x))),
        "flatten() has start_dim=0, end_dim=-1; a workbook has a formula for start_dim=1",
    ),
    (lambda: between(nn.Dropout(0.5)), "layer 1 (Dropout) has p=0.5, training=True"),
    (
        lambda: nn.Sequential(nn.Linear(2, 1), nn.Softmax(0)),
        "layer 1 (Softmax) has dim=0; a workbook has a formula for dim=1 only",
    ),
    # layers in an order that has none
    (
        lambda: between(nn.Softmax(1)),
        "layer 2 (Linear) follows Softmax, which is for the last layer only; leave Softmax out",
    ),
    (
        lambda: nn.Sequential(nn.Tanh(), nn.Linear(2, 1)),
        "layer 0 (Tanh) follows no layer; put a Linear layer in front of it",
    ),
    (
        lambda: nn.Sequential(nn.Linear(2, 1), nn.Tanh(), nn.Identity(), nn.ReLU()),
        "layer 3 (ReLU) follows Tanh; put a Linear",
    ),
    (
        lambda: nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(2, 1)),
        "layer 2 (Linear) takes 2 numbers, and is given 3",
    ),
    (nn.Sequential, "has no Linear layer, so there is nothing to train; give it one"),
    (nn.Identity, "has no Linear layer"),
    # no single chain
    (
        lambda: Forward(lambda s, x: s.a(x) + s.b(x)),
        "is no single chain: layer b takes the inputs, not just layer a; let each",
    ),
    (lambda: Forward(lambda s, x: s.a(x) + x), "is no single chain"),
    (lambda: Forward(lambda s, x: (s.a(x), x)), "is no single chain"),
    (lambda: Forward(lambda s, x: (s.a(x),)), "is no single chain"),
    (lambda: Forward(lambda s, x: {"y": s.a(x)}), "is no single chain"),
    (lambda: Forward(lambda s, x: F.linear(x, s.free)), "is no single chain"),
    (lambda: Forward(lambda s, x: s.a(torch.cat([x, x], 1))), "is no single chain"),
    (lambda: Forward(lambda s, x: [s.a(x), s.b(x)][1]), "is no single chain"),
    (
        lambda: Forward(lambda s, x: s.a(x) if x.sum() > 0 else s.b(x)),
        "cannot be traced to a chain of layers (TraceError",
    ),
    (
        lambda: Forward(lambda s, x: 1 / 0),
        "cannot be traced to a chain of layers (ZeroDivisionError: division by zero)",
    ),
    (lambda: Forward(lambda s, x: s.a(s.a(x))), "shares weights"),
    (tied, "layer 2 (Linear) shares weights"),
    (lambda: Forward(lambda s, x: s.a(x)[:, :1]), f"getitem() {AMONG}"),
    (lambda: nn.Sequential(torch.ao.nn.quantized.Linear(2, 1)), f"quantized.modules.linear.Linear) {AMONG}"),
    # weights that a workbook cannot have
    (
        lambda: changed(lambda m: m[0].weight.requires_grad_(requires_grad=False)),
        "layer 0 (Linear) has weights that are not trained",
    ),
    (lambda: changed(lambda m: fill(m, float("nan"))), "layer 0 (Linear): bias holds a number that is not finite"),
    (lambda: changed(lambda m: fill(m, float("-inf"))), "layer 0 (Linear): bias holds a number that is not finite"),
    (lambda: nn.Linear(2, 1, device="meta"), "Linear: bias holds no real numbers"),
    (lambda: nn.Linear(2, 1, dtype=torch.complex64), "Linear: bias holds no real numbers"),
    (lambda: changed(hooked), "layer 1 (Tanh) has hooks"),
    # no module
    (lambda: {"weight": 1}, "is dict, not an nn.Module"),
    (lambda: lambda: 3, "is int, not an nn.Module"),
    (lambda: nn.Linear, "cannot be had (TypeError: "),
    (lambda: lambda: sys.exit(3), "cannot be had (SystemExit: 3)"),
    (lambda: "json", "json: write --torch module:object, like nets:model for the `model` of nets.py"),
    (lambda: ":model", ":model: write --torch module:object"),
    (lambda: "json:", "json:: write --torch module:object"),
    (lambda: "json:none", "json:none: cannot be had (AttributeError: "),
    (lambda: "no_such_file:model", "no_such_file:model: cannot be had (ModuleNotFoundError: No module named"),
    (lambda: ".relative:model", ".relative:model: cannot be had (TypeError: "),
]
# Losses that torch would make something else of after these layers.
ENDS: list[tuple[str, Callable[[], Any], str]] = [
    (
        "CrossEntropyLoss",
        lambda: nn.Softmax(1),
        "CrossEntropyLoss goes after Linear or LogSoftmax, and the module ends with Softmax",
    ),
    ("crossentropyloss", lambda: nn.Softmax(1), "goes after Linear or LogSoftmax"),
    ("NLLLoss", nn.Identity, "NLLLoss goes after LogSoftmax, and the module ends with Linear"),
    ("BCELoss", nn.Identity, "BCELoss goes after Sigmoid, and the module ends with Linear"),
    ("BCEWithLogitsLoss", nn.Sigmoid, "BCEWithLogitsLoss goes after Linear, and the module ends with Sigmoid"),
    ("MSELoss", lambda: nn.LogSoftmax(1), "mean squared error does not go after LogSoftmax"),
    ("binary cross-entropy", nn.Tanh, "binary cross-entropy goes with sigmoid units in the last layer, not tanh"),
]


@pytest.mark.parametrize(("module", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_a_module_that_has_no_workbook_is_refused_with_the_place(
    data: Path, module: Callable[[], Any], words: str
) -> None:
    line = refused(module())
    assert words in line
    assert line.startswith("Error: ")


@pytest.mark.parametrize(("loss", "last", "words"), ENDS, ids=[words for *_, words in ENDS])
def test_a_loss_that_torch_would_read_otherwise_is_refused(
    data: Path, loss: str, last: Callable[[], Any], words: str
) -> None:
    line = refused(nn.Sequential(nn.Linear(2, 1), last()), loss=loss)
    assert line.startswith("Error: --loss: ")
    assert words in line


def test_data_and_loss_are_asked_for(data: Path) -> None:
    name = spec(nn.Linear(2, 1))
    for options, words in (
        ((), "also needs --data FILE"),
        (("--data", "a.csv"), "also needs --loss NAME: half squared"),
    ):
        result = CliRunner().invoke(main, ["build", "--torch", name, *options])
        assert result.exit_code == 2
        assert f"--torch: {words}" in one_error_line(result.stderr)


NETS = """
import sys
print("printed by the user's own file")
from torch import nn
model = nn.Linear(2, 1)
class Small(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
class models:
    def of(): return Small()
"""


@pytest.fixture
def program(data: Path) -> Callable[..., Any]:
    """The command as a program of its own, started where a file of modules lies."""
    Path("own_nets.py").write_text(NETS)

    def run(*options: str) -> Any:
        code = (
            "import sys; del sys.path[0]; from xlbackprop.cli import main; main()"  # as the script is, which pip makes
        )
        command = [
            sys.executable,
            "-c",
            code,
            "build",
            "--data",
            "a.csv",
            "--loss",
            "MSELoss",
            "-o",
            "b.xlsx",
            *options,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.mark.parametrize(("name", "layers"), [("model", 1), ("Small", 2), ("models.of", 2)])
def test_a_file_of_the_current_folder_is_found_and_what_it_prints_is_kept_from_stdout(
    program: Callable[..., Any], name: str, layers: int
) -> None:
    done = program("--torch", f"own_nets:{name}", "--json", "--steps", "2")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["template"] == f"own_nets:{name}"
    assert "printed by the user's own file" in done.stderr
    assert verify(Path("b.xlsx")).ok
