"""What one hand-made workbook is, as data: a network, spellings, an order of columns, and where everything stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from handmade.spelling import Spelling
from xlbackprop.maths.network import Network, Unit, bias_of, edges, units
from xlbackprop.maths.rules import LOSSES

LETTERS: dict[str, Callable[[str], str]] = {
    "": str,
    "capital": str.upper,
    "subscript": lambda label: label.translate(SUBSCRIPTS),
}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, slots=True)
class Labels:
    """How one person calls things: u a unit (h1), a its activation, k a number from 1, w a weight, n its number.

    letters: "subscript" w₁ for w1, "capital" W1.
    """

    step: str = "Step"
    input: str = "i{k}"
    target: str = "t{k}"
    net: str = "{u}"
    act: str = "a_{u}"
    weight: str = "w{n}"
    bias: str = "b_{u}"
    loss: str = "E{k}"
    total: str = "E_total"
    grad: str = "∂E/∂{w}"
    outer: str = "∂E{k}/∂{a}"
    back: str = "∂E_total/∂{a}"
    slope: str = "∂{a}/∂{u}"
    delta: str = "∂E/∂{u}"
    path: str = "∂{o}/∂{a}"
    rate: str = "η ="
    letters: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one table stands. rate_at: the learning rate's cell, or "" where it is typed into the formulas or a column.

    label_at: the cell of its label, or ""; rate_sheet: the sheet of that cell, or "" for the table's own.
    """

    header_row: int
    first_column: int
    rate: float
    rate_at: str = ""
    label_at: str = ""
    sheet: str = "Sheet1"
    rate_sheet: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One person's workbook.

    order: groups of columns, see `columns`; helpers: kinds of quantity with columns of their own; rows: of each table;
    given: how inputs and targets go on below the first row: "typed" again, or "copied" from the row above;
    anchor: how the learning rate is anchored, "$C$R" or "C$R"; held: cells of the biases that are not trained;
    typed: cells beside the tables with what stands in them; notes: explanations, with names of columns in brackets;
    chart: whether each table has a chart of its loss; saved: "all", "none", or to how many digits;
    shared: whether formulas are shared down the columns, as Excel saves them.
    """

    name: str
    network: Network
    order: tuple[str, ...]
    places: tuple[Place, ...]
    rows: int = 24
    spelling: Spelling = field(default_factory=Spelling)
    labels: Labels = field(default_factory=Labels)
    helpers: frozenset[str] = frozenset()
    given: str = "typed"
    anchor: str = "$C$R"
    held: tuple[tuple[str, str], ...] = ()
    typed: tuple[tuple[str, float | str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    chart: bool = False
    saved: str = "all"
    shared: bool = False

    @property
    def assignment(self) -> Network | None:
        """The network as it was set; None where no template has its loss."""
        return self.network if self.network.loss in LOSSES else None

    @property
    def rate_style(self) -> str:
        """Where the learning rate is: in a "cell", in a "column" of the table, or "typed" into each formula."""
        return "column" if "lr" in self.order else "cell" if self.places[0].rate_at else "typed"


def columns(layout: Layout) -> list[str]:
    """The names of the columns from left to right; "" for one that is left empty."""
    return [name for group in layout.order for name in _group(group, layout.network)]


def _group(group: str, network: Network) -> list[str]:
    """The columns that a group stands for: z net inputs, a activations, n both, w weights, g gradients, b biases.

    A number after it is the layer: w2 are the weights of the second. gb are the gradients of biases.
    """
    kind, layer = group.rstrip("0123456789"), group.lstrip("abcdefghijklmnopqrstuvwxyzE-_")
    rows = [row for row in units(network)[1:] if not layer or row[0].layer == int(layer)]
    all_units = [unit for row in rows for unit in row]
    weights = [edge.weight for edge in edges(network) if edge.target in all_units]
    groups = {
        "i": [unit.net for unit in units(network)[0]],
        "t": [f"t{k}" for k, _ in enumerate(units(network)[-1], start=1)],
        "w": weights,
        "b": [bias_of(unit) for unit in all_units],
        "n": [name for unit in all_units for name in (unit.net, unit.activation)],
        "z": [unit.net for unit in all_units],
        "a": [unit.activation for unit in all_units],
        "E": [f"E{k}" for k, _ in enumerate(units(network)[-1], start=1)],
        "g": [f"dE/d{weight}" for weight in weights],
        "gb": [f"dE/d{bias_of(unit)}" for unit in all_units],
        "slope": [f"d{unit.activation}/d{unit.net}" for unit in all_units],
        "delta": [f"dE/d{unit.net}" for unit in all_units],
        "da": [f"dE/d{unit.activation}" for unit in all_units],
        "path": [f"d{e.target.net}/d{e.source.activation}" for e in edges(network) if e.source.layer],
        "-": [""],
    }
    return groups.get(kind, [group])


def labels_of(layout: Layout) -> dict[str, str]:
    """What this person calls each column, whether the table has it or not."""
    said, network = layout.labels, layout.network
    grid = units(network)
    found = {"step": said.step, "lr": said.rate.rstrip(" =:"), "E_total": said.total}
    for k, unit in enumerate(grid[0], start=1):
        found[unit.net] = said.input.format(k=k)
    for layer in grid[1:]:
        for unit in layer:
            found |= _unit_labels(unit, said, last=unit.layer == len(network.layers))
    for edge in edges(network):
        n = edge.weight.removeprefix("w")
        found[edge.weight] = said.weight.format(n=n)
        found[f"dE/d{edge.weight}"] = said.grad.format(w=found[edge.weight], n=n)
        joint = said.path.format(o=found[edge.target.net], a=found[edge.source.activation])
        found[f"d{edge.target.net}/d{edge.source.activation}"] = joint
    change = LETTERS[said.letters]
    return {name: change(label) for name, label in found.items()}


def _unit_labels(unit: Unit, said: Labels, last: bool) -> dict[str, str]:
    u, k = unit.net, unit.net[1:] if last else ""
    net, a, bias = said.net.format(u=u), said.act.format(u=u), said.bias.format(u=u)
    found = {unit.net: net, unit.activation: a, bias_of(unit): bias}
    found[f"dE/d{bias_of(unit)}"] = said.grad.format(w=bias, n=u)
    found[f"d{unit.activation}/d{unit.net}"] = said.slope.format(a=a, u=net)
    found[f"dE/d{unit.net}"] = said.delta.format(u=u)
    found[f"dE/d{unit.activation}"] = (said.outer if last else said.back).format(k=k, a=a)
    if last:
        found |= {f"t{k}": said.target.format(k=k), f"E{k}": said.loss.format(k=k)}
    return found
