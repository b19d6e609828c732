"""What the references of a formula mean: names of the table's columns, of this row, the one above or the one below."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from xlbackprop.grid import Position, SavedSheet, Value
from xlbackprop.judge.typed.formula import BETWEEN, Token, Unparsed, tokens
from xlbackprop.judge.typed.labels import canonical
from xlbackprop.judge.typed.names import ABOVE, BELOW, LEARNING_RATE
from xlbackprop.judge.typed.tables import Table
from xlbackprop.pages.layout import letters

MOST_CELLS = 64  # of a range in a formula

REFERENCE = re.compile(
    r"(?<![A-Za-z0-9_.$'!\]\[])(?<!\[@)((?:'(?:[^'\[\]]|'')+'|[A-Za-z_\u00c0-\uffff][\w.]*)!)?(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})(?![\w(.!])"
)
STRUCTURED = re.compile(r"[^\[\]]*\[(?:\[#This Row\],\[|@\[?)([^\[\]]+)\]*")  # Table1[[#This Row],[w1]], Table1[@w1]
NAME = "name "  # how the token of a defined name begins: names of files that nobody trusts are not followed
OUTSIDE = re.compile(r"(?:(.+)!)?\$([A-Z]+)\$(\d+)")
FACTORS = ("*", "/", "^")
MARKS = {0: "", -1: ABOVE, 1: BELOW}
GIVEN = re.compile(r"[itb]\d+|b_.+|" + LEARNING_RATE)  # what may stand in a cell beside the table


class Cell(NamedTuple):
    """A reference as it is typed. sheet: None for the formula's own; row: absolute where `fixed`, else an offset."""

    sheet: str | None
    column: int
    row: int
    fixed: bool


@lru_cache(1024)
def column_number(text: str) -> int:
    """The number of a column, counted from 1: AB is 28."""
    number = 0
    for letter in text.upper():
        number = 26 * number + ord(letter) - 64
    return number


def cells_of(formula: str, row: int) -> tuple[str, tuple[Cell, ...]]:
    """The formula with a mark for each reference, and these: the same for every cell that it is filled down to.

    >>> cells_of("=E3-$G$1*X3", 4)[0]
    '=@-@*@'
    """
    found: list[Cell] = []

    def cell(match: re.Match[str]) -> str:
        sheet, _, letters, dollar, digits = match.groups()
        named = sheet[:-1].strip("'").replace("''", "'") if sheet else None
        found.append(Cell(named, column_number(letters), int(digits) - (0 if dollar else row), bool(dollar)))
        return "@"

    return REFERENCE.sub(cell, formula), tuple(found)


@dataclass(frozen=True)
class Reading:
    """A table with all that its formulas may refer to. rate: where the learning rate stands, once that is known.

    beside: names of cells outside the table that hold inputs, targets or biases;
    typed: column and number -> name of the bias that is typed into the column's formulas;
    called: defined names -> what they must be, as they are called and used; they are not followed;
    helpers: columns of formulas whose label says nothing to us, by letter: [AF].
    """

    sheets: Mapping[str, SavedSheet]
    sheet: str
    table: Table
    rate: tuple[str, Position] | None = None
    beside: Mapping[tuple[str, Position], str] = field(default_factory=dict)
    typed: Mapping[tuple[int, float], str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    _cache: dict[tuple[Hashable, ...], tuple[Token, ...]] = field(default_factory=dict)

    @cached_property
    def helpers(self) -> dict[str, int]:
        """The columns of the table's rows that have no label that we can read, but formulas in half of the rows."""
        count: Counter[int] = Counter()
        rows = self.table.rows
        for (row, column), text in self.cells.formulas.items():
            if row in rows and column not in self.table.names and not _copies_above(text, row, column):
                count[column] += 1
        return {f"[{letters(column)}]": column for column in sorted(count) if 2 * count[column] >= len(rows)}

    @cached_property
    def columns(self) -> dict[str, int]:
        """All columns by name, helpers too."""
        return {**self.table.columns, **self.helpers}

    @property
    def given_names(self) -> list[str]:
        """Names that need no column: of cells beside the table, of defined names, of biases in formulas."""
        return [*self.beside.values(), *self.typed.values(), *self.called.values()]

    @cached_property
    def _names(self) -> dict[int, str]:
        return {column: name for name, column in self.columns.items()}

    @property
    def cells(self) -> SavedSheet:
        """The cells of the table's sheet."""
        return self.sheets[self.sheet]

    def heading(self, name: str) -> str:
        """What a column is called on the sheet."""
        column = self.columns.get(name) or column_number(name.strip("[]"))
        text = self.value(self.table.header_row, column)
        return text.strip() if isinstance(text, str) and text.strip() else f"column {letters(column)}"

    def formula(self, row: int, column: int) -> str | None:
        """The formula of a cell of the sheet."""
        return self.cells.formulas.get((row, column))

    def value(self, row: int, column: int) -> Value:
        """The saved value of a cell of the sheet."""
        return self.cells.grid.get((row, column))

    def tokens(self, row: int, column: int) -> tuple[Token, ...]:
        """The formula of a cell as tokens whose references are names; Unparsed if it says nothing to us."""
        text = self.formula(row, column)
        if text is None:
            raise Unparsed("no formula")
        skeleton, cells = cells_of(text, row)
        names = tuple(self.name(*self._place(cell, row), row, fixed=cell.fixed) for cell in cells)
        meaning = skeleton, cells if ":" in skeleton else (), names
        if meaning not in self._cache:
            self._cache[meaning] = tuple(self._named(token, row) for token in tokens(text))
        return self._with_typed(self._cache[meaning], column) if self.typed else self._cache[meaning]

    def _with_typed(self, found: tuple[Token, ...], column: int) -> tuple[Token, ...]:
        """The tokens with the names of biases for numbers that are added, not taken times anything."""
        beyond = (None, *found, None)
        return tuple(
            Token("ref", self.typed[column, float(token.text)])
            if token.kind == "num"
            and (column, float(token.text)) in self.typed
            and not any(near is not None and near.text in FACTORS for near in (before, after))
            else token
            for before, token, after in zip(beyond, found, beyond[2:], strict=False)
        )

    def references(self, row: int, column: int, *, sliding: bool = False) -> list[tuple[str, Position]]:
        """The cells that the formula of a cell refers to; sliding: only those without a $ before their row."""
        _, cells = cells_of(self.formula(row, column) or "", row)
        return [self._place(cell, row) for cell in cells if not (sliding and cell.fixed)]

    def _place(self, cell: Cell, row: int) -> tuple[str, Position]:
        return cell.sheet or self.sheet, (cell.row if cell.fixed else row + cell.row, cell.column)

    def name(self, sheet: str, place: Position, row: int, *, fixed: bool = False) -> str:
        """What a cell is for a formula in `row`. fixed: whether it is typed with a $ before its row."""
        if (sheet, place) == self.rate:
            return LEARNING_RATE
        if name := self.beside.get((sheet, place)):
            return name
        table = self.table
        if sheet == self.sheet and place[0] not in table.gaps and table.first_row - 1 <= place[0] <= table.last_row + 1:
            if name := self._names.get(place[1]):
                return self._of_row(name, place, row, fixed)
            if self._repeats_rate(place):
                return LEARNING_RATE
            if not fixed and place[0] in table.rows:  # a column without a label: the same all the way down
                return f"[{letters(place[1])}]{self._mark(place, row)}"
        return outside(sheet if sheet != self.sheet else "", place)

    def _of_row(self, name: str, place: Position, row: int, fixed: bool) -> str:
        """The name of a cell of the table, marked where it stands in another row; what is fixed and given is of any."""
        if name == LEARNING_RATE or (fixed and name[0] in "itb" and self._constant(place[1], place[0], row)):
            return name
        return name + self._mark(place, row)

    def _mark(self, place: Position, row: int) -> str:
        steps = self.table.apart(place[0], row)
        return MARKS.get(steps, f"@{steps:+d}")

    def _repeats_rate(self, place: Position) -> bool:
        """Whether it stands in a column of the table that repeats the learning rate in every row.

        A file that was never calculated has no values: there the formula must copy the cell above.
        """
        if self.rate is None or self.rate[0] != self.sheet or self.rate[1][0] not in self.table.rows:
            return False
        if place[1] != self.rate[1][1]:
            return False
        value, text = self.value(*place), self.formula(*place)
        return value == self.value(*self.rate[1]) or (
            value is None and text is not None and _copies_above(text, *place)
        )

    def _constant(self, column: int, one: int, other: int) -> bool:
        """Whether a column holds the same in two rows, or nothing in the second, being typed once for all rows."""
        return self.cells.get((other, column)) is None or self.value(one, column) == self.value(other, column)

    def _named(self, token: Token, row: int) -> Token:
        if token.kind != "ref":
            return token
        _, cells = cells_of(token.text, row)
        if not cells:
            column = STRUCTURED.fullmatch(token.text)
            name = canonical(column[1]) if column else None
            called = NAME + token.text
            return Token("ref", name if name in self.table.columns else self.called.get(called, called))
        if len(cells) > 1:
            return Token("area", BETWEEN.join(self._area(token.text, row)))
        return Token("ref", self.name(*self._place(cells[0], row), row, fixed=cells[0].fixed))

    def _area(self, text: str, row: int) -> list[str]:
        """The names of the cells of a range."""
        _, corners = cells_of(text, row)
        if len(corners) != 2:
            raise Unparsed(f"{text[:40]!r} is no range of cells")
        (sheet, first), (_, last) = (self._place(corner, row) for corner in corners)
        top, bottom = sorted((first[0], last[0]))
        left, right = sorted((first[1], last[1]))
        if (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
            raise Unparsed(f"{text[:40]!r} has more than {MOST_CELLS} cells")
        places = [(one, column) for one in range(top, bottom + 1) for column in range(left, right + 1)]
        fixed = all(corner.fixed for corner in corners)
        return [self.name(sheet, place, row, fixed=fixed) for place in places]


def _copies_above(text: str, row: int, column: int) -> bool:
    """Whether a formula only repeats the cell above it, as people copy a constant down."""
    skeleton, cells = cells_of(text, row)
    return skeleton == "=@" and cells[0][:3] == (None, column, -1)


def outside(sheet: str, place: Position) -> str:
    """What a cell beside the table is called: $B$7, or Other!$B$7."""
    row, column = place
    return f"{sheet + '!' if sheet else ''}${letters(column)}${row}"


def place_of(name: str, sheet: str) -> tuple[str, Position] | None:
    """Sheet and cell of what is called $B$7, or Other!$B$7; None for any other name. sheet: the table's own.

    >>> place_of("Other!$B$7", "Table")
    ('Other', (7, 2))
    """
    found = OUTSIDE.fullmatch(name)
    return (found[1] or sheet, (int(found[3]), column_number(found[2]))) if found else None


def given(label: str) -> str | None:
    """What a label says that is given once for all rows, by its canonical name: i1, t2, b_h1, but not w1."""
    name = canonical(label)
    return name if name and GIVEN.fullmatch(name) else None


def labelled(sheet: SavedSheet, place: Position) -> str | None:
    """What the label beside a cell says that it holds: up to three cells to its left, or above it."""
    row, column = place
    left = [(row, column - k) for k in (1, 2, 3)]
    above = [(row - k, column) for k in (1, 2)]
    for near in (left, above):
        value = next((value for one in near if (value := sheet.grid.get(one)) is not None), None)
        if isinstance(value, str) and (name := given(value)):
            return name
    return None
