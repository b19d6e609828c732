"""Text from strangers' files, made harmless: of sensible length, on one line, with nothing that is not for reading.

Names, labels and formulas of a submission go through here once, when it has been judged. After that every text can be
written to a terminal, to XML and to UTF-8; what is markup in HTML or Markdown is for the page that shows it to escape.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xlbackprop.judge.findings import Finding, FoundTable, Judgement, SheetVerdict
from xlbackprop.reading.archive import one_line

LONGEST = 2_000  # characters of a text
LONGEST_FORMULA = 8_192  # Excel's own limit; a correction is for pasting, and a part of one is none
MOST_FINDINGS = 1_000  # of a sheet
MOST_SHEETS = 200
MOST_CELLS = 60  # ranges of one finding


def harmless(text: str, longest: int = LONGEST) -> str:
    r"""The text on one line, without control characters, halves of surrogate pairs and what turns the reading order.

    >>> harmless("two\nlines\x1b[31m"), harmless("\u202excod.exe"), harmless("abcdef", 4)
    ('two lines?[31m', '?xcod.exe', 'abc…')
    """
    line = " ".join(text[: 2 * longest].split())
    plain = "".join(letter if letter.isprintable() else "?" for letter in line)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def harmless_judgement(judgement: Judgement) -> Judgement:
    """The judgement with all its texts made harmless. Its error does not repeat the name of the file."""
    return Judgement(
        file=judgement.file,
        sheets=tuple(_sheet(sheet) for sheet in judgement.sheets[:MOST_SHEETS]),
        error=harmless(without_path(judgement.error, judgement.file)),
    )


def without_path(error: str, path: Path) -> str:
    r"""What is wrong with a file, where the line that says it stands beside its name.

    >>> without_path("ann/h?w.xlsx: is an empty file: save the workbook again", Path("ann/h\nw.xlsx"))
    'is an empty file: save the workbook again'
    """
    return error.removeprefix(one_line(f"{path}: "))


def _sheet(verdict: SheetVerdict) -> SheetVerdict:
    return replace(
        verdict,
        sheet=harmless(verdict.sheet),
        table=verdict.table and _table(verdict.table),
        findings=tuple(_finding(one) for one in verdict.findings[:MOST_FINDINGS]),
    )


def _table(table: FoundTable) -> FoundTable:
    cell = table.learning_rate_cell
    columns = {harmless(name): harmless(column) for name, column in table.columns.items()}
    names = {harmless(name): meant for name, meant in table.names.items()}
    return replace(table, learning_rate_cell=cell and harmless(cell), columns=columns, names=names)


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        label=harmless(finding.label),
        cells=tuple(harmless(cells) for cells in finding.cells[:MOST_CELLS]),
        found=harmless(finding.found),
        expected=harmless(finding.expected),
        message=harmless(finding.message),
        correction=harmless(finding.correction, LONGEST_FORMULA),
        effect=harmless(finding.effect),
    )
