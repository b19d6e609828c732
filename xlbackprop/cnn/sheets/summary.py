"""Summary: whether the requirements are met, whether the sheets agree, the seeds, and how to do it again."""

from __future__ import annotations

from xlbackprop.cnn.places import FIELD, SEED, SUMMARY, Places, on
from xlbackprop.cnn.sheets import curves
from xlbackprop.cnn.sheets.curves import judges
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.cnn.sheets.seeds import seeds
from xlbackprop.cnn.sheets.told import recipe, where
from xlbackprop.cnn.sheets.verdicts import LIMITS, REQUIRED, VERDICTS, agreement, requirements
from xlbackprop.layout import a1
from xlbackprop.page import Cell, Page, Place
from xlbackprop.shown import rounded

WIDTHS = {(1, 1): 196, (2, 3): 112, (4, 4): 78, (5, 5): 36, (6, 12): 74}
RECIPE = 20
CHART: Place = (REQUIRED, SEED)
CHART_SIZE = (7 * 74, 290)


def page(places: Places) -> Page:
    """The first sheet."""
    cells = head(SUMMARY, Cell("Handwritten digits: what the training gave", "title"), _finding(places), WIDTHS)
    cells[4, 1] = Cell(_honesty(places), "hint")
    if not places.result.complete:
        cells[5, 1] = Cell(_interrupted(places), "loss ink,bold")
    cells |= requirements(places) | agreement(places) | seeds(places)
    for n, (name, text) in enumerate((("Recipe", ""), *recipe(places.result))):
        cells[RECIPE + n, 1] = Cell(name, "bold" if n else "heading")
        cells |= {(RECIPE + n, 2): Cell(text, "left,plain")} if n else {}
    below = max(row for row, _ in cells) + 2
    for n, (name, text) in enumerate((("Where, with what, and how to do it again", ""), *where(places.result))):
        cells[below + n, 1] = Cell(name, "bold" if n else "heading")
        style = "mono,small" if name in {"command", "weights"} else "left,plain"
        cells |= {(below + n, 2): Cell(text, style)} if n else {}
    return Page(
        name=SUMMARY,
        kind="start",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells),
        charts=(curves.accuracy(places, CHART, CHART_SIZE),),
        choices=LIMITS,
        verdicts=VERDICTS,
        freeze=(4, 1),
    )


def _finding(places: Places) -> Cell:
    """What came out, in a sentence."""
    result, several = places.result, len(places.result.counted) > 1
    total = on(FIELD, places.field_total)
    mean, deviation = a1(*places.mean), a1(*places.deviation)
    digits = f" % of {judges(places)} digits right"
    seeds = f" (mean of {len(result.counted)} seeds, deviation " if several else ""
    spread = f'&"{seeds}"&ROUND({deviation},3)&")"' if several else ""
    with_spread = f"{seeds}{rounded(result.std, 3)})" if several else ""
    return Cell(
        f"{rounded(result.mean, 3)}{digits}{with_spread}, with {result.arch.parameters} parameters.",
        "bold",
        f'=ROUND({mean},3)&"{digits}"{spread}&", with "&{total}&" parameters."',
        "the finding",
    )


def _honesty(places: Places) -> str:
    result = places.result
    if result.holdout:
        return (
            f"Judged on {result.holdout:,} training digits that were held out: the net did not learn from them, and "
            "the test digits were not looked at. Accuracy is of the last epoch, never the best of many."
        )
    return (
        "Accuracy is of the last epoch, never the best of many. The test digits judge, and choose nothing: "
        "neither recipe, nor epoch, nor seed."
    )


def _interrupted(places: Places) -> str:
    result = places.result
    done = ", ".join(f"seed {run.seed} did {len(run.epochs)}" for run in result.runs)
    asked = f"{result.epochs} epochs of {result.wanted} seed{'s' * (result.wanted > 1)}"
    return f"Interrupted: {asked} were asked for; {done}."
