"""`build`, and what it starts from: `templates` and `new`."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import click

from xlbackprop.cli.options import FILE, json_option

DEFAULT_OUT = Path("workbooks/Backpropagation.xlsx")


@click.command()
@click.option(
    "--lrs", metavar="RATES", help="Learning rates, one sheet each, like 0.1,0.5,1. [default: the template's]"
)
@click.option(
    "--steps", type=int, metavar="N", help="Steps of gradient descent on each sheet. [default: the template's]"
)
@click.option("--template", metavar="NAME|FILE", help="The network to train. [default: classic]")
@click.option("--torch", metavar="MODULE:OBJECT", help="Instead: a PyTorch module, with the weights it has.")
@click.option("--data", type=FILE, metavar="FILE", help="What it learns, from a .csv or .npz.")
@click.option("--weights", type=FILE, metavar="FILE", help="Its first weights, of safetensors.")
@click.option("--loss", metavar="NAME", help="Its loss, like cross-entropy or CrossEntropyLoss.")
@click.option("--optimizer", metavar="NAME", help="Its optimizer, like sgd or Adam.")
@click.option("--batch", metavar="NAME", help='Whether a step learns from all samples, full, or "one by one".')
@click.option("-o", "out", type=FILE, metavar="FILE", help=f"Where to write. [default: {DEFAULT_OUT}]")
@click.option("--images", type=FILE, metavar="DIR", help="Also write the loss curves as pictures.")
@click.option("--force", is_flag=True, help="Write over a workbook that someone has changed.")
@json_option("a table")
def build(
    lrs: str | None,
    steps: int | None,
    out: Path | None,
    images: Path | None,
    force: bool,
    as_json: bool,
    **parts: Any,
) -> None:
    """Write a workbook that trains a network by formulas.

    \b
    Example: xlbackprop build --lrs 0.1,0.2,0.5,0.8,1,2
    """  # noqa: D301 - click reads \b as "keep these lines"
    gc.disable()  # a build makes a hundred thousand small objects, all of them in use until the process ends
    from xlbackprop import build as building
    from xlbackprop.asking.asked import Asked
    from xlbackprop.asking.asked import network as asked_for

    rates = None if lrs is None else building.parse_rates(lrs)
    network = asked_for(Asked(**parts, rates=rates, steps=steps))
    folders = {"-o": DEFAULT_OUT.parent} if out is None else {}
    folders |= {"--images": images} if images is not None else {}
    out = out or DEFAULT_OUT
    run = building.build(network, network.learning_rates, network.steps, out, force=force, folders=folders)
    pictures: list[Path] = []
    if images is not None:
        from xlbackprop.writing.images import write_images

        pictures = write_images(run, images)
    if as_json:
        click.echo(json.dumps(building.report(run, out, pictures), indent=2, ensure_ascii=False))
    else:
        from xlbackprop.cli.console import print_build

        print_build(run, building.series(run), out, pictures)


@click.command()
@json_option("a table")
def templates(as_json: bool) -> None:
    """List the networks that come with the program, for build --template."""
    from xlbackprop.template.template import load, shipped

    titles = {name: load(name).title for name in shipped()}
    if as_json:
        click.echo(json.dumps(titles, indent=2, ensure_ascii=False))
    else:
        from xlbackprop.cli.console import print_templates

        print_templates(titles)


@click.command()
@click.argument("file", type=FILE, metavar="FILE")
def new(file: Path) -> None:
    """Write a template of your own to start from, every line explained: FILE.toml, or a form to fill in, FILE.xlsx.

    \b
    Example: xlbackprop new mine.toml
    """  # noqa: D301
    from xlbackprop.template.template import write_starter

    write_starter(file)
    click.echo(f"Wrote {file}")
    click.echo(f"Change it, then: xlbackprop build --template {file} -o {file.with_name('My_network.xlsx')}")
