"""What differs from the assignment: the network that a table trains, and what it begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from xlbackprop.judge.faults.cells import ranges
from xlbackprop.judge.faults.tabled import Judged
from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import Finding, Kind, Outcome
from xlbackprop.judge.network.numbers import SAME, Array, agree, evaluated
from xlbackprop.judge.network.points import points
from xlbackprop.judge.network.shape import Shape, formulas
from xlbackprop.judge.network.wired import numbered
from xlbackprop.judge.typed.names import TOTAL
from xlbackprop.maths.network import Network
from xlbackprop.pages.layout import a1
from xlbackprop.shown import plain

CLOSE = 1e-9  # of a first value


def network_findings(judged: Judged, assignment: Network) -> Iterator[Finding]:
    """A right table that trains another network than the assignment's; of a wrong one that may be a mistake."""
    shape, table = judged.shape, judged.table
    if shape is None or judged.outcome is not Outcome.CORRECT:
        return
    theirs, ours = _told_apart(shape, assignment)
    if theirs:
        columns = judged.reading.table.columns.values()
        cells = (f"{a1(table.header_row, min(columns))}:{a1(table.header_row, max(columns))}",)
        found, wanted = ", ".join(theirs), ", ".join(ours)
        message = f"the table trains another network than the assignment's: {found} where the assignment has {wanted}"
        yield Finding(Kind.FIRST_VALUES, WHOLE, cells, found, wanted, message)


def _told_apart(shape: Shape, assignment: Network) -> tuple[list[str], list[str]]:
    """In what a network differs from the assignment's, both in words: sizes, activations, loss."""
    activations = tuple(layer.activation for layer in assignment.layers)
    pairs = [
        ("-".join(map(str, shape.sizes)) + " units", "-".join(map(str, assignment.sizes)) + " units"),
        (_each(shape.activations), _each(activations)),
    ]
    pairs.append((_loss(shape, assignment), assignment.loss))
    differ = [pair for pair in pairs if pair[0] != pair[1]]
    return [one for one, _ in differ], [other for _, other in differ]


def _each(activations: Sequence[str]) -> str:
    """The activations of the layers, one where all are the same."""
    return " and ".join(activations if len(set(activations)) > 1 else activations[:1])


def _loss(shape: Shape, assignment: Network) -> str:
    """The loss by the assignment's where one is a multiple of the other: the mean of two squares is half their sum."""
    if shape.activations[-1] == assignment.layers[-1].activation:
        theirs, ours = (_total(one, points(shape)) for one in (shape, replace(shape, loss=assignment.loss, scale=1.0)))
        times = float(theirs[0] / ours[0])
        if agree(theirs, times * ours).all():
            return assignment.loss if abs(times - 1) <= SAME else f"{times:g} times {assignment.loss}"
    return shape.loss


def _total(shape: Shape, values: Mapping[str, Array]) -> Array:
    """The total loss that a network makes of what its units give."""
    losses = {name: expr for name, expr in formulas(shape).items() if name.startswith("E")}
    found = dict(values)
    for name, expr in losses.items():
        found[name] = evaluated(expr, found)
    return found[TOTAL]


def first_value_findings(judged: Judged, assignment: Network) -> Iterator[Finding]:
    """First values of the table that differ from those of the assignment."""
    reading, row = judged.reading, judged.table.first_row
    for name, wanted in _first_values(reading.table.columns, assignment).items():
        column = reading.table.columns[name]
        found = reading.value(row, column)
        if isinstance(found, float) and abs(found - wanted) > CLOSE * max(1.0, abs(wanted)):
            begins, set_as = plain(found), plain(wanted)
            message = f"{name} begins with {begins} where the assignment has {set_as}"
            cells = ranges(column, [row])
            yield Finding(Kind.FIRST_VALUES, name, cells, begins, set_as, message, first_row=row)


def _first_values(columns: Mapping[str, int], assignment: Network) -> dict[str, float]:
    """What the assignment gives each column of the table, by our numbering."""
    sample = assignment.samples[0]
    given = {f"i{k}": value for k, value in enumerate(sample.inputs, start=1)}
    given |= {f"t{k}": value for k, value in enumerate(sample.targets, start=1)}
    weights = [w for layer in assignment.layers for unit in layer.weights for w in unit]
    given |= dict(zip(numbered(columns, "w"), weights, strict=False))
    biases = [bias for layer in assignment.layers for bias in layer.biases]
    named = [name for name in columns if name[0] == "b"]
    if len(named) == len(biases):
        given |= dict(zip(named, biases, strict=True))
    return {name: value for name, value in given.items() if name in columns}
