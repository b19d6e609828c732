"""Receptive-field arithmetic: how many input pixels one unit of a layer sees, layer by layer.

The formulas are those of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """What a layer slides over its input: a square of `kernel` pixels, `stride` apart, over a border of `padding`."""

    kernel: int
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A window in its place in a net.

    n_in, n_out: pixels along an edge; r_in, r_out: input pixels that one unit sees along an edge;
    j_in, j_out: input pixels between neighbouring units.
    """

    n_in: int
    r_in: int
    stride: int
    padding: int
    kernel: int
    j_in: int

    @property
    def j_out(self) -> int:
        """Input pixels between neighbouring units of what comes out."""
        return self.j_in * self.stride

    @property
    def r_out(self) -> int:
        """Input pixels that one unit of what comes out sees."""
        return self.r_in + (self.kernel - 1) * self.j_in

    @property
    def n_out(self) -> int:
        """Pixels along an edge of what comes out."""
        return (self.n_in + 2 * self.padding - self.kernel) // self.stride + 1


def walk(windows: Iterable[Window], n_in: int) -> Iterator[Seen]:
    """Each window as it stands behind the ones before it, for an image of `n_in` pixels along an edge.

    Two 3x3 convolutions and a pooling see 6 pixels:

    >>> three = [Window(3, padding=1), Window(3, padding=1), Window(2, stride=2)]
    >>> [(row.n_out, row.j_out, row.r_out) for row in walk(three, 28)]
    [(28, 1, 3), (28, 1, 5), (14, 2, 6)]

    AlexNet (torchvision's), after each convolution and pooling:

    >>> pool = Window(3, stride=2)
    >>> alexnet = [Window(11, 4, 2), pool, Window(5, 1, 2), pool, *[Window(3, 1, 1)] * 3, pool]
    >>> [row.r_out for row in walk(alexnet, 224)]
    [11, 19, 51, 67, 99, 131, 163, 195]

    VGG-16, after each pooling:

    >>> vgg = [layer for deep in (2, 2, 3, 3, 3) for layer in (*[Window(3, 1, 1)] * deep, Window(2, 2))]
    >>> [row.r_out for row in walk(vgg, 224) if row.stride == 2]
    [6, 16, 44, 100, 212]
    """
    r_in = j_in = 1
    for window in windows:
        seen = Seen(n_in, r_in, window.stride, window.padding, window.kernel, j_in)
        yield seen
        n_in, r_in, j_in = seen.n_out, seen.r_out, seen.j_out


def first_wider(rows: Iterable[Seen], image: int) -> int | None:
    """The index of the first row that sees more than an image of `image` pixels has, if there is one.

    >>> first_wider(walk([Window(3, padding=1)] * 3, 6), 6)
    2
    """
    return next((k for k, row in enumerate(rows) if row.r_out > image), None)
