"""What a person reads on stdout: rich tables in a terminal, plain columns that never wrap in a file or a pipe."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbackprop.pages.layout import a1
from xlbackprop.shown import plain

if TYPE_CHECKING:  # each command pays for its own imports only
    from xlbackprop.build import Series
    from xlbackprop.grade.places import Places
    from xlbackprop.judge.findings import Finding, Judgement
    from xlbackprop.pages.plan import Run
    from xlbackprop.proof.compare import Difference
    from xlbackprop.proof.verify import Verdict

WIDEST = 100  # characters of a first mistake
MOST = 20  # differences listed before the rest are only counted
Rows = Sequence[Sequence[str]]


def print_build(run: Run, series: Sequence[Series], out: Path, pictures: Sequence[Path]) -> None:
    """The learning rates with what they reach, and where the file is."""
    names = [[name] for name in run.plan.rate_sheets] if run.plan.network.compared else [[] for _ in series]
    headings = (
        *(["optimizer"] if names[0] else []),
        "learning rate",
        "first loss",
        "last loss",
        f"steps until < {plain(run.given.threshold)}",
    )
    rows = [
        (
            *name,
            f"{one.learning_rate:.15g}",
            _loss(one.first_loss),
            _loss(one.last_loss),
            f"> {run.plan.steps}" if one.steps_until is None else str(one.steps_until),
        )
        for name, one in zip(names, series, strict=True)
    ]
    _print_table(run.plan.network.title, headings, rows, right=range(len(headings) - 4, len(headings)))
    click.echo(f"Wrote {out}")
    if pictures:
        click.echo(f"Wrote {len(pictures)} pictures in {pictures[0].parent}")


def print_templates(titles: Mapping[str, str]) -> None:
    """A line for each."""
    _print_table("", ("template", "network"), list(titles.items()))


def print_verdict(verdict: Verdict) -> None:
    """What each engine found, then each difference."""
    if verdict.error:
        return
    measures = [(name, f"{one.cells:,}", f"{one.max_abs:.1e}", f"{one.max_rel:.1e}") for name, one in verdict.engines]
    _print_table(str(verdict.file), ("engine", "cells", "largest difference", "relative"), measures, right=(1, 2, 3))
    if verdict.differences:
        headings = ("sheet", "cell", "label", "kind", "stands there", "belongs there")
        _print_table("", headings, [_told(one) for one in verdict.differences[:MOST]])
    if len(verdict.differences) > MOST:
        click.echo(f"… and {len(verdict.differences) - MOST:,} more: --json lists them all")
    if verdict.following:
        click.echo(f"{verdict.following:,} more values differ because of these.")
    if skipped := max((one.skipped for _, one in verdict.engines), default=0):
        click.echo(f"{skipped:,} values overflow, of which programs make different things: not judged.")
    click.echo(_last_line(verdict))


def print_judgement(judgement: Judgement) -> None:
    """The verdict on each sheet of a hand-made workbook, and what was found there, with the formula that belongs."""
    from xlbackprop.judge.told import called, in_short, where

    if judgement.error:
        return
    _print_line(str(judgement.file), bold=True)
    left = MOST
    for name, verdict in zip(called(judgement.sheets), judgement.sheets, strict=True):
        _print_line(f"{name}: {verdict.outcome}. {where(verdict)}".rstrip(), bold=True)
        for finding in verdict.findings[: max(left, 0)]:
            _print_finding(finding)
        left -= len(verdict.findings)
    if left < 0:
        click.echo(f"… and {-left:,} more: --report FILE.xlsx shows them all")
    _print_line(in_short(judgement))


def _print_finding(finding: Finding) -> None:
    from xlbackprop.judge.told import some_of
    from xlbackprop.judge.typed.names import pretty

    _print_line(f"  {some_of(finding.cells)}, {pretty(finding.label)}: {finding.kind}")
    for line in (finding.message, finding.effect):
        if line:
            _print_line(f"    {line}")
    if finding.correction:
        first = finding.cells[0].partition(":")[0] if finding.cells else finding.label
        place = "Belongs there" if finding.label == "chart" else f"Belongs in {first}"
        _print_line(f"    {place}: {finding.correction}")


def _print_line(text: str, *, bold: bool = False) -> None:
    """A line that a stranger's workbook cannot break or colour; click leaves the bold out where nobody sees it."""
    from xlbackprop.reading.archive import one_line

    click.secho(one_line(text), bold=bold or None)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], Callable[[], None]]]:
    """A bar on stderr, in a terminal; told how many things there are, it gives what is to be called for each."""
    with ExitStack() as stack:

        def watch(count: int) -> Callable[[], None]:
            if not sys.stderr.isatty():
                return lambda: None
            bar = stack.enter_context(click.progressbar(length=count, label=what, file=sys.stderr, show_pos=True))
            return lambda: bar.update(1)

        yield watch


def print_grades(places: Places, out: Path, feedback: Path | None) -> None:
    """A line for each submission, how many have which verdict, and where everything is."""
    from xlbackprop.asking.data import counted
    from xlbackprop.grade.words import first_mistake

    rows = [
        (
            one.student,
            str(one.standing),
            "-" if score is None else f"{score:g}",
            _cut(first_mistake(one)),
            f"{one.seconds:.2f}",
        )
        for one, score in zip(places.submissions, places.scores(), strict=True)
    ]
    headings = ("student", "verdict", f"of {places.rubric.full:g}", "first mistake", "seconds")
    _print_table("", headings, rows, right=(2, 4))
    counts = Counter(str(one.standing) for one in places.submissions)
    verdicts = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    click.echo(f"{counted(len(rows), 'submission')}: {verdicts}")
    if places.pairs:
        click.echo(f"{counted(len(places.pairs), 'pair')} to compare: see the sheet Identical work")
    click.echo(f"Wrote {out}")
    if feedback is not None:
        click.echo(f"Wrote a page for each student in {feedback}")


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _told(one: Difference) -> tuple[str, ...]:
    return one.sheet, a1(*one.cell), one.label, one.kind, one.found, one.expected


def _last_line(verdict: Verdict) -> str:
    if verdict.ok:
        return f"All right: formulas, values and gradients ({', '.join(verdict.witnesses)}) agree."
    count = len({(one.sheet, one.cell) for one in verdict.differences})
    if count == 1:
        return "WRONG: one cell is not as it should be."
    return f"WRONG: {count:,} cells are not as they should be."


def _loss(value: float | None) -> str:
    if value is None:
        return "overflow"
    return f"{value:.6f}" if value >= 1e-4 else f"{value:.3g}"


def _print_table(title: str, headings: Sequence[str], rows: Rows, right: Sequence[int] = ()) -> None:
    if sys.stdout.isatty():
        _print_rich(title, headings, rows, right)
        return
    if title:
        click.echo(title)
    lines = [headings, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    for line in lines:
        cells = (
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        click.echo("  ".join(cells).rstrip())


def _print_rich(title: str, headings: Sequence[str], rows: Rows, right: Sequence[int]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title) or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console(highlight=False).print(table)
