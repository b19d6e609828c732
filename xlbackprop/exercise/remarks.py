"""What is said of an exercise that was handed in: a verdict and a finding for each mistake, in the judge's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from xlbackprop.errors import EngineFailed, Unreadable
from xlbackprop.exercise import blanks, sheet
from xlbackprop.exercise.blanks import KINDS
from xlbackprop.exercise.blueprint import SHEET
from xlbackprop.exercise.fetched import HIDDEN
from xlbackprop.exercise.key import answer
from xlbackprop.exercise.marking import HandedIn, Mark, handed_in
from xlbackprop.judge.findings import BESIDE, Finding, FoundTable, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.maths.tape import Column
from xlbackprop.pages.layout import a1, letters
from xlbackprop.proof.compare import Difference, text_differences
from xlbackprop.shown import percent

ROUND, PLAIN = "∂", "d"  # as the sheet and the judge write a slope
GRADIENTS = KINDS[blanks.GRADIENTS]
NUMBERS = (Kind.TYPED_OVER, Kind.PASTED, Kind.FROZEN_TAIL)  # these we say ourselves
LARGEST_SHARE = 10  # of what belongs there; with more, the share says little
FETCHED = "is read from the answers"
SAID = {Mark.TYPED: "is typed in", Mark.FETCHED: FETCHED}  # of cells without a formula of the student's own
CHANGED = {
    "constant": (Kind.FIRST_VALUES, "{found} stands there, and {expected} was given"),
    "constant over formula": (Kind.TYPED_OVER, "{found} was typed over the formula {expected}, which was given"),
    "formula": (Kind.OTHER, "{found} stands where the formula {expected} was given"),
    "missing": (Kind.OTHER, "{expected} was given there, and is gone"),
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked exercise. right, cells: how many of the empty cells are right, and how many there are.

    earned: how many count as right; numbers: how many hold the right number, however it came there.
    """

    judgement: Judgement
    student: str = ""
    right: int = 0
    cells: int = 0
    earned: int = 0
    numbers: int = 0


def marked(path: Path) -> Marked:
    """What is said of a filled-in exercise, and how much of it is right; it never raises for what is wrong with it."""
    try:
        found = handed_in(path)
    except (Unreadable, EngineFailed) as error:
        return Marked(Judgement(path, error=str(error)))
    marks = [mark for marks in found.marks.values() for mark in marks]
    judgement = Judgement(path, (_verdict(found, marks),))
    right = marks.count(Mark.RIGHT)
    return Marked(judgement, found.card.student, right, len(marks), found.earned, found.numbers)


def _verdict(found: HandedIn, marks: Sequence[Mark]) -> SheetVerdict:
    findings = (*_changed(found), *_mistakes(found))
    table = found.card.blueprint.table
    rate = found.values.get(table.setting(table.tape.settings[0]))
    there = FoundTable(
        header_row=table.header_row,
        first_row=table.first_row,
        rows=table.steps,
        learning_rate=rate if isinstance(rate, float) else None,
        learning_rate_cell=a1(*table.setting(table.tape.settings[0])),
        columns={
            label(column.name): letters(table.column(column.name))
            for column in table.tape
            if set(found.marks.get(column.name, [Mark.RIGHT])) != {Mark.EMPTY}
        },
        missing=dict(_missing(found)),
        given=frozenset(label(column.name) for column in table.tape if column.name not in found.marks),
    )
    return SheetVerdict(SHEET, _outcome(marks, findings), there, findings)


def _missing(found: HandedIn) -> Iterator[tuple[str, str]]:
    """The columns that are still empty or have empty cells, and the same in words."""
    blueprint = found.card.blueprint
    for column in blueprint.blanks:
        pairs = zip(blueprint.rows(column), found.marks[column.name], strict=True)
        empty = [row for row, mark in pairs if mark is Mark.EMPTY]
        if len(empty) == len(blueprint.rows(column)) > 0:
            yield label(column.name), column.name
        elif empty:
            cells = ", ".join(_ranges(blueprint.table.column(column.name), empty))
            yield label(column.name), f"{column.name} in {cells}"


def _outcome(marks: Sequence[Mark], findings: Iterable[Finding]) -> Outcome:
    filled = set(marks) - {Mark.EMPTY}
    if filled and filled <= SAID.keys():
        return Outcome.VALUES_ONLY
    if any(one.kind not in BESIDE for one in findings):
        return Outcome.WRONG
    return Outcome.INCOMPLETE if Mark.EMPTY in marks else Outcome.CORRECT


def label(name: str) -> str:
    """The canonical name of a column.

    >>> label("∂E/∂w3")
    'dE/dw3'
    """
    return name.replace(ROUND, PLAIN)


def _changed(found: HandedIn) -> Iterator[Finding]:
    """What was given and is no longer so, by column."""
    card = found.card
    page = sheet.page(card.blueprint, card.network, card.student)
    given = sheet.given_places(card.blueprint)
    others = set(page.cells) - given
    differences = list(text_differences(page, found.saved, others))
    for (name, kind), group in groupby(sorted(differences, key=_by_column), key=lambda one: (one.label, one.kind)):
        changed = list(group)
        first, (kind_of, told) = changed[0], CHANGED[kind]
        cells = _ranges(first.cell[1], [one.cell[0] for one in changed])
        said = told.format(found=first.found, expected=first.expected)
        message = f"{name} was changed; {said}"
        canonical = "lr" if name == card.blueprint.tape.settings[0] else label(name)
        yield Finding(
            kind_of, canonical, cells, first.found, first.expected, message, first.expected, first_row=first.cell[0]
        )


def _by_column(one: Difference) -> tuple[int, str, int]:
    return one.cell[1], one.kind, one.cell[0]


def _mistakes(found: HandedIn) -> Iterator[Finding]:
    """What was filled in and is not right: a rate that slides along once for all updates, else column by column."""
    blueprint, sliding = found.card.blueprint, [one for one in _judged(found) if one.kind is Kind.NOT_ANCHORED]
    yield from sliding
    said = {cell.rstrip("0123456789") for one in sliding for whole in one.cells for cell in whole.split(":")}
    for column in blueprint.blanks:
        marks, rows = found.marks[column.name], blueprint.rows(column)
        marked_so = {which: [row for row, mark in zip(rows, marks, strict=True) if mark is which] for which in Mark}
        wrong = marked_so[Mark.WRONG]
        for mark, said_of in SAID.items():
            if marked_so[mark]:
                yield _typed(found, column, marked_so[mark], said_of)
        if wrong and letters(blueprint.table.column(column.name)) not in said:
            yield from _explained(found, column) or [_unexplained(found, column, wrong)]
        elif Mark.UNSURE in marks:  # another mistake left no number to compare; what the formula says can be judged
            yield from _explained(found, column)


def _judged(found: HandedIn) -> list[Finding]:
    """What the judge of hand-made workbooks says of the sheet."""
    return [one for verdict in found.judged if verdict.sheet == SHEET for one in verdict.findings]


def _explained(found: HandedIn, column: Column) -> list[Finding]:
    """What the judge says of a column: which term is wrong, and which belongs there; never to read the answers."""
    said = [one for one in _judged(found) if one.label == label(column.name) and one.kind not in (*BESIDE, *NUMBERS)]
    return [] if any(HIDDEN.search(one.message + one.correction) for one in said) else said


def _unexplained(found: HandedIn, column: Column, rows: Sequence[int]) -> Finding:
    blueprint = found.card.blueprint
    stands, belongs = found.formula(column, rows[0]) or "", answer(blueprint, column, rows[0])
    cells = _ranges(blueprint.table.column(column.name), rows)
    share = found.off(column)[rows[0] - blueprint.rows(column)[0]]
    off = f"off by {percent(share)}" if share < LARGEST_SHARE else "far off"
    effect = f"the number in row {rows[0]} is {off}"
    what = "does not equal the gradient" if column.role in GRADIENTS else "is not what belongs there"
    message = f"{column.name} {what}"
    return Finding(Kind.OTHER, label(column.name), cells, stands, belongs, message, belongs, effect, rows[0])


def _typed(found: HandedIn, column: Column, rows: Sequence[int], said: str) -> Finding:
    """Numbers where formulas belong: side by side, or a single one."""
    blueprint = found.card.blueprint
    kind = Kind.PASTED if any(below - row == 1 for row, below in pairwise(rows)) else Kind.TYPED_OVER
    cells = _ranges(blueprint.table.column(column.name), rows)
    stands = found.formula(column, rows[0]) or str(found.found(column, rows[0]))
    belongs = answer(blueprint, column, rows[0])
    message = f"{column.name} {said}; a formula of its own belongs there"
    return Finding(kind, label(column.name), cells, stands, belongs, message, belongs, first_row=rows[0])


def _ranges(column: int, rows: Sequence[int]) -> tuple[str, ...]:
    """The cells of a column as ranges.

    >>> _ranges(26, [35, 36, 37, 40])
    ('Z35:Z37', 'Z40')
    """
    runs = [[row for _, row in run] for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0])]
    return tuple(a1(run[0], column) if len(run) == 1 else f"{a1(run[0], column)}:{a1(run[-1], column)}" for run in runs)
