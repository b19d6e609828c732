"""The workbook and the pictures in workbooks/ are what `build --images` writes today."""

from __future__ import annotations

import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from conftest import COMMAND
from PIL import Image

FOLDER = Path(__file__).parent.parent / "workbooks"
NAME = "Backpropagation.xlsx"
SHRUNK = 8  # pictures are compared so many times smaller: another matplotlib sets letters and edges half a pixel off
APART = 1.2 / 255  # mean difference; matplotlib 3.8 and 3.11 are 0.9 / 255 apart, neighbouring learning rates 1.9 / 255
AGAIN = (
    "write them again (xlbackprop build --images workbooks -o workbooks/Backpropagation.xlsx), "
    f"unless only XlsxWriter has changed, which is {version('xlsxwriter')} here"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh workbook and its pictures."""
    folder = tmp_path_factory.mktemp("written")
    command = [*COMMAND, "build", "--images", folder, "-o", folder / NAME]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


def parts(path: Path) -> dict[str, bytes]:
    """What is inside a zip, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def first_difference(ours: bytes | None, theirs: bytes | None) -> str | None:
    """Where two parts differ, with what stands there; None if they are the same."""
    if ours is None or theirs is None:
        return "is not committed" if ours is None else "is no longer written"
    if ours == theirs:
        return None
    pairs = zip(ours, theirs, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
    around = slice(max(at - 20, 0), at + 40)
    return f"differs at byte {at}: {ours[around]!r} is committed, {theirs[around]!r} is written"


def pixels(path: Path) -> np.ndarray:
    """A picture, shrunk, as (height, width, 3) between 0 and 1."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").reduce(SHRUNK), dtype=float) / 255


def mean_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """How far two pictures of one size are apart."""
    return float(np.abs(ours - theirs).mean())


def test_the_committed_workbook_is_what_build_writes(written: Path) -> None:
    ours, theirs = parts(FOLDER / NAME), parts(written / NAME)
    assert list(ours) == list(theirs), AGAIN
    differences = {name: first_difference(ours.get(name), theirs.get(name)) for name in theirs}
    assert not {name: told for name, told in differences.items() if told}, AGAIN


def test_the_committed_workbook_counts_as_untouched() -> None:
    from xlbackprop.files import is_untouched

    assert is_untouched(FOLDER / NAME)


def test_the_committed_pictures_are_what_build_writes(written: Path) -> None:
    ours, theirs = ({path.name: pixels(path) for path in folder.glob("*.png")} for folder in (FOLDER, written))
    assert sorted(ours) == sorted(theirs), AGAIN
    sizes = {name: (ours[name].shape, theirs[name].shape) for name in ours if ours[name].shape != theirs[name].shape}
    assert not sizes, AGAIN
    apart = {name: mean_difference(ours[name], theirs[name]) for name in ours}
    assert not {name: mean for name, mean in apart.items() if mean >= APART}, AGAIN


def test_pictures_of_other_learning_rates_would_be_told_apart() -> None:
    assert mean_difference(pixels(FOLDER / "LR_0.8.png"), pixels(FOLDER / "LR_1.png")) > 1.5 * APART
