"""Judges one table: every formula of every column against what belongs there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xlbackprop.expr import Expr, refs
from xlbackprop.grid import SavedSheet
from xlbackprop.judge.cells import Nowhere, addresses, ranges
from xlbackprop.judge.explain import Explanation, explain, spoken, written
from xlbackprop.judge.findings import Finding, FoundTable, Kind, Outcome
from xlbackprop.judge.formula import Token, Unparsed, parse
from xlbackprop.judge.guess import guess
from xlbackprop.judge.labels import GRADIENT, LEARNING_RATE, STEP
from xlbackprop.judge.meaning import Reading, labelled
from xlbackprop.judge.rate import Rate, learning_rate
from xlbackprop.judge.said import sentence
from xlbackprop.judge.shape import Shape, formulas, parameters
from xlbackprop.judge.tables import Table
from xlbackprop.judge.typed_over import WHOLE, constants, standing_still
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
    reading = _with_names_beside(Reading(sheets, sheet, table))
    rate = learning_rate(reading)
    if rate.place is not None:
        reading = replace(reading, rate=rate.place, _cache={})
    meant = {name: _meant(reading, column) for name, column in table.columns.items()}
    found = FoundTable(
        table.header_row,
        table.first_row,
        len(table.rows),
        rate.value,
        rate.cell(sheet),
        {name: letters(column) for name, column in table.columns.items()},
    )
    if not any(meant.values()):
        return _values_only(reading, found)
    shape = guess({name: _usual(groups) for name, groups in meant.items()}, {*table.columns, *reading.beside.values()})
    if shape is None:
        return _no_network(reading, found)
    return _judged(reading, rate, shape, meant, found)


def _with_names_beside(reading: Reading) -> Reading:
    """The reading with names for the cells beside the table that hold inputs, targets or biases, and are labelled so."""
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

    return coordinate_to_tuple(name.replace("$", ""))


def _tokens(reading: Reading, row: int, column: int) -> Meant:
    if reading.formula(row, column) is None:
        return ()
    try:
        return reading.tokens(row, column)
    except Unparsed as error:
        return (Token("none", str(error)),)


def _meant(reading: Reading, column: int) -> dict[Meant, list[int]]:
    """The formulas of a column, and the rows that each stands in."""
    found: defaultdict[Meant, list[int]] = defaultdict(list)
    for row in reading.table.rows:
        if tokens := _tokens(reading, row, column):
            found[tokens].append(row)
    return dict(found)


def _usual(groups: Mapping[Meant, Sequence[int]]) -> Expr | None:
    """The formula that stands in most rows of a column."""
    for tokens in sorted(groups, key=lambda one: -len(groups[one])):
        try:
            return parse(tokens)
        except Unparsed:
            continue
    return None


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
    reading: Reading, rate: Rate, shape: Shape, meant: Mapping[str, Mapping[Meant, list[int]]], found: FoundTable
) -> Judged:
    table, right = reading.table, formulas(shape)
    trained = set(parameters(shape))
    rows = {
        name: list(table.rows)[1:] if name in trained else list(table.rows)
        for name in table.columns
        if name in right and name not in (STEP, LEARNING_RATE)
    }
    findings = constants(reading, rows)
    wrong: set[str] = set()
    for name, expected in rows.items():
        for one in _column(reading, rate, shape, name, meant, expected):
            findings.append(one)
            wrong.add(name)
    missing = _missing(reading, shape, rows)
    outcome = Outcome.WRONG if findings else Outcome.INCOMPLETE if missing else Outcome.CORRECT
    return Judged(outcome, found, tuple(_merged(findings)), shape, reading, frozenset(wrong))


def _missing(reading: Reading, shape: Shape, rows: Mapping[str, Sequence[int]]) -> list[str]:
    """The columns that a complete table has and this one has not, or not in all rows."""
    table = reading.table
    wanted = [*parameters(shape), *(GRADIENT + name for name in parameters(shape))]
    absent = [name for name in wanted if name not in table.columns and name not in reading.beside.values()]
    blank = [
        name
        for name, there in rows.items()
        if any(reading.cells.get((row, table.columns[name])) is None for row in there)
    ]
    return [*absent, *blank]


def _column(
    reading: Reading,
    rate: Rate,
    shape: Shape,
    name: str,
    meant: Mapping[str, Mapping[Meant, list[int]]],
    expected: Sequence[int],
) -> Iterator[Finding]:
    """What is wrong with the formulas of a column. expected: the rows that should have one."""
    groups = {tokens: [row for row in rows if row in set(expected)] for tokens, rows in meant[name].items()}
    filled = sum(map(len, groups.values()))
    for tokens, rows in groups.items():
        if not rows:
            continue
        explanation = _explanation(reading, shape, name, tokens)
        if explanation is None:
            continue
        minority = 2 * len(rows) < filled
        yield _finding(reading, rate, name, explanation, rows, minority)


def _explanation(reading: Reading, shape: Shape, name: str, tokens: Meant) -> Explanation | None:
    used = sorted({one for token in tokens if token.kind in ("ref", "area") for one in token.text.split()})
    constants_beside = [(one, value) for one in used if (value := _beside(reading, one)) is not None]
    table = reading.table
    given = [
        (one, value)
        for one, column in table.columns.items()
        if one[0] in "it" and isinstance(value := reading.value(table.first_row, column), float)
    ]
    literals = given if any(token.kind == "num" for token in tokens) else []
    names = tuple(dict.fromkeys([*table.columns, *reading.beside.values()]))
    return explain(name, tokens, shape, tuple(constants_beside), names, tuple(literals))


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
    column = reading.table.columns[name]
    if (what := _slid(reading, rate, why, rows[0], column)) is not None:
        kind, name, found, expected = Kind.NOT_ANCHORED, LEARNING_RATE, what, rate.cell(reading.sheet) or "the rate"
    elif _repeats_above(why, name) and rows[-1] == reading.table.last_row and minority:
        kind = Kind.FROZEN_TAIL
    elif minority:
        kind = Kind.INCONSISTENT
    message = sentence(kind, name, found, expected)
    if why.as_column:
        message += f"; it is the formula of {spoken(why.as_column)}"
    correction = _corrected(reading, rate, why, rows[0])
    return Finding(kind, name, ranges(column, rows), found, expected, message, correction, first_row=rows[0])


def _slid(reading: Reading, rate: Rate, why: Explanation, row: int, column: int) -> str | None:
    """What an update reads instead of the learning rate because its reference slid, as text."""
    if rate.place is None or not any(expected == LEARNING_RATE for _, expected in why.leaves):
        return None
    for cell in reading.references(row, column):
        sheet, place = cell
        if sheet == rate.place[0] and place != rate.place[1] and place[1] == rate.place[1][1]:
            return f"{letters(place[1])}{place[0]}"
    return None


def _repeats_above(why: Explanation, name: str) -> bool:
    return why.found in (spoken(name + "↑"),)


def _corrected(reading: Reading, rate: Rate, why: Explanation, row: int) -> str:
    try:
        return "=" + written(why.corrected, addresses(reading, rate, row))
    except Nowhere:
        return ""


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same, as one: of a column, or of the learning rate of all."""
    found: dict[tuple[str, ...], Finding] = {}
    for one in findings:
        key = (str(one.kind), one.label, "" if one.kind is Kind.NOT_ANCHORED else one.found, one.expected)
        if one.kind is Kind.INCONSISTENT or key not in found:
            key = (*key, str(len(found))) if one.kind is Kind.INCONSISTENT else key
            found[key] = one
        else:
            found[key] = replace(found[key], cells=found[key].cells + one.cells)
    return list(found.values())


def right_formulas(judged: Judged) -> dict[str, Expr]:
    """What each column should be, as trees over names; nothing where the network is not known."""
    if judged.shape is None:
        return {}
    return {name: expr for name, expr in formulas(judged.shape).items() if any(True for _ in refs(expr))}
