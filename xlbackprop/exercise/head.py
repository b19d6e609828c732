"""What stands above the table of an exercise: title, score, settings, formulae, and the hints with their cells."""

from __future__ import annotations

from xlbackprop.exercise.blueprint import CHECK, HINTS_UNDER, TOP, Blueprint
from xlbackprop.exercise.hidden import RIGHT, WRONG, hint_place
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Cell, Choice, Place

SHOW, FORMULAE = "yes", "Formulae"
HOW = (
    "Fill in the yellow columns: type the formula into the first empty row, then fill it down. "
    f"Right cells turn green, wrong ones red; {RIGHT} and {WRONG} stand right of the table."
)


def head(blueprint: Blueprint, student: str) -> dict[Place, Cell]:
    """The cells of all that."""
    whose = f" · {student}" if student else ""
    title: dict[Place, Cell] = {
        (1, 1): Cell(f"{blueprint.network.title}{whose}", "title"),
        (2, 1): Cell(HOW, "hint"),
    }
    return title | _score(blueprint) | _settings(blueprint) | _formulae(blueprint) | _hints(blueprint)


def boxes(blueprint: Blueprint) -> tuple[tuple[Place, Place], ...]:
    """The box round the formulae, where there are any."""
    lines = len(blueprint.formulae)
    corner = (TOP + lines, max(blueprint.hints_column - 2, blueprint.formulae_column))
    return (((TOP + 1, blueprint.formulae_column), corner),) if lines else ()


def choices(blueprint: Blueprint) -> tuple[Choice, ...]:
    """What may be picked in the yellow cells of the hints."""
    message = {"error_title": f"{SHOW.capitalize()}, please", "error_message": f"Pick {SHOW}, or clear the cell."}
    rule = {"validate": "list", "source": [SHOW], **message}
    return tuple(Choice(hint_cell(blueprint, n), rule) for n in range(len(blueprint.hints)))


def hint_cell(blueprint: Blueprint, n: int) -> Place:
    """The yellow cell of the n-th hint, n counted from 0."""
    line = next(at for at, (hint, _) in enumerate(blueprint.hint_lines) if hint == n)
    return TOP + HINTS_UNDER + 1 + line, blueprint.hints_column + 2


def _score(blueprint: Blueprint) -> dict[Place, Cell]:
    row, column = TOP, blueprint.hints_column
    right, wrong = (_count(blueprint, mark) for mark in (RIGHT, WRONG))
    score = f"{blueprint.cells} cells right"
    return {
        (row, column): Cell("Score", "heading"),
        (row, column + 2): Cell(f"0 of {score}", "bold", f'={right}&" of {score}"', "score"),
        (row + 1, column + 2): Cell(
            "", "bold,loss ink", f'=IF({wrong}=0,"",{wrong}&" wrong: begin in the topmost row")', "wrong cells"
        ),
    }


def _settings(blueprint: Blueprint) -> dict[Place, Cell]:
    cells: dict[Place, Cell] = {}
    for name, value in zip(blueprint.tape.settings, blueprint.settings, strict=True):
        row, column = blueprint.table.setting(name)
        lead = Cell(f"LR ({name}) =", "bold,input band") if column == 2 else Cell(f"{name} =", "bold,input band,right")
        cells |= {(row, column - 1): lead, (row, column): Cell(value, "bold,input band,plain,right", label=name)}
    return cells


def _count(blueprint: Blueprint, mark: str) -> str:
    first, last = (blueprint.mark_column(blueprint.blanks[n]) for n in (0, -1))
    table = blueprint.table
    area = f"{a1(table.first_row, first, absolute=True)}:{a1(table.last_row, last, absolute=True)}"
    return f'COUNTIF({area},"{mark}")'


def _formulae(blueprint: Blueprint) -> dict[Place, Cell]:
    lines, column = blueprint.formulae, blueprint.formulae_column
    if not lines:
        return {}
    cells = {(TOP, column): Cell(FORMULAE, "heading")}
    for row, line in enumerate(lines, start=TOP + 1):
        cells[row, column] = Cell(line.text, "mono,small", bold_from=line.bold_from)
    return cells


def _hints(blueprint: Blueprint) -> dict[Place, Cell]:
    row, column = TOP + HINTS_UNDER, blueprint.hints_column
    cells = {
        (row, column): Cell("Hints", "heading"),
        (row, column + 2): Cell(f"pick {SHOW} in a yellow cell, and only if you need it", "hint"),
    }
    for line, (n, _) in enumerate(blueprint.hint_lines):
        (row, column), (name, _) = hint_cell(blueprint, n), blueprint.hints[n]
        cells[row, column - 2] = Cell(name)
        cells[row, column] = Cell("", "yours,center")
        told = f"{CHECK}!{a1(*hint_place(line), absolute=True)}"
        shown = f'=IF({a1(row, column)}="","",{told})'
        cells[TOP + HINTS_UNDER + 1 + line, column + 1] = Cell("", "behind", shown, f"hint {name}")
    return cells
