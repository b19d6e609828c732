"""Summary: whether the requirements are met, whether the sheets agree, the seeds, and how to do it again."""

from __future__ import annotations

from xlbackprop.cnn.places import FIELD, SEED, SUMMARY, Places, on
from xlbackprop.cnn.sheets import curves
from xlbackprop.cnn.sheets.curves import judges
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.cnn.sheets.seeds import seeds
from xlbackprop.cnn.sheets.told import recipe, where
from xlbackprop.cnn.sheets.told import seconds as seconds_told
from xlbackprop.cnn.sheets.verdicts import LIMITS, MARK, REQUIRED, VERDICTS, agreement, requirements
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Page, Place
from xlbackprop.shown import rounded

WIDTHS = {(1, 1): 206, (2, 3): 112, (4, 4): 78, (5, 5): 30, (6, 12): 88}
RECIPE = 22
NOT_THIS = "The net as trained, not the edited table: "
CHART: Place = (REQUIRED, SEED)
CHART_SIZE = (7 * 88, 284)


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
    cells |= _again(places, max(row for row, _ in cells) + 2)
    return Page(
        name=SUMMARY,
        kind="start",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells),
        charts=(curves.accuracy(places, CHART, CHART_SIZE),) if curves.there(places) else (),
        choices=LIMITS,
        verdicts=VERDICTS,
        marks=(MARK,),
        freeze=(4, 1),
        kept=((1, max(cells)[0]),),
    )


def _again(places: Places, row: int) -> dict[Place, Cell]:
    """Where it was done, in what time, and how to do it again."""
    cells = {(row, 1): Cell("Where, with what, and how to do it again", "heading")}
    for here, (name, text) in enumerate(where(places.result), start=row + 1):
        style = "mono,small" if name in {"command", "weights"} else "left,plain"
        cells |= {(here, 1): Cell(name, "bold"), (here, 2): Cell(text, style)}
    here, told = max(cells)[0] + 1, seconds_told(places.result)
    value, text = rounded(places.result.trained_seconds, 1) + told, f'=ROUND({a1(*places.all_seconds)},1)&"{told}"'
    return cells | {(here, 1): Cell("seconds", "bold"), (here, 2): Cell(value, "left", text, "seconds in all")}


def _finding(places: Places) -> Cell:
    """What came out, in a sentence: of the net that was trained, whatever the table of its layers says by now."""
    result, several = places.result, len(places.result.counted) > 1
    edited = on(FIELD, places.edited)
    mean, deviation = a1(*places.mean), a1(*places.deviation)
    digits, size = f" % of {judges(places)} digits right", f", with {result.arch.parameters:,} parameters."
    seeds = f" (mean of {len(result.counted)} seeds, deviation " if several else ""
    spread = f'&"{seeds}"&ROUND({deviation},3)&")"' if several else ""
    with_spread = f"{seeds}{rounded(result.std, 3)})" if result.std is not None else ""
    return Cell(
        f"{rounded(result.mean, 3)}{digits}{with_spread}{size}",
        "bold",
        f'=IF({edited}=0,"","{NOT_THIS}")&ROUND({mean},3)&"{digits}"{spread}&"{size}"',
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
