"""Labels as people write them to canonical names: ``δE_tot/δw₁`` and ``E∂w1`` are both ``dE/dw1``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from xlbackprop.judge.typed.names import GRADIENT, LEARNING_RATE, STEP, TOTAL
from xlbackprop.judge.typed.spelling import folded
from xlbackprop.maths.rules import ACTIVATIONS

LONGEST = 60  # characters of a label; longer texts are prose

# What says nothing in a label: blanks, brackets, and what joins its parts.
JOINTS = re.compile(r"[\s_\-–.,:=^{}\[\]'\"$\\]+")

BRACKETS = re.compile(r"[\[\]{}'\"$]")
NUMBER = r"0*([1-9]\d?)"
DERIVATIVE = re.compile(r"[^\W\d_]\s?['’´′][\s_(]*[^\W\d_]")  # f'(h1) is the slope of what h1 gives
ORDINAL = re.compile(r"no[. ]+\d")  # No. 1 is nobody's net input, as no1 is
UNIT = r"(i|x|h|o|n|y)" + NUMBER
# A unit of one of several hidden layers: h1_2 is the second of the first.
DEEP = r"h" + NUMBER + r"[_\-,. ]" + NUMBER
LETTERS = {"i": "i", "x": "i", "in": "i", "input": "i", "inp": "i", "feature": "i"}
HIDDEN = ("h", "hidden", "neth", "nh", "zh", "inh", "hin", "sumh", "hnet", "neurh", "node", "z", "net", "sum")
OUTPUT = ("o", "out", "output", "neto", "no", "zo", "ino", "oin", "sumo", "onet")
TARGETS = ("t", "to", "target", "targ", "y", "desired", "expected", "label", "targeto", "actual")
GIVES = (
    "a",
    "act",
    "out",
    "activation",
    "activated",
    "σ",
    "sig",
    "s",
    "f",
    "output",
    "outp",
    *(name.replace(" ", "") for name in ACTIVATIONS),
)
ERRORS = (
    "e",
    "error",
    "err",
    "loss",
    "eo",
    "l",
    "errort",
    "errore",
    "cost",
    "c",
    "j",
    "erroro",
    "mse",
    "losso",
    "bce",
    "ce",
    "se",
)
TOTALS = {
    *("etotal", "etot", "e", "et", "total", "totale", "errortotal", "totalerror", "loss", "totalloss", "losstotal"),
    *("error", "ltotal", "ltot", "cost", "totalcost", "j", "toterror", "errtotal", "esum", "sume", "etotalloss", "err"),
    *("tot", "etota", "eto", "tote", "mse", "etoal", "totalerr", "e1+e2", "∑e", "σe", "errtot", "loss(e)", "l"),
}
RATES = {
    *("lr", "η", "n", "α", "eta", "alpha", "learningrate", "learningrateη", "lrη", "rate", "learnrate", "stepsize"),
    *("learningrateeta", "learningratelr", "learningraten", "ηlr", "ηlearningrate", "lreta", "learningrateα", "lrate"),
}
STEPS = {
    *("step", "steps", "iteration", "iterations", "iter", "epoch", "epochs", "#", "no", "row", "round", "sno", "sl"),
    *("slno", "srno", "nr", "index", "stepno", "iterno", "step#", "iteration#", "epoch#", "iterationno", "stepn"),
}


@lru_cache(4096)
def canonical(text: str) -> str | None:
    """The canonical name that a label stands for, or None.

    Names: t1, i1, w1, b1, h1, a_h1, o1, a_o1, E1, E_total, dE/dw1, lr, step; of several hidden layers h1_2.

    >>> [canonical(one) for one in ("δE_tot/δw₁", "E∂W5", "out_h1", "E_tot", "η =", "LR (η) =", "Etotaldw1", "notes")]
    ['dE/dw1', 'dE/dw5', 'a_h1', 'E_total', 'lr', 'lr', 'dE/dw1', None]
    """
    if not text or len(text) > LONGEST:
        return None
    small = folded(text)
    plain = BRACKETS.sub("", small).rstrip(" :=.,;")
    if "=" in plain or DERIVATIVE.search(small):  # a line of maths, not the name of a column
        return None
    return next((name for reads in READERS if (name := reads(plain)) is not None), None)


def _squeezed(plain: str) -> str:
    return JOINTS.sub("", plain).replace("(", "").replace(")", "")


def _rate(plain: str) -> str | None:
    return LEARNING_RATE if _squeezed(plain) in RATES else None


def _step(plain: str) -> str | None:
    return STEP if _squeezed(plain) in STEPS else None


def _total(plain: str) -> str | None:
    return TOTAL if _squeezed(plain) in TOTALS else None


# dE/dw1, ∂E_total/∂w1, E∂w1, Etotaldw1, dw1, grad_w1, gradient w1, ∇w1, w1 grad
PARAMETER = r"(w|b|bias|weight|v|θ)(.*)"
SLOPE = re.compile(
    r"^(?:(?:∂|d|partial)?(?:e|j|l|c|mse|bce|ce|loss|error|err|cost)(?:total|tot|t|o)?(?:/|/?(?:∂|d|partial|wrt))"
    r"|∂|d|∇|grad(?:ient)?(?:of)?|g(?=w))" + PARAMETER + "$"
)
SLOPE_LAST = re.compile(r"^" + r"(w|b|bias|weight|v)(\w*?)(?:grad(?:ient)?|slope)$")


def _gradient(plain: str) -> str | None:
    squeezed = _squeezed(plain).replace("total", "tot") if "/" not in plain else _squeezed(plain)
    for pattern in (SLOPE, SLOPE_LAST):
        if found := pattern.match(squeezed.replace("tot/", "total/")):
            rest = plain[plain.rfind(found[1]) :] if found[1] in plain else found[1] + found[2]
            of = _parameter(rest) or _parameter(found[1] + found[2])
            return GRADIENT + of if of else None
    return None


# Weights called by what they join: W1[1,2] and w^(1)_12 by their layer, w_h11 by the unit, w_i1h1 and w_h1o1 by both.
JOINED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?:w|weight|θ)[\s_^(]*(\d)(?=\d?[\s_,.^()])[\s_,.^()]*(\d)[\s_,.]*(\d)\)?", ()),
    (r"(?:w|weight)[\s_(]*h[\s_]?(\d)[\s_,.]?(\d)\)?", ("1",)),
    (r"(?:w|weight)[\s_(]*o[\s_]?(\d)[\s_,.]?(\d)\)?", ("2",)),
    (r"(?:w|weight)[\s_(]*(?:from )?[ix][\s_]?(\d)(?: to |[\s_,.→>-]*)[hoy][\s_]?(\d)\)?", ("1",)),
    (r"(?:w|weight)[\s_(]*(?:from )?h[\s_]?(\d)(?: to |[\s_,.→>-]*)[oy][\s_]?(\d)\)?", ("2",)),
    (r"(?:w|weight)[\s_(]*[ix]h[\s_]*(\d)[\s_,.]?(\d)\)?", ("1",)),
    (r"(?:w|weight)[\s_(]*h[oy][\s_]*(\d)[\s_,.]?(\d)\)?", ("2",)),
    (r"(?:w|weight)[\s_(]*[ix]h[\s_]*(\d)\)?", ("1",)),
    (r"(?:w|weight)[\s_(]*h[oy][\s_]*(\d)\)?", ("2",)),
)


# What says once more that a name is a parameter's: Weight w1, w1 (weight).
TWICE = re.compile(r"^(?:weight|bias)[\s:]+(?=[wvb][\s_(^]*\d)|(?<=\d)\s*\((?:weight|bias)\)$")


def _parameter(plain: str) -> str | None:
    """w1, w_11, W(1), weight 1; b1, b_h1, bias1; v1 where somebody calls the second layer's weights so."""
    plain = TWICE.sub("", plain)
    if found := re.fullmatch(r"(?:wt|w|weight|θ)[\s_(^]*" + NUMBER + r"\)?", plain):
        return f"w{found[1]}"
    if found := re.fullmatch(r"(?:w|weight)[\s_(]*(\d)[\s_,.]?(\d)\)?", plain):
        return f"w{found[1]}_{found[2]}"
    for pattern, layer in JOINED:
        if found := re.fullmatch(pattern, plain):
            return "w" + "_".join((*layer, *found.groups()))
    if found := re.fullmatch(r"v[\s_(]*" + NUMBER + r"\)?", plain):
        return f"v{found[1]}"
    if found := re.fullmatch(r"(?:b|bias)[\s_(^]*" + NUMBER + r"\)?", plain):
        return f"b{found[1]}"
    if found := re.fullmatch(r"(?:b|bias)[\s_(^]*(\d)[\s_,.()]+(\d)\)?", plain):
        return f"b{found[1]}{found[2]}"
    if found := re.fullmatch(r"(?:b|bias)[\s_(]*(h|o)[\s_]?" + NUMBER + r"\)?", plain):
        return f"b_{found[1]}{found[2]}"
    if found := re.fullmatch(r"(?:b|bias)[\s_(]*" + DEEP + r"\)?", plain):
        return f"b_h{found[1]}_{found[2]}"
    return {"b": "b1", "bias": "b1"}.get(plain)


def _deep(plain: str) -> str | None:
    """Units of several hidden layers, as our own workbooks call them."""
    if found := re.fullmatch(r"(a_|act_|out_|a|out)?" + DEEP, plain):
        return f"{'a_' if found[1] else ''}h{found[1 + 1]}_{found[3]}"
    return None


def _plain_unit(plain: str) -> str | None:
    """Inputs, targets, what units receive and give, and losses."""
    if ORDINAL.match(plain):
        return None
    squeezed = re.sub(r"^(a|out|act)0(?=\d$)", r"\1o", _squeezed(plain))  # a_01 for a_o1
    found = re.fullmatch(r"([^\d]+)" + NUMBER + r"([a-zσ]*)", squeezed)
    if not found:
        return None
    word, number, after = found.groups()
    if after:
        return _given_by(after, word, number)
    for words, name in NAMES:
        if word in words:
            return f"{name}{number}"
    for gives in GIVES:
        rest = word.removeprefix(gives)
        if rest != word and (
            unit := {"h": "h", "o": "o", "hidden": "h", "output": "o", "neth": "h", "neto": "o"}.get(rest)
        ):
            return f"a_{unit}{number}"
    return None


def _given_by(after: str, word: str, number: str) -> str | None:
    """h1_out, o1 act, h1 (after); h1_in, h1_net, h1 (before)."""
    unit = {"h": "h", "o": "o", "hidden": "h", "output": "o"}.get(word)
    if unit is None:
        return None
    if after in (*GIVES, "after"):
        return f"a_{unit}{number}"
    return f"{unit}{number}" if after in ("in", "net", "sum", "z", "raw", "input", "before") else None


NAMES: tuple[tuple[tuple[str, ...], str], ...] = (
    (tuple(LETTERS), "i"),
    (("hout", "outh", "acth", "ah", "houth", "a", "act", "activation"), "a_h"),
    (("outo", "acto", "ao", "yhat", "ŷ", "pred", "prediction", "p"), "a_o"),
    (HIDDEN, "h"),
    (OUTPUT, "o"),
    (TARGETS, "t"),
    (ERRORS, "E"),
)

READERS: tuple[Callable[[str], str | None], ...] = (_parameter, _deep, _rate, _total, _plain_unit, _gradient, _step)


def slope(text: str) -> str | None:
    """The canonical name of the slope of one column with respect to another, or None.

    >>> slope("∂E1/∂a_h1"), slope("∂E_total/∂w5"), slope("h1")
    ('dE1/da_h1', 'dE/dw5', None)
    """
    found = (
        re.fullmatch(r"∂(.+?)/∂(.+)|d(.+?)/d(.+)", re.sub(r"\s", "", folded(text))) if len(text) <= LONGEST else None
    )
    if found is None:
        return None
    of, by = (canonical(part) for part in found.groups() if part)
    if of is None or by is None:
        return None
    return GRADIENT + by if of == TOTAL else f"d{of}/d{by}"


def error(text: str) -> str | None:
    """The slope that the error of a unit is, as deltas are called: that of the total loss by what the unit receives.

    >>> error("δ_h₁"), error("delta_o2"), error("d_h1"), error("δw1"), error("dh1/dw1")
    ('dE/dh1', 'dE/do2', 'dE/dh1', None, None)
    """
    found = re.fullmatch(r"(?:delta|error|err|∂|d)[\s_]*(\w+)", folded(text)) if len(text) <= LONGEST else None
    unit = canonical(found[1]) if found else None
    return GRADIENT + unit if unit and unit[0] in "ho" else None


def ends_of(name: str) -> tuple[str, str] | None:
    """What is derived in a slope and by what; None for other columns.

    >>> ends_of("dE/dw5"), ends_of("da_o1/do1"), ends_of("h1")
    (('E_total', 'w5'), ('a_o1', 'o1'), None)
    """
    of, slash, by = name.removeprefix("d").partition("/d")
    return (TOTAL if name.startswith(GRADIENT) else of, by) if slash else None


def is_part(name: str) -> bool:
    """Whether a slope is only a factor or a term of gradients.

    >>> is_part("do1/dw5"), is_part("dE/dw5"), is_part("h1")
    (True, False, False)
    """
    return "/d" in name and not name.startswith(GRADIENT)
