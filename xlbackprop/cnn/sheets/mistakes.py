"""Mistakes: the digits that the net got wrong, drawn, with truth, answer and probability."""

from __future__ import annotations

from xlbackprop.cnn.places import CONFUSION, MISTAKES, TRAINING, Places, on
from xlbackprop.cnn.result import Mistake
from xlbackprop.cnn.sheets.head import below, head, heights
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Page, Picture, Place
from xlbackprop.writing.picture import GREY, SHARPNESS, encoded

MOST = 120
ACROSS = 12  # in a row
FIRST = 7  # row of the first pictures
PITCH = 5  # rows from one row of pictures to the next
ENLARGED = 3  # screen pixels for each pixel of a digit
MARGIN = 4  # screen pixels round a picture
SIDE = 28 * ENLARGED
WIDTHS = {(1, ACROSS): SIDE + 2 * MARGIN}
HEIGHTS = (SIDE + 2 * MARGIN, 18, 16, 16, 10)  # picture, what it is, probability, number, gap


def page(places: Places) -> Page:
    """The sheet, of the first seed; the surest mistakes first."""
    run = places.result.runs[0]
    ordered = sorted(run.mistakes, key=lambda one: (-one.probability, one.index))[:MOST]
    cells = head(MISTAKES, Cell("The digits it got wrong", "title"), _hint(places, len(ordered)), WIDTHS)
    cells |= below((4, 1), "hint", _said(places))
    pictures: list[Picture] = []
    for n, mistake in enumerate(ordered):
        place = FIRST + PITCH * (n // ACROSS), 1 + n % ACROSS
        cells |= _caption(mistake, place)
        pictures.append(_picture(mistake, place))
    rows = range(FIRST, FIRST + PITCH * -(-len(ordered) // ACROSS))
    return Page(
        name=MISTAKES,
        kind="check",
        cells=cells,
        widths=WIDTHS,
        heights=heights(cells, {row: HEIGHTS[(row - FIRST) % PITCH] for row in rows}),
        boxes=tuple((picture.place, picture.place) for picture in pictures),
        pictures=tuple(pictures),
        kept=tuple((row, row + PITCH - 1) for row in rows[::PITCH]),
        freeze=(6, 1),
    )


def probabilities(places: Places) -> str:
    """The rows that hold a probability of each mistake shown, and nothing else that is a number."""
    shown = min(len(places.result.runs[0].mistakes), MOST)
    last = FIRST + PITCH * max(-(-shown // ACROSS), 1) - 1
    return f"$A${FIRST}:{a1(last, ACROSS, absolute=True)}"


def _hint(places: Places, shown: int) -> Cell:
    """How many are wrong, and how many of them are shown."""
    run, result = places.result.runs[0], places.result
    wrong = len(run.mistakes)
    final = on(TRAINING, (places.seeds_header + len(run.epochs), places.accuracy(0)))
    wrong_at = f"({result.judged}-ROUND({final}*{result.judged}/100,0))"
    what = f" of {result.judged:,} {'held-out' if result.holdout else 'test'} digits wrong"
    count = f"COUNT({probabilities(places)})"
    more = f"; the surest {shown} are shown, {wrong - shown} more are not" if wrong > shown else ""
    return Cell(
        f"{wrong}{what}{more}.",
        "bold",
        f'={wrong_at}&"{what}"&IF({wrong_at}>{count},"; the surest "&{count}&" are shown, "&({wrong_at}-{count})'
        f'&" more are not","")&"."',
        "how many are wrong",
    )


def _said(places: Places) -> tuple[str, str]:
    result = places.result
    whose = f"These are of seed {result.runs[0].seed}; the other seeds make others. " if places.seeds > 1 else ""
    digits = "training" if result.holdout else "test"
    return (
        "Under each: the digit, what it was read as, how sure the net was of that (the surest first), and its number.",
        f"The number is its place among MNIST's {digits} digits, from 0. {whose}How many of each kind: {CONFUSION}.",
    )


def _caption(mistake: Mistake, place: Place) -> dict[Place, Cell]:
    row, column = place
    return {
        (row + 1, column): Cell(f"{mistake.truth}, read as {mistake.answer}", "bold,center"),
        (row + 2, column): Cell(100 * mistake.probability, "percent,center", label="probability of the wrong answer"),
        (row + 3, column): Cell(f"#{mistake.index}", "hint,center,small"),
    }


def _picture(mistake: Mistake, place: Place) -> Picture:
    """Ink on paper, each pixel a square, so that no program blurs it."""
    block = ENLARGED * SHARPNESS
    pixels = (255 - mistake.image).repeat(block, axis=0).repeat(block, axis=1)
    height, width = pixels.shape
    return Picture(
        place,
        encoded(pixels.tobytes(), (width, height), GREY),
        f"A handwritten {mistake.truth} that was read as {mistake.answer}, digit {mistake.index} of MNIST",
        scale=1 / SHARPNESS,
        offset=(MARGIN, MARGIN),
    )
