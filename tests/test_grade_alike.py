"""Copies share what hardly anybody else has; a plain correct solution in the usual layout shares nothing of that."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import judged, submission

from xlbackprop.exercise.blueprint import SHEET
from xlbackprop.exercise.card import recognise
from xlbackprop.exercise.handout import Asked, hand_out
from xlbackprop.exercise.key import answer
from xlbackprop.grade.alike import Pair, alike, same
from xlbackprop.grade.examine import examine
from xlbackprop.grade.features import features, relative
from xlbackprop.grade.filled import filled_in
from xlbackprop.grade.run import usual
from xlbackprop.grade.submission import Feature, Job
from xlbackprop.grid import SavedCell
from xlbackprop.reading.package import read_package
from xlbackprop.template.template import load

Features = dict[Feature, str]
USUAL = functools.cache(lambda: usual(load("classic")))
REFERENCE = {
    "h1": "=E{n}*C{n}+F{n}*D{n}",
    "a_h1": "=1/(1+EXP(-I{n}))",
    "E1": "=0.5*(A{n}-R{n})^2",
    "w1": "=E{n}-$B$33*X{n}",
}


def sheet(labels: Mapping[str, str], rate: float = 1.0, first: int = 35) -> Features:
    """A small table: a label and three rows of its formula in each column."""
    cells = {(33, 1): SavedCell(None, "LR (η) ="), (33, 2): SavedCell(None, rate)}
    for column, (label, formula) in enumerate(labels.items(), start=3):
        cells[34, column] = SavedCell(None, label)
        cells |= {(n, column): SavedCell(formula.replace("{n}", str(n)), 0.5) for n in range(first, first + 3)}
    return features({"Class": cells})


def odd(n: int) -> Features:
    """A table with blanks, brackets, labels and numbers that nobody else has."""
    blank = " " * (n % 7 + 1)
    return sheet(
        {f"{label}{'_' * n}": f"{formula}{blank}+({n}-{n})" for label, formula in REFERENCE.items()}, n + 0.125
    )


def pairs(*all_features: Features, plain: bool = False) -> list[tuple[int, int]]:
    class_ = [submission(f"s{n}", judged(), features=dict(one)) for n, one in enumerate(all_features)]
    return [(pair.one, pair.other) for pair in alike(class_, USUAL() if plain else frozenset())]


@pytest.mark.parametrize("size", [4, 10, 40])
def test_plain_solutions_in_one_layout_are_not_alike(size: int) -> None:
    assert pairs(*[sheet(REFERENCE)] * size) == []


def test_the_shipped_layout_is_nobodys_own_even_where_few_have_it(untouched: Path) -> None:
    shipped = features({"LR 1": read_package(untouched).sheets["LR 1"]})
    assert pairs(shipped, shipped, odd(1), odd(2), odd(3), plain=True) == []
    assert (0, 1) in pairs(shipped, shipped, odd(1), odd(2), odd(3))  # so the test above can fail


@pytest.mark.parametrize("size", [4, 10, 40])
def test_a_copy_with_its_oddities_is_found(size: int) -> None:
    class_ = [odd(n) for n in range(size - 1)]
    assert pairs(*class_, class_[1]) == [(1, size - 1)]


def test_one_file_of_many_is_a_group_and_counts_once_beside_a_copy_that_was_changed() -> None:
    class_ = [submission(f"s{n}", judged(), features=odd(n)) for n in range(5)]
    copies = [replace(submission("copy", judged(), features=odd(9)), digest="9") for _ in range(4)]
    changed = submission("changed", judged(), features={**odd(9), Feature("label", "my own"): "Class!A1"})
    everybody = [*class_, *copies, changed]
    assert same(everybody) == [(5, 6, 7, 8)]
    assert [(pair.one, pair.other) for pair in alike(everybody)] == [(5, 9)]


def test_a_copy_with_other_labels_is_found() -> None:
    changed = {feature: at for feature, at in odd(1).items() if feature.kind != "label"}
    relabelled = {**changed, Feature("label", "my own"): "Class!A1"}
    assert pairs(*[odd(n) for n in range(9)], relabelled) == [(1, 9)]


def test_what_is_shared_is_named_oddities_first() -> None:
    class_ = [submission(f"s{n}", judged(), features=odd(n)) for n in (0, 1, 2, 3, 3)]
    (pair,) = alike(class_)
    assert isinstance(pair, Pair)
    assert pair.share == 1
    assert {feature.kind for feature in pair.shared} == {"formula", "spelling", "label", "number"}
    assert pair.shared[-1].kind == "formula"


def test_an_unusual_order_of_columns_is_no_oddity() -> None:
    """Five of forty have their learning rate and their columns elsewhere; else they write as all do."""
    moved = sheet(
        {label: formula.replace("$33", "$29").replace("E{n}", "G{n}") for label, formula in REFERENCE.items()}
    )
    assert {feature.kind for feature in set(moved) - set(sheet(REFERENCE))} == {"formula"}
    assert pairs(*[sheet(REFERENCE)] * 35, *[moved] * 5) == []


def test_of_three_nothing_is_rare() -> None:
    assert pairs(odd(1), odd(1), odd(2)) == []


def test_a_moved_table_has_the_same_formulas() -> None:
    assert relative("=B5*$B$3+C$4", 5, 4) == relative("=C6*$B$3+D$4", 6, 5)
    assert relative("=B5*C5", 5, 4) != relative("=B5 *C5", 5, 4)
    assert relative('="B5"&A1', 1, 1) == '="B5"&R[0]C[0]'


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six, just handed out, and the key."""
    out = tmp_path_factory.mktemp("handed")
    (out / "roster.csv").write_text("\n".join(["name", *(f"student{n}" for n in range(6))]), encoding="utf-8")
    return hand_out(Asked(load("classic"), "classic", steps=2, students=out / "roster.csv"), out)


def own(path: Path, behind: str = "") -> Features:
    """What counts of an exercise filled in as the key says, with something behind each formula; {n}: of its column."""
    saved = read_package(path)
    card = recognise(path, saved.properties)
    typed = {
        (row, card.blueprint.table.column(one.name)): SavedCell(
            answer(card.blueprint, one, row) + behind.replace("{n}", str(n)), 0.5
        )
        for n, one in enumerate(card.blueprint.blanks)
        for row in card.blueprint.rows(one)
    }
    return features(filled_in(card, {**saved.sheets, SHEET: {**saved.sheets[SHEET], **typed}}))


def test_what_was_handed_out_and_what_the_key_says_is_nobodys_own(exercises: list[Path]) -> None:
    assert examine(Job(exercises[0], "Ada"), None).features == {}
    assert own(exercises[0]) == {}


def test_exercises_with_the_same_odd_answers_are_alike_and_others_are_not(exercises: list[Path]) -> None:
    made, six = [odd(n) for n in range(4)], exercises[:6]
    assert pairs(*made, *map(own, six)) == []
    assert pairs(*made, *(own(path, " -({n}-{n})") for path in six[:2]), *map(own, six[2:])) == [(4, 5)]


def test_pasted_values_say_nothing_of_who_pasted_them() -> None:
    column = {(n, 1): SavedCell(None, n / 7) for n in range(1, 30)}
    typed = {(40, 1): SavedCell(None, 0.17)}
    assert list(features({"S": {**column, **typed}})) == [Feature("number", "0.17")]
