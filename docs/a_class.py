"""Writes a class of hand-made workbooks into a folder, to try `xlbackprop grade` on: python docs/a_class.py FOLDER."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from handmade.layouts import LAYOUTS
from handmade.mistakes import mutant
from handmade.write import book, write

from xlbackprop.judge.findings import Kind

RIGHT = ("Ada", "Clara", "Emil", "Goran", "Ines", "Olga", "Sven")
MISTAKES = {
    "Ben": Kind.WRONG_TERM,
    "Dora": Kind.WRONG_TERM,
    "Finn": Kind.WRONG_TERM,
    "Hana": Kind.BRACKETS,
    "Jan": Kind.BRACKETS,
    "Lea": Kind.NOT_ANCHORED,
    "Pia": Kind.FROZEN_TAIL,
    "Quinn": Kind.CHART,
    "Rosa": Kind.EXCHANGED_WEIGHTS,
    "Tomás": Kind.TYPED_OVER,
}


def write_class(folder: Path) -> None:
    """A student for each layout, then Uma, who handed in what Hana did, and Vito with a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, name in enumerate(sorted((*RIGHT, *MISTAKES))):
        layout = LAYOUTS[n]
        made = mutant(layout, n, MISTAKES[name]) if name in MISTAKES else None
        write(made.book if made else book(layout), folder / f"{name}.xlsx")
    shutil.copy(folder / "Hana.xlsx", folder / "Uma.xlsx")
    (folder / "Vito.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(999))


if __name__ == "__main__":
    write_class(Path(sys.argv[1]))
