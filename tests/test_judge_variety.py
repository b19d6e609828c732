"""Tables as people would build them, each their own way: right ones pass, and slips are found where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import openpyxl
import pytest
from handmade.cells import cells_in
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from xlbackprop.engines.ironcalc import recalculate
from xlbackprop.grade.submission import Standing, standing
from xlbackprop.grade.words import right_parts
from xlbackprop.judge.findings import Judgement, Kind, Outcome, as_json
from xlbackprop.judge.judge import judge
from xlbackprop.judge.told import where
from xlbackprop.verdict import word_on

HEADER, ROWS = 5, 12
GRADIENTS = [f"g{k}" for k in range(1, 9)]
ORDER = [
    "t1",
    "t2",
    "i1",
    "i2",
    "w1",
    "w2",
    "w3",
    "w4",
    "h1",
    "a_h1",
    "h2",
    "a_h2",
    "w5",
    "w6",
    "w7",
    "w8",
    "o1",
    "a_o1",
    "o2",
    "a_o2",
    "E1",
    "E2",
    "E",
    "g1",
    "g2",
    "g3",
    "g4",
    "g5",
    "g6",
    "g7",
    "g8",
]
GIVEN = {"t1": 0.01, "t2": 0.99, "i1": 0.05, "i2": 0.1}
FIRST = {f"w{k}": value for k, value in enumerate((0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55), start=1)}
LABELS = {"E": "E_total", **{f"g{k}": f"∂E/∂w{k}" for k in range(1, 9)}}
ERROR_1, ERROR_2 = "({a_o1}-{t1})*{a_o1}*(1-{a_o1})", "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"
SLOPE_1, SLOPE_2 = "{a_h1}*(1-{a_h1})", "{a_h2}*(1-{a_h2})"
BACK_1, BACK_2 = f"({ERROR_1}*{{w5}}+{ERROR_2}*{{w7}})", f"({ERROR_1}*{{w6}}+{ERROR_2}*{{w8}})"
FORMULAS = {
    "h1": "{w1}*{i1}+{w2}*{i2}",
    "h2": "{w3}*{i1}+{w4}*{i2}",
    "o1": "{w5}*{a_h1}+{w6}*{a_h2}",
    "o2": "{w7}*{a_h1}+{w8}*{a_h2}",
    **{f"a_{unit}": f"1/(1+EXP(-{{{unit}}}))" for unit in ("h1", "h2", "o1", "o2")},
    "E1": "0.5*({t1}-{a_o1})^2",
    "E2": "0.5*({t2}-{a_o2})^2",
    "E": "{E1}+{E2}",
    "g1": f"{BACK_1}*{SLOPE_1}*{{i1}}",
    "g2": f"{BACK_1}*{SLOPE_1}*{{i2}}",
    "g3": f"{BACK_2}*{SLOPE_2}*{{i1}}",
    "g4": f"{BACK_2}*{SLOPE_2}*{{i2}}",
    "g5": ERROR_1 + "*{a_h1}",
    "g6": ERROR_1 + "*{a_h2}",
    "g7": ERROR_2 + "*{a_h1}",
    "g8": ERROR_2 + "*{a_h2}",
    **{f"w{k}": f"{{w{k}^}}-{{lr}}*{{g{k}^}}" for k in range(1, 9)},
}


@dataclass(frozen=True)
class Sheet:
    """How somebody built the table, where it differs from the usual. cells: what else stands on the sheet.

    order: columns from left to right, - for an empty one; gap: empty rows under the labels; first: of the first row.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = tuple(ORDER)
    cells: Mapping[str, object] = field(default_factory=lambda: {"A2": "LR", "B2": 0.5})
    rate: str = "$B$2"
    gap: int = 0
    first: Mapping[str, object] = field(default_factory=dict)

    def places(self) -> dict[str, int]:
        """The column of each name."""
        return {name: column for column, name in enumerate(self.order, start=1) if name != "-"}


def each(of: Mapping[str, str], change: str) -> dict[str, str]:
    """A label or formula for each name, made from a pattern."""
    return {name: change.format(text) for name, text in of.items()}


def gradients(pattern: str) -> Sheet:
    """Gradient columns called so."""
    return Sheet(labels={f"g{k}": pattern.format(k) for k in range(1, 9)})


def without(*names: str) -> tuple[str, ...]:
    """The usual columns but for these."""
    return tuple(name for name in ORDER if name not in names)


AT_ONCE = {
    "a_h1": "1/(1+EXP(-({w1}*{i1}+{w2}*{i2})))",
    "a_h2": "1/(1+EXP(-({w3}*{i1}+{w4}*{i2})))",
    "a_o1": "1/(1+EXP(-({w5}*{a_h1}+{w6}*{a_h2})))",
    "a_o2": "1/(1+EXP(-({w7}*{a_h1}+{w8}*{a_h2})))",
}
NETS = ("h1", "h2", "o1", "o2")
DELTAS = {
    "d_o1": ERROR_1,
    "d_o2": ERROR_2,
    "d_h1": f"({{d_o1}}*{{w5}}+{{d_o2}}*{{w7}})*{SLOPE_1}",
    "d_h2": f"({{d_o1}}*{{w6}}+{{d_o2}}*{{w8}})*{SLOPE_2}",
    "g1": "{d_h1}*{i1}",
    "g2": "{d_h1}*{i2}",
    "g3": "{d_h2}*{i1}",
    "g4": "{d_h2}*{i2}",
    "g5": "{d_o1}*{a_h1}",
    "g6": "{d_o1}*{a_h2}",
    "g7": "{d_o2}*{a_h1}",
    "g8": "{d_o2}*{a_h2}",
}
TURNED = {
    "d_o1": ERROR_1.replace("({a_o1}-{t1})", "({t1}-{a_o1})"),
    "d_o2": ERROR_2.replace("({a_o2}-{t2})", "({t2}-{a_o2})"),
}
WITH_DELTAS = (*ORDER[:23], "d_o1", "d_o2", "d_h1", "d_h2", *ORDER[23:])
DEEP = {  # two hidden layers
    "h3": FORMULAS["o1"],
    "h4": FORMULAS["o2"],
    "o1": "{w9}*{a_h3}+{w10}*{a_h4}",
    "a_h3": "1/(1+EXP(-{h3}))",
    "a_h4": "1/(1+EXP(-{h4}))",
    "E": FORMULAS["E1"],
    "d_o1": ERROR_1,
    "d_h3": "{d_o1}*{w9}*{a_h3}*(1-{a_h3})",
    "d_h4": "{d_o1}*{w10}*{a_h4}*(1-{a_h4})",
    "d_h1": f"({{d_h3}}*{{w5}}+{{d_h4}}*{{w7}})*{SLOPE_1}",
    "d_h2": f"({{d_h3}}*{{w6}}+{{d_h4}}*{{w8}})*{SLOPE_2}",
    **{f"g{k}": DELTAS[f"g{k}"] for k in range(1, 5)},
    "g5": "{d_h3}*{a_h1}",
    "g6": "{d_h3}*{a_h2}",
    "g7": "{d_h4}*{a_h1}",
    "g8": "{d_h4}*{a_h2}",
    "g9": "{d_o1}*{a_h3}",
    "g10": "{d_o1}*{a_h4}",
    **{f"w{k}": f"{{w{k}^}}-{{lr}}*{{g{k}^}}" for k in (9, 10)},
}
CROSS_ENTROPY = {f"E{k}": f"-({{t{k}}}*LN({{a_o{k}}})+(1-{{t{k}}})*LN(1-{{a_o{k}}}))" for k in (1, 2)}
COUNTED = {"n": "n", **{f"g{k}": f"down{k}" for k in range(1, 9)}}  # headings of steps, and of slopes that say nothing
NEW = [f"n{k}" for k in range(1, 9)]
NEW_FORMULAS = {
    **{f"n{k}": f"{{w{k}}}-{{lr}}*{{g{k}}}" for k in range(1, 9)},
    **{f"w{k}": f"{{n{k}^}}" for k in range(1, 9)},
}
ABOVE = {
    f"{get_column_letter(9 + k)}{row}": value for k in range(1, 9) for row, value in ((1, f"w{k}"), (2, FIRST[f"w{k}"]))
}
GERMAN = {"i1": "Eingabe 1", "i2": "Eingabe 2", "t1": "Ziel 1", "t2": "Ziel 2", "E1": "Fehler 1", "E": "Gesamtfehler"}
BESIDE = dict(
    zip(["A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1"], ("i1", 0.05, "i2", 0.1, "t1", 0.01, "t2", 0.99), strict=True)
)
FIXED = {"{i1}": "$B$1", "{i2}": "$D$1", "{t1}": "$F$1", "{t2}": "$H$1"}


def fixed(formula: str) -> str:
    """The formula with inputs and targets from cells beside the table."""
    for name, cell in FIXED.items():
        formula = formula.replace(name, cell)
    return formula


def deltas(*labels: str) -> Sheet:
    """The errors of units in columns of their own, called so."""
    return Sheet(dict(zip(("d_o1", "d_o2", "d_h1", "d_h2"), labels, strict=True)), DELTAS, WITH_DELTAS)


SHEETS: dict[str, Sheet] = {
    "the usual": Sheet(),
    "net and out": Sheet(
        {**{f"a_{u}": f"out {u}" for u in NETS}, **{u: f"net {u}" for u in NETS}, "E1": "E o1", "E2": "E o2"}
    ),
    "sum and sigmoid": Sheet(
        {**{f"a_{u}": f"sigmoid({u})" for u in NETS}, "h1": "sum h1", "h2": "sum h2", "E": "Total error"}
    ),
    **{
        pattern: gradients(pattern)
        for pattern in (
            *("dEtotal/dw{}", "∂Etot/∂w{}", "dE_dw{}", "Gradient w{}", "Δw{}", "∂E_T/∂W{}", "∇w{}", "dE wrt w{}"),
            *("dError/dw{}", "∂C/∂w{}", "dJ/dW{}", "E∂w{}", "Etotaldw{}", "grad_w{}", "δE_tot/δw{}", "d w{}"),
        )
    },
    "x and y": Sheet({"i1": "x1", "i2": "x2", "t1": "y1", "t2": "y2", "a_o1": "ŷ1", "a_o2": "y_hat2"}),
    "z and a, numbered throughout": Sheet(
        {"h1": "z1", "h2": "z2", "o1": "z3", "o2": "z4", "a_h1": "a1", "a_h2": "a2", "a_o1": "a3", "a_o2": "a4"}
    ),
    "net1 to out4": Sheet(
        {
            "h1": "net1", "h2": "net2", "o1": "net3", "o2": "net4",
            "a_h1": "out1", "a_h2": "out2", "a_o1": "out3", "a_o2": "out4",
        }
    ),
    "what units receive in words, outputs like targets": Sheet(
        {
            "h1": "net hidden 1", "h2": "net hidden 2", "a_h1": "hidden 1", "a_h2": "hidden 2",
            "o1": "s1", "o2": "s2", "a_o1": "y1", "a_o2": "y2",
        }
    ),
    "what outputs receive from right to left": Sheet(
        {
            "h1": "z hidden 1", "h2": "z hidden 2", "a_h1": "hidden 1", "a_h2": "hidden 2",
            "o1": "z out 1", "o2": "z out 2", "a_o1": "predicted 1", "a_o2": "predicted 2",
        },
        order=(*ORDER[:16], "o2", "a_o2", "o1", "a_o1", *ORDER[20:]),
    ),
    "two hidden layers, numbered throughout": Sheet(
        {"g9": "∂E/∂w9", "g10": "∂E/∂w10"},
        DEEP,
        (*ORDER[:1], *ORDER[2:16], "h3", "a_h3", "h4", "a_h4", "w9", "w10", "o1", "a_o1", *[*DEEP][5:-2]),
        first={"w9": 0.6, "w10": 0.65},
    ),
    "in words": Sheet(
        {"t1": "Target 1", "t2": "Target 2", "i1": "Input 1", "i2": "Input 2", "h1": "Hidden 1", "a_h1": "Hidden 1 out",
         "h2": "Hidden 2", "a_h2": "Hidden 2 out", "o1": "Output 1", "a_o1": "Output 1 out", "E1": "Error 1"}
    ),
    "capitals": Sheet({name: LABELS.get(name, name).upper() for name in ORDER}),
    "blank columns": Sheet(order=("t1", "t2", "i1", "i2", "-", *ORDER[4:8], "-", *ORDER[8:23], "-", *ORDER[23:])),
    "a blank row under the labels": Sheet(gap=1),
    "a rate typed into formulas": Sheet(rate="0.5", cells={}),
    "a rate with a name": Sheet(rate="LR"),
    "a rate under its label": Sheet(cells={"B1": "n =", "B2": 0.5}),
    "a rate without a label": Sheet(cells={"B2": 0.5}),
    "steps that are counted under n": Sheet(
        {"n": "n"}, {"n": "{n^}+1"}, ("n", *ORDER), cells={"D2": "LR", "E2": 0.5}, rate="$E$2", first={"n": 1}
    ),
    "steps under n, slopes that say nothing, and a rate with a name": Sheet(
        COUNTED, {"n": "{n^}+1"}, ("n", *ORDER), rate="LR", first={"n": 1}
    ),
    "steps under n, slopes that say nothing, and a rate typed": Sheet(
        COUNTED, {"n": "{n^}+1"}, ("n", *ORDER), rate="0.5", cells={}, first={"n": 1}
    ),
    "steps under n, slopes under headings that say nothing, new weights": Sheet(
        {**COUNTED, **{n: f"w{n[1:]}_new" for n in NEW}},
        {"n": "{n^}+1", **NEW_FORMULAS},
        ("n", *ORDER, *NEW),
        cells={"D2": "LR", "E2": 0.5},
        rate="$E$2",
        first={"n": 1},
    ),
    "powers of e": Sheet(formulas={"a_h1": "1/(1+EXP(1)^(-{h1}))", "a_h2": "1/(1+EXP(1)^-{h2})"}),
    "squares as products": Sheet(formulas={"E1": "({t1}-{a_o1})*({t1}-{a_o1})/2", "E2": "POWER({t2}-{a_o2},2)*0.5"}),
    "errors the other way round": Sheet(
        formulas=each({name: FORMULAS[name].replace("({a_o1}-{t1})", "(-({t1}-{a_o1}))") for name in GRADIENTS}, "{}")
    ),
    "products of ranges": Sheet(formulas={"h1": "SUMPRODUCT({w1}:{w2},{i1}:{i2})", "E": "SUM({E1}:{E2})"}),
    "new weights in the same row": Sheet({n: f"w{n[1:]} new" for n in NEW}, NEW_FORMULAS, (*ORDER, *NEW)),
    "new weights, and a rate typed": Sheet(
        {n: f"w{n[1:]}_new" for n in NEW}, NEW_FORMULAS, (*ORDER, *NEW), rate="0.5", cells={}
    ),
    "new weights, and a rate with a name": Sheet(
        {n: f"w{n[1:]}_new" for n in NEW}, NEW_FORMULAS, (*ORDER, *NEW), rate="LR"
    ),
    "new weights under the same names": Sheet({n: f"w{n[1:]}" for n in NEW}, NEW_FORMULAS, (*ORDER, *NEW)),
    "deltas": deltas("δ_o1", "δ_o2", "δ_h1", "δ_h2"),
    "numbered deltas": deltas("delta1", "delta2", "delta3", "delta4"),
    "deltas as d1": deltas("d1", "d2", "d3", "d4"),
    "deltas as slopes": deltas("dE/do1", "dE/do2", "dE/dh1", "dE/dh2"),
    "deltas as errors": deltas("error_o1", "error_o2", "error_h1", "error_h2"),
    "deltas turned round": Sheet(
        {}, {**DELTAS, **TURNED, **{name: "-" + DELTAS[name] for name in GRADIENTS}}, WITH_DELTAS
    ),
    "steps upwards": Sheet(
        {f"g{k}": f"Δw{k}" for k in range(1, 9)},
        {**DELTAS, **TURNED, **{f"w{k}": f"{{w{k}^}}+{{lr}}*{{g{k}^}}" for k in range(1, 9)}},
        WITH_DELTAS,
    ),
    "steps with the rate in them": Sheet(
        {f"g{k}": f"Δw{k}" for k in range(1, 9)},
        {
            **{name: "{lr}*(" + FORMULAS[name] + ")" for name in GRADIENTS},
            **{f"w{k}": f"{{w{k}^}}-{{g{k}^}}" for k in range(1, 9)},
        },
    ),
    "first weights from a row above": Sheet(
        first={f"w{k}": f"={get_column_letter(9 + k)}$2" for k in range(1, 9)}, cells={"A2": "LR", "B2": 0.5, **ABOVE}
    ),
    "inputs and targets beside the table": Sheet(
        formulas={name: fixed(text) for name, text in FORMULAS.items()},
        order=without(*GIVEN),
        cells={"A2": "LR", "B2": 0.5, **BESIDE},
    ),
    "headings in German": Sheet({**GERMAN, **{f"w{k}": f"Gewicht {k}" for k in range(1, 9)}}),
    "targets in a language we do not read": Sheet({"t1": "cel 1", "t2": "cel 2"}),
    "targets without a name, from the first row": Sheet(
        {"t1": "aim", "t2": "goal"}, {"t1": "$A$6", "t2": 'IF({i1}="","",{t2^})'}, first=GIVEN
    ),
    "targets that deltas alone name": Sheet(
        {"t1": "aim", "t2": "goal"},
        {**DELTAS, **CROSS_ENTROPY, "d_o1": "{a_o1}-{t1}", "d_o2": "{a_o2}-{t2}"},
        WITH_DELTAS,
    ),
    "weights that are called new": Sheet({f"w{k}": f"w{k}\n(new)" for k in range(1, 9)}),
    "headings copied from the neighbour": Sheet({"t2": "t1", "i2": "i1", "w4": "w3", "g4": "∂E/∂w3"}),
    "headings left out": Sheet({"i2": "", "w5": "", "w6": ""}),
    "a half in a cell": Sheet(formulas={"E1": "$G$2*({t1}-{a_o1})^2"}, cells={"B2": 0.5, "F2": "half", "G2": 0.5}),
    "one loss alone": Sheet(formulas={"E": "0.5*({t1}-{a_o1})^2+0.5*({t2}-{a_o2})^2"}, order=without("E1", "E2")),
    "units in one column": Sheet(formulas=AT_ONCE, order=without(*NETS)),
    "units in one column, called h1": Sheet({f"a_{unit}": unit for unit in NETS}, AT_ONCE, without(*NETS)),
    "squared error without the half": Sheet(
        formulas={"E1": "({t1}-{a_o1})^2", "E2": "({t2}-{a_o2})^2", **each({n: FORMULAS[n] for n in GRADIENTS}, "2*{}")}
    ),
    "mean squared error": Sheet(
        formulas={"E1": "({t1}-{a_o1})^2", "E2": "({t2}-{a_o2})^2", "E": "({E1}+{E2})/2"}
    ),
    "inputs that copy the row above": Sheet(formulas={n: f"{{{n}^}}" for n in GIVEN}, first=GIVEN),
    "weights numbered by where they come from": Sheet(
        formulas={"h1": "{w1}*{i1}+{w3}*{i2}", "h2": "{w2}*{i1}+{w4}*{i2}", "g2": FORMULAS["g3"], "g3": FORMULAS["g2"]}
    ),
    "rounded to twelve digits": Sheet(formulas={f"w{k}": f"ROUND({FORMULAS[f'w{k}']},12)" for k in range(1, 9)}),
    "formulas that ask first": Sheet(
        formulas={
            "h1": 'IF({w1}="","",{w1}*{i1}+{w2}*{i2})',
            "h2": "IF(ISNUMBER({i1}),{w3}*{i1}+{w4}*{i2},NA())",
            "a_h1": "_xlfn.LET(_xlpm.z,{h1},1/(1+EXP(-_xlpm.z)))",
        }
    ),
    "training that stops when it is good enough": Sheet(
        formulas={f"w{k}": f"IF({{E^}}<0.1,{{w{k}^}},{{w{k}^}}-{{lr}}*{{g{k}^}})" for k in range(1, 9)}
    ),
    "cells that are looked up": Sheet(
        formulas={
            "h1": "INDEX({w1}:{w4},1,1)*{i1}+INDEX({w1}:{w4},1,2)*{i2}",
            **{f"w{k}": f"OFFSET({{w{k}}},-1,0)-{{lr}}*{{g{k}^}}" for k in range(1, 9)},
        }
    ),
    "guarded against errors": Sheet(formulas={"a_h1": "IFERROR(1/(1+EXP(-{h1})),0)"}),
}  # fmt: skip

SLIPS = {
    "the slope of the other unit": (SLOPE_2, SLOPE_1, Kind.WRONG_TERM),
    "the other weight": ("{w7}", "{w6}", Kind.EXCHANGED_WEIGHTS),
    "a product for a difference": ("({a_o1}-{t1})", "({a_o1}*{t1})", Kind.WRONG_TERM),
}


def judged(
    sheet: Sheet, folder: Path, formulas: Mapping[str, str], changes: Mapping[str, object] | None = None
) -> Judgement:
    """What the judge says of the table with these formulas. changes: what stands in cells instead."""
    book = openpyxl.Workbook()
    page: Worksheet = book.active
    for cell, value in sheet.cells.items():
        page[cell] = value
    places = sheet.places()
    for name, column in places.items():
        page.cell(HEADER, column, {**LABELS, **sheet.labels}.get(name, name))
        for n in range(ROWS):
            row = HEADER + 1 + sheet.gap + n
            page.cell(row, column, content(sheet, places, formulas, name, row, first=n == 0))
    for cell, value in (changes or {}).items():
        page[cell] = value
    book.save(folder / "made.xlsx")
    return judge(folder / "made.xlsx")


def content(
    sheet: Sheet, places: Mapping[str, int], formulas: Mapping[str, str], name: str, row: int, *, first: bool
) -> object:
    """What stands in a cell."""
    if first and name in {**FIRST, **sheet.first}:
        return {**FIRST, **sheet.first}[name]
    return "=" + placed(formulas[name], sheet, places, row) if name in formulas else GIVEN.get(name)


def placed(formula: str, sheet: Sheet, places: Mapping[str, int], row: int) -> str:
    """A formula by names, as one by addresses; ^ is the row above."""

    def address(found: re.Match[str]) -> str:
        name = found[1].removesuffix("^")
        return sheet.rate if name == "lr" else f"{get_column_letter(places[name])}{row - (name != found[1])}"

    return re.sub(r"\{([^}]*)\}", address, formula)


@pytest.mark.parametrize("name", SHEETS)
def test_a_right_table_is_right_however_it_is_built(name: str, tmp_path: Path) -> None:
    judgement = judged(SHEETS[name], tmp_path, {**FORMULAS, **SHEETS[name].formulas})
    assert judgement.findings == ()
    assert judgement.ok


def slipping(name: str, slip: str) -> set[str]:
    """The columns of a sheet in which a slip is possible."""
    formulas = {**FORMULAS, **SHEETS[name].formulas}
    found = {one for one, formula in formulas.items() if one in (*GRADIENTS, *DELTAS) and SLIPS[slip][0] in formula}
    return found & set(SHEETS[name].order)


@pytest.mark.parametrize(("name", "slip"), [pair for pair in product(SHEETS, SLIPS) if slipping(*pair)])
def test_a_slip_is_found_in_its_columns_and_nowhere_else(name: str, slip: str, tmp_path: Path) -> None:
    sheet, (right, wrong, kind) = SHEETS[name], SLIPS[slip]
    formulas, slipped = {**FORMULAS, **sheet.formulas}, slipping(name, slip)
    judgement = judged(sheet, tmp_path, {**formulas, **{one: formulas[one].replace(right, wrong) for one in slipped}})
    columns = {
        re.sub(r"\d", "", cell) for finding in judgement.findings for one in finding.cells for cell in cells_in(one)
    }
    assert columns == {get_column_letter(sheet.places()[one]) for one in slipped}
    assert {finding.kind for finding in judgement.findings} == {kind}


@pytest.mark.parametrize(
    ("name", "column", "formula"),
    [
        ("what units receive in words, outputs like targets", "h2", "{w3}*{i1}+{w4}*{i1}"),
        ("what units receive in words, outputs like targets", "o1", "{w5}*{h1}+{w6}*{a_h2}"),
        ("two hidden layers, numbered throughout", "h3", "{w5}*{a_h2}+{w6}*{a_h2}"),
    ],
)
def test_a_slip_in_what_feeds_a_unit_does_not_hide_which_unit_it_is(
    name: str, column: str, formula: str, tmp_path: Path
) -> None:
    sheet = SHEETS[name]
    (finding,) = judged(sheet, tmp_path, {**FORMULAS, **sheet.formulas, column: formula}).findings
    assert finding.cells[0].startswith(get_column_letter(sheet.places()[column]))


@pytest.mark.parametrize(("right", "wrong", "kind"), [("-", "+", Kind.SIGN), ("{lr}*", "", Kind.MISSING_FACTOR)])
def test_what_every_update_has_wrong_is_the_updates_mistake_and_not_the_gradients(
    right: str, wrong: str, kind: Kind, tmp_path: Path
) -> None:
    updates = {name: formula.replace(right, wrong) for name, formula in FORMULAS.items() if name in FIRST}
    judgement = judged(Sheet(), tmp_path, {**FORMULAS, **updates})
    assert {finding.label: finding.kind for finding in judgement.findings} == dict.fromkeys(FIRST, kind)


@pytest.mark.parametrize("text", ["∂E/∂w6 = δ_o1*a_h2", "∂E/∂w3 = delta_h2 * i1", "∂E/∂w6 = δ_o1*a_h1"])
def test_a_text_may_speak_of_columns_that_only_its_table_has(text: str, tmp_path: Path) -> None:
    sheet = deltas(*(("δo1", "δo2", "δh1", "δh2") if "δ" in text else ("delta o1", "delta o2", "delta h1", "delta h2")))
    findings = judged(sheet, tmp_path, {**FORMULAS, **sheet.formulas}, {"AN9": text}).findings
    assert [one.label for one in findings] == ["dE/dw6"] * text.endswith("δ_o1*a_h1")


def test_a_rate_that_slides_is_told_in_the_column_of_new_weights(tmp_path: Path) -> None:
    sheet = replace(SHEETS["new weights in the same row"], order=("t2", "t1", *ORDER[2:], *NEW))
    places = sheet.places()
    slid = {
        f"{get_column_letter(places['n1'])}{HEADER + 1 + n}": f"=E{HEADER + 1 + n}-B{2 + n}*"
        f"{get_column_letter(places['g1'])}{HEADER + 1 + n}"
        for n in range(ROWS)
    }
    (finding,) = judged(sheet, tmp_path, {**FORMULAS, **NEW_FORMULAS}, slid).findings
    assert (finding.kind, finding.cells) == (Kind.NOT_ANCHORED, (f"AF{HEADER + 2}:AF{HEADER + ROWS}",))


def test_a_number_that_one_unit_alone_adds_is_no_bias_that_others_lack(tmp_path: Path) -> None:
    (finding,) = judged(Sheet(), tmp_path, {**FORMULAS, "h1": FORMULAS["h1"] + "+1"}).findings
    assert (finding.label, finding.kind) == ("h1", Kind.WRONG_TERM)


def test_a_name_is_told_of_in_words_and_in_json(tmp_path: Path) -> None:
    judgement = judged(Sheet(rate="LR"), tmp_path, FORMULAS)
    assert "learning rate 0.5. Names are not followed: LR is taken for lr." in where(judgement.sheets[0])
    table = as_json(judgement)["sheets"][0]["table"]
    assert (table["learning_rate"], table["learning_rate_cell"], table["names"]) == (0.5, None, {"LR": "lr"})


def test_formulas_that_nobody_can_calculate_are_not_judged_but_all_others_are(tmp_path: Path) -> None:
    unknown = {**FORMULAS, "a_h1": "SIGMOID({h1})"}
    judgement = judged(Sheet(), tmp_path, unknown)
    assert "Not judged: a_h1 in J6:J17; no numbers are saved" in where(judgement.sheets[0])
    assert as_json(judgement)["sheets"][0]["table"]["unjudged"] == ["a_h1 in J6:J17"]
    assert (judgement.ok, standing(judgement)) == (False, Standing.NOT_JUDGED)
    assert word_on(tmp_path / "made.xlsx", "ironcalc").exit_code == 2
    assert right_parts(judgement.sheets[0])[0].startswith("7 of 8 columns of the forward pass")
    assert [one.label for one in judged(Sheet(), tmp_path, {**unknown, "g5": FORMULAS["g6"]}).findings] == ["dE/dw5"]


@pytest.mark.parametrize("digits", [17, 10, 6])
@pytest.mark.parametrize("name", ["d_o1", "d_h2"])
def test_right_numbers_pasted_over_a_helper_are_told_of_there_alone(name: str, digits: int, tmp_path: Path) -> None:
    sheet, formulas = deltas("δ_o1", "δ_o2", "δ_h1", "δ_h2"), {**FORMULAS, **DELTAS}
    assert judged(sheet, tmp_path, formulas).ok
    numbers, column = recalculate(tmp_path / "made.xlsx")["Sheet"], sheet.places()[name]
    letter, rows = get_column_letter(column), range(HEADER + 1, HEADER + 1 + ROWS)
    pasted = {f"{letter}{row}": float(f"{numbers[row, column]:.{digits}g}") for row in rows}
    (finding,) = judged(sheet, tmp_path, formulas, pasted).findings
    assert (finding.kind, finding.label) == (Kind.PASTED, name.replace("d", "δ"))
    assert finding.cells == (f"{letter}{rows[0]}:{letter}{rows[-1]}",)


def test_rows_that_show_nothing_are_no_steps(tmp_path: Path) -> None:
    asking = {name: f'IF({{step}}="","",{formula})' for name, formula in FORMULAS.items()}
    steps = {f"A{HEADER + n}": n for n in range(1, 9)}
    (verdict,) = judged(Sheet(order=("step", *ORDER)), tmp_path, asking, steps).sheets
    assert (verdict.outcome, verdict.table.rows, ROWS) == (Outcome.CORRECT, 8, 12)


def test_early_rounding_is_a_mistake_and_late_rounding_none(tmp_path: Path) -> None:
    rounded = [{**FORMULAS, "g5": f"ROUND({FORMULAS['g5']},{digits})"} for digits in (4, 9)]
    (early,), late = (judged(Sheet(), tmp_path, formulas).findings for formulas in rounded)
    assert (early.label, late) == ("dE/dw5", ())
    assert "it is rounded to 4 decimals, which changes the training" in early.message


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0, "in B2 is 0"), (None, "in B2 is empty"), ("later", "in B2 is 'later', which is no number"), ("0", "is 0")],
)
def test_a_rate_by_which_nothing_is_learnt_is_told_beside_a_right_table(
    rate: float | str | None, said: str, tmp_path: Path
) -> None:
    sheet = Sheet(rate="0", cells={}) if rate == "0" else Sheet(cells={"A2": "LR", "B2": rate})
    (verdict,) = judged(sheet, tmp_path, FORMULAS).sheets
    (finding,) = verdict.findings
    assert (verdict.outcome, finding.kind, finding.label) == (Outcome.CORRECT, Kind.NO_RATE, "lr")
    assert finding.message == f"the learning rate {said}: no weight changes, so nothing is learnt"


def test_a_rate_that_is_calculated_or_comes_a_row_later_is_no_missing_rate(tmp_path: Path) -> None:
    calculated = Sheet(cells={"A2": "LR", "B2": "=1/2"})
    later = Sheet(order=("rate", *ORDER), labels={"rate": "LR"}, cells={}, first={"rate": None})
    updates = {name: formula.replace("{lr}", "{rate}") for name, formula in FORMULAS.items()}
    assert judged(calculated, tmp_path, FORMULAS).ok
    assert judged(later, tmp_path, {**updates, "rate": "0.5"}).ok


def test_an_update_that_reads_its_own_row_is_one_mistake_not_a_circle_besides(tmp_path: Path) -> None:
    (finding,) = judged(Sheet(), tmp_path, {**FORMULAS, "w1": "{w1^}-{lr}*{g1}"}).findings
    assert (finding.label, finding.found, finding.cells) == ("w1", "∂E/∂w1", ("E7:E17",))


@pytest.mark.parametrize(
    ("name", "formula", "found", "expected", "corrected"),
    [
        ("w7", "{w7^}-{lr}*{w7^}*{g7^}", "w7[row above]", "no such factor", "=O6-$B$2*AD6"),
        ("w4", "{w4^}-{lr}*{lr}*{g4^}", "lr", "no such factor", "=H6-$B$2*AA6"),
        ("o1", "{w5}*{a_h1}*{a_h1}+{w6}*{a_h2}", "a_h1", "no such factor", "=M6*J6+N6*L6"),
        ("w4", "$H$6-{lr}*{g4^}", "$H$6", "w4[row above], without $,", "=H7-$B$2*AA7"),
        ("g5", ERROR_1 + "*J$6", "$J$6", "a_h1, without $,", "=(R7-A7)*R7*(1-R7)*J7"),
    ],
)
def test_an_odd_slip_is_named_by_the_least_change(
    name: str, formula: str, found: str, expected: str, corrected: str, tmp_path: Path
) -> None:
    (finding,) = judged(Sheet(), tmp_path, {**FORMULAS, name: formula}).findings
    assert (finding.kind, finding.found, finding.expected) == (Kind.WRONG_TERM, found, expected)
    assert finding.correction == corrected


def test_whose_formula_it_is_is_said_only_where_it_is_right_there(tmp_path: Path) -> None:
    alike = dict.fromkeys(GRADIENTS, "{a_o1}*{a_o2}")
    assert not [one for one in judged(Sheet(), tmp_path, {**FORMULAS, **alike}).findings if "formula of" in one.message]
    (finding,) = judged(Sheet(), tmp_path, {**FORMULAS, "g2": FORMULAS["g1"]}).findings
    assert finding.message.endswith("; it is the formula of ∂E/∂w1")


def test_a_column_of_the_row_above_is_called_by_its_letter(tmp_path: Path) -> None:
    sheet = Sheet(order=(*ORDER, "spare"), labels={"spare": ""}, cells=Sheet().cells)
    (finding,) = judged(sheet, tmp_path, {**FORMULAS, "spare": "{g7}*2+{h1}", "w7": "{w7^}-{lr}*{spare^}"}).findings
    assert "[column AF, row above]" in finding.message


def test_weights_that_are_set_anew_in_a_row_are_told_one_by_one(tmp_path: Path) -> None:
    places = Sheet().places()
    anew = {f"{get_column_letter(places[name])}{HEADER + 4}": value for name, value in FIRST.items()}
    findings = judged(Sheet(), tmp_path, FORMULAS, anew).findings
    assert {one.label: one.cells for one in findings} == dict(zip(FIRST, ((cell,) for cell in anew), strict=True))
    assert {one.kind for one in findings} == {Kind.TYPED_OVER}


def test_a_weight_without_a_gradient_that_stays_what_it_is_lacks_it(tmp_path: Path) -> None:
    (verdict,) = judged(Sheet(order=without("g8")), tmp_path, {**FORMULAS, "w8": "{w8^}"}).sheets
    assert (verdict.outcome, verdict.findings) == (Outcome.INCOMPLETE, ())
    assert "Missing: ∂E/∂w8." in where(verdict)


def test_a_text_as_wrong_as_its_formula_is_told_besides(tmp_path: Path) -> None:
    sheet = Sheet(cells={"A2": "LR", "B2": 0.5, "J1": "o1 = w5*a_h1 + w6*a_h1"})
    formula, text = judged(sheet, tmp_path, {**FORMULAS, "o1": "{w5}*{a_h1}+{w6}*{a_h1}"}).findings
    assert (formula.label, text.label, text.kind) == ("o1", "o1", Kind.EXPLANATION)
    assert "what belongs there is" in text.message


SQUARES = {"E1": "({t1}-{a_o1})^2", "E2": "({t2}-{a_o2})^2"}
DOUBLED = each({name: FORMULAS[name] for name in GRADIENTS}, "2*{}")
FACTORS: dict[str, tuple[Mapping[str, str], Kind, list[list[str]]]] = {
    # one mistake that many columns show: formulas, kind, the columns of each finding
    "losses without their half": (SQUARES, Kind.MISSING_FACTOR, [["E1"], ["E2"]]),
    "a total with a half too many": ({"E": "0.5*({E1}+{E2})"}, Kind.WRONG_TERM, [["E"]]),
    "gradients of twice the loss": (DOUBLED, Kind.WRONG_TERM, [GRADIENTS]),
    "differences for losses": (
        {"E1": "{t1}-{a_o1}", "E2": "{t2}-{a_o2}", "E": "{E1}^2+{E2}^2"}, Kind.MISSING_FACTOR, [["E"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_is_named_at_its_cause_alone(name: str, tmp_path: Path) -> None:
    formulas, kind, columns = FACTORS[name]
    findings = judged(Sheet(), tmp_path, {**FORMULAS, **formulas}).findings
    places = Sheet().places()
    assert [finding.kind for finding in findings] == [kind] * len(columns)
    assert [[cell.split(":")[0] for cell in finding.cells] for finding in findings] == [
        [f"{get_column_letter(places[one])}{HEADER + 1}" for one in several] for several in columns
    ]


@pytest.mark.parametrize("label", ["∂E/∂h2", "δ_h2", "delta_h2"])
def test_a_helper_that_is_what_its_label_says_is_not_to_blame(label: str, tmp_path: Path) -> None:
    """Both of its readers have the same mistake, which a mistake of the helper would explain as well."""
    sheet = deltas("δ_o1", "δ_o2", "δ_h1", label)
    slips = {name: f"{{d_h2}}*{{a_h2}}*{{{of}}}" for name, of in (("g3", "i1"), ("g4", "i2"))}
    found = judged(sheet, tmp_path, {**FORMULAS, **DELTAS, **slips}).findings
    assert [one.label for one in found] == ["dE/dw3", "dE/dw4"]


@pytest.mark.parametrize(
    ("text", "belongs"),
    [
        ("w5 = w5 - η * ∂E/∂w5", None),
        ("new w5: w5 - lr*dE/dw5", None),
        ("w5 = w5 + 0.5*h1", None),  # no update that we know
        ("w1 = w1 + η * ∂E/∂w1", "w1 - lr*∂E/∂w1"),
        ("w5 = w5 - LR * ∂E_total/∂w6", "w5 - lr*∂E/∂w5"),
        ("∂E/∂a_h1 = ∂E1/∂a_h1 - ∂E2/∂a_h1", "(a_o1-t1)*a_o1*(1-a_o1)*w5 + (a_o2-t2)*a_o2*(1-a_o2)*w7"),
        ("E_total = E1 + E2 where E1 = 1/2*(t1-a_o1)²", None),
    ],
)
def test_a_text_beside_the_table_is_held_against_its_formulas(text: str, belongs: str | None, tmp_path: Path) -> None:
    found = judged(Sheet(), tmp_path, FORMULAS, {"AF3": text}).findings
    assert [(one.kind, one.expected) for one in found] == ([(Kind.EXPLANATION, belongs)] if belongs else [])


def test_gradients_are_those_of_the_loss_that_is_stated(tmp_path: Path) -> None:
    """All lack the output's slope, as if the loss were cross-entropy; but it is the squared error."""
    slips = {name: FORMULAS[name] for name in GRADIENTS}
    for slope in ("*{a_o1}*(1-{a_o1})", "*{a_o2}*(1-{a_o2})"):
        slips = {name: formula.replace(slope, "") for name, formula in slips.items()}
    found = judged(Sheet(), tmp_path, {**FORMULAS, **slips}).findings
    assert {(one.kind, one.label) for one in found} == {(Kind.MISSING_FACTOR, f"dE/dw{k}") for k in range(1, 9)}


@pytest.mark.parametrize(
    ("other", "belongs"),
    [
        ("-(1-{t2})*LN(1-{a_o2})-{t2}*LN({a_o2})", "=(-(1-{t1}))*LN(1-{a_o1})-{t1}*LN({a_o1})"),
        ("-{t2}*LN({a_o2})", "=-({t1}*LN({a_o1})+(1-{t1})*LN(1-{a_o1}))"),
    ],
    ids=["as the other is written", "as books write it"],
)
def test_a_wrong_loss_is_put_right_in_its_authors_own_way(other: str, belongs: str, tmp_path: Path) -> None:
    slips = {"E1": "-{t1}*LN({a_o1})", "E2": other, "d_o1": "{a_o1}-{t1}", "d_o2": "{a_o2}-{t2}"}
    sheet = deltas("δ_o1", "δ_o2", "δ_h1", "δ_h2")
    found = judged(sheet, tmp_path, {**FORMULAS, **DELTAS, **slips}).findings
    assert (found[0].kind, found[0].label) == (Kind.MISSING_FACTOR, "E1")
    assert found[0].correction == placed(belongs, sheet, sheet.places(), HEADER + 1)


def test_a_softmax_with_explanations_is_judged(tmp_path: Path) -> None:
    softmax = {"a_o1": "EXP({o1})/(EXP({o1})+EXP({o2}))", "a_o2": "EXP({o2})/(EXP({o1})+EXP({o2}))"}
    cells = {"A2": "LR", "B2": 0.5, "AF2": "h1 = w1*i1 + w2*i2"}
    errors = {**DELTAS, **CROSS_ENTROPY, **softmax, "E1": "-{t1}*LN({a_o1})", "E2": "-{t2}*LN({a_o2})"}
    errors |= {"d_o1": "{a_o1}-{t1}", "d_o2": "{a_o2}-{t2}"}
    sheet = replace(deltas("δ_o1", "δ_o2", "δ_h1", "δ_h2"), cells=cells)
    assert judged(sheet, tmp_path, {**FORMULAS, **errors}).ok
