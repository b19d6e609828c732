"""What torch calls layers, activations and losses: a row for each that a workbook can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of layer. activation: what it is called in a template; None where it changes nothing.

    function: its name in torch, in torch.nn.functional or as a method of a tensor; None where there is none.
    settings: in the function's order, with what it takes where they are not given.
    fits: whether there is a formula for these settings; only: for which there is, in words.
    kept: whether they become those of the activation, in its order.
    """

    activation: str | None
    function: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fits: Callable[..., bool] = lambda: True
    only: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class TorchLoss:
    """A loss of torch's. name: in a template; after: the torch.nn classes that may stand last before it, if not all."""

    name: str
    after: tuple[str, ...] = ()


def _over_units(dim: int | None) -> bool:
    return dim in {None, 1, -1}  # of None torch makes 1 where there are two dimensions


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)


LINEAR, LOGARITHM = "Linear", "LogSoftmax"  # what has weights; what goes with its own loss only

ROWS: dict[str, Row] = {  # by torch.nn's class; activations are exact, and so is softplus up to 2.1e-9 where x > 20
    "Sigmoid": Row("sigmoid", "sigmoid"),
    "Tanh": Row("tanh", "tanh"),
    "ReLU": Row("relu", "relu"),
    "LeakyReLU": Row("leaky relu", "leaky_relu", {"negative_slope": 0.01}, _is_number, "finite numbers", kept=True),
    "ELU": Row("elu", "elu", {"alpha": 1.0}, _is_number, "finite numbers", kept=True),
    "Softplus": Row(
        "softplus",
        "softplus",
        {"beta": 1.0, "threshold": 20.0},
        lambda beta, threshold: (beta, threshold) == (1, 20),
        "beta=1, threshold=20",
    ),
    "SiLU": Row("silu", "silu"),
    "GELU": Row("gelu", "gelu", {"approximate": "none"}, lambda form: form == "tanh", 'approximate="tanh"'),
    "Softmax": Row("softmax", "softmax", {"dim": None}, _over_units, "dim=1"),
    LOGARITHM: Row("softmax", "log_softmax", {"dim": None}, _over_units, "dim=1"),
    "Identity": Row(None),
    "Flatten": Row(
        None,
        "flatten",
        {"start_dim": 0, "end_dim": -1},
        lambda start, end: start == 1 and end in {1, -1},
        "start_dim=1",
    ),
    "Dropout": Row(
        None,
        "dropout",
        {"p": 0.5, "training": True},
        lambda p, training: p == 0 or not training,
        "p=0, or after eval()",
    ),
}

LOSSES: dict[str, TorchLoss] = {  # by torch.nn's class, with its defaults
    "MSELoss": TorchLoss("mean squared error"),
    "L1Loss": TorchLoss("mean absolute error"),
    "HuberLoss": TorchLoss("huber"),
    "SmoothL1Loss": TorchLoss("huber"),
    "BCELoss": TorchLoss("binary cross-entropy", ("Sigmoid",)),
    "BCEWithLogitsLoss": TorchLoss("binary cross-entropy", (LINEAR,)),
    "CrossEntropyLoss": TorchLoss("cross-entropy", (LINEAR, LOGARITHM)),  # its softmax of a LogSoftmax changes nothing
    "NLLLoss": TorchLoss("cross-entropy", (LOGARITHM,)),
}
