"""Change one cell of a built workbook, at random, three hundred times: verify names that cell, and no other."""

import dataclasses
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Book, Place, XmlCell

from xlbackprop.build import build
from xlbackprop.proof.verify import as_json, verify
from xlbackprop.template.template import load

BATCHES, IN_A_BATCH = 30, 10
WHOLE = 10  # batches that change the default workbook itself, the others one of fewer rows, which are all alike
FEW_ROWS = 12
NOISE = 1e-8  # the relative errors on Gradient check are smaller, and differ from program to program
REFERENCE = re.compile(r"(?<![A-Z])(\$?)([A-Z]{1,2})(\$?)(\d+)(?![\d(])")
NUMBER = re.compile(r"(?<![\w$.' ])\d+(?:\.\d+)?(?![\w.'])")
OPERATOR = re.compile(r"[-+*/<]")
OTHER_OPERATOR = {"+": "-", "-": "+", "*": "+", "/": "*", "<": ">"}

Change = Callable[[XmlCell, random.Random], XmlCell | None]  # None where it does not apply to the cell


def rewritten(pattern: re.Pattern[str], write: Callable[[re.Match[str]], str]) -> Change:
    """A change of one place in a formula."""

    def change(cell: XmlCell, chance: random.Random) -> XmlCell | None:
        places = list(pattern.finditer(cell.formula or ""))
        if not places:
            return None
        place, text = chance.choice(places), cell.formula or ""
        return dataclasses.replace(cell, formula=text[: place.start()] + write(place) + text[place.end() :])

    return change


def column_beside(reference: re.Match[str]) -> str:
    dollar, letters, rest = reference[1], reference[2], reference[0].removeprefix(reference[1] + reference[2])
    last = letters[-1]
    return f"{dollar}{letters[:-1]}{chr(ord(last) + 1) if last < 'Z' else 'Y'}{rest}"


def row_below(reference: re.Match[str]) -> str:
    return f"{reference[1]}{reference[2]}{reference[3]}{int(reference[4]) + 1}"


def row_above(reference: re.Match[str]) -> str:
    return f"{reference[1]}{reference[2]}{reference[3]}{max(int(reference[4]) - 1, 1)}"


def without_or_with_dollar(reference: re.Match[str]) -> str:
    dollar = "" if reference[3] else "$"
    return f"{reference[1]}{reference[2]}{dollar}{reference[4]}"


def formula_to_constant(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    return dataclasses.replace(cell, formula=None) if cell.formula and cell.saved else None


def formula_deleted(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    return cell.typed(None) if cell.formula and cell.saved else None


def constant_changed(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    if cell.formula or cell.kind != "n":
        return None
    value = float(cell.saved or "")
    return cell.typed(chance.choice((value + 1, value * 2)))


def label_changed(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    return cell.typed(chance.choice(("ok", "w9", "a_03", "x"))) if cell.kind == "s" else None


def constant_deleted(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    return None if cell.formula else cell.typed(None)


def saved_number_scaled(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    if not cell.formula or cell.kind != "n" or abs(float(cell.saved or 0)) < NOISE:
        return None
    factor = 1 + chance.choice((1, -1)) * 10 ** -chance.uniform(1, 6)
    return dataclasses.replace(cell, saved=repr(float(cell.saved or 0) * factor))


def saved_number_moved(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    if not cell.formula or cell.kind != "n":
        return None
    by = chance.choice((1, -1)) * 10 ** -chance.uniform(-3, 6)
    return dataclasses.replace(cell, saved=repr(float(cell.saved or 0) + by))


def saved_text_changed(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    if not cell.formula or cell.kind != "str":
        return None
    text, digits = cell.saved or "", [place for place, letter in enumerate(cell.saved or "") if letter.isdigit()]
    if not digits:
        return dataclasses.replace(cell, saved=f"{text}?")
    place = chance.choice(digits)
    return dataclasses.replace(cell, saved=f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}")


def saved_value_of_another_kind(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    if not cell.formula:
        return None
    kind, saved = chance.choice((("e", "#NUM!"), ("b", "1"), ("str", "7"), ("n", "7")))
    return None if kind == cell.kind else dataclasses.replace(cell, kind=kind, saved=saved)


def saved_value_deleted(cell: XmlCell, chance: random.Random) -> XmlCell | None:
    return dataclasses.replace(cell, kind="n", saved=None) if cell.formula and cell.saved else None


CHANGES: dict[str, Change] = {
    "another column": rewritten(REFERENCE, column_beside),
    "the row below": rewritten(REFERENCE, row_below),
    "the row above": rewritten(REFERENCE, row_above),
    "a dollar more or less": rewritten(REFERENCE, without_or_with_dollar),
    "another operator": rewritten(OPERATOR, lambda found: OTHER_OPERATOR[found[0]]),
    "another number in the formula": rewritten(NUMBER, lambda found: f"{float(found[0]) + 1:g}"),
    "a constant over the formula": formula_to_constant,
    "formula deleted": formula_deleted,
    "another constant": constant_changed,
    "another label": label_changed,
    "constant or label deleted": constant_deleted,
    "saved number scaled": saved_number_scaled,
    "saved number moved": saved_number_moved,
    "saved text changed": saved_text_changed,
    "saved value of another kind": saved_value_of_another_kind,
    "saved value deleted": saved_value_deleted,
}


def one_change(book: Book, chance: random.Random) -> tuple[str, Place, XmlCell, XmlCell]:
    """A change of one random cell: what was done, where, the cell before and after."""
    while True:
        kind, sheet = chance.choice(list(CHANGES)), chance.choice(list(book.sheets))
        cells = list(book.cells(sheet).values())
        for before in chance.sample(cells, min(200, len(cells))):
            after = CHANGES[kind](before, chance)
            if after not in (None, before):
                return kind, (sheet, before.at), before, after


@pytest.fixture(scope="module")
def to_change(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Book]:
    """A function that gives the workbook that a batch changes."""
    path, network = tmp_path_factory.mktemp("few rows") / "few.xlsx", load("classic")
    build(network, network.learning_rates, FEW_ROWS, path)
    few = Book.read(path)
    return lambda batch: book if batch < WHOLE else few


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_verify_names_the_one_cell_that_was_changed(
    to_change: Callable[[int], Book], batch: int, tmp_path: Path
) -> None:
    chance, escaped, whole = random.Random(batch), [], to_change(batch)
    for _ in range(IN_A_BATCH):
        kind, place, before, after = one_change(whole, chance)
        verdict = as_json(verify(whole.with_cells({place: after}).write(tmp_path / "changed.xlsx")))
        named = {(one["sheet"], one["cell"]) for one in verdict["differences"]}
        if named != {place}:
            found = f"{len(named)} cells" if len(named) > 3 else sorted(named) or "nothing"
            escaped.append(f"{place} {kind}: {before} became {after}; named {found}")
    assert not escaped, "\n" + "\n".join(escaped)


def test_verify_names_nothing_in_an_untouched_workbook(untouched: Path) -> None:
    assert not verify(untouched).differences


def test_every_kind_of_change_is_made(to_change: Callable[[int], Book]) -> None:
    chances = enumerate(map(random.Random, range(BATCHES)))
    made = {one_change(to_change(batch), chance)[0] for batch, chance in chances for _ in range(IN_A_BATCH)}
    assert made == set(CHANGES)
