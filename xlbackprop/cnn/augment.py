"""Digits moved a little, each its own way, a whole batch at once."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from xlbackprop.cnn.data import PAPER
from xlbackprop.cnn.model import IMAGE
from xlbackprop.cnn.recipe import Moves

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor

GRID = 5  # points along an edge that bend a digit
BENDS = GRID**2


def draw(moves: Moves, count: int, generator: Generator) -> Tensor:
    """A random move for each of `count` digits, as shares (count, 2, 3 + BENDS) of the fields of `_fields`.

    They sum up to where a pixel of the moved image was before: the first three are the matrix of torch's affine_grid.
    """
    import torch

    angle, size, lean, right, down = 2 * torch.rand(5, count, generator=generator) - 1
    angle, size, lean = angle * math.radians(moves.rotate), 1 + size * moves.scale, lean * moves.shear
    pixel = 2 / IMAGE
    cos, sin = size * torch.cos(angle), size * torch.sin(angle)
    rows = (cos, cos * lean - sin, right * moves.shift * pixel, sin, sin * lean + cos, down * moves.shift * pixel)
    matrices = torch.stack(rows, dim=1).view(count, 2, 3)
    if not moves.bend:
        return matrices
    bends = (2 * torch.rand(count, 2, BENDS, generator=generator) - 1) * moves.bend * pixel
    return torch.cat([matrices, bends], dim=2)


def moved(images: Tensor, shares: Tensor) -> Tensor:
    """The standardised images (batch, 1, 28, 28), each moved as its shares say."""
    from torch.nn import functional

    count, fields = len(images), shares.shape[2]
    where = (shares.reshape(2 * count, fields) @ _fields(images.device)[:fields]).view(count, 2, IMAGE, IMAGE)
    # What comes from outside the image is 0, so let paper be 0 meanwhile.
    ink = functional.grid_sample(
        images - PAPER, where.permute(0, 2, 3, 1), mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return ink + PAPER


@lru_cache
def _fields(device: torch.device) -> Tensor:
    """What places are made of: (3 + BENDS, 28 * 28). Across, down, 1, and a hill over each point of a coarse grid.

    Places run from -1 to 1 over the image, as in torch's affine_grid.
    """
    import torch
    from torch.nn import functional

    middles = (2 * torch.arange(IMAGE) + 1) / IMAGE - 1
    affine = torch.stack([middles.repeat(IMAGE), middles.repeat_interleave(IMAGE), torch.ones(IMAGE**2)])
    hills = functional.interpolate(torch.eye(BENDS).view(BENDS, 1, GRID, GRID), (IMAGE, IMAGE), mode="bicubic")
    return torch.cat([affine, hills.view(BENDS, -1)]).to(device)
