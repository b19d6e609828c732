"""The drawing of the network, as geometry on a grid of cells: circles, arrows, and the cells that hold live numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xlbackprop.look import part
from xlbackprop.network import Network, Unit, edges, units
from xlbackprop.page import Cell, Place
from xlbackprop.tape import Role, Tape

ROWS = 12
RADIUS = 0.42  # of a column's width


@dataclass(frozen=True, slots=True)
class Circle:
    """A node. x and y: its centre in columns and rows of the grid."""

    name: str
    part: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one circle to another."""

    source: Circle
    target: Circle


@dataclass(frozen=True, slots=True)
class Tag:
    """A number beside an arrow, in the cell `row`, `column` of the grid, counted from 0."""

    name: str
    part: str
    row: int
    column: int
    align: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole drawing, `columns` cells wide and `ROWS` high."""

    columns: int
    circles: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    tags: tuple[Tag, ...]


def draw(network: Network, tape: Tape) -> Drawing:
    """The drawing: inputs, then for each layer weights, what each unit receives and gives; losses and their total."""
    layers = len(network.layers)
    circles: dict[str, Circle] = {}

    def circle(name: str, x: float, y: float) -> Circle:
        circles[name] = Circle(name, part(tape[name], layers), x + 0.5, y)
        return circles[name]

    arrows: list[Arrow] = []
    for depth, row in enumerate(units(network)):
        for k, unit in enumerate(row):
            y = ROWS * (k + 0.5) / len(row)
            net = circle(unit.net, max(0, 3 * depth - 1), y)
            if depth:
                arrows.append(Arrow(net, circle(unit.activation, 3 * depth, y)))
    loss_column = 3 * layers + 1
    total = circle(tape.total.name, loss_column + 1, ROWS / 2)
    for unit, loss in zip(units(network)[-1], tape.of(Role.LOSS), strict=True):
        node = circle(loss.name, loss_column, circles[unit.activation].y)
        arrows += [Arrow(circles[unit.activation], node), Arrow(node, total)]
    weights = [(edge, Arrow(circles[edge.source.activation], circles[edge.target.net])) for edge in edges(network)]
    tags = [_weight_tag(edge.weight, edge.target, arrow) for edge, arrow in weights]
    for target, loss in zip(tape.of(Role.TARGET), tape.of(Role.LOSS), strict=True):
        y = circles[loss.name].y
        tags.append(Tag(target.name, "input", 0 if y < ROWS / 2 else ROWS - 1, loss_column, "center"))
    return Drawing(loss_column + 2, tuple(circles.values()), (*arrows, *(arrow for _, arrow in weights)), tuple(tags))


def _weight_tag(weight: str, target: Unit, arrow: Arrow) -> Tag:
    """Beside the arrow: level ones on its outer side, slanting ones in the open wedge near the head."""
    level = arrow.source.y == arrow.target.y
    if level:
        row = int(arrow.source.y) - (arrow.source.y < ROWS / 2)
    else:
        row = int(arrow.source.y + 0.75 * (arrow.target.y - arrow.source.y))
    return Tag(weight, arrow.target.part, row, 3 * target.layer - 2, "center" if level else "beside")


def drawing_cells(
    drawing: Drawing,
    tape: Tape,
    anchor: Place,
    address: Callable[[str], str],
    value: Callable[[str], float],
    scale: Callable[[str], float],
) -> dict[Place, Cell]:
    """The names and live numbers under the picture, whose left upper corner lies on `anchor`.

    address: where a column's number is calculated; value: what it comes to; scale: how large the column gets.
    """
    top, left = anchor
    cells: dict[Place, Cell] = {}
    for circle in drawing.circles:
        row, column = top + int(circle.y) - 1, left + int(circle.x)
        cells[row, column] = Cell(circle.name, f"{circle.part} ink,small,bold,center")
        cells[row + 1, column] = Cell(
            value(circle.name),
            f"small,center,shrink,{_digits(tape, circle.name)}",
            f"={address(circle.name)}",
            f"{circle.name} in the drawing",
            scale=scale(circle.name),
        )
    for tag in drawing.tags:
        cells[top + tag.row, left + tag.column] = Cell(
            value(tag.name),
            f"{tag.part} ink,small,{tag.align},shrink,tagged {tag.name}",
            f"={address(tag.name)}",
            f"{tag.name} in the drawing",
        )
    return cells


def _digits(tape: Tape, name: str) -> str:
    return "short" if tape[name].role in (Role.LOSS, Role.TOTAL) else "weight"
