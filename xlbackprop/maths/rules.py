"""The operations: one row each, with its body in simpler operations, its derivative and its name on paper.

A row is all that a new activation or loss needs. Derivatives are vector-Jacobian products `(g, ans, *args)`:
`g` is the slope of the loss with respect to the result, `ans` the result itself (so the slope of a sigmoid reads
``a*(1-a)``, as people write it), and what comes back is one slope per argument. Both are trees, so each is read as a
formula, as a number and as a line of maths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from xlbackprop.maths.expr import Call, Expr, Group, Num, lift
from xlbackprop.maths.settings import ANY, POSITIVE, Setting

Vjp = Callable[..., tuple[Expr, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """An operation.

    body: the operation in simpler ones; None for what every spreadsheet has.
    vjp: slopes with respect to each argument; None where nothing is ever differentiated through it.
    paper: how it is written on paper, with ``{0}``, ``{1}`` for the arguments; None for infix and functions.
    settings: what of it can be chosen; its last arguments.
    """

    body: Callable[..., Expr] | None
    vjp: Vjp | None
    paper: str | None = None
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss(Rule):
    """What one output unit costs: arguments target, output; smaller is better.

    mean: whether the total is the mean over the output units, as in torch, rather than their sum.
    square: whether it is a square of the difference, and so exact near the goal.
    products: the operation that it is calculated by unless the units are sigmoids, which never come so near a target
    that LibreOffice finds no square of the difference.
    after: the one activation it goes with. Then it reads what the unit receives instead of what it gives, because only
    so does it stay finite: ln of a sigmoid that has come to 0 is an error.
    by: the operation that such units give what they give by, where the activation's own would overflow.
    """

    mean: bool = False
    after: str | None = None
    by: str = ""
    square: bool = False
    products: str = ""


def exp(x: Expr) -> Expr:
    """e to the power x."""
    return Call("exp", (x,))


def times(x: Expr, y: Expr) -> Expr:
    """x*y, with a factor of one left out."""
    if x == Num(1.0):
        return y
    return x if y == Num(1.0) else x * y


def _call(op: str) -> Callable[..., Expr]:
    return lambda *args: Call(op, tuple(map(lift, args)))


ln, tanh, absolute, sign, sqrt, cos, floor = map(_call, ("ln", "tanh", "abs", "sign", "sqrt", "cos", "floor"))
largest, smallest, where, above, sigmoid = map(_call, ("max", "min", "if", ">", "bounded sigmoid"))
square, cube = map(_call, ("square", "cube"))


def vanishing(base: Expr, exponent: Expr) -> Expr:
    """A power that goes to 0, and is 0 where it is smaller than the smallest double: LibreOffice calls that #NUM!."""
    return Call("iferror", (base**exponent, ZERO))


def _is_positive(x: Expr) -> Expr:
    return where(above(x, 0), 1, 0)


def _gelu(x: Expr) -> Expr:
    """The tanh in GELU's tanh form."""
    return tanh(GELU * (x + 0.044715 * cube(x)))


ZERO = Num(0.0)
GELU = 0.7978845608028654  # the root of 2/π

ARITHMETIC: dict[str, Rule] = {  # and the functions that every spreadsheet has
    "+": Rule(None, lambda g, ans, x, y: (g, g)),
    "-": Rule(None, lambda g, ans, x, y: (g, -g)),
    "*": Rule(None, lambda g, ans, x, y: (times(g, y), times(g, x))),
    "/": Rule(None, lambda g, ans, x, y: (g / y, -(g * ans / y))),
    "^": Rule(None, None),
    "neg": Rule(None, lambda g, ans, x: (-g,)),
    ">": Rule(None, None),
    "if": Rule(None, None),
    "exp": Rule(None, lambda g, ans, x: (times(g, ans),)),
    "ln": Rule(None, None),
    "abs": Rule(None, None),
    "sign": Rule(None, None),
    "sqrt": Rule(None, None),
    "cos": Rule(None, None),
    "floor": Rule(None, None),
    "max": Rule(None, None),
    "min": Rule(None, None),
    "iferror": Rule(lambda x, otherwise: x, None),  # for spreadsheets only: all else has no error to step in for
}

MOST_EXPONENT = 700  # of e, so that it is a double

ACTIVATIONS: dict[str, Rule] = {  # definitions and slopes at kinks are torch's
    "linear": Rule(
        body=lambda x: x,
        vjp=lambda g, a, x: (g,),
        paper="{0}",
    ),
    "sigmoid": Rule(
        body=lambda x: 1 / (1 + exp(-x)),
        vjp=lambda g, a, x: (times(times(g, a), 1 - a),),
        paper="sigmoid({0})",
    ),
    "tanh": Rule(
        body=None,
        vjp=lambda g, a, x: (times(g, 1 - square(a)),),
        paper="tanh({0})",
    ),
    "relu": Rule(
        body=lambda x: largest(0, x),
        vjp=lambda g, a, x: (times(g, _is_positive(x)),),
        paper="ReLU({0})",
    ),
    "leaky relu": Rule(
        body=lambda x, slope: where(above(x, 0), x, slope * x),
        vjp=lambda g, a, x, slope: (times(g, where(above(x, 0), 1, slope)), times(g, smallest(x, 0))),
        paper="leaky ReLU({0})",
        settings=(Setting("negative_slope", "negative_slope", 0.01, ANY),),
    ),
    "elu": Rule(
        body=lambda x, alpha: where(above(x, 0), x, times(alpha, exp(smallest(x, 0)) - 1)),
        vjp=lambda g, a, x, alpha: (
            times(g, where(above(x, 0), 1, times(alpha, exp(smallest(x, 0))))),
            times(g, exp(smallest(x, 0)) - 1),
        ),
        paper="ELU({0})",
        settings=(Setting("alpha", "alpha", 1.0, ANY),),
    ),
    "softplus": Rule(
        body=lambda x: largest(x, 0) + ln(1 + exp(-absolute(x))),
        vjp=lambda g, a, x: (times(g, sigmoid(x)),),
        paper="softplus({0})",
    ),
    "silu": Rule(
        body=lambda x: x * sigmoid(x),
        vjp=lambda g, a, x: (times(g, sigmoid(x) + a * (1 - sigmoid(x))),),
        paper="SiLU({0})",
    ),
    "gelu": Rule(
        body=lambda x: 0.5 * x * (1 + _gelu(x)),
        vjp=lambda g, a, x: (
            times(
                g,
                0.5 * (1 + _gelu(x)) + 0.5 * x * (1 - square(_gelu(x))) * (GELU * (1 + 0.134145 * square(x))),
            ),
        ),
        paper="GELU({0})",
    ),
    "softmax": Rule(  # arguments: what the unit receives, and ln of the sum of e to the power of what all receive
        body=lambda x, total: exp(x - total),
        vjp=lambda g, a, x, total: (times(g, a), -times(g, a)),
        paper="softmax({0})",
    ),
}
USUAL_ACTIVATION = "sigmoid"  # of hand-made tables that leave it open
PASSES_ON = "linear"  # the activation that gives what the unit receives
WHOLE_LAYER = {"softmax"}  # activations that read what all units of their layer receive

BOUNDED: dict[str, Rule] = {  # the same as an activation, but EXP does not overflow in a spreadsheet, whatever x is;
    # powers and a loss for numbers whose square is smaller than the smallest double: of these LibreOffice's ^ has none
    "bounded sigmoid": Rule(
        body=lambda x: 1 / (1 + exp(smallest(-x, MOST_EXPONENT))),
        vjp=ACTIVATIONS["sigmoid"].vjp,
        paper=ACTIVATIONS["sigmoid"].paper,
    ),
    "square": Rule(body=lambda x: x * x, vjp=lambda g, ans, x: (times(g, 2 * x),), paper="{0}^2"),
    "cube": Rule(body=lambda x: x * x * x, vjp=lambda g, ans, x: (times(g, 3 * square(x)),), paper="{0}^3"),
    "half product": Rule(
        body=lambda t, y: 0.5 * square(t - y),
        vjp=lambda g, e, t, y: (times(g, t - y), times(g, y - t)),
        paper="1/2 * ({0}-{1})^2",
    ),
}

LAYERS: dict[str, Rule] = {  # what such an activation needs once for the layer
    "logsumexp": Rule(  # arguments: the largest of the others, so that nothing overflows; it cancels out; the others
        body=lambda top, *x: top + ln(reduce(lambda left, right: left + right, (exp(one - top) for one in x))),
        vjp=lambda g, ans, top, *x: (ZERO, *(times(g, Call("softmax", (one, ans))) for one in x)),
    ),
}

LOSSES: dict[str, Loss] = {
    "half squared error": Loss(
        body=lambda t, y: 0.5 * (t - y) ** lift(2),
        vjp=BOUNDED["half product"].vjp,
        paper=BOUNDED["half product"].paper,
        square=True,
        products="half product",
    ),
    "mean squared error": Loss(
        body=lambda t, y: square(t - y),
        vjp=lambda g, e, t, y: (times(g, 2 * (t - y)), times(g, 2 * (y - t))),
        paper="({0}-{1})^2",
        mean=True,
        square=True,
    ),
    "mean absolute error": Loss(
        body=lambda t, y: absolute(t - y),
        vjp=lambda g, e, t, y: (times(g, sign(t - y)), times(g, sign(y - t))),
        paper="|{0}-{1}|",
        mean=True,
    ),
    "huber": Loss(
        body=lambda t, y, delta: where(
            above(absolute(t - y), delta),
            times(delta, absolute(t - y) - times(lift(0.5), delta)),
            0.5 * square(t - y),
        ),
        vjp=lambda g, e, t, y, delta: (
            times(g, largest(-delta, smallest(delta, t - y))),
            times(g, largest(-delta, smallest(delta, y - t))),
            times(g, largest(0, absolute(t - y) - delta)),
        ),
        paper="huber({0}-{1})",
        settings=(Setting("delta", "delta", 1.0, POSITIVE),),
        mean=True,
    ),
    "binary cross-entropy": Loss(  # of the sigmoid of y
        body=lambda t, y: largest(y, 0) - y * t + ln(1 + exp(-absolute(y))),
        vjp=lambda g, e, t, y: (-times(g, y), times(g, sigmoid(y) - t)),
        paper="-({0}*ln(sigmoid({1})) + (1-{0})*ln(1-sigmoid({1})))",
        mean=True,
        after="sigmoid",
        by="bounded sigmoid",
    ),
    "cross-entropy": Loss(  # of the softmax of y; its third argument is the softmax's second
        body=lambda t, y, total: t * (total - y),
        vjp=lambda g, e, t, y, total: (times(g, total - y), -times(g, t), times(g, t)),
        paper="{0}*({2}-{1})",
        after="softmax",
    ),
}

USUAL_LOSS = "half squared error"

RULES: dict[str, Rule] = {**ARITHMETIC, **LAYERS, **ACTIVATIONS, **BOUNDED, **LOSSES}


def constants(op: str, settings: Sequence[float]) -> tuple[Num, ...]:
    """The settings of an operation as its last arguments; the usual ones where none are given.

    >>> constants("huber", ())
    (Num(value=1.0),)
    """
    return tuple(map(Num, settings or (setting.default for setting in RULES[op].settings)))


def reckoned_by(loss: str, last: str) -> str:
    """The operation that a loss is calculated by after units of that activation.

    >>> reckoned_by("half squared error", "sigmoid"), reckoned_by("half squared error", "relu")
    ('half squared error', 'half product')
    """
    return loss if last == "sigmoid" else LOSSES[loss].products or loss


def misfit(loss: str, last: str) -> str:
    """Why a loss does not go with the last layer's activation, or nothing.

    >>> misfit("cross-entropy", "tanh")
    'cross-entropy goes with softmax units in the last layer, not tanh'
    """
    after = LOSSES[loss].after
    return f"{loss} goes with {after} units in the last layer, not {last}" if after and last != after else ""


def misaimed(loss: str, targets: Sequence[float]) -> str:
    """Why a loss does not go with these targets, or nothing.

    >>> misaimed("cross-entropy", [0.7, -0.1])
    'cross-entropy wants probabilities, from 0 to 1, not -0.1'
    """
    bad = next((target for target in targets if LOSSES[loss].after and not 0 <= target <= 1), None)
    return "" if bad is None else f"{loss} wants probabilities, from 0 to 1, not {bad:g}"


def spelt_out(expr: Expr) -> Expr:
    """The expression with every activation and loss in it spelt out in arithmetic."""
    match expr:
        case Group(inner):
            return Group(spelt_out(inner))
        case Call(op, args):
            spelt = Call(op, tuple(map(spelt_out, args)))
            simpler = body(spelt)
            return spelt if simpler is None else simpler
        case _:
            return expr


def body(call: Call) -> Expr | None:
    """The operation spelt out in simpler ones, or None for what every spreadsheet has."""
    make = RULES[call.op].body
    return make(*call.args) if make else None
