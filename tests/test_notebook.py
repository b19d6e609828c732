"""The notebook runs from its first cell to its last, and what is saved in it is what such a run printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from fake_mnist import TEST, THREAD, Fake, fake

pytest.importorskip("torch")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

PATH = Path(__file__).parent.parent / "notebooks" / "S6.ipynb"
SETTINGS = """
from pathlib import Path
import matplotlib.pyplot as plt
from xlbackprop.cnn import fetch

fetch.FILES = tuple(fetch.Published(*line.split()) for line in Path({sums!r}).read_text().splitlines())
OUT, DATA, EPOCHS, RECIPE = Path("workbooks"), Path({data!r}), 2, "fast"
"""


def printed(cell: Any) -> str:
    """What a cell wrote to stdout."""
    return "".join(out["text"] for out in cell.outputs if out.get("name") == "stdout")


def pictures(cell: Any) -> int:
    """How many pictures a cell drew."""
    return sum("image/png" in out.get("data", {}) for out in cell.outputs)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    return fake(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def saved() -> Any:
    return nbformat.read(PATH, as_version=4)


@pytest.mark.slow
def test_every_cell_runs(made: Fake, saved: Any, tmp_path: Path) -> None:
    notebook = nbformat.from_dict(saved)
    (settings,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    settings.source = SETTINGS.format(sums=str(made.driver.with_name("sums")), data=str(made.data_dir))
    environment = {**os.environ, **THREAD}
    nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": tmp_path}}).execute(env=environment)
    told = "".join(map(printed, code(notebook)))
    assert "every cell is right" in told
    assert f"% of the {TEST} test digits at the last epoch" in told
    assert sum(map(pictures, code(notebook))) == 3
    there = {path.name for path in (tmp_path / "workbooks").iterdir()}
    assert {"Backpropagation.xlsx", "CNN_Report.xlsx", "CNN_Report.safetensors"} <= there


def test_what_is_saved_is_a_whole_run(saved: Any) -> None:
    cells = code(saved)
    assert 8 <= len(cells) <= 12
    assert all(len(cell.source.splitlines()) <= 12 for cell in cells)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    told = "".join(map(printed, cells))
    assert "every cell is right" in told
    assert "% of the 10,000 test digits at the last epoch" in told
    assert sum(map(pictures, cells)) == 3
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]
