"""A judge that goes wrong in every way, by the name of the file; put in place of the true one in other processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SITE = """
import os, sys, time
import xlbackprop.judge.judge as place
from pathlib import Path
from xlbackprop.errors import Unreadable
from xlbackprop.judge.findings import Finding, Judgement, Kind, Outcome, SheetVerdict
from xlbackprop.reading.package import read_package

def judge(path, assignment=None):
    name = path.stem
    if "hangs" in name:
        time.sleep(600)
    if "crashes" in name:
        os._exit(139)
    if "fails" in name:
        raise RuntimeError("of whatever")
    if "recurses" in name:
        return judge(path, assignment)
    if "greedy" in name:
        return bytearray(1 << 40)
    if "prints" in name:
        print("not an answer")
    try:
        read_package(path)
    except Unreadable as error:
        return Judgement(path, error=str(error))
    found = Finding(Kind.SIGN, "dE/dw1", ("X35:X102",), "t1-a_o1", "a_o1-t1", "a sign is wrong")
    wrong = "wrong" in name
    sheet = SheetVerdict("LR 1", Outcome.WRONG if wrong else Outcome.CORRECT, None, (found,) if wrong else ())
    return Judgement(path, (sheet,))

place.judge = judge
"""


def environment(folder: Path) -> dict[str, str]:
    """Variables under which every Python process has this judge."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(folder), before))), "COLUMNS": "200"}


def sabotage(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The same for processes that this one starts."""
    monkeypatch.setenv("PYTHONPATH", environment(folder)["PYTHONPATH"])
