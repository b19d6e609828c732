"""Where tables stand, what references in them mean, and the cells that findings name."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sheet import FIRST, FORMULAS, HEADER, LABELS, LAST, SHEET, SMALLEST, filled, reading, sheet, small

from xlbackprop.judge.faults.aside import explanation_findings
from xlbackprop.judge.faults.assigned import first_value_findings, network_findings
from xlbackprop.judge.faults.cells import Nowhere, addresses, ranges, runs, together
from xlbackprop.judge.faults.tabled import Judged, judge_table
from xlbackprop.judge.faults.typed_over import WHOLE, constants, standing_still
from xlbackprop.judge.findings import Finding, Kind, Outcome
from xlbackprop.judge.network.rate import Rate
from xlbackprop.judge.typed.formula import BETWEEN, Unparsed
from xlbackprop.judge.typed.meaning import Reading, column_number, labelled
from xlbackprop.judge.typed.names import ABOVE, BELOW
from xlbackprop.judge.typed.tables import Table, tables
from xlbackprop.maths.expr import Ref
from xlbackprop.maths.network import Layer, Network, Sample
from xlbackprop.pages.layout import letters

HERE, ROW, FREE = "Sheet1", 5, "M"  # a row in the middle, and a column that is not in use


def moved(cells: dict[str, float | str], rows: int = 0, columns: int = 0) -> dict[str, float | str]:
    """The cells elsewhere; formulas are left as they are."""
    places = {at: (int(at.lstrip("ABCDEFGHIJKLMNOP")) + rows, column_number(at.rstrip("0123456789"))) for at in cells}
    return {f"{letters(column + columns)}{row}": cells[at] for at, (row, column) in places.items()}


def found(cells: dict[str, float | str | None]) -> list[Table]:
    return tables(sheet(cells))


def test_a_table_is_found_by_its_labels() -> None:
    (table,) = found(small())
    assert (table.header_row, table.first_row, table.last_row) == (HEADER, FIRST, LAST)
    assert list(table.columns.items())[:4] == [("t1", 1), ("i1", 2), ("w1", 3), ("h1", 4)]
    assert table.names[10] == "dE/dw1"


@given(st.integers(0, 70), st.integers(0, 5))
def test_a_table_is_found_wherever_it_stands(rows: int, columns: int) -> None:
    (table,) = found(moved(small(), rows, columns))
    assert (table.header_row, table.columns["t1"]) == (HEADER + rows, 1 + columns)


@pytest.mark.parametrize(("between", "first"), [(0, [3]), (1, [4]), (5, [8]), (6, [])])
def test_up_to_five_rows_may_lie_between_labels_and_numbers(between: int, first: list[int]) -> None:
    labels = small_labels()
    rows = {at: cell for at, cell in small().items() if at not in labels}
    assert [table.first_row for table in found(labels | moved(rows, between))] == first


def small_labels() -> dict[str, float | str]:
    return {at: cell for at, cell in small().items() if at.endswith(str(HEADER)) and len(at) == 2}


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"A1": "some notes", "B7": 3.0},
        small_labels(),
        small_labels() | {f"A{n}": float(n) for n in range(FIRST, LAST)},  # one column of numbers is no table
        {f"{letter}1": f"w{k}" for k, letter in enumerate("ABCDEFGH", start=1)} | {f"{x}2": 0.5 for x in "ABCDEFGH"},
        {at: cell for at, cell in small().items() if at[0] not in "ABFGHK"},  # five labels
    ],
    ids=["nothing", "notes", "labels alone", "one column", "first weights", "five labels"],
)
def test_what_is_no_table_is_not_found(cells: dict[str, float | str | None]) -> None:
    assert found(cells) == []


def test_a_row_of_weights_above_is_no_table_of_its_own() -> None:
    decoy = {"C1": "w1", "F1": "w2", "C2": 0.15, "F2": 0.4}
    (table,) = found(moved(small(), 3) | decoy)
    assert table.header_row == HEADER + 3


def test_a_table_ends_where_its_rows_do() -> None:
    (table,) = found(small() | {f"A{LAST + 1}": "mean", f"B{LAST + 1}": 0.5})
    assert table.last_row == LAST


def test_two_tables_below_each_other_are_two() -> None:
    assert [table.header_row for table in found(small() | moved(small(), 10))] == [HEADER, HEADER + 10]


def test_two_tables_side_by_side_are_two() -> None:
    first, second = found(small() | moved(small(), columns=12))
    assert (first.columns["w1"], second.columns["w1"]) == (3, 15)


def test_the_second_of_two_tables_may_begin_with_another_column() -> None:
    second = {at: cell for at, cell in moved(small(), columns=12).items() if at[0] not in "MNO"}
    assert [table.columns["w2"] for table in found(small() | second)] == [6, 18]


def test_of_a_label_that_stands_twice_the_first_counts() -> None:
    (table,) = found(small({"L2": "w1", "L3": 0.5}))
    assert table.columns["w1"] == 3
    (table,) = found(moved(small(), columns=1) | {"A2": "t1", "A3": 0.5})
    assert table.columns["t1"] == 1


def test_a_part_of_a_slope_is_the_whole_only_where_there_is_no_other() -> None:
    (table,) = found(small({"J2": "∂E1/∂w1"}))
    assert table.columns["dE/dw1"] == column_number("J")
    (table,) = found(small({"J2": "∂E1/∂w1", "L2": "∂E2/∂w1"}))
    assert "dE/dw1" not in table.columns


def test_a_part_of_a_slope_is_a_helper() -> None:
    cells = small({"J2": "∂E1/∂w1", "L2": "∂E_total/∂w1"} | filled({"L": FORMULAS["J"]}, FIRST))
    (table,) = found(cells)
    assert table.columns["dE/dw1"] == column_number("L")


def meant(text: str, row: int = ROW) -> list[str]:
    """The tokens of a formula beside the table."""
    read = replace(reading(small({f"{FREE}{row}": text}), {"Other": {"B1": 1.0}}), rate=(SHEET, (1, 2)), _cache={})
    return [token.text.replace(BETWEEN, "&") for token in read.tokens(row, column_number(FREE))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("=C5", "w1"),
        ("=c5", "w1"),
        ("=$C5", "w1"),
        ("=$C$5", "w1"),
        ("=@C5", "w1"),
        ("=Sheet1!C5", "w1"),
        ("='Sheet1'!C5", "w1"),
        ("=C4", "w1" + ABOVE),
        ("=C$4", "w1" + ABOVE),
        ("=C6", "w1" + BELOW),
        ("=C3", "w1@-2"),
        ("=C7", "w1@+2"),  # the row behind the last
        ("=C2", "w1@-3"),  # the labels
        ("=C1", "$C$1"),
        ("=C8", "$C$8"),
        ("=J5", "dE/dw1"),
        ("=B1", "lr"),
        ("=$B$1", "lr"),
        ("=Sheet1!B$1", "lr"),
        ("=B3", "i1@-2"),
        ("=B$3", "i1"),  # an input that is the same in both rows
        ("=$A$3", "t1"),
        ("=Z1", "$Z$1"),
        ("=$AB$99", "$AB$99"),
        ("=Other!B1", "Other!$B$1"),
        ("=Other!C5", "Other!$C$5"),
        ("='My sheet'!A1", "My sheet!$A$1"),
        ("='it''s'!A1", "it's!$A$1"),
        ("=rate", "name rate"),
        ("=w_1", "name w_1"),
        ("=[1]Other!B1", "name [1]Other!B1"),
        ("=C:C", "name C:C"),
        ("=C5:D5", "w1&h1"),
        ("=D5:C5", "w1&h1"),
        ("=$C$5:$D$5", "w1&h1"),
        ("=C4:C5", f"w1{ABOVE}&w1"),
        ("=B4:C5", f"i1{ABOVE}&w1{ABOVE}&i1&w1"),
        ("=Other!A1:B1", "Other!$A$1&Other!$B$1"),
        ("=Other!A1:Other!B1", "Other!$A$1&Other!$B$1"),
    ],
)
def test_a_reference_means_a_name(text: str, name: str) -> None:
    assert meant(text) == [name]


def test_what_only_looks_like_a_reference_is_none() -> None:
    assert meant("=LOG10(C5)+1E5") == ["LOG10", "w1", ")", "+", "1E5"]
    assert meant("=EXP(C5)*B5") == ["EXP", "w1", ")", "*", "i1"]
    assert meant('="C5"') == ['"C5"']


@pytest.mark.parametrize("text", ["=Table1[[#This Row],[w1]]", "=Table1[@w1]", "=[@w1]"])
def test_a_column_of_a_named_table_is_that_of_its_label(text: str) -> None:
    assert meant(text) == ["w1"]


def test_a_fixed_range_of_inputs_is_of_any_row() -> None:
    assert meant("=SUM($A$3:$B$3)")[1] == "t1&i1"


@pytest.mark.parametrize("text", ["=SUM(A1:CV1)", "=SUM(A1:A1048576)", "=SUM(C5:D5:E5)"])
def test_a_range_that_is_too_large_or_none_is_refused(text: str) -> None:
    with pytest.raises(Unparsed):
        meant(text)


@given(st.integers(FIRST + 1, LAST), st.sampled_from(sorted(FORMULAS)))
def test_a_formula_means_the_same_in_every_row_that_it_is_filled_down_to(row: int, letter: str) -> None:
    read, column = reading(), column_number(letter)
    assert read.tokens(row, column) == read.tokens(FIRST, column)


def test_a_column_without_a_label_is_a_helper_if_most_rows_have_a_formula() -> None:
    assert reading(small(filled({"M": "=1-E{n}"}, FIRST))).helpers == {"[M]": 13}
    assert reading(small({"M5": "=1-E5"})).helpers == {}


def test_a_column_is_called_as_on_the_sheet() -> None:
    read = reading(small({"M2": " da/dh "} | filled({"M": "=1-E{n}", "N": "=E{n}"}, FIRST)))
    assert [read.heading(name) for name in ("dE/dw1", "[M]", "[N]")] == ["∂E/∂w1", "da/dh", "column N"]


def test_references_are_the_cells_that_a_formula_reads() -> None:
    places = reading(small({"M5": "=C4-Other!$B$1"})).references(5, 13)
    assert places == [("Sheet1", (4, 3)), ("Other", (1, 2))]


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"A1": "i1"}, "i1"),
        ({"A1": "b1"}, "b1"),
        ({"A1": "η ="}, "lr"),
        ({"A1": "w1"}, None),  # only what is given may stand beside the table
        ({"A1": "some words"}, None),
        ({}, None),
    ],
)
def test_a_label_beside_a_cell_says_what_it_holds(cells: dict[str, str], name: str | None) -> None:
    assert labelled(sheet({**cells, "B1": 0.5}), (1, 2)) == name
    assert labelled(sheet({**cells, "D1": 0.5}), (1, 4)) == name


def test_a_label_above_a_cell_says_what_it_holds_but_not_one_beyond_a_number() -> None:
    assert labelled(sheet({"B1": "b1", "B2": 0.5}), (2, 2)) == "b1"
    assert labelled(sheet({"A1": "b1", "B1": 0.35, "C1": 0.6}), (1, 3)) is None


@given(st.sets(st.integers(1, 60)))
def test_runs_hold_the_rows_and_nothing_else(rows: set[int]) -> None:
    pairs = runs(rows)
    assert [row for first, last in pairs for row in range(first, last + 1)] == sorted(rows)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(pairs))


@given(st.sets(st.tuples(st.integers(1, 40), st.integers(1, 30))))
def test_cells_put_together_are_the_same_cells(places: set[tuple[int, int]]) -> None:
    singly = [f"{letters(column)}{row}" for row, column in places]
    whole = {column: ranges(column, {row for row, other in places if other == column}) for _, column in places}
    assert together(singly) == tuple(one for column in sorted(whole) for one in whole[column])


def address(name: str, rate: Rate, read: Reading | None = None) -> str:
    return addresses(read or reading(), rate, ROW)(Ref(name))


BESIDE = Rate((SHEET, (1, 2)), 0.5)


@pytest.mark.parametrize(
    ("name", "rate", "cell"),
    [
        ("w1", BESIDE, "C5"),
        ("w1" + ABOVE, BESIDE, "C4"),
        ("w1" + BELOW, BESIDE, "C6"),
        ("dE/dw2@-2", BESIDE, "K3"),
        ("w1@+2", BESIDE, "C7"),
        ("lr", BESIDE, "$B$1"),
        ("lr", Rate(("My rates", (1, 2)), 0.5), "'My rates'!$B$1"),
        ("lr", Rate(None, 0.25), "0.25"),
        ("$Q$7", BESIDE, "$Q$7"),
    ],
)
def test_a_name_stands_at_its_cell(name: str, rate: Rate, cell: str) -> None:
    assert address(name, rate) == cell


def test_a_name_beside_the_table_stands_where_it_was_found() -> None:
    read = replace(reading(), beside={(HERE, (1, 7)): "b1", ("Other", (2, 2)): "b2"})
    assert [address(name, BESIDE, read) for name in ("b1", "b2")] == ["$G$1", "Other!$B$2"]


@pytest.mark.parametrize(("name", "rate"), [("w9", BESIDE), ("name eta", BESIDE), ("lr", Rate(None, None))])
def test_a_name_that_no_cell_has_stands_nowhere(name: str, rate: Rate) -> None:
    with pytest.raises(Nowhere):
        address(name, rate)


def typed(changes: dict[str, float | str], copied: dict[str, list[int]] | None = None) -> list[Finding]:
    read = reading(small(changes))
    judged = {"w1": [4, 5, 6], "h1": [3, 4, 5, 6], "dE/dw1": [3, 4, 5, 6]}
    return constants(read, judged, copied or {})


def said(findings: list[Finding]) -> list[tuple[Kind, str, tuple[str, ...]]]:
    return [(one.kind, one.label, one.cells) for one in findings]


def test_of_a_column_of_formulas_nothing_is_said() -> None:
    assert typed({}) == []


def test_one_number_among_formulas_is_typed_over() -> None:
    (finding,) = typed({"D5": 0.123456789012})
    assert said([finding]) == [(Kind.TYPED_OVER, "h1", ("D5",))]
    assert (finding.found, finding.first_row) == ("0.123456789", 5)
    assert "0.123456789" in finding.message


def test_several_numbers_are_pasted_and_told_together_where_they_stand_side_by_side() -> None:
    changes = {"D4": 0.1, "D5": 0.2, "J4": 0.3, "J5": 0.4, "C5": 0.1}
    assert said(typed(changes)) == [
        (Kind.TYPED_OVER, "w1", ("C5",)),
        (Kind.PASTED, WHOLE, ("D4:D5", "J4:J5")),
    ]


@pytest.mark.parametrize(
    ("changes", "kind", "cells"),
    [
        ({"C4": 0.7, "C5": 0.7, "C6": 0.7}, Kind.PASTED, ("C4:C6",)),  # in every row
        ({"D5": 0.1, "D6": 0.1}, Kind.PASTED, ("D5:D6",)),  # the weight goes on
        ({"D5": 0.1, "D6": 0.2}, Kind.PASTED, ("D5:D6",)),
        ({f"D{n}": 0.1 for n in (3, 4, 5, 6)}, Kind.PASTED, ("D3:D6",)),
        ({"D4": 0.1, "D5": 0.1}, Kind.PASTED, ("D4:D5",)),
        ({"C5": 0.1, "C6": 0.1}, Kind.FROZEN_TAIL, ("C5:C6",)),
        ({"C5": 0.1, "C6": 0.1, "D5": 0.1, "D6": 0.1}, Kind.FROZEN_TAIL, ("C5:C6", "D5:D6")),
    ],
)
def test_numbers_that_repeat_are_a_frozen_tail_once_no_weight_changes_any_more(
    changes: dict[str, float | str], kind: Kind, cells: tuple[str, ...]
) -> None:
    (finding,) = typed(changes)
    assert (finding.kind, finding.cells) == (kind, cells)


def test_rows_that_only_repeat_the_cell_above_are_a_frozen_tail() -> None:
    assert said(typed({"C5": "=C4", "C6": "=C5"}, {"w1": [5, 6]})) == [(Kind.FROZEN_TAIL, "w1", ("C5:C6",))]


def test_the_first_weight_may_be_a_number() -> None:
    assert typed({"C3": 0.7}) == []


def numbers(*losses: float) -> Reading:
    cells = small_labels() | {f"{x}{n}": 0.5 for x in "ABCDEFGHJK" for n in range(FIRST, FIRST + len(losses))}
    return reading(cells | {f"I{n}": loss for n, loss in enumerate(losses, start=FIRST)})


@pytest.mark.parametrize(
    ("losses", "rows"), [((4, 3, 2, 1), []), ((4, 3, 3, 3), [5, 6]), ((4, 4, 3, 2), []), ((1, 1, 1, 1), [])]
)
def test_numbers_stand_still_from_where_all_that_changed_repeats(losses: tuple[float, ...], rows: list[int]) -> None:
    assert standing_still(numbers(*map(float, losses))) == rows


def test_a_text_that_contradicts_a_right_formula_is_found_and_one_that_does_not_is_not() -> None:
    texts = {"N1": "h1 = w1*i1", "N2": "o1 = w1*i1", "N3": "o1 = w2*i1", "N4": "E_total = 1/2*(t1-a_o1)^2"}
    table = judged(small(texts))
    (finding,) = explanation_findings(
        table, table.reading.cells, table.reading.table.header_row
    )  # N2 stands among the labels
    assert (finding.kind, finding.label, finding.cells, finding.found) == (Kind.EXPLANATION, "o1", ("N3",), "w2*i1")


def test_of_first_values_those_that_differ_from_the_assignment_are_found() -> None:
    layers = (Layer("sigmoid", ((0.15,),)), Layer("sigmoid", ((0.45,),)))
    network = Network("", "", (Sample((0.25,), (0.9,)),), layers, SMALLEST.loss)
    (finding,) = first_value_findings(judged(small({"F3": 0.4 + 1e-16})), network)
    assert (finding.label, finding.cells, finding.found, finding.expected) == ("w2", ("F3",), "0.4", "0.45")


def assigned(*activations: str, outputs: int = 1, loss: str = SMALLEST.loss) -> Network:
    """An assignment with an input, a hidden unit and so many outputs."""
    layers = (Layer(activations[0], ((0.15,),)), Layer(activations[-1], ((0.4,),) * outputs))
    return Network("", "", (Sample((0.25,), (0.9,) * outputs),), layers, loss)


@pytest.mark.parametrize(
    ("assignment", "found", "wanted"),
    [
        (assigned("sigmoid"), [], []),
        (assigned("tanh"), ["sigmoid"], ["tanh"]),
        (assigned("relu", "sigmoid"), ["sigmoid"], ["relu and sigmoid"]),
        (assigned("sigmoid", outputs=2), ["1-1-1 units"], ["1-1-2 units"]),
        (assigned("sigmoid", loss="mean squared error"), ["0.5 times mean squared error"], ["mean squared error"]),
    ],
)
def test_another_network_than_the_assignments_is_told(assignment: Network, found: list[str], wanted: list[str]) -> None:
    assert [(one.found, one.expected) for one in network_findings(judged(small()), assignment)] == [
        (", ".join(found), ", ".join(wanted)) for _ in found
    ]
    wrong = judged(small(filled({"I": "=0.5*(B{n}-H{n})^2+1"}, FIRST)))
    assert list(network_findings(wrong, assignment)) == []


def judged(cells: dict[str, float | str]) -> Judged:
    read = reading(cells)
    return judge_table(read.sheets, SHEET, read.table)


def headed(**headings: str) -> dict[str, float | str]:
    """The table with other headings, by letter."""
    return small({f"{letter}{HEADER}": heading for letter, heading in headings.items()})


def one_step(**others: str) -> dict[str, float | str]:
    """The first row alone, with the new weights beside it. others: what stands in a column instead, by letter."""
    kept = {at: cell for at, cell in small().items() if int(re.sub(r"\D", "", at)) <= FIRST}
    beside = {"L": "=C3-$B$1*J3", "M": "=F3-$B$1*K3", **others}
    return kept | {f"L{HEADER}": "w1+", f"M{HEADER}": "new w2"} | {f"{at}{FIRST}": text for at, text in beside.items()}


GAP = {f"{letter}5": None for letter in "ABCDEFGHIJK"}
UPDATES_BY_ROW = {"C": "=C{m}-L{m}*J{m}", "F": "=F{m}-L{m}*K{m}"}
RATES = {"L3": 0.5} | filled({"L": "=L{m}"}, FIRST + 1)
RIGHT = {  # other tables of the same training
    "as it is": small(),
    "inputs in one cell": small(filled({"D": "=C{n}*$B$3"}, FIRST)),
    "inputs copied down": small(filled({"A": "=A{m}", "B": "=B{m}"}, FIRST + 1)),
    "inputs beside": small({"O1": "i1", "P1": 0.25, "B2": None} | filled({"D": "=C{n}*$P$1"}, FIRST))
    | filled({"J": FORMULAS["J"].replace("B{n}", "$P$1")}, FIRST),
    "a number in the formula": small(filled({"D": "=C{n}*0.25"}, FIRST)),
    "an empty row between": small(GAP | {"C6": "=C4-$B$1*J4", "F6": "=F4-$B$1*K4"}),
    "labels again between": small(
        {f"{letter}5": label for letter, label in zip("ABCDEFGHIJK", LABELS, strict=True)}
        | {"C6": "=C4-$B$1*J4", "F6": "=F4-$B$1*K4"}
    ),
    "target and output": headed(A="target", H="output"),
    "y and y_hat": headed(A="y", H="y_hat", I="Loss"),
    "target, net and out": headed(A="target", G="net_o", H="out_o"),
    "no unit has a number": headed(A="t", D="h", E="a_h", G="o", H="a_o", I="E"),
    "one step": one_step(),
    "one step, the rate in its formulas": one_step(L="=C3-0.5*J3", M="=F3-K3/2"),
    "a helper": small(filled({"M": "=E{n}*(1-E{n})", "J": FORMULAS["K"][:-4] + "F{n}*M{n}*B{n}"}, FIRST)),
    "a rate in each row": small({f"L{n}": 0.5 for n in range(FIRST, LAST + 1)}, columns=UPDATES_BY_ROW),
    "a rate with a name": small(columns={"C": "=C{m}-eta*J{m}", "F": "=F{m}-eta*K{m}"}),
    "an input with a name": small(filled({"D": "=C{n}*x_1"}, FIRST)),
    "a bias in a column, b (1)": small(
        {"L2": "b^(1)"} | filled({"D": "=C{n}*B{n}+L{n}"}, FIRST) | {f"L{n}": 0.35 for n in range(FIRST, LAST + 1)}
    ),
    "a trained bias, bh": small(
        {"L2": "bh", "M2": "∂E/∂bh", "L3": 0.35}
        | filled({"D": "=C{n}*B{n}+L{n}", "M": FORMULAS["J"].removesuffix("*B{n}")}, FIRST)
        | filled({"L": "=L{m}-$B$1*M{m}"}, FIRST + 1)
    ),
    "a bias with a name": small(filled({"D": "=C{n}*B{n}+first_bias"}, FIRST)),
    "rectified": small(
        filled({"E": "=MAX(0,D{n})", "J": FORMULAS["J"].replace("E{n}*(1-E{n})", "IF(D{n}>0,1,0)")}, FIRST)
    ),
    "rectified, without else": small(
        filled({"E": "=MAX(0,D{n})", "J": FORMULAS["J"].replace("E{n}*(1-E{n})", "IF(D{n}>0,1)")}, FIRST)
    ),
    "rectified, by a comparison": small(
        filled({"E": "=(D{n}>0)*D{n}", "J": FORMULAS["J"].replace("E{n}*(1-E{n})", "(D{n}>0)")}, FIRST)
    ),
    "a rate beside the labels": small(
        {f"L{HEADER}": "LR", f"M{HEADER}": 0.5, "A1": None, "B1": None},
        columns={"C": f"=C{{m}}-$M${HEADER}*J{{m}}", "F": f"=F{{m}}-$M${HEADER}*K{{m}}"},
    ),
    "no gradients in the last row": small({f"J{LAST}": None, f"K{LAST}": None}),
    "e to a power": small(filled({"E": "=1/(1+EXP(1)^-D{n})"}, FIRST)),
    "a rate copied down": small(RATES, columns=UPDATES_BY_ROW),
    "half, not 0.5": small({"A1": None}, columns={"C": "=C{m}-J{m}/2", "F": "=F{m}-K{m}/2"}),
    "a bias in the formula": small(filled({"D": "=C{n}*B{n}+0.35"}, FIRST)),
    "a bias beside, b1 =": small({"O1": "b1 =", "P1": 0.35} | filled({"D": "=C{n}*B{n}+$P$1"}, FIRST)),
    "a bias beside without a label": small({"P1": 0.35} | filled({"D": "=C{n}*B{n}+$P$1"}, FIRST)),
}


@pytest.mark.parametrize("cells", RIGHT.values(), ids=RIGHT)
def test_a_right_table_is_correct_however_it_is_laid_out(cells: dict[str, float | str]) -> None:
    assert (judged(cells).outcome, judged(cells).findings) == (Outcome.CORRECT, ())


@pytest.mark.parametrize(
    ("others", "outcome", "cells"),
    [
        ({"M": "=F3+$B$1*K3"}, Outcome.WRONG, ["M3"]),
        ({"M": "=F3"}, Outcome.WRONG, ["M3"]),
        ({"L": "=C3-$B$1*K3"}, Outcome.WRONG, ["L3"]),
        ({"J": "=K3*B3"}, Outcome.WRONG, ["J3"]),
        ({"M": ""}, Outcome.INCOMPLETE, []),
    ],
)
def test_of_one_step_the_new_weights_are_judged_where_they_stand(
    others: dict[str, str], outcome: Outcome, cells: list[str]
) -> None:
    found = judged(one_step(**others))
    assert (found.outcome, [cell for one in found.findings for cell in one.cells]) == (outcome, cells)


def test_where_no_network_shows_the_headings_that_are_not_read_are_named() -> None:
    found = judged(headed(D="summe", E="quetsch") | filled({"D": "=FOO(B{n})"}, FIRST))
    (finding,) = found.findings
    assert found.outcome is Outcome.INCOMPLETE
    assert finding.message.endswith("h1_1, h1_2, h2_1; headings that are not read: summe in D2, quetsch in E2")


def test_names_are_not_followed_but_taken_for_what_formulas_do_with_them() -> None:
    by_name = judged(small(filled({"D": "=C{n}*x_1"}, FIRST), columns={"C": "=C{m}-eta*J{m}", "F": "=F{m}-eta*K{m}"}))
    assert by_name.table.names == {"eta": "lr", "x_1": "i1"}


@pytest.mark.parametrize(("off", "outcome"), [(0.0, Outcome.CORRECT), (1e-6, Outcome.WRONG)])
def test_a_formula_with_a_name_that_says_nothing_is_judged_by_its_saved_numbers(off: float, outcome: Outcome) -> None:
    saved = {f"H{n}": 0.1 * n for n in range(FIRST, LAST + 1)}
    saved |= {f"I{n}": 0.5 * (0.9 - 0.1 * n) ** 2 + off for n in range(FIRST, LAST + 1)}
    here = sheet(small(filled({"I": "=factor*(A{n}-H{n})^2"}, FIRST)), saved)
    found = judge_table({SHEET: here}, SHEET, tables(here)[0])
    assert (found.outcome, found.table.names) == (outcome, {"factor": ""})


@pytest.mark.parametrize(
    ("update", "missing"),
    [
        ("=F{m}-$B$1*K{m}", {"dE/dw2": "∂E/∂w2"}),
        ("=F{m}-$B$1*(H{m}-A{m})*H{m}*(1-H{m})*E{m}", {}),  # its slopes are written out
    ],
)
def test_slopes_without_cells_and_heading_are_missing_where_an_update_reads_them(
    update: str, missing: dict[str, str]
) -> None:
    without = {f"K{row}": None for row in range(HEADER, LAST + 1)}
    assert judged(small(without, columns={"F": update})).table.missing == missing


def test_a_formula_that_reads_an_empty_row_is_wrong() -> None:
    first, second = judged(small(GAP)).findings
    assert [*first.cells, *second.cells] == ["C6", "F6"]
    assert (first.found, first.correction) == ("$C$5 and $J$5", "=C4-$B$1*J4")


@pytest.mark.parametrize("labels", [("w1", "w2"), ("Ableitung 1", "Ableitung 2"), ("", "")])
def test_gradients_are_known_by_what_the_weights_step_by(labels: tuple[str, str]) -> None:
    table = judged(small({f"J{HEADER}": labels[0], f"K{HEADER}": labels[1]})).reading.table
    assert (table.columns["dE/dw1"], table.columns["dE/dw2"]) == (10, 11)


def test_a_wrong_cell_with_dollars_is_no_rate_that_slid() -> None:
    (finding,) = judged(small({"B20": 0.3}, columns={"F": "=F{m}-$B$20*K{m}"})).findings
    assert (finding.kind, finding.label) == (Kind.WRONG_TERM, "w2")


@pytest.mark.parametrize("text", ["=D5,E5", "=C4-($B$1,$B$1)*J4", "=MAX()"])
def test_one_strange_formula_without_a_number_is_not_judged(text: str) -> None:
    found = judged(small({"C5": text}))
    assert (found.outcome, found.findings, found.table.unjudged) == (Outcome.NOT_JUDGED, (), {"w1": "w1 in C5"})


def test_a_column_that_reads_itself_is_wrong() -> None:
    assert judged(small(filled({"D": "=D{n}"}, FIRST))).outcome is Outcome.WRONG


@pytest.mark.parametrize("at", ["C5", "D5", "I5"])
def test_a_cell_that_reads_itself_is_wrong(at: str) -> None:
    assert judged(small({at: f"={at}"})).outcome is Outcome.WRONG


def test_a_bias_beside_the_table_is_named_by_its_label() -> None:
    found = judged(small({"O1": "b1", "P1": 0.35} | filled({"D": "=C{n}*B{n}+$P$1"}, FIRST)))
    assert (found.outcome, found.shape and found.shape.biases) == (Outcome.CORRECT, ("b1",))
