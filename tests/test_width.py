"""A network whose table is wider than a sheet is refused, with how many columns it needs, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlbackprop import build as building
from xlbackprop.book import plan_for
from xlbackprop.errors import BadOption
from xlbackprop.template import load


def needed(name: str) -> int:
    network = load(name)
    return max(table.under_column for table in plan_for(network, network.learning_rates, 1).tables)


@pytest.mark.parametrize("name", ["classic", "xor"])
def test_a_table_one_column_too_wide_is_refused(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    columns, out = needed(name), tmp_path / "out.xlsx"
    monkeypatch.setattr(building, "MAX_COLUMNS", columns - 1)
    building._columns.cache_clear()
    with pytest.raises(BadOption, match=f"the table needs {columns} columns, and a sheet has {columns - 1}"):
        building.build(load(name), (0.5,), 2, out)
    assert not out.exists()
    monkeypatch.setattr(building, "MAX_COLUMNS", columns)
    building._columns.cache_clear()
    building.build(load(name), (0.5,), 2, out)
    assert out.exists()


def test_far_too_many_columns_are_told_before_they_are_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "MAX_COLUMNS", 10)
    monkeypatch.setattr(building, "lower", None)
    building._columns.cache_clear()
    with pytest.raises(BadOption, match="needs at least 16 columns, and a sheet has 10"):
        building.check_steps(1, 1, load("classic"))
    building._columns.cache_clear()
