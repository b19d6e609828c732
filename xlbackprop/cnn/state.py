"""What training changes, as a few flat vectors: a step, a mean over processes or a checkpoint is one of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlbackprop.cnn.model import Arch, build

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A net in training. P: trained numbers; B: running means and variances of its batch norms.

    values: (P + B,), which the net's tensors are views of; average: (P + B,), its running mean over the steps, or
    `values` itself; gradients, momentum: (P,); decay: (P,), 1 where weight decay applies, else 0.
    net trains, judged is the same net with the averaged values.
    """

    net: nn.Sequential
    judged: nn.Sequential
    values: Tensor
    average: Tensor
    gradients: Tensor
    momentum: Tensor
    decay: Tensor

    @property
    def weights(self) -> Tensor:
        """The trained part of values: (P,)."""
        return self.values[: self.gradients.numel()]

    @property
    def statistics(self) -> tuple[Tensor, Tensor]:
        """The running means and variances in values and in average: (B,) each."""
        trained = self.gradients.numel()
        return self.values[trained:], self.average[trained:]

    @property
    def saved(self) -> dict[str, Tensor]:
        """What a checkpoint has to hold."""
        return {"values": self.values, "average": self.average, "momentum": self.momentum}


def first_state(arch: Arch, seed: int, device: torch.device, *, averaged: bool) -> State:
    """The state before the first step: torch's first weights for that seed, drawn on the processor everywhere."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net, judged = build(arch), build(arch)
    values = torch.cat([_flat(tensor.detach()) for tensor in learnt(net).values()]).to(device)
    decay = torch.cat([torch.full((one.numel(),), float(one.dim() == 4)) for one in net.parameters()]).to(device)
    state = State(
        net=net.to(device),
        judged=judged.to(device).eval(),
        values=values,
        average=values.clone() if averaged else values,
        gradients=torch.zeros_like(decay),
        momentum=torch.zeros_like(decay),
        decay=decay,
    )
    bind(learnt(net).values(), state.values)
    bind(learnt(judged).values(), state.average)
    bind_gradients(net.parameters(), state.gradients)
    return state


def learnt(net: nn.Module) -> dict[str, Tensor]:
    """All that a net has learnt, by torch's names: what is trained first, then running means and variances.

    torch also counts the batches of a batch norm, which nothing depends on.
    """
    buffers = {name: one for name, one in net.named_buffers() if one.is_floating_point()}
    return {**dict(net.named_parameters()), **buffers}


def _flat(tensor: Tensor) -> Tensor:
    return (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).reshape(-1)


def _views(tensors: Iterable[Tensor], flat: Tensor) -> list[Tensor]:
    """Pieces of the vector in the tensors' shapes; kernels lie channels last, which halves a step's time."""
    views, at = [], 0
    for tensor in tensors:
        piece = flat[at : at + tensor.numel()]
        if tensor.dim() == 4:
            out, channels, height, width = tensor.shape
            views.append(piece.view(out, height, width, channels).permute(0, 3, 1, 2))
        else:
            views.append(piece.view(tensor.shape))
        at += tensor.numel()
    return views


def bind(tensors: Iterable[Tensor], flat: Tensor) -> None:
    """Make the tensors views of the vector, piece by piece."""
    tensors = list(tensors)
    for tensor, view in zip(tensors, _views(tensors, flat), strict=True):
        tensor.data = view


def bind_gradients(parameters: Iterable[Tensor], flat: Tensor) -> None:
    """Make the parameters' gradients views of the vector."""
    parameters = list(parameters)
    for parameter, view in zip(parameters, _views(parameters, flat), strict=True):
        parameter.grad = view
