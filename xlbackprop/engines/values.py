"""What an engine is, and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.saved import Position, Value

# Sheet -> 1-based (row, column) -> recalculated value; errors are CellError, empty cells are left out.
Values = dict[str, dict[Position, Value]]


@dataclass(frozen=True)
class Engine:
    """A spreadsheet program: its version (None if it is not there), and what it makes of a workbook."""

    name: str
    version: Callable[[], str | None]
    recalculate: Callable[[Path], Values]
