"""Data: the samples that are learnt, a line each, where there are several."""

from __future__ import annotations

from xlbackprop.pages.page import Cell, Choice, Page, Place
from xlbackprop.pages.plan import CHECK, COLUMN_WIDTH, STEP, Run
from xlbackprop.pages.typed import ANY_NUMBER
from xlbackprop.pages.yours import DATA, DATA_HEADER, START

TURNS = {
    True: "Every step learns from all of them at once: the total loss is their mean.",
    False: "Each step learns from one of them: line after line, then from the top again.",
}


def page(run: Run) -> Page:
    """The sheet of the samples."""
    plan, places = run.plan, run.plan.places
    names = (*places.inputs, *places.targets)
    samples = len(plan.network.samples)
    cells: dict[Place, Cell] = {
        (1, 1): Cell("The samples", "title"),
        (1, 8): Cell(START, "link", link=START),
        (1, 9): Cell(STEP, "link", link=STEP),
        (1, 10): Cell(CHECK, "link", link=CHECK),
        (2, 1): Cell("One line is one sample: what the network is shown, and what it should answer.", "hint"),
        (3, 1): Cell(f"{TURNS[plan.network.full_batch]} Change a yellow cell, and everything follows.", "hint"),
        (DATA_HEADER - 1, 2): Cell("inputs", "input ink,bold"),
        (DATA_HEADER - 1, 2 + len(places.inputs)): Cell("targets", "input ink,bold"),
        (DATA_HEADER, 1): Cell("sample", "input band,right"),
    }
    for column, name in enumerate(names, start=2):
        cells[DATA_HEADER, column] = Cell(name, "input band,right")
    cells |= {yours.place: Cell(value, "yours,plain", label=yours.label) for yours, value in run.yours(DATA)}
    for k in range(1, samples + 1):
        cells[DATA_HEADER + k, 1] = Cell(k, "hint,right")
    first, last = (DATA_HEADER + 1, 2), (DATA_HEADER + samples, 1 + len(names))
    return Page(
        name=DATA,
        kind="yours",
        cells=cells,
        widths={(1, max(14, 1 + len(names))): COLUMN_WIDTH},
        heights={1: 30},
        choices=(Choice(first, ANY_NUMBER, last),),
        freeze=(DATA_HEADER + 1, 2),
        header_row=DATA_HEADER,
    )
