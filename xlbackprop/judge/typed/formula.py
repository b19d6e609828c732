"""Formulas as people type them to the tree that the builder uses, by Excel's own precedence.

A formula is first a list of tokens; what its references mean is decided elsewhere, and only then is it parsed. So a
mistake can be looked for by changing tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from xlbackprop.judge.typed.conditions import COMPARISONS, TEXT
from xlbackprop.judge.typed.functions import FUNCTIONS, Cells, Coarse, Unparsed
from xlbackprop.maths.expr import Call, Expr, Num, Ref, refs
from xlbackprop.maths.infix import PRECEDENCE

__all__ = ["BETWEEN", "Coarse", "Token", "Unparsed", "parse", "tokens"]

MOST_TOKENS = 3_000
BETWEEN = "\0"  # names of a range; no name of a sheet has it
LOCAL = "_xlpm."  # how files write the names that LET gives
DEEPEST = 100  # brackets and signs inside each other; Excel stops at 64


class Token(NamedTuple):
    """A piece of a formula.

    kind: ref, area (names joined by BETWEEN), local (a name of LET), text, num, op, sign, %, (, ), func or a comma.
    """

    kind: str
    text: str


@lru_cache(20_000)
def tokens(formula: str) -> tuple[Token, ...]:
    """The tokens of a formula with its ``=``; raises Unparsed. References are as they are typed, blanks are dropped.

    >>> [token.text for token in tokens("= (1/2)*-A1^2")]
    ['(', '1', '/', '2', ')', '*', '-', 'A1', '^', '2']
    """
    # 0.2 s to import, and only hand-made workbooks need it.
    from openpyxl.formula.tokenizer import Tokenizer, TokenizerError

    try:
        items = Tokenizer(formula).items
    except (TokenizerError, IndexError) as error:
        raise Unparsed(f"no formula: {error}") from error
    if len(items) > MOST_TOKENS:
        raise Unparsed(f"more than {MOST_TOKENS:,} tokens")
    found = [KINDS[item.type, item.subtype](item.value.strip()) for item in items if item.type != "WHITE-SPACE"]
    return tuple(token for token in found if token is not None)


def _refuse(text: str) -> Token:
    raise Unparsed(f"{text[:40]} is no arithmetic")


def _sign(text: str) -> Token | None:
    return None if text == "+" else Token("sign", text)


def _operator(text: str) -> Token:
    return Token("op", text) if text in RANKS else _refuse(text)


def _reference(text: str) -> Token:
    return Token("local" if text.startswith(LOCAL) else "ref", text)


KINDS: dict[tuple[str, str], Callable[[str], Token | None]] = {
    ("OPERAND", "RANGE"): _reference,
    ("OPERAND", "NUMBER"): lambda text: Token("num", text),
    ("OPERAND", "LOGICAL"): lambda text: Token("num", "1" if text == "TRUE" else "0"),
    ("OPERAND", "TEXT"): lambda text: Token("text", text),
    ("OPERAND", "ERROR"): _refuse,
    ("FUNC", "OPEN"): lambda text: Token("func", text[:-1].upper().removeprefix("_XLFN.")),
    ("FUNC", "CLOSE"): lambda text: Token(")", ")"),
    ("PAREN", "OPEN"): lambda text: Token("(", "("),
    ("PAREN", "CLOSE"): lambda text: Token(")", ")"),
    ("SEP", "ARG"): lambda text: Token(",", ","),
    ("SEP", "ROW"): _refuse,
    ("ARRAY", "OPEN"): _refuse,
    ("ARRAY", "CLOSE"): _refuse,
    ("ARRAYROW", "OPEN"): _refuse,
    ("ARRAYROW", "CLOSE"): _refuse,
    ("OPERATOR-PREFIX", ""): _sign,
    ("OPERATOR-INFIX", ""): _operator,
    ("OPERATOR-POSTFIX", ""): lambda text: Token("%", "%"),
}


RANKS = {**PRECEDENCE, **dict.fromkeys(COMPARISONS, PRECEDENCE[">"])}


def parse(found: Sequence[Token]) -> Expr:
    """The tree of tokens whose references are names; raises Unparsed.

    >>> from xlbackprop.maths.excel import formula
    >>> formula(parse(tokens("=-A1^2+B1/C1/2")), lambda ref: ref.name)
    '=(-A1)^2+B1/C1/2'
    """
    return _parsed(tuple(found))


@lru_cache(4_000)  # a formula stands in every row of its column
def _parsed(found: tuple[Token, ...]) -> Expr:
    parser = _Parser(found)
    cells = parser.expression(0)
    if parser.at < len(found):
        raise Unparsed(f"{found[parser.at].text[:40]!r} stands where the formula should end")
    if len(cells) != 1:
        raise Unparsed("a range stands where one number belongs")
    for ref in refs(cells[0]):
        if ref.name.startswith((TEXT, LOCAL)):
            _refuse(ref.name)
    return cells[0]


class _Parser:
    """Precedence climbing over tokens. at: of the next token; depth: brackets that are open."""

    def __init__(self, found: Sequence[Token]) -> None:
        self.found, self.at, self.depth = found, 0, 0

    def peek(self) -> Token:
        return self.found[self.at] if self.at < len(self.found) else Token("end", "the end")

    def take(self, *kinds: str) -> Token:
        token = self.peek()
        if token.kind not in kinds:
            raise Unparsed(f"{token.text[:40]!r} stands in the wrong place")
        self.at += 1
        return token

    def expression(self, lowest: int) -> Cells:
        left = self.operand()
        while self.peek().kind == "op" and RANKS[self.peek().text] >= lowest:
            op = self.take("op").text
            left = _both(op, left, self.expression(RANKS[op] + 1))  # all of Excel's operators group from the left
        return left

    def operand(self) -> Cells:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unparsed(f"brackets more than {DEEPEST} deep")
        found = self.single()
        while self.peek().kind == "%":
            self.take("%")
            found = [one / 100 for one in found]
        self.depth -= 1
        return found

    def single(self) -> Cells:
        token = self.take("ref", "area", "local", "text", "num", "sign", "(", "func")
        match token.kind:
            case "ref" | "area":
                return [Ref(name) for name in token.text.split(BETWEEN)]
            case "local" | "text":
                return [Ref(token.text)]
            case "num":
                return [Num(float(token.text))]
            case "sign":
                return [-one for one in self.operand()]
            case "(":
                inner = self.expression(0)
                self.take(")")
                return inner
            case _:
                return self.call(token.text)

    def call(self, name: str) -> Cells:
        if name not in FUNCTIONS:
            raise Unparsed(f"the function {name} is not known here")
        args: list[Cells] = []
        while self.peek().kind != ")":
            if args:
                self.take(",")
            args.append(self.expression(0))
        self.take(")")
        try:
            return FUNCTIONS[name](args)
        except (ValueError, IndexError, TypeError, ZeroDivisionError) as error:
            raise Unparsed(f"{name} with other arguments than it takes") from error


def _both(op: str, left: Cells, right: Cells) -> Cells:
    """Two ranges cell by cell, or a range and a number."""
    size = max(len(left), len(right))
    if {len(left), len(right)} - {1, size}:
        raise Unparsed("ranges that differ in size")
    call: Callable[[Expr, Expr], Expr] = COMPARISONS.get(op, lambda one, other: Call(op, (one, other)))
    return [call(left[k % len(left)], right[k % len(right)]) for k in range(size)]
