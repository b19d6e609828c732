"""The report workbook: what a training gave, with formulas wherever a number follows from others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xlbackprop.cnn.places import Places
from xlbackprop.cnn.result import Result
from xlbackprop.cnn.sheets import architecture, confusion, mistakes, receptive_field, summary, training
from xlbackprop.files import whole
from xlbackprop.pages.page import Page
from xlbackprop.writing.workbook import write

PAGES: tuple[Callable[[Places], Page], ...] = (
    summary.page,
    receptive_field.page,
    architecture.page,
    training.page,
    confusion.page,
    mistakes.page,
)
ABOUT = {
    "title": "Handwritten digits: what the training gave",
    "comments": "Written by xlbackprop train-cnn. Yellow cells are yours; what follows from others is a formula.",
}


def pages(result: Result) -> list[Page]:
    """Every sheet, as data."""
    places = Places(result)
    return [page(places) for page in PAGES]


def write_report(result: Result, out: Path) -> None:
    """Write the workbook whole, or leave what stood there; the same result gives the same bytes."""
    subject = f"{result.arch.name} net, recipe {result.recipe.name}"
    with whole(out) as file:
        write(file, pages(result), b"", subject, {}, ABOUT)
