"""The form: a workbook to fill in instead of a TOML file; its sheets, and what stands in which of their columns."""

from __future__ import annotations

from collections.abc import Mapping

from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES, Rule
from xlbackprop.template.keys import COLOURS, FORMATS, INIT, LAYER, NETWORK, TRAINING


def settings_in(rows: Mapping[str, Rule]) -> str:
    """What can be set in a table, and of what.

    >>> settings_in(LOSSES)
    'delta of huber'
    """
    return ", ".join(f"{one.key} of {name}" for name, row in rows.items() for one in row.settings)


SHEETS = NETWORK_SHEET, SAMPLES, WEIGHTS, WORDS = ("Network", "Samples", "Weights", "Words")
GIVEN = "given"  # instead of an initialiser: the weights are typed
NONE, TRAINED, HELD = BIASES = ("none", "trained", "held")
INPUT, TARGET = COLUMNS = ("input", "target")
LAYERS, RUNS = "Layers", "Sheets"  # headings of tables on Network: a line of names and one of explanations follow
KIND = "this column is"  # input or target: where the table on Samples begins
BLOCK = "Layer {}"  # where one of Weights begins
# The columns of the two tables: what stands there, and what it is.
OF_LAYER = {
    "activation": LAYER["activation"].says,
    "units": "How many units the layer has.",
    "weights": "Drawn at random in one of these ways, or given on the sheet Weights.",
    "seed": INIT["seed"].says,
    "biases": "None; or trained, or held as they are.",
    "bias": "One number for all units. Empty: on the sheet Weights.",
    "setting": f"{settings_in(ACTIVATIONS)}. Empty: PyTorch's own.",
}
LOSS_SETTING = "setting of the loss"
OF_LOSS = f"{NETWORK['loss'].says} Left of this: {settings_in(LOSSES)}; empty: PyTorch's own."
SETTINGS = [f"setting {n}" for n in range(1, 1 + max(len(row.settings) for row in OPTIMISERS.values()))]
OF_RUN = {
    "optimizer": "How a gradient becomes a step. One for all; or one in each row, to compare them.",
    "learning rate": TRAINING["learning_rates"].says,
    **dict.fromkeys(SETTINGS, ""),  # the first says it for all
    SETTINGS[0]: "Those of the optimizer, in the order that stands at the right. Empty: PyTorch's own.",
}
AT = {  # columns of both tables and of the schedule
    **{name: n for n, name in enumerate(OF_LAYER, start=2)},
    **{name: n for n, name in enumerate(OF_RUN, start=2)},
    LOSS_SETTING: 4,
}
ASIDE = 2 + len(OF_LAYER)  # the column of live explanations
OF_SCHEDULE = max(len(row.settings) for row in SCHEDULES.values())  # settings
# Keys with a row of their own.
SCALARS = [key for key in TRAINING.values() if key.default is not None and key.name not in {"optimizer", "schedule"}]
# Rows of what it looks like, by their labels, which are not those of other rows.
LOOK = {f"{key.name} colour": key for key in COLOURS.values()} | {f"{key.name} format": key for key in FORMATS.values()}
