"""The gradebook: a graded class as a workbook whose scores follow its rubric."""

from __future__ import annotations

from pathlib import Path

from xlbackprop.files import whole
from xlbackprop.grade.places import Places
from xlbackprop.grade.sheets import grades, identical, overview, rubric, submission
from xlbackprop.pages.page import Page
from xlbackprop.pages.spec import WROTE
from xlbackprop.writing.workbook import write

ABOUT = {
    "title": "Gradebook",
    "comments": "Written by xlbackprop grade. Yellow cells are yours; every score is a formula.",
}


def pages(places: Places) -> list[Page]:
    """Every sheet, as data."""
    of_the_class = [module.page(places) for module in (grades, rubric, overview, identical)]
    return [*of_the_class, *submission.pages(places)]


def write_gradebook(places: Places, out: Path) -> None:
    """Write the workbook whole, or leave what stood there."""
    count = len(places.submissions)
    with whole(out) as file:
        write(file, pages(places), b"", f"{count} submissions", {WROTE: "gradebook"}, ABOUT)
