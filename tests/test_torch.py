"""Any network's tape, worked out in floats, is torch's own training of it, step by step: losses, gradients, weights."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.maths.lower import lower, settings_of
from xlbackprop.maths.network import Layer, Named, Network, Sample
from xlbackprop.maths.numeric import trainer
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, WHOLE_LAYER
from xlbackprop.maths.tape import Role

torch = pytest.importorskip("torch", reason="torch is an extra: pip install '.[cnn]'")
F = torch.nn.functional

STEPS = 50
AGREES = 1e-9  # of a number, or of a thousandth of the largest of its kind, where it is itself a difference
LEAST = 1e-5  # near the goal all numbers are differences of much larger ones: an error of 1e-14 is rounding
KINKED = {"mean absolute error", "relu", "leaky relu"}  # a last bit may decide on which side of a kink a step ends
BY_TORCH: dict[str, Any] = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky relu": F.leaky_relu,
    "elu": F.elu,
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "softmax": lambda z: F.softmax(z, -1),
}
LOSS_BY_TORCH: dict[str, Any] = {  # of what the last layer receives and gives, and targets
    "half squared error": lambda z, y, t: 0.5 * F.mse_loss(y, t, reduction="sum") / len(t),
    "mean squared error": lambda z, y, t: F.mse_loss(y, t),
    "mean absolute error": lambda z, y, t: F.l1_loss(y, t),
    "huber": lambda z, y, t, delta=1.0: F.huber_loss(y, t, delta=delta),
    "binary cross-entropy": lambda z, y, t: F.binary_cross_entropy(y, t),
    "cross-entropy": lambda z, y, t: F.cross_entropy(z, t),
}
OPTIMISER_BY_TORCH: dict[str, Any] = {
    "sgd": lambda p, lr, wd: torch.optim.SGD(p, lr, weight_decay=wd),
    "momentum": lambda p, lr, wd, mu: torch.optim.SGD(p, lr, momentum=mu, weight_decay=wd),
    "nesterov": lambda p, lr, wd, mu: torch.optim.SGD(p, lr, momentum=mu, nesterov=True, weight_decay=wd),
    "adagrad": lambda p, lr, wd, eps: torch.optim.Adagrad(p, lr, eps=eps, weight_decay=wd),
    "rmsprop": lambda p, lr, wd, alpha, eps: torch.optim.RMSprop(p, lr, alpha=alpha, eps=eps, weight_decay=wd),
    "adam": lambda p, lr, wd, b1, b2, eps: torch.optim.Adam(p, lr, (b1, b2), eps, weight_decay=wd),
    "adamw": lambda p, lr, wd, b1, b2, eps, own: torch.optim.AdamW(p, lr, (b1, b2), eps, weight_decay=own),
}
SCHEDULE_BY_TORCH: dict[str, Any] = {
    "constant": lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0),
    "step": lambda o, size, gamma: torch.optim.lr_scheduler.StepLR(o, int(size), gamma),
    "exponential": torch.optim.lr_scheduler.ExponentialLR,
    "cosine": torch.optim.lr_scheduler.CosineAnnealingLR,
    "warm-up": lambda o, start, n: torch.optim.lr_scheduler.LinearLR(o, start, 1.0, int(n)),
}
Step = tuple[list[float], list[float], list[float]]  # the loss alone, the weights before the step, their gradients


def network(seed: int, activations: list[str], loss: str, *, samples: int = 1, widest: int = 6) -> Network:
    """A made-up network for these; its last activation is the one that the loss goes with, if it goes with one only."""
    rng = random.Random(seed)
    after = LOSSES[loss].after
    activations = [*activations[:-1], after or activations[-1]]
    sizes = [rng.randint(1, widest) for _ in range(len(activations) + 1)]
    sizes[-1] += activations[-1] in WHOLE_LAYER  # a softmax of one is 1, and Adam would make much of its rounding

    def some(count: int, size: float) -> tuple[float, ...]:
        return tuple(rng.uniform(-size, size) for _ in range(count))

    def target() -> tuple[float, ...]:
        answer = rng.randrange(sizes[-1])
        one_hot = tuple(float(k == answer) for k in range(sizes[-1]))
        return one_hot if after or activations[-1] in WHOLE_LAYER else tuple(rng.random() for _ in range(sizes[-1]))

    layers = [
        Layer(activation, tuple(some(m, 1.2) for _ in range(n)), some(n, 0.5) * rng.randint(0, 1), held=seed % 3 == 0)
        for (m, n), activation in zip(pairwise(sizes), activations, strict=True)
    ]
    return Network(
        name="made up",
        title="Made up",
        samples=tuple(Sample(some(sizes[0], 1), target()) for _ in range(samples)),
        layers=tuple(layers),
        loss=loss,
        threshold=0.001,
        steps=STEPS,
        learning_rates=(0.05,),
    )


def optimiser(name: str) -> Named:
    return Named(name, tuple(setting.default for setting in OPTIMISERS[name].settings))


def schedule(name: str) -> Named:
    return Named(name, tuple(setting.default for setting in SCHEDULES[name].settings))


def by_tape(net: Network, rate: float) -> list[Step]:
    """Every step as the tape has it."""
    tape = lower(net)
    samples = [(*sample.targets, *sample.inputs) for sample in net.samples]
    if net.full_batch:
        samples = [tuple(value for sample in samples for value in sample)]
    rows = trainer(tape)(samples, net.held, net.weights, [*settings_of(net, rate).values()], STEPS)
    kinds = [[tape.index[c.name] for c in tape.of(role)] for role in (Role.TOTAL, Role.WEIGHT, Role.GRADIENT)]
    return [tuple([row[place] for place in places] for places in kinds) for row in rows]  # type: ignore[misc]


def by_torch(net: Network, rate: float) -> list[Step]:
    """Every step as torch does it, in float64."""
    tensors = [
        (torch.tensor(one.weights, dtype=torch.float64), torch.tensor(one.biases, dtype=torch.float64))
        for one in net.layers
    ]
    trained = []
    for layer, (weights, biases) in zip(net.layers, tensors, strict=True):
        trained += [weights.requires_grad_()]
        trained += [biases.requires_grad_()] if layer.biases and not layer.held else []
    optim = OPTIMISER_BY_TORCH[net.optimizer.name](trained, rate, net.weight_decay, *net.optimizer.settings)
    rates = SCHEDULE_BY_TORCH[net.schedule.name](optim, *net.schedule.settings)
    steps: list[Step] = []
    for step in range(STEPS):
        samples = net.samples if net.full_batch else [net.samples[step % len(net.samples)]]
        received = values = torch.tensor([one.inputs for one in samples], dtype=torch.float64)
        targets = torch.tensor([one.targets for one in samples], dtype=torch.float64)
        for layer, (weights, biases) in zip(net.layers, tensors, strict=True):
            received = values @ weights.T + (biases if layer.biases else 0)
            values = BY_TORCH[layer.activation](received, *layer.settings)
        loss = LOSS_BY_TORCH[net.loss](received, values, targets, *net.loss_settings)
        optim.zero_grad()
        loss.backward()
        flat = (
            [value for one in kind for value in one.flatten().tolist()] for kind in (trained, [p.grad for p in trained])
        )
        steps.append(([loss.item()], *flat))
        if net.clip_value:
            torch.nn.utils.clip_grad_value_(trained, net.clip_value)
        if net.clip_norm:
            torch.nn.utils.clip_grad_norm_(trained, net.clip_norm)
        optim.step()
        rates.step()
    return steps


def apart(net: Network, rate: float = 0.05) -> float:
    """How far the two lie apart at most."""
    worst = 0.0
    for ours, theirs in zip(by_tape(net, rate), by_torch(net, rate), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            size = max(map(abs, other)) / 1000
            worst = (
                max(abs(a - b) / max(abs(b), size, LEAST) for a, b in zip(one, other, strict=True)) if one else worst
            )
            assert worst <= AGREES, (ours, theirs)
    return worst


ELEMENTWISE = [name for name in ACTIVATIONS if name not in WHOLE_LAYER]


def test_the_tables_here_have_every_row() -> None:
    assert set(BY_TORCH) == set(ACTIVATIONS)
    assert set(LOSS_BY_TORCH) == set(LOSSES)
    assert set(OPTIMISER_BY_TORCH) == set(OPTIMISERS)
    assert set(SCHEDULE_BY_TORCH) == set(SCHEDULES)


@pytest.mark.parametrize(
    ("activation", "value"),
    [("leaky relu", 0.2), ("leaky relu", 0.0), ("leaky relu", -0.5), ("elu", 0.3), ("elu", 1.7), ("elu", -0.5)],
)
@pytest.mark.parametrize("delta", [0.01, 0.2, 3.0])
def test_settings_of_activations_and_of_huber_mean_what_they_mean_in_torch(
    activation: str, value: float, delta: float
) -> None:
    for seed in range(3):
        net = network(seed, [activation, activation], "huber", samples=2)
        layers = tuple(replace(layer, settings=(value,)) for layer in net.layers)
        assert apart(replace(net, layers=layers, loss_settings=(delta,))) < AGREES


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_loss_and_every_optimiser(activation: str, loss: str) -> None:
    hidden = activation if activation in ELEMENTWISE else "tanh"
    for number, name in enumerate(OPTIMISERS):
        net = network(number, [hidden, activation], loss, samples=2)
        apart(replace(net, optimizer=optimiser(name), full_batch=number % 2 == 0))


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule(name: str) -> None:
    apart(replace(network(5, ["tanh", "sigmoid"], "mean squared error"), schedule=schedule(name)), rate=0.3)


@pytest.mark.parametrize("kind", ["clip_value", "clip_norm", "weight_decay"])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_clipping_and_weight_decay(name: str, kind: str) -> None:
    net = network(4, ["tanh", "tanh", "linear"], "half squared error", samples=3)
    apart(replace(net, optimizer=optimiser(name), **{kind: 0.05}))


@given(
    seed=st.integers(0, 10**6),
    hidden=st.lists(st.sampled_from(ELEMENTWISE), max_size=3),
    last=st.sampled_from(list(ACTIVATIONS)),
    loss=st.sampled_from(sorted(set(LOSSES) - KINKED)),
    name=st.sampled_from(list(OPTIMISERS)),
    rates=st.sampled_from(list(SCHEDULES)),
    samples=st.integers(1, 5),
    full_batch=st.booleans(),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_random_networks(
    seed: int, hidden: list[str], last: str, loss: str, name: str, rates: str, samples: int, full_batch: bool
) -> None:
    net = network(seed, [*hidden, last], loss, samples=samples)
    apart(replace(net, optimizer=optimiser(name), schedule=schedule(rates), full_batch=full_batch), rate=0.02)
