"""What a trained net answers, in float32 whatever it was trained in, so that its saved weights give the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlbackprop.cnn.data import Digits
from xlbackprop.cnn.model import CLASSES
from xlbackprop.cnn.result import Mistake, percent

if TYPE_CHECKING:
    from torch import Tensor, nn

AT_ONCE = 1000  # digits: more do not fit the processor's caches


def scores(net: nn.Module, images: Tensor) -> Tensor:
    """Logits (n, 10) of standardised images (n, 1, 28, 28)."""
    import torch

    with torch.inference_mode():
        return torch.cat([net(part) for part in images.split(AT_ONCE)])


def accuracy(net: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Percent of the digits that the net answers right."""
    right = int((scores(net, images).argmax(1) == labels).sum())
    return percent(right, len(labels))


def confusion(logits: Tensor, labels: Tensor) -> tuple[tuple[int, ...], ...]:
    """How many digits of class [row] were answered [column]."""
    import torch

    counts = torch.bincount(labels * CLASSES + logits.argmax(1), minlength=CLASSES**2)
    return tuple(tuple(row) for row in counts.view(CLASSES, CLASSES).tolist())


def mistakes(logits: Tensor, digits: Digits) -> tuple[Mistake, ...]:
    """The digits answered wrong, in their order in MNIST."""
    probability, answer = logits.softmax(1).max(1)
    return tuple(
        Mistake(
            index=digits.first + k,
            truth=int(digits.labels[k]),
            answer=int(answer[k]),
            probability=float(probability[k]),
            image=digits.images[k].cpu().numpy(),
        )
        for k in (answer != digits.labels).nonzero().flatten().tolist()
    )
