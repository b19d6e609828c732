"""What an engine is, and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.grid import Grid

Values = dict[str, Grid]  # by sheet; errors are CellError, empty cells are left out


@dataclass(frozen=True)
class Engine:
    """A spreadsheet program: its version (None if it is not there), and what it makes of a workbook."""

    name: str
    version: Callable[[], str | None]
    recalculate: Callable[[Path], Values]
