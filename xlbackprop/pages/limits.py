"""What a workbook can hold: learning rates, steps and columns; each in one line on what is wrong, or None."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from xlbackprop.maths.network import Named, Network
from xlbackprop.maths.optim import OPTIMISERS
from xlbackprop.maths.rules import WHOLE_LAYER
from xlbackprop.pages.layout import MAX_COLUMNS, MAX_ROWS, MAX_STEPS

MAX_RATES = 120  # Step's look-ups list every sheet, and a formula may have 8,192 characters
MOST_TERMS = 250  # of a sum of products; each takes some thirty of the 8,192 characters of a formula on Step
MOST_SQUARES = 300  # of the length of all gradients, which does not stand on Step; each takes up to 27
MOST_LOSSES = 500  # of the sum of all losses, and each of these some fifteen
MOST_WHOLE = 200  # units of a layer that is read as a whole: MAX takes 255 numbers, and trees of that depth are walked
MAX_CELLS = 5_000_000  # takes half a minute to write; spreadsheet programs take longer to open it


def rates_flaw(rates: Sequence[float], compared: Sequence[Named] = ()) -> str | None:
    """Why not each of the rates can have a sheet of its own.

    compared: the optimiser of each sheet, where sheets compare optimisers rather than rates.

    >>> rates_flaw([0.5, 0.5])
    '0.5 stands there twice; each learning rate has one sheet'
    """
    for rate in rates:
        if not (math.isfinite(rate) and rate > 0):
            return f"{rate:g} is not a positive number; a learning rate is greater than 0"
    if not 1 <= len(rates) <= MAX_RATES:
        return (
            f"{len(rates)} learning rates; at least 1 and at most {MAX_RATES} fit, "
            "because a formula that looks a step up on all their sheets may have 8,192 characters"
        )
    if compared and len(rates) != len(compared):
        return f"{len(rates)} learning rates for {len(compared)} optimisers; give one for each"
    names = [] if compared else [f"{rate:.15g}" for rate in rates]
    twice = next((name for name in names if names.count(name) > 1), None)
    return f"{twice} stands there twice; each learning rate has one sheet" if twice else None


def steps_flaw(steps: int, rates: int, network: Network) -> str | None:
    """Why a table of that many steps does not fit on a sheet or in a program."""
    if steps < 1:
        return f"{steps} is too few; a table has at least 1 step"
    if steps > MAX_STEPS:
        return f"{steps} is too many; a sheet has {MAX_ROWS:,} rows, which is {MAX_STEPS:,} steps"
    cells = steps * sum(columns_of(network.on_sheet(k)) for k in range(rates))
    if cells > MAX_CELLS:
        return (
            f"{steps} steps of {rates} learning rates are {cells:,} cells, and {MAX_CELLS:,} are "
            f"the most that is sensible; at most {steps * MAX_CELLS // cells:,} steps, or give fewer --lrs"
        )
    return None


def size_flaws(network: Network) -> Iterator[tuple[str, str]]:
    """What of a network does not fit in a workbook: the key in a template, and why.

    Asked before anything is worked out, which takes minutes where there are thousands of weights.
    """
    sizes = network.sizes
    needed = max(columns_of(network.on_sheet(k)) for k in range(len(network.compared) or 1))
    if needed > MAX_COLUMNS:
        why = f"{len(network.weights):,} weights with their samples need {needed:,} columns or more"
        yield "layers", f"{why}, and a sheet has {MAX_COLUMNS:,}; give fewer units or samples"
    whole = sizes[-1] if network.layers[-1].activation in WHOLE_LAYER else 0
    clipped = len(network.weights) if network.clip_norm else 0
    for key, count, most, what in (
        ("layers", max(sizes), MOST_TERMS, f"units of a layer, in the network {'-'.join(map(str, sizes))}"),
        ("layers", whole, MOST_WHOLE, "units of a layer that is read as a whole"),
        ("samples", network.batch, MOST_TERMS, 'samples in one step, unless batch is "one by one"'),
        ("samples", network.batch * sizes[-1], MOST_LOSSES, "losses of all samples in one step"),
        ("training.clip_norm", clipped, MOST_SQUARES, "gradients (clip_value takes any number of them)"),
    ):
        if count > most:
            yield key, f"{count:,} {what}: one formula reads {most} at most; give fewer"


def columns_of(network: Network) -> int:
    """How many columns the table of a sheet has at least; lowering the network would tell exactly."""
    sizes = network.sizes
    of_layers = [a * b + b * bool(layer.biases) for (a, b), layer in zip(pairwise(sizes), network.layers, strict=True)]
    optimiser = OPTIMISERS[network.optimizer.name]
    changed = bool((network.weight_decay and optimiser.decays) or network.clip_value or network.clip_norm)
    sample = sizes[0] + 2 * sizes[-1] + 2 * sum(sizes[1:])  # inputs, targets, losses; what units receive and give
    held = len(network.held)
    return network.batch * sample + held + (sum(of_layers) - held) * (2 + changed + len(optimiser.kept))
