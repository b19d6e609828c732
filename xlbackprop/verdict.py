"""The verdict on any workbook: one of ours, an exercise, or one that somebody made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xlbackprop.errors import Unreadable
from xlbackprop.exercise import check, is_exercise
from xlbackprop.judge.findings import Finding, FoundTable, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.judge.findings import as_json as judgement_as_json
from xlbackprop.judge.judge import judge
from xlbackprop.judge.told import UNSAVED, some_of
from xlbackprop.maths.network import Network
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.spec import WROTE, is_ours
from xlbackprop.proof.compare import Difference
from xlbackprop.proof.verify import Verdict, verify
from xlbackprop.proof.verify import as_json as cells_as_json
from xlbackprop.reading.archive import one_line
from xlbackprop.reading.package import properties_of


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a file. verdict: of one of ours, cell by cell; judgement: of any, table by table."""

    judgement: Judgement
    verdict: Verdict | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for stderr: what could not be done, and why it cannot be judged."""
        if self.verdict is not None:
            return (*self.verdict.notes, *filter(None, [self.verdict.error]))
        error = self.judgement.error or _without_tables(self.judgement) or _not_judged(self.judgement)
        return (f"Error: {error}",) if error else ()

    @property
    def exit_code(self) -> int:
        """0 all right, 1 something is wrong, 2 cannot be judged."""
        if self.verdict is not None:
            return self.verdict.exit_code
        return 2 if self.notes else int(not self.judgement.ok)


def _without_tables(judgement: Judgement) -> str:
    """Why there is nothing to judge, or nothing."""
    if any(sheet.outcome is not Outcome.NO_TABLE for sheet in judgement.sheets):
        return ""
    return f"{judgement.file}: no table of backpropagation can be read; columns need labels like w1, h1, E_total"


def _not_judged(judgement: Judgement) -> str:
    """Which cells nothing can be said of, where that leaves the verdict open, or nothing."""
    outcomes = {sheet.outcome for sheet in judgement.sheets}
    if Outcome.NOT_JUDGED not in outcomes or outcomes & {Outcome.WRONG, Outcome.INCOMPLETE}:
        return ""
    cells = [cells for sheet in judgement.sheets if sheet.table for cells in sheet.table.unjudged.values()]
    return f"{judgement.file}: {some_of(cells)} cannot be judged: {UNSAVED}"


def word_on(path: Path, engine: str, assignment: Network | None = None) -> Word:
    """The verdict on one file; it never raises for what is wrong with the file or the engine.

    assignment: the network that was set, whose first values a hand-made table should have.
    """
    try:
        properties = properties_of(path)
        if wrote := properties.get(WROTE):
            raise Unreadable(f"{path}: is a {one_line(wrote)} that xlbackprop wrote; name a workbook with a table")
        if not is_ours(properties):
            return Word(check(path) if is_exercise(path) else judge(path, assignment))
    except Unreadable as error:
        return Word(Judgement(path, error=str(error)))
    verdict = verify(path, engine)
    return Word(Judgement(path, _sheets(verdict), verdict.error or ""), verdict)


def as_json(word: Word) -> dict[str, object]:
    """What ``verify --json`` prints for a file."""
    return {
        **cells_as_json(word.verdict or Verdict(word.judgement.file)),
        "ok": word.exit_code == 0,
        "readable": word.judgement.readable,
        "sheets": judgement_as_json(word.judgement)["sheets"],
    }


def _sheets(verdict: Verdict) -> tuple[SheetVerdict, ...]:
    """The tables of a workbook of ours as those of any other; what differs is explained where that is possible."""
    judged = judge(verdict.file) if verdict.differences else Judgement(verdict.file)
    explained = {sheet.sheet: sheet.findings for sheet in judged.sheets if sheet.outcome is Outcome.WRONG}
    found = []
    for sheet, table in _tables(verdict):
        here = [one for one in verdict.differences if one.sheet == sheet]
        findings = (explained.get(sheet) or tuple(map(_as_finding, here))) if here else ()
        found.append(SheetVerdict(sheet, Outcome.WRONG if here else Outcome.CORRECT, table, findings))
    return tuple(found)


def _tables(verdict: Verdict) -> list[tuple[str, FoundTable]]:
    """Where the tables of the learning-rate sheets stand."""
    plan = verdict.plan
    if plan is None:
        return []
    table = plan.table
    cell = a1(*table.setting(plan.tape.settings[0]))
    columns = {column.name.replace("∂", "d"): letters(k) for k, column in enumerate(plan.tape, start=1)}
    return [
        (sheet, FoundTable(table.header_row, table.first_row, plan.steps, rate, cell, columns))
        for sheet, rate in zip(plan.rate_sheets, verdict.rates, strict=True)
    ]


def _as_finding(one: Difference) -> Finding:
    message = f"{one.label}: {one.found} stands where {one.expected} belongs"
    kind = Kind.TYPED_OVER if one.kind == "constant over formula" else Kind.OTHER
    return Finding(kind, one.label, (a1(*one.cell),), str(one.found), str(one.expected), message)
