"""`exercise`: workbooks for students to fill in."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import click

from xlbackprop.cli.options import FILE, json_option


@click.command()
@click.option("--template", default="classic", show_default=True, metavar="NAME|FILE", help="The network.")
@click.option("--students", type=FILE, metavar="FILE", help="A .csv of names: a workbook for each of them.")
@click.option(
    "--blank",
    multiple=True,
    metavar="KINDS",
    help="The columns to fill in: forward, loss, gradients, updates. [default: gradients]",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="Decides the numbers of each student."
)
@click.option("--lrs", metavar="RATE", help="The learning rate. [default: the template's, in the middle]")
@click.option("--steps", type=int, metavar="N", help="Rows of the table. [default: the template's, at most 20]")
@click.option(
    "-o", "out", type=FILE, default=Path("exercises"), show_default=True, metavar="DIR",
    help="The folder to write in.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Write over workbooks that someone has changed.")
@json_option("text")
def exercise(
    template: str, blank: tuple[str, ...], lrs: str | None, out: Path, force: bool, as_json: bool, **given: Any
) -> None:
    """Write a workbook to fill in for each student, with numbers of their own, and a key for the teacher.

    Cells turn green when they are right and red when they are wrong.

    \b
    Example: xlbackprop exercise --students roster.csv --blank gradients,updates -o exercises
    """  # noqa: D301 - click reads \b as "keep these lines"
    gc.disable()  # as for a build: what is made is in use until the process ends
    from xlbackprop.exercise.blanks import GRADIENTS, parse
    from xlbackprop.exercise.handout import Asked, hand_out, one_rate
    from xlbackprop.template.template import load

    rate = None if lrs is None else one_rate(lrs)
    asked = Asked(load(template), template, blank=parse(blank or (GRADIENTS,)), rate=rate, **given)
    *written, key = hand_out(asked, out, force=force)
    if as_json:
        told = {"exercises": [str(path) for path in written], "key": str(key)}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(f"Wrote {len(written)} {'exercise' if len(written) == 1 else 'exercises'} in {out}")
        click.echo(f"Wrote {key}")
