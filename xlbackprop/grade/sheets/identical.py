"""Identical work: submissions that share what hardly anybody else has, with what that is; hints, not proofs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xlbackprop.grade.alike import FEWEST, SHOWN, Pair, few_of
from xlbackprop.grade.features import FORMULA, LABEL, NUMBER, SPELLING
from xlbackprop.grade.head import head, headings, heights, high
from xlbackprop.grade.places import IDENTICAL, Places
from xlbackprop.grade.submission import Feature
from xlbackprop.pages.page import Cell, Page, Place

WIDTHS = {(1, 2): 190, (3, 4): 84, (5, 5): 760}
FIRST = 7
NAMES = {1: "one", 2: "the other", 3: "alike", 4: "in common", 5: "what they share and hardly anybody else has"}
SEVERAL = {
    SPELLING: "formulas written alike to the last blank and bracket",
    FORMULA: "formulas that read the same cells",
    LABEL: "labels",
    NUMBER: "typed numbers",
}
MOST_NAMED = 40  # students of one file
SHORT = 60  # characters of a label that is shown
HINT = (
    "Hints to look into, not proofs: two who worked together, or began with the same file, look alike, too. "
    "Open both at the cells named here, and ask."
)


def page(places: Places) -> Page:
    """The sheet."""
    cells = head(IDENTICAL, "Identical work", HINT, (1, 2, 3, 5))
    few = few_of(len(places.submissions))
    cells[4, 1] = Cell(_count(places), "bold")
    cells[4, 5] = Cell(f"Only what {few} of the class or fewer have counts, and nothing of the shipped layout.", "hint")
    cells |= headings(FIRST - 1, NAMES, ",left")
    tall: dict[int, int] = {}
    lines = [_same(places, group) for group in places.same] + [(pair, _told(places, pair)) for pair in places.pairs]
    for row, (pair, told) in enumerate(lines, start=FIRST):
        cells |= _line(places, pair, row, told)
        tall[row] = high({5: told}, WIDTHS)
    return Page(
        name=IDENTICAL,
        kind="check",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, tall),
        freeze=(FIRST, 1),
        header_row=FIRST - 1,
    )


def _count(places: Places) -> str:
    files, pairs = len(places.same), len(places.pairs)
    said = [f"{files} file{'s' * (files != 1)} handed in by several."] if files else []
    if len(places.submissions) < FEWEST:
        said.append(f"Of fewer than {FEWEST} submissions nothing can be said to be rare.")
    elif pairs or not files:
        said.append(f"{pairs or 'No'} pair{'s' * (pairs != 1)} of submissions look{'s' * (pairs == 1)} alike.")
    return " ".join(said)


def _same(places: Places, group: Sequence[int]) -> tuple[Pair, str]:
    """A line for all who handed in one file."""
    one, other, *_ = group
    names = [places.submissions[n].student for n in group]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = f"the very same file, byte by byte, of {len(names)}: {', '.join(names[:MOST_NAMED])}{more}"
    return Pair(one, other, 1.0, tuple(sorted(places.submissions[one].features))), told


def _line(places: Places, pair: Pair, row: int, told: str) -> dict[Place, Cell]:
    cells: dict[Place, Cell] = {
        (row, column): Cell(places.submissions[n].student, "link,rule,text", link=places.sheets[n])
        for column, n in ((1, pair.one), (2, pair.other))
    }
    return cells | {
        (row, 3): Cell(round(100 * pair.share), "whole percent,rule,left"),
        (row, 4): Cell(float(len(pair.shared)), "count,rule,left"),
        (row, 5): Cell(told, "rule,wrap,text"),
    }


def _told(places: Places, pair: Pair) -> str:
    """How many things of each kind two share, and the rarest of them, with where they stand in both."""
    one, other = (places.submissions[n].features for n in (pair.one, pair.other))
    times = Counter(feature.kind for feature in pair.shared)
    counts = ", ".join(f"{what}: {times[kind]}" for kind, what in SEVERAL.items() if times[kind])
    rarest = "; ".join(f"{_named(shared)} in {one[shared]} and {other[shared]}" for shared in pair.shared[:SHOWN])
    return f"{counts}. The rarest: {rarest}"


def _named(feature: Feature) -> str:
    if feature.kind in (FORMULA, SPELLING):  # as seen from its cell, it tells a reader little; the cell tells more
        return "the formula"
    text = feature.text if len(feature.text) <= SHORT else feature.text[: SHORT - 1] + "…"
    return f"the {feature.kind} “{text}”"
