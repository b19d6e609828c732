"""`xlbackprop build` as a whole process against plain XlsxWriter writing the same cells (promised: at most half)."""

import json
import sys
import tempfile
from pathlib import Path

from _pairs import compare

from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.look import style
from xlbackprop.pages.plan import train
from xlbackprop.template.template import load

network = load("classic")
plan = plan_for(network, network.learning_rates, network.steps)
sheets = {
    page.name: [
        (row - 1, column - 1, style(cell.style).get("num_format", "General"), cell.formula, cell.value)
        for (row, column), cell in page.every_cell()
    ]
    for page in pages(train(plan, first_given(plan, network.learning_rates)))
}
with tempfile.TemporaryDirectory() as folder:
    cells = Path(folder, "cells.json")
    cells.write_text(json.dumps(sheets))
    plain = [sys.executable, str(Path(__file__).with_name("_plain_xlsxwriter.py")), str(cells), f"{folder}/plain.xlsx"]
    ours = [str(Path(sys.executable).with_name("xlbackprop")), "build", "-o", f"{folder}/ours.xlsx"]
    compare("build", ours, plain, at_most=0.5)
