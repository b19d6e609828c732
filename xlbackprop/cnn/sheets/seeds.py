"""The seeds on Summary: what each came to at its last epoch, their mean and their deviation."""

from __future__ import annotations

from xlbackprop.cnn.places import (
    COUNTED,
    ENDED,
    LAST_ACCURACY,
    LAST_LOSS,
    OFF,
    SECONDS,
    SEED,
    SEED_HEADER,
    TRAINING,
    Places,
)
from xlbackprop.cnn.result import Run
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Place

HEADINGS = {
    SEED: ("seed", "center"),
    ENDED: ("epochs", "right"),
    LAST_LOSS: ("loss", "loss band,right"),
    LAST_ACCURACY: ("accuracy", "output band,right"),
    COUNTED: ("counted", "output band,right"),
    OFF: ("minus mean", "output band,right"),
    SECONDS: ("seconds", "hidden band,right"),
}
ONE_SEED = "one seed has none"
COUNTS = "counted: the accuracy of a seed that came to its last epoch, or of all if none did."
MINUS = "minus mean: how far above (+) or below (−) the mean it is, in percentage points."


def seeds(places: Places) -> dict[Place, Cell]:
    """The table; a seed that was interrupted does not count, unless all were."""
    cells = {(SEED_HEADER - 1, SEED): Cell("Seeds, at their last epoch", "heading")}
    cells |= {(SEED_HEADER, column): Cell(text, f"{style},bold,strong") for column, (text, style) in HEADINGS.items()}
    for k, run in enumerate(places.result.runs):
        cells |= _line(places, k, run)
    return cells | _folded(places)


def _line(places: Places, k: int, run: Run) -> dict[Place, Cell]:
    result, here, last = places.result, places.seed_row(k), run.epochs[-1]
    ended, counted, mean = a1(here, ENDED), a1(here, COUNTED), a1(*places.mean, absolute=True)
    counts, all_ended = run in result.counted, places.seeds_of(ENDED)
    off = last.accuracy - result.mean if counts and len(result.counted) > 1 else ""

    def final(column: int) -> str:
        return f"=INDEX({places.epochs_of(column, TRAINING, header=True)},{ended}+1)"

    texts = {
        ENDED: (len(run.epochs), "count", f"=COUNT({places.epochs_of(places.accuracy(k), TRAINING)})"),
        LAST_LOSS: (last.loss, "weight", final(places.loss(k))),
        LAST_ACCURACY: (last.accuracy, "percent", final(places.accuracy(k))),
        COUNTED: (
            last.accuracy if counts else "",
            "percent",
            f'=IF(OR({ended}={result.epochs},MAX({all_ended})<{result.epochs}),{a1(here, LAST_ACCURACY)},"")',
        ),
        OFF: (
            off,
            "signed",
            f'=IF(COUNT({places.seeds_of(COUNTED)})>1,IF(ISNUMBER({counted}),{counted}-{mean},""),"")',
        ),
        SECONDS: (run.seconds, "decimal", f"=SUM({places.epochs_of(places.seconds(k), TRAINING)})"),
    }
    cells = {(here, SEED): Cell(run.seed, "center,bold,rule,plain")}
    for column, (value, style, text) in texts.items():
        what = f"{HEADINGS[column][0]} of seed {run.seed}"
        cells[here, column] = Cell(value, f"{style},rule", text, what)
    return cells


def _folded(places: Places) -> dict[Place, Cell]:
    """Mean and deviation of what counts; the deviation is a sample's, so it takes two."""
    result, row = places.result, places.deviation[0]
    counted, off = places.seeds_of(COUNTED), places.seeds_of(OFF)
    spread = ONE_SEED if result.std is None else result.std
    deviation = f'=IF(COUNT({counted})>1,SQRT(SUMSQ({off})/(COUNT({counted})-1)),"{ONE_SEED}")'
    return {
        (row - 1, SEED): Cell("mean", "bold,center"),
        places.mean: Cell(result.mean, "bold,exact percent", f"=AVERAGE({counted})", "mean accuracy"),
        (row - 1, SECONDS - 1): Cell("sum", "hint,right"),
        places.all_seconds: Cell(
            result.trained_seconds, "bold,decimal", f"=SUM({places.seeds_of(SECONDS)})", "seconds of training"
        ),
        (row, SEED): Cell("deviation", "bold,center"),
        places.deviation: Cell(
            spread,
            "bold,exact percent,right",
            deviation,
            "deviation of the accuracies",
        ),
        (row + 1, SEED): Cell(COUNTS, "hint"),
        (row + 2, SEED): Cell(MINUS, "hint"),
    }
