"""The command line: parse, call one function, print. Heavy imports wait behind the command that needs them."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import click

from xlbackprop.errors import XlbackpropError

DEFAULT_OUT = Path("workbooks/Backpropagation.xlsx")


class OneLineErrors(click.Group):
    """A group that prints our own errors as one line and exits with 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except XlbackpropError as error:
            click.echo(f"Error: {' '.join(str(error).split())}", err=True)
            ctx.exit(2)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xlbackprop")
def main() -> None:
    """Turn a neural network into a spreadsheet that trains itself by live formulas, and prove every cell right."""


@main.command()
@click.option(
    "--lrs", metavar="RATES", help="Learning rates, one sheet each, like 0.1,0.5,1. [default: the template's]"
)
@click.option(
    "--steps", type=int, metavar="N", help="Steps of gradient descent on each sheet. [default: the template's]"
)
@click.option("--template", default="classic", show_default=True, metavar="NAME|FILE", help="The network to train.")
@click.option(
    "-o", "out", type=click.Path(path_type=Path), metavar="FILE", help=f"Where to write. [default: {DEFAULT_OUT}]"
)
@click.option(
    "--images", type=click.Path(path_type=Path), metavar="DIR", help="Also write the loss curves as pictures."
)
@click.option("--force", is_flag=True, help="Write over a workbook that someone has changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def build(
    lrs: str | None, steps: int | None, template: str, out: Path | None, images: Path | None, force: bool, as_json: bool
) -> None:
    r"""Write a workbook that trains a network by formulas.

    \b
    Example: xlbackprop build --lrs 0.1,0.2,0.5,0.8,1,2
    """
    gc.disable()  # a build makes a hundred thousand small objects, all of them in use until the process ends
    from xlbackprop import build as building
    from xlbackprop.template import load

    network = load(template)
    rates = building.check_rates(network.learning_rates) if lrs is None else building.parse_rates(lrs)
    if out is None:
        out = DEFAULT_OUT
        out.parent.mkdir(exist_ok=True)
    if images is not None:
        from xlbackprop.images import check_folder

        check_folder(images)
    run = building.build(network, rates, network.steps if steps is None else steps, out, force=force)
    pictures: list[Path] = []
    if images is not None:
        from xlbackprop.images import write_images

        pictures = write_images(run, images)
    if as_json:
        click.echo(json.dumps(building.report(run, out, pictures), indent=2, ensure_ascii=False))
    else:
        from xlbackprop.console import print_build

        print_build(run, building.series(run), out, pictures)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--engine",
    default="ironcalc",
    show_default=True,
    type=click.Choice(["ironcalc", "libreoffice", "gnumeric", "all"]),
    help="Which program recalculates the workbook.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def verify(files: tuple[Path, ...], engine: str, as_json: bool) -> None:
    r"""Judge workbooks that build wrote, even after their yellow cells were changed.

    Exits with 0 if every cell is right, 1 if one is wrong, 2 if a file cannot be judged.

    \b
    Example: xlbackprop verify workbooks/Backpropagation.xlsx --engine all
    """
    gc.disable()  # as in build
    from xlbackprop import verify as judging

    verdicts = [judging.verify(file, engine) for file in files]
    for verdict in verdicts:
        for line in (*verdict.notes, *([verdict.error] if verdict.error else [])):
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps([judging.as_json(verdict) for verdict in verdicts], indent=2, ensure_ascii=False))
    else:
        from xlbackprop.console import print_verdict

        for verdict in verdicts:
            print_verdict(verdict)
    sys.exit(max(verdict.exit_code for verdict in verdicts))
