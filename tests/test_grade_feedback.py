"""A student reads what is right, what to look at first, and why; and nothing from a stranger's file is markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import CHART, FORMULA, TABLE, a_class, brackets, first_value, judged, submission, term, unreadable

from xlbackprop.grade.feedback import FORMATS, feedback_page, file_names, rendered, write_feedback
from xlbackprop.grade.harmless import harmless, harmless_judgement
from xlbackprop.grade.markup import code, markdown
from xlbackprop.grade.mistakes import KINDS
from xlbackprop.grade.rubric import load
from xlbackprop.grade.submission import Standing, Submission
from xlbackprop.grade.words import first_mistake
from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import Finding, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.judge.typed.functions import ROUNDED

RUBRIC = load()
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> & `*[x](http://evil)*`"


class Read(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(one: Submission, form: str = "html", *, corrections: bool = True) -> str:
    return rendered(feedback_page(one, RUBRIC, corrections=corrections), form)


def hostile(text: str) -> Submission:
    finding = Finding(Kind.WRONG_TERM, text, (text,), text, text, text, text, text, 3)
    return submission(text, harmless_judgement(judged([finding, finding], sheet=text)))


@pytest.mark.parametrize("form", FORMATS)
def test_first_the_first_mistake_then_the_rest(form: str) -> None:
    text = page(submission("Ann", judged([CHART, term(), brackets("dE/dw1")])), form)
    for one in ("78 of 100 points" if form == "html" else "78 of 100", "Look at this first", "Then these"):
        assert one in text
    first = text.index("Look at this first")
    assert first < text.index("∂E/∂w3", first) < text.index("Then these") < text.index("last two rows")
    assert KINDS[Kind.WRONG_TERM].hint in text
    assert FORMULA in text


def test_what_is_right_comes_before_what_is_wrong() -> None:
    lines = feedback_page(submission("Ann", judged([term()])), RUBRIC).right
    assert lines[0] == "The whole forward pass: h1, a_h1, h2, a_h2, o1, a_o1, o2, a_o2"
    assert lines[2].startswith("7 of 8 gradients: ∂E/∂w1, ∂E/∂w2, ∂E/∂w4")


def test_with_a_wrong_learning_rate_no_update_is_called_right() -> None:
    sliding = Finding(Kind.NOT_ANCHORED, "lr", ("E36:E102",), "B29", "$B$29", "B29 slides")
    lines = feedback_page(submission("Ann", judged([sliding])), RUBRIC).right
    assert [line for line in lines if "update" in line] == []


@pytest.mark.parametrize("form", FORMATS)
def test_a_page_without_corrections_says_nothing_of_what_belongs_there(form: str) -> None:
    text = page(submission("Ann", judged([term(), term("dE/dw4")])), form, corrections=False)
    assert "a_h2*(1-a_h2)" not in text.replace("\\", "")
    assert FORMULA not in text
    assert "a_h1*(1-a_h1)" in text.replace("\\", "")
    assert KINDS[Kind.WRONG_TERM].what in text
    told = replace(term(), effect="Z35 comes to 0.1 instead of 0.2")
    assert "instead of" in page(submission("Ann", judged([told])), form)
    assert "instead of" not in page(submission("Ann", judged([told])), form, corrections=False)


@pytest.mark.parametrize(
    ("found", "expected", "corrections", "hint"),
    [
        ("C8", "$C$7", True, "it writes the $. C7 becomes $C$7."),
        ("C8", "$C$7", False, "it writes the $."),
        ("C8", "the rate", True, "it writes the $."),
    ],
)
def test_a_rate_that_slides_is_told_of_with_its_own_cell(
    found: str, expected: str, corrections: bool, hint: str
) -> None:
    sliding = Finding(Kind.NOT_ANCHORED, "lr", ("E9:E20",), found, expected, "it slides")
    first = feedback_page(submission("Ann", judged([sliding])), RUBRIC, corrections=corrections).first
    assert first is not None
    assert first.hint.endswith(hint)


def test_what_is_rounded_is_no_formula_and_has_a_hint_of_its_own() -> None:
    rounded = Finding(Kind.OTHER, "dE/dw1", ("X35",), f"{ROUNDED} 3 decimals, which …", "h1", "it is rounded")
    first = feedback_page(submission("Ann", judged([rounded])), RUBRIC).first
    assert first is not None
    assert (first.found, first.hint.partition(".")[0]) == ("", "Take ROUND away")


def wrong(kind: Kind, label: str, found: str = "h1", expected: str = "h2", correction: str = "") -> Finding:
    return Finding(kind, label, ("C35:C102",), found, expected, f"{label} is wrong", correction)


@pytest.mark.parametrize(
    ("finding", "what", "hint"),
    [
        (wrong(Kind.WRONG_TERM, "dE/dw7"), "One term", "Write the chain rule down"),
        (wrong(Kind.WRONG_TERM, "delta"), "One term", "Write the chain rule down"),  # a column of the student's own
        (wrong(Kind.WRONG_TERM, "E_total"), "One term", "Compare it with the assignment"),
        (wrong(Kind.MISSING_FACTOR, "E1"), "A factor is missing.", "Compare it with the assignment"),
        (wrong(Kind.WRONG_TERM, "a_o1"), "One term", "Follow the arrows into this unit"),
        (wrong(Kind.EXCHANGED_WEIGHTS, "h2"), "Two weights have changed places", "Follow the arrows into this unit"),
        (wrong(Kind.WRONG_TERM, "w7"), "One term", "An update reads three cells"),
        (wrong(Kind.SIGN, "w7"), "A sign is wrong", "A weight moves against its gradient"),
        (wrong(Kind.BRACKETS, "w1", "(w1-lr)*x", "w1-lr*x"), "Brackets stand where none belong", "Work out the step"),
        (
            wrong(Kind.BRACKETS, "dE/dw1", "a*(b*c+d)", "a*b*c+d"),
            "Brackets stand where none belong",
            "Ask of each pair",
        ),
        (wrong(Kind.BRACKETS, "dE/dw1", "a*b+c", "a*(b+c)"), "Brackets are missing", "Put the sum over the outputs"),
        (
            wrong(Kind.WRONG_TERM, "dE/dw1", "h1", "h1*(1-o1)", "=H5*(1-I5)"),
            "The formula is another",
            "Write the chain",
        ),
        (wrong(Kind.WRONG_TERM, "dE/dw1", "h1", "h1*(1-o1)", "=2*H5*(1-I5)"), "One term", "Write the chain rule"),
    ],
)
def test_advice_fits_the_mistake_and_the_part_of_the_table(finding: Finding, what: str, hint: str) -> None:
    first = feedback_page(submission("Ann", judged([finding])), RUBRIC, corrections=False).first
    assert first is not None
    assert first.what.startswith(what)
    assert first.hint.startswith(hint)


def test_of_an_exercise_only_what_was_to_be_filled_in_is_praised() -> None:
    handed_out = frozenset(label for label in TABLE.columns if not label.startswith("dE"))
    sheet = SheetVerdict("Exercise", Outcome.WRONG, replace(TABLE, given=handed_out), (term(),))
    (line,) = feedback_page(submission("Ann", Judgement(Path("x"), (sheet,))), RUBRIC).right
    assert line.startswith("7 of 8 gradients")


def test_no_column_is_praised_that_is_told_of_together_with_others() -> None:
    table = replace(TABLE, columns={"dE/dw1": "X", "dE/dw2": "Y", "dE/dw3": "Z", "w1": "E"})
    both = Finding(Kind.PASTED, WHOLE, ("X35:X60", "Z35:Z60"), "numbers", "a formula", "pasted")
    lines = feedback_page(
        submission("Ann", Judgement(Path("x"), (SheetVerdict("Class", Outcome.WRONG, table, (both,)),))), RUBRIC
    ).right
    assert lines[0] == "1 of 3 gradients: ∂E/∂w2"


@pytest.mark.parametrize(
    ("findings", "closing"),
    [
        ([term()], "Put it right, look at the whole table again"),
        ([term(), CHART], "Put it right, look at the whole table again"),
        ([term(), term("dE/dw4")], "Put the first one right"),
        ([CHART], "Nicely done."),
        ([Finding(Kind.NO_RATE, "lr", ("B33",), "", "0.5", "it is empty")], "Your formulas are right. Type in a"),
    ],
)
def test_the_last_words_fit_what_was_found(findings: list[Finding], closing: str) -> None:
    assert feedback_page(submission("Ann", judged(findings)), RUBRIC).closing.startswith(closing)


def test_an_exercise_that_was_taken_apart_is_not_said_to_be_no_file() -> None:
    why = "has no sheet Exercise: it was renamed or deleted; name it Exercise again"
    text = page(replace(submission("Ann", unreadable(why)), done=0.0), "md")
    assert "could not be opened" not in text
    assert f"It {why}." in text
    assert "Put that right, and hand it in again." in text


@pytest.mark.parametrize(
    ("finding", "done", "but"),
    [
        (first_value("w5"), None, "but its numbers are not those of the assignment."),
        (first_value("t1"), 1.0, "but its numbers are not those that were handed out."),
        (replace(first_value("w5"), label=WHOLE), None, "but it trains another network than the assignment's."),
    ],
)
def test_a_right_table_of_other_numbers_says_so_and_what_that_costs(
    finding: Finding, done: float | None, but: str
) -> None:
    found = feedback_page(replace(submission("Mia", judged([finding])), done=done), RUBRIC)
    assert found.verdict == f"Every formula of the table is right, {but}"
    assert (found.score, found.rest_name) == ("95 of 100 points", "Beside the table: this costs 5 points")


@pytest.mark.parametrize("one", a_class(), ids=lambda one: one.student)
@pytest.mark.parametrize("form", FORMATS)
def test_every_verdict_has_a_page(one: Submission, form: str) -> None:
    text = page(one, form)
    assert one.student in text
    assert "None" not in text


def test_a_file_that_cannot_be_opened_is_told_why_and_what_to_do() -> None:
    text = page(submission("Ann", unreadable("is protected by a password: remove the password")))
    assert "It is protected by a password: remove the password." in text
    assert "hand it in again" in text


def test_an_exercise_that_nobody_began_is_told_how_to_begin() -> None:
    one = replace(submission("Ann", judged(outcome=Outcome.INCOMPLETE)), done=0.0)
    found = feedback_page(one, RUBRIC)
    assert (found.verdict, found.right, found.missing) == ("Nothing is filled in yet.", (), "")
    assert found.closing.startswith("Type a formula into the first yellow cell")
    assert first_mistake(one) == "Nothing is filled in yet."


def test_what_is_missing_is_named() -> None:
    table = replace(TABLE, missing={"dE/dw3": "∂E/∂w3", "w5": "w5 in M40:M102", "step": "a second row"})
    one = submission("Ann", Judgement(Path("x"), (SheetVerdict("Class", Outcome.INCOMPLETE, table),)))
    assert feedback_page(one, RUBRIC).missing == "∂E/∂w3, w5 in M40:M102, a second row"
    assert first_mistake(one) == "Still missing: ∂E/∂w3, w5 in M40:M102, a second row"
    right = " ".join(feedback_page(one, RUBRIC).right)
    assert "The whole forward pass" in right
    assert "7 of 8 gradients" in right
    assert "6 of 8 updates" in right  # w5 has empty cells, and w3 without its gradient only repeats itself


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.INCOMPLETE, "Still missing: ∂E/∂w3"),
        (Outcome.VALUES_ONLY, "There are numbers, but no formulas that they come from."),
        (Outcome.CORRECT, "Class, E35: w5 begins with 0.2 where 0.1 was set"),
    ],
)
def test_other_first_values_come_after_all_that_the_table_lacks(outcome: Outcome, said: str) -> None:
    table = replace(TABLE, missing={"dE/dw3": "∂E/∂w3"} if outcome is Outcome.INCOMPLETE else {})
    sheet = SheetVerdict("Class", outcome, table, (first_value("w5"),))
    assert first_mistake(submission("Ann", Judgement(Path("x"), (sheet,)))) == said


def test_two_tables_of_a_sheet_are_told_apart() -> None:
    right = replace(TABLE, columns={"t1": "A", "w1": "AE"})
    beside = replace(TABLE, columns={"t1": "AH", "w1": "BL"})
    both = [SheetVerdict("Class", Outcome.CORRECT, table) for table in (right, beside)]
    lines = feedback_page(submission("Ann", Judgement(Path("x"), tuple(both))), RUBRIC).right
    assert lines == ("Every formula is right (Class!A34:AE102, Class!AH34:BL102)",)


@pytest.mark.parametrize("one", a_class(), ids=lambda one: one.student)
def test_only_a_page_with_a_mistake_says_to_put_the_first_one_right(one: Submission) -> None:
    found = feedback_page(one, RUBRIC)
    assert found.closing.startswith(("Put the first one right", "Put it right")) == bool(found.first)
    if one.standing is Standing.NO_TABLE:
        assert "row of headings like i1, w1, h1" in found.verdict


def test_headings_that_tell_no_network_are_no_wrong_gradient() -> None:
    cryptic = Finding(Kind.OTHER, WHOLE, ("A1:F1",), "w1, w2", "all columns", "the labels reveal no network")
    first = feedback_page(submission("Ann", judged([cryptic], Outcome.INCOMPLETE)), RUBRIC).first
    assert first is not None
    assert "gradient" not in first.why + first.hint
    assert "i1, w1, h1" in first.hint


def test_a_wrong_page_and_a_right_one_differ_in_colour_and_words() -> None:
    assert 'class="verdict good"' in page(submission("Ann", judged()))
    assert 'class="verdict good"' not in page(submission("Ann", judged(outcome=Outcome.INCOMPLETE)))


@given(st.text(min_size=1, max_size=60) | st.just(HOSTILE))
def test_no_text_of_a_stranger_is_a_tag(text: str) -> None:
    shown = harmless(text)
    plain, read = Read(page(hostile("x"))), Read(page(hostile(text)))
    assert [tag for tag in read.tags if tag not in {"p", "dt", "dd", "code", "pre", "strong", "h2"}] == [
        tag for tag in plain.tags if tag not in {"p", "dt", "dd", "code", "pre", "strong", "h2"}
    ]
    assert shown in read.text


def test_a_page_loads_nothing_from_anywhere() -> None:
    text = page(hostile(HOSTILE))
    assert "default-src 'none'" in text
    assert {"script", "img", "link", "iframe"} & set(Read(text).tags) == set()


def test_markdown_of_a_stranger_stays_text() -> None:
    text = page(hostile(HOSTILE), "md")
    assert "<script>" not in text.replace("`", "") or "\\<script" in text
    assert "[x](http" not in text.replace(code(HOSTILE), "")


@given(st.text(alphabet="`a=<", min_size=1, max_size=20))
def test_no_backtick_ends_a_code_span(text: str) -> None:
    span = code(text)
    fence = span[: len(span) - len(span.lstrip("`"))] if "`" in text else "`"
    assert fence not in text


def test_a_line_never_begins_a_list() -> None:
    assert markdown("- x") == "\\- x"
    assert markdown("12. hw.xlsx") == "12\\. hw.xlsx"


@given(st.lists(st.text(max_size=80), max_size=12))
def test_every_student_has_a_file_inside_the_folder(students: list[str]) -> None:
    names = file_names(students)
    assert len({name.casefold() for name in names}) == len(students)
    assert all(name and Path(name).name == name and len(name) <= 70 for name in names)


def test_a_page_for_each_student_is_written(tmp_path: Path) -> None:
    paths = write_feedback(a_class(), RUBRIC, tmp_path, "md")
    assert [path.name for path in paths][:2] == ["Ada.md", "Ben.md"]
    assert len(list(tmp_path.iterdir())) == len(a_class())


@given(st.text(alphabet=st.characters()))
def test_harmless_text_can_be_written_anywhere(text: str) -> None:
    shown = harmless(text, 50)
    assert shown.isprintable()
    assert len(shown) <= 50
    shown.encode("utf-8")
