"""MNIST on the device, as tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xlbackprop.cnn.fetch import ensure
from xlbackprop.cnn.model import IMAGE

if TYPE_CHECKING:
    import torch
    from torch import Tensor

TRAINING = 60_000  # digits
MEAN, DEVIATION = 0.1307, 0.3081  # of the training set's pixels, 0 to 1
PAPER = -MEAN / DEVIATION  # what a pixel without ink becomes


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """images: (n, 28, 28) uint8, 0 paper to 255 ink; labels: (n,) int64; first: the first one's place in its file."""

    images: Tensor
    labels: Tensor
    first: int = 0

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Mnist:
    """What is trained on, and what judges it."""

    training: Digits
    judging: Digits


def load(
    data_dir: Path,
    mirror: str | None,
    holdout: int,
    device: torch.device,
    say: Callable[[str], None] = lambda line: None,
) -> Mnist:
    """MNIST on the device; with a holdout the training set's last digits judge, and the test set is not looked at."""
    folder = data_dir / "MNIST" / "raw"
    ensure(folder, mirror, say)
    training = _read(folder, "train", device)
    if not holdout:
        return Mnist(training, _read(folder, "t10k", device))
    cut = len(training) - holdout
    return Mnist(
        Digits(training.images[:cut], training.labels[:cut]),
        Digits(training.images[cut:], training.labels[cut:], first=cut),
    )


def _read(folder: Path, which: str, device: torch.device) -> Digits:
    """The digits of two files that `ensure` has found to be as published; before the numbers there is only a header."""
    import torch

    ink, told = (
        np.fromfile(folder / f"{which}-{name}", np.uint8) for name in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    images = torch.from_numpy(ink[16:]).view(-1, IMAGE, IMAGE)
    return Digits(images.to(device), torch.from_numpy(told[8:]).long().to(device))


def standardised(images: Tensor) -> Tensor:
    """(n, 28, 28) uint8 as (n, 1, 28, 28) float32, channels last, of mean 0 and deviation 1 over the training set."""
    scaled = images.float().div_(255 * DEVIATION).sub_(MEAN / DEVIATION)
    return scaled.unsqueeze(-1).permute(0, 3, 1, 2)
