"""The networks of the hand-made workbooks: mostly the classic one, and what a keen student makes of it."""

from __future__ import annotations

from handmade.spelling import ENTROPY, HALF, MEAN, RELU, SIGMOID, SQUARED, TANH
from xlbackprop.maths.network import Layer, Network, Sample

INTO_HIDDEN, INTO_OUTPUT = ((0.15, 0.2), (0.25, 0.3)), ((0.4, 0.45), (0.5, 0.55))
HALVES, APART = (0.5, 0.5), (0.01, 0.99)


def network(layers: tuple[Layer, ...], inputs: tuple[float, ...], targets: tuple[float, ...], loss: str) -> Network:
    return Network("by hand", "By hand", (Sample(inputs, targets),), layers, loss)


def classic(targets: tuple[float, ...] = HALVES, biases: tuple[float, ...] = (), loss: str = HALF) -> Network:
    """2-2-2, sigmoid; biases: one for each layer, held."""
    hidden, out = ((bias,) * 2 for bias in biases) if biases else ((), ())
    layers = (
        Layer(SIGMOID, INTO_HIDDEN, hidden, held=bool(biases)),
        Layer(SIGMOID, INTO_OUTPUT, out, held=bool(biases)),
    )
    return network(layers, (0.05, 0.1), targets, loss)


CLASSIC, CLASSIC_APART = classic(), classic(APART)
MAZUR = classic(APART, (0.35, 0.6))
CLASSIC_MEAN = classic(APART, loss=MEAN)
TANH_HIDDEN = network(
    (
        Layer(TANH, ((0.3, -0.2), (0.6, 0.4), (-0.5, 0.7)), (0.1, -0.1, 0.2)),
        Layer(SIGMOID, ((0.8, -0.6, 0.5), (0.3, 0.9, -0.4)), (0.05, -0.15)),
    ),
    (0.7, 0.4),
    (0.2, 0.8),
    HALF,
)
RELU_HIDDEN = network(
    (Layer(RELU, ((0.3, 0.5, 0.2), (0.6, 0.1, 0.4))), Layer(SIGMOID, ((0.4, 0.7), (-0.3, 0.5)))),
    (1.0, 0.5, 0.25),
    (0.1, 0.9),
    MEAN,
)
TWO_HIDDEN = network(
    (
        Layer(SIGMOID, ((0.2, 0.4), (0.3, -0.5))),
        Layer(SIGMOID, ((0.6, -0.1), (0.25, 0.7))),
        Layer(SIGMOID, ((0.45, 0.55), (-0.35, 0.65))),
    ),
    (0.6, 0.9),
    (0.1, 0.8),
    SQUARED,
)
TWO_HIDDEN_HALF = network(TWO_HIDDEN.layers, (0.6, 0.9), (0.1, 0.8), HALF)
YES_OR_NO = network(
    (
        Layer(SIGMOID, ((0.5, -0.4), (0.3, 0.8), (-0.6, 0.2)), (0.1, 0.2, -0.1)),
        Layer(SIGMOID, ((0.7, -0.5, 0.4),), (0.3,)),
    ),
    (1.0, 0.5),
    (1.0,),
    ENTROPY,
)
ONE_OUTPUT = network(
    (Layer(SIGMOID, ((0.15, 0.25), (0.35, 0.1), (0.2, 0.45))), Layer(SIGMOID, ((0.4, 0.3, 0.6),))),
    (0.05, 0.1),
    (0.9,),
    HALF,
)
