"""Judges one table: every formula of every column against what belongs there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from xlbackprop.expr import Expr, refs
from xlbackprop.grid import SavedSheet
from xlbackprop.judge.cells import Nowhere, addresses, ranges
from xlbackprop.judge.claims import settled
from xlbackprop.judge.culprits import with_culprits
from xlbackprop.judge.explain import Explanation, explain, spoken, written
from xlbackprop.judge.findings import Finding, FoundTable, Kind, Outcome
from xlbackprop.judge.formula import BETWEEN, Token, Unparsed, parse
from xlbackprop.judge.guess import guess
from xlbackprop.judge.kinds import plain
from xlbackprop.judge.labels import GRADIENT, LEARNING_RATE, STEP, slope
from xlbackprop.judge.meaning import Reading, labelled
from xlbackprop.judge.rate import PARAMETERS, Rate, learning_rate
from xlbackprop.judge.said import sentence
from xlbackprop.judge.shape import ABOVE, Shape, formulas, parameters
from xlbackprop.judge.tables import Table
from xlbackprop.judge.typed_over import WHOLE, constants, standing_still
from xlbackprop.judge.world import World, written_out
from xlbackprop.layout import letters

Meant = tuple[Token, ...]  # a formula as tokens over names; a token of the kind "none" where it says nothing to us


@dataclass(frozen=True)
class Judged:
    """What was found in a table. shape: the network behind it; columns: its usual formulas, by canonical name."""

    outcome: Outcome
    table: FoundTable
    findings: tuple[Finding, ...]
    shape: Shape | None
    reading: Reading
    wrong: frozenset[str] = frozenset()


def judge_table(sheets: Mapping[str, SavedSheet], sheet: str, table: Table) -> Judged:
    """The verdict on a table."""
    table = settled(sheets, sheet, table, _with_names_beside)
    reading = _with_names_beside(Reading(sheets, sheet, table))
    rate = learning_rate(reading)
    if rate.place is not None:
        reading = replace(reading, rate=rate.place, _cache={})
    meant = {name: _meant(reading, name, rate) for name in reading.columns}
    found = FoundTable(
        table.header_row,
        table.first_row,
        len(table.rows),
        rate.value,
        rate.cell(sheet),
        {name: letters(column) for name, column in table.columns.items()},
    )
    if not any(meant[name] for name in table.columns if name != STEP):
        return _values_only(reading, found)
    usual = {name: _usual(groups) for name, groups in meant.items()}
    helpers = {name: expr for name in reading.helpers if (expr := usual[name][1]) is not None}
    columns = {name: (expr := usual[name][1]) and written_out(expr, helpers) for name in table.columns}
    shape = guess(columns, {*table.columns, *reading.beside.values()})
    if shape is None:
        return _no_network(reading, found)
    return _judged(reading, rate, shape, meant, usual, found)


def _with_names_beside(reading: Reading) -> Reading:
    """The reading with names for the cells beside the table that are labelled as inputs, targets or biases."""
    table, found = reading.table, {}
    for row in table.rows[:2]:
        for column in table.columns.values():
            for token in _tokens(reading, row, column):
                if token.kind == "ref" and token.text.startswith("$"):
                    place = _place(token.text)
                    name = labelled(reading.cells, place)
                    if name and name not in table.columns and name != LEARNING_RATE:
                        found[reading.sheet, place] = name
    return replace(reading, beside=found, _cache={}) if found else reading


def _place(name: str) -> tuple[int, int]:
    from openpyxl.utils.cell import coordinate_to_tuple

    row, column = coordinate_to_tuple(name.replace("$", ""))
    return int(row), int(column)


def _tokens(reading: Reading, row: int, column: int) -> Meant:
    if reading.formula(row, column) is None:
        return ()
    try:
        return reading.tokens(row, column)
    except Unparsed as error:
        return (Token("none", str(error)),)


def _meant(reading: Reading, name: str, rate: Rate) -> dict[Meant, list[int]]:
    """The formulas of a column, and the rows that each stands in."""
    found: defaultdict[Meant, list[int]] = defaultdict(list)
    typed = rate.value if rate.place is None and name[0] in PARAMETERS else None
    for row in reading.table.rows:
        if tokens := _tokens(reading, row, reading.columns[name]):
            found[tokens if typed is None else _with_rate(tokens, typed)].append(row)
    return dict(found)


def _with_rate(tokens: Meant, rate: float) -> Meant:
    """The tokens with the learning rate's name where it is typed as a number."""
    named = Token("ref", LEARNING_RATE)
    return tuple(named if token.kind == "num" and float(token.text) == rate else token for token in tokens)


def _usual(groups: Mapping[Meant, Sequence[int]]) -> tuple[Meant, Expr | None]:
    """The formula that stands in most rows of a column, as tokens and as a tree."""
    for tokens in sorted(groups, key=lambda one: -len(groups[one])):
        try:
            return tokens, parse(tokens)
        except Unparsed:
            continue
    return (), None


def _values_only(reading: Reading, found: FoundTable) -> Judged:
    table, findings = reading.table, []
    if still := standing_still(reading):
        cells = tuple(one for column in sorted(table.columns.values()) for one in ranges(column, still))
        message = f"rows {still[0]} to {still[-1]} repeat row {still[0] - 1}: the training stands still there"
        findings.append(Finding(Kind.FROZEN_TAIL, WHOLE, cells, "repeated rows", "training", message))
    return Judged(Outcome.VALUES_ONLY, found, tuple(findings), None, reading)


def _no_network(reading: Reading, found: FoundTable) -> Judged:
    table = reading.table
    message = (
        "the labels do not reveal a fully connected network: a column for each input, weight, unit and target is needed"
    )
    cells = (f"{letters(min(table.names))}{table.header_row}:{letters(max(table.names))}{table.header_row}",)
    finding = Finding(Kind.OTHER, WHOLE, cells, ", ".join(table.columns), "all columns", message)
    return Judged(Outcome.INCOMPLETE, found, (finding,), None, reading)


def _judged(
    reading: Reading,
    rate: Rate,
    shape: Shape,
    meant: Mapping[str, Mapping[Meant, list[int]]],
    usual: Mapping[str, tuple[Meant, Expr | None]],
    found: FoundTable,
) -> Judged:
    table, right = reading.table, formulas(shape)
    trained = set(parameters(shape))
    rows = {
        name: list(table.rows)[1:] if name in trained else list(table.rows)
        for name in table.columns
        if name in right and name not in (STEP, LEARNING_RATE)
    }
    judged = {name: usual[name][1] for name in rows}
    world = _world(reading, shape, meant, usual)
    exprs = {name: expr for name, expr in judged.items() if expr is not None}
    called = {name: slope(reading.heading(name)) for name in reading.helpers}
    world = with_culprits(world, exprs, {name: usual[name][0] for name in exprs}, called)
    used = _used(exprs, {name: usual[name][1] for name in reading.helpers})
    first = table.first_row
    rows |= {name: [row for row in table.rows if row > first or _has_formula(reading, name, first)] for name in used}
    known = {**{name: usual[name][1] for name in used if name not in dict(world.settled)}, **right}
    copied = {name: meant[name].get((Token("ref", name + ABOVE),), ()) for name in rows}
    findings = constants(reading, rows, copied)
    wrong: set[str] = set()
    for name, expected in rows.items():
        looked_at = [row for row in expected if row not in copied[name]]
        for one in _column(reading, rate, world, name, meant[name], known.get(name), looked_at):
            findings.append(one)
            wrong.add(name)
    missing = _missing(reading, shape, rows)
    outcome = Outcome.WRONG if findings else Outcome.INCOMPLETE if missing else Outcome.CORRECT
    return Judged(outcome, found, tuple(_merged(findings)), shape, reading, frozenset(wrong))


def _has_formula(reading: Reading, name: str, row: int) -> bool:
    return reading.formula(row, reading.columns[name]) is not None


def _used(exprs: Mapping[str, Expr], helpers: Mapping[str, Expr | None]) -> list[str]:
    """The helpers that the judged columns read, directly or through others."""
    found: list[str] = []
    waiting = list(exprs.values())
    while waiting:
        for ref in refs(waiting.pop()):
            name = plain(ref.name)
            helper = helpers.get(name)
            if helper is not None and name not in found:
                found.append(name)
                waiting.append(helper)
    return found


def _world(
    reading: Reading,
    shape: Shape,
    meant: Mapping[str, Mapping[Meant, list[int]]],
    usual: Mapping[str, tuple[Meant, Expr | None]],
) -> World:
    used = {
        one
        for groups in meant.values()
        for tokens in groups
        for token in tokens
        if token.kind in ("ref", "area")
        for one in token.text.split(BETWEEN)
    }
    beside = tuple((one, value) for one in sorted(used) if (value := _beside(reading, one)) is not None)
    table = reading.table
    first = {one: reading.value(table.first_row, column) for one, column in table.columns.items() if one[0] in "it"}
    given = tuple((one, value) for one, value in first.items() if isinstance(value, float))
    names = tuple(dict.fromkeys([*reading.columns, *reading.beside.values()]))
    helpers = tuple((name, usual[name][0]) for name in reading.helpers if usual[name][1] is not None)
    return World(shape, names, beside, given, helpers)


def _missing(reading: Reading, shape: Shape, rows: Mapping[str, Sequence[int]]) -> list[str]:
    """The columns that a complete table has and this one has not, or not in all rows."""
    table = reading.table
    updated = {
        name for name in rows if name in table.columns and any(map(partial(_has_formula, reading, name), rows[name]))
    }
    wanted = [*parameters(shape), *(GRADIENT + name for name in parameters(shape) if name not in updated)]
    absent = [name for name in wanted if name not in table.columns and name not in reading.beside.values()]
    blank = [
        name
        for name, there in rows.items()
        if any(reading.cells.get((row, reading.columns[name])) is None for row in there)
    ]
    return [*absent, *blank]


def _column(
    reading: Reading,
    rate: Rate,
    world: World,
    name: str,
    groups: Mapping[Meant, Sequence[int]],
    right: Expr | None,
    expected: Sequence[int],
) -> Iterator[Finding]:
    """What is wrong with the formulas of a column. expected: the rows that should have one."""
    if name not in world.values:
        return
    there = {tokens: [row for row in rows if row in set(expected)] for tokens, rows in groups.items()}
    filled = sum(map(len, there.values()))
    for tokens, rows in there.items():
        why = explain(name, tokens, world, right) if rows else None
        if why is not None:
            yield _finding(reading, rate, name, why, rows, 2 * len(rows) < filled)


def _beside(reading: Reading, name: str) -> float | None:
    """What a cell beside the table holds; a blank one is 0."""
    if "$" not in name:
        return None
    sheet, _, cell = name.rpartition("!")
    cells = reading.sheets.get(sheet or reading.sheet)
    value = cells.grid.get(_place(cell)) if cells is not None else None
    return value if isinstance(value, float) else 0.0 if value is None else None


def _finding(reading: Reading, rate: Rate, name: str, why: Explanation, rows: Sequence[int], minority: bool) -> Finding:
    kind, found, expected = why.kind, why.found, why.expected
    column = reading.columns[name]
    if (what := _slid(reading, rate, why, rows[0], column)) is not None:
        kind, name, found, expected = Kind.NOT_ANCHORED, LEARNING_RATE, what, rate.cell(reading.sheet) or "the rate"
    elif minority:
        kind = Kind.INCONSISTENT
    label = reading.heading(name) if name in reading.helpers else name
    found, expected = _with_headings(reading, found), _with_headings(reading, expected)
    message = sentence(kind, label, found, expected)
    if why.as_column:
        message += f"; it is the formula of {_with_headings(reading, spoken(why.as_column))}"
    correction = _corrected(reading, rate, why, rows[0])
    return Finding(kind, label, ranges(column, rows), found, expected, message, correction, first_row=rows[0])


def _slid(reading: Reading, rate: Rate, why: Explanation, row: int, column: int) -> str | None:
    """What an update reads instead of the learning rate because its reference slid, as text."""
    if rate.place is None or not any(expected == LEARNING_RATE for _, expected in why.leaves):
        return None
    for cell in reading.references(row, column):
        sheet, place = cell
        if sheet == rate.place[0] and place != rate.place[1] and place[1] == rate.place[1][1]:
            return f"{letters(place[1])}{place[0]}"
    return None


def _with_headings(reading: Reading, text: str) -> str:
    """The text with what helper columns are called on the sheet."""
    for name in reading.helpers:
        text = text.replace(name, f"[{reading.heading(name)}]") if name in text else text
    return text


def _corrected(reading: Reading, rate: Rate, why: Explanation, row: int) -> str:
    if why.corrected is None:
        return ""
    try:
        return "=" + written(why.corrected, addresses(reading, rate, row))
    except Nowhere:
        return ""


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same, as one: of a column, or of the learning rate of all."""
    found: dict[tuple[str, ...], Finding] = {}
    for one in findings:
        key: tuple[str, ...] = (
            str(one.kind),
            one.label,
            "" if one.kind is Kind.NOT_ANCHORED else one.found,
            one.expected,
        )
        if one.kind is Kind.INCONSISTENT or key not in found:
            key = (*key, str(len(found))) if one.kind is Kind.INCONSISTENT else key
            found[key] = one
        else:
            found[key] = replace(found[key], cells=found[key].cells + one.cells)
    return list(found.values())
