"""Architecture: layer, output shape, parameters and multiply-adds, as the well-known summaries print them."""

from __future__ import annotations

from xlbackprop.cnn.layers import KINDS
from xlbackprop.cnn.model import ArchitectureRow, architecture_rows
from xlbackprop.cnn.places import (
    ARCHITECTURE,
    ARCHITECTURE_FIRST,
    FIELD,
    FIELD_FIRST,
    MULTIPLY_ADDS,
    PARAMETERS,
    Places,
    on,
    span,
)
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.cnn.sheets.layer_formulas import COLUMN, symbols
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Ref
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import HEATS, HUES, WHITE
from xlbackprop.pages.page import Cell, Chart, Heat, Page, Place

HEADER = ARCHITECTURE_FIRST - 1
LAYER, SHAPE = 1, 2
SHARES = {PARAMETERS: 5, MULTIPLY_ADDS: 6}  # a column, and that of its shares
WIDTHS = {(1, 1): 130, (2, 2): 132, (3, 6): 112, (7, 7): 24}
HEADINGS = {
    LAYER: ("Layer (type)", "left"),
    SHAPE: ("Output shape", "output band,beside"),
    PARAMETERS: ("Parameters", "hidden band,beside"),
    MULTIPLY_ADDS: ("Multiply-adds", "gradient band,beside"),
    SHARES[PARAMETERS]: ("% of parameters", "hidden band,right"),
    SHARES[MULTIPLY_ADDS]: ("% of the work", "gradient band,right"),
}
HUE = {PARAMETERS: "hidden", MULTIPLY_ADDS: "gradient"}


def page(places: Places) -> Page:
    """The sheet."""
    total = places.architecture_total
    hint = f"Every number follows from the sheet {FIELD}: change a kernel or a channel there, and look here."
    cells = head(ARCHITECTURE, Cell("Architecture, as a summary prints it", "title"), Cell(hint), WIDTHS)
    cells[4, 1] = Cell(
        "For one image; −1 stands for the number of images in a batch. A multiply-add is one product, added up.", "hint"
    )
    cells |= {(HEADER, column): Cell(text, f"{style},bold,strong") for column, (text, style) in HEADINGS.items()}
    rows = zip(architecture_rows(places.result.arch), _sources(places), strict=True)
    for here, (row, source) in enumerate(rows, start=ARCHITECTURE_FIRST):
        cells |= _line(places, here, row, source)
    cells |= _totals(places)
    heats = tuple(
        Heat((((ARCHITECTURE_FIRST, share), (total - 1, share)),), (WHITE, HEATS[HUE[column]]))
        for column, share in SHARES.items()
    )
    return Page(
        name=ARCHITECTURE,
        kind="step",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, {HEADER: 24}),
        charts=(
            _chart(places, (HEADER, 8), PARAMETERS, "Where the parameters are"),
            _chart(places, (HEADER + 13, 8), MULTIPLY_ADDS, "Where the work is"),
        ),
        heats=heats,
        freeze=(ARCHITECTURE_FIRST, 2),
        header_row=HEADER,
    )


def _sources(places: Places) -> list[int | None]:
    """Each layer's row on the sheet of receptive fields; None for a function, which has no row there."""
    listed = [row.layer for row in places.field_rows]
    found: list[int | None] = []
    taken = 0
    for layer in places.result.arch.layers:
        there = taken < len(listed) and layer == listed[taken]
        found.append(FIELD_FIRST + taken if there else None)
        taken += there
    return found


def _line(places: Places, here: int, row: ArchitectureRow, source: int | None) -> dict[Place, Cell]:
    """One layer; what a function costs is nothing, and is no formula."""
    channels, height, width = row.shape
    shape, texts = f"={a1(here - 1, SHAPE)}", _formulas(places, source) if source else {}
    if source:
        n_out, ch_out = (on(FIELD, (source, COLUMN[name])) for name in ("n_out", "ch_out"))
        shape = f'=IF(ISNUMBER({n_out}),"[-1, "&{ch_out}&", "&{n_out}&", "&{n_out}&"]","nothing")'
    cells = {
        (here, LAYER): Cell(row.layer, "bold,rule"),
        (here, SHAPE): Cell(
            f"[-1, {channels}, {height}, {width}]", "mono,small,beside,rule", shape, f"shape of {row.layer}"
        ),
    }
    for column, value in ((PARAMETERS, row.parameters), (MULTIPLY_ADDS, row.multiply_adds)):
        what = f"{HEADINGS[column][0]} of {row.layer}"
        whole = a1(places.architecture_total, column, absolute=True)
        share = f"=IF({whole}=0,0,100*{a1(here, column)}/{whole})"
        cells[here, column] = Cell(value, "sparse,rule,beside", texts.get(column), what)
        cells[here, SHARES[column]] = Cell(100 * value / _whole(places)[column], "share,rule,right", share, f"% {what}")
    return cells


def _formulas(places: Places, source: int) -> dict[int, str]:
    """Parameters and multiply-adds from the sheet of receptive fields."""
    row = places.field_rows[source - FIELD_FIRST]
    layer, _ = symbols(row)
    adds = KINDS[row.layer.kind].multiply_adds(layer)
    found = {PARAMETERS: f"={on(FIELD, (source, COLUMN['parameters']))}"}
    if adds:
        work = adds * layer.ch_out * Ref("n_out") ** 2
        text = formula(work, lambda ref: on(FIELD, (source, COLUMN[ref.name]))).removeprefix("=")
        found[MULTIPLY_ADDS] = f"=IF(ISNUMBER({on(FIELD, (source, COLUMN['n_out']))}),{text},0)"
    return found


def _whole(places: Places) -> dict[int, int]:
    rows = architecture_rows(places.result.arch)
    return {PARAMETERS: sum(row.parameters for row in rows), MULTIPLY_ADDS: sum(row.multiply_adds for row in rows)}


def _totals(places: Places) -> dict[Place, Cell]:
    """Under the table; every parameter is trained, as in each net of ours."""
    row, whole = places.architecture_total, _whole(places)
    cells: dict[Place, Cell] = {(row, LAYER): Cell("Total", "bold"), (row, SHAPE): Cell("")}
    for column, style in ((PARAMETERS, "bold,count,beside"), (MULTIPLY_ADDS, "bold,count,beside")):
        numbers = span((ARCHITECTURE_FIRST, column), (row - 1, column))
        cells[row, column] = Cell(whole[column], style, f"=SUM({numbers})", f"total {HEADINGS[column][0]}")
    cells[row + 1, LAYER] = Cell("Trainable")
    cells[row + 1, PARAMETERS] = Cell(
        whole[PARAMETERS], "count,beside", f"={a1(row, PARAMETERS)}", "trainable parameters"
    )
    cells[row + 2, LAYER] = Cell("Not trainable")
    cells[row + 2, PARAMETERS] = Cell(
        0, "count,beside", f"={a1(row, PARAMETERS)}-{a1(row + 1, PARAMETERS)}", "parameters that are not trained"
    )
    return cells


def _chart(places: Places, place: Place, column: int, title: str) -> Chart:
    last, share = places.architecture_total - 1, SHARES[column]
    return Chart(
        place=place,
        size=(520, 250),
        title=title,
        x_title="",
        y_title="%",
        series=(
            (
                on(ARCHITECTURE, (HEADER, share)),
                span((ARCHITECTURE_FIRST, LAYER), (last, LAYER), ARCHITECTURE),
                span((ARCHITECTURE_FIRST, share), (last, share), ARCHITECTURE),
                HUES[HUE[column]],
            ),
        ),
        description=f"Columns: {HEADINGS[share][0]} in each layer",
        x_last=0,
        columns=True,
        y_format="0",
    )
