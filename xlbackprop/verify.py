"""Judge a workbook of ours: recalculated from scratch, every formula, value, saved value and gradient compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path

from xlbackprop.book import pages
from xlbackprop.compare import RELATIVE, Difference, Measure, text_differences, told, value_differences
from xlbackprop.engines import ENGINES, Engine, Values
from xlbackprop.errors import EngineFailed, Unreadable
from xlbackprop.evidence import gradient_differences, read_given, run_by_numpy, stale_cells
from xlbackprop.layout import a1
from xlbackprop.package import SavedWorkbook, read_package
from xlbackprop.page import Page
from xlbackprop.plan import Plan
from xlbackprop.spec import recognise


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a file. error: why it could not be judged; following: values that differ because of others."""

    file: Path
    engines: tuple[tuple[str, Measure], ...] = ()
    differences: tuple[Difference, ...] = ()
    following: int = 0
    witnesses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every cell is right."""
        return self.error is None and not self.differences

    @property
    def exit_code(self) -> int:
        """0 all right, 1 something is wrong, 2 cannot be judged."""
        return 2 if self.error else int(bool(self.differences))


def verify(path: Path, engine: str = "ironcalc") -> Verdict:
    """The verdict on one file; it never raises for what is wrong with the file or the engine."""
    try:
        engines, notes = choose(engine)
        return replace(_judge(path, engines), notes=notes)
    except (Unreadable, EngineFailed) as error:
        return Verdict(path, error=f"Error: {error}")


def as_json(verdict: Verdict) -> dict[str, object]:
    """What ``verify --json`` prints for a file."""
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
    saved = read_package(path)
    plan = recognise(path, saved.properties, saved.sheets)
    recalculated, failure = _recalculated(path, engines)
    first = next(iter(recalculated), "")
    given = read_given(plan, saved, recalculated.get(first, {}))
    if isinstance(given, list):
        return Verdict(path, differences=tuple(given))
    run = run_by_numpy(plan, given)
    expected = pages(run)
    wrong = _text_differences(plan, expected, saved)
    if failure and not wrong:
        raise failure
    measures, values = _engine_differences(expected, recalculated)
    stored = _saved_differences(expected, saved)
    slopes, witnesses = gradient_differences(run, recalculated[first], first) if first else ([], ())
    stale = stale_cells(plan, expected, saved) if len(stored) > 1 and not wrong else []
    causes = _causes(wrong, stale, values, stored, slopes, recalculated)
    following = len(
        {(one.sheet, one.cell) for one in (*values, *stored, *slopes)} - {(c.sheet, c.cell) for c in causes}
    )
    return Verdict(path, measures, tuple(causes), following, witnesses)


def _recalculated(path: Path, engines: list[Engine]) -> tuple[dict[str, Values], EngineFailed | None]:
    """What each engine makes of the file, and the first failure."""
    values: dict[str, Values] = {}
    failure = None
    for engine in engines:
        try:
            values[engine.name] = engine.recalculate(path)
        except EngineFailed as error:
            failure = failure or error
    return values, failure


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
    expected: list[Page], recalculated: dict[str, Values]
) -> tuple[tuple[tuple[str, Measure], ...], list[Difference]]:
    """How far each engine is from NumPy, and where too far."""
    measures: list[tuple[str, Measure]] = []
    found: list[Difference] = []
    for name, values in recalculated.items():
        measure, differences = value_differences(expected, values, "value")
        measures.append((name, measure))
        found += [replace(one, found=f"{one.found} in {name}") for one in differences]
    return tuple(measures), found


def _saved_differences(expected: list[Page], saved: SavedWorkbook) -> list[Difference]:
    """Saved values that are not right; none if the program that saved the file keeps no values at all."""
    values = {
        sheet: {place: cell.value for place, cell in cells.items() if cell.formula}
        for sheet, cells in saved.sheets.items()
    }
    if all(value is None for cells in values.values() for value in cells.values()):
        return []
    return value_differences(expected, values, "saved value")[1]


def _causes(
    wrong: list[Difference],
    stale: list[Difference],
    values: list[Difference],
    stored: list[Difference],
    slopes: list[Difference],
    recalculated: dict[str, Values],
) -> list[Difference]:
    """What is wrong by itself, not because of another cell.

    A formula or constant that is not ours changes the values of cells that read it, and a yellow cell changed without
    recalculating leaves old values behind: those only follow. A saved value that neither NumPy nor the engine comes
    to is wrong by itself whatever else is.
    """
    if not (wrong or stale):
        return [*values, *slopes, *_beyond(stored, recalculated)]
    lonely = [] if stale else _beyond(stored, recalculated)
    named = {(one.sheet, one.cell) for one in wrong}
    return [*wrong, *stale, *(one for one in lonely if (one.sheet, one.cell) not in named)]


def _beyond(stored: list[Difference], recalculated: dict[str, Values]) -> list[Difference]:
    """The saved values that no engine comes to either."""
    return [
        one
        for one in stored
        if not any(_equal(one.found, told(values.get(one.sheet, {}).get(one.cell))) for values in recalculated.values())
    ]


def _equal(one: str, other: str) -> bool:
    """Whether a program saved what another calculates: texts alike, numbers to the digits that programs save."""
    try:
        return isclose(float(one), float(other), rel_tol=RELATIVE)
    except ValueError:
        return one == other
