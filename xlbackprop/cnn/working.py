"""The working copy of a net in training: the same numbers as in `State`, laid out so that a step takes less time.

After P. Micikevicius et al., "Mixed Precision Training" (2018): steps are taken by float32 weights, the master copy,
and products are made in bfloat16. All weights are cast at once, where torch.autocast casts a tensor at a time. The
gradients are to the last bit those of torch.autocast.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from xlbackprop.cnn.state import State, bind, bind_gradients

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """P: trained numbers. values, gradients: (P,), in the format that products are made in; State's own for float32.

    net: its kernels and biases are views of values. A batch norm has State's numbers, since its sums need float32.
    """

    net: nn.Sequential
    values: Tensor
    gradients: Tensor


def working(state: State, dtype: torch.dtype) -> Working:
    """The working copy of the net that trains. dtype: what its products are made in."""
    if dtype == state.values.dtype:
        return Working(_cheaper(state.net), state.weights, state.gradients)
    from torch import nn

    values = state.weights.to(dtype)
    gradients = values.new_zeros(values.shape)
    net = deepcopy(state.net)
    bind(net.parameters(), values)
    bind_gradients(net.parameters(), gradients)
    for name, module in state.net.named_children():
        if isinstance(module, nn.BatchNorm2d):
            setattr(net, name, module)
    return Working(_cheaper(net), values, gradients)


def refresh(copy: Working, state: State) -> None:
    """Copy the weights, for a new batch."""
    if copy.values.dtype != state.values.dtype:
        copy.values.copy_(state.weights)
        copy.gradients.zero_()


def collect(copy: Working, state: State) -> None:
    """Add the gradients to the state's, which hold those of the batch norms."""
    if copy.values.dtype != state.values.dtype:
        state.gradients.add_(copy.gradients)


def _cheaper(net: nn.Sequential) -> nn.Sequential:
    """The net with each ReLU behind the pooling that follows it: the greatest of four, cut at 0, is the same number."""
    from torch import nn

    modules = list(net.named_children())
    for at, (first, second) in enumerate(pairwise(tuple(modules))):
        if isinstance(first[1], nn.ReLU) and isinstance(second[1], nn.MaxPool2d):
            modules[at : at + 2] = second, first
    return nn.Sequential(OrderedDict(modules))
