"""What the options of several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)  # a file or folder, whether it is there or not


def json_option(instead_of: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print JSON instead of {instead_of}.")
