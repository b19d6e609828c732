"""Small edits of a formula, tried until it becomes right: the edit is what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.network.numbers import Array, evaluated, fits
from xlbackprop.judge.typed.formula import Token, Unparsed, parse
from xlbackprop.judge.typed.names import part
from xlbackprop.judge.why.kinds import kind_of
from xlbackprop.maths.expr import Call, Expr, Group, Num, Ref, map_refs, refs

BLANK = Ref("?")  # a place in a tree into which every candidate is put at once
ONE: Mapping[str, Expr] = {BLANK.name: Num(1.0)}
NUMBERS = (0.5, 1.0, 2.0, -1.0, 0.25, 3.0)
MOST_NODES = 150
MOST_BRACKETS = 120  # tokens of a formula in which brackets are looked for
MOST_MOVED = 60  # tokens of one in which they are moved, too
MOST_NAMES = 12  # of a formula in which two exchanged names are looked for


@dataclass(frozen=True, slots=True)
class Edit:
    """What makes a formula right. before, after: trees over names."""

    kind: Kind
    before: Expr
    after: Expr


@dataclass(frozen=True)
class Goal:
    """What a formula should come to. values: of every name at every point; right: of this column; names: candidates.

    slopes: of what units give with respect to what they receive; where right is nan, any value will do.
    """

    values: Mapping[str, Array]
    right: Array
    names: tuple[str, ...]
    slopes: tuple[Expr, ...] = ()

    def reached(self, expr: Expr) -> bool:
        """Whether an expression is right."""
        try:
            return bool(fits(evaluated(expr, self.values), self.right))
        except KeyError:
            return False

    def fitting(self, expr: Expr, candidates: Sequence[Expr]) -> Iterator[Expr]:
        """The expression with its BLANK filled by each candidate that makes it right."""
        if not candidates:
            return
        stacked = np.stack([evaluated(one, self.values) + np.zeros_like(self.right) for one in candidates])
        result = evaluated(expr, {**self.values, BLANK.name: stacked})
        if result.shape == stacked.shape:
            for place in map(int, np.flatnonzero(fits(result, self.right))):
                yield _filled(expr, {BLANK.name: candidates[place]})


def _filled(expr: Expr, by: Mapping[str, Expr]) -> Expr:
    return map_refs(expr, lambda ref: by.get(ref.name, ref))


def other_names(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """One name for another: wherever it stands, then in one place only."""
    for name in dict.fromkeys(ref.name for ref in refs(expr)):
        here = _filled(expr, {name: BLANK})
        yield from (
            Edit(kind_of([(name, _name(after, here))]), expr, after)
            for after in goal.fitting(here, _likely(name, goal.names))
        )
    for leaf, here in _leaves(expr):
        if isinstance(leaf, Ref):
            for after in goal.fitting(here, [*_likely(leaf.name, goal.names), *map(Num, NUMBERS)]):
                fewer = _filled(_without_factor(here), ONE) if after == _filled(here, ONE) else after
                yield Edit(kind_of([(leaf.name, _name(after, here))]), expr, fewer)


def _without_factor(here: Expr) -> Expr:
    """The tree without its BLANK where that is a factor: what belongs there is no 1, but nothing."""
    match here:
        case Call("*", (Ref("?"), other)) | Call("*" | "/", (other, Ref("?"))):
            return other
        case Call(op, args):
            return Call(op, tuple(map(_without_factor, args)))
        case _:
            return here


def other_numbers(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """A number taken away that something is taken times, or something else for a number."""
    for node, put in nodes(expr):
        match node:
            case Call("*", (Num(), other)) | Call("*" | "/", (other, Num())) if goal.reached(after := put(other)):
                yield Edit(Kind.WRONG_TERM, expr, after)
    for leaf, here in _leaves(expr):
        if isinstance(leaf, Num):
            for after in goal.fitting(here, [*map(Num, NUMBERS), *map(Ref, goal.names)]):
                yield Edit(Kind.WRONG_TERM, expr, after)


def _name(after: Expr, here: Expr) -> str:
    """What stands in the filled tree where the other has its BLANK."""
    match here, after:
        case Ref("?"), Ref(name):
            return name
        case Call(_, args), Call(_, others):
            return next((found for one, other in zip(args, others, strict=True) if (found := _name(other, one))), "")
        case _:
            return ""


def _likely(name: str, names: Sequence[str]) -> list[Expr]:
    """The names that may belong there, those of the same part of the network first."""
    return [Ref(other) for other in sorted(names, key=lambda one: part(one) != part(name)) if other != name]


def _leaves(expr: Expr) -> Iterator[tuple[Ref | Num, Expr]]:
    """Each leaf, with the tree in which it is BLANK."""
    match expr:
        case Ref() | Num():
            yield expr, BLANK
        case Call(op, args):
            for place, arg in enumerate(args):
                for leaf, here in _leaves(arg):
                    yield leaf, Call(op, (*args[:place], here, *args[place + 1 :]))


def two_names(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """Two names for two others of their own parts of the network; weights exchanged first."""
    found = list(_two_names(expr, goal))
    yield from sorted(found, key=lambda edit: edit.kind is not Kind.EXCHANGED_WEIGHTS)


def _two_names(expr: Expr, goal: Goal) -> Iterator[Edit]:
    used = list(dict.fromkeys(ref.name for ref in refs(expr)))
    if len(used) > MOST_NAMES:
        return
    for one, other in combinations(used, 2):
        first, second = ([x for x in goal.names if part(x) == part(name) and x != name] for name in (one, other))
        if not first or not second:
            continue
        zeros = np.zeros_like(goal.right)
        values = {
            **goal.values,
            one: np.stack([goal.values[x] + zeros for x in first])[:, None],
            other: np.stack([goal.values[x] + zeros for x in second])[None],
        }
        result = evaluated(expr, values)
        if result.shape[:-1] == (len(first), len(second)):
            for x, y in zip(*np.nonzero(fits(result, goal.right)), strict=True):
                pairs = [(one, first[x]), (other, second[y])]
                yield Edit(kind_of(pairs), expr, _filled(expr, {a: Ref(b) for a, b in pairs}))


def other_brackets(tokens: Sequence[Token], expr: Expr, goal: Goal) -> Iterator[Edit]:
    """A pair of brackets more, a pair less, or a pair in another place."""
    if len(tokens) > MOST_BRACKETS:
        return
    fewer = list(_without_a_pair(tokens))
    moved = (after for one in fewer for after in _with_a_pair(one)) if len(tokens) <= MOST_MOVED else ()
    for found in chain(fewer, _with_a_pair(tokens), moved):
        try:
            after = parse(found)
        except Unparsed:
            continue
        if goal.reached(after):
            yield Edit(Kind.BRACKETS, expr, after)


def _without_a_pair(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind in ("(", "func"):
            opened.append(place)
        elif token.kind == ")":
            start = opened.pop()
            if tokens[start].kind == "(":
                yield [*tokens[:start], *tokens[start + 1 : place], *tokens[place + 1 :]]


def _with_a_pair(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    starts = [k for k, token in enumerate(tokens) if token.kind in ("ref", "num", "(", "func", "sign")]
    ends = [k for k, token in enumerate(tokens) if token.kind in ("ref", "num", ")")]
    for start in starts:
        for end in ends:
            if end > start and _balanced(tokens[start : end + 1]):
                opened, closed = Token("(", "("), Token(")", ")")
                yield [*tokens[:start], opened, *tokens[start : end + 1], closed, *tokens[end + 1 :]]


def _balanced(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token.kind in ("(", "func")) - (token.kind == ")")
        if depth < 0:
            return False
    return depth == 0


OPERATORS = ("+", "-", "*", "/")


def factors_more_or_less(expr: Expr, goal: Goal) -> Iterator[Edit]:
    """A factor that is missing, or one too many; a term too many."""
    activations = [name for name in goal.names if name.startswith("a_") and name[-1].isdigit()]
    plain: list[Expr] = [Ref(name) for name in goal.names]
    compound: list[Expr] = [1 - Ref(name) for name in activations]
    compound += goal.slopes
    compound += [
        Ref(f"a_o{k}") - Ref(f"t{k}") for k in range(1, 100) if f"a_o{k}" in goal.values and f"t{k}" in goal.values
    ]
    for node, put in nodes(expr):
        for after in goal.fitting(put(node * BLANK), [*plain, *compound, *map(Num, NUMBERS)]):
            yield Edit(Kind.MISSING_FACTOR, expr, after)
    for node, put in nodes(expr):
        if isinstance(node, Call) and node.op in OPERATORS:
            for left in node.args if node.op in "+*" else node.args[:1]:
                if goal.reached(put(left)):
                    yield Edit(Kind.WRONG_TERM, expr, put(left))


def nodes(expr: Expr) -> list[tuple[Expr, Put]]:
    """Every part of the tree, outermost first, with a function that puts something else in its place."""
    found: list[tuple[Expr, Put]] = []

    def walk(node: Expr, path: tuple[int, ...]) -> None:
        if len(found) >= MOST_NODES:
            return
        found.append((node, Put(expr, path)))
        if isinstance(node, Call):
            for place, arg in enumerate(node.args):
                walk(arg, (*path, place))

    walk(expr, ())
    return found


@dataclass(frozen=True, slots=True)
class Put:
    """Puts another node at a place of a tree. path: which argument to follow, from the root."""

    tree: Expr
    path: tuple[int, ...]

    def __call__(self, node: Expr) -> Expr:
        """The tree with `node` at the place."""
        return _put(self.tree, self.path, node)


def _put(tree: Expr, path: tuple[int, ...], node: Expr) -> Expr:
    if not path:
        return node
    match tree:
        case Call(op, args):
            place = path[0]
            return Call(op, (*args[:place], _put(args[place], path[1:], node), *args[place + 1 :]))
        case Group(inner):
            return Group(_put(inner, path, node))
        case _:
            raise TypeError(f"a {type(tree).__name__} has no parts")
