"""The drawing of the network, as geometry on a grid of cells: circles, arrows, and the cells that hold live numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xlbackprop.maths.network import Network, Unit, bias_of, edges, of_sample, units
from xlbackprop.maths.tape import Role, Tape
from xlbackprop.pages.look import part
from xlbackprop.pages.page import Cell, Place

LEAST_ROWS = 12
UNIT_ROWS, BIAS_ROWS = 3, 2  # a circle with its name and number; its bias
MOST_UNITS, MOST_LAYERS = 8, 5  # that are drawn one by one; a larger network is drawn as a schematic
FIRST_UNITS, LAST_UNITS = 3, 1  # of each layer of a schematic
HEAD_ROWS = 2  # over its circles
APART = 3  # columns from layer to layer of a schematic
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
class Caption:
    """Words in the cell `row`, `column` of the grid, counted from 0."""

    text: str
    part: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole drawing, so many cells wide and high."""

    columns: int
    rows: int
    circles: tuple[Circle, ...]
    arrows: tuple[Arrow, ...]
    tags: tuple[Tag, ...]
    captions: tuple[Caption, ...] = ()


def draw(network: Network, tape: Tape) -> Drawing:
    """The drawing of a network; of several samples it shows the first."""
    large = max(network.sizes) > MOST_UNITS or len(network.layers) > MOST_LAYERS
    return _schematic(network, tape) if large else _full(network, tape)


def _schematic(network: Network, tape: Tape) -> Drawing:
    """What a few units of each layer give, how many units there are, the last units' losses and their total."""
    layers = len(network.layers)
    slots = [_slots(row) for row in units(network)]
    longest = max(map(len, slots))
    rows = HEAD_ROWS + UNIT_ROWS * max(longest, LEAST_ROWS // UNIT_ROWS)
    circles: dict[str, Circle] = {}
    captions: list[Caption] = []
    arrows: list[Arrow] = []

    def circle(name: str, x: float, slot: float, count: int) -> Circle:
        column = tape[name if name == tape.total.name else of_sample(name, 0, network)]
        circles[name] = Circle(column.name, part(column, layers), x + 0.5, middle(slot, count))
        return circles[name]

    def middle(slot: float, count: int) -> int:
        return HEAD_ROWS + int((rows - HEAD_ROWS) * (slot + 0.5) / count)

    for depth, row in enumerate(slots):
        drawn = [(circle(u.activation, APART * depth, k, len(row)), u) for k, u in enumerate(row) if u is not None]
        hue, size = drawn[0][0].part, network.sizes[depth]
        kind = network.layers[depth - 1].activation if depth else "inputs"
        captions.append(Caption(f"{size} {kind}", hue, 0, APART * depth))
        hidden = size - len(drawn)
        if hidden:
            captions.append(Caption(f"⋮ {hidden} more", hue, middle(FIRST_UNITS, len(row)), APART * depth))
        before = [u for u in slots[depth - 1] if u is not None] if depth else []
        arrows += [Arrow(circles[unit.activation], here) for here, _ in drawn for unit in before]
    total = circle(tape.total.name, APART * layers + 4, 0, 1)
    for k, unit in enumerate(slots[-1]):
        if unit is not None:
            node = circle(f"E{units(network)[-1].index(unit) + 1}", APART * layers + 2, k, len(slots[-1]))
            arrows += [Arrow(circles[unit.activation], node), Arrow(node, total)]
    columns = APART * layers + 5
    return Drawing(columns, rows, tuple(circles.values()), tuple(arrows), (), tuple(captions))


def _slots(row: list[Unit]) -> list[Unit | None]:
    """The units of a layer that are drawn, from top to bottom; None where some are left out."""
    few = FIRST_UNITS + 1 + LAST_UNITS
    return [*row] if len(row) <= few else [*row[:FIRST_UNITS], None, *row[-LAST_UNITS:]]


def _full(network: Network, tape: Tape) -> Drawing:
    """Inputs, then for each layer weights, what each unit receives and gives; losses and their total."""
    layers = len(network.layers)
    grid = units(network)
    biased = any(layer.biases for layer in network.layers)
    rows = max(LEAST_ROWS, (UNIT_ROWS + BIAS_ROWS * biased) * max(map(len, grid)))
    circles: dict[str, Circle] = {}

    def circle(name: str, x: float, y: float) -> Circle:
        column = tape[name if name == tape.total.name else of_sample(name, 0, network)]
        circles[name] = Circle(column.name, part(column, layers), x + 0.5, y)
        return circles[name]

    arrows: list[Arrow] = []
    for depth, row in enumerate(grid):
        for k, unit in enumerate(row):
            y = rows * (k + 0.5) / len(row)
            y = int(y) if biased else y  # names and numbers stand in rows, a bias right under them
            net = circle(unit.net, max(0, 3 * depth - 1), y)
            if depth:
                arrows.append(Arrow(net, circle(unit.activation, 3 * depth, y)))
    loss_column = 3 * layers + 1
    total = circle(tape.total.name, loss_column + 1, rows // 2 if biased else rows / 2)
    tags: list[Tag] = []
    for unit in grid[-1]:
        k = grid[-1].index(unit) + 1
        y = circles[unit.activation].y
        node = circle(f"E{k}", loss_column, y)
        arrows += [Arrow(circles[unit.activation], node), Arrow(node, total)]
        few = len(grid[-1]) == 2
        line = (0 if y < rows / 2 else rows - 1) if few else int(y) + _below(rows, len(grid[-1]))
        tags.append(Tag(of_sample(f"t{k}", 0, network), "input", line, loss_column, "center"))
    weights = [(edge, Arrow(circles[edge.source.activation], circles[edge.target.net])) for edge in edges(network)]
    beside = [_weight_tag(edge.weight, edge.target, arrow, rows) for edge, arrow in weights]
    tags = [*_apart(beside), *_biases(network, grid, circles, rows), *tags]
    return Drawing(
        loss_column + 2, rows, tuple(circles.values()), (*arrows, *(arrow for _, arrow in weights)), tuple(tags)
    )


def _apart(tags: list[Tag]) -> list[Tag]:
    """The numbers beside the arrows into each layer, or none where they would lie on each other."""
    taken = Counter((tag.row, tag.column) for tag in tags)
    crowded = {column for (_, column), count in taken.items() if count > 1}
    return [tag for tag in tags if tag.column not in crowded]


def _below(rows: int, count: int) -> int:
    """How far under the middle of a circle a number goes: under it where the units stand far enough apart."""
    return 2 if rows >= 4 * count else 1


def _biases(network: Network, grid: list[list[Unit]], circles: Mapping[str, Circle], rows: int) -> list[Tag]:
    """Under each unit that has one: under its circle where the units stand far enough apart, else on its rim."""
    return [
        Tag(
            bias_of(unit),
            circles[unit.net].part,
            int(circles[unit.net].y) + _below(rows, len(row)),
            int(circles[unit.net].x),
            "center",
        )
        for layer, row in zip(network.layers, grid[1:], strict=True)
        if layer.biases
        for unit in row
    ]


def _weight_tag(weight: str, target: Unit, arrow: Arrow, rows: int) -> Tag:
    """Beside the arrow: level ones on its outer side, slanting ones in the open wedge near the head."""
    level = arrow.source.y == arrow.target.y
    if level:
        row = int(arrow.source.y) - (arrow.source.y < rows / 2)
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
    for caption in drawing.captions:
        cells[top + caption.row, left + caption.column] = Cell(caption.text, f"{caption.part} ink,small,bold,center")
    for tag in drawing.tags:
        cells[top + tag.row, left + tag.column] = Cell(
            value(tag.name),
            f"{tag.part} ink,small,{tag.align},shrink,tagged {tag.name}",
            f"={address(tag.name)}",
            f"{tag.name} in the drawing",
            scale=scale(tag.name),
        )
    return cells


def _digits(tape: Tape, name: str) -> str:
    return "short" if tape[name].role in (Role.LOSS, Role.TOTAL) else "weight"
