"""Training: every epoch as measured, of each seed; mean, lowest and highest as formulas; the curves."""

from __future__ import annotations

from statistics import fmean

from xlbackprop.cnn.places import EPOCH_HEADER, TRAINING, Places, span
from xlbackprop.cnn.result import Epoch
from xlbackprop.cnn.sheets import curves
from xlbackprop.cnn.sheets.curves import columns, judges
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Chart, Page, Place

WIDTH = 66
ACROSS = 7  # columns of a chart
CHART_SIZE = (WIDTH * ACROSS - 8, 236)
STYLES = {"loss": "weight", "accuracy": "hundredths", "seconds": "decimal"}
BANDS = {"rate": "input", "loss": "loss", "accuracy": "output", "error": "output", "seconds": "hidden"}
GROUPS = {
    "loss": "training loss",
    "accuracy": "accuracy, %",
    "error": "error, %",
    "seconds": "seconds",
    "rate": "learning rate",
}
FOLDS = (("mean", "AVERAGE", fmean), ("lowest", "MIN", min), ("highest", "MAX", max))


def page(places: Places) -> Page:
    """The sheet."""
    widths = {(1, 1): 56, (2, 2 + 3 * places.seeds + 26): WIDTH}
    result = places.result
    asked = f"{result.epochs} epoch{'s' * (result.epochs > 1)} of {result.wanted} seed{'s' * (result.wanted > 1)}"
    hint = (
        f"{asked}, judged after each epoch on {judges(places)} digits. The numbers of the seeds are measured; "
        "what follows from them is a formula."
    )
    cells = head(TRAINING, Cell("Training, epoch by epoch", "title"), Cell(hint), widths)
    cells[4, 1] = Cell(
        "Nothing is chosen by these curves: what counts is the last epoch. Seconds are of training alone.", "hint"
    )
    cells |= _epochs(places)
    if places.seeds > 1:
        cells |= _seeds(places)
    if not curves.there(places):
        cells[EPOCH_HEADER, max(columns(places).values()) + 2] = Cell("One epoch makes no curves.", "hint")
    return Page(
        name=TRAINING,
        kind="rate",
        cells=cells,
        widths=widths,
        heights=heights(cells, {EPOCH_HEADER: 34}),
        merged=_merged(places),
        charts=_charts(places),
        kept=((1, places.each_seed[0] - 1), (places.each_seed[0], max(cells)[0])) if places.seeds > 1 else (),
        freeze=(EPOCH_HEADER + 1 if places.seeds == 1 else 5, 2),
    )


def _charts(places: Places) -> tuple[Chart, ...]:
    top, left = EPOCH_HEADER - 1, max(columns(places).values()) + 2
    if not curves.there(places):
        return ()
    return (
        curves.accuracy(places, (top, left), CHART_SIZE),
        curves.loss(places, (top, left + ACROSS), CHART_SIZE),
        curves.error(places, (top + 12, left), CHART_SIZE),
        curves.rate(places, (top + 12, left + ACROSS), CHART_SIZE),
    )


def _epochs(places: Places) -> dict[Place, Cell]:
    """The first table: what was measured if there is one seed, else what follows from all of them."""
    longest = max((run.epochs for run in places.result.runs), key=len)
    at, several = columns(places), places.seeds > 1
    cells = {(EPOCH_HEADER, 1): Cell("epoch", "center,bold,strong")}
    for name, column in at.items():
        folded = several and name != "rate"
        if folded:
            cells[EPOCH_HEADER - 1, column] = Cell(GROUPS[name], f"{BANDS[name]} band,center")
        text = ("of mean" if name == "error" else "mean") if folded else GROUPS[name]
        cells[EPOCH_HEADER, column] = Cell(text, f"{BANDS[name]} band,right,strong,wrap")
    for n, row in enumerate(longest):
        here = EPOCH_HEADER + 1 + n
        cells[here, 1] = Cell(row.epoch, "center,rule")
        cells[here, at["rate"]] = Cell(row.learning_rate, "short,rule")
        cells |= _folded(places, n) if several else _measured(places, here, row)
        right = cells[here, at["accuracy"]].value
        text = f"=100-{a1(here, at['accuracy'])}"
        cells[here, at["error"]] = Cell(100 - float(right), "thousandths,rule", text, f"error, epoch {row.epoch}")
    return cells


def _measured(places: Places, here: int, row: Epoch) -> dict[Place, Cell]:
    return {(here, columns(places)[name]): Cell(getattr(row, name), f"{style},rule") for name, style in STYLES.items()}


def _folded(places: Places, n: int) -> dict[Place, Cell]:
    """Mean, lowest and highest of an epoch, of the seeds that came so far."""
    here, cells = EPOCH_HEADER + 1 + n, dict[Place, Cell]()
    for name, style in STYLES.items():
        first = getattr(places, name)(0)
        row = places.seeds_header + 1 + n
        numbers = span((row, first), (row, first + places.seeds - 1))
        values = [getattr(run.epochs[n], name) for run in places.result.runs if n < len(run.epochs)]
        for place, (word, function, fold) in enumerate(FOLDS[: 1 if name == "seconds" else 3]):
            column = columns(places)[name] + place
            what = f"{word} {name}, epoch {n + 1}"
            shape = "thousandths" if name == "accuracy" and word == "mean" else style
            cells[here, column] = Cell(fold(values), f"{shape},rule", f"={function}({numbers})", what)
            cells[EPOCH_HEADER, column] = Cell(word, f"{BANDS[name]} band,right,strong")
    return cells


def _seeds(places: Places) -> dict[Place, Cell]:
    """The second table: what was measured, seed by seed."""
    top = places.seeds_header
    cells = {
        places.each_seed: Cell("Each seed", "heading"),
        (top, 1): Cell("epoch", "center,bold,strong"),
    }
    for name, style in STYLES.items():
        first = getattr(places, name)(0)
        cells[top - 1, first] = Cell(GROUPS[name], f"{BANDS[name]} band,center")
        for k, run in enumerate(places.result.runs):
            cells[top, first + k] = Cell(f"seed {run.seed}", f"{BANDS[name]} band,right,strong")
            for n, row in enumerate(run.epochs):
                cells[top + 1 + n, first + k] = Cell(getattr(row, name), f"{style},rule")
    for n in range(places.epochs):
        cells[top + 1 + n, 1] = Cell(n + 1, "center,rule")
    return cells


def _merged(places: Places) -> tuple[tuple[Place, Place], ...]:
    """The headings over several columns."""
    if places.seeds == 1:
        return ()
    at, row, top = columns(places), EPOCH_HEADER - 1, places.seeds_header - 1
    over = [((row, at[name]), (row, at[name] + 2)) for name in ("loss", "accuracy")]
    groups = [getattr(places, name)(0) for name in STYLES]
    return (*over, *(((top, first), (top, first + places.seeds - 1)) for first in groups))
