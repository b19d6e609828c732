"""`verify`: judge workbooks, ours and those that people made by hand."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbackprop.cli.options import FILE, json_option

if TYPE_CHECKING:
    from xlbackprop.maths.network import Network


def _loaded(template: str | None) -> Network | None:
    if template is None:
        return None
    from xlbackprop.template.template import load

    return load(template)


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE…")
@click.option(
    "--engine",
    default="ironcalc",
    show_default=True,
    type=click.Choice(["ironcalc", "libreoffice", "gnumeric", "all"]),
    help="Which program recalculates the workbook.",
)
@click.option(
    "--template", metavar="NAME|FILE", help="The assignment, whose first values a hand-made table should have."
)
@click.option(
    "--report",
    type=FILE,
    metavar="FILE",
    help="Also write a workbook with the findings on one FILE, and the wrong cells marked in a copy of the table.",
)
@json_option("tables")
def verify(files: tuple[Path, ...], engine: str, template: str | None, report: Path | None, as_json: bool) -> None:
    """Judge workbooks: those that build wrote, and those that people made by hand, in whatever layout.

    Every formula of a hand-made table is compared with what belongs there. The file itself is only read.
    Exits with 0 if every cell is right, 1 if something is wrong, 2 if a file cannot be judged.

    \b
    Example: xlbackprop verify workbooks/Backpropagation.xlsx --engine all
    """  # noqa: D301 - click reads \b as "keep these lines"
    gc.disable()  # as for a build: what is made is in use until the process ends
    from xlbackprop import verdict as judging

    if report is not None:
        from xlbackprop.judge.report import check_report

        if len(files) > 1:
            raise click.UsageError("--report: is about one workbook; name one FILE.")
        check_report(report, *files)
    words = [judging.word_on(file, engine, _loaded(template)) for file in files]
    for word in words:
        for line in word.notes:
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps([judging.as_json(word) for word in words], indent=2, ensure_ascii=False))
    else:
        from xlbackprop.cli.console import print_judgement, print_verdict

        for word in words:
            if word.verdict:
                print_verdict(word.verdict)
            elif not word.notes:
                print_judgement(word.judgement)
    if report is not None and words[0].judgement.readable:
        from xlbackprop.judge.report import write_report

        write_report(words[0].judgement, files[0], report)
        click.echo(f"Wrote {report}", err=as_json)
    sys.exit(max(word.exit_code for word in words))
