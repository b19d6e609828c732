"""The formulas of the receptive-field table, read from the same arithmetic that `receptive` and `cnn.layers` do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xlbackprop.cnn.layers import KINDS
from xlbackprop.cnn.model import ReceptiveRow
from xlbackprop.cnn.places import FIELD_COLUMNS, FIELD_FIRST
from xlbackprop.maths.excel import formula
from xlbackprop.maths.expr import Expr, Ref
from xlbackprop.pages.layout import a1
from xlbackprop.pages.page import Value
from xlbackprop.receptive import Seen, Window

COLUMN = {name: 1 + n for n, name in enumerate(FIELD_COLUMNS)}


NONE = "none"  # pixels that come out where the kernel does not fit


def n_out_formula(row: int) -> str:
    """`Seen.n_out`, whose whole-number division has no sign in a spreadsheet; a word where nothing comes out."""
    n_in, stride = a1(row, COLUMN["n_in"]), a1(row, COLUMN["stride"])
    bordered, kernel = bordered_formula(row), a1(row, COLUMN["kernel"])
    pixels = f"INT(({bordered}-{kernel})/{stride})+1"
    return f'=IF(ISNUMBER({n_in}),IF({kernel}>{bordered},"{NONE}",{pixels}),"{NONE}")'


def bordered_formula(row: int) -> str:
    """What the kernel has to fit into, along an edge, without a `=`."""
    return f"{a1(row, COLUMN['n_in'])}+2*{a1(row, COLUMN['padding'])}"


def symbols(row: ReceptiveRow) -> tuple[Any, Any]:
    """Layer and window with the names of columns for numbers: what is reckoned with them becomes an expression."""
    names: dict[str, Any] = {name: Ref(name) for name in FIELD_COLUMNS}
    window = Window(names["kernel"], names["stride"], names["padding"]) if row.seen else None
    layer = replace(row.layer, ch_in=names["ch_in"], ch_out=names["ch_out"], window=window)
    placed = ("n_in", "r_in", "stride", "padding", "kernel", "j_in")
    return layer, Seen(**{name: names[name] for name in placed}) if row.seen else None


def values_of(row: ReceptiveRow) -> dict[str, Value]:
    """What stands in a row, by column; a layer without a window leaves some empty."""
    layer, seen = row.layer, row.seen
    of_window = ("r_in", "stride", "padding", "kernel", "j_in", "j_out", "r_out")
    slid: dict[str, Value] = {name: getattr(seen, name) for name in of_window} if seen else {}
    rest = {"n_in": row.n_in, "n_out": row.n_out, "ch_in": layer.ch_in, "ch_out": layer.ch_out}
    return slid | rest | {"parameters": row.parameters}


def formulas_of(n: int, row: ReceptiveRow, window: int | None) -> dict[str, str]:
    """The formulas of a row, by column; what is missing is a number to start from, or the user's."""
    here = FIELD_FIRST + n
    layer, seen = symbols(row)

    def at(ref: Ref) -> str:
        return a1(here, COLUMN[ref.name])

    worked: dict[str, object] = {"parameters": KINDS[row.layer.kind].parameters(layer)}
    if row.seen:
        worked |= {"j_out": seen.j_out, "r_out": seen.r_out}
    found = {name: formula(expr, at) for name, expr in worked.items() if isinstance(expr, Expr)}
    found["n_out"] = n_out_formula(here) if row.seen else f"={a1(here, COLUMN['n_in'])}"
    if row.layer.kind != "Conv2d":
        found["ch_out"] = f"={a1(here, COLUMN['ch_in'])}"
    above = {"n_in": "n_out", "ch_in": "ch_out"} if n else {}
    found |= {name: f"={a1(here - 1, COLUMN[source])}" for name, source in above.items()}
    if row.seen and window:
        found |= {name: f"={a1(window, COLUMN[source])}" for name, source in (("r_in", "r_out"), ("j_in", "j_out"))}
    return found
