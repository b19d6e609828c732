"""What is said of a mistake, in a sentence."""

from __future__ import annotations

from xlbackprop.judge.findings import Kind
from xlbackprop.judge.typed.names import GRADIENT, pretty

PHRASES: dict[Kind, str] = {
    Kind.WRONG_TERM: "{label} uses {found} where {expected} belongs",
    Kind.EXCHANGED_WEIGHTS: "{label} uses {found} where {expected} belongs: the weights are exchanged",
    Kind.WRONG_LAYER: "{label} uses {found} where {expected} belongs, from another layer",
    Kind.UPDATED_WEIGHT: "{label} uses {found}, which is already updated, where {expected} of its own row belongs",
    Kind.MISSING_FACTOR: "{label} lacks a factor: it has {found} where {expected} belongs",
    Kind.BRACKETS: "{label} has its brackets wrong: it reads {found} where {expected} belongs",
    Kind.SIGN: "{label} has a sign wrong: it has {found} where {expected} belongs",
    Kind.NOT_ANCHORED: (
        "the learning rate is not anchored: filled down, the formula reads {found} where {expected} belongs; "
        "write it with $"
    ),
    Kind.INCONSISTENT: (
        "{label} has another formula here than in the rest of its column: it uses {found} where {expected} belongs"
    ),
    Kind.TYPED_OVER: "{found} is typed over the formula of {label}",
    Kind.PASTED: "pasted numbers stand in {label} instead of formulas",
    Kind.FROZEN_TAIL: "from here on nothing changes in {label}: these rows repeat an earlier one",
    Kind.OTHER: "{label} does not equal {what}: it is {found} where {expected} belongs",
}


LONGEST = 200  # characters of a formula within a sentence
NOTHING = "nothing"
UNREAD = "{label} cannot be read: {found}; {expected} belongs there"


def sentence(kind: Kind, label: str, found: str, expected: str) -> str:
    """The mistake in a sentence.

    >>> sentence(Kind.WRONG_TERM, "dE/dw3", "a_h1*(1-a_h1)", "a_h2*(1-a_h2)")
    '∂E/∂w3 uses a_h1*(1-a_h1) where a_h2*(1-a_h2) belongs'
    """
    if kind is Kind.MISSING_FACTOR and found in ("", NOTHING):
        return f"{pretty(label)} lacks {_short(expected)}"
    what = "the gradient" if label.startswith(GRADIENT) else "what belongs there"
    found, expected = (_short(text or NOTHING) for text in (found, expected))
    return PHRASES[kind].format(label=pretty(label), found=found, expected=expected, what=what)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
