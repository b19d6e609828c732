"""Key, the teacher's workbook: a row per student with the answers of the first step, live, and every formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlbackprop.exercise.blanks import UPDATES
from xlbackprop.exercise.blueprint import SCREEN, Blueprint
from xlbackprop.exercise.proof import next_one
from xlbackprop.exercise.roster import Student
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Num, Ref, map_refs
from xlbackprop.maths.network import Network
from xlbackprop.maths.paper import written
from xlbackprop.maths.tape import STEP, Column, Role
from xlbackprop.pages.layout import a1, letters
from xlbackprop.pages.look import POWERS, number_style, part
from xlbackprop.pages.page import Cell, Page, Place, fits

ANSWERS, FORMULAS = "Answers", "Formulas"
SETTINGS_ROW, HEADER_ROW, BEFORE = 3, 5, 2  # BEFORE: columns of student and file


def pages(blueprint: Blueprint, students: Sequence[tuple[Student, Network]]) -> list[Page]:
    """Both sheets. students: each with the network that has their numbers."""
    return [_answers(blueprint, students), _formulas(blueprint)]


def _answers(blueprint: Blueprint, students: Sequence[tuple[Student, Network]]) -> Page:
    """Given numbers, the first step by formulas, and what is right only if every step is: the last loss."""
    columns = [*blueprint.tape, *_next_weights(blueprint)]
    places = {column.name: place for place, column in enumerate(columns, start=BEFORE + 1)}
    cells, last = _head(blueprint, columns, len(students)), BEFORE + len(columns) + 1
    asked_for = {next_one(one.name) if one.role is Role.WEIGHT else one.name for one in blueprint.blanks}
    texts = {column.name: _formula(blueprint, column, places) for column in columns}
    for row, (student, network) in enumerate(students, start=HEADER_ROW + 1):
        rows = [dict(zip(blueprint.tape.index, values, strict=True)) for values in blueprint.filled_rows(network)]
        values = rows[0] | {next_one(name): value for name, value in rows[min(1, len(rows) - 1)].items()}
        cells[row, 1] = Cell(student.name)
        cells[row, 2] = Cell(f"{student.file}.xlsx", "hint")
        for name, place in places.items():
            text = texts[name] and texts[name].replace("{row}", str(row))
            fill = "hidden fill," if name in asked_for else ""
            cells[row, place] = Cell(values[name], f"{fill}{number_style(columns[place - BEFORE - 1])}", text or None)
        cells[row, last] = Cell(rows[-1][blueprint.tape.total.name], "tiny")
    return Page(
        name=ANSWERS,
        kind="key",
        cells=cells,
        widths={(1, 2): 140, (BEFORE + 1, last): 64},
        heights={1: 28},
        fits=fits({place: cell for place, cell in cells.items() if place[0] > HEADER_ROW}, POWERS),
        freeze=(HEADER_ROW + 1, BEFORE),
        lead=BEFORE,
        paper=SCREEN,
        header_row=HEADER_ROW,
    )


def _next_weights(blueprint: Blueprint) -> list[Column]:
    """What the weights are in the second step, where that is to be filled in."""
    if UPDATES not in blueprint.blank:
        return []
    return [
        Column(next_one(c.name), Role.WEIGHT, c.layer, map_refs(c.expr or Num(0.0), lambda ref: Ref(ref.name)))
        for c in blueprint.tape.of(Role.WEIGHT)
    ]


def _formula(blueprint: Blueprint, column: Column, places: Mapping[str, int]) -> str:
    """The formula of a column in the first step, with {row} for the row; empty for what is given."""
    expr = column.first or column.expr
    if expr is None or column in blueprint.tape.of(Role.WEIGHT):
        return ""

    def address(ref: Ref) -> str:
        settings = blueprint.tape.settings
        if ref.name in settings:
            return a1(SETTINGS_ROW, 2 + 2 * settings.index(ref.name), absolute=True)
        return f"{letters(places[ref.name])}{{row}}"

    first = map_refs(expr, lambda ref: Num(1.0) if ref.name == STEP else ref)
    return formula(first, address)


def _head(blueprint: Blueprint, columns: Sequence[Column], students: int) -> dict[Place, Cell]:
    told = f"{students} {'student' if students == 1 else 'students'}"
    cells = {
        (1, 1): Cell(f"Key: {blueprint.network.title}, {told}", "title"),
        (2, 1): Cell(
            f"The first step of each, by formulas; green is what they fill in. {FORMULAS} has it in words.", "hint"
        ),
        (HEADER_ROW, 1): Cell("student", "bold,strong"),
        (HEADER_ROW, 2): Cell("file", "bold,strong"),
        (HEADER_ROW, BEFORE + len(columns) + 1): Cell("last loss", "loss band,right,strong"),
    }
    for n, (name, value) in enumerate(zip(blueprint.tape.settings, blueprint.settings, strict=True)):
        cells[SETTINGS_ROW, 1 + 2 * n] = Cell(f"{name} =", "bold,right")
        cells[SETTINGS_ROW, 2 + 2 * n] = Cell(value, "plain,left")
    for place, column in enumerate(columns, start=BEFORE + 1):
        cells[HEADER_ROW, place] = Cell(column.name, f"{part(column, blueprint.tape.layers)} band,right,strong")
    return cells


def _formulas(blueprint: Blueprint) -> Page:
    """Every empty column: its cells, the formula for the first of them, and the same in the words of the sheet."""
    table = blueprint.table
    heads = ("column", "cells", "formula in the first of them", "in words")
    cells = {(1, 1): Cell("What belongs in the yellow columns", "title")}
    cells |= {(3, place): Cell(text, "bold,strong") for place, text in enumerate(heads, start=1)}
    for row, column in enumerate((one for one in blueprint.blanks if blueprint.rows(one)), start=4):
        rows, letter = blueprint.rows(column), letters(table.column(column.name))
        cells[row, 1] = Cell(column.name, f"{part(column, table.tape.layers)} ink,bold")
        cells[row, 2] = Cell(f"{letter}{rows[0]}:{letter}{rows[-1]}")
        cells[row, 3] = Cell(answer(blueprint, column, rows[0]), "mono,small")
        cells[row, 4] = Cell(written(map_refs(column.expr or Num(0.0), _told)), "mono,small")
    return Page(name=FORMULAS, kind="key", cells=cells, widths={(1, 1): 80, (2, 2): 90, (3, 4): 620}, heights={1: 28})


def answer(blueprint: Blueprint, column: Column, row: int) -> str:
    """The formula that belongs in a cell of an empty column."""
    return blueprint.table.formula(column).others.replace("{row}", str(row)).replace("{above}", str(row - 1))


def _told(ref: Ref) -> Ref:
    return Ref(f"{ref.name} above") if ref.above else ref
