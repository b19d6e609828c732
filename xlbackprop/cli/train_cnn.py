"""`train-cnn`: train a convolutional network on MNIST."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from xlbackprop.cli.errors import INTERRUPTED
from xlbackprop.cli.options import FILE, json_option
from xlbackprop.cnn import DATA_DIR, REPORT


@click.command("train-cnn")
@click.option("--epochs", type=int, metavar="N", help="Epochs of training. [default: 20, or 6 with --recipe fast]")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Decides all that is drawn.")
@click.option(
    "--runs", type=int, default=1, show_default=True, metavar="N", help="Train that many seeds, from --seed on."
)
@click.option(
    "--arch", default="reference", show_default=True, metavar="NAME", help="The net: reference, small or tiny."
)
@click.option("--recipe", default="best", show_default=True, metavar="NAME", help="best, fade, fast or notebook.")
@click.option("--batch-size", type=int, metavar="N", help="Digits a step. [default: the recipe's, 256 with best]")
@click.option("--device", default="auto", show_default=True, metavar="NAME", help="auto, cpu, cuda or mps.")
@click.option("--data-dir", type=FILE, metavar="DIR", help=f"Where MNIST is, or goes. [default: {DATA_DIR}]")
@click.option("--mirror", metavar="URL", help="Fetch MNIST from there.")
@click.option(
    "--holdout",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="Judge on the last N training digits instead of the test set, to tune.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoints of an interrupted training.")
@click.option(
    "-o",
    "out",
    type=FILE,
    metavar="FILE",
    help=f"The report; weights go beside it. [default: {REPORT}]",
)
@json_option("a table")
def train_cnn(out: Path | None, data_dir: Path | None, as_json: bool, **given: Any) -> None:
    """Train a convolutional network on MNIST, and write its report and weights.

    \b
    Example: xlbackprop train-cnn --recipe fast --epochs 3
    """  # noqa: D301 - click reads \b as "keep these lines"
    from xlbackprop.cnn.options import Options
    from xlbackprop.cnn.run import train_cnn as train

    options = Options(out=out or REPORT, data_dir=data_dir or DATA_DIR, **given)
    result = train(options)
    if as_json:
        from xlbackprop.cnn.result import as_json as told

        click.echo(json.dumps(told(result, options.out), indent=2))
    else:
        from xlbackprop.cnn.console import print_result

        print_result(result, options.out)
    sys.exit(0 if result.complete else INTERRUPTED)
