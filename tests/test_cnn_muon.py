"""Muon: what a step does to kernels, and what it leaves alone."""

import dataclasses

import pytest
import torch

from xlbackprop.cnn import muon
from xlbackprop.cnn.descent import descend, descent
from xlbackprop.cnn.model import ARCHS
from xlbackprop.cnn.recipe import RECIPES, Recipe
from xlbackprop.cnn.state import State, first_state

CPU = torch.device("cpu")
PLAIN = dataclasses.replace(RECIPES["fast"], turn=0)
TURNING = dataclasses.replace(PLAIN, turn=0.02)


def start(recipe: Recipe = TURNING, arch: str = "reference") -> State:
    state = first_state(ARCHS[arch], 1, CPU, averaged=bool(recipe.average))
    state.gradients.copy_(torch.randn(len(state.gradients), generator=torch.Generator().manual_seed(1)))
    return state


def kernels_of(state: State) -> list[torch.Tensor]:
    """All kernels but the last, as matrices."""
    found = [one.detach() for one in state.net.parameters() if one.dim() == 4][:-1]
    return [one.permute(0, 2, 3, 1).reshape(len(one), -1).clone() for one in found]


def as_published(matrix: torch.Tensor) -> torch.Tensor:
    """The iteration as Jordan et al. print it, a matrix at a time."""
    x = matrix / matrix.norm()
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x


@pytest.mark.parametrize("arch", ARCHS)
def test_matrices_are_the_kernels_in_their_order_and_nothing_else(arch: str) -> None:
    state = start(arch=arch)
    kernels = muon.kernels(state.net)
    found = muon.matrices(kernels, state.weights)
    for one, matrix in zip(found, kernels_of(state), strict=True):
        rows, columns = matrix.shape
        assert torch.equal(one[:rows, :columns], matrix)
        assert one.count_nonzero() == matrix.count_nonzero()
    assert kernels.rows.flatten().tolist() == [len(one) for one in kernels_of(state)]


def test_orthogonal_matrices_are_those_of_the_published_iteration_and_near_the_true_ones() -> None:
    random = torch.Generator().manual_seed(1)
    given = torch.randn(3, 8, 72, generator=random, dtype=torch.float64)
    given[1, 5:] = 0
    found = muon.orthogonal(given)
    for one, matrix in zip(found, given, strict=True):
        assert torch.allclose(one, as_published(matrix), atol=1e-9)
        left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
        there = sizes > 1e-9
        singular = torch.diagonal(left[:, there].T @ one @ right[there].T)
        assert ((singular > 0.6) & (singular < 1.3)).all()
        assert not one[~matrix.any(dim=1)].any()


def test_a_kernel_without_a_slope_stays_as_it_is() -> None:
    state = start()
    state.gradients.zero_()
    before = state.weights.clone()
    descend(state, descent(state, dataclasses.replace(TURNING, weight_decay=0)), 0.1, 0)
    assert torch.allclose(state.weights, before, rtol=1e-6)


@pytest.mark.parametrize("arch", ARCHS)
def test_a_step_turns_kernels_by_their_share_and_keeps_their_length(arch: str) -> None:
    state = start(arch=arch)
    before = kernels_of(state)
    descend(state, descent(state, TURNING), TURNING.peak / 2, 0)
    for old, new in zip(before, kernels_of(state), strict=True):
        assert float(new.norm()) == pytest.approx(float(old.norm()), rel=1e-5)
        assert 0.005 < (new - old).norm() / old.norm() < 0.012  # half of 0.02, less what only made it longer


def test_a_step_turns_a_kernel_against_its_slope() -> None:
    state = start()
    before, slopes = kernels_of(state), muon.matrices(muon.kernels(state.net), state.gradients)
    descend(state, descent(state, TURNING), TURNING.peak, 0)
    for old, new, slope in zip(before, kernels_of(state), slopes, strict=True):
        assert ((new - old) * slope[: old.shape[0], : old.shape[1]]).sum() < 0


def test_all_other_weights_go_down_the_slope_as_they_would_without() -> None:
    turned, plain = start(), start()
    for step in range(3):
        descend(turned, descent(turned, TURNING), 0.1, step)
        descend(plain, descent(plain, PLAIN), 0.1, step)
    others = torch.ones(len(plain.weights), dtype=torch.bool)
    others[muon.kernels(plain.net).at] = False
    assert torch.equal(turned.weights[others], plain.weights[others])
    assert not torch.isclose(turned.weights[~others], plain.weights[~others]).all()


def test_weight_decay_takes_nothing_from_kernels_that_are_turned() -> None:
    without, much = start(), start()
    for state, decay in ((without, 0), (much, 0.5)):
        descend(state, descent(state, dataclasses.replace(TURNING, weight_decay=decay)), 0.1, 0)
    for one, other in zip(kernels_of(without), kernels_of(much), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(without.weights, much.weights)  # the last kernel's
