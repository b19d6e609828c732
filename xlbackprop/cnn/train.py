"""The training loop: one epoch at a time, all digits on the device, nothing drawn that the seed does not decide."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlbackprop.cnn.augment import draw, moved
from xlbackprop.cnn.data import Digits, standardised
from xlbackprop.cnn.descent import descend, descent
from xlbackprop.cnn.errors import Diverged
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.recipe import Recipe, share_moved
from xlbackprop.cnn.result import Epoch
from xlbackprop.cnn.state import State
from xlbackprop.cnn.working import Working, collect, refresh, working

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Tell = Callable[[int, "Tensor"], None]  # the step within the epoch, from 1, and its loss


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """What is trained on. images: (n, 1, 28, 28) standardised; labels: (n,) int64; bfloat16: for the net's products."""

    images: Tensor
    labels: Tensor
    bfloat16: bool


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware, which is where it gains time."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, name, lambda: False)() for name in asked)
    return False


def batches(digits: Digits, recipe: Recipe) -> Batches:
    """The digits ready for the loop."""
    bfloat16 = recipe.bfloat16 and has_bfloat16(digits.images.device)
    return Batches(standardised(digits.images), digits.labels, bfloat16)


def train_epoch(state: State, plan: Plan, data: Batches, number: int, crew: Crew, tell: Tell) -> Epoch:
    """Train epoch `number`, from 1; its row, not yet judged. Diverged if a loss was not a number."""
    import torch

    start = time.perf_counter()
    first = (number - 1) * plan.steps_per_epoch
    order, matrices = _drawn(plan, number, data.images.device)
    losses = torch.zeros(plan.steps_per_epoch, device=data.images.device)
    state.net.train()
    how, copy = descent(state, plan.recipe), working(state, torch.bfloat16 if data.bfloat16 else state.values.dtype)
    for step in range(plan.steps_per_epoch):
        batch = slice(step * plan.recipe.batch_size, (step + 1) * plan.recipe.batch_size)
        chosen = crew.share(order[batch])
        images, labels = data.images[chosen], data.labels[chosen]
        if matrices is not None:
            images = moved(images, crew.share(matrices[batch]))
        losses[step] = _slopes(state, copy, plan.recipe, images, labels)
        crew.average(state.gradients)
        descend(state, how, plan.rate(first + step), first + step)
        tell(step + 1, losses[step])
    for shared in (*state.statistics, losses):
        crew.average(shared)
    _check(losses, number, first)
    seconds = time.perf_counter() - start
    return Epoch(number, losses.cpu().double().mean().item(), float("nan"), seconds, plan.rate(first + len(losses) - 1))


def _drawn(plan: Plan, epoch: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """The order of an epoch's digits, and the move of each place in it; drawn on the processor, alike everywhere."""
    import torch

    generator = torch.Generator().manual_seed(plan.seed_of(epoch))
    order = torch.randperm(plan.digits, generator=generator).to(device)
    if plan.recipe.moves is None:
        return order, None
    share = share_moved(plan.recipe.moves, epoch, plan.epochs)
    return order, draw(plan.recipe.moves, share, plan.digits, generator).to(device)


def _slopes(state: State, copy: Working, recipe: Recipe, images: Tensor, labels: Tensor) -> Tensor:
    """The loss of a batch, and its gradient in state.gradients."""
    from torch.nn import functional

    state.gradients.zero_()
    refresh(copy, state)
    logits = copy.net(images.to(copy.values.dtype)).to(images.dtype)
    loss = functional.cross_entropy(logits, labels, label_smoothing=recipe.smoothing)
    loss.backward()
    collect(copy, state)
    return loss.detach()


def _check(losses: Tensor, epoch: int, first: int) -> None:
    import torch

    bad = torch.nonzero(~torch.isfinite(losses))
    if len(bad):
        step = int(bad[0]) + 1
        raise Diverged(
            f"the loss is not a number at step {first + step:,} (step {step} of epoch {epoch}); "
            f"the checkpoint of epoch {epoch - 1} is kept; train with a gentler --recipe or a larger --batch-size"
        )
