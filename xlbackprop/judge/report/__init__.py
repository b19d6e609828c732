"""The report on a hand-made workbook, as a workbook of its own: what was found, and a marked copy of every table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from xlbackprop.build import check_out
from xlbackprop.errors import BadOption
from xlbackprop.files import whole
from xlbackprop.grid import SavedSheet
from xlbackprop.judge.findings import Judgement
from xlbackprop.judge.report.listed import findings_page
from xlbackprop.judge.report.marked import FINDINGS, marked_page
from xlbackprop.judge.told import called
from xlbackprop.pages.page import Page
from xlbackprop.pages.spec import WROTE
from xlbackprop.reading.package import read_package
from xlbackprop.writing.workbook import write

OPTION = "--report"
LONGEST_NAME = 31  # characters of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\'#\x00-\x1f]")  # in it, or in the links to it
ABOUT = {
    "title": "What was found in a workbook",
    "comments": "Written by xlbackprop verify. The workbook itself was only read.",
}


def check_report(out: Path, *judged: Path) -> None:
    """BadOption unless a report may be written there: never over a workbook that is judged, nor over a foreign one."""
    if any(out.exists() and file.exists() and out.samefile(file) for file in judged):
        raise BadOption(f"{out}: is the workbook that is judged; choose another name with {OPTION}")
    check_out(out, force=None, option=OPTION)


def write_report(judgement: Judgement, path: Path, out: Path) -> None:
    """Write the report whole, or leave what stood there. path: the judged workbook, which is only read."""
    check_report(out, path, judgement.file)
    sheets = {} if judgement.error else read_package(path).sheets
    with whole(out) as file:
        write(
            file, report_pages(judgement, sheets), b"", f"Findings in {judgement.file.name}", {WROTE: "report"}, ABOUT
        )


def report_pages(judgement: Judgement, sheets: Mapping[str, SavedSheet]) -> list[Page]:
    """The first sheet lists what was found, the others are copies of the tables. sheets: those of the file."""
    copies = {n: one for n, one in enumerate(judgement.sheets) if one.table and one.sheet in sheets}
    names = dict(zip(copies, tab_names([one.sheet for one in copies.values()]), strict=True))
    titles = called(judgement.sheets)
    marked = [
        marked_page(one, one.table, sheets[one.sheet], names[n], titles[n])
        for n, one in copies.items()
        if one.table is not None
    ]
    return [findings_page(judgement, names, FINDINGS), *marked]


def tab_names(sheets: list[str]) -> list[str]:
    """Names for copies of sheets, unlike each other and fit for a link, whatever the sheets are called.

    >>> tab_names(["Class", "class", "findings", "'a'[1]"])
    ['Class', 'class (2)', 'findings (2)', '_a__1_']
    """
    taken, names = {FINDINGS.lower(), "history"}, []  # Excel keeps the second for itself
    for sheet in sheets:
        plain = FORBIDDEN.sub("_", sheet)[:LONGEST_NAME] or "_"
        n, name = 1, plain
        while name.lower() in taken:
            n += 1
            name = f"{plain[: LONGEST_NAME - len(f' ({n})')]} ({n})"
        taken.add(name.lower())
        names.append(name)
    return names
