"""Where a template says what, and how to say what is wrong with it in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlbackprop.errors import BadTemplate

Tree = Mapping[str, Any]  # a template, whatever kind of file it came from, as TOML has it
LONGEST_SHOWN = 40  # characters of a value that does not fit
LAST_PART = re.compile(r"(\.?[^.\[\]]*|\[\d+\])$")  # of a key like layers[2].weights[1][3]
KINDS = ((bool, "true or false"), (str, "a text"), (list, "a list"), (dict, "a table"), (int | float, "a number"))


# What to do about what is missing, as one does it in a TOML file and in the cells of a workbook.
IN_TOML = {
    "samples": "write one [[samples]] table for each sample",
    "layers": "write one [[layers]] table for each layer of units",
    "numbers": "write a list of numbers",
}
IN_CELLS = {
    "samples": "fill in a row for each sample",
    "layers": "fill in a row for each layer of units",
    "numbers": "type a number into each row",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a tree was read. places: by key, what follows the file's name there, like `:12` or `: Network!C7`.

    ways: what to do there about what is missing.
    """

    file: str
    places: Mapping[str, str]
    ways: Mapping[str, str] = field(default_factory=lambda: IN_TOML)

    def wrong(self, key: str, what: str, at: str = "") -> BadTemplate:
        """What is wrong with a key, and where: at its own place, or else at that of the table it belongs to.

        at: the key whose place is told, where that is another.
        """
        holder = at or key
        while holder and holder not in self.places:
            holder = LAST_PART.sub("", holder)
        return BadTemplate(f"{self.file}{self.places.get(holder, '')}: {key}: {what}")

    def lacking(self, what: str) -> BadTemplate:
        """What is wrong with the file as a whole."""
        return BadTemplate(f"{self.file}: {what}")


def not_one_of(value: object, words: Collection[str]) -> str:
    """What is wrong with a value that should be one of these words.

    >>> not_one_of("fill", ["full", "one by one"])
    "'fill' is not one of full, one by one; did you mean full?"
    """
    if value is None:
        return f"missing; write one of {', '.join(words)}"
    return f"{shown(value)} is not one of {', '.join(words)}{nearest(str(value), words)}"


def nearest(word: str, words: Collection[str]) -> str:
    """A question whether another word was meant; nothing if none is near."""
    known = {one.casefold(): one for one in words}
    close = difflib.get_close_matches(word.casefold(), list(known), 1)
    return f"; did you mean {known[close[0]]}?" if close else ""


def shown(value: object) -> str:
    """A value as templates spell it, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def kind_of(value: object) -> str:
    """What kind of value stands there instead."""
    return next((words for kind, words in KINDS if isinstance(value, kind)), "a date or time")


def many(values: Collection[object]) -> str:
    """How many numbers these are.

    >>> many([0.5])
    '1 number'
    """
    return f"{len(values)} {'number' if len(values) == 1 else 'numbers'}"
