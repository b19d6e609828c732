"""Lines of maths with a row's numbers plugged in: texts, and the formulas that make them of the numbers' cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xlbackprop.maths import paper
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Expr, Ref
from xlbackprop.maths.numeric import evaluate
from xlbackprop.pages.page import UNJUDGED, Cell, Place
from xlbackprop.shown import ERROR, as_factor, rounded, shown, shown_formula

UPDATE_DECIMALS = 6  # a step moves most weights by less than four decimals show


@dataclass(frozen=True, slots=True)
class Named:
    """A number that lines refer to: where its value, its text and its text inside a product stand."""

    value: float
    scale: float
    value_at: str
    text_at: str
    factor_at: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and what follows the equals sign of the formula that makes it."""

    value: str
    formula: str


Writer = Callable[[paper.Line, Mapping[str, Named]], Text]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of several blocks is shown: its place, counted from 0, and the cell that holds it, counted from 1."""

    place: int
    cell: str

    def of(self, texts: Sequence[Text]) -> Text:
        """The text that is chosen; of a single one, that."""
        if len(texts) == 1:
            return texts[0]
        formulas = ",".join(text.formula for text in texts)
        return Text(texts[self.place].value, f"CHOOSE({self.cell},{formulas})")


def block_cells(
    blocks: Sequence[paper.Block], place: Place, named: Mapping[str, Named], write: Writer, chosen: Chosen
) -> dict[Place, Cell]:
    """A heading and under it the lines of the block that is chosen, each a text made of the numbers' texts."""
    row, column = place
    headings = [Text(block.heading, f'"{block.heading}"') for block in blocks]
    heading = chosen.of(headings)
    cells = {place: Cell(heading.value, "heading", f"={heading.formula}" if len(blocks) > 1 else None)}
    for n, lines in enumerate(zip(*(block.lines for block in blocks), strict=True), start=1):
        text = chosen.of([write(line, named) for line in lines])
        scale = UNJUDGED if ERROR in text.value else None
        value = text.value if scale is None else ERROR
        cells[row + n, column] = Cell(value, "mono,small", f"={text.formula}", lines[0].name, scale=scale)
    return cells


def line(said: paper.Line, named: Mapping[str, Named]) -> Text:
    """``a_h1 = 1/(1 + e^(-0.1)) = 0.525``."""
    if said.name in named:
        result_at, result = named[said.name].text_at, shown(named[said.name].value)
    else:
        value = _value(said.result, named)
        result_at, result = shown_formula(f"({_formula(said.result, named)})")[1:], shown(value)
    return _text(
        said,
        lambda ref: Text(as_factor(named[ref.name].value), named[ref.name].factor_at),
        Text(result, result_at),
    )


def update(said: paper.Line, named: Mapping[str, Named]) -> Text:
    """``w5 next = 0.4 - 0.1 * 0.0129 = 0.398712``: the weight before and after in six decimals."""
    weight = said.name.split()[0]

    def spelt(ref: Ref) -> Text:
        at = named[ref.name]
        return _rounded(at.value, at.value_at) if ref.name == weight else Text(as_factor(at.value), at.factor_at)

    return _text(said, spelt, _rounded(_value(said.result, named), _formula(said.result, named)))


def _rounded(value: float, at: str) -> Text:
    return Text(rounded(value, UPDATE_DECIMALS), f'ROUND({at},{UPDATE_DECIMALS})&""')


def _text(said: paper.Line, spelt: Callable[[Ref], Text], result: Text) -> Text:
    """One line as a text: constants in quotes, numbers from their cells. A number on its own is said once."""
    pieces = [_quoted(f"{said.name} = ")]
    expression = paper.plugged(said.result)
    if len(expression) > 1:
        pieces += [_quoted(token) if isinstance(token, str) else spelt(token) for token in expression]
        pieces.append(_quoted(" = "))
    pieces.append(result)
    made = "&".join(piece.formula for piece in pieces).replace('"&"', "")
    return Text("".join(piece.value for piece in pieces), made)


def _quoted(text: str) -> Text:
    return Text(text, f'"{text}"')


def _formula(expr: Expr, named: Mapping[str, Named]) -> str:
    return formula(expr, lambda ref: named[ref.name].value_at)[1:]


def _value(expr: Expr, named: Mapping[str, Named]) -> float:
    return evaluate(expr, {name: number.value for name, number in named.items()})
