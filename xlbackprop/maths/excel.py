"""Expression to spreadsheet formula: ``=1/(1+EXP(-I35))``."""

from __future__ import annotations

from collections.abc import Callable

from xlbackprop.maths.expr import Expr, Ref
from xlbackprop.maths.infix import Dialect, tokens

SAME = ("exp", "ln", "tanh", "abs", "sign", "sqrt", "cos", "max", "min", "if", "iferror")
FUNCTIONS = {name: name.upper() for name in SAME} | {"floor": "INT"}
EXCEL = Dialect(functions=FUNCTIONS, groups=True, on_paper=False, blanks=lambda call, top: False)


def formula(expr: Expr, address: Callable[[Ref], str]) -> str:
    """The formula, with its leading ``=``; `address` says where each reference stands.

    >>> formula(Ref("w1") * Ref("i1") - 0.5, lambda ref: {"w1": "E35", "i1": "C35"}[ref.name])
    '=E35*C35-0.5'
    """
    return "=" + "".join(token if isinstance(token, str) else address(token) for token in tokens(expr, EXCEL))
