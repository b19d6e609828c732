"""How everything looks: one hue per part of the network, and the named styles that cells wear.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), told apart with every kind of colour vision; their
orange and red are darkened so that they show on white (3:1). Text is dark on pale tints. Learning rates are ordered, so
their lines take steps of one sequential palette.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlbackprop.maths.tape import Column, Role

INK = "#1F2933"
QUIET = "#5F6B7A"
RULE = "#C9D1DA"
WHITE, BLACK = "#FFFFFF", "#000000"
READABLE = 4.5  # contrast of letters

HUES = {
    "input": "#0072B2",
    "hidden": "#009E73",
    "output": "#B98000",
    "loss": "#B3261E",
    "gradient": "#A0457F",
}
TINTS = {
    "input": "#DCEBF5",
    "hidden": "#D9F0E7",
    "output": "#FCEBC8",
    "loss": "#F9DEDC",
    "gradient": "#F3E1EC",
}

# What the largest number of a heat map stands on; the least is white. Dark text can be read on all between.
HEATS = {"hidden": "#7CCDB3", "loss": "#EE948A", "gradient": "#D79BC0"}

# Steps of matplotlib's "plasma" (CC0), cut off where it gets too pale for a white page.
SEQUENCE = ("#0D0887", "#5B02A3", "#9A179B", "#CB4678", "#E8663F")

# One section each: LibreOffice writes no minus in the later sections of a format with conditions. What is too large or
# too small for these digits gets a power of ten by a rule over the cells.
WEIGHT, SMALL = "0.0000", "0.000000"
POWERS: dict[str, tuple[tuple[str, float, float, str], ...]] = {
    "weight": (("not between", -99.99995, 999.99995, "0.0E+00"),),
    "tiny": (
        ("not between", -9.9999995, 99.9999995, "0.00E+00"),
        ("between", -0.00009999999999, 0.00009999999999, "0.00E+00"),  # three digits always show
    ),
}
PLAIN = "General"
WORDS = {"weights": "weight", "gradients": "tiny"}  # the style of what a template may give a number format

STYLES: dict[str, dict[str, Any]] = {
    "base": {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "vcenter"},
    "title": {"font_size": 18, "bold": True},
    "heading": {"font_size": 12, "bold": True},
    "hint": {"font_color": QUIET, "italic": True},
    "link": {"font_color": HUES["input"], "underline": 1},
    "mono": {"font_name": "Consolas"},
    "bold": {"bold": True},
    "wrap": {"text_wrap": True},
    "low": {"valign": "bottom"},
    "left": {"align": "left"},
    "right": {"align": "right"},
    "beside": {"align": "right", "indent": 1},
    "behind": {"align": "left", "indent": 1},
    "center": {"align": "center"},
    "shrink": {"shrink": True},
    "small": {"font_size": 9},
    "yours": {"bg_color": "#FFF2A8", "font_color": "#0033A0", "border": 1, "border_color": "#D9B600", "locked": False},
    "weight": {"num_format": WEIGHT},
    "tiny": {"num_format": SMALL},
    "exact": {"num_format": "0.000000000"},
    "plain": {"num_format": PLAIN},
    "text": {"num_format": "@"},  # stays a text when somebody edits it, even if it begins with =
    "below": {"num_format": '"< "0.0######'},
    "short": {"num_format": "[>=1000]0.0E+00;[>=0.0001]0.00000;0.0E+00"},
    "error": {"num_format": "0.0E+00"},
    "count": {"num_format": "#,##0"},
    "sparse": {"num_format": '#,##0;-#,##0;"·"'},  # a dot where there is none, so that the others stand out
    "percent": {"num_format": '0.00" %"'},  # of numbers that are percents already
    "whole percent": {"num_format": '0" %"'},
    "signed": {"num_format": "+0.000;-0.000;0.000"},
    "exact percent": {"num_format": '0.000" %"'},
    "decimal": {"num_format": "0.0"},
    "share": {"num_format": '0.0;-0.0;"·"'},
    "hundredths": {"num_format": "0.00"},
    "thousandths": {"num_format": "0.000"},
    "rule": {"bottom": 1, "bottom_color": RULE},
    "over": {"top": 1, "top_color": RULE},
    "strong": {"bottom": 1, "bottom_color": QUIET},
    "edge": {"left": 1, "left_color": RULE},
    **{f"{part} band": {"bg_color": tint, "bold": True} for part, tint in TINTS.items()},
    **{f"{part} fill": {"bg_color": tint} for part, tint in TINTS.items()},
    **{f"{part} ink": {"font_color": hue} for part, hue in HUES.items()},
}
# Letters need to be darker than the lines of the same hue to be read on its tint (4.5:1).
STYLES["input ink"] = {"font_color": "#005A8F"}
STYLES["output ink"] = {"font_color": "#8A5A00"}
STYLES["hidden ink"] = {"font_color": "#00694D"}
STYLES["loss ink"] = {"font_color": "#9B1C14"}

PASS = {"font_color": "#00513A", "bg_color": "#D9F0E7", "bold": True}
FAIL = {"font_color": "#8C1D00", "bg_color": "#FBD5CC", "bold": True}
STYLES |= {"right cell": PASS, "wrong cell": FAIL}

FONT = "Calibri"
TAB_COLOURS = {
    "start": "#F0C800",
    "yours": "#F0C800",
    "rate": HUES["input"],
    "step": HUES["hidden"],
    "check": HUES["gradient"],
    "findings": "#F0C800",
    "marked": HUES["loss"],
    "exercise": HUES["input"],
    "key": HUES["loss"],
}


def hues(chosen: Mapping[str, str]) -> dict[str, str]:
    """The hue of each part of the network, some of them chosen."""
    return HUES | {part: colour for part, colour in chosen.items() if part in HUES}


def styles(chosen: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """`STYLES`, with chosen colours of parts and number formats of "weights" and "gradients".

    Tints are made of a chosen hue, and its letters as dark as it takes to read them on its tint.

    >>> styles({"loss": "#FF8800", "weights": "0.00"})["loss ink"]
    {'font_color': '#A65800'}
    """
    found = dict(STYLES)
    for name, text in chosen.items():
        if name in WORDS:
            found[WORDS[name]] = {"num_format": text}
            continue
        tint = mixed(text, WHITE, 0.86)
        ink = next(dark for n in range(101) if contrast(dark := mixed(text, BLACK, n / 100), tint) >= READABLE)
        found |= {f"{name} band": {"bg_color": tint, "bold": True}, f"{name} fill": {"bg_color": tint}}
        found[f"{name} ink"] = {"font_color": ink}
    return found


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it.

    >>> mixed("#000000", "#FFFFFF", 0.5)
    '#808080'
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def contrast(colour: str, other: str) -> float:
    """From 1 to 21, as WCAG 2.2 has it."""
    dark, light = sorted(map(_luminance, (colour, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in _channels(colour))]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def style(words: str, styles: Mapping[str, Mapping[str, Any]] = STYLES) -> dict[str, Any]:
    """The properties of a style: words of `styles` (joined by commas), merged from left to right over the base.

    ``tagged w1`` writes the name before the number in the same cell, which still holds the bare number.
    """
    merged = dict(styles["base"])
    for word in filter(None, words.split(",")):
        merged |= (
            {"num_format": f'"{word[7:]} "0.00#;"{word[7:]} "-0.00#'} if word.startswith("tagged ") else styles[word]
        )
    return merged


def part(column: Column, layers: int) -> str:
    """Which part of the network a column belongs to, and so which hue it has."""
    match column.role:
        case Role.TARGET | Role.INPUT:
            return "input"
        case Role.LOSS | Role.TOTAL:
            return "loss"
        case Role.GRADIENT | Role.STATE | Role.NORM:
            return "gradient"
        case Role.RATE:
            return "input"
        case _:
            return "output" if column.layer == layers else "hidden"


def number_style(column: Column) -> str:
    """The number format of a column's values."""
    if column.role in (Role.LOSS, Role.TOTAL, Role.GRADIENT, Role.DELTA, Role.STATE, Role.NORM):
        return "tiny"
    return "plain" if column.role in (Role.TARGET, Role.INPUT) else "weight"


def sequence(count: int) -> list[str]:
    """That many colours in order, from dark to warm.

    >>> sequence(3)
    ['#0D0887', '#9A179B', '#E8663F']
    """
    return [_blend(place * (len(SEQUENCE) - 1) / max(count - 1, 1)) for place in range(count)]


def _blend(position: float) -> str:
    left = min(int(position), len(SEQUENCE) - 2)
    share = position - left
    return mixed(SEQUENCE[left], SEQUENCE[left + 1], share)


def _channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
