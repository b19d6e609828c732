"""Judge one workbook that somebody made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from xlbackprop.errors import Unreadable
from xlbackprop.grid import SavedSheet
from xlbackprop.judge.calculated import calculated
from xlbackprop.judge.faults.aside import explanation_findings, rate_findings
from xlbackprop.judge.faults.assigned import first_value_findings, network_findings
from xlbackprop.judge.faults.charted import chart_findings
from xlbackprop.judge.faults.effects import with_effects
from xlbackprop.judge.faults.tabled import Judged, judge_table
from xlbackprop.judge.findings import Finding, Judgement, Outcome, SheetVerdict
from xlbackprop.judge.typed.chart_ranges import chart_ranges
from xlbackprop.judge.typed.names import GRADIENT
from xlbackprop.judge.typed.spelling import folded
from xlbackprop.judge.typed.tables import Table, tables
from xlbackprop.judge.woven.apart import apart
from xlbackprop.judge.woven.weave import Woven, weave
from xlbackprop.maths.network import Network
from xlbackprop.reading.archive import opened
from xlbackprop.reading.package import read_package

FEWEST_NUMBERS = 20
NOTHING = '""'  # an empty text in a formula
TOLD = ("rate", "loss", "error", "η", "lr")  # words of a sheet of numbers that is about a training


def judge(path: Path, assignment: Network | None = None) -> Judgement:
    """What is said of a file; it never raises for what is wrong with the file.

    assignment: the network that was set, whose first values the tables should have.
    """
    try:
        sheets = read_package(path).sheets
        woven, judged = _judged(sheets)
        if any(one.table.unjudged or _may_end_sooner(one) for several in judged.values() for one in several):
            woven, judged = _judged(calculated(path, sheets))
        verdicts = apart(_verdicts(path, woven.sheets, judged, assignment), woven)
        return Judgement(path, tuple(_with_texts(verdicts, _told_elsewhere(woven, judged))))
    except Unreadable as error:
        return Judgement(path, error=str(error))


def _may_end_sooner(judged: Judged) -> bool:
    """Whether the last row has formulas that show nothing where there is no step, and no values that would tell."""
    reading, row = judged.reading, judged.reading.table.last_row
    last = [column for column in reading.columns.values() if reading.value(row, column) is None]
    return any(NOTHING in (reading.formula(row, column) or "") for column in last)


def _judged(saved: dict[str, SavedSheet]) -> tuple[Woven, dict[str, list[Judged]]]:
    """The sheets with what belongs together woven into one table, and every table judged."""
    woven = weave(saved)
    found = _training({name: tables(sheet) for name, sheet in woven.sheets.items()})
    return woven, {
        name: [judge_table(woven.sheets, name, table) for table in several] for name, several in found.items()
    }


def _training(found: Mapping[str, list[Table]]) -> dict[str, list[Table]]:
    """The tables that train a network; one without gradients counts only if there is no other."""
    training = {
        name: [table for table in several if any(column.startswith(GRADIENT) for column in table.columns)]
        for name, several in found.items()
    }
    return training if any(training.values()) else dict(found)


def _verdicts(
    path: Path, sheets: Mapping[str, SavedSheet], judged: Mapping[str, list[Judged]], assignment: Network | None
) -> list[SheetVerdict]:
    found: list[SheetVerdict] = []
    with opened(path) as archive:
        charts = chart_findings(
            chart_ranges(archive),
            {name: [one.table for one in several] for name, several in judged.items()},
            lambda sheet, row, column: sheet in sheets and (row, column) in sheets[sheet],
        )
    for name, several in judged.items():
        beside = tuple(finding for sheet, finding in charts if sheet == name)
        if not several:
            found.append(SheetVerdict(name, _without_table(sheets[name]), findings=beside))
        for k, one in enumerate(several):
            aside = [*rate_findings(one)]
            if assignment:
                aside += [*network_findings(one, assignment), *first_value_findings(one, assignment)]
            if k == 0:
                aside += [*explanation_findings(one, sheets[name], one.table.header_row), *beside]
            found.append(SheetVerdict(name, one.outcome, one.table, (*with_effects(one), *aside)))
    return found


def _told_elsewhere(woven: Woven, judged: Mapping[str, list[Judged]]) -> dict[str, tuple[Finding, ...]]:
    """What texts contradict a woven table on the other sheets that it stands on."""
    return {
        sheet: tuple(explanation_findings(judged[home][0], woven.sheets[sheet], header))
        for home, threads in woven.threads.items()
        for sheet, header in {thread.sheet: thread.header for thread in threads.values()}.items()
        if judged[home] and not judged[sheet]
    }


def _with_texts(verdicts: Iterable[SheetVerdict], told: dict[str, tuple[Finding, ...]]) -> Iterator[SheetVerdict]:
    """The verdicts, the first on each sheet with what its texts contradict."""
    for one in verdicts:
        yield replace(one, findings=(*one.findings, *told.pop(one.sheet, ())))


def _without_table(sheet: SavedSheet) -> Outcome:
    """Whether a sheet without a table holds the numbers of a training, pasted."""
    numbers = sum(isinstance(value, float) for value in sheet.grid.values())
    texts = [folded(value) for value in sheet.grid.others.values() if isinstance(value, str)]
    about = any(word in text for word in TOLD for text in texts)
    return Outcome.VALUES_ONLY if about and numbers >= FEWEST_NUMBERS and not len(sheet.formulas) else Outcome.NO_TABLE
