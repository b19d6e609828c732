"""How one person spells formulas: `0.5*(t-a)^2` or `POWER(t-a,2)/2`, with blanks or without.

In a formula, the name of a column in square brackets is the cell of that column: `[h1]` in the same row, `[^w1]` in the
row above, `[_w1]` in the row below. `[lr]` is the learning rate, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlbackprop.maths.network import Edge, Network, Unit, bias_of, edges, units

SIGMOID, TANH, RELU = "sigmoid", "tanh", "relu"
HALF, MEAN, SQUARED, ENTROPY = "half squared error", "mean squared error", "squared error", "binary cross-entropy"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a person types for each part of the maths.

    begin: what stands before the formula; blanks: the operators that get a blank on each side; lower: function names in
    lower case; dollars: `$R35` for `R35`; dot: the layers whose sums are SUMPRODUCT of two ranges.
    """

    begin: str = "="
    blanks: str = ""
    lower: bool = False
    dollars: bool = False
    dot: tuple[int, ...] = ()
    product: str = "{w}*{a}"
    activation: Mapping[str, str] = field(default_factory=dict)
    slope: Mapping[str, str] = field(default_factory=dict)
    loss: str = "0.5*({t}-{a})^2"
    error: str = "({a}-{t})"
    delta: str = "{error}*{slope}"
    back: str = "({sum})"
    gradient: str = "{delta}*{a}"
    total: str = "{sum}"
    update: str = "{w}-{lr}*{g}"


ACTIVATION = {SIGMOID: "1/(1+EXP(-{x}))", TANH: "TANH({x})", RELU: "MAX(0,{x})"}
SLOPE = {SIGMOID: "{a}*(1-{a})", TANH: "(1-{a}^2)", RELU: "IF({x}>0,1,0)"}


@dataclass(frozen=True, slots=True)
class Maths:
    """The formulas of a network in one spelling. helpers: the kinds of quantity that have columns of their own."""

    network: Network
    spelling: Spelling
    helpers: frozenset[str] = frozenset()

    def columns(self) -> dict[str, str]:
        """Every column that is a formula in each row, by its name; updates are formulas from the second row on."""
        found = {}
        for layer in units(self.network)[1:]:
            for unit in layer:
                found |= {unit.net: self.net(unit), unit.activation: self.activation(unit)}
        found |= self.losses()
        found |= {f"dE/d{edge.weight}": self.gradient(edge) for edge in edges(self.network)}
        found |= {f"dE/d{bias_of(unit)}": self.part("delta", unit) for unit in trained(self.network)}
        return found | self.helped()

    def updates(self) -> dict[str, str]:
        """Every weight and trained bias, as the row above makes it."""
        names = [edge.weight for edge in edges(self.network)] + [bias_of(unit) for unit in trained(self.network)]
        return {name: self.spelling.update.format(w=f"[^{name}]", lr="[lr]", g=f"[^dE/d{name}]") for name in names}

    def net(self, unit: Unit) -> str:
        into = [edge for edge in edges(self.network) if edge.target == unit]
        if unit.layer in self.spelling.dot:
            first, last = into[0], into[-1]
            ranges = f"[{first.weight}]:[{last.weight}],[{first.source.activation}]:[{last.source.activation}]"
            return f"SUMPRODUCT({ranges})" + self.bias(unit)
        products = [self.spelling.product.format(w=f"[{e.weight}]", a=f"[{e.source.activation}]") for e in into]
        return "+".join(products) + self.bias(unit)

    def bias(self, unit: Unit) -> str:
        layer = self.network.layers[unit.layer - 1]
        if not layer.biases:
            return ""
        return f"+[b{unit.layer}]" if layer.held else f"+[{bias_of(unit)}]"

    def activation(self, unit: Unit) -> str:
        kind = self.network.layers[unit.layer - 1].activation
        return (ACTIVATION | dict(self.spelling.activation))[kind].format(x=f"[{unit.net}]")

    def losses(self) -> dict[str, str]:
        outputs = units(self.network)[-1]
        names = [f"E{k}" for k in range(1, len(outputs) + 1)]
        each = [self.spelling.loss.format(t=f"[t{k}]", a=f"[{o.activation}]") for k, o in enumerate(outputs, start=1)]
        total = self.spelling.total.format(
            sum="+".join(f"[{name}]" for name in names), first=f"[{names[0]}]", last=f"[{names[-1]}]"
        )
        return dict(zip(names, each, strict=True)) | {"E_total": total}

    def gradient(self, edge: Edge) -> str:
        return self.spelling.gradient.format(delta=self.part("delta", edge.target), a=f"[{edge.source.activation}]")

    # What the gradients are made of: each a column of its own, where the person gave it one, or spelt out on the spot.

    def part(self, kind: str, unit: Unit) -> str:
        return f"[{self.name(kind, unit)}]" if kind in self.helpers else self.text(kind, unit)

    def name(self, kind: str, unit: Unit) -> str:
        above, below = {"slope": (unit.activation, unit.net), "delta": ("E", unit.net)}.get(
            kind, ("E", unit.activation)
        )
        return f"d{above}/d{below}"

    def text(self, kind: str, unit: Unit) -> str:
        match kind:
            case "slope":
                activation = self.network.layers[unit.layer - 1].activation
                return (SLOPE | dict(self.spelling.slope))[activation].format(
                    a=f"[{unit.activation}]", x=f"[{unit.net}]"
                )
            case "outer":
                return self.spelling.error.format(a=f"[{unit.activation}]", t=f"[t{unit.net.removeprefix('o')}]")
            case "back":
                out = [edge for edge in edges(self.network) if edge.source == unit]
                return self.spelling.back.format(
                    sum="+".join(f"{self.part('delta', e.target)}*{self.path(e)}" for e in out)
                )
            case _:
                return self.delta(unit)

    def delta(self, unit: Unit) -> str:
        error = self.part("outer" if unit.layer == len(self.network.layers) else "back", unit)
        if unit.layer == len(self.network.layers) and self.network.loss == ENTROPY:  # the sigmoid's slope cancels out
            return error
        return self.spelling.delta.format(error=error, slope=self.part("slope", unit))

    def path(self, edge: Edge) -> str:
        return f"[d{edge.target.net}/d{edge.source.activation}]" if "path" in self.helpers else f"[{edge.weight}]"

    def helped(self) -> dict[str, str]:
        """The helper columns, each spelt out."""
        found = {}
        for layer in units(self.network)[1:]:
            side = "outer" if layer[0].layer == len(self.network.layers) else "back"
            for kind in self.helpers & {"slope", "delta", side}:
                found |= {self.name(kind, unit): self.text(kind, unit) for unit in layer}
        if "path" in self.helpers:
            inner = [edge for edge in edges(self.network) if edge.source.layer]
            found |= {f"d{e.target.net}/d{e.source.activation}": f"[{e.weight}]" for e in inner}
        return found


def trained(network: Network) -> list[Unit]:
    """The units whose biases are trained."""
    layers = zip(network.layers, units(network)[1:], strict=True)
    return [unit for layer, row in layers if layer.biases and not layer.held for unit in row]
