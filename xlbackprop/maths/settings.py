"""Settings: numbers that are the user's to choose, each with its bounds and what it is where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be: in words, and whether one is."""

    words: str
    hold: Callable[[float], bool]


POSITIVE = Bounds("greater than 0", lambda value: value > 0)
NOT_NEGATIVE = Bounds("at least 0", lambda value: value >= 0)
SHARE = Bounds("at least 0 and less than 1", lambda value: 0 <= value < 1)
ANY = Bounds("a number", lambda value: True)


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that is the user's to choose. key: in a template, torch's word; symbol: on a sheet; fits: its bounds."""

    key: str
    symbol: str
    default: float
    fits: Bounds = NOT_NEGATIVE
