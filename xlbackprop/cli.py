"""The command line: parse, call one function, print. Heavy imports wait behind the command that needs them."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from xlbackprop.errors import XlbackpropError

DEFAULT_OUT = Path("workbooks/Backpropagation.xlsx")


class OneLineErrors(click.Group):
    """A group that prints what is wrong with a call as one line and exits with 2."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command as a program."""
        try:
            sys.exit(super().main(*args, **extra | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(2)
        except click.ClickException as error:
            _fail(f"{error.format_message()} See xlbackprop --help.", error.exit_code)
        except XlbackpropError as error:
            _fail(str(error), 2)
        except click.Abort:
            _fail("stopped by Ctrl-C; nothing was written", 130)


def _fail(what: str, code: int) -> NoReturn:
    click.echo(f"Error: {' '.join(what.split())}", err=True)
    sys.exit(code)


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
    """Write a workbook that trains a network by formulas.

    \b
    Example: xlbackprop build --lrs 0.1,0.2,0.5,0.8,1,2
    """  # noqa: D301 - click reads \b as "keep these lines"
    gc.disable()  # a build makes a hundred thousand small objects, all of them in use until the process ends
    from xlbackprop import build as building
    from xlbackprop.template import load

    network = load(template)
    rates = building.check_rates(network.learning_rates) if lrs is None else building.parse_rates(lrs)
    if out is None:
        out = DEFAULT_OUT
        building.make_folder(out.parent)
    if images is not None:
        building.make_folder(images)
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
    """Judge workbooks that build wrote, even after their yellow cells were changed.

    Exits with 0 if every cell is right, 1 if one is wrong, 2 if a file cannot be judged.

    \b
    Example: xlbackprop verify workbooks/Backpropagation.xlsx --engine all
    """  # noqa: D301
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
