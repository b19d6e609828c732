"""Verdicts in words, as people read them on the terminal and in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from xlbackprop.judge.findings import FoundTable, Judgement, Outcome, SheetVerdict
from xlbackprop.pages.layout import letters
from xlbackprop.reading.saved import column_number

UNSAVED = "no numbers are saved, so open the workbook in Excel or LibreOffice and save it"
MOST = 6  # ranges named before the rest are only counted


def in_short(judgement: Judgement) -> str:
    """The verdict on a file in a line."""
    if judgement.error:
        return f"This file could not be read: {judgement.error}"
    outcomes = Counter(one.outcome for one in judgement.sheets if one.outcome is not Outcome.NO_TABLE)
    if not outcomes:
        return "No table of backpropagation was found."
    count = len(judgement.findings)
    told = f"{count} finding{'s' * (count > 1)}" if count else "nothing was found"
    return f"Tables: {', '.join(f'{n} {outcome}' for outcome, n in outcomes.items())}; {told}."


def where(verdict: SheetVerdict) -> str:
    """Where the table of a sheet stands, in a sentence, or ""."""
    table = verdict.table
    if table is None:
        return ""
    rows = f"Table in rows {table.first_row} to {table.first_row + table.rows - 1}"
    missing = f" Missing: {some_of(list(table.missing.values()))}." if table.missing else ""
    missing += _not_followed(table.names)
    if table.unjudged:
        missing += f" Not judged: {some_of([*table.unjudged.values()])}; {UNSAVED}."
    if table.learning_rate is None:
        return f"{rows}.{missing}"
    at = f" in {table.learning_rate_cell}" if table.learning_rate_cell else ""
    return f"{rows}, learning rate {table.learning_rate:.15g}{at}.{missing}"


def called(sheets: Sequence[SheetVerdict]) -> list[str]:
    """What each table is called: by its sheet, and by its cells where a sheet has several."""
    times = Counter(one.sheet for one in sheets)
    return [f"{one.sheet}!{_area(one.table)}" if one.table and times[one.sheet] > 1 else one.sheet for one in sheets]


def _area(table: FoundTable) -> str:
    """Headings and rows of a table: `A4:AE33`; its rows alone where no heading of a block says anything: `4:33`."""
    columns = sorted(map(column_number, table.columns.values()))
    first, last = (letters(columns[0]), letters(columns[-1])) if columns else ("", "")
    return f"{first}{table.header_row}:{last}{table.first_row + table.rows - 1}"


def _not_followed(names: Mapping[str, str]) -> str:
    """What is said of defined names in formulas, in a sentence, or ""."""
    if not names:
        return ""
    told = [
        f"{name} is taken for {meant}" if meant else f"{name} is judged by the saved numbers"
        for name, meant in names.items()
    ]
    return f" Names are not followed: {some_of(told)}."


def some_of(cells: Sequence[str]) -> str:
    """Cells and ranges, the first of them if there are many.

    >>> some_of(["AD34", "AD38"]), some_of([f"A{n}" for n in range(1, 10)])
    ('AD34, AD38', 'A1, A2, A3, A4, A5, A6 and 3 more')
    """
    named = ", ".join(cells[:MOST])
    return named if len(cells) <= MOST else f"{named} and {len(cells) - MOST} more"
