"""The whole workbook as data: every page, from a network and what stands in the yellow cells."""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.maths.lower import settings_of
from xlbackprop.maths.network import Network
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import Given, Plan, Run
from xlbackprop.pages.sheets import check, data, rate, start, step, weights
from xlbackprop.pages.yours import DATA, WEIGHTS

OWN = {DATA: data.page, WEIGHTS: weights.page}


def plan_for(network: Network, rates: Sequence[float], steps: int) -> Plan:
    """The plan of a new workbook."""
    names = [one.name for one in network.compared] or [f"LR {rate:.15g}" for rate in rates]
    return Plan(network, steps, tuple(names))


def first_given(plan: Plan, rates: Sequence[float]) -> Given:
    """What a new workbook's yellow cells hold."""
    network = plan.network
    samples = tuple(value for sample in network.samples for value in (*sample.targets, *sample.inputs))
    return Given(
        data=samples,
        held=tuple(network.held),
        weights=tuple(network.weights),
        rates=tuple(rates),
        settings=tuple(tuple(settings_of(network.on_sheet(k)).values())[1:] for k in range(len(rates))),
        threshold=network.threshold,
        picked_rate=1.0 if network.compared else rates[(len(rates) - 1) // 2],
        picked_step=1,
    )


def pages(run: Run) -> list[Page]:
    """Every sheet in its order."""
    yours = [OWN[name](run) for name in run.plan.places.sheets]
    return [start.page(run), *yours, *rate.pages(run), step.page(run), check.page(run)]
