"""Overview: how the class did, which mistake how often, and how the scores are spread; all counted by formulas."""

from __future__ import annotations

from collections import Counter
from statistics import mean, median
from textwrap import wrap

from xlbackprop.grade.head import head, headings, heights
from xlbackprop.grade.places import FULL, OVERVIEW, SCORE, VERDICT, Places, points
from xlbackprop.grade.submission import Standing
from xlbackprop.pages.layout import a1
from xlbackprop.pages.look import HUES
from xlbackprop.pages.page import Cell, Chart, Page, Place
from xlbackprop.shown import plain
from xlbackprop.writing.charts import tick

WIDTHS = {(1, 1): 250, (2, 3): 78, (4, 4): 24, (5, 14): 88}
NOTES = 4  # row of the first note
LONGEST = 190  # letters of a line of notes
BINS = 10
SCORES_COLUMN, MISTAKES_COLUMN = 5, 9  # of the charts, side by side, so that a screen and a page hold both
SCORES_WIDTH, MISTAKES_WIDTH = 4 * 88 - 12, 6 * 88
HIGH, BAR = 330, 26  # pixels of a chart, and of each bar


def page(places: Places) -> Page:
    """The sheet."""
    count = len(places.submissions)
    hint = f"{count} submission{'s' * (count != 1)}. Counts and curves follow Grades and Rubric."
    cells = head(OVERVIEW, "Overview", hint, (1, 2, 5, 7))
    kinds, spread = _mistakes(places), _spread(places)
    cells |= {(row, 1): Cell(line, "hint") for row, line in enumerate(_noted(places), start=NOTES)}
    cells |= _verdicts(places) | _scores(places) | kinds | spread
    return Page(
        name=OVERVIEW,
        kind="rate",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells),
        charts=(_scores_chart(places), *([_mistakes_chart(places)] if places.kinds else [])),
        freeze=(4, 1),
        kept=((1, max(row for row, _ in cells)),),
    )


def _noted(places: Places) -> list[str]:
    """The notes, in lines that the sheet is wide enough for."""
    return [line for note in places.notes for line in wrap(note, LONGEST)]


def _verdicts_row(places: Places) -> int:
    """The row of the first verdict."""
    return NOTES + len(_noted(places)) + 2


def _mistakes_row(places: Places) -> int:
    """The row of the first kind of mistake."""
    return _verdicts_row(places) + len(Standing) + 5


def _verdicts(places: Places) -> dict[Place, Cell]:
    counts = Counter(one.standing for one in places.submissions)
    cells = headings(_verdicts_row(places) - 1, {1: "verdict", 2: "submissions"})
    for row, word in enumerate(Standing, start=_verdicts_row(places)):
        formula = f"=COUNTIF({places.grades(VERDICT)},{a1(row, 1)})"
        cells[row, 1] = Cell(str(word), "rule")
        cells[row, 2] = Cell(float(counts[word]), "sparse,rule,beside", formula, f"submissions: {word}")
    return cells


def _scores(places: Places) -> dict[Place, Cell]:
    """Mean and median of those that have a score."""
    row, area = _verdicts_row(places) + len(Standing), places.grades(SCORE)
    there = [score for score in places.scores() if score is not None]
    cells: dict[Place, Cell] = {}
    for at, (name, function, value) in enumerate((("mean", "AVERAGE", mean), ("median", "MEDIAN", median)), start=row):
        formula = f'=IF(COUNT({area})=0,"",{function}({area}))'
        cells[at, 1] = Cell(f"{name} score", "bold")
        cells[at, 2] = Cell(float(value(there)) if there else "", "decimal,bold,beside", formula, f"{name} score")
    return cells


def _mistakes(places: Places) -> dict[Place, Cell]:
    first = _mistakes_row(places)
    cells = headings(first - 1, {1: "mistake", 2: "submissions", 3: "columns"})
    if not places.kinds:
        cells[first, 1] = Cell("none was found", "hint")
    for row, kind in enumerate(places.kinds, start=first):
        counts = [one.columns.get(kind, 0) for one in places.submissions]
        area = places.grades(places.column(kind))
        cells[row, 1] = Cell(str(kind), "rule")
        made, columns = float(sum(map(bool, counts))), float(sum(counts))
        cells[row, 2] = Cell(made, "count,rule,beside", f'=COUNTIF({area},">0")', f"submissions: {kind}")
        cells[row, 3] = Cell(columns, "count,rule,beside", f"=SUM({area})", f"columns: {kind}")
    return cells


def _spread_row(places: Places) -> int:
    """The row of the first bin of scores."""
    return _mistakes_row(places) + max(len(places.kinds), 1) + 3


def _spread(places: Places) -> dict[Place, Cell]:
    """How many scores lie in each tenth of the full points; full points are in the last."""
    first, full, area = _spread_row(places), places.rubric.full, places.grades(SCORE)
    cells = headings(first - 1, {1: "score, from – to under", 2: "submissions"})
    counts = _counted(places)
    for n, row in enumerate(range(first, first + BINS)):
        low, high = (f"{points(FULL)}*{k}/{BINS}" for k in (n, n + 1))
        closed = n == BINS - 1
        upper = "" if closed else f'-COUNTIF({area},">="&{high})'
        count = f'=COUNTIF({area},">="&{low}){upper}'
        text = f"{plain(full * n / BINS)} – {plain(full * (n + 1) / BINS)}"
        cells[row, 1] = Cell(text, "rule,left", f'={low}&" – "&{high}', "bin of scores")
        cells[row, 2] = Cell(float(counts[n]), "sparse,rule,beside", count, f"scores in the bin {n + 1}")
    return cells


def _counted(places: Places) -> list[int]:
    """How many scores lie in each bin."""
    full, scores = places.rubric.full, [score for score in places.scores() if score is not None]
    reached = [sum(score >= full * n / BINS for score in scores) for n in range(BINS)]
    return [here - above for here, above in zip(reached, (*reached[1:], 0), strict=True)]


def _scores_chart(places: Places) -> Chart:
    first = _spread_row(places)
    return Chart(
        place=(_verdicts_row(places) - 1, SCORES_COLUMN),
        size=(SCORES_WIDTH, HIGH),
        title="Scores of the class",
        x_title="points",
        y_title="submissions",
        series=(_series(first, first + BINS - 1, HUES["input"]),),
        description="Columns: how many submissions have a score in each tenth of the full points",
        x_last=0,
        columns=True,
        y_unit=tick(max(_counted(places))),
        y_format="0",
    )


def _mistakes_chart(places: Places) -> Chart:
    first = _mistakes_row(places)
    return Chart(
        place=(_verdicts_row(places) - 1, MISTAKES_COLUMN),
        size=(MISTAKES_WIDTH, max(HIGH, 110 + BAR * len(places.kinds))),
        title="Which mistake how many made",
        x_title="",
        y_title="submissions",
        series=(_series(first, first + len(places.kinds) - 1, HUES["loss"]),),
        description="Bars: how many submissions have each kind of mistake",
        x_last=0,
        bars=True,
        y_unit=tick(len(places.submissions)),
        y_format="0",
    )


def _series(first: int, last: int, colour: str) -> tuple[str, str, str, str]:
    names, values = (f"{OVERVIEW}!${letter}${first}:${letter}${last}" for letter in "AB")
    return f"{OVERVIEW}!$B${first - 1}", names, values, colour
