"""Why a formula is wrong: the smallest change that makes it right, and what to say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.network.numbers import Array, agree, evaluated
from xlbackprop.judge.network.shape import slopes_of
from xlbackprop.judge.network.world import World, while_it_trains, with_unknown
from xlbackprop.judge.typed.formula import Coarse, Token, Unparsed, parse
from xlbackprop.judge.typed.names import ABOVE, BELOW, STEP, plain, row_of
from xlbackprop.judge.why.edits import (
    Edit,
    Goal,
    factors_more_or_less,
    other_brackets,
    other_names,
    other_numbers,
    two_names,
)
from xlbackprop.judge.why.factors import differences, product, renamed
from xlbackprop.judge.why.kinds import kind_of
from xlbackprop.judge.why.rows import already_updated, own_row
from xlbackprop.judge.why.signs import other_signs
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Call, Expr, Num, Ref, refs

MOST_CANDIDATES = 400
MOST_KEPT = 20_000
LONGEST = 250  # tokens of a formula in which everything is tried


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a formula is wrong. found, expected: excerpts, as text; corrected: as a tree; as_column: whose formula it is.

    leaves: what it reads where it should read something else, as names; unread: it says nothing to us, found says why.
    """

    kind: Kind
    found: str
    expected: str
    corrected: Expr | None
    as_column: str = ""
    leaves: tuple[tuple[str, str], ...] = ()
    unread: bool = False


def explain(label: str, found: tuple[Token, ...], world: World, right: Expr | None) -> Explanation | None:
    """Why the formula of a column is wrong, or None if it is right.

    found: its tokens over names; right: what belongs there, where that is known as a formula.
    """
    key = label, found, world, right
    if key not in _explained:
        if len(_explained) >= MOST_KEPT:
            _explained.clear()
        _explained[key] = _explain(label, found, world, right)
    return _explained[key]


_explained: dict[
    tuple[str, tuple[Token, ...], World, Expr | None], Explanation | None
] = {}  # the same mistakes come again


def _explain(label: str, found: tuple[Token, ...], world: World, right: Expr | None) -> Explanation | None:
    try:
        expr = while_it_trains(label, parse(found))
    except Coarse as error:
        return Explanation(Kind.OTHER, str(error), written(right), right)
    except Unparsed as error:
        why = found[0].text if found[0].kind == "none" else str(error)
        return Explanation(Kind.OTHER, why, written(right), right, unread=True)
    values = with_unknown(world.values, expr)
    slopes = tuple(expr for name, expr in slopes_of(world.shape).items() if name.startswith("da_"))
    goal = Goal(values, values[label], candidates(label, values, world.names), slopes)
    if any(ref.name == label for ref in refs(expr)):
        return Explanation(Kind.OTHER, f"{spoken(label)} itself", written(right), right)
    if goal.reached(expr) or _by_value(expr, goal, world.literals):
        return None
    for edit in _edits(found, expr, goal):
        return _told(edit)
    return _as_another(expr, goal, world.names, right) or _by_factors(expr, right, goal) or _unexplained(expr, right)


def _edits(found: Sequence[Token], expr: Expr, goal: Goal) -> Iterator[Edit]:
    yield from own_row(expr, goal)
    yield from already_updated(expr, goal)
    yield from other_names(expr, goal)
    if len(found) > LONGEST:
        return
    yield from other_brackets(found, expr, goal)
    yield from other_signs(expr, goal)
    yield from other_numbers(expr, goal)
    yield from factors_more_or_less(expr, goal)
    yield from two_names(expr, goal)


def candidates(label: str, values: Mapping[str, Array], names: Sequence[str]) -> tuple[str, ...]:
    """The names that may belong into the formula of a column: of its row, and of the row above for an update."""
    marks = (ABOVE,) if label[0] in "wbv" else ("",)
    found = [name + mark for mark in marks for name in names if name not in (STEP, "lr")] + ["lr"]
    return tuple(name for name in found if name in values and name != label)[:MOST_CANDIDATES]


def _by_value(expr: Expr, goal: Goal, literals: Iterable[tuple[str, float]]) -> bool:
    """Whether it is right once numbers typed into it are taken for the inputs and targets that have these values."""
    known = {value: name for name, value in literals}

    def named(node: Expr) -> Expr:
        match node:
            case Num(value) if value in known:
                return Ref(known[value])
            case Call(op, args):
                return Call(op, tuple(map(named, args)))
            case _:
                return node

    changed = named(expr)
    return changed != expr and goal.reached(changed)


def _told(edit: Edit) -> Explanation:
    if edit.kind is Kind.BRACKETS:
        return Explanation(edit.kind, written(edit.before), written(edit.after), edit.after)
    before, after = excerpt(edit.before, edit.after)
    if edit.kind is Kind.MISSING_FACTOR:
        return Explanation(edit.kind, written(before), written(after), edit.after)
    if (more := _surplus(before, after)) is not None:
        return Explanation(edit.kind, written(more), "no such factor", edit.after)
    leaves = tuple(dict.fromkeys(_leaves(edit.before, edit.after)))
    return Explanation(edit.kind, written(before), written(after), edit.after, leaves=leaves)


def _surplus(before: Expr, after: Expr) -> Expr | None:
    """The factor that one product has more than the other."""
    match before:
        case Call("*", (left, right)) if after in (left, right):
            return right if after == left else left
        case _:
            return None


def _leaves(before: Expr, after: Expr) -> Iterator[tuple[str, str]]:
    """The leaves that differ between two trees of the same form."""
    match before, after:
        case Call(op, args), Call(other, others) if op == other and len(args) == len(others):
            for one, two in zip(args, others, strict=True):
                yield from _leaves(one, two)
        case ((Ref() | Num()), (Ref() | Num())) if before != after:
            yield written(before), written(after)


def excerpt(before: Expr, after: Expr) -> tuple[Expr, Expr]:
    """The smallest parts of two trees that hold all that differs; of a product only the factors that do."""
    match before, after:
        case Call("*"), Call("*"):
            ours, theirs = _factors(before), _factors(after)
            if len(ours) == len(theirs):
                differing = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
                if len(differing) == 1:
                    return excerpt(*differing[0])
                one, other = (product(list(side)) for side in zip(*differing, strict=True))
                return (one, other) if one and other else (before, after)
    match before, after:
        case Call(op, args), Call(same, others) if op == same and len(args) == len(others):
            changed = [(a, b) for a, b in zip(args, others, strict=True) if a != b]
            if len(changed) == 1:
                return excerpt(*changed[0])
    return before, after


def _factors(expr: Expr) -> list[Expr]:
    match expr:
        case Call("*", (left, right)):
            return [*_factors(left), *_factors(right)]
        case _:
            return [expr]


def _as_another(expr: Expr, goal: Goal, names: Sequence[str], right: Expr | None) -> Explanation | None:
    """Whether it is the formula of another column, or of another row."""
    value = evaluated(expr, goal.values)
    if isinstance(expr, Ref):
        return None
    for mark in ("", ABOVE, BELOW):
        for name in names:
            if name + mark in goal.values and name[0] not in "it" and agree(value, goal.values[name + mark]):
                return Explanation(Kind.WRONG_TERM, written(expr), written(right), right, as_column=name + mark)
    return None


def _by_factors(expr: Expr, right: Expr | None, goal: Goal) -> Explanation | None:
    if right is None:
        return None
    found = differences(expr, right, goal.values)
    if not found or all(one.expected is None and one.found is None for one in found):
        return None
    pairs = list(dict.fromkeys((written(one.found), written(one.expected)) for one in found))
    kind = Kind.WRONG_TERM
    if all(one.only_sign for one in found):
        kind = Kind.SIGN
    elif all(one.found is None for one in found):
        kind = Kind.MISSING_FACTOR
    elif all(names := [renamed(one, goal.values) for one in found]):
        kind = kind_of([pair for pair in names if pair])
    if kind is Kind.WRONG_TERM and any(one.found is None or one.expected is None for one in found):
        return Explanation(kind, written(expr), written(right), right)
    told = [" and ".join(dict.fromkeys(text or "nothing" for text in side)) for side in zip(*pairs, strict=True)]
    return Explanation(kind, told[0], told[1], right)


def _unexplained(expr: Expr, right: Expr | None) -> Explanation:
    return Explanation(Kind.OTHER, written(expr), written(right), right)


def written(expr: Expr | None, address: Callable[[Ref], str] | None = None) -> str:
    """An expression as text; with `address`, of cells."""
    if expr is None:
        return ""
    return formula(expr, address or (lambda ref: spoken(ref.name)))[1:]


def spoken(name: str) -> str:
    """A name as people say it: w5↓ is w5 of the row below.

    >>> spoken("w5↓"), spoken("w5")
    ('w5[row below]', 'w5')
    """
    mark = row_of(name)
    if not mark:
        return name.replace("dE/d", "∂E/∂")
    row = {ABOVE: "row above", BELOW: "row below"}.get(mark, f"row {mark[1:]}")
    return f"{plain(name).replace('dE/d', '∂E/∂')}[{row}]"
