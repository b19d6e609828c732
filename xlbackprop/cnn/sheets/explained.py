"""Explained, under the receptive-field table: how each column is reckoned, and what to try."""

from __future__ import annotations

from xlbackprop.pages.page import Cell, Place

HOW = (
    ("j_out", "= j_in · stride", "input pixels between two neighbouring units"),
    ("r_out", "= r_in + (kernel − 1) · j_in", "input pixels that one unit sees, along an edge"),
    ("n_out", "= ⌊(n_in + 2 · padding − kernel) / stride⌋ + 1", "pixels of the output, along an edge"),
    ("Parameters", "= channel_out · (channel_in · kernel² + bias)", "of a convolution; a batch norm has 2 a channel"),
)
TRY = (
    "The first kernel 5 instead of 3: r_out grows by 2 in its row and in every row below, and Parameters by 128.",
    "The first stride 2: every j_out doubles, so r_out grows twice as fast, until the last kernel does not fit.",
    "The first padding 0: n_out loses 2 pixels; pooling rounds down, so it is 1 at the end all the same.",
    "Another channel_out: the next layer's channel_in follows, and the parameters of both change.",
)


def explained(row: int) -> dict[Place, Cell]:
    """Below the table, from that row on."""
    cells = {(row, 1): Cell("How each is reckoned", "heading")}
    for n, (name, rule, meaning) in enumerate(HOW, start=1):
        cells[row + 2 * n - 1, 1] = Cell(name, "bold")
        cells[row + 2 * n - 1, 2] = Cell(rule, "mono,small")
        cells[row + 2 * n, 2] = Cell(meaning, "hint")
    below = row + 2 * len(HOW) + 2
    cells[below, 1] = Cell("What to try", "heading")
    return cells | {(below + n, 1): Cell(text) for n, text in enumerate(TRY, start=1)}
