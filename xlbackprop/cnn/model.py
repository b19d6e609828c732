"""The nets as tables of layers; the torch module, the receptive fields and the parameter counts are read from them.

Nothing here imports torch until `build` is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlbackprop.cnn.layers import KINDS, Layer, parameters
from xlbackprop.receptive import Seen, Window, walk

if TYPE_CHECKING:
    from torch import nn

IMAGE = 28  # pixels along an edge
CLASSES = 10


@dataclass(frozen=True, slots=True)
class Arch:
    """A net: images (batch, 1, 28, 28) in, logits (batch, 10) out.

    >>> [arch.parameters for arch in ARCHS.values()]
    [18482, 7154, 4894]
    """

    name: str
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """All that is trained."""
        return sum(parameters(layer) for layer in self.layers)


@dataclass(frozen=True, slots=True)
class ReceptiveRow:
    """A row of the receptive-field table. seen: None for a layer that looks at each pixel alone."""

    layer: Layer
    n_in: int
    n_out: int
    seen: Seen | None
    parameters: int


@dataclass(frozen=True, slots=True)
class ArchitectureRow:
    """A row of a summary. shape: channels, height, width of what comes out."""

    layer: str
    shape: tuple[int, int, int]
    parameters: int
    multiply_adds: int


def _conv(ch_in: int, ch_out: int) -> Layer:
    return Layer("Conv2d", ch_in, ch_out, Window(3, padding=1), bias=True)


def _each(kind: str, channels: int) -> Layer:
    return Layer(kind, channels, channels)


def _pool(channels: int) -> Layer:
    return Layer("MaxPool2d", channels, channels, Window(2, stride=2))


def _head(channels: int, pixels: int) -> tuple[Layer, ...]:
    """A score per digit in every place, then their mean.

    The stride of the last pooling is given as 1, as in the reference's table, so its j_out is 8 behind three poolings.
    `AvgPool2d(3)` alone would have stride 3 and j_out 24; with one place left there is nothing to stride to.
    """
    return (
        Layer("Conv2d", channels, CLASSES, Window(1), bias=True),
        Layer("AvgPool2d", CLASSES, CLASSES, Window(pixels), name="GAP"),
    )


def _blocks(*widths: int) -> tuple[Layer, ...]:
    """Blocks of conv-ReLU-conv-ReLU-pool-norm of so many channels, as in the reference notebook."""
    layers: list[Layer] = []
    ch_in = 1
    for channels in widths:
        for ch in (ch_in, channels):
            layers += [_conv(ch, channels), _each("ReLU", channels)]
        layers += [_pool(channels), _each("BatchNorm2d", channels)]
        ch_in = channels
    return (*layers, *_head(ch_in, IMAGE // 2 ** len(widths)))


ARCHS: dict[str, Arch] = {
    arch.name: arch
    for arch in (
        Arch("reference", _blocks(8, 16, 32)),
        Arch("small", _blocks(8, 12, 16)),
        Arch("tiny", _blocks(8, 10, 12)),
    )
}


def _placed(arch: Arch) -> list[tuple[Layer, Seen | None, int, int]]:
    """Each layer with its window in place, and the pixels along an edge before and behind it."""
    seen = walk([layer.window for layer in arch.layers if layer.window], IMAGE)
    placed: list[tuple[Layer, Seen | None, int, int]] = []
    n = IMAGE
    for layer in arch.layers:
        here = next(seen) if layer.window else None
        n_in, n = n, here.n_out if here else n
        placed.append((layer, here, n_in, n))
    return placed


def receptive_rows(arch: Arch) -> list[ReceptiveRow]:
    """The receptive-field table, a row for each layer that is more than a function of one number.

    >>> [row.seen.r_out for row in receptive_rows(ARCHS["reference"]) if row.seen]
    [3, 5, 6, 10, 14, 16, 24, 32, 36, 36, 52]
    """
    return [
        ReceptiveRow(layer, n_in, n_out, seen, parameters(layer))
        for layer, seen, n_in, n_out in _placed(arch)
        if seen or parameters(layer)
    ]


def architecture_rows(arch: Arch) -> list[ArchitectureRow]:
    """What comes out of each layer and what that costs, for one image.

    >>> architecture_rows(ARCHS["reference"])[2]
    ArchitectureRow(layer='Conv2d-3', shape=(8, 28, 28), parameters=584, multiply_adds=451584)
    """
    return [
        ArchitectureRow(
            f"{layer.kind}-{number}",
            (layer.ch_out, n_out, n_out),
            parameters(layer),
            KINDS[layer.kind].multiply_adds(layer) * layer.ch_out * n_out**2,
        )
        for number, (layer, _, _, n_out) in enumerate(_placed(arch), start=1)
    ]


def build(arch: Arch) -> nn.Sequential:
    """The net in torch, on the processor, with torch's first weights: (batch, 1, 28, 28) in, logits (batch, 10) out."""
    from collections import OrderedDict

    from torch import nn

    modules: OrderedDict[str, Any] = OrderedDict()
    for layer, row in zip(arch.layers, architecture_rows(arch), strict=True):
        module = modules[row.layer] = KINDS[layer.kind].make(nn, layer)
        made = sum(parameter.numel() for parameter in module.parameters())
        if made != row.parameters:
            raise AssertionError(f"{arch.name}, {row.layer}: torch has {made} parameters, the table {row.parameters}")
    modules["Flatten"] = nn.Flatten()
    return nn.Sequential(modules)
