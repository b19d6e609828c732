"""IronCalc: a library in Rust, so the quickest; it reckons in doubles without rounding them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZipFile

from xlbackprop.engines.values import Engine, Values
from xlbackprop.errors import EngineFailed
from xlbackprop.grid import Grid
from xlbackprop.reading.archive import opened
from xlbackprop.reading.saved import CellError

if TYPE_CHECKING:
    import ironcalc

STYLES = "xl/styles.xml"
USUAL = b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
NAMED = b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'


def version() -> str | None:
    """The installed version, found without loading the library."""
    try:
        return metadata.version("ironcalc")
    except metadata.PackageNotFoundError:
        return None


def recalculate(path: Path) -> Values:
    """Every value as IronCalc calculates it."""
    try:
        import ironcalc
    except ImportError as error:
        raise EngineFailed(f"{path}: IronCalc is missing ({error}): pip install ironcalc") from error
    try:
        with TemporaryDirectory(prefix="xlbackprop-", ignore_cleanup_errors=True) as folder, _muted():
            model = ironcalc.load_from_xlsx(str(_loadable(path, Path(folder))), "en", "UTC")
            model.evaluate()
        return _values(model)
    # A Rust panic is a BaseException whose class no module exports.
    except BaseException as error:
        if not isinstance(error, ironcalc.WorkbookError) and type(error).__name__ != "PanicException":
            raise
        said = " ".join(str(error).split())
        raise EngineFailed(f"{path}: IronCalc did not recalculate it ({said}): try --engine libreoffice") from error


def _loadable(path: Path, folder: Path) -> Path:
    """The workbook, or a copy with a named style: Gnumeric saves none, and IronCalc panics where there is none.

    Refuses a zip bomb, a lock file and the like, which Rust would take or describe otherwise.
    """
    with opened(path) as archive:
        styles = archive.markup(STYLES) if STYLES in archive else NAMED
        if b"<cellStyles" in styles:
            return path
        named = styles.replace(b"<cellXfs", USUAL + b"<cellXfs", 1).replace(b"</cellXfs>", b"</cellXfs>" + NAMED, 1)
        with ZipFile(folder / "book.xlsx", "w") as copy:
            for part in archive.zip.namelist():
                copy.writestr(part, named if part == STYLES else archive.part(part))
    return folder / "book.xlsx"


@contextmanager
def _muted() -> Iterator[None]:
    """Keep what the library prints, of styles that it does not know and of panics, off the terminal and out of JSON."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [(stream, os.dup(stream)) for stream in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream, _ in saved:
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, copy in saved:
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nowhere)


def _values(model: "ironcalc.Model") -> Values:
    """The cells of an evaluated model, sheet by sheet."""
    from ironcalc import CellType

    sheets = [Grid() for _ in model.get_worksheets_properties()]
    for (sheet, row), places in groupby(model.get_all_cells(), key=itemgetter(0, 1)):
        columns = [column for _, _, column in places]
        values = [model.get_cell_value(sheet, row, column) for column in columns]
        for place, value in enumerate(values):
            if isinstance(value, str) and model.get_cell_type(sheet, row, columns[place]) == CellType.ErrorValue:
                values[place] = CellError(value)
        sheets[sheet].put_row(row, columns, values)
    return {
        properties["name"]: grid for properties, grid in zip(model.get_worksheets_properties(), sheets, strict=True)
    }


ENGINE = Engine("ironcalc", version, recalculate)
