"""Samples from a file: a table in CSV, or two arrays in .npz."""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from xlbackprop.errors import BadFile

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 10_000_000  # of a file, and of what it unpacks to; a workbook holds far fewer numbers
ARRAYS = (("inputs", "targets"), ("x", "y"))  # what the two arrays of an .npz may be called
NUMBERS = "fiub"  # NumPy's kinds of plain numbers

Pairs = list[tuple[tuple[float, ...], tuple[float, ...]]]  # the inputs and the targets of each sample


@dataclass(frozen=True, slots=True)
class Shape:
    """What a network wants of a sample. classes: whether one number, which class it is, may stand for its targets."""

    inputs: int
    outputs: int
    classes: bool = False

    @property
    def columns(self) -> str:
        """The columns of a table, in words."""
        instead = ", or the class instead of the targets" if self.classes else ""
        return f"{self.inputs + self.outputs} ({counted(self.inputs, 'input')}, then {self.targets}{instead})"

    @property
    def targets(self) -> str:
        """How many targets a sample has, in words."""
        return counted(self.outputs, "target")

    def one_hot(self, where: str, targets: Sequence[float]) -> tuple[float, ...]:
        """A target for each output unit."""
        if len(targets) == self.outputs:
            return tuple(targets)
        if targets[0] not in range(self.outputs):
            raise BadFile(f"{where}: {targets[0]:g} is not a class; write whole numbers from 0 to {self.outputs - 1}")
        return tuple(float(k == targets[0]) for k in range(self.outputs))


def counted(number: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "input"), counted(2, "input")
    ('1 input', '2 inputs')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def contents(path: Path) -> bytes:
    """All that is in a file of sensible size; BadFile if it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror}); give the path of a file") from None
    if len(data) > MOST_BYTES:
        raise BadFile(f"{path}: {_TOO_LARGE}")
    return data


_TOO_LARGE = f"has more than {MOST_BYTES // 1_000_000} MB; a workbook holds a few thousand numbers, so give it fewer"


def load(path: Path, shape: Shape) -> Pairs:
    """The samples of a file, one or more; BadFile names the line, or the array, that does not fit."""
    kinds = {".csv": _table, ".npz": _arrays}
    if path.suffix.lower() not in kinds:
        raise BadFile(f"{path}: samples stand in a file whose name ends in {' or '.join(kinds)}")
    return kinds[path.suffix.lower()](path, contents(path), shape)


def lines_of(path: Path, data: bytes, instead: str) -> list[tuple[int, list[str]]]:
    """The lines of a CSV file that hold something, with their numbers; BadFile says what to write `instead`."""
    try:
        text = data.decode("utf-8-sig")
        between = ";" if ";" in text.partition("\n")[0] else ","  # Excel writes ; where numbers have decimal commas
        lines = csv.reader(StringIO(text, newline=""), delimiter=between, strict=True)
        return [(lines.line_num, row) for row in lines if any(map(str.strip, row))]
    except UnicodeDecodeError:
        raise BadFile(f"{path}: is not UTF-8 text; save the table as CSV in UTF-8") from None
    except csv.Error as error:
        raise BadFile(f"{path}:{lines.line_num}: is not CSV ({error}); {instead}") from None


def _table(path: Path, data: bytes, shape: Shape) -> Pairs:
    """A row for each sample, below an optional row of headings."""
    rows = lines_of(path, data, "write numbers with commas between")
    if rows and not any(map(_is_number, rows[0][1])):
        del rows[0]
    if not rows:
        raise BadFile(f"{path}: has no samples; write a line for each")
    return list(_samples(path, rows, shape))


def _samples(path: Path, rows: Sequence[tuple[int, list[str]]], shape: Shape) -> Iterator[tuple[Any, Any]]:
    widths = {shape.inputs + shape.outputs} | ({shape.inputs + 1} if shape.classes else set())
    for line, row in rows:
        where = f"{path}:{line}"
        if len(row) not in widths:
            raise BadFile(f"{where}: {counted(len(row), 'column')} with commas between; needed are {shape.columns}")
        numbers = [_number(f"{where}: column {place}", text) for place, text in enumerate(row, start=1)]
        yield tuple(numbers[: shape.inputs]), shape.one_hot(where, numbers[shape.inputs :])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(where: str, text: str) -> float:
    plain = text.isascii() and "_" not in text and _is_number(text)  # float() takes more than people write
    if not (plain and math.isfinite(float(text))):
        raise BadFile(f"{where}: {text.strip()!r:.40} is not a finite number; write one like -0.5 or 1e-3")
    return float(text)


def _arrays(path: Path, data: bytes, shape: Shape) -> Pairs:
    """An array of inputs, (samples, inputs), and one of targets, (samples, outputs) or (samples,)."""
    import numpy as np

    try:
        with ZipFile(BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise BadFile(f"{path}: {_TOO_LARGE}")
        with np.load(BytesIO(data), allow_pickle=False) as there:
            names = next((names for names in ARRAYS if set(names) <= set(there)), None)
            if names is None:
                raise BadFile(f"{path}: has {_listed(there)}; name the arrays {' and '.join(ARRAYS[0])}")
            inputs, targets = (there[name] for name in names)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error, MemoryError, NotImplementedError):
        raise BadFile(f"{path}: is damaged, or holds other things than numbers; write it with numpy.savez") from None
    rows = _checked(path, names[0], inputs, {shape.inputs})
    answers = _checked(path, names[1], targets, {shape.outputs} | ({1} if shape.classes else set()))
    if len(rows) != len(answers):
        raise BadFile(f"{path}: {len(rows)} rows of {names[0]} and {len(answers)} of {names[1]}; give one for each")
    return [
        (tuple(row), shape.one_hot(f"{path}: {names[1]}[{n}]", answer))
        for n, (row, answer) in enumerate(zip(rows, answers, strict=True))
    ]


def _listed(names: Any) -> str:
    return f"arrays named {', '.join(names)}"[:80] if list(names) else "no arrays"


def _checked(path: Path, name: str, array: np.ndarray[Any, Any], widths: set[int]) -> list[list[float]]:
    """The rows of an array, each of one of these widths; a single dimension is one column."""
    import numpy as np

    where = f"{path}: {name}"
    if getattr(array, "dtype", np.dtype(object)).kind not in NUMBERS:
        raise BadFile(f"{where} holds no plain numbers; give an array of float64")
    columns = array[:, None] if array.ndim == 1 and 1 in widths else array
    if columns.ndim != 2 or columns.shape[1] not in widths or not len(columns):
        wanted = " or ".join(f"(samples, {width})" for width in sorted(widths, reverse=True))
        raise BadFile(f"{where} has the shape {array.shape}; needed is {wanted}, with one sample or more")
    rows: list[list[float]] = columns.astype(np.float64).tolist()
    if not all(map(math.isfinite, chain.from_iterable(rows))):
        raise BadFile(f"{where} holds a number that is not finite; leave such samples out")
    return rows
