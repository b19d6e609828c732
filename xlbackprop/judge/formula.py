"""Formulas as people type them to the tree that the builder uses, by Excel's own precedence.

A formula is first a list of tokens; what its references mean is decided elsewhere, and only then is it parsed. So a
mistake can be looked for by changing tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import NamedTuple

from xlbackprop.expr import Call, Expr, Num, Ref
from xlbackprop.infix import PRECEDENCE

MOST_TOKENS = 3_000
FINE = 6  # digits
BETWEEN = "\0"  # names of a range; no name of a sheet has it
DEEPEST = 100  # brackets and signs inside each other; Excel stops at 64


class Unparsed(Exception):
    """A formula that says nothing to us: another language than arithmetic, or no formula at all."""


class Token(NamedTuple):
    """A piece of a formula. kind: ref, area (names joined by BETWEEN), num, op, sign, %, (, ), func or a comma."""

    kind: str
    text: str


def _fold(op: str) -> Callable[[Sequence[Expr]], Expr]:
    return lambda terms: reduce(lambda left, right: Call(op, (left, right)), terms)


add, multiply = _fold("+"), _fold("*")


def _sumproduct(args: Sequence[Sequence[Expr]]) -> Expr:
    if len({len(arg) for arg in args}) != 1:
        raise Unparsed("SUMPRODUCT of ranges that differ in size")
    return add([multiply(terms) for terms in zip(*args, strict=True)])


def _one(op: str) -> Callable[[Sequence[Sequence[Expr]]], Expr]:
    def call(args: Sequence[Sequence[Expr]]) -> Expr:
        if len(args) != 1 or len(args[0]) != 1:
            raise Unparsed(f"{op.upper()} takes one number")
        return Call(op, (args[0][0],))

    return call


def _flat(args: Sequence[Sequence[Expr]]) -> list[Expr]:
    return [expr for arg in args for expr in arg]


def _only(args: Sequence[Sequence[Expr]]) -> Expr:
    (x,) = _flat(args)
    return x


def _power(args: Sequence[Sequence[Expr]]) -> Expr:
    base, exponent = _flat(args)
    return Call("^", (base, exponent))


def _log(args: Sequence[Sequence[Expr]]) -> Expr:
    x, *base = _flat(args)
    (base_of,) = base or [Num(10.0)]
    return Call("ln", (x,)) / Call("ln", (base_of,))


def _rounded(args: Sequence[Sequence[Expr]]) -> Expr:
    """A number rounded so late that nobody sees it; the sheet trains as if it were not."""
    x, digits = _flat(args)
    if not isinstance(digits, Num) or digits.value < FINE:
        raise Unparsed(f"ROUND to fewer than {FINE} digits changes the training")
    return x


def _squared_differences(args: Sequence[Sequence[Expr]]) -> Expr:
    ours, theirs = args
    return add([Call("^", (x - y, Num(2.0))) for x, y in zip(ours, theirs, strict=True)])


def _choice(args: Sequence[Sequence[Expr]]) -> Expr:
    condition, yes, *no = _flat(args)
    (otherwise,) = no or [Num(0.0)]
    return Call("if", (condition, yes, otherwise))


Args = Sequence[Sequence[Expr]]
FUNCTIONS: dict[str, Callable[[Args], Expr]] = {
    **{op.upper(): _one(op) for op in ("exp", "ln", "tanh", "abs", "sign", "sqrt", "cos")},
    "INT": _one("floor"),
    "LOG": _log,
    "LOG10": lambda args: Call("ln", (_only(args),)) / Call("ln", (Num(10.0),)),
    "POWER": _power,
    "IF": _choice,
    "SUM": lambda args: add(_flat(args)),
    "PRODUCT": lambda args: multiply(_flat(args)),
    "SUMSQ": lambda args: add([x * x for x in _flat(args)]),
    "AVERAGE": lambda args: add(_flat(args)) / len(_flat(args)),
    "SUMPRODUCT": _sumproduct,
    "MAX": lambda args: Call("max", (_flat(args)[0], *_flat(args)[1:])),
    "MIN": lambda args: Call("min", (_flat(args)[0], *_flat(args)[1:])),
    "SUMXMY2": _squared_differences,
    "IFERROR": lambda args: _flat(args)[0],
    "ROUND": _rounded,
    "PI": lambda args: Num(3.141592653589793) if not args else _only(()),
    "N": lambda args: _only(args),
    "VALUE": lambda args: _only(args),
}


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


def _area(text: str) -> Token:
    return Token("ref", text)


KINDS: dict[tuple[str, str], Callable[[str], Token | None]] = {
    ("OPERAND", "RANGE"): _area,
    ("OPERAND", "NUMBER"): lambda text: Token("num", text),
    ("OPERAND", "LOGICAL"): lambda text: Token("num", "1" if text == "TRUE" else "0"),
    ("OPERAND", "TEXT"): _refuse,
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
COMPARISONS = (">", "<", ">=", "<=", "=", "<>")
RANKS = {**PRECEDENCE, **dict.fromkeys(COMPARISONS, PRECEDENCE[">"])}


def parse(found: Sequence[Token]) -> Expr:
    """The tree of tokens whose references are names; raises Unparsed.

    >>> from xlbackprop.excel import formula
    >>> formula(parse(tokens("=-A1^2+B1/C1/2")), lambda ref: ref.name)
    '=(-A1)^2+B1/C1/2'
    """
    parser = _Parser(found)
    expr = parser.expression(0)
    if parser.at < len(found):
        raise Unparsed(f"{found[parser.at].text!r} stands where the formula should end")
    return expr


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

    def expression(self, lowest: int) -> Expr:
        left = self.operand()
        while self.peek().kind == "op" and RANKS[self.peek().text] >= lowest:
            op = self.take("op").text
            left = Call(op, (left, self.expression(RANKS[op] + 1)))  # all of Excel's operators group from the left
        return left

    def operand(self) -> Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unparsed(f"brackets more than {DEEPEST} deep")
        expr = self.single()
        while self.peek().kind == "%":
            self.take("%")
            expr = expr / 100
        self.depth -= 1
        return expr

    def single(self) -> Expr:
        token = self.take("ref", "num", "sign", "(", "func")
        match token.kind:
            case "ref":
                return Ref(token.text)
            case "num":
                return Num(float(token.text))
            case "sign":
                return -self.operand()
            case "(":
                inner = self.expression(0)
                self.take(")")
                return inner
            case _:
                return self.call(token.text)

    def call(self, name: str) -> Expr:
        if name not in FUNCTIONS:
            raise Unparsed(f"the function {name} is not known here")
        args: list[list[Expr]] = []
        while self.peek().kind != ")":
            if args:
                self.take(",")
            args.append(self.argument())
        self.take(")")
        try:
            return FUNCTIONS[name](args)
        except (ValueError, IndexError, TypeError, ZeroDivisionError) as error:
            raise Unparsed(f"{name} with other arguments than it takes") from error

    def argument(self) -> list[Expr]:
        if self.peek().kind == "area":
            return [Ref(name) for name in self.take("area").text.split(BETWEEN)]
        return [self.expression(0)]
