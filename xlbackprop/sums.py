"""How much one formula can add up: inputs of a unit, samples of a step, losses of all samples."""

from __future__ import annotations

from xlbackprop.network import Network

MOST_PRODUCTS = 250  # written out on Step, each takes some thirty of the 8,192 characters a formula may have
MOST_LOSSES = 500  # and each of these some fifteen


def sums_flaw(network: Network) -> str | None:
    """Why not all formulas of a network fit in their cells, and what to do."""
    widest, outputs = max(network.sizes), network.sizes[-1]
    if widest > MOST_PRODUCTS:
        return f"{widest:,} units or inputs in one layer; at most {MOST_PRODUCTS} fit in a formula, so make it smaller"
    most = min(MOST_PRODUCTS, MOST_LOSSES // outputs)
    if network.batch > most:
        return (
            f"{network.batch:,} samples in one step; with {outputs} output units at most {most} fit in a formula, "
            'so give fewer, or --batch "one by one"'
        )
    return None
