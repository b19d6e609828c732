"""A rubric gives points: what it leaves out is as shipped, what is wrong in it is named, mistakes never add points."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import CHART, TABLE, a_class, brackets, first_value, judged, numbers, submission, term, unreadable

from xlbackprop.errors import BadFile
from xlbackprop.grade.rubric import load
from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.grade.words import right_parts
from xlbackprop.judge.findings import Finding, Judgement, Kind, Outcome, SheetVerdict

SHIPPED = load()


def rubric(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rubric.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_rubric_scores_a_class() -> None:
    scores = {one.student: SHIPPED.score(one) for one in a_class()}
    assert scores == {
        "Ada": 100,
        "Ben": 80,  # two columns
        "Cleo": 70,  # four columns, but one misunderstanding costs 30 at most
        "Dora": 98,
        "Emil": 78,
        "Finn": 20,
        "Gita": 70,
        "Hugo": 0,
        "Ines": 0,
        "Jan": 50,
    }


def test_a_column_counts_once_in_however_many_sheets() -> None:
    sheets = (judged([term()]), judged([term()], sheet="Again"))
    both = Judgement(Path("hw.xlsx"), tuple(one.sheets[0] for one in sheets))
    assert submission("Ada", both).columns == {Kind.WRONG_TERM: 1}
    assert SHIPPED.score(submission("Ada", both)) == 90


def test_a_row_of_first_values_that_was_copied_wrongly_costs_once() -> None:
    copied = [first_value(f"w{n}") for n in range(1, 6)]
    assert SHIPPED.score(submission("Ada", judged(copied))) == 95


@pytest.mark.parametrize(
    ("kind", "count"), [(Kind.PASTED, 3), (Kind.TYPED_OVER, 3), (Kind.FROZEN_TAIL, 1), (Kind.OTHER, 1)]
)
def test_numbers_told_of_together_count_for_each_column_and_one_slip_once(kind: Kind, count: int) -> None:
    several = [numbers(kind, "X", "Y"), numbers(kind, "Y", "AA")]
    assert submission("Ada", judged(several)).columns == {kind: count}


def test_columns_of_numbers_told_of_together_are_not_called_right() -> None:
    (pasted,) = judged([numbers(Kind.PASTED, "I", "X", "Y")]).sheets
    said = "; ".join(right_parts(pasted))
    assert "6 of 8 gradients: ∂E/∂w3" in said
    assert "The whole forward pass" not in said


@pytest.mark.parametrize("kind", [Kind.PASTED, Kind.TYPED_OVER, Kind.FROZEN_TAIL])
def test_numbers_are_not_charged_again_where_the_verdict_says_all_of_them(kind: Kind) -> None:
    pasted = replace(judged([numbers(kind, "X", "Y")]).sheets[0], outcome=Outcome.VALUES_ONLY)
    assert SHIPPED.score(submission("Ada", Judgement(Path("hw.xlsx"), (pasted,)))) == 20


def test_missing_columns_cost_as_much_in_a_wrong_table_and_updates_without_them_nothing_more() -> None:
    table = replace(TABLE, missing={"dE/dw7": "∂E/∂w7"}, columns={"w7": "O", "dE/dw3": "Z"})
    findings = (term(), brackets("w7"))
    wrong = SheetVerdict("Class", Outcome.WRONG, table, findings)
    assert SHIPPED.score(submission("Ada", Judgement(Path("hw.xlsx"), (wrong,)))) == 60
    assert SHIPPED.score(submission("Ada", judged(findings))) == 80


def test_an_exercise_is_worth_what_was_filled_in_less_its_mistakes() -> None:
    def half_filled(judgement: Judgement) -> float | None:
        return SHIPPED.score(replace(submission("Ada", judgement), done=0.5))

    assert half_filled(judged(outcome=Outcome.INCOMPLETE)) == 50
    assert half_filled(judged([term()])) == 40
    assert half_filled(judged(outcome=Outcome.VALUES_ONLY)) == 20


EXERCISES = [  # what was filled in, right, and a right number; mistakes; points
    (1, 0, 0, [numbers(Kind.PASTED, "X", "Y", "Z")], 0),
    (1, 0.125, 0.125, [numbers(Kind.PASTED, "X", "Y", "Z")], 12.5),
    (0.25, 0.125, 0.125, [term()], 12.5),  # as if its wrong column were empty
    (1, 0.875, 1, [numbers(Kind.PASTED, "X")], 87.5),
    (1, 0.875, 0.875, [term(), brackets("dE/dw3")], 80),
    (1, 0.975, 0.975, [term()], 90),  # four cells of a column
    (1, 0.125, 1, [numbers(Kind.PASTED, "X", "Y", "Z")], 20),  # no less than numbers alone
]


@pytest.mark.parametrize(("done", "right", "held", "findings", "score"), EXERCISES)
def test_an_exercise_is_worth_no_more_than_its_right_cells(
    done: float, right: float, held: float, findings: list[Finding], score: float
) -> None:
    handed = replace(submission("Ada", judged(findings)), done=done, right=right, numbers=held)
    assert SHIPPED.score(handed) == SHIPPED.start(handed) - SHIPPED.taken(handed) == score


@pytest.mark.parametrize(("held", "score"), [(1, 20), (0.125, 12.5), (0, 0)])
def test_numbers_alone_in_an_exercise_are_worth_no_more_than_those_that_are_right(held: float, score: float) -> None:
    typed = submission("Ada", judged(outcome=Outcome.VALUES_ONLY))
    assert SHIPPED.score(replace(typed, done=1, right=0, numbers=held)) == score


SHARES = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)


@given(SHARES, st.lists(st.sampled_from([term(), brackets("dE/dw1"), CHART])))
def test_one_right_column_more_never_costs_points(shares: list[float], findings: list[Finding]) -> None:
    right, more, done = shares
    less, better = (
        SHIPPED.score(replace(submission("Ada", judged(findings)), done=filled, right=one, numbers=one))
        for one, filled in ((right, done - (more - right)), (more, done))
    )
    assert less is not None
    assert better is not None
    assert less <= better <= 100 * more + SHIPPED.round_to


@pytest.mark.parametrize(("round_to", "score"), [(0, 12.78), (0.5, 13), (1, 13), (0.25, 12.75), (0.1, 12.8), (5, 15)])
def test_scores_are_rounded_as_the_rubric_says(tmp_path: Path, round_to: float, score: float) -> None:
    found = load(rubric(tmp_path, f"full = 20\nround_to = {round_to}\nstarts.incomplete = 14\n"))
    assert found.score(replace(submission("Ada", judged(outcome=Outcome.INCOMPLETE)), done=0.6389)) == score


@pytest.mark.parametrize("standing", [Standing.NOT_JUDGED, Standing.LEFT_OUT])
def test_nobodys_work_has_no_score(standing: Standing) -> None:
    assert SHIPPED.score(Submission("x", standing, unreadable("is a lock file"), 0.0, {})) is None


def test_what_a_rubric_leaves_out_is_as_shipped(tmp_path: Path) -> None:
    found = load(rubric(tmp_path, 'full = 80\n[costs]\n"wrong term" = 3\n'))
    assert (found.full, found.costs[Kind.WRONG_TERM]) == (80, 3)
    assert (found.lowest, found.costs[Kind.SIGN], found.starts) == (0, 10, SHIPPED.starts)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ful = 20", "'ful': no such key; did you mean full?"),
        ("full = true", "full: true or false; write a number of points"),
        ('full = "20"', "full: a text; write a number of points"),
        ("full = nan", "full: nan; write a number of points that is not negative"),
        ("full = 0", "full is 0 and lowest 0; give full the larger one"),
        ("full = 20", "full is 20 and starts.incomplete 70; write under [starts] what such work is worth at most"),
        ("costs = 3", "costs: a number; write a table, [costs]"),
        ('[costs]\n"wrong tern" = 3', "'costs.wrong tern': no such key; did you mean wrong term?"),
        ("[costs]\nsign = -1", "costs.sign: -1; write a number of points that is not negative"),
        ("full = ", "is not TOML"),
    ],
)
def test_what_is_wrong_in_a_rubric_is_named(tmp_path: Path, text: str, why: str) -> None:
    path = rubric(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert why in str(caught.value)


def test_the_rubric_of_the_docs_changes_every_line_that_depends_on_full_points(tmp_path: Path) -> None:
    docs = Path(__file__).parents[1] / "docs" / "grading.md"
    (text,) = re.findall(r"```toml\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    found = load(rubric(tmp_path, text))
    share = found.full / SHIPPED.full
    assert share != 1
    assert found.most_per_kind == share * SHIPPED.most_per_kind
    assert found.starts == {word: share * points for word, points in SHIPPED.starts.items()}
    assert found.costs == {kind: share * points for kind, points in SHIPPED.costs.items()}


def test_a_rubric_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        load(tmp_path / "none.toml")


COUNTS = st.dictionaries(st.sampled_from(list(Kind)), st.integers(1, 40))


@given(COUNTS, st.sampled_from(list(Kind)))
def test_one_mistake_more_never_adds_points(columns: dict[Kind, int], kind: Kind) -> None:
    more = {**columns, kind: columns.get(kind, 0) + 1}
    assert SHIPPED.off(columns) <= SHIPPED.off(more)


def test_remarks_beside_the_table_come_after_its_mistakes() -> None:
    one = submission("Ada", judged([CHART, brackets("dE/dw1")]))
    assert [finding.kind for _, finding in one.mistakes] == [Kind.BRACKETS, Kind.CHART]


def test_the_worst_table_is_the_verdict_on_a_file_and_pasted_values_beside_it_are_not() -> None:
    def of(*outcomes: Outcome) -> Standing:
        sheets = tuple(judged(outcome=outcome).sheets[0] for outcome in outcomes)
        return submission("Ada", Judgement(Path("hw.xlsx"), sheets)).standing

    assert of(Outcome.CORRECT, Outcome.VALUES_ONLY, Outcome.NO_TABLE) is Standing.CORRECT
    assert of(Outcome.CORRECT, Outcome.INCOMPLETE, Outcome.WRONG) is Standing.WRONG
    assert of(Outcome.VALUES_ONLY, Outcome.NO_TABLE) is Standing.VALUES_ONLY
    assert of() is Standing.NO_TABLE
