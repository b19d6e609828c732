"""Judges one table: every formula of every column against what belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

from xlbackprop.grid import SavedSheet
from xlbackprop.judge.faults.cells import Nowhere, addresses, ranges
from xlbackprop.judge.faults.circles import circles
from xlbackprop.judge.faults.given import given_findings
from xlbackprop.judge.faults.named import merged, named
from xlbackprop.judge.faults.pasted import ROUNDED, numbers_read, pasted
from xlbackprop.judge.faults.saved_row import value_in_row
from xlbackprop.judge.faults.scaled import factor_of_all, said_once
from xlbackprop.judge.faults.typed_over import WHOLE, constants, standing_apart, standing_still, texts
from xlbackprop.judge.faults.unread import no_network
from xlbackprop.judge.findings import Finding, FoundTable, Kind, Outcome
from xlbackprop.judge.network.numbers import SAME
from xlbackprop.judge.network.shape import Shape, formulas, parameters
from xlbackprop.judge.network.world import World, moved, written_out
from xlbackprop.judge.studied import Studied, new_weights, study
from xlbackprop.judge.told import some_of
from xlbackprop.judge.typed.formula import Coarse, Token, Unparsed, parse
from xlbackprop.judge.typed.meaning import NAME, Reading
from xlbackprop.judge.typed.names import ABOVE, BELOW, GRADIENT, LEARNING_RATE, STEP, pretty
from xlbackprop.judge.typed.one_step import with_row_below
from xlbackprop.judge.typed.tables import Table
from xlbackprop.judge.why.explain import explain, written
from xlbackprop.judge.why.siblings import like_siblings
from xlbackprop.maths.expr import Expr, Num, map_refs
from xlbackprop.pages.layout import letters


@dataclass(frozen=True)
class Judged:
    """What was found in a table. shape: the network behind it, if that is known; wrong: names of wrong columns.

    world: all that its formulas may read, where there is a network.
    """

    outcome: Outcome
    table: FoundTable
    findings: tuple[Finding, ...]
    shape: Shape | None
    reading: Reading
    wrong: frozenset[str] = frozenset()
    world: World | None = None


def judge_table(sheets: Mapping[str, SavedSheet], sheet: str, table: Table) -> Judged:
    """The verdict on a table."""
    extended, lengthened = with_row_below(sheets, sheet, table)
    studied = study(extended, sheet, lengthened)
    rate = studied.rate
    columns = {name: letters(column) for name, column in table.columns.items()}
    found = FoundTable(
        table.header_row, table.first_row, table.height, rate.value, rate.cell(sheet), columns, names=studied.names
    )
    if not studied.has_formulas:
        return _values_only(studied.reading, found)
    shape = studied.shape
    if shape is None:
        return Judged(Outcome.INCOMPLETE, found, (no_network(studied.reading),), None, studied.reading)
    return _judged(studied, shape, found)


def _values_only(reading: Reading, found: FoundTable) -> Judged:
    table, findings = reading.table, []
    if still := standing_still(reading):
        cells = tuple(one for column in sorted(table.columns.values()) for one in ranges(column, still))
        message = f"rows {still[0]} to {still[-1]} repeat row {still[0] - 1}: the training stands still there"
        findings.append(Finding(Kind.FROZEN_TAIL, WHOLE, cells, "repeated rows", "training", message))
    return Judged(Outcome.VALUES_ONLY, found, tuple(findings), None, reading)


def _judged(studied: Studied, shape: Shape, found: FoundTable) -> Judged:
    world, judged = studied.world(shape), studied.judged(shape)
    rows = {**judged, **studied.helpers(judged)}
    settled = dict(world.settled)
    own = {name: studied.trees[name] for name in rows if name not in judged and name not in settled}
    belongs = like_siblings(_in_its_columns(studied.reading, shape), studied.trees, world.values)
    new = {name: moved(belongs[of], BELOW) for name, of in new_weights(studied.reading).items() if of in belongs}
    right = {**own, **belongs, **new}
    copied = {name: studied.meant[name].get((Token("ref", name + ABOVE),), ()) for name in rows}
    given = [name for name in studied.reading.table.columns if name not in rows and name != STEP]
    still = standing_apart(studied.reading, rows, copied)
    moving = {name: there for name, there in rows.items() if name not in still}
    typed = [_with_formula(studied, right, one) for one in constants(studied.reading, moving, copied)]
    columns: list[Finding] = []
    wrong: set[str] = set()
    unknown = {name: set(_unknown(studied, name, expected)) for name, expected in rows.items()}
    for name, expected in rows.items():
        looked_at = [row for row in expected if row not in copied[name] and row not in unknown[name]]
        for one in _column(studied, world, name, right.get(name), looked_at):
            columns.append(one)
            wrong |= {name} if one.kind is not Kind.PASTED else set()
    trained = [name for name in parameters(shape) if name in studied.reading.table.columns]
    findings = [
        *typed,
        *texts(studied.reading, given),
        *given_findings(studied, given, trained),
        *circles(studied, rows, wrong),
        *columns,
    ]
    if (factor := factor_of_all(studied, world)) is not None:
        findings = said_once(findings, factor)
    found = replace(
        found,
        missing=_missing(studied.reading, shape, rows, still),
        unjudged={name: _at(studied.reading, name, there) for name, there in unknown.items() if there},
    )
    outcome = _outcome(findings, found)
    return Judged(outcome, found, tuple(merged(findings)), shape, studied.reading, frozenset(wrong), world)


def _outcome(findings: Sequence[Finding], found: FoundTable) -> Outcome:
    if findings:
        return Outcome.WRONG
    if found.missing:
        return Outcome.INCOMPLETE
    return Outcome.NOT_JUDGED if found.unjudged else Outcome.CORRECT


def _unknown(studied: Studied, name: str, rows: Sequence[int]) -> list[int]:
    """The rows whose formulas say nothing to us, or read numbers that do not, and have no number saved."""
    column, wanted = studied.reading.columns[name], set(rows)
    groups = studied.meant[name].items()
    unread = [row for tokens, there in groups if not _is_read(tokens) or numbers_read(studied, tokens) for row in there]
    return [row for row in unread if row in wanted and studied.reading.value(row, column) is None]


def _is_read(tokens: tuple[Token, ...]) -> bool:
    try:
        parse(tokens)
    except Coarse:
        return True
    except Unparsed:
        return False
    return not any(one.text.startswith(NAME) for one in tokens)


def _at(reading: Reading, name: str, rows: Iterable[int]) -> str:
    return f"{pretty(name)} in {some_of(ranges(reading.columns[name], rows))}"


def _in_its_columns(reading: Reading, shape: Shape) -> dict[str, Expr]:
    """What belongs into each column, with the formulas of what the table has no column for in their place."""
    right, trained = formulas(shape), {slope + name for name in parameters(shape) for slope in ("", GRADIENT)}
    absent = {name: expr for name, expr in right.items() if name not in reading.columns and name not in trained}
    return {name: written_out(expr, absent) for name, expr in right.items()} if absent else right


def _with_formula(studied: Studied, right: Mapping[str, Expr], finding: Finding) -> Finding:
    """The finding on what is typed over formulas, with the formula of its first cell."""
    expr, row = right.get(finding.label), finding.first_row
    if expr is None or row is None:
        return finding
    try:
        return replace(finding, correction="=" + written(expr, addresses(studied.reading, studied.rate, row)))
    except Nowhere:
        return finding


def _column(
    studied: Studied, world: World, name: str, right: Expr | None, expected: Sequence[int]
) -> Iterator[Finding]:
    """What is wrong with the formulas of a column. expected: the rows that should have one."""
    if name not in world.values:
        return
    wanted = set(expected)
    there = {tokens: [row for row in rows if row in wanted] for tokens, rows in studied.meant[name].items()}
    usual = max(map(len, there.values()), default=0)
    for tokens, rows in there.items():
        why = explain(name, tokens, world, right) if rows else None
        if why is None:
            continue
        numbers = numbers_read(studied, tokens)
        open_to_numbers = why.unread or numbers or any(one.text.startswith(NAME) for one in tokens)
        if open_to_numbers and _saved_right(studied, name, right, rows, ROUNDED if numbers else SAME):
            yield from (pasted(studied.reading, one) for one in numbers)
        else:
            yield named(studied, world, name, why, rows, minority=len(rows) < usual and 2 * len(rows) < len(expected))


def _saved_right(studied: Studied, name: str, right: Expr | None, rows: Sequence[int], within: float) -> bool:
    """Whether a formula that says nothing to us has given the right numbers in every row, within a share of them."""
    reading, rate = studied.reading, studied.rate
    if right is None:
        return False
    if rate.place is None and rate.value is not None:
        value = Num(rate.value)
        right = map_refs(right, lambda ref: value if ref.name == LEARNING_RATE else ref)
    pairs = [(reading.value(row, reading.columns[name]), value_in_row(reading, right, row)) for row in rows]
    return all(
        isinstance(found, float) and belongs is not None and isclose(found, belongs, rel_tol=within)
        for found, belongs in pairs
    )


def _has_formula(reading: Reading, name: str) -> bool:
    column = reading.table.columns.get(name, 0)
    return any(reading.formula(row, column) is not None for row in reading.table.rows[1:])


def _missing(reading: Reading, shape: Shape, rows: Mapping[str, Sequence[int]], still: set[str]) -> dict[str, str]:
    """The columns that a complete table has and this one has not, or not in all rows, and the same in words.

    Updates in which the slopes are written out need no columns of slopes. still: weights that have no update.
    """
    table = reading.table
    updated = {
        name
        for name in parameters(shape)
        if name not in still and _has_formula(reading, name) and not _reads_nothing(reading, name)
    }
    wanted = [*parameters(shape), *(GRADIENT + name for name in parameters(shape) if name not in updated)]
    absent = {name: pretty(name) for name in wanted if name not in table.columns and name not in reading.given_names}
    if len(table.rows) == 1:
        return absent | {STEP: "a second row, with new weights"}
    blanks = {
        name: [row for row in there if reading.cells.get((row, reading.columns[name])) is None]
        for name, there in rows.items()
    }
    blank = {name: empty for name, empty in _but_the_end(table, blanks).items() if empty}
    return absent | {name: _at(reading, name, empty) for name, empty in blank.items()}


def _reads_nothing(reading: Reading, name: str) -> bool:
    """Whether an update reads a column of the table in which nothing stands, not even a heading: its slopes' own."""
    table = reading.table
    row = next(row for row in table.rows[1:] if reading.formula(row, reading.columns[name]) is not None)
    read = {place for sheet, place in reading.references(row, reading.columns[name]) if sheet == reading.sheet}
    return any(
        at in table.rows and all(reading.cells.get((one, column)) is None for one in (table.header_row, *table.rows))
        for at, column in read
    )


def _but_the_end(table: Table, blanks: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """The empty cells without those of a last row that has no gradient: no step follows that needs one."""
    ends = all(table.last_row in rows for name, rows in blanks.items() if name.startswith(GRADIENT))
    return {name: [row for row in rows if row != table.last_row or not ends] for name, rows in blanks.items()}
