"""The command line: parse, call one function, print. Heavy imports wait behind the command that needs them."""

from __future__ import annotations

import click

from xlbackprop.cli.build import build, new, templates
from xlbackprop.cli.errors import OneLineErrors
from xlbackprop.cli.exercise import exercise
from xlbackprop.cli.grade import grade
from xlbackprop.cli.train_cnn import train_cnn
from xlbackprop.cli.verify import verify


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xlbackprop")
def main() -> None:
    """Turn a neural network into a spreadsheet that trains itself by live formulas, and prove every cell right."""


for command in (build, templates, new, verify, grade, exercise, train_cnn):
    main.add_command(command)
