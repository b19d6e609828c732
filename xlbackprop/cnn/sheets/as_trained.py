"""As trained: the numbers that the net was trained with, fixed, beside the table that anyone may change."""

from __future__ import annotations

from collections.abc import Mapping

from xlbackprop.cnn.places import EDITED, FIELD_FIRST, TRAINED, Places
from xlbackprop.cnn.sheets.layer_formulas import COLUMN
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Mark, Place, Value

HEADER = FIELD_FIRST - 1
OVER = ((HEADER - 1, min(TRAINED.values())), (HEADER - 1, EDITED))  # the heading of it all
NOTE: Place = (HEADER - 1, 1)
WIDTHS = {(min(TRAINED.values()), EDITED): 46}
MARK = Mark(NOTE, NOTE, "Edited", "loss ink")
AS_IT_WAS = "This is the net as it was trained."
EDITS = "Edited: no such net was trained. Accuracy, curves and mistakes on the other sheets are of the net as trained."


def headings() -> dict[Place, Cell]:
    """What stands over the numbers."""
    cells = {(HEADER, column): Cell(name, "hint,center,strong") for name, column in TRAINED.items()}
    cells[HEADER, EDITED] = Cell("edited", "hint,center,strong")
    return cells | {OVER[0]: Cell("as trained", "hint,center")}


def beside(here: int, yours: Mapping[str, Value]) -> dict[Place, Cell]:
    """A row. yours: by column, what stands in the cells of it that may be changed."""
    cells = {(here, column): Cell(yours.get(name, ""), "hint,center,rule") for name, column in TRAINED.items()}
    differ = (f"({a1(here, COLUMN[name])}<>{a1(here, TRAINED[name])})" for name in TRAINED if name in yours)
    text = "+".join(differ)
    edited = Cell(0, "hint,sparse,center,rule", f"={text}", "edited cells") if text else Cell("", "rule")
    return cells | {(here, EDITED): edited}


def total(places: Places) -> dict[Place, Cell]:
    """Under the rows: the parameters as trained, how many cells are not as trained, and what that means, in words."""
    (row, column), parameters = places.field_total, places.result.arch.parameters
    trained, rows = places.trained_parameters, f"{a1(FIELD_FIRST, EDITED)}:{a1(row - 1, EDITED)}"
    count = f"=MAX(SUM({rows}),IF({a1(row, column)}={a1(*trained)},0,1))"
    return {
        (row, trained[1] - 1): Cell("Total params", "hint,right"),
        trained: Cell(parameters, "hint,count,right"),
        places.edited: Cell(0, "bold,sparse,center", count, "cells that are not as trained"),
        NOTE: Cell(AS_IT_WAS, "hint", f'=IF({a1(*places.edited)}=0,"{AS_IT_WAS}","{EDITS}")', "whether it was trained"),
    }
