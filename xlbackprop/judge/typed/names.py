"""Canonical names of a table's columns: ``w1``, ``dE/dw1``, ``a_h2``; and the marks of what stands in another row."""

from __future__ import annotations

import re

LEARNING_RATE, STEP, TOTAL = "lr", "step", "E_total"
GRADIENT = "dE/d"
WEIGHTS, BIASES = ("w", "v"), ("b",)  # how the names of what is trained begin
PARAMETERS = (*WEIGHTS, *BIASES)

ABOVE, BELOW = "↑", "↓"  # marks of a name that stands in the row above, or below
PART = re.compile(r"(a_h\d+_|a_h|a_o|h\d+_(?=\d)|[hoitbwvE])(\d+)(_\d+){0,2}[↑↓]?")


def part(name: str) -> str:
    """Which part of the network a name belongs to: its name without its number, its row aside.

    >>> [part(name) for name in ("w5", "w6↓", "a_h2", "dE/dw3", "a_h1_2", "lr")]
    ['w', 'w', 'a_h', 'dE/d', 'a_h1_', 'lr']
    """
    if name.startswith(GRADIENT):
        return GRADIENT
    found = PART.fullmatch(name)
    return found[1] if found else name.rstrip(ABOVE + BELOW)


def row_of(name: str) -> str:
    """The mark of another row that a name has, or nothing."""
    found = re.search(r"[↑↓]$|@[+-]\d+$", name)
    return found[0] if found else ""


def plain(name: str) -> str:
    """The name without a mark of another row."""
    return name.removesuffix(row_of(name))


def pretty(name: str) -> str:
    """The name as people write it.

    >>> pretty("dE/dw3"), pretty("da_o1/do1"), pretty("h1")
    ('∂E/∂w3', '∂a_o1/∂o1', 'h1')
    """
    return f"∂{name[1:].replace('/d', '/∂')}" if "/d" in name else name
