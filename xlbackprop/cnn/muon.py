"""Muon: a step turns a kernel, by as much in every direction that its gradient has.

After K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). A kernel keeps its length,
which means nothing where a batch norm follows, so a step only turns it, and it needs no weight decay. torch.optim.Muon,
there since 2.9, knows no convolutions and takes one matrix after the other; here all are turned at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

QUINTIC = (3.4445, -4.775, 2.0315)  # a*s + b*s^3 + c*s^5, five times over, makes any s from 0.01 to 1 about 1
ROUNDS = 5
LEAST = 1e-12  # of a length that is divided by


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """Kernels of all convolutions but the last as matrices, a row for each channel out, filled up with 0 to one size.

    at: (n,), the places of their numbers among the weights; to: (n,), those in the matrices; rows: (k, 1, 1), how many
    of each matrix are in use; height, width: of the matrices.
    """

    at: Tensor
    to: Tensor
    rows: Tensor
    height: int
    width: int


def kernels(net: nn.Module) -> Kernels:
    """Those of a net whose parameters lie one behind the other, kernels channels last."""
    import torch

    parameters = list(net.parameters())
    starts = [0, *accumulate(one.numel() for one in parameters)]
    found = [(start, one) for start, one in zip(starts, parameters, strict=False) if one.dim() == 4][:-1]
    height = max(len(one) for _, one in found)
    width = max(one[0].numel() for _, one in found)
    at, to = [], []
    for number, (start, one) in enumerate(found):
        at.append(start + torch.arange(one.numel()))
        place = torch.arange(height * width).view(height, width)[: len(one), : one[0].numel()]
        to.append(number * height * width + place.reshape(-1))
    device = parameters[0].device
    rows = torch.tensor([len(one) for _, one in found], dtype=parameters[0].dtype)
    return Kernels(torch.cat(at).to(device), torch.cat(to).to(device), rows.view(-1, 1, 1).to(device), height, width)


def matrices(kernels: Kernels, vector: Tensor) -> Tensor:
    """The kernels' part of a vector of weights or of what belongs to them: (k, height, width)."""
    flat = vector.new_zeros(len(kernels.rows) * kernels.height * kernels.width)
    return flat.index_copy_(0, kernels.to, vector.index_select(0, kernels.at)).view(-1, kernels.height, kernels.width)


def turn(kernels: Kernels, weights: Tensor, slope: Tensor, share: float) -> None:
    """Turn each kernel against its slope, by that share of its length. weights, slope: (P,)."""
    before = matrices(kernels, weights)
    length = _length(before)
    # An orthogonal matrix is as long as the root of its rows.
    after = before - orthogonal(matrices(kernels, slope)) * (share * length / kernels.rows.sqrt())
    after *= length / _length(after)
    weights.index_copy_(0, kernels.at, after.view(-1).index_select(0, kernels.to))


def orthogonal(matrices: Tensor) -> Tensor:
    """The orthogonal matrices nearest to these, roughly: singular values are 0.7 to 1.2. (k, rows, columns).

    By Newton and Schulz's iteration, of which the matrices are factored out: it takes products of rows by rows only.
    """
    import torch

    unit = matrices / _length(matrices).clamp_min(LEAST)
    gram = unit @ unit.mT
    a, b, c = QUINTIC
    whole = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    first, second = (a * whole).expand_as(gram), b * whole
    factor = factors = torch.baddbmm(first, gram, torch.add(second, gram, alpha=c))
    for _ in range(ROUNDS - 1):
        gram = factor @ gram @ factor
        factor = torch.baddbmm(first, gram, torch.add(second, gram, alpha=c))
        factors = factor @ factors
    return factors @ unit


def _length(matrices: Tensor) -> Tensor:
    return matrices.norm(dim=(1, 2), keepdim=True)
