"""The network that `build` was asked for: a template's or a torch module's, parts of it replaced by options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xlbackprop.asking import data, pytorch, traced, weights
from xlbackprop.errors import BadOption
from xlbackprop.maths.network import Named, Network, Sample
from xlbackprop.maths.optim import OPTIMISERS
from xlbackprop.maths.rules import LOSSES, PASSES_ON, misaimed, misfit
from xlbackprop.template import template
from xlbackprop.template.keys import BATCHES
from xlbackprop.template.reader import LONGEST_TITLE
from xlbackprop.template.source import nearest

DEFAULT = "classic"  # the template


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `build` that say which network; None for what they leave as it is."""

    template: str | None = None
    torch: str | None = None
    data: Path | None = None
    weights: Path | None = None
    loss: str | None = None
    optimizer: str | None = None
    batch: str | None = None
    rates: tuple[float, ...] | None = None
    steps: int | None = None


def network(asked: Asked) -> Network:
    """The network with all of its parts; an XlbackpropError if they cannot be had or do not go together."""
    base, names = _base(asked)
    if asked.weights is not None:
        base = replace(base, layers=weights.load(asked.weights, base.layers, names))
    if asked.loss is not None:
        base = _with_loss(base, _loss(asked.loss))
    if asked.data is not None:
        base = replace(base, samples=_samples(asked.data, base))
    for n, sample in enumerate(base.samples, start=1):
        if why := misaimed(base.loss, sample.targets):
            raise BadOption(f"{'--loss' if asked.data is None else asked.data}: sample {n}: {why}")
    if asked.optimizer is not None:
        base = _with_optimizer(base, asked.optimizer)
    if asked.batch is not None:
        base = replace(base, full_batch=_chosen("--batch", asked.batch, BATCHES) == BATCHES[0])
    return replace(base, **_replaced(asked))


def _replaced(asked: Asked) -> dict[str, Any]:
    """What of the training itself is said, by what networks and templates call it."""
    said = {"learning_rates": asked.rates, "steps": asked.steps}
    return {key: value for key, value in said.items() if value is not None}


def _base(asked: Asked) -> tuple[Network, tuple[str, ...]]:
    """The network before anything is put in place of its parts, and what its layers are called in a file of weights."""
    if asked.torch is None:
        return template.load(DEFAULT if asked.template is None else asked.template, _replaced(asked)), ()
    if asked.template is not None:
        raise BadOption("--torch: stands beside --template; give one of the two")
    if asked.data is None:
        raise BadOption("--torch: also needs --data FILE, what the module learns")
    if asked.loss is None:
        raise BadOption(f"--torch: also needs --loss NAME: {', '.join(LOSSES)}")
    loss = _loss(asked.loss)
    module = traced.load(asked.torch)
    _check_end(module.last, asked.loss, loss)
    title = f"{asked.torch.partition(':')[2]} from PyTorch"
    return Network(asked.torch, title[:LONGEST_TITLE], (), module.layers, loss), module.names


def _check_end(last: str, said: str, loss: str) -> None:
    """BadOption where torch would make something else of its loss after this layer."""
    row = {name.casefold(): row for name, row in pytorch.LOSSES.items()}.get(said.casefold())
    if row and row.after and last not in row.after:
        raise BadOption(f"--loss: {said} goes after {' or '.join(row.after)}, and the module ends with {last}")
    logarithms = pytorch.ROWS[pytorch.LOGARITHM].activation
    if last == pytorch.LOGARITHM and LOSSES[loss].after != logarithms:
        raise BadOption(f"--loss: {loss} does not go after {last}, of which a workbook has no formula by itself")


def _loss(said: str) -> str:
    """The loss by its name, in a template or in torch."""
    names = {name: name for name in LOSSES} | {name: row.name for name, row in pytorch.LOSSES.items()}
    return names[_chosen("--loss", said, names)]


def _with_loss(base: Network, loss: str) -> Network:
    """The network with another loss; one that goes with a certain last layer makes that of what just passes on."""
    *others, last = base.layers
    if last.activation == PASSES_ON:
        last = replace(last, activation=LOSSES[loss].after or PASSES_ON)
    if why := misfit(loss, last.activation):
        raise BadOption(f"--loss: {why}; choose another")
    return replace(base, layers=(*others, last), loss=loss, loss_settings=())


def _with_optimizer(base: Network, said: str) -> Network:
    """The network with one optimiser, in torch's usual settings, and a sheet for each learning rate there is."""
    name = _chosen("--optimizer", said, OPTIMISERS)
    optimizer = Named(name, tuple(setting.default for setting in OPTIMISERS[name].settings))
    return replace(base, optimizer=optimizer, compared=(), learning_rates=tuple(dict.fromkeys(base.learning_rates)))


def _samples(path: Path, base: Network) -> tuple[Sample, ...]:
    outputs = base.layers[-1].units
    one_of = pytorch.LOSSES["CrossEntropyLoss"].name
    shape = data.Shape(len(base.layers[0].weights[0]), outputs, classes=base.loss == one_of and outputs > 1)
    return tuple(Sample(inputs, targets) for inputs, targets in data.load(path, shape))


def _chosen(option: str, said: str, words: Iterable[str]) -> str:
    """The word that was meant, in capitals or not; BadOption suggests the nearest."""
    known = {word.casefold(): word for word in words}
    if said.casefold() not in known:
        hint = nearest(said, known.values())
        raise BadOption(f"{option}: {said!r:.40} is not one of {', '.join(known.values())}{hint}")
    return known[said.casefold()]
