"""Receptive field: the reference's table, with every number that follows from another as a formula."""

from __future__ import annotations

from xlbackprop.cnn.model import IMAGE, ReceptiveRow
from xlbackprop.cnn.places import BESIDE_FIELD, FIELD, FIELD_FIRST, YOURS, Places, on
from xlbackprop.cnn.sheets import as_trained
from xlbackprop.cnn.sheets.explained import explained
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.cnn.sheets.layer_formulas import COLUMN, bordered_formula, formulas_of, values_of
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import HUES, QUIET
from xlbackprop.pages.page import Cell, Chart, Choice, Mark, Page, Place, Value

VERDICT, NUMBER, SO_FAR, EDGE = (BESIDE_FIELD + n for n in range(4))
HEADER = FIELD_FIRST - 1
IMAGE_AT: Place = (FIELD_FIRST, COLUMN["n_in"])
HEADINGS = {  # as the reference writes them, and the part of the net that gives each its hue
    "layer": ("Layer", "left"),
    "n_in": ("n_in\n(input image)", "input band"),
    "r_in": ("r_in\n(input RF)", "input band"),
    "stride": ("stride", ""),
    "padding": ("padding", ""),
    "kernel": ("kernel", ""),
    "j_in": ("j_in", "input band"),
    "j_out": ("j_out", "output band"),
    "r_out": ("r_out\n(out RF)", "output band"),
    "n_out": ("n_out\n(output image)", "output band"),
    "ch_in": ("channel_in", "input band"),
    "ch_out": ("channel_out", "output band"),
    "parameters": ("Parameters", "hidden band"),
}
WIDTHS = {
    (1, 1): 104,
    (2, 13): 72,
    (2, 2): 88,
    (10, 10): 96,
    (11, 13): 84,
    (VERDICT, VERDICT): 200,
    (NUMBER, EDGE): 56,
    **as_trained.WIDTHS,
}
NOTHING = "At the end nothing is left: a kernel does not fit into what it gets, see the rows in red."
CENTRED = "count,rule,center"
STYLES = {"r_out": f"bold,{CENTRED}", "parameters": "bold,count,rule,beside"}
LEAST = dict.fromkeys(YOURS, 1) | {"padding": 0}  # that makes sense


def page(places: Places) -> Page:
    """The sheet."""
    cells = head(FIELD, Cell("Receptive field, layer by layer", "title"), _finding(places), WIDTHS)
    cells[4, 1] = Cell(
        "Yellow cells are yours: change a kernel, a stride, a padding or a number of channels, and all below follows.",
        "hint",
    )
    for name, (text, hue) in HEADINGS.items():
        align = {"layer": "left", "parameters": "beside"}.get(name, "center")
        cells[HEADER, COLUMN[name]] = Cell(text, f"{hue},{align},wrap,bold,strong".lstrip(","))
    cells[HEADER, VERDICT] = Cell("against the image", "bold,strong,center")
    cells |= as_trained.headings() | {
        (HEADER, column): Cell(text, "hint,center,wrap,strong")
        for column, text in ((NUMBER, "row"), (SO_FAR, "one unit sees"), (EDGE, "the image"))
    }
    window = None
    for n, row in enumerate(places.field_rows):
        cells |= _line(places, n, row, window)
        window = FIELD_FIRST + n if row.seen else window
    below = places.field_total[0] + 2
    cells |= _total(places) | as_trained.total(places) | explained(below)
    return Page(
        name=FIELD,
        kind="step",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, {HEADER: 38}),
        charts=(_chart(places, (below, 9)),),
        choices=tuple(_choice(place, cell.label) for place, cell in cells.items() if "yours" in cell.style),
        merged=(as_trained.OVER,),
        marks=(*_marks(places), as_trained.MARK),
        freeze=(FIELD_FIRST, 2),
        header_row=HEADER,
    )


def _line(places: Places, n: int, row: ReceptiveRow, window: int | None) -> dict[Place, Cell]:
    """One layer; `window`: the row of the last one that slides a window."""
    here, layer = FIELD_FIRST + n, row.layer
    values = values_of(row)
    formulas = formulas_of(n, row, window)
    cells = {(here, 1): Cell(layer.title, "bold,rule")}
    yours: dict[str, Value] = {}
    for name, column in COLUMN.items():
        if name == "layer":
            continue
        value = values.get(name)
        if value is None:
            cells[here, column] = Cell("", "rule")
        elif name in formulas:
            cells[here, column] = Cell(value, STYLES.get(name, CENTRED), formulas[name], f"{name} of row {n + 1}")
        elif name in YOURS:
            yours[name] = value
            cells[here, column] = Cell(value, "yours,count,center", label=name)
        else:
            cells[here, column] = Cell(value, STYLES.get(name, CENTRED), label=name)
    return cells | _aside(places, n, row) | as_trained.beside(here, yours)


def _aside(places: Places, n: int, row: ReceptiveRow) -> dict[Place, Cell]:
    """Right of the table: where the field is wider than the image, and the columns of the chart."""
    here = FIELD_FIRST + n
    r_out, edge = a1(here, COLUMN["r_out"]), a1(*IMAGE_AT, absolute=True)
    sees = [before.seen.r_out for before in places.field_rows[: n + 1] if before.seen][-1]
    wider = f"exceeds the image by {sees - IMAGE}" if sees > IMAGE else "inside the image"
    cells = {
        (here, NUMBER): Cell(n + 1, "hint,center,rule"),
        (here, SO_FAR): Cell(
            sees, "hint,center,rule", f"={r_out if row.seen else a1(here - 1, SO_FAR)}", "receptive field so far"
        ),
        (here, EDGE): Cell(IMAGE, "hint,center,rule", f"={edge}", "edge of the image"),
        (here, VERDICT): Cell("", "rule"),
    }
    if row.seen:
        cells[here, VERDICT] = Cell(wider, "rule,center", _against(here), f"against the image, row {n + 1}")
    return cells


def _against(here: int) -> str:
    """The formula of what a row comes to against the image, or of why nothing comes out of it."""
    n_in, kernel, r_out, n_out = (a1(here, COLUMN[name]) for name in ("n_in", "kernel", "r_out", "n_out"))
    edge, fits = a1(*IMAGE_AT, absolute=True), f"({bordered_formula(here)})"
    wider = f'IF({r_out}>{edge},"exceeds the image by "&({r_out}-{edge}),"inside the image")'
    why = f'IF(ISNUMBER({n_in}),"kernel "&{kernel}&" does not fit in "&{fits}&" × "&{fits},"nothing comes in")'
    return f"=IF(ISNUMBER({n_out}),{wider},{why})"


def _marks(places: Places) -> tuple[Mark, ...]:
    first, last = (FIELD_FIRST, VERDICT), (places.field_total[0] - 1, VERDICT)
    return tuple(Mark(first, last, begins, "loss ink") for begins in ("exceeds", "kernel", "nothing"))


def _finding(places: Places) -> Cell:
    """The finding, under the title."""
    seen = [FIELD_FIRST + n for n, row in enumerate(places.field_rows) if row.seen][-1]
    sees = [row.seen.r_out for row in places.field_rows if row.seen][-1]
    r_out, n_out, edge = a1(seen, COLUMN["r_out"]), a1(seen, COLUMN["n_out"]), a1(*IMAGE_AT)
    sentence = f'"At the end one unit sees "&{r_out}&" × "&{r_out}&" pixels, of an image of "&{edge}&" × "&{edge}&"."'
    return Cell(
        f"At the end one unit sees {sees} × {sees} pixels, of an image of {IMAGE} × {IMAGE}.",
        "base",
        f'=IF(ISNUMBER({n_out}),{sentence},"{NOTHING}")',
        "the finding",
    )


def _total(places: Places) -> dict[Place, Cell]:
    row, column = places.field_total
    numbers = f"{a1(FIELD_FIRST, column)}:{a1(row - 1, column)}"
    return {
        (row, column - 1): Cell("Total params", "bold,beside"),
        (row, column): Cell(
            places.result.arch.parameters, "bold,count,beside", f"=SUM({numbers})", "total of the parameters"
        ),
    }


def _choice(place: Place, name: str) -> Choice:
    least = LEAST[name]
    return Choice(
        place,
        {
            "validate": "integer",
            "criteria": "between",
            "minimum": least,
            "maximum": 4096,
            "input_title": {"ch_in": "channel_in", "ch_out": "channel_out"}.get(name, name),
            "error_title": "A whole number, please",
            "error_message": f"Type a whole number from {least} to 4096.",
        },
    )


def _chart(places: Places, place: Place) -> Chart:
    last = FIELD_FIRST + len(places.field_rows) - 1

    def run(column: int) -> str:
        return f"{on(FIELD, (FIELD_FIRST, column))}:{a1(last, column, absolute=True)}"

    lines = ((SO_FAR, HUES["output"]), (EDGE, QUIET))
    return Chart(
        place=place,
        size=(650, 250),
        title="What one unit sees, against the image",
        x_title="row of the table",
        y_title="pixels along an edge",
        series=tuple((on(FIELD, (HEADER, column)), run(NUMBER), run(column), colour) for column, colour in lines),
        description="Line chart: the receptive field after each row of the table, and the edge of the image",
        x_last=len(places.field_rows),
        legend=True,
        lines=("strong", "band"),
        markers=True,
        y_format="0",
    )
