"""Values that drift: what a training makes of the last bits in which programs differ, told from what is wrong.

A training can multiply a relative difference of 1e-16 from step to step until it counts, Adam with a large rate among
others. A program is right where each row follows from the row above as that program has it: then nothing adds up.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlbackprop.engines import Values
from xlbackprop.pages.book import pages
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import Run
from xlbackprop.proof.compare import Difference, Measure, value_differences
from xlbackprop.proof.lanes import run_by_numpy


def wrong_values(
    run: Run, expected: Sequence[Page], values: Values, kind: str, drift: bool = True
) -> tuple[Measure, list[Difference]]:
    """How far a workbook's values lie from NumPy's at most, and those that lie too far whichever way they are judged.

    expected: the pages of the run, whose rows follow from NumPy's own. Where a value is not among these, it is judged
    by what the rows come to that follow from the workbook's; drift: whether that counts, too.
    """
    measure, found = value_differences(expected, values, kind)
    if not found or not drift:
        return measure, found
    measure, again = value_differences(pages(run_by_numpy(run.plan, run.given, values)), values, kind)
    places = {(one.sheet, one.cell) for one in again}
    return measure, [one for one in found if (one.sheet, one.cell) in places]
