"""How wide a table is, is known before it is worked out; one wider than a sheet is refused with how wide it is."""

from __future__ import annotations

import pytest

from xlbackprop.maths.lower import lower
from xlbackprop.pages import limits
from xlbackprop.template.template import load

NAMES = ["classic", "mazur", "xor", "softmax", "deep", "optimisers"]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_hardly_more_columns_than_are_counted(name: str) -> None:
    network = load(name)
    for k in range(len(network.compared) or 1):
        columns = len(lower(network.on_sheet(k)).columns)
        assert limits.columns_of(network.on_sheet(k)) <= columns <= 1.5 * limits.columns_of(network.on_sheet(k))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_one_column_too_wide_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load(name)
    needed = max(limits.columns_of(network.on_sheet(k)) for k in range(len(network.compared) or 1))
    monkeypatch.setattr(limits, "MAX_COLUMNS", needed)
    assert list(limits.size_flaws(network)) == []
    monkeypatch.setattr(limits, "MAX_COLUMNS", needed - 1)
    ((key, why),) = limits.size_flaws(network)
    assert key == "layers"
    assert f"need {needed:,} columns or more, and a sheet has {needed - 1:,}" in why
