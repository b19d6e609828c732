"""Judge a workbook of ours: recalculated from scratch, every formula, value, saved value and gradient compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path

from xlbackprop.engines import ENGINES, Engine, Values
from xlbackprop.engines.beside import recalculating
from xlbackprop.errors import EngineFailed, Unreadable
from xlbackprop.grid import Grid, Value
from xlbackprop.pages.book import pages
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import Given, Plan, Run
from xlbackprop.pages.spec import recognise
from xlbackprop.proof.compare import RELATIVE, Difference, Measure, same_text, text_differences
from xlbackprop.proof.drift import wrong_values
from xlbackprop.proof.evidence import (
    by_their_old_name,
    gradient_differences,
    read_given,
    renamed,
    settings_that_mislead,
    stale_cells,
)
from xlbackprop.proof.lanes import run_by_numpy
from xlbackprop.reading.package import SavedWorkbook, read_package


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a file. error: why it could not be judged; following: values that differ because of others.

    plan, rates: where its tables stand, and the learning rate of each.
    """

    file: Path
    engines: tuple[tuple[str, Measure], ...] = ()
    differences: tuple[Difference, ...] = ()
    following: int = 0
    witnesses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
    plan: Plan | None = None
    rates: tuple[float, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every cell is right."""
        return self.error is None and not self.differences

    @property
    def exit_code(self) -> int:
        """0 all right, 1 something is wrong, 2 cannot be judged."""
        return 2 if self.error else int(bool(self.differences))


def verify(path: Path, engine: str = "ironcalc") -> Verdict:
    """The verdict on a workbook of ours; it never raises for what is wrong with the file or the engine."""
    try:
        engines, notes = choose(engine)
        verdict = _judge(path, engines)
        return replace(verdict, notes=notes + verdict.notes)
    except (Unreadable, EngineFailed) as error:
        return Verdict(path, error=f"Error: {error}")


def as_json(verdict: Verdict) -> dict[str, object]:
    """What ``verify --json`` prints of the cells of a file."""
    return {
        "file": str(verdict.file),
        "ok": verdict.ok,
        "engines": [
            {"engine": name, "cells": one.cells, "max_abs": one.max_abs, "max_rel": one.max_rel}
            for name, one in verdict.engines
        ],
        "differences": [
            {
                "sheet": one.sheet,
                "cell": a1(*one.cell),
                "label": one.label,
                "kind": one.kind,
                "found": one.found,
                "expected": one.expected,
            }
            for one in verdict.differences
        ],
    }


def choose(name: str) -> tuple[list[Engine], tuple[str, ...]]:
    """The engines asked for, and a note for each that `all` could not find; EngineFailed if one named is missing."""
    wanted = list(ENGINES.values()) if name == "all" else [ENGINES[name]]
    missing = [engine.name for engine in wanted if engine.version() is None]
    if missing and name != "all":
        raise EngineFailed(f"--engine {name}: not found on this machine; install it, or choose another engine")
    notes = tuple(f"Note: {name} was not found on this machine" for name in missing)
    return [engine for engine in wanted if engine.name not in missing], notes


def _judge(path: Path, engines: list[Engine]) -> Verdict:
    with recalculating(path, [engine.name for engine in engines]) as wait:
        saved = read_package(path)
        plan = recognise(path, saved.properties, saved.sheets)
        recalculated, failures = wait()
    first = next(iter(recalculated), "")
    given = read_given(plan, saved, recalculated.get(first, {}))
    if isinstance(given, list):
        return Verdict(path, differences=tuple(given))
    run = run_by_numpy(plan, given)
    expected = pages(run)
    called = renamed(plan, saved)
    wrong = [one for one in _text_differences(plan, expected, saved) if not by_their_old_name(one, called)]
    if not recalculated and not wrong:
        raise failures[0]
    measures, values = _engine_differences(run, expected, recalculated, drift=not wrong)
    stored = _saved_differences(run, expected, saved, drift=not wrong)
    slopes, witnesses = gradient_differences(run, recalculated[first], first) if first else ([], ())
    alone = _unexplained(stored, saved, recalculated)
    if wrong:
        named = {(one.sheet, one.cell) for one in wrong}
        causes = [*wrong, *(one for one in alone if (one.sheet, one.cell) not in named)]
    else:
        causes = [*values, *slopes, *_without_stale(plan, given, expected, saved, alone)]
    following = len(
        {(one.sheet, one.cell) for one in (*values, *stored, *slopes)} - {(c.sheet, c.cell) for c in causes}
    )
    notes = (
        *(f"Note: {path}: {said}" for said in settings_that_mislead(saved)),
        *(f"Note: {failure}" for failure in failures),
        *(f"Note: the sheet {name!r} was {before!r}; texts still call it that" for name, before in called.items()),
    )
    return Verdict(path, measures, tuple(causes), following, witnesses, notes, plan=plan, rates=given.rates)


def _text_differences(plan: Plan, expected: list[Page], saved: SavedWorkbook) -> list[Difference]:
    yours = {(one.sheet, one.place) for one in plan.yours}
    return [
        difference
        for page in expected
        for difference in text_differences(
            page, saved.sheets[page.name], {place for sheet, place in yours if sheet == page.name}
        )
    ]


def _engine_differences(
    run: Run, expected: list[Page], recalculated: dict[str, Values], drift: bool
) -> tuple[tuple[tuple[str, Measure], ...], list[Difference]]:
    """How far each engine is from NumPy, and where too far."""
    measures: list[tuple[str, Measure]] = []
    found: list[Difference] = []
    for name, values in recalculated.items():
        measure, differences = wrong_values(run, expected, values, "value", drift=drift)
        measures.append((name, measure))
        found += [replace(one, found=f"{one.found} in {name}") for one in differences]
    return tuple(measures), found


def _saved_differences(run: Run, expected: list[Page], saved: SavedWorkbook, drift: bool = True) -> list[Difference]:
    """Saved values that are not right; none if the program that saved the file keeps no values at all."""
    values = {name: sheet.grid for name, sheet in saved.sheets.items()}
    if not any(place in sheet.grid for sheet in saved.sheets.values() for place in sheet.formulas):
        return []
    return wrong_values(run, expected, values, "saved value", drift=drift)[1]


def _unexplained(stored: list[Difference], saved: SavedWorkbook, recalculated: dict[str, Values]) -> list[Difference]:
    """The saved values that no engine comes to either: wrong by themselves, not because of another cell."""
    return [
        one
        for one in stored
        if not any(
            _as_calculated(saved.sheets[one.sheet].grid.get(one.cell), values.get(one.sheet, Grid()).get(one.cell))
            for values in recalculated.values()
        )
    ]


def _as_calculated(saved: Value, calculated: Value) -> bool:
    """Whether a program saved what another calculates, to the digits that programs save."""
    if isinstance(saved, float) and isinstance(calculated, float):
        return isclose(saved, calculated, rel_tol=RELATIVE)
    return type(saved) is type(calculated) and (saved == calculated or same_text(saved, str(calculated), last_digits=0))


def _without_stale(
    plan: Plan, given: Given, expected: list[Page], saved: SavedWorkbook, alone: list[Difference]
) -> list[Difference]:
    """The wrong saved values; or, if they are right for what a yellow cell held before, that yellow cell."""
    if not alone:
        return alone
    stale, before = stale_cells(plan, given, expected, saved)
    if not stale:
        return alone
    run = run_by_numpy(plan, before)
    remaining = _saved_differences(run, pages(run), saved)
    return [*stale, *remaining] if len(remaining) < len(alone) else alone
