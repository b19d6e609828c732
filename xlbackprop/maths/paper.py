"""Derivations: the tape read as the lines of maths that a person writes beside the table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from xlbackprop.maths.expr import Call, Expr, Group, Ref, map_refs, refs
from xlbackprop.maths.grad import local_slope, path, slopes
from xlbackprop.maths.infix import Dialect, Token, tokens
from xlbackprop.maths.tape import Column, Role, Tape


def _sum_of_products(call: Call, top: bool) -> bool:
    """Blanks round + and - at the top, or between products: ``(a_o1-t1)*w5 + (a_o2-t2)*w7``, but ``1-a_o1``."""
    return call.op in "+-" and (top or any(_is_product(arg) for arg in call.args))


def _is_product(expr: Expr) -> bool:
    while isinstance(expr, Group):
        expr = expr.inner
    return isinstance(expr, Call) and (expr.op == "*" or (expr.op in "+-" and any(map(_is_product, expr.args))))


FUNCTIONS = {name: name for name in ("exp", "ln", "abs", "sign", "sqrt", "cos", "max", "min", "if", "floor")}
WRITTEN = Dialect(functions=FUNCTIONS, groups=False, on_paper=True, blanks=_sum_of_products, powers=True)
PLUGGED = Dialect(
    functions=FUNCTIONS | {"tanh": "tanh"},
    groups=False,
    on_paper=False,
    blanks=lambda call, top: call.op != "^",
    powers=True,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``name = step = … = result``, the result being what the numbers go into."""

    name: str
    steps: tuple[str, ...]
    result: Expr

    @property
    def lead(self) -> str:
        """All but the result, up to and with the last equals sign."""
        return " = ".join((self.name, *self.steps, ""))

    @property
    def text(self) -> str:
        """The whole line."""
        return self.lead + written(self.result)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one heading."""

    heading: str
    lines: tuple[Line, ...]


def written(expr: Expr) -> str:
    """The expression as a person writes it.

    >>> from xlbackprop.maths.expr import Num
    >>> written((Ref("a_o1") - Ref("t1")) * (Num(1.0) - Ref("a_o1")))
    '(a_o1-t1)*(1-a_o1)'
    """
    return "".join(token if isinstance(token, str) else token.name for token in tokens(expr, WRITTEN))


def plugged(expr: Expr) -> list[Token]:
    """The expression as pieces of text and references whose numbers belong in their places."""
    return tokens(expr, PLUGGED)


def formulae(tape: Tape) -> Block:
    """The forward pass of the first sample, layer by layer, then the losses."""
    columns: list[Column] = []
    for layer in range(1, tape.layers + 1):
        for role in (Role.NET, Role.LAYER, Role.ACTIVATION):
            columns += _first(tape.of(role, layer=layer))
    return Block("Formulae", tuple(map(_assignment, [*columns, *tape.of(Role.TOTAL), *_first(tape.of(Role.LOSS))])))


def derivatives(tape: Tape) -> Block:
    """The slopes of single columns, from each loss back to the weights of the last layer."""
    lines: list[Line] = []
    first = tape.of(Role.LOSS)[0].name  # only the first slope is spelt out, the others are like it
    for loss in _first(tape.of(Role.LOSS)):
        steps = path(tape, loss.name, _first_weight(tape, loss))
        for of, by in pairwise(steps[:-1]):
            spelt = (f"∂({written(_expr(loss))})/∂{by}",) if of == first else ()
            lines.append(Line(_over(of, by), spelt, local_slope(tape, of, by)))
        lines += [Line(_over(steps[-2], w), (), local_slope(tape, steps[-2], w)) for w in _weights_of(tape, steps[-2])]
    return Block("Derivatives", tuple(lines))


def errors(tape: Tape) -> Block:
    """How the total loss depends on what units receive or give: the columns of that, else the last hidden layer's."""
    columns = _first(tape.of(Role.DELTA))
    return Block("Errors of the units", tuple(map(_assignment, columns))) if columns else _hidden_errors(tape)


def _hidden_errors(tape: Tape) -> Block:
    """How each loss, and then the total, depends on what the last hidden layer gives."""
    hidden = tape.of(Role.ACTIVATION, layer=tape.layers - 1)
    total = tape.total
    slope = {column.name: slopes(tape, column.name) for column in (*tape.of(Role.LOSS), total)}
    lines = [
        Line(_over(loss.name, a.name), (_chain(tape, loss.name, a.name),), slope[loss.name][a.name])
        for a in hidden
        for loss in tape.of(Role.LOSS)
    ]
    lines += [Line(_over(total.name, a.name), (_spread(tape, a.name),), slope[total.name][a.name]) for a in hidden]
    return Block("Error at the hidden layer", tuple(lines))


def layer_name(tape: Tape, layer: int) -> str:
    """What a heading calls a layer."""
    if layer == tape.layers:
        return "output layer"
    return "hidden layer" if tape.layers == 2 else f"hidden layer {layer}"


def gradients(tape: Tape, layer: int) -> Block:
    """The gradient of each weight of a layer, with the chain of slopes it is the product of."""
    total = tape.total.name
    if tape.of(Role.DELTA):
        return gradient_columns(tape, layer, layer_name(tape, layer).capitalize())
    slope = slopes(tape, total)
    if layer == tape.layers:
        weights = tape.of(Role.WEIGHT, layer=layer)
        return Block("Output layer", tuple(_output_gradient(tape, w.name, slope[w.name]) for w in weights))
    lines = []
    for weight in tape.of(Role.WEIGHT, layer=layer):
        net = next(c.name for c in tape.of(Role.NET, layer=layer) if weight.name in _weights_of(tape, c.name))
        activation = next(c.name for c in tape.of(Role.ACTIVATION, layer=layer) if path(tape, c.name, net))
        chain = f"{_over(total, activation)} * {_chain(tape, activation, weight.name)}"
        lines.append(Line(_over(total, weight.name), (chain,), slope[weight.name]))
    return Block("Hidden layer", tuple(lines))


def gradient_columns(tape: Tape, layer: int, heading: str) -> Block:
    """The gradients of a layer as the table's columns compute them."""
    return Block(heading, tuple(_assignment(column) for column in tape.of(Role.GRADIENT, layer=layer)))


def optimiser(tape: Tape) -> Block:
    """What the optimiser keeps for the first weight; the others are alike. `before`: in the row above."""

    def before(ref: Ref) -> Ref:
        return Ref(f"{ref.name} before") if ref.above else ref

    first = tape.of(Role.WEIGHT)[0].name
    columns = [
        c for c in tape.of(Role.RATE, Role.NORM, Role.STATE) if c.role is not Role.STATE or c.name.endswith(first)
    ]
    return Block("Optimiser", tuple(Line(c.name, (), map_refs(_expr(c), before)) for c in columns))


def updates(tape: Tape) -> Block:
    """What each weight becomes in the next step, in this step's numbers."""

    def this_row(ref: Ref) -> Ref:
        return Ref(ref.name)

    return Block(
        "Update", tuple(Line(f"{w.name} next", (), map_refs(_expr(w), this_row)) for w in tape.of(Role.WEIGHT))
    )


def _output_gradient(tape: Tape, weight: str, slope: Expr) -> Line:
    total = tape.total.name
    loss = next(c.name for c in tape.of(Role.LOSS) if path(tape, c.name, weight))
    steps = (_spread(tape, weight), _over(loss, weight), _chain(tape, loss, weight))
    return Line(_over(total, weight), steps, slope)


def _first(columns: list[Column]) -> list[Column]:
    """Those of the first sample; the others are like them."""
    return [column for column in columns if column.sample == 0]


def _assignment(column: Column) -> Line:
    return Line(column.name, (), _expr(column))


def _expr(column: Column) -> Expr:
    if column.expr is None:
        raise ValueError(f"{column.name} is given, not computed")
    return column.expr


def _over(of: str, by: str) -> str:
    return f"∂{of}/∂{by}"


def _chain(tape: Tape, of: str, by: str) -> str:
    steps = path(tape, of, by)
    return " * ".join(_over(a, b) for a, b in pairwise(steps))


def _spread(tape: Tape, by: str) -> str:
    """The total written out: ∂(E1+E2)/∂w5."""
    return f"∂({written(_expr(tape.total)).replace(' ', '')})/∂{by}"


def _weights_of(tape: Tape, net: str) -> list[str]:
    return [ref.name for ref in refs(_expr(tape[net])) if tape[ref.name].role is Role.WEIGHT]


def _first_weight(tape: Tape, loss: Column) -> str:
    return next(w.name for w in tape.of(Role.WEIGHT, layer=tape.layers) if path(tape, loss.name, w.name))
