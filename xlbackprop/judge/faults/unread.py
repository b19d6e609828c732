"""What is said of a table whose labels show no network: what it lacks, and which of its headings are not read."""

from __future__ import annotations

from xlbackprop.judge.faults.typed_over import WHOLE
from xlbackprop.judge.findings import Finding, Kind
from xlbackprop.judge.told import some_of
from xlbackprop.judge.typed.meaning import Reading
from xlbackprop.pages.layout import a1

LONGEST = 30  # characters of a heading that is told
NO_NETWORK = (
    "the labels do not reveal a fully connected network: a column for each input, weight, unit and target is needed,"
    " units of several hidden layers as h1_1, h1_2, h2_1"
)


def no_network(reading: Reading) -> Finding:
    """The finding on a table of which no network is known."""
    table = reading.table
    first, last = min(table.names), max(table.names)
    cells = (f"{a1(table.header_row, first)}:{a1(table.header_row, last)}",)
    unread = some_of(_headings(reading, range(first, last + 1)))
    message = NO_NETWORK + (f"; headings that are not read: {unread}" if unread else "")
    return Finding(Kind.OTHER, WHOLE, cells, ", ".join(table.columns), "all columns", message)


def _headings(reading: Reading, columns: range) -> list[str]:
    """The headings that say nothing to us, each with its cell."""
    table = reading.table
    known = {*table.names, *(column for several in table.also.values() for column in several)}
    texts = {column: reading.value(table.header_row, column) for column in columns if column not in known}
    return [
        f"{text.strip()[:LONGEST]} in {a1(table.header_row, column)}"
        for column, text in texts.items()
        if isinstance(text, str) and text.strip()
    ]
