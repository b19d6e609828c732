"""Network to tape: forward pass, losses, gradients and updates as columns in the worksheet's order."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import reduce

from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs, pin_all_but_last_factor, refs
from xlbackprop.maths.grad import slopes_by_way_of
from xlbackprop.maths.network import Edge, Network, Unit, bias_of, edges, of_sample, units
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES, WEIGHT_DECAY
from xlbackprop.maths.rules import LOSSES, WHOLE_LAYER, constants, largest, reckoned_by, smallest, sqrt
from xlbackprop.maths.tape import FIRST_RATE, LEARNING_RATE, STEP, Column, Role, Tape, gradient_name

TOTAL = "E_total"
MOST_INLINED = 20  # references in a gradient that has the errors of its units written out in it
CLIP, CLIP_AT, NORM = Ref("shrink"), Ref("c"), Ref("|∂E|")
NORM_EPS = 1e-6  # torch's

DEEP = 10_000  # a sum is as deep a tree as it has terms, and Python's usual 1,000 is less than 300 of them need
sys.setrecursionlimit(max(DEEP, sys.getrecursionlimit()))


def lower(network: Network) -> Tape:
    """The tape of one training step.

    The order is the hand-made worksheet's: targets, inputs, then for each layer its weights and its units (what each
    receives, what each gives), then the losses, their total, and a gradient for each weight. What belongs to one of
    several samples stands sample by sample.
    """
    joined = list(edges(network))
    last = len(network.layers)
    columns = [*_given(network), *_forward(network, joined), *_losses(network)]
    trained = [column.name for column in columns if column.role is Role.WEIGHT]
    forward = Tape(tuple(columns), last)
    gradients = _gradients(forward, trained)
    steps = _steps(network, forward, trained)
    updates = _updates(network, trained)
    columns = [*columns, *gradients, *steps]
    return Tape(
        tuple(Column(c.name, c.role, c.layer, updates[c.name]) if c.role is Role.WEIGHT else c for c in columns),
        last,
        tuple(settings_of(network)),
    )


def _given(network: Network) -> Iterator[Column]:
    outputs = len(network.samples[0].targets)
    for sample in range(network.batch):
        for k in range(1, outputs + 1):
            yield Column(of_sample(f"t{k}", sample, network), Role.TARGET, len(network.layers), sample=sample)
        for unit in units(network)[0]:
            yield Column(of_sample(unit.net, sample, network), Role.INPUT, 0, sample=sample)


def _forward(network: Network, joined: Sequence[Edge]) -> Iterator[Column]:
    """Layer by layer: what is trained, then for each sample what each unit receives and gives."""
    grid = units(network)
    for depth, layer in enumerate(network.layers, start=1):
        incoming = [edge for edge in joined if edge.target.layer == depth]
        yield from (Column(edge.weight, Role.WEIGHT, depth) for edge in incoming)
        if layer.biases:
            role = Role.HELD if layer.held else Role.WEIGHT
            yield from (Column(bias_of(unit), role, depth) for unit in grid[depth])
        for sample in range(network.batch):
            yield from _layer(network, depth, sample, incoming, grid[depth])


def _layer(
    network: Network, depth: int, sample: int, incoming: Sequence[Edge], row: Sequence[Unit]
) -> Iterator[Column]:
    layer = network.layers[depth - 1]

    def called(name: str) -> str:
        return of_sample(name, sample, network)

    nets, gives = [], []
    for unit in row:
        terms: list[Expr] = [
            Group(Ref(edge.weight) * Ref(called(edge.source.activation))) for edge in incoming if edge.target == unit
        ]
        terms += [Ref(bias_of(unit))] if layer.biases else []
        nets.append(Column(called(unit.net), Role.NET, depth, _sum(terms), sample=sample))
    shared = _shared(called(row[0].net.rstrip("0123456789")), nets) if layer.activation in WHOLE_LAYER else []
    extra = (Ref(shared[-1].name),) if shared else ()
    by = (LOSSES[network.loss].by if depth == len(network.layers) else "") or layer.activation
    for unit, net in zip(row, nets, strict=True):
        expr = Call(by, (Ref(net.name), *extra, *constants(by, layer.settings)))
        gives.append(Column(called(unit.activation), Role.ACTIVATION, depth, expr, sample=sample))
    if shared:
        yield from (*nets, *shared, *gives)
    else:
        yield from (column for pair in zip(nets, gives, strict=True) for column in pair)


def _shared(layer: str, nets: Sequence[Column]) -> list[Column]:
    """The largest net of a layer, and from it ln of the sum of e to all nets."""
    all_nets = tuple(Ref(net.name) for net in nets)
    top = Column(f"max {layer}", Role.LAYER, nets[0].layer, Call("max", all_nets), sample=nets[0].sample)
    total = Call("logsumexp", (Ref(top.name), *all_nets))
    return [top, Column(f"lse {layer}", Role.LAYER, nets[0].layer, total, sample=nets[0].sample)]


def _losses(network: Network) -> Iterator[Column]:
    loss, last, outputs = LOSSES[network.loss], len(network.layers), units(network)[-1]
    by = reckoned_by(network.loss, network.layers[-1].activation)
    names = []
    for sample in range(network.batch):
        for k, unit in enumerate(outputs, start=1):
            reads = [f"t{k}", unit.net if loss.after else unit.activation]
            reads += [f"lse {unit.net.rstrip('0123456789')}"] if loss.after in WHOLE_LAYER else []
            name = of_sample(f"E{k}", sample, network)
            args = (Ref(of_sample(read, sample, network)) for read in reads)
            cost = Call(by, (*args, *constants(network.loss, network.loss_settings)))
            names.append(name)
            yield Column(name, Role.LOSS, last, cost, sample=sample)
    total = _sum([Ref(name) for name in names])
    shared_by = network.batch * (len(outputs) if loss.mean else 1)
    yield Column(TOTAL, Role.TOTAL, last, total if shared_by == 1 else Group(total) / shared_by)


def _gradients(forward: Tape, trained: Sequence[str]) -> list[Column]:
    """A gradient for each weight; where they get long, before them the error of each unit in a column of its own."""
    several = any(column.sample for column in forward)
    apart = Role.NET if several or forward.layers > 2 else None
    slope, errors = slopes_by_way_of(forward, TOTAL, apart)
    if apart is None and max(len(list(refs(slope[name]))) for name in trained) > MOST_INLINED:
        slope, errors = slopes_by_way_of(forward, TOTAL, Role.NET)
    gradients = [
        Column(gradient_name(name), Role.GRADIENT, forward[name].layer, pin_all_but_last_factor(slope[name]))
        for name in trained
    ]
    return [*errors, *gradients]


def _steps(network: Network, forward: Tape, trained: Sequence[str]) -> Iterator[Column]:
    """What lies between a gradient and a step: clipping, weight decay, what the optimiser keeps, the learning rate."""
    last = len(network.layers)
    if network.clip_norm:
        squares = _sum([Group(Ref(gradient_name(name)) * Ref(gradient_name(name))) for name in trained])
        yield Column(NORM.name, Role.NORM, last, sqrt(squares))
        yield Column(CLIP.name, Role.NORM, last, smallest(1, CLIP_AT / (NORM + NORM_EPS)))
    optimiser = OPTIMISERS[network.optimizer.name]
    for name in trained:
        effective = _effective(network, name)
        layer = forward[name].layer
        gradient = Ref(_used(network, name))
        if gradient.name != gradient_name(name):
            yield Column(gradient.name, Role.STATE, layer, effective)
        for kept in optimiser.kept:
            own = f"{kept.symbol}_{name}"
            yield Column(own, Role.STATE, layer, kept.next(gradient, Ref(own, above=True)), kept.first(gradient))
    rate = SCHEDULES[network.schedule.name].rate
    if rate is not None:
        yield Column(LEARNING_RATE, Role.RATE, last, rate)


def _effective(network: Network, name: str) -> Expr:
    """The gradient that the optimiser is given: clipped, and with weight decay."""
    gradient: Expr = Ref(gradient_name(name))
    if network.clip_value:
        gradient = largest(-CLIP_AT, smallest(CLIP_AT, gradient))
    if network.clip_norm:
        gradient = gradient * CLIP
    return gradient + Ref(WEIGHT_DECAY.symbol) * Ref(name) if _decays(network) else gradient


def _decays(network: Network) -> bool:
    return bool(network.weight_decay) and OPTIMISERS[network.optimizer.name].decays


def _used(network: Network, name: str) -> str:
    """The column that the optimiser reads a weight's gradient from."""
    changed = network.clip_value or network.clip_norm or _decays(network)
    return f"g_{name}" if changed else gradient_name(name)


def _updates(network: Network, trained: Sequence[str]) -> dict[str, Expr]:
    """What each weight is in a row, from the row above."""
    optimiser = OPTIMISERS[network.optimizer.name]
    cells = settings_of(network)

    def above(ref: Ref) -> Expr:
        return ref if ref.name in cells else Ref(ref.name, above=True)

    found: dict[str, Expr] = {}
    for name in trained:
        kept = [Ref(f"{one.symbol}_{name}") for one in optimiser.kept]
        taken = optimiser.taken(Ref(LEARNING_RATE), Ref(STEP), Ref(name), Ref(_used(network, name)), *kept)
        found[name] = map_refs(Ref(name) - Group(taken), above)
    return found


def settings_of(network: Network, rate: float = 0.0) -> dict[str, float]:
    """The cells that the formulas read, by symbol, and what stands in them: first the learning rate."""
    first = LEARNING_RATE if SCHEDULES[network.schedule.name].rate is None else FIRST_RATE
    return {first: rate, **{symbol: value for symbol, _, value in _chosen(network)}}


def setting_keys(network: Network) -> list[str]:
    """What those cells but the first are called in a template: optimizer.beta1, schedule.gamma, weight_decay."""
    return [key for _, key, _ in _chosen(network)]


def _chosen(network: Network) -> Iterator[tuple[str, str, float]]:
    """Symbol, key and value of all settings but the learning rate."""
    optimiser, schedule = OPTIMISERS[network.optimizer.name], SCHEDULES[network.schedule.name]
    rows = (("optimizer", optimiser, network.optimizer), ("schedule", schedule, network.schedule))
    for table, row, named in rows:
        values = named.settings or [setting.default for setting in row.settings]
        for setting, value in zip(row.settings, values, strict=True):
            yield setting.symbol, f"{table}.{setting.key}", value
    if _decays(network):
        yield WEIGHT_DECAY.symbol, WEIGHT_DECAY.key, network.weight_decay
    for key, clip in (("clip_value", network.clip_value), ("clip_norm", network.clip_norm)):
        if clip:
            yield CLIP_AT.name, key, clip


def _sum(terms: Sequence[Expr]) -> Expr:
    return reduce(lambda left, right: left + right, terms) if terms else Num(0.0)
