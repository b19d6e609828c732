"""What is said of a hand-made workbook: a verdict for each sheet, and what was found wrong, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """The verdict on a sheet. WRONG beats INCOMPLETE: what is there is wrong, whatever is missing besides."""

    CORRECT = "correct"
    WRONG = "wrong"
    VALUES_ONLY = "values only"  # numbers without a single formula
    INCOMPLETE = "incomplete"  # columns of the table that are missing or empty; what is there is right
    NO_TABLE = "no table"
    NOT_JUDGED = "not judged"  # nothing is wrong, but some formulas can neither be read nor calculated


NOT_OK = frozenset({Outcome.WRONG, Outcome.INCOMPLETE, Outcome.NOT_JUDGED})  # of a table that spoils a workbook


class Kind(StrEnum):
    """What kind of mistake it is."""

    WRONG_TERM = "wrong term"
    MISSING_FACTOR = "missing factor"
    BRACKETS = "missing or misplaced brackets"
    SIGN = "sign"
    EXCHANGED_WEIGHTS = "exchanged weights"
    UPDATED_WEIGHT = "already updated weight used"
    WRONG_LAYER = "wrong layer's activation"
    NOT_ANCHORED = "learning rate not anchored"
    INCONSISTENT = "formula inconsistent down the column"
    TYPED_OVER = "constant typed over a formula"
    PASTED = "pasted values"
    FROZEN_TAIL = "frozen tail"
    CHART = "chart range short or empty"
    EXPLANATION = "explanation text that contradicts the formula"
    FIRST_VALUES = "first values that differ from the assignment's"
    NO_RATE = "learning rate empty or 0"
    OTHER = "does not equal the gradient"


# They leave the table itself correct.
BESIDE = frozenset({Kind.CHART, Kind.EXPLANATION, Kind.FIRST_VALUES, Kind.NO_RATE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, in all the cells that have it.

    label: canonical name of the column: ``dE/dw3``, ``w3``, ``h1``, ``a_h1``, ``E_total``, ``lr``, ``chart``;
    cells: ranges without the sheet, ``Z33:Z100``, in reading order;
    found, expected: the term that is wrong and the one that belongs, in the canonical names;
    message: the whole of it in a sentence; correction: the formula for the first of the cells, ready to paste, or "";
    effect: how wrong the gradient and the loss get, in words, or ""; first_row: where it first changes a number.
    """

    kind: Kind
    label: str
    cells: tuple[str, ...]
    found: str
    expected: str
    message: str
    correction: str = ""
    effect: str = ""
    first_row: int | None = None


@dataclass(frozen=True, slots=True)
class FoundTable:
    """Where a table stands. columns: canonical name -> letter; learning_rate_cell: None where it is typed in.

    missing: canonical names of columns that are not there or have empty cells, and for each what is missing, in words;
    names: defined names in its formulas, which are not followed, and what each is taken for, "" if for nothing;
    unjudged: likewise for columns with formulas that can neither be read nor calculated;
    given: canonical names of columns of formulas that were handed out with an exercise.
    """

    header_row: int
    first_row: int
    rows: int
    learning_rate: float | None
    learning_rate_cell: str | None
    columns: dict[str, str]
    missing: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """What is said of one table of a sheet (a sheet with two tables has two of these), or of a sheet without any."""

    sheet: str
    outcome: Outcome
    table: FoundTable | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a file. error: one line on why it could not be read, or ""."""

    file: Path
    sheets: tuple[SheetVerdict, ...] = ()
    error: str = ""

    @property
    def readable(self) -> bool:
        """Whether the file could be opened at all."""
        return not self.error

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all sheets."""
        return tuple(finding for sheet in self.sheets for finding in sheet.findings)

    @property
    def ok(self) -> bool:
        """Whether there is a correct table, no other is wrong, incomplete or not judged, and nothing was found."""
        outcomes = {sheet.outcome for sheet in self.sheets}
        return Outcome.CORRECT in outcomes and not outcomes & NOT_OK and not self.findings


def as_json(judgement: Judgement) -> dict[str, object]:
    """What ``verify --json`` prints for a hand-made file."""
    return {
        "file": str(judgement.file),
        "ok": judgement.ok,
        "readable": judgement.readable,
        "sheets": [_sheet_as_json(sheet) for sheet in judgement.sheets],
    }


def _sheet_as_json(verdict: SheetVerdict) -> dict[str, object]:
    table = verdict.table
    return {
        "sheet": verdict.sheet,
        "verdict": str(verdict.outcome),
        "table": table
        and {
            "header_row": table.header_row,
            "first_row": table.first_row,
            "rows": table.rows,
            "learning_rate": table.learning_rate,
            "learning_rate_cell": table.learning_rate_cell,
            **({"missing": list(table.missing.values())} if table.missing else {}),
            **({"names": dict(table.names)} if table.names else {}),
            **({"unjudged": list(table.unjudged.values())} if table.unjudged else {}),
        },
        "findings": [
            {
                "kind": str(one.kind),
                "label": one.label,
                "cells": list(one.cells),
                "found": one.found,
                "expected": one.expected,
                "message": told(one),
            }
            for one in verdict.findings
        ],
    }


def told(finding: Finding) -> str:
    """All that is said of a mistake, on one line."""
    corrected = f"; corrected: {finding.correction}" if finding.correction else ""
    effect = f"; {finding.effect}" if finding.effect else ""
    return f"{finding.message}{corrected}{effect}"
