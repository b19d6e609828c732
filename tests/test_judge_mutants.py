"""One mistake in a hand-made workbook, drawn a thousand times: the judge names those cells, that kind, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice, product
from pathlib import Path

import pytest
from handmade.cells import cells_of
from handmade.layout import Layout
from handmade.layouts import LAYOUTS
from handmade.mistakes import MISTAKES, mutant
from handmade.truth import Mutant
from handmade.values import Values
from handmade.write import book, write

from xlbackprop.judge.findings import BESIDE, Judgement, Kind, Outcome
from xlbackprop.judge.judge import judge

SEEDS, OF_A_SEED, RIGHT_KIND = 5, 220, 0.95

each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the judge made of a mutant: what failed of `detected`, `cells`, `kind`, `elsewhere`, `verdict`."""

    kind: Kind
    failed: tuple[str, ...]
    told: str


def judged(made: Mutant, path: Path) -> Judgement:
    """What the judge says of it; it knows the assignment where first values are in question."""
    write(made.book, path)
    return judge(path, made.book.layout.assignment if made.truth.kind is Kind.FIRST_VALUES else None)


def seen(made: Mutant, path: Path, told: str) -> Seen:
    """The judge's word against the truth."""
    truth, judgement = made.truth, judged(made, path)
    here = [f for sheet in judgement.sheets if sheet.sheet == truth.sheet for f in sheet.findings]
    about = [finding for finding in here if cells_of([finding]) & truth.cells]
    others = [finding for finding in judgement.findings if finding not in about]
    outcome = Outcome.CORRECT if truth.kind in BESIDE else Outcome.WRONG
    checks = {
        "detected": bool(about),
        "cells": truth.cells <= cells_of(about) <= truth.cells | truth.allowed,
        "kind": all(finding.kind in {truth.kind, *truth.also} for finding in about),
        "label": truth.label in {"", *(finding.label for finding in about)},
        "elsewhere": all(one in here and one.cells and cells_of([one]) <= truth.allowed for one in others),
        "verdict": outcome in {sheet.outcome for sheet in judgement.sheets if sheet.sheet == truth.sheet},
    }
    said = "; ".join(f"{f.kind} {f.label} {','.join(f.cells)[:60]}" for f in judgement.findings[:4])
    failed = tuple(name for name, fine in checks.items() if not fine)
    return Seen(
        truth.kind, failed, f"{told}: {truth.label} {sorted(truth.cells)[:2]} {made.found} -> {said or 'nothing'}"
    )


def mutants(kinds: Collection[Kind], seeds: Iterable[int]) -> Iterator[tuple[str, Mutant]]:
    """Mutants, each with the call that makes it: of every seed every kind in every layout that can have it."""
    for seed in seeds:
        for kind, layout in product(kinds, LAYOUTS):
            if made := mutant(layout, seed, kind):
                yield f"mutant({layout.name!r}, {seed}, {kind.name})", made


def table(results: list[Seen]) -> str:
    """How many of each kind there were, what failed how often, and the first of each failure."""
    counts = Counter(result.kind for result in results)
    failures = Counter((result.kind, name) for result in results for name in result.failed)
    first = {(result.kind, name): result.told for result in reversed(results) for name in result.failed}
    lines = [f"{kind}: {count}" for kind, count in counts.items()]
    lines += [
        f"{kind}: {name} failed {count} times, first {first[kind, name]}" for (kind, name), count in failures.items()
    ]
    return "\n".join(lines)


def hold(results: list[Seen]) -> None:
    """All are detected, in the right cells and nowhere else; the kind is right nearly always."""
    failed = Counter(name for result in results for name in result.failed)
    wrong_kind = failed.pop("kind", 0)
    assert not failed, table(results)
    assert wrong_kind <= (1 - RIGHT_KIND) * len(results), table(results)


@each_layout
def test_in_a_correct_workbook_nothing_is_found(layout: Layout, tmp_path: Path) -> None:
    write(book(layout), tmp_path / "made.xlsx")
    for assignment in (None, layout.assignment):
        judgement = judge(tmp_path / "made.xlsx", assignment)
        assert judgement.error == ""
        assert judgement.findings == ()
        assert judgement.ok
        found = [(sheet.sheet, sheet.table) for sheet in judgement.sheets if sheet.table]
        assert [(sheet, t.header_row, t.rows, t.learning_rate) for sheet, t in found] == [
            (place.sheet, place.header_row, layout.rows, place.rate) for place in layout.places
        ]


@each_layout
def test_every_column_is_found_under_its_name(layout: Layout, tmp_path: Path) -> None:
    written = book(layout)
    write(written, tmp_path / "made.xlsx")
    tables = [sheet.table for sheet in judge(tmp_path / "made.xlsx").sheets if sheet.table]
    for made, found in zip(written.tables, tables, strict=True):
        known = [name for name in made.columns if name and name not in made.helpers]
        assert {name: made.letter(name) for name in known}.items() <= found.columns.items()


@pytest.mark.slow
def test_correct_workbooks_stay_correct_when_libreoffice_saves_them(
    tmp_path: Path, libreoffice: Callable[..., Path]
) -> None:
    made = {layout.name: tmp_path / f"{n}.xlsx" for n, layout in enumerate(LAYOUTS)}
    for layout in LAYOUTS:
        write(book(layout), made[layout.name])
    folder = libreoffice(*made.values()).parent
    judged = {name: judge(folder / path.name) for name, path in made.items()}
    assert {name: one.error or one.findings for name, one in judged.items() if one.findings or not one.ok} == {}


@each_layout
def test_a_table_of_numbers_is_no_more_than_that(layout: Layout, tmp_path: Path) -> None:
    written = book(layout)
    typed = tuple(table.with_cells(Values(table)) for table in written.tables)
    write(replace(written, tables=typed, charts=()), tmp_path / "made.xlsx")
    judgement = judge(tmp_path / "made.xlsx")
    sheets = {table.place.sheet for table in typed}
    assert {sheet.outcome for sheet in judgement.sheets if sheet.sheet in sheets} == {Outcome.VALUES_ONLY}
    assert not judgement.ok


def test_a_table_without_gradients_is_incomplete(tmp_path: Path) -> None:
    forward = replace(LAYOUTS[1], order=LAYOUTS[1].order[:-1], rows=1, chart=False)
    write(book(forward), tmp_path / "made.xlsx")
    (sheet,) = judge(tmp_path / "made.xlsx").sheets
    assert sheet.outcome is Outcome.INCOMPLETE
    assert sheet.findings == ()


def test_a_sheet_without_a_table_has_none(tmp_path: Path) -> None:
    (beside,) = [layout for layout in LAYOUTS if layout.places[0].rate_sheet]
    write(book(beside), tmp_path / "made.xlsx")
    outcomes = {sheet.sheet: sheet.outcome for sheet in judge(tmp_path / "made.xlsx").sheets}
    assert outcomes == {"Training": Outcome.CORRECT, "Settings": Outcome.NO_TABLE}


@pytest.mark.parametrize("kind", MISTAKES, ids=lambda kind: kind.name.lower())
def test_a_few_mistakes_of_each_kind_are_named(kind: Kind, tmp_path: Path) -> None:
    few = islice(mutants([kind], count()), 1, 17, 4)
    hold([seen(made, tmp_path / "made.xlsx", told) for told, made in few])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_thousand_mistakes_are_named(seed: int, tmp_path: Path) -> None:
    results = [seen(made, tmp_path / "made.xlsx", told) for told, made in mutants(MISTAKES, [seed])]
    assert len(results) >= OF_A_SEED
    hold(results)
