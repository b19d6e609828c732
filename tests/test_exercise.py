"""Exercises: every student has numbers of their own, right cells turn green, wrong ones red, and nothing tells why."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from conftest import CELL, COMMAND, Book, XmlCell, one_error_line
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbackprop.engines import ENGINES, Values
from xlbackprop.errors import BadFile, BadOption
from xlbackprop.exercise import check, handout, head, hidden, is_exercise, key, roster, sheet
from xlbackprop.exercise.blanks import KINDS, parse
from xlbackprop.exercise.blueprint import CHECK, SCREEN, SHEET, TOP, Blueprint
from xlbackprop.exercise.card import Card, properties, recognise
from xlbackprop.exercise.handout import Asked, hand_out, planned
from xlbackprop.exercise.key import ANSWERS, answer
from xlbackprop.exercise.remarks import marked
from xlbackprop.judge.findings import Kind, Outcome
from xlbackprop.maths.paper import written
from xlbackprop.pages.above import MOST_LINES
from xlbackprop.pages.layout import a1
from xlbackprop.proof.compare import value_differences
from xlbackprop.reading.package import read_package, without_saved_values
from xlbackprop.template.template import load, shipped
from xlbackprop.writing.printed import LETTERED, WIDE, percent, turns

ALL = tuple(KINDS)
Typed = Mapping[str, float | str]  # by cell


@dataclass(frozen=True)
class Handed:
    """An exercise that was handed out, and all that belongs in it."""

    path: Path
    blueprint: Blueprint

    def at(self, name: str, step: int = 1) -> str:
        return a1(self.blueprint.table.first_row + step - 1, self.blueprint.table.column(name))

    @property
    def answers(self) -> dict[str, str]:
        """The right formula of every empty cell."""
        place = self.blueprint.table.column
        return {
            a1(row, place(column.name)): answer(self.blueprint, column, row)
            for column in self.blueprint.blanks
            for row in self.blueprint.rows(column)
        }

    def typed(self, cells: Typed) -> Path:
        """A copy in which a student typed these."""
        book = Book.read(self.path)
        there = {found["at"]: XmlCell.of(found) for found in CELL.finditer(book.text(book.sheets[SHEET]))}
        typed = {(SHEET, at): there[at].typed(value) for at, value in cells.items()}
        return book.with_cells(typed).write(self.path.with_name("typed.xlsx"))

    def filled(self, changes: Typed | None = None) -> Path:
        """A copy in which a student filled in everything right but these."""
        return self.typed({**self.answers, **(changes or {})})

    def down(self, name: str, found: str, instead: str) -> dict[str, str]:
        """The formulas of a column with one piece of each replaced; {row} stands for the row."""
        table, changes = self.blueprint.table, {}
        for row in range(table.first_row, table.last_row + 1):
            at = a1(row, table.column(name))
            right = self.answers[at]
            changes[at] = right.replace(found.format(row=row), instead.format(row=row))
            assert changes[at] != right
        return changes

    def marks(self, values: Values) -> dict[str, object]:
        """What stands right of the table for each empty cell."""
        return {
            a1(row, self.blueprint.table.column(c.name)): values[SHEET].get((row, self.blueprint.mark_column(c)))
            for c in self.blueprint.blanks
            for row in self.blueprint.rows(c)
        }


@pytest.fixture
def hand(tmp_path: Path) -> Callable[..., Handed]:
    """A function that hands out one exercise: a template, and what else is asked for."""

    def made(template: str = "classic", **parts: object) -> Handed:
        asked = replace(Asked(load(template), template, steps=4), **parts)  # type: ignore[arg-type]
        return Handed(hand_out(asked, tmp_path / "out")[0], planned(asked))

    return made


def ironcalc(path: Path) -> Values:
    return ENGINES["ironcalc"].recalculate(path)


# Live feedback


@pytest.mark.parametrize("template", shipped())
@pytest.mark.parametrize("blank", [("gradients",), ALL], ids=["gradients", "all"])
def test_filled_in_rightly_every_cell_is_green_and_the_mark_is_full(
    hand: Callable[..., Handed], template: str, blank: tuple[str, ...]
) -> None:
    exercise = hand(template, blank=blank, steps=2)
    path = exercise.filled()
    assert set(exercise.marks(ironcalc(path)).values()) == {hidden.RIGHT}
    mark = marked(path)
    assert (mark.right, mark.judgement.ok) == (mark.cells, True)
    assert mark.cells == len(exercise.answers)


def test_nothing_is_marked_while_nothing_is_filled_in(hand: Callable[..., Handed]) -> None:
    exercise = hand(blank=ALL)
    values = ironcalc(exercise.path)
    assert set(exercise.marks(values).values()) == {""}
    score = values[SHEET][TOP, exercise.blueprint.hints_column + 2]
    assert score == f"0 of {len(exercise.answers)} cells right"
    assert [verdict.outcome for verdict in check(exercise.path).sheets] == [Outcome.INCOMPLETE]


ENGINE_NAMES = ["ironcalc", pytest.param("libreoffice", marks=pytest.mark.slow), "gnumeric"]


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_the_mistake_that_nobody_notices_turns_red(
    hand: Callable[..., Handed], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the classic numbers a_h1 for a_h2 is 2.6e-4 of the gradient."""
    if ENGINES[name].version() is None:
        pytest.skip(f"{name} is not there")
    monkeypatch.setattr(handout, "own_numbers", lambda blueprint, seed, student: blueprint.network)
    exercise = hand(steps=20)
    changes = exercise.down("∂E/∂w3", "$L{row}*(1-$L{row})", "$J{row}*(1-$J{row})")
    marks = exercise.marks(ENGINES[name].recalculate(exercise.filled(changes)))
    assert {marks.pop(at) for at in changes} == {hidden.WRONG}
    assert set(marks.values()) == {hidden.RIGHT}


@pytest.mark.slow
@pytest.mark.parametrize("template", ["classic", "softmax"])
def test_filled_in_through_libreoffice_it_is_green_and_full(
    hand: Callable[..., Handed], libreoffice: Callable[[Path], Path], template: str
) -> None:
    exercise = hand(template, blank=ALL)
    bare = exercise.path.with_name("bare.xlsx")
    without_saved_values(exercise.filled(), bare)
    saved = libreoffice(bare)
    sheets = read_package(saved).sheets
    assert set(exercise.marks({name: one.grid for name, one in sheets.items()}).values()) == {hidden.RIGHT}
    mark = marked(saved)
    assert (mark.right, mark.judgement.ok, mark.judgement.error) == (mark.cells, True, "")


@pytest.mark.parametrize(
    ("nearly", "mark"), [("", hidden.RIGHT), ("*1.0000009", hidden.RIGHT), ("*1.00001", hidden.WRONG)]
)
def test_whatever_comes_to_the_same_is_green_and_a_mark_later_says_what_the_sheet_said(
    hand: Callable[..., Handed], nearly: str, mark: str
) -> None:
    exercise = hand(steps=1)
    row = exercise.blueprint.table.first_row
    same = f"=L{row}*(R{row}-R{row}^2)*SUM(R{row},-A{row}){nearly}"
    path = exercise.filled({exercise.at("∂E/∂w6"): same})
    assert exercise.marks(ironcalc(path))[exercise.at("∂E/∂w6")] == mark
    assert check(path).ok == (mark == hidden.RIGHT)


@pytest.mark.parametrize("typed", ["nonsense", 0.0, '=""', "=1/0"])
def test_what_is_no_answer_is_red(hand: Callable[..., Handed], typed: float | str) -> None:
    exercise = hand(steps=1)
    at = exercise.at("∂E/∂w8")
    assert exercise.marks(ironcalc(exercise.filled({at: typed})))[at] == hidden.WRONG


def test_a_cell_is_green_or_red_by_its_own_mark(hand: Callable[..., Handed]) -> None:
    exercise = hand(blank=ALL)
    rules = openpyxl.load_workbook(exercise.path)[SHEET].conditional_formatting
    found = {
        (str(area.sqref), rule.formula[0]): rule.dxf.fill.bgColor.rgb
        for area in rules
        for rule in area.rules
        if rule.type == "expression"
    }
    blueprint = exercise.blueprint
    for column in blueprint.blanks:
        rows, place = blueprint.rows(column), blueprint.table.column(column.name)
        area, mark = f"{a1(rows[0], place)}:{a1(rows[-1], place)}", f"${a1(rows[0], blueprint.mark_column(column))}"
        assert found[area, f'{mark}="{hidden.RIGHT}"'] == "FFD9F0E7"
        assert found[area, f'{mark}="{hidden.WRONG}"'] == "FFFBD5CC"
    ranks = [
        (rule.priority, rule.type) for area in rules for rule in area.rules if rule.type in {"expression", "cellIs"}
    ]
    kinds = [kind for _, kind in sorted(ranks)]
    assert kinds == sorted(kinds, reverse=True)  # colours before formats: LibreOffice obeys only a cell's first rule


def test_what_is_saved_is_what_a_program_calculates(hand: Callable[..., Handed]) -> None:
    exercise = hand(blank=ALL)
    network = handout.own_numbers(exercise.blueprint, 1, "")
    page = sheet.page(exercise.blueprint, network, "")
    assert value_differences([page], ironcalc(exercise.path), "saved value")[1] == []


# Nothing gives the answer away


@pytest.mark.parametrize("template", shipped())
def test_no_text_and_no_formula_in_the_workbook_holds_an_answer(hand: Callable[..., Handed], template: str) -> None:
    exercise = hand(template)
    answers = {column.name: written(column.expr) for column in exercise.blueprint.blanks if column.expr}
    answers = {name: text for name, text in answers.items() if "*" in text}
    texts = [
        str(value)
        for one in read_package(exercise.path).sheets.values()
        for place in one.grid
        if (value := one.grid[place])
    ]
    assert [text for text in texts if any(one in text for one in answers.values())] == []
    with zipfile.ZipFile(exercise.path) as archive:
        assert b'name="Check" sheetId="2" state="veryHidden"' in archive.read("xl/workbook.xml")


def test_the_hidden_sheet_knows_no_slope_of_a_sigmoid(hand: Callable[..., Handed]) -> None:
    formulas = read_package(hand().path).sheets[CHECK].formulas.values()
    assert any("EXP(" in one for one in formulas)  # it does reckon
    assert not [one for one in formulas if "(1-" in one.replace(" ", "")]


def test_formulae_of_what_is_to_be_filled_in_are_not_shown(hand: Callable[..., Handed]) -> None:
    shown = {line.text.partition(" ")[0] for line in hand(blank=("loss",)).blueprint.formulae}
    assert "h1" in shown
    assert not shown & {"E1", "E2", "E_total"}
    assert hand(blank=ALL).blueprint.formulae == ()


@pytest.mark.parametrize("template", shipped())
def test_the_loss_stands_among_the_formulae_once_however_many_units_there_are(template: str) -> None:
    names = [line.text.partition(" =")[0] for line in planned(Asked(load(template), template)).formulae]
    assert {"E_total", *(name for name in names if name.startswith("E1"))} > {"E_total"}
    assert len(names) == len(set(names)) <= MOST_LINES


def test_of_many_units_that_are_alike_the_first_formula_stands_for_all() -> None:
    lines = [line.text for line in planned(Asked(load("softmax"), "softmax")).formulae]
    assert "a_o1⁽¹⁾ = softmax(o1⁽¹⁾); … a_o3⁽¹⁾ likewise" in lines
    assert any(line.startswith("lse") and "likewise" not in line for line in lines)


def test_a_hint_shows_only_when_it_is_asked_for(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    (top, _), (row, column) = (head.hint_cell(exercise.blueprint, n) for n in (0, 1))
    told = ironcalc(exercise.typed({a1(row, column): head.SHOW}))[SHEET]
    lines = exercise.blueprint.hint_lines
    assert [told[top + at, column + 1] for at in range(len(lines))] == [text * (n == 1) for n, text in lines]


def test_a_curve_of_empty_weights_is_not_left_to_mislead(hand: Callable[..., Handed]) -> None:
    def cautioned(values: Mapping[str, Values]) -> bool:
        return sheet.CAUTION in values[SHEET].values()

    exercise = hand(blank=("updates",))
    assert cautioned(ironcalc(exercise.path))
    assert not cautioned(ironcalc(exercise.typed(exercise.answers)))
    assert not cautioned(ironcalc(hand().path))


@pytest.mark.parametrize("template", ["classic", "xor", "softmax"])
def test_hints_are_folded_before_the_edge_of_a_screen_and_whole(template: str) -> None:
    blueprint = planned(Asked(load(template), template))
    folded = [" ".join(line for n, line in blueprint.hint_lines if n == at) for at in range(len(blueprint.hints))]
    assert folded == [text for _, text in blueprint.hints]
    assert max(len(line) for _, line in blueprint.hint_lines) <= 70


def test_on_paper_go_marks_that_leave_room_for_the_table_and_always_the_chart() -> None:
    def printed(blank: tuple[str, ...]) -> int | None:
        blueprint = planned(Asked(load("diverge"), "diverge", blank=blank))
        return sheet.page(blueprint, blueprint.network, "").printed

    assert printed(("gradients",)) is None
    assert printed(ALL) == 30  # the chart ends right of the table


@pytest.mark.parametrize("blank", [("gradients",), ("gradients", "updates"), ALL])
def test_on_paper_given_and_gradients_have_a_page_each_that_can_be_read(blank: tuple[str, ...]) -> None:
    blueprint = planned(Asked(load("classic"), "classic", blank=blank))
    exercise = sheet.page(blueprint, blueprint.network, "")
    answers, _ = key.pages(blueprint, [(roster.Student("Ann", "Ann"), blueprint.network)])
    assert turns(exercise) == [blueprint.table.column("E_total")]
    assert len(turns(answers)) == 1 + ("updates" in blank)
    assert min(percent(exercise), percent(answers)) >= 70
    assert exercise.lettered  # so that a formula can be written


@pytest.mark.parametrize("template", shipped())
def test_no_page_of_an_exercise_is_wider_than_a_screen_whatever_the_network(template: str) -> None:
    blueprint = planned(Asked(load(template), template))
    page = sheet.page(blueprint, blueprint.network, "")
    widths = {n: pixels for (first, last), pixels in page.widths.items() for n in range(first, last + 1)}
    ends = [0, *turns(page), page.printed or max(widths)]
    wide = [sum(widths.get(n, 64) for n in range(first + 1, last + 1)) for first, last in pairwise(ends)]
    assert max(wide) <= SCREEN
    assert not [end for end in turns(page) for first, last in page.blocks if first <= end < last], "hints, chart"
    assert (max(wide) + LETTERED) * percent(page) / 100 <= WIDE


# Marking


@pytest.mark.parametrize(
    ("name", "found", "instead"),
    [
        ("∂E/∂w3", "$L{row}*(1-$L{row})", "$J{row}*(1-$J{row})"),
        ("∂E/∂w1", "*C{row}", ""),
        ("∂E/∂w2", "*D{row}", "*C{row}"),
        ("∂E/∂w4", "($R{row}-$A{row})", "($A{row}-$R{row})"),
        ("∂E/∂w1", "$M{row}", "$N{row}"),
        ("∂E/∂w5", "$A{row}", "$A$20"),
        ("∂E/∂w5", "J{row}", "J{row}+0.000001"),
        ("h1", "=(E{row}*C{row})", "=(E{row}*D{row})"),
        ("a_h2", "EXP(-K{row})", "EXP(K{row})"),
        ("E1", "0.5*", ""),
    ],
)
def test_each_mistake_turns_red_and_is_named_and_nothing_else_is(
    hand: Callable[..., Handed], name: str, found: str, instead: str
) -> None:
    exercise = hand(blank=("forward", "loss", "gradients"))
    first = exercise.blueprint.table.first_row
    changes = exercise.down(name, found.replace("$A$20", f"$A${first}"), instead.replace("$A$20", "$B$" + str(first)))
    path = exercise.filled(changes)
    marks = exercise.marks(ironcalc(path))
    assert {marks[at] for at in changes} == {hidden.WRONG}
    (verdict,) = check(path).sheets
    assert verdict.outcome is Outcome.WRONG
    assert [(one.label, one.cells) for one in verdict.findings] == [
        (name.replace("∂", "d"), (f"{exercise.at(name)}:{exercise.at(name, 4)}",))
    ]
    corrected = exercise.filled({exercise.at(name): verdict.findings[0].correction})
    assert exercise.marks(ironcalc(corrected))[exercise.at(name)] == hidden.RIGHT


@pytest.mark.parametrize(
    "instead", ["={w}{up}+$B${lr}*{g}{up}", "={w}{up}-{g}{up}", "={w}{up}", "={w}{up}-$B${lr}*{g}{row}"]
)
def test_a_wrong_update_is_red_and_named(hand: Callable[..., Handed], instead: str) -> None:
    exercise = hand(blank=("updates",))
    row, lr = exercise.blueprint.table.first_row + 1, exercise.blueprint.table.label_row
    w, g = (exercise.at(name).rstrip("0123456789") for name in ("w3", "∂E/∂w4"))
    at = exercise.at("w3", 2)
    path = exercise.filled({at: instead.format(w=w, g=g, row=row, up=row - 1, lr=lr)})
    assert exercise.marks(ironcalc(path))[at] == hidden.WRONG
    assert [(one.label, one.cells) for one in check(path).findings] == [("w3", (at,))]


def test_a_rate_that_slides_along_is_named_once(hand: Callable[..., Handed]) -> None:
    exercise = hand(blank=("updates",))
    table = exercise.blueprint.table
    typed = {}
    for step in range(2, table.last_row - table.first_row + 2):
        at, up = exercise.at("w3", step), table.first_row + step - 2
        w, g = (exercise.at(name).rstrip("0123456789") for name in ("w3", "∂E/∂w3"))
        typed[at] = f"={w}{up}-$B{table.label_row + step - 2}*{g}{up}"
    (finding,) = check(exercise.filled(typed)).findings
    assert (finding.kind, finding.label) == (Kind.NOT_ANCHORED, "lr")


def test_numbers_instead_of_formulas_are_named(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    there = ironcalc(exercise.filled())[SHEET]
    table = exercise.blueprint.table

    def numbers(name: str, *steps: int) -> dict[str, float]:
        column = table.column(name)
        return {exercise.at(name, n): float(there[table.first_row + n - 1, column]) for n in steps}  # type: ignore[arg-type]

    changes = {**numbers("∂E/∂w1", 1, 2, 3, 4), **numbers("∂E/∂w2", 3, 4), **numbers("∂E/∂w3", 2)}
    mark = marked(exercise.filled(changes))
    kinds = {one.label: one.kind for one in mark.judgement.findings}
    assert kinds == {"dE/dw1": Kind.PASTED, "dE/dw2": Kind.PASTED, "dE/dw3": Kind.TYPED_OVER}
    assert (mark.right, mark.earned, mark.numbers, mark.cells) == (25, 25, 32, 32)


@pytest.mark.parametrize(
    "peek",
    ["={check}", '=INDIRECT("{check}")*1', "=0+'Check'!{slope}", "={beside}", '=IF({mark}="✓",1,2)', "=Check!A1"],
)
def test_what_reads_the_answers_is_as_good_as_typed_in_and_gets_a_formula_of_its_own(
    hand: Callable[..., Handed], peek: str
) -> None:
    exercise = hand()
    blueprint, at = exercise.blueprint, exercise.at("∂E/∂w3")
    row, beside = blueprint.table.first_row, "AZ3"
    slope = a1(row, blueprint.check_column("slope by w3"))
    mark = a1(row, blueprint.mark_column(blueprint.blanks[2]))
    typed = peek.format(check=f"{CHECK}!{slope}", slope=slope, beside=beside, mark=mark)
    path = exercise.filled({at: typed})
    if beside in typed:
        book = openpyxl.load_workbook(path)
        book[SHEET][beside] = f"={CHECK}!{slope}"
        book.save(path)
    (finding,) = check(path).findings
    assert (finding.kind, finding.cells) == (Kind.TYPED_OVER, (at,))
    assert finding.correction == exercise.answers[at]


def test_a_table_of_numbers_alone_is_values_only(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    mark = marked(exercise.typed(dict.fromkeys(exercise.answers, 0.1)))
    assert [one.outcome for one in mark.judgement.sheets] == [Outcome.VALUES_ONLY]
    assert (mark.earned, mark.numbers) == (0, 0)


def test_what_was_given_and_is_changed_is_named(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    rate = a1(*exercise.blueprint.table.setting("η"))
    path = exercise.filled({rate: 3, exercise.at("i1"): 0.99, exercise.at("w3", 3): 0.5, exercise.at("h1"): "=1+1"})
    found = {(one.label, one.cells[0]): one.kind for one in check(path).findings}
    assert found == {
        ("lr", rate): Kind.FIRST_VALUES,
        ("i1", exercise.at("i1")): Kind.FIRST_VALUES,
        ("w3", exercise.at("w3", 3)): Kind.TYPED_OVER,
        ("h1", exercise.at("h1")): Kind.OTHER,
    }


def test_a_text_in_one_cell_does_not_make_the_others_wrong(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    mark = marked(exercise.filled({exercise.at("∂E/∂w8"): "abc"}))
    assert [one.label for one in mark.judgement.findings] == ["dE/dw8"]
    assert mark.right < mark.earned == 28  # what reads the error earns its points all the same


def test_what_is_not_filled_in_is_incomplete_and_what_is_counts(hand: Callable[..., Handed]) -> None:
    exercise = hand()
    half = {at: text for at, text in exercise.answers.items() if not at.startswith("AE")}
    mark = marked(exercise.typed(half))
    assert (mark.right, mark.cells) == (28, 32)
    assert [one.outcome for one in mark.judgement.sheets] == [Outcome.INCOMPLETE]
    table = mark.judgement.sheets[0].table
    assert table is not None
    assert {"dE/dw7", "dE/dw8"} & set(table.columns) == {"dE/dw7"}


@pytest.mark.parametrize("harm", ["moved", "renamed", "damaged", "no workbook"])
def test_what_cannot_be_marked_is_said_in_one_line(hand: Callable[..., Handed], harm: str) -> None:
    exercise = hand()
    path = exercise.path.with_name("harmed.xlsx")
    book = openpyxl.load_workbook(exercise.path)
    if harm == "moved":
        book[SHEET].insert_rows(3)
    elif harm == "renamed":
        book[SHEET].title = "Mine"
    elif harm == "damaged":
        book.custom_doc_props["xlbackprop exercise"].value = '{"version": 1'
    book.save(path)
    if harm == "no workbook":
        path.write_bytes(b"nothing")
    judgement = check(path)
    assert not judgement.readable
    assert str(path) in judgement.error
    assert "\n" not in judgement.error
    assert is_exercise(path) == (harm != "no workbook")
    assert ("renamed or deleted; name it Exercise again" in judgement.error) == (harm == "renamed")


# Numbers of one's own


def class_of(folder: Path, names: list[str], **parts: object) -> list[Path]:
    text = io.StringIO()
    csv.writer(text).writerows([["student"], *([name] for name in names)])
    (folder / "roster.csv").write_text(text.getvalue(), encoding="utf-8")
    asked = replace(Asked(load("classic"), "classic", students=folder / "roster.csv", steps=3), **parts)  # type: ignore[arg-type]
    return hand_out(asked, folder / "out", force=True)


def test_two_students_have_other_numbers_and_the_same_student_always_the_same(tmp_path: Path) -> None:
    ann, bob, _ = class_of(tmp_path, ["Ann", "Bob"])
    cards = [recognise(path, read_package(path).properties).network for path in (ann, bob)]
    assert cards[0].samples != cards[1].samples
    assert cards[0].weights != cards[1].weights
    before = ann.read_bytes()
    assert class_of(tmp_path, ["Zoe", "Ann"])[1].read_bytes() == before
    assert class_of(tmp_path, ["Ann"], seed=2)[0].read_bytes() != before


@pytest.mark.parametrize("template", shipped())
def test_numbers_are_short_live_and_of_the_templates_kind(template: str) -> None:
    blueprint = planned(Asked(load(template), template))
    for student in ("Ann", "Bob", "李雷"):
        network = handout.own_numbers(blueprint, 1, student)
        rows = blueprint.filled_rows(network)
        assert all(value == round(value, 2) for value in network.weights)
        own = zip(network.samples, blueprint.network.samples, strict=True)
        pairs = [pair for a, b in own for pair in zip((*a.inputs, *a.targets), (*b.inputs, *b.targets), strict=True)]
        assert all(a == round(a, 2) and (a == b or b != int(b)) for a, b in pairs)
        total = blueprint.tape.index[blueprint.tape.total.name]
        assert rows[-1][total] < rows[0][total]


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["classic", "diverge", "mazur", "optimisers", "xor"]),
    st.sets(st.sampled_from(ALL), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=300),
)
def test_an_exercise_knows_all_that_it_takes_to_make_it_again(template: str, kinds: set[str], student: str) -> None:
    blank = tuple(kind for kind in ALL if kind in kinds)
    asked = Asked(load(template), template, blank=blank, steps=2)
    blueprint = planned(asked)
    card = Card(student, 7, template, blueprint.network, blueprint)
    again = recognise(Path("a.xlsx"), properties(card))
    assert (again.student, again.seed, again.template) == (student, 7, template)
    assert again.blueprint.proof_formulas == blueprint.proof_formulas
    assert sheet.page(again.blueprint, again.network, student) == sheet.page(blueprint, blueprint.network, student)


def test_key_has_every_student_live(tmp_path: Path) -> None:
    *paths, key = class_of(tmp_path, ["Ann", "Bob", "=cmd|' /c calc'!A0"], blank=("gradients", "updates"))
    values, saved = ironcalc(key)[ANSWERS], read_package(key).sheets[ANSWERS]
    heads = {str(text): place[1] for place in saved.grid if place[0] == 5 and (text := saved.grid[place])}
    for row, path in enumerate(paths, start=6):
        card = recognise(path, read_package(path).properties)
        assert saved.grid[row, 1] == card.student
        assert saved.grid[row, 2] == path.name
        rows = [
            dict(zip(card.blueprint.tape.index, one, strict=True)) for one in card.blueprint.filled_rows(card.network)
        ]
        expected = {**rows[0], "w1 next": rows[1]["w1"], "last loss": rows[-1]["E_total"]}
        assert {name: values[row, heads[name]] for name in expected} == pytest.approx(expected, rel=1e-12)


# Rosters


def names_of(tmp_path: Path, text: str | bytes) -> list[str]:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [student.name for student in roster.read(path)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann\nBob\n", ["Ann", "Bob"]),
        ("Name\nAnn\n\n  \nBob", ["Ann", "Bob"]),
        ("student\nMiller, Ann\nMiller, Bob\n", ["Miller, Ann", "Miller, Bob"]),
        ("id;Name;mail\n1;Ann;a@x\n2;Bob;b@x\n", ["Ann", "Bob"]),
        ('id,name\n1,"Miller, Ann"\n', ["Miller, Ann"]),
        ("First name,Surname,Mail\nAnn,Lee,a@x\nBo,,b@x\n", ["Ann Lee", "Bo"]),
        ("Name;Vorname\nMüller;Änne\n", ["Änne Müller"]),
        ("id;Nachname\n1;Müller\n", ["Müller"]),
        ("\ufeffStudent\nJose\u0301\n=1+1\n", ["José", "=1+1"]),
        ("Ann\nann\nAnn (2)\nAnn\n", ["Ann", "ann (3)", "Ann (2)", "Ann (4)"]),
    ],
)
def test_rosters_are_read_as_people_write_them(tmp_path: Path, text: str, names: list[str]) -> None:
    assert names_of(tmp_path, text) == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names nobody"),
        ("student\n\n", "names nobody"),
        ("Ann,a@x\nBob,b@x\n", "roster.csv:1: has 2 columns"),
        ("id,name\n1,Ann\n2,\n", "roster.csv:3: has no name"),
        (b"\xff\xfeA\x00", "not UTF-8"),
        ('name\n"Ann\n', "is not CSV"),
        ("student\n" + "x\n" * 2001, "2,001 students"),
        ("# Notes\n\nWhat it is for" + ", and for whom" * 8 + "\n", "roster.csv:3: is no name, with 126 letters"),
    ],
)
def test_a_roster_that_does_not_fit_is_named_with_its_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(BadFile, match=re.escape(words)):
        names_of(tmp_path, text)


@given(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=8))
def test_every_name_has_a_file_of_its_own_that_any_system_takes(names: list[str]) -> None:
    files = roster._told_apart([roster.file_name(name) for name in names])
    assert len({file.casefold() for file in files}) == len(names)
    for file in files:
        assert not set(file) & set('<>:"/\\|?*')
        assert 0 < len(file.encode()) < 200
        assert file.casefold() != "key"
        assert file == file.strip(" .")


# The command


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "exercise", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_command_writes_exercises_and_key(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("Ann\nBob\n", encoding="utf-8")
    done = run(tmp_path, "--students", "roster.csv", "--blank", "forward,loss", "--blank", "updates", "--steps", "3")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["Wrote 2 exercises in exercises", f"Wrote {Path('exercises', 'Key.xlsx')}"],
    )
    card = recognise(Path("Ann"), read_package(tmp_path / "exercises" / "Ann.xlsx").properties)
    assert (card.student, card.blueprint.blank, card.blueprint.steps) == ("Ann", ("forward", "loss", "updates"), 3)


def test_command_prints_json_and_leaves_what_students_changed(tmp_path: Path) -> None:
    done = run(tmp_path, "--json", "-o", "out")
    assert json.loads(done.stdout) == {"exercises": ["out/Exercise.xlsx"], "key": "out/Key.xlsx"}
    openpyxl.load_workbook(tmp_path / "out" / "Exercise.xlsx").save(tmp_path / "out" / "Exercise.xlsx")
    done = run(tmp_path, "-o", "out")
    assert done.returncode == 2
    assert "--force" in one_error_line(done.stderr)
    several = run(tmp_path, "-o", "out", "--lrs", "1,2")
    assert several.returncode == 2
    assert "an exercise has one learning rate, and 1,2 are 2; give one number" in one_error_line(several.stderr)
    assert run(tmp_path, "-o", "out", "--force").returncode == 0


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"blank": ("updates",), "steps": 1}, "leaves no update"),
        ({"rate": -1.0}, "--lrs"),
        ({"steps": 0}, "--steps"),
        ({"steps": 100_000}, "cells"),
    ],
)
def test_what_cannot_be_handed_out_is_refused_before_anything_is_written(
    tmp_path: Path, parts: dict[str, object], words: str
) -> None:
    with pytest.raises(BadOption, match=words):
        hand_out(replace(Asked(load("classic"), "classic"), **parts), tmp_path / "out")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_updates_of_an_optimiser_with_a_memory_are_refused() -> None:
    network = replace(load("classic"), optimizer=replace(load("classic").optimizer, name="adam"))
    with pytest.raises(BadOption, match="plain gradient descent"):
        planned(Asked(network, "mine", blank=("updates",)))
    assert planned(Asked(network, "mine")).cells


def test_kinds_of_columns_are_known_by_name() -> None:
    with pytest.raises(BadOption, match="forward, loss, gradients, updates"):
        parse(["gradient"])


@pytest.mark.slow
def test_a_rendered_page_is_green_and_red(hand: Callable[..., Handed], tmp_path: Path) -> None:
    if not (shutil.which("soffice") and shutil.which("pdftoppm")):
        pytest.skip("soffice or pdftoppm is not on the PATH")
    from PIL import Image

    exercise = hand()
    path = exercise.filled({exercise.at("∂E/∂w3"): "=1"})
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    without_saved_values(path, tmp_path / "a.xlsx")
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    subprocess.run(["pdftoppm", "-r", "100", "-png", tmp_path / "a.pdf", tmp_path / "a"], check=True)
    drawn = [Image.open(path).convert("RGB").getcolors(1 << 24) for path in tmp_path.glob("a-*.png")]
    colours = {colour for one in drawn for _, colour in one}
    assert {(0xD9, 0xF0, 0xE7), (0xFB, 0xD5, 0xCC)} <= colours
