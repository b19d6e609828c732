"""`grade`: judge a class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from xlbackprop.cli.options import FILE


@click.command()
@click.argument("paths", nargs=-1, type=FILE, metavar="FOLDER|FILES…")
@click.option(
    "-o",
    "out",
    type=FILE,
    default=Path("gradebook.xlsx"),
    show_default=True,
    metavar="FILE",
    help="Where to write the gradebook.",
)
@click.option("--rubric", type=FILE, metavar="FILE", help="Points, in TOML. [default: --show-rubric]")
@click.option("--show-rubric", is_flag=True, help="Print the rubric that comes with the program, to start from.")
@click.option("--template", metavar="NAME|FILE", help="The assignment, whose first values every table should have.")
@click.option(
    "--students",
    type=FILE,
    metavar="FILE",
    help="A .csv of names: says who handed in nothing.",
)
@click.option("--feedback", type=FILE, metavar="DIR", help="Also write a page for each student.")
@click.option(
    "--format", "form", type=click.Choice(["html", "md"]), default="html", show_default=True, help="Of these pages."
)
@click.option("--no-corrections", is_flag=True, help="Pages say what is wrong, and leave out what belongs there.")
@click.option("--jobs", type=int, metavar="N", help="Files judged at a time. [default: one for each core]")
@click.option("--dask", metavar="tcp://HOST:PORT", help="Judge on the workers of this Dask scheduler instead.")
@click.option(
    "--time-limit", "seconds", type=float, default=60, show_default=True, metavar="SECONDS", help="For one file."
)
@click.option("--force", is_flag=True, help="Write over a gradebook that someone has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each submission instead of a table.")
def grade(paths: tuple[Path, ...], show_rubric: bool, no_corrections: bool, as_json: bool, **given: Any) -> None:
    """Judge a class: a gradebook with scores, what was found in each submission, and hints at identical work.

    A folder is searched for spreadsheets, also below it; a file that cannot be read gets a line that says why.
    Exits with 0 when the grading worked, whatever the verdicts; with 2 when the call is wrong.

    \b
    Example: xlbackprop grade submissions -o gradebook.xlsx --feedback pages
    """  # noqa: D301 - click reads \b as "keep these lines"
    if show_rubric:
        from xlbackprop.grade.rubric import SHIPPED

        click.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    if not paths:
        raise click.UsageError("Missing argument 'FOLDER|FILES…'.")
    from xlbackprop.cli.console import counting, print_grades
    from xlbackprop.grade.run import Asked, lines
    from xlbackprop.grade.run import grade as graded

    with counting("Judging") as watch:
        places = graded(Asked(paths, corrections=not no_corrections, **given), watch)
    for note in (*places.notes, *_idle(given["feedback"], no_corrections)):
        click.echo(note, err=True)
    if as_json:
        for line in lines(places):
            click.echo(json.dumps(line, ensure_ascii=False))
    else:
        print_grades(places, given["out"], given["feedback"])


def _idle(feedback: Path | None, no_corrections: bool) -> list[str]:
    """A line on options that only change pages of feedback, where none were asked for."""
    source = click.get_current_context().get_parameter_source("form")
    said = {"--no-corrections": no_corrections, "--format": source is ParameterSource.COMMANDLINE}
    idle = [name for name, given in said.items() if given and feedback is None]
    return [f"{' and '.join(idle)}: only for pages of feedback; say where with --feedback DIR"] if idle else []
