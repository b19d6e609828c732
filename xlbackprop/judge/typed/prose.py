"""Maths as people type it into a cell to explain a formula, read into a tree: ``½ * (t1 - a_o1)²``."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable
from math import isfinite

from xlbackprop.judge.typed.labels import canonical, slope
from xlbackprop.maths.expr import Call, Expr, Num, Ref
from xlbackprop.maths.rules import ACTIVATIONS, WHOLE_LAYER, exp, sigmoid

LONGEST = 500  # characters; a text longer than that explains something else
DEEPEST = 100  # operations in each other

# Typed with one key on paper, before compatible letters become one: ² must not become 2.
SIGNS = str.maketrans(
    {
        "²": "**2",
        "³": "**3",
        "^": "**",
        "½": "(1/2)",
        "¼": "(1/4)",
        **dict.fromkeys("×·∙⋅∗", "*"),
        **dict.fromkeys("−–", "-"),
        **dict.fromkeys("÷∕⁄", "/"),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
    }
)
# What is multiplied without a sign: ½(t1-a_o1), 2a_o1, (a_o1-t1)(1-a_o1).
UNSIGNED = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?=[^\W\d]|\()|(\))\s*(?=[\w(])")
# ∂a_o1/∂o1, for which Python gets a word that says the same.
SLOPE = re.compile(r"∂\s*(\w+)\s*/\s*∂\s*(\w+)|\bd([^\W\d]\w*)\s*/\s*d([^\W\d]\w*)")
SPELT_SLOPE = re.compile(r"slope_of_(\w+?)_by_(\w+)")
RAISED = re.compile(r"(?<=\))\s*2(?![\w.(])")  # ² set as a raised 2, whose text is that of any other
ZERO_FOR_O = re.compile(r"(?<=_)0(?=\d)")

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
ONE_ARGUMENT = {"exp", "ln", "abs", "sqrt", *ACTIVATIONS} - WHOLE_LAYER
SPELT: dict[str, Callable[[Expr], Expr]] = dict.fromkeys(("σ", "sig", "sigma", "sigm", "logistic"), sigmoid)
SEVERAL = {"max", "min"}


class _NotMaths(Exception):
    """What stands there is no maths over known names."""


def python(text: str) -> str:
    """The text in Python's spelling, whose order of operations is that of people's maths.

    >>> python("½(t1 − a_o1)²")
    '(1/2)*(t1 - a_o1)**2'
    >>> python("1/2 * (t1-a_o1)2")
    '1/2 * (t1-a_o1)**2'
    >>> python("∂a_o1/∂o1 * a_h1")
    'slope_of_a_o1_by_o1 * a_h1'
    """
    plain = RAISED.sub("**2", unicodedata.normalize("NFKC", text.translate(SIGNS)).strip())
    plain = SLOPE.sub(_as_word, plain)
    return UNSIGNED.sub(lambda found: f"{found[1] or found[2]}*", plain)


def _as_word(found: re.Match[str]) -> str:
    of, by = (ZERO_FOR_O.sub("o", one) for one in found.groups() if one)
    return found[0] if slope(f"∂{of}/∂{by}") is None else f"slope_of_{of}_by_{by}"


Named = Callable[[str], str | None]  # the name that somebody's word stands for, None where it is none


def read(text: str, named: Named = canonical) -> Expr | None:
    """The tree, over canonical names; None for what is not maths from end to end, over words that `named` knows.

    >>> read("½ * (t1 - a_01)²") == Num(1.0) / 2 * (Ref("t1") - Ref("a_o1")) ** Num(2.0)
    True
    >>> read("the loss of both") is read("(a_o1 - t1") is None
    True
    """
    return read_python(python(text), named) if len(text) <= LONGEST else None


def read_python(text: str, named: Named = canonical) -> Expr | None:
    """The same of a text that `python` gave."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of Python's own style, which is not the author's concern
            return _tree(ast.parse(text, mode="eval").body, DEEPEST, named)
    except (_NotMaths, SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return None


def _tree(node: ast.expr, room: int, named: Named) -> Expr:
    """room: how many operations deep it may still go."""
    if room == 0:
        raise _NotMaths
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool) and isfinite(float(value)):
            return Num(float(value))
        case ast.Name(name):
            return Ref(_name(name, named))
        case ast.UnaryOp(ast.USub(), inner):
            return -_tree(inner, room - 1, named)
        case ast.UnaryOp(ast.UAdd(), inner):
            return _tree(inner, room - 1, named)
        case ast.BinOp(ast.Name("e" | "E"), ast.Pow(), power):
            return exp(_tree(power, room - 1, named))
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            return Call(OPERATORS[type(operator)], (_tree(left, room - 1, named), _tree(right, room - 1, named)))
        case ast.Call(ast.Name(name), args, []):
            return _called(name.lower(), tuple(_tree(arg, room - 1, named) for arg in args), named)
        case _:
            raise _NotMaths


def _name(text: str, named: Named) -> str:
    if spelt := SPELT_SLOPE.fullmatch(text):
        found = slope(f"∂{spelt[1]}/∂{spelt[2]}")
    else:
        found = named(ZERO_FOR_O.sub("o", text)) or named(text)
    if found is None:
        raise _NotMaths
    return found


def _called(name: str, args: tuple[Expr, ...], named: Named) -> Expr:
    if len(args) == 1 and name in SPELT:
        return SPELT[name](*args)
    op = name.replace("_", " ")
    if (len(args) == 1 and op in ONE_ARGUMENT) or (len(args) == 2 and op in SEVERAL):
        return Call(op, args)
    if len(args) == 1:
        return Ref(_name(name, named)) * args[0]  # a_h1(1-a_h1)
    raise _NotMaths
