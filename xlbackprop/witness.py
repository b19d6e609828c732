"""Two witnesses for every gradient that share no code with the rules: the complex step, and torch autograd.

The forward pass is written here a second time, in matrices, so that a mistake in the rules table cannot vouch for
itself. Complex step: Squire and Trapp, SIAM Review 40 (1998): f'(x) = Im f(x + ih) / h, exact to rounding for tiny h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Rows:
    """Independent rows of a table. inputs: (rows, inputs), targets: (rows, outputs), weights: (rows, weights)."""

    inputs: Array
    targets: Array
    weights: Array


def _sigmoid(exp: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda z: 1 / (1 + exp(-z))


ACTIVATIONS = {"sigmoid": _sigmoid}
LOSSES: dict[str, Callable[[Any, Any], Any]] = {"half squared error": lambda t, y: 0.5 * (t - y) ** 2}


def total_loss(rows: Rows, weights: Any, sizes: list[int], activations: list[str], loss: str, exp: Any) -> Any:
    """The total loss of each row, for NumPy arrays and torch tensors alike. weights: (rows, weights)."""
    values, start = rows.inputs, 0
    for incoming, units, activation in zip(sizes[:-1], sizes[1:], activations, strict=True):
        matrix = weights[:, start : start + incoming * units].reshape(-1, units, incoming)
        values = ACTIVATIONS[activation](exp)((matrix * values[:, None, :]).sum(-1))
        start += incoming * units
    return LOSSES[loss](rows.targets, values).sum(-1)


def complex_step(rows: Rows, sizes: list[int], activations: list[str], loss: str) -> Array:
    """The gradient of each row's total loss with respect to each of its weights: (rows, weights)."""
    slopes = np.empty_like(rows.weights)
    with np.errstate(all="ignore"):  # rows that overflow, or hold an error, come out as nan
        for k in range(rows.weights.shape[1]):
            moved = rows.weights.astype(complex)
            moved[:, k] += 1j * TINY
            slopes[:, k] = total_loss(rows, moved, sizes, activations, loss, np.exp).imag / TINY
    return slopes


def autograd(rows: Rows, sizes: list[int], activations: list[str], loss: str) -> Array | None:
    """The same by torch, or None where it is not installed."""
    if find_spec("torch") is None:
        return None
    import torch

    weights = torch.from_numpy(rows.weights).clone().requires_grad_()
    tensors = Rows(torch.from_numpy(rows.inputs), torch.from_numpy(rows.targets), weights)
    total_loss(tensors, weights, sizes, activations, loss, torch.exp).sum().backward()
    slopes: Array = weights.grad.numpy()
    return slopes
