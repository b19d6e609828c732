"""Strangers' texts in Markdown: shown letter by letter, whatever they look like."""

from __future__ import annotations

import re

# What Markdown takes for markup or makes a link of; at the beginning of a line also what makes a list.
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&$@]|:(?=//)|(?<=www)\.|^[-+=]")
NUMBERED = re.compile(r"^(\d+)([.)])")


def markdown(text: str) -> str:
    r"""The text as Markdown shows it, letter by letter.

    >>> markdown("<b>a_h1*x</b>"), markdown("1. [here](http://evil)")
    ('\\<b\\>a\\_h1\\*x\\</b\\>', '1\\. \\[here\\](http\\://evil)')
    """
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", text))


def code(text: str) -> str:
    """A code span that no backtick in the text can end.

    >>> code("=A1*(1-A1)"), code("a`b")
    ('`=A1*(1-A1)`', '`` a`b ``')
    """
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (1 + max(len(run) for run in re.findall("`+", text)))
    return f"{fence} {text} {fence}"
