"""Two witnesses for every gradient that share no code with the rules: the complex step, and torch autograd.

The forward pass is written here a second time, in matrices, so that a mistake in the rules table cannot vouch for
itself. Complex step: Squire and Trapp, SIAM Review 40 (1998): f'(x) = Im f(x + ih) / h, exact to rounding for tiny h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from xlbackprop.maths.network import Layer, Network

Array = NDArray[Any]
TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Rows:
    """Independent rows of a table. inputs, targets: (rows, samples of a step, inputs or outputs).

    weights: (rows, all that is trained), held: (rows, biases held fixed), both layer by layer as in `Network`.
    """

    inputs: Array
    targets: Array
    weights: Array
    held: Array

    def only(self, chosen: Array) -> Rows:
        """Some of the rows. chosen: (rows,), true for those."""
        return Rows(self.inputs[chosen], self.targets[chosen], self.weights[chosen], self.held[chosen])


def _kinked(z: Any, above: Any, below: Any) -> Any:
    return np.where(z.real > 0, above, below)


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _size(z: Any) -> Any:
    return _kinked(z, z, -z)


def _huber(d: Any, delta: float) -> Any:
    return np.where(abs(d.real) > delta, delta * (_size(d) - delta / 2), 0.5 * d**2)


def _log_sum_exp(z: Any) -> Any:
    top = z.real.max(-1, keepdims=True)
    return top + np.log(np.exp(z - top).sum(-1, keepdims=True))


# For complex numbers, whose real parts decide on which side of a kink they are. Settings follow, torch's usual ones.
ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: _kinked(z, z, 0),
    "leaky relu": lambda z, slope=0.01: _kinked(z, z, slope * z),
    "elu": lambda z, alpha=1: _kinked(z, z, alpha * (np.exp(z) - 1)),
    "softplus": lambda z: _kinked(z, z + np.log(1 + np.exp(-_size(z))), np.log(1 + np.exp(-_size(z)))),
    "silu": lambda z: z * _sigmoid(z),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "softmax": lambda z: np.exp(z - _log_sum_exp(z)),
}
# Targets, what the last layer receives, what it gives; (rows, samples, outputs) to (rows,).
LOSSES: dict[str, Callable[..., Any]] = {
    "half squared error": lambda t, z, y: (0.5 * (t - y) ** 2).sum(-1).mean(-1),
    "mean squared error": lambda t, z, y: ((t - y) ** 2).mean((-1, -2)),
    "mean absolute error": lambda t, z, y: _size(y - t).mean((-1, -2)),
    "huber": lambda t, z, y, delta=1: _huber(y - t, delta).mean((-1, -2)),
    "binary cross-entropy": lambda t, z, y: (_kinked(z, z, 0) - z * t + np.log(1 + np.exp(-_size(z)))).mean((-1, -2)),
    "cross-entropy": lambda t, z, y: (t * (_log_sum_exp(z) - z)).sum(-1).mean(-1),
}


def _layers(rows: Rows, weights: Any, network: Network) -> Iterator[tuple[Layer, Any, Any]]:
    """Each layer, its matrix (rows, units, inputs) and its biases (rows, 1, units), or 0."""
    at, kept = 0, 0
    for incoming, layer in zip(network.sizes, network.layers, strict=False):
        matrix = weights[:, at : at + incoming * layer.units].reshape(-1, layer.units, incoming)
        at += incoming * layer.units
        biases: Any = 0
        if layer.biases and layer.held:
            biases = rows.held[:, None, kept : kept + layer.units]
            kept += layer.units
        elif layer.biases:
            biases = weights[:, None, at : at + layer.units]
            at += layer.units
        yield layer, matrix, biases


def total_loss(rows: Rows, weights: Any, network: Network) -> Any:
    """The total loss of each row. weights: (rows, weights), real or complex."""
    net, values = None, rows.inputs
    for layer, matrix, biases in _layers(rows, weights, network):
        net = values @ matrix.swapaxes(-1, -2) + biases
        values = ACTIVATIONS[layer.activation](net, *layer.settings)
    return LOSSES[network.loss](rows.targets, net, values, *network.loss_settings)


def complex_step(rows: Rows, network: Network) -> Array:
    """The gradient of each row's total loss with respect to each of its weights: (rows, weights)."""
    slopes = np.empty_like(rows.weights)
    with np.errstate(all="ignore"):  # rows that overflow, or hold an error, come out as nan
        for k in range(rows.weights.shape[1]):
            moved = rows.weights.astype(complex)
            moved[:, k] += 1j * TINY
            slopes[:, k] = total_loss(rows, moved, network).imag / TINY
    return slopes


def along(rows: Rows, network: Network, directions: Array) -> Array:
    """The slope of each row's total loss along a direction, all weights moved at once: (rows,), of (rows, weights)."""
    with np.errstate(all="ignore"):
        moved = rows.weights + 1j * TINY * directions
        slopes: Array = total_loss(rows, moved, network).imag / TINY
    return slopes


def autograd(rows: Rows, network: Network) -> Array | None:
    """The same by torch, with torch's own activations and losses, or None where it is not installed."""
    if find_spec("torch") is None:
        return None
    import torch
    from torch.nn import functional as f

    activations: dict[str, Callable[..., Any]] = {
        "linear": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": f.relu,
        "leaky relu": f.leaky_relu,
        "elu": f.elu,
        "softplus": f.softplus,
        "silu": f.silu,
        "gelu": lambda z: f.gelu(z, approximate="tanh"),
        "softmax": lambda z: f.softmax(z, -1),
    }
    outputs = network.sizes[-1]
    losses: dict[str, Callable[..., Any]] = {  # element by element, so that rows stay apart
        "half squared error": lambda t, z, y: 0.5 * f.mse_loss(y, t, reduction="none"),
        "mean squared error": lambda t, z, y: f.mse_loss(y, t, reduction="none") / outputs,
        "mean absolute error": lambda t, z, y: f.l1_loss(y, t, reduction="none") / outputs,
        "huber": lambda t, z, y, delta=1.0: f.huber_loss(y, t, reduction="none", delta=delta) / outputs,
        "binary cross-entropy": lambda t, z, y: f.binary_cross_entropy_with_logits(z, t, reduction="none") / outputs,
        "cross-entropy": lambda t, z, y: -t * f.log_softmax(z, -1),
    }
    tensors: Any = Rows(*(torch.from_numpy(array) for array in (rows.inputs, rows.targets, rows.weights, rows.held)))
    weights = tensors.weights.clone().requires_grad_()
    net, values = None, tensors.inputs
    for layer, matrix, biases in _layers(tensors, weights, network):
        net = values @ matrix.transpose(-1, -2) + biases
        values = activations[layer.activation](net, *layer.settings)
    (losses[network.loss](tensors.targets, net, values, *network.loss_settings).sum() / network.batch).backward()
    slopes: Array = weights.grad.numpy()
    return slopes
