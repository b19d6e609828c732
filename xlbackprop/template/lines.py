"""The line on which each key of a TOML text stands. Libraries that read TOML keep the values and drop the lines."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

# Of a text that tomllib has read without complaint, so no more has to be told apart than where things begin and end.
TOKEN = re.compile(
    r'''
      (?P<text>"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5} | \'\'\'(?:[^']|'{1,2}(?!'))*'{3,5}
             | "(?:[^"\\]|\\.)*" | '[^']*')
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,."'\#]+)
    ''',
    re.VERBOSE | re.DOTALL,
)
Token = tuple[str, int]


def lines_of(text: str) -> dict[str, int]:
    r"""The line of every key, table and list element, counted from 1, by the names that messages give them.

    >>> lines_of('title = "A"\n\n[[layers]]\nweights = [\n  [1, 2],\n  [3, 4],\n]')["layers[1].weights[2][1]"]
    6
    """
    found = _Lines(text)
    with suppress(EOFError):  # what is not understood to its end has no lines from there on
        found.read()
    return found.lines


class _Lines:
    """A walk over the tokens of a text, statement by statement."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.lines: dict[str, int] = {}
        self.arrays: Counter[str] = Counter()  # how many tables an array of tables has so far

    def read(self) -> None:
        table = ""
        while self.at < len(self.tokens):
            word, line = self.tokens[self.at]
            if word == "\n":
                self.at += 1
            elif word == "[":
                table = self.header(line)
            else:
                self.pair(table)

    def header(self, line: int) -> str:
        """The name of the table that begins with [name] or [[name]]."""
        brackets = 2 if self.peek(1) == "[" else 1
        self.at += brackets
        *outer, last = self.key("]")
        self.at += brackets - 1
        name = self.inside("", outer)
        name = f"{name}.{last}" if name else last
        if brackets == 2:
            self.arrays[name] += 1
            self.lines.setdefault(name, line)
        name = self.latest(name)
        self.lines.setdefault(name, line)
        return name

    def inside(self, table: str, parts: list[str]) -> str:
        """The name of what dotted parts lead to; of an array of tables they mean the last one so far."""
        for part in parts:
            table = self.latest(f"{table}.{part}" if table else part)
        return table

    def latest(self, name: str) -> str:
        return f"{name}[{self.arrays[name]}]" if name in self.arrays else name

    def pair(self, table: str) -> None:
        """Note a key and what is in its value."""
        line = self.tokens[self.at][1]
        name = self.inside(table, self.key("="))
        self.lines.setdefault(name, line)
        self.value(name)

    def key(self, end: str) -> list[str]:
        """The parts of a dotted key, up to and with the mark that ends it."""
        parts: list[str] = []
        while (word := self.next()) != end:
            if word != ".":
                parts.append(next(iter(tomllib.loads(f"{word} = 0"))))
        return parts

    def value(self, name: str) -> None:
        """Step over a value, and note the lines of what is in it."""
        match self.next():
            case "[":
                count = 0
                while (word := self.peek()) != "]":
                    if word in {",", "\n"}:
                        self.at += 1
                        continue
                    count += 1
                    element = f"{name}[{count}]"
                    self.lines[element] = self.tokens[self.at][1]
                    self.value(element)
                self.at += 1
            case "{":
                while (word := self.peek()) != "}":
                    if word in {",", "\n"}:
                        self.at += 1
                    else:
                        self.pair(name)
                self.at += 1
            case _:  # a number or a date may be several tokens
                while self.peek() not in {",", "]", "}", "\n", ""}:
                    self.at += 1

    def next(self) -> str:
        word = self.peek()
        if not word:
            raise EOFError
        self.at += 1
        return word

    def peek(self, ahead: int = 0) -> str:
        """The token that comes next; nothing at the end."""
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""


def _tokens(text: str) -> Iterator[Token]:
    """Every token but comments and blanks, with its line."""
    line = 1
    for token in TOKEN.finditer(text):
        word = token[0]
        if token.lastgroup != "comment":
            yield word, line
        line += word.count("\n")
