"""The working copy of a net: what it computes is what the net computes, to the last bit."""

import pytest
import torch
from torch.nn import functional

from xlbackprop.cnn.model import ARCHS
from xlbackprop.cnn.state import State, first_state
from xlbackprop.cnn.working import collect, refresh, working

CPU = torch.device("cpu")
LABELS = torch.arange(32) % 10


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(32, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def start(arch: str = "reference") -> State:
    state = first_state(ARCHS[arch], 1, CPU, averaged=False)
    state.net.train()
    return state


def gradients_as_torch(state: State, images: torch.Tensor, *, bfloat16: bool) -> torch.Tensor:
    """The batch's, from the net as it is."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        logits = state.net(images)
    functional.cross_entropy(logits.float(), LABELS).backward()
    return state.gradients


def gradients_of_copy(state: State, images: torch.Tensor, *, bfloat16: bool) -> torch.Tensor:
    """The batch's, from a working copy that first saw other weights."""
    weights = state.weights.clone()
    state.weights.zero_()
    copy = working(state, torch.bfloat16 if bfloat16 else torch.float32)
    state.weights.copy_(weights)
    refresh(copy, state)
    logits = copy.net(images.to(copy.values.dtype))
    functional.cross_entropy(logits.float(), LABELS).backward()
    collect(copy, state)
    return state.gradients


@pytest.mark.parametrize("bfloat16", [False, True])
@pytest.mark.parametrize("arch", ARCHS)
def test_gradients_and_statistics_are_to_the_last_bit_those_of_torchs_autocast(
    arch: str, bfloat16: bool, images: torch.Tensor
) -> None:
    one, other = start(arch), start(arch)
    expected = gradients_as_torch(one, images, bfloat16=bfloat16)
    found = gradients_of_copy(other, images, bfloat16=bfloat16)
    assert expected.abs().sum() > 0
    assert torch.equal(found, expected)
    assert torch.equal(other.statistics[0], one.statistics[0])


def test_a_second_batch_does_not_remember_the_first(images: torch.Tensor) -> None:
    state, once = start(), start()
    copy = working(state, torch.bfloat16)
    for _ in range(2):
        state.gradients.zero_()
        refresh(copy, state)
        functional.cross_entropy(copy.net(images.bfloat16()).float(), LABELS).backward()
        collect(copy, state)
    assert torch.equal(state.gradients, gradients_of_copy(once, images, bfloat16=True))


def test_the_net_that_is_saved_keeps_its_order_and_its_format() -> None:
    state = start()
    working(state, torch.bfloat16)
    assert [type(module).__name__ for module in state.net][:5] == ["Conv2d", "ReLU", "Conv2d", "ReLU", "MaxPool2d"]
    assert {one.dtype for one in state.net.parameters()} == {torch.float32}
