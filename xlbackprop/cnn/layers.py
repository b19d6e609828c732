"""The kinds of layer: what each costs, and how torch makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlbackprop.receptive import Window


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer. kind: torch.nn's name; window: None where it looks at each pixel alone; name: where it has its own."""

    kind: str
    ch_in: int
    ch_out: int
    window: Window | None = None
    bias: bool = False
    name: str = ""

    @property
    def title(self) -> str:
        """What a table of receptive fields calls it."""
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of layer costs, and how torch makes it. multiply_adds: those of one value of the output."""

    make: Callable[[Any, Layer], Any]
    parameters: Callable[[Layer], int] = lambda layer: 0
    multiply_adds: Callable[[Layer], int] = lambda layer: 0


def _area(layer: Layer) -> int:
    return layer.window.kernel**2 if layer.window else 1


def _window(layer: Layer) -> dict[str, int]:
    window = layer.window or Window(1)
    return {"kernel_size": window.kernel, "stride": window.stride, "padding": window.padding}


KINDS: dict[str, Kind] = {
    "Conv2d": Kind(
        make=lambda nn, layer: nn.Conv2d(layer.ch_in, layer.ch_out, bias=layer.bias, **_window(layer)),
        parameters=lambda layer: layer.ch_out * (layer.ch_in * _area(layer) + layer.bias),
        multiply_adds=lambda layer: layer.ch_in * _area(layer),
    ),
    "BatchNorm2d": Kind(
        make=lambda nn, layer: nn.BatchNorm2d(layer.ch_in),
        parameters=lambda layer: 2 * layer.ch_in,
        multiply_adds=lambda layer: 1,
    ),
    "ReLU": Kind(make=lambda nn, layer: nn.ReLU()),
    "MaxPool2d": Kind(make=lambda nn, layer: nn.MaxPool2d(**_window(layer))),
    "AvgPool2d": Kind(make=lambda nn, layer: nn.AvgPool2d(**_window(layer))),
}


def parameters(layer: Layer) -> int:
    """How many numbers of a layer are trained.

    >>> parameters(Layer("Conv2d", 8, 16, Window(3), bias=True))
    1168
    """
    return KINDS[layer.kind].parameters(layer)
