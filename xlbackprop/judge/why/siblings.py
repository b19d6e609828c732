"""What belongs somewhere as its author writes it: the loss of an output like that of another one, or as in a book."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from xlbackprop.judge.network.numbers import Array, agree, evaluated
from xlbackprop.maths.expr import Call, Expr, Group, Ref, map_refs

LOSS = re.compile(r"E(\d+)")
# As textbooks write the cross-entropy of a target and what the output gives; the builder's own goes by the net.
IN_TEXTBOOKS: tuple[Callable[[Expr, Expr], Expr], ...] = (
    lambda t, a: -(t * Call("ln", (a,)) + Group(1 - t) * Call("ln", (1 - a,))),
    lambda t, a: -t * Call("ln", (a,)),
)


def like_siblings(right: Mapping[str, Expr], usual: Mapping[str, Expr], values: Mapping[str, Array]) -> dict[str, Expr]:
    """The same formulas, those of losses as the table writes the loss of another output, or as textbooks do.

    right: what belongs into each column; usual: what stands in most of its rows; values: of all names at some points.
    """
    losses = {of[1]: expr for name, expr in usual.items() if (of := LOSS.fullmatch(name)) and name in right}
    found = dict(right)
    for k in losses:
        others = [_of_output(expr, other, k) for other, expr in losses.items() if other != k]
        in_books = [write(Ref(f"t{k}"), Ref(f"a_o{k}")) for write in IN_TEXTBOOKS] if f"a_o{k}" in usual else []
        found |= {f"E{k}": expr for expr in reversed([*others, *in_books]) if _is(expr, f"E{k}", values)}
    return found


def _of_output(expr: Expr, one: str, other: str) -> Expr:
    """A formula over an output, over another one."""
    return map_refs(expr, lambda ref: Ref(re.sub(rf"(?<=[ot]){one}$", other, ref.name)))


def _is(expr: Expr, name: str, values: Mapping[str, Array]) -> bool:
    try:
        return bool(agree(evaluated(expr, values), values[name]))
    except KeyError:
        return False
