"""Which columns of a table the cells of a finding stand in: one finding may tell of many."""

from __future__ import annotations

import re

from xlbackprop.judge.findings import Finding, SheetVerdict

LETTERS = re.compile(r"\$?([A-Z]+)")


def covered(sheet: SheetVerdict, finding: Finding) -> set[str]:
    """The canonical names of these columns; the finding's own label where its cells stand in none."""
    columns = sheet.table.columns if sheet.table else {}
    at = {found[1] for cells in finding.cells if (found := LETTERS.match(cells))}
    return {name for name, letters in columns.items() if letters in at} or {finding.label}
