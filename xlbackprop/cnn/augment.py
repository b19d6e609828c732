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


def draw(moves: Moves, share: float, count: int, generator: Generator) -> Tensor:
    """A random move for each of `count` digits, as matrices (count, 2, 3) from where a pixel goes to where it was.

    share: of the digits that are moved at all. Coordinates run from -1 to 1 over the image, as in torch's affine_grid.
    """
    import torch

    moved = torch.rand(count, generator=generator) < share
    angle, size, lean, right, down = (2 * torch.rand(5, count, generator=generator) - 1) * moved
    angle, size, lean = angle * math.radians(moves.rotate), 1 + size * moves.scale, lean * moves.shear
    pixel = 2 / IMAGE
    cos, sin = size * torch.cos(angle), size * torch.sin(angle)
    rows = (cos, cos * lean - sin, right * moves.shift * pixel, sin, sin * lean + cos, down * moves.shift * pixel)
    return torch.stack(rows, dim=1).view(count, 2, 3)


def moved(images: Tensor, matrices: Tensor) -> Tensor:
    """The standardised images (batch, 1, 28, 28), each moved by its matrix."""
    from torch.nn import functional

    count = len(images)
    # As functional.affine_grid, but as one product of two matrices, which takes a twentieth of the time.
    where = (matrices.reshape(2 * count, 3) @ _pixels(images.device)).view(count, 2, IMAGE, IMAGE)
    # What comes from outside the image is 0, so let paper be 0 meanwhile.
    ink = functional.grid_sample(
        images - PAPER, where.permute(0, 2, 3, 1), mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return ink + PAPER


@lru_cache
def _pixels(device: torch.device) -> Tensor:
    """Where each pixel is, across and down, and a 1 for what a move adds: (3, 28 * 28)."""
    import torch

    middles = (2 * torch.arange(IMAGE) + 1) / IMAGE - 1
    across, down = middles.repeat(IMAGE), middles.repeat_interleave(IMAGE)
    return torch.stack([across, down, torch.ones(IMAGE**2)]).to(device)
