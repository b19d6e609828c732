"""Confusion matrix: what each digit was read as, with precision and recall of every class."""

from __future__ import annotations

from xlbackprop.cnn.model import CLASSES
from xlbackprop.cnn.places import (
    CONFUSION,
    MATRIX,
    MISTAKES,
    PICKED,
    PICKED_NUMBER,
    SEED,
    SEED_PITCH,
    SUMMARY,
    Places,
    on,
    span,
)
from xlbackprop.cnn.sheets.counts import blocks, counts, heights_of
from xlbackprop.cnn.sheets.curves import judges
from xlbackprop.cnn.sheets.head import head, heights
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import HEATS, HUES, WHITE
from xlbackprop.pages.page import Cell, Chart, Choice, Heat, Page, Place

TOP, LEFT = MATRIX
BOTTOM, RIGHT = TOP + CLASSES - 1, LEFT + CLASSES - 1
TOTAL, MISSED, RECALL = RIGHT + 1, RIGHT + 2, RIGHT + 3  # columns right of the matrix
ANSWERED, WRONGLY, PRECISION = BOTTOM + 1, BOTTOM + 2, BOTTOM + 3  # rows below it
WIDTHS = {(1, 1): 92, (LEFT, RIGHT): 56, (TOTAL, MISSED): 66, (RECALL, RECALL): 74, (RECALL + 1, RECALL + 1): 24}


def page(places: Places) -> Page:
    """The sheet."""
    hint = (
        f"A row is a digit, a column what the net read it as: on the diagonal it is right. {judges(places)} digits, "
        "after the last epoch."
    )
    cells = head(CONFUSION, Cell("What was read as what", "title"), Cell(hint), WIDTHS)
    cells |= _picker(places) | _headings() | _matrix(places) | _right(places) | _below(places)
    if places.seeds > 1:
        cells |= counts(places)
    return Page(
        name=CONFUSION,
        kind="check",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, heights_of(places) | dict.fromkeys(range(TOP, PRECISION + 1), 30)),
        kept=((1, PRECISION), *blocks(places)),
        merged=(((TOP - 2, LEFT), (TOP - 2, RIGHT)),),
        charts=(_chart(),),
        heats=(Heat(_off_diagonal(), (WHITE, HEATS["loss"])),),
        choices=_choices(places),
        freeze=(TOP, LEFT),
    )


def _picker(places: Places) -> dict[Place, Cell]:
    """Whose matrix it is; with several seeds, to choose."""
    seeds = [run.seed for run in places.result.runs]
    row = PICKED[0]
    cells = {(row, 1): Cell("seed", "bold"), PICKED: Cell(seeds[0], "plain,left")}
    if len(seeds) > 1:
        listed = places.seeds_of(SEED, SUMMARY)
        cells[PICKED] = Cell(seeds[0], "yours,plain,center", label="seed")
        cells[row, 3] = Cell("run", "hint,right")
        cells[PICKED_NUMBER] = Cell(1, "hint,left", f"=MATCH({a1(*PICKED)},{listed},0)", "number of the seed")
        cells[row, 5] = Cell(
            f"Pick a seed in the yellow cell. The sheet {MISTAKES} is of seed {seeds[0]}, whatever is picked.", "hint"
        )
    return cells


def _headings() -> dict[Place, Cell]:
    cells = {
        (TOP - 2, LEFT): Cell("read as", "output band,center"),
        (TOP - 1, 1): Cell("digit", "input band,center,strong"),
        (TOP - 1, TOTAL): Cell("digits", "bold,right,strong"),
        (TOP - 1, MISSED): Cell("missed", "loss band,right,strong"),
        (TOP - 1, RECALL): Cell("recall", "bold,right,strong"),
        (ANSWERED, 1): Cell("answers", "bold,right,over"),
        (WRONGLY, 1): Cell("wrong ones", "loss band,right"),
        (PRECISION, 1): Cell("precision", "bold,right"),
    }
    for k in range(CLASSES):
        cells[TOP - 1, LEFT + k] = Cell(k, "output band,center,strong,plain")
        cells[TOP + k, 1] = Cell(k, "input band,center,plain")
    return cells


def _matrix(places: Places) -> dict[Place, Cell]:
    """The counts of the picked seed: as measured if there is one, else looked up below."""
    cells: dict[Place, Cell] = {}
    last = places.counts + SEED_PITCH * places.seeds - 1
    for truth, row in enumerate(places.result.runs[0].confusion):
        for answer, count in enumerate(row):
            style = "hidden fill,bold,center,sparse" if truth == answer else "center,sparse"
            column = LEFT + answer
            numbers = span((places.counts, column), (last, column))
            number = a1(*PICKED_NUMBER, absolute=True)
            text = f"=INDEX({numbers},({number}-1)*{SEED_PITCH}+{truth + 1})" if places.seeds > 1 else None
            cells[TOP + truth, column] = Cell(count, style, text, f"{truth} read as {answer}")
    return cells


def _right(places: Places) -> dict[Place, Cell]:
    """Right of the matrix: of each digit, how many there are, were missed, and the share that was found."""
    cells: dict[Place, Cell] = {}
    for k, row in enumerate(places.result.runs[0].confusion):
        here, total = TOP + k, sum(row)
        digits, missed = a1(here, TOTAL), a1(here, MISSED)
        counts = f"{a1(here, LEFT)}:{a1(here, RIGHT)}"
        cells[here, TOTAL] = Cell(total, "count,rule", f"=SUM({counts})", f"digits {k}")
        cells[here, MISSED] = Cell(
            total - row[k], "sparse,rule", f"={digits}-{a1(here, LEFT + k)}", f"missed digits {k}"
        )
        cells[here, RECALL] = _share(total - row[k], total, missed, digits, f"recall of {k}")
    return cells


def _below(places: Places) -> dict[Place, Cell]:
    """Below the matrix: of each answer, how often it came, how often wrongly, and the share that was right; the sum."""
    cells: dict[Place, Cell] = {}
    matrix = places.result.runs[0].confusion
    for k in range(CLASSES):
        total = sum(row[k] for row in matrix)
        column, wrong = LEFT + k, total - matrix[k][k]
        given, wrongly = a1(ANSWERED, column), a1(WRONGLY, column)
        counts = f"{a1(TOP, column)}:{a1(BOTTOM, column)}"
        cells[ANSWERED, column] = Cell(total, "count,over,center", f"=SUM({counts})", f"answers {k}")
        cells[WRONGLY, column] = Cell(wrong, "sparse,center", f"={given}-{a1(TOP + k, column)}", f"wrong answers {k}")
        cells[PRECISION, column] = _share(wrong, total, wrongly, given, f"precision of {k}", "percent,center,bold")
    digits, missed = sum(map(sum, matrix)), sum(sum(row) - row[k] for k, row in enumerate(matrix))
    cells[ANSWERED, TOTAL] = Cell(
        digits, "count,bold,over", f"=SUM({a1(TOP, TOTAL)}:{a1(BOTTOM, TOTAL)})", "all digits"
    )
    cells[ANSWERED, MISSED] = Cell(
        missed, "count,bold,over", f"=SUM({a1(TOP, MISSED)}:{a1(BOTTOM, MISSED)})", "all missed digits"
    )
    whole = a1(ANSWERED, MISSED), a1(ANSWERED, TOTAL)
    cells[ANSWERED, RECALL] = _share(missed, digits, *whole, "accuracy", "percent,bold,over")
    cells[WRONGLY, RECALL] = Cell("accuracy", "hint,right")
    return cells


def _share(wrong: int, total: int, wrong_at: str, total_at: str, what: str, style: str = "percent,rule,bold") -> Cell:
    """Percent that are not wrong; nothing of nothing."""
    value = 100 * (total - wrong) / total if total else ""
    return Cell(value, style, f'=IF({total_at}=0,"",100*({total_at}-{wrong_at})/{total_at})', what)


def _off_diagonal() -> tuple[tuple[Place, Place], ...]:
    """The mistakes: what is left and right of the diagonal, row by row."""
    ranges: list[tuple[Place, Place]] = []
    for k in range(CLASSES):
        ranges += [((TOP + k, LEFT), (TOP + k, LEFT + k - 1))] if k else []
        ranges += [((TOP + k, LEFT + k + 1), (TOP + k, RIGHT))] if k + 1 < CLASSES else []
    return tuple(ranges)


def _choices(places: Places) -> tuple[Choice, ...]:
    if places.seeds == 1:
        return ()
    seeds = f"={places.seeds_of(SEED, SUMMARY)}"
    return (Choice(PICKED, {"validate": "list", "source": seeds, "error_message": f"Pick a seed of {SUMMARY}."}),)


def _chart() -> Chart:
    classes = span((TOP, 1), (BOTTOM, 1), CONFUSION)
    return Chart(
        place=(TOP - 2, RECALL + 2),
        size=(420, 380),
        title="Mistakes, digit by digit",
        x_title="digit",
        y_title="mistakes",
        series=(
            (on(CONFUSION, (TOP - 1, MISSED)), classes, span((TOP, MISSED), (BOTTOM, MISSED), CONFUSION), HUES["loss"]),
            (
                on(CONFUSION, (WRONGLY, 1)),
                classes,
                span((WRONGLY, LEFT), (WRONGLY, RIGHT), CONFUSION),
                HUES["output"],
            ),
        ),
        description="Columns: how often each digit was missed, and how often it was answered wrongly",
        x_last=0,
        columns=True,
        legend=True,
        legend_at="bottom",
        y_format="0",
    )
