"""Receptive field: the reference's table, with every number that follows from another as a formula."""

from __future__ import annotations

from xlbackprop.cnn.model import IMAGE, ReceptiveRow
from xlbackprop.cnn.places import FIELD, FIELD_COLUMNS, FIELD_FIRST, Places, on
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.cnn.sheets.layer_formulas import COLUMN, formulas_of, values_of
from xlbackprop.layout import a1
from xlbackprop.look import HUES, QUIET
from xlbackprop.page import Cell, Chart, Choice, Mark, Page, Place

VERDICT, NUMBER, SO_FAR, EDGE = (len(FIELD_COLUMNS) + n for n in (1, 2, 3, 4))
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
    (2, 13): 74,
    (2, 2): 90,
    (10, 10): 100,
    (11, 12): 86,
    (VERDICT, VERDICT): 176,
    (NUMBER, EDGE): 58,
}
HOW = (
    ("j_out", "= j_in · stride", "input pixels between two neighbouring units"),
    ("r_out", "= r_in + (kernel − 1) · j_in", "input pixels that one unit sees, along an edge"),
    ("n_out", "= ⌊(n_in + 2 · padding − kernel) / stride⌋ + 1", "pixels of the output, along an edge"),
    ("Parameters", "= channel_out · (channel_in · kernel² + bias)", "of a convolution; a batch norm has 2 a channel"),
)
TRY = (
    "The first kernel 5 instead of 3: r_out grows by 2 in its row and in every row below, and Parameters by 128.",
    "The first stride 2: every j_out doubles, so r_out grows twice as fast, while n_out shrinks to nothing.",
    "The first padding 0: n_out loses 2 pixels; pooling rounds down, so the loss may vanish, or end in an empty image.",
    "Another channel_out: the next layer's channel_in follows, and the parameters of both change.",
)
CENTRED = "count,rule,center"
STYLES = {"r_out": f"bold,{CENTRED}", "parameters": "bold,count,rule,beside"}
LIMITS = {"stride": 1, "padding": 0, "kernel": 1, "ch_out": 1, "ch_in": 1, "n_in": 1}  # the least that makes sense


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
    cells |= {
        (HEADER, column): Cell(text, "hint,center,wrap,strong")
        for column, text in ((NUMBER, "row"), (SO_FAR, "one unit sees"), (EDGE, "the image"))
    }
    window = None
    for n, row in enumerate(places.field_rows):
        cells |= _line(places, n, row, window)
        window = FIELD_FIRST + n if row.seen else window
    below = places.field_total[0] + 2
    cells |= _total(places) | _texts(below)
    return Page(
        name=FIELD,
        kind="step",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, {HEADER: 38}),
        charts=(_chart(places, (below, 9)),),
        choices=tuple(_choice(place, cell.label) for place, cell in cells.items() if "yours" in cell.style),
        marks=tuple(
            Mark((FIELD_FIRST, VERDICT), (places.field_total[0] - 1, VERDICT), begins, style)
            for begins, style in (("exceeds", "loss ink"), ("nothing", "loss ink"))
        ),
        freeze=(FIELD_FIRST, 2),
        header_row=HEADER,
    )


def _line(places: Places, n: int, row: ReceptiveRow, window: int | None) -> dict[Place, Cell]:
    """One layer; `window`: the row of the last one that slides a window."""
    here, layer = FIELD_FIRST + n, row.layer
    values = values_of(row)
    formulas = formulas_of(n, row, window)
    cells = {(here, 1): Cell(layer.title, "bold,rule")}
    for name, column in COLUMN.items():
        if name == "layer":
            continue
        value = values.get(name)
        if value is None:
            cells[here, column] = Cell("", "rule")
        elif name in formulas:
            cells[here, column] = Cell(value, STYLES.get(name, CENTRED), formulas[name], f"{name} of row {n + 1}")
        else:
            mine = name in LIMITS and (name != "ch_out" or layer.kind == "Conv2d")
            style = "yours,count,center" if mine else STYLES.get(name, CENTRED)
            cells[here, column] = Cell(value, style, label=name)
    return cells | _aside(places, n, row)


def _aside(places: Places, n: int, row: ReceptiveRow) -> dict[Place, Cell]:
    """Right of the table: where the field is wider than the image, and the columns of the chart."""
    here = FIELD_FIRST + n
    r_out, n_out, edge = a1(here, COLUMN["r_out"]), a1(here, COLUMN["n_out"]), a1(*IMAGE_AT, absolute=True)
    sees = [before.seen.r_out for before in places.field_rows[: n + 1] if before.seen][-1]
    wider = f"exceeds the image by {sees - IMAGE}" if sees > IMAGE else "inside the image"
    beyond = f'IF({r_out}>{edge},"exceeds the image by "&({r_out}-{edge}),"inside the image")'
    text = f'=IF({n_out}<1,"nothing is left to see",{beyond})'
    cells = {
        (here, NUMBER): Cell(n + 1, "hint,center,rule"),
        (here, SO_FAR): Cell(
            sees, "hint,center,rule", f"={r_out if row.seen else a1(here - 1, SO_FAR)}", "receptive field so far"
        ),
        (here, EDGE): Cell(IMAGE, "hint,center,rule", f"={edge}", "edge of the image"),
        (here, VERDICT): Cell("", "rule"),
    }
    if row.seen:
        cells[here, VERDICT] = Cell(wider, "rule,center", text, f"against the image, row {n + 1}")
    return cells


def _finding(places: Places) -> Cell:
    """The finding, under the title."""
    seen = [FIELD_FIRST + n for n, row in enumerate(places.field_rows) if row.seen][-1]
    sees = [row.seen.r_out for row in places.field_rows if row.seen][-1]
    r_out, edge = a1(seen, COLUMN["r_out"]), a1(*IMAGE_AT)
    return Cell(
        f"At the end one unit sees {sees} × {sees} pixels, of an image of {IMAGE} × {IMAGE}.",
        "base",
        f'="At the end one unit sees "&{r_out}&" × "&{r_out}&" pixels, of an image of "&{edge}&" × "&{edge}&"."',
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


def _texts(row: int) -> dict[Place, Cell]:
    cells = {(row, 1): Cell("How each is reckoned", "heading")}
    for n, (name, rule, meaning) in enumerate(HOW, start=1):
        cells[row + 2 * n - 1, 1] = Cell(name, "bold")
        cells[row + 2 * n - 1, 2] = Cell(rule, "mono,small")
        cells[row + 2 * n, 2] = Cell(meaning, "hint")
    below = row + 2 * len(HOW) + 2
    cells[below, 1] = Cell("What to try", "heading")
    return cells | {(below + n, 1): Cell(text) for n, text in enumerate(TRY, start=1)}


def _choice(place: Place, name: str) -> Choice:
    least = LIMITS[name]
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
