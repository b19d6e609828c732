"""Made-up judgements: a class to grade without any file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlbackprop.grade.submission import Feature, Submission, standing
from xlbackprop.judge.findings import BESIDE, Finding, FoundTable, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.pages.layout import letters

LABELS = (
    *("t1", "t2", "i1", "i2", "w1", "w2", "w3", "w4", "h1", "a_h1", "h2", "a_h2", "w5", "w6", "w7", "w8"),
    *("o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total", *(f"dE/dw{n}" for n in range(1, 9))),
)
TABLE = FoundTable(34, 35, 68, 1.0, "B33", {label: letters(n) for n, label in enumerate(LABELS, start=1)})
RIGHT = "(a_o1-t1)*a_o1*(1-a_o1)*w5*a_h2*(1-a_h2)*i1"
FORMULA = "=((R35-A35)*R35*(1-R35)*M35+(T35-B35)*T35*(1-T35)*O35)*L35*(1-L35)*C35"


def term(label: str = "dE/dw3") -> Finding:
    return Finding(
        Kind.WRONG_TERM,
        label,
        ("Z35:Z102",),
        "a_h1*(1-a_h1)",
        "a_h2*(1-a_h2)",
        f"{label} uses a_h1*(1-a_h1) where a_h2*(1-a_h2) belongs",
        FORMULA,
        "The gradient is off by 0.026 %.",
        35,
    )


def brackets(label: str) -> Finding:
    return Finding(
        Kind.BRACKETS,
        label,
        ("X35:X102",),
        "x*w5 + y*w7*a_h1",
        "(x*w5 + y*w7)*a_h1",
        f"brackets are missing round the sum in {label}",
        FORMULA,
    )


CHART = Finding(Kind.CHART, "chart", ("W35:W100",), "W35:W100", "W35:W102", "the chart leaves out the last two rows")


def numbers(kind: Kind, *columns: str) -> Finding:
    """Numbers in several columns, told of together."""
    cells = tuple(f"{column}35:{column}40" for column in columns)
    return Finding(kind, "table", cells, "numbers", "a formula", "numbers stand there", first_row=35)


def first_value(label: str) -> Finding:
    return Finding(Kind.FIRST_VALUES, label, ("E35",), "0.2", "0.1", f"{label} begins with 0.2 where 0.1 was set")


def judged(
    findings: Sequence[Finding] = (), outcome: Outcome | None = None, sheet: str = "Class", name: str = "hw.xlsx"
) -> Judgement:
    """What is said of a file with one table."""
    inside = any(one.kind not in BESIDE for one in findings)
    said = outcome or (Outcome.WRONG if inside else Outcome.CORRECT)
    table = None if said in (Outcome.VALUES_ONLY, Outcome.NO_TABLE) else TABLE
    return Judgement(Path(name), (SheetVerdict(sheet, said, table, tuple(findings)),))


def unreadable(why: str) -> Judgement:
    return Judgement(Path("hw.xlsx"), error=why)


def submission(
    student: str, judgement: Judgement, seconds: float = 0.2, features: dict[Feature, str] | None = None
) -> Submission:
    return Submission(student, standing(judgement), judgement, seconds, features or {})


def a_class() -> list[Submission]:
    """Ten students, with every verdict that a judge gives."""
    both = [term("dE/dw3"), term("dE/dw4")]
    four = [brackets(f"dE/dw{n}") for n in range(1, 5)]
    judgements = {
        "Ada": judged(),
        "Ben": judged(both),
        "Cleo": judged(four),
        "Dora": judged([CHART]),
        "Emil": judged([*both, CHART]),
        "Finn": judged(outcome=Outcome.VALUES_ONLY),
        "Gita": judged(outcome=Outcome.INCOMPLETE),
        "Hugo": judged(outcome=Outcome.NO_TABLE),
        "Ines": unreadable("is protected by a password: remove the password"),
        "Jan": judged([*both, *four]),
    }
    return [submission(student, judgement) for student, judgement in judgements.items()]
