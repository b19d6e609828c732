"""What a worksheet's XML holds, cell by cell: formulas spelled out, saved values as Python values."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from xlbackprop.errors import Unreadable
from xlbackprop.grid import Position, SavedSheet, Value
from xlbackprop.reading.archive import RESAVE

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
MAX_FORMULA = 8_192
MAX_NUMBER = 1_000  # characters: float() takes minutes over 100 MB of digits
MAX_SHARED = 50_000_000  # characters that the shared formulas of one sheet may grow to

# `_x000D_` stands for a character that XML cannot hold; halves of a surrogate pair stay as they are written.
ESCAPED = re.compile("_x(?![dD][89a-fA-F])([0-9A-Fa-f]{4})_")
BOOLEANS = {"0": False, "false": False, "1": True, "true": True}

Readers = dict[str, Callable[[str], Value]]


class CellError(str):
    """An error value, such as `#NUM!`: spelled like a text, but not the text that a formula returns."""

    __slots__ = ()


def value_readers(shared_strings: Sequence[str]) -> Readers:
    """How to read a saved value, by the `t` of its cell."""
    texts = {str(index): text for index, text in enumerate(shared_strings)}
    return {
        "n": number,
        "s": lambda text: texts[text.strip()],
        "str": unescaped,
        "b": lambda text: BOOLEANS[text.strip()],
        "e": CellError,
        "d": str,
        "inlineStr": unescaped,
    }


def saved_cells(rows: Iterable[ET.Element], name: str, readers: Readers, *, formulas: bool) -> SavedSheet:
    """The cells of the worksheet `name` that hold a formula or a value. rows: its `<row>`s."""
    shared = _Shared() if formulas else None
    sheet = SavedSheet()
    at = (0, 0)
    for row in rows:
        place = f"in row {row.get('r')}"
        try:
            at = (int(row.get("r", at[0] + 1)), 0)
            tags = _tags(row.tag)
            found: dict[int, list[tuple[int, str, Value]]] = {}  # by row, though only a strange file has several here
            for cell in row:
                place = cell.get("r", "")
                at = position(place, at)
                found.setdefault(at[0], []).append((at[1], *_saved(cell, at, tags, readers, shared)))
            for row_number, cells in found.items():
                sheet.put_row(row_number, *zip(*cells, strict=True))
        except (ValueError, KeyError) as error:
            why = f"unknown {error}" if isinstance(error, KeyError) else error
            raise Unreadable(f"the cell {name}!{place} cannot be read ({why}): {RESAVE}") from error
    return sheet


@lru_cache(4)
def _tags(row: str) -> tuple[str, str, str]:
    """What `f`, `v` and `is` are called beside a `<row>`."""
    main = row[: row.rfind("}") + 1]
    return main + "f", main + "v", main + "is"


def _saved(
    cell: ET.Element, at: Position, tags: tuple[str, str, str], readers: Readers, shared: "_Shared | None"
) -> tuple[str, Value]:
    """Formula and value of one `<c>`; '' and None for what it does not have."""
    formula = ""
    value: Value = None
    f, v, inline = tags
    for part in cell:
        if part.tag == v:
            kind = cell.get("t", "n")
            if part.text or kind == "str":
                value = readers[kind](part.text or "")
        elif part.tag == f:
            formula = shared.formula(part, at) if shared else ""
        elif part.tag == inline:
            value = rich_text(part)
    return formula, value


def rich_text(item: ET.Element) -> str:
    """The runs of a text in a row; reading aids (`rPh`) are not part of it."""
    runs = (*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t"))
    return unescaped("".join(run.text or "" for run in runs))


def unescaped(text: str) -> str:
    r"""The text that a file's text means.

    >>> unescaped("one_x000D_two")
    'one\rtwo'
    """
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def number(text: str) -> float | CellError:
    """A float; what no double can hold is #NUM!, as Excel has it.

    >>> number("0.1"), number("1.97e+434")
    (0.1, '#NUM!')
    """
    if len(text) > MAX_NUMBER:
        raise ValueError(f"a number of more than {MAX_NUMBER} characters")
    value = float(text)
    return value if math.isfinite(value) else CellError("#NUM!")


@lru_cache(MAX_COLUMN)
def column_number(letters: str) -> int:
    """The number of a column.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    column = 0
    for letter in letters[:4]:
        column = column * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    if not 1 <= column <= MAX_COLUMN:
        raise ValueError(f"there is no column {letters[:4]!r}")
    return column


def position(reference: str, before: Position = (0, 0)) -> Position:
    """(row, column) of a cell; a cell without a reference stands right of the one before."""
    if not reference:
        return before[0], before[1] + 1
    letters = reference.rstrip("0123456789")
    row = int(reference[len(letters) :])
    if not 1 <= row <= MAX_ROW:
        raise ValueError(f"there is no row {row}")
    return row, column_number(letters)


class _Shared:
    """Spells out the shared formulas of one sheet."""

    def __init__(self) -> None:
        self.masters: dict[str, Callable[[Position], str]] = {}
        self.room = MAX_SHARED

    def formula(self, element: ET.Element, at: Position) -> str:
        """The formula that an `<f>` means in the cell at `at`."""
        text = f"={element.text or ''}"
        if element.get("t") != "shared":
            return text
        group = element.get("si", "")
        if element.text:
            self.masters[group] = translated(text, at)
            return text
        text = self.masters[group](at)
        self.room -= len(text)
        if self.room < 0:
            raise ValueError(f"shared formulas grow beyond {MAX_SHARED:,} characters")
        return text


def translated(text: str, origin: Position) -> Callable[[Position], str]:
    """A function that gives `text`, which stands at `origin`, as it reads in another cell."""
    # 0.2 s to import, and only workbooks saved by Excel need it.
    from openpyxl.formula.tokenizer import TokenizerError
    from openpyxl.formula.translate import Translator, TranslatorError

    if len(text) > MAX_FORMULA:
        raise ValueError(f"a formula has more than {MAX_FORMULA:,} characters")
    try:
        translator = Translator(text, "A1")
    except (TokenizerError, IndexError) as error:
        raise ValueError(f"a shared formula is no formula: {error}") from error

    def at(cell: Position) -> str:
        try:
            return str(translator.translate_formula(row_delta=cell[0] - origin[0], col_delta=cell[1] - origin[1]))
        except TranslatorError as error:
            raise ValueError(f"a shared formula points off the sheet: {error}") from error

    return at
