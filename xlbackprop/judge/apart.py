"""Findings on a table that was woven from several sheets, with the cells where they really stand."""

from __future__ import annotations

import re
from dataclasses import replace

from xlbackprop.judge.findings import Finding, FoundTable, SheetVerdict
from xlbackprop.judge.typed.meaning import column_number
from xlbackprop.judge.typed.woven import Woven, rewritten
from xlbackprop.pages.layout import letters, quoted

WOVEN_IN = re.compile(r"\b(X(?:F[E-Z]|[G-Z][A-Z])|[YZ][A-Z]{2})(\d*)(?::\1(\d+))?\b")  # columns no sheet has


def apart(verdict: SheetVerdict, woven: Woven) -> SheetVerdict:
    """What is said of a sheet, in the cells of its file."""
    if verdict.sheet not in woven.threads:
        return verdict
    table = verdict.table and _table(verdict.table, verdict.sheet, woven)
    return replace(
        verdict, table=table, findings=tuple(_finding(one, verdict.sheet, woven) for one in verdict.findings)
    )


def _table(table: FoundTable, sheet: str, woven: Woven) -> FoundTable:
    """The table with those of its columns that stand on its own sheet and in its rows."""
    own = {name: at for name, at in table.columns.items() if not WOVEN_IN.fullmatch(at)}
    rate = table.learning_rate_cell and _told(table.learning_rate_cell, sheet, woven)
    missing = tuple(_told(one, sheet, woven) for one in table.missing)
    return replace(table, columns=own, missing=missing, learning_rate_cell=rate)


def _finding(finding: Finding, sheet: str, woven: Woven) -> Finding:
    cells = tuple(_told(one, sheet, woven) for one in finding.cells)
    return replace(
        finding,
        cells=cells,
        found=_told(finding.found, sheet, woven),
        expected=_told(finding.expected, sheet, woven),
        message=_told(finding.message, sheet, woven),
        correction=_correction(finding, sheet, woven),
        effect=_told(finding.effect, sheet, woven),
    )


def _told(text: str, sheet: str, woven: Woven) -> str:
    """A text with the real names of all cells in it."""

    def real(match: re.Match[str]) -> str:
        column, first, last = match.groups()
        if column_number(column) not in woven.threads[sheet]:
            return match[0]
        there, (row, at) = woven.place(sheet, (int(first or 0), column_number(column)))
        name = letters(at) if there == sheet else f"{quoted(there)}!{letters(at)}"
        down = row - int(first or 0)
        return name + (str(row) if first else "") + (f":{letters(at)}{int(last) + down}" if last else "")

    return WOVEN_IN.sub(real, text)


def _correction(finding: Finding, sheet: str, woven: Woven) -> str:
    """The formula that belongs in the first cell, as it reads on the sheet where that cell stands."""
    first = WOVEN_IN.match(finding.cells[0]) if finding.cells else None
    thread = woven.threads[sheet].get(column_number(first[1])) if first else None
    home = thread.sheet if thread else sheet
    return rewritten(finding.correction, sheet, home, lambda where: woven.place(where[0], where[1]))
