"""Numbers where formulas should be: one typed over, a block pasted, a tail that stands still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from xlbackprop.judge.faults.cells import ranges, runs
from xlbackprop.judge.faults.said import sentence
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.judge.typed.names import GRADIENT, PARAMETERS, pretty

WHOLE = "table"  # the label of a finding that is about several columns


def constants(
    reading: Reading, judged: Mapping[str, Sequence[int]], copied: Mapping[str, Collection[int]]
) -> list[Finding]:
    """What is said of numbers in the columns of formulas.

    judged: the rows of each that should have one; copied: rows that only repeat the cell above.
    """
    blocks: defaultdict[tuple[Kind, int, int], list[str]] = defaultdict(list)
    typed = {name: _typed(reading, name, rows) for name, rows in judged.items()}
    ends = _ends(reading, judged, typed, copied)
    for name, rows in judged.items():
        for first, last in runs(typed[name]):
            blocks[_kind(reading, name, rows, range(first, last + 1), ends), first, last].append(name)
        for first, last in runs(set(rows) & set(copied.get(name, ()))):
            blocks[Kind.FROZEN_TAIL, first, last].append(name)
    return [
        _finding(reading, kind, range(first, last + 1), names)
        for (kind, first, last), several in blocks.items()
        for names in _apart(kind, several)
    ]


def _typed(reading: Reading, name: str, rows: Sequence[int]) -> list[int]:
    """The rows in which a number stands instead of a formula."""
    column = reading.columns[name]
    return [row for row in rows if reading.formula(row, column) is None and reading.value(row, column) is not None]


def _ends(
    reading: Reading,
    judged: Mapping[str, Sequence[int]],
    typed: Mapping[str, Collection[int]],
    copied: Mapping[str, Collection[int]],
) -> set[int]:
    """The rows in which every weight only repeats the row above, as a number or by formula: no step is taken there."""
    weights = [name for name in judged if name.startswith(PARAMETERS)]
    repeated = [
        {row for row in {*typed[name], *copied.get(name, ())} if _repeats(reading, reading.columns[name], row)}
        for name in weights
    ]
    return set.intersection(*repeated) if repeated else set()


def _repeats(reading: Reading, column: int, row: int) -> bool:
    return reading.value(row, column) == reading.value(reading.table.away(row, -1), column)


def _apart(kind: Kind, names: list[str]) -> list[list[str]]:
    """Names that are told of together: of weights that are set anew in one row, each by itself."""
    anew = kind is Kind.TYPED_OVER and all(name.startswith(PARAMETERS) for name in names)
    return [[name] for name in names] if anew else [names]


def standing_apart(
    reading: Reading, judged: Mapping[str, Sequence[int]], copied: Mapping[str, Collection[int]]
) -> set[str]:
    """The weights without a gradient that stay what they are in every row: they lack it, and nothing was frozen."""
    weights = [name for name in judged if name.startswith(PARAMETERS) and GRADIENT + name not in reading.columns]
    return {name for name in weights if _stays(reading, reading.columns[name], judged[name], copied[name])}


def _stays(reading: Reading, column: int, rows: Sequence[int], copied: Collection[int]) -> bool:
    typed = [row for row in rows if row not in copied]
    return all(reading.formula(row, column) is None for row in typed) and (
        not typed or _stands_still(reading, column, [reading.table.first_row, *typed])
    )


def texts(reading: Reading, given: Iterable[str]) -> list[Finding]:
    """What is said of texts where given numbers should be. given: the names of their columns."""
    found = []
    for name in given:
        column = reading.columns[name]
        for row in reading.table.rows:
            value = reading.value(row, column)
            if isinstance(value, str) and reading.formula(row, column) is None:
                message = f"{pretty(name)} is a text here, {value[:20]!r}, which is no number to reckon with"
                found.append(Finding(Kind.TYPED_OVER, name, ranges(column, [row]), value[:40], "a number", message))
    return found


def _kind(reading: Reading, name: str, rows: Sequence[int], run: range, ends: Collection[int]) -> Kind:
    if len(run) == 1:
        return Kind.TYPED_OVER
    tail = run[-1] == rows[-1] and run[0] > rows[0] and {*run[1:]} <= set(ends)
    return Kind.FROZEN_TAIL if tail and _stands_still(reading, reading.columns[name], run) else Kind.PASTED


def _stands_still(reading: Reading, column: int, rows: Iterable[int]) -> bool:
    return len({reading.value(row, column) for row in rows}) == 1


def _finding(reading: Reading, kind: Kind, rows: range, names: list[str]) -> Finding:
    cells = tuple(one for name in names for one in ranges(reading.columns[name], rows))
    label = names[0] if len(names) == 1 else WHOLE
    value = reading.value(rows[0], reading.columns[names[0]])
    found = (f"{value:.10g}" if isinstance(value, float) else str(value)[:40]) if len(rows) == 1 else "numbers"
    told = ", ".join(map(pretty, names[:3])) + (f" and {len(names) - 3} more columns" if len(names) > 3 else "")
    message = sentence(kind, told, found, "a formula")
    return Finding(kind, label, cells, found, "a formula", message, first_row=rows[0])


def standing_still(reading: Reading) -> list[int]:
    """The last rows of a table of numbers that repeat the one before them in every column that changes at all."""
    table = reading.table
    moving = [
        column
        for name, column in table.columns.items()
        if name[0] not in "itb" and name != "step" and not _stands_still(reading, column, table.rows)
    ]
    found: list[int] = []
    for row in reversed(table.rows[1:]):
        if not moving or any(not _repeats(reading, column, row) for column in moving):
            break
        found.insert(0, row)
    return found
