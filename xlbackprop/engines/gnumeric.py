"""Gnumeric: reckons in long doubles where the machine has them, and writes all their digits.

So a value beyond a double is #NUM! only once it is read back: EXP(1000) is, 1/(1+EXP(1000)) is 0.
"""

from functools import partial
from pathlib import Path

from xlbackprop.engines.program import converted, version_of
from xlbackprop.engines.values import Engine, Values

PROGRAM = "ssconvert"


def recalculate(path: Path) -> Values:
    """Every value as Gnumeric calculates it."""
    return converted(path, PROGRAM, lambda book, out: ["--recalc", str(book), str(out)])


ENGINE = Engine("gnumeric", partial(version_of, PROGRAM), recalculate)
