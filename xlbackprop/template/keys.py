"""What a template may say, key by key: a table of keys that the reader, the form and the starter go by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from xlbackprop.maths.initial import INITIALISERS
from xlbackprop.maths.optim import OPTIMISERS, SCHEDULES
from xlbackprop.maths.rules import ACTIVATIONS, LOSSES
from xlbackprop.maths.settings import NOT_NEGATIVE, POSITIVE, Bounds

BATCHES = ("full", "one by one")
MOST_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a template.

    says: what it is, for the form; default: what it is where left out, None where it is needed.
    words: what may stand there; fits: what its number may be; whole: whether that is a whole number.
    """

    name: str
    says: str
    default: str | float | bool | None = None
    words: Collection[str] = ()
    fits: Bounds | None = None
    whole: bool = False


def _by_name(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


NETWORK = _by_name(
    Key("title", "What the workbook says above the drawing."),
    Key("inputs", "What a single sample shows the network."),
    Key("targets", "What the network should answer to it."),
    Key("samples", "What it learns: inputs, and what it should answer."),
    Key("loss", "What a wrong answer costs.", words=LOSSES),
    Key("layers", "From the inputs to the outputs."),
    Key("training", "How it learns."),
    Key("look", "Colours of its parts, and number formats."),
)
SAMPLE = {name: NETWORK[name] for name in ("inputs", "targets")}
LAYER = _by_name(
    Key("activation", "What a unit makes of what it receives.", words=ACTIVATIONS),
    Key("units", "How many.", fits=Bounds(f"from 1 to {MOST_UNITS:,}", lambda n: 1 <= n <= MOST_UNITS), whole=True),
    Key("weights", "Drawn at random, or given.", words=INITIALISERS),
    Key("biases", "One for each unit, or one number for all."),
    Key("train_biases", "Whether they are trained, or stay as they are.", True),
)
INIT = _by_name(
    Key("init", "How first weights are drawn.", words=INITIALISERS),
    Key("seed", "Another one draws other weights.", 1, whole=True),
)
TRAINING = _by_name(
    Key("learning_rates", "How far a step goes. One sheet for each."),
    Key("optimizer", "How a gradient becomes a step.", "sgd", OPTIMISERS),
    Key("optimizers", "Those that are compared, one sheet for each."),
    Key("steps", "Rows of each sheet. A row is a step.", 100, whole=True),
    Key("batch", "full: a step learns from all samples; one by one: from one after the other.", BATCHES[0], BATCHES),
    Key("threshold", "The network counts as trained when its total loss is under this.", 0.001, fits=POSITIVE),
    Key("schedule", "How the learning rate changes from step to step.", "constant", SCHEDULES),
    Key("weight_decay", "Times the weight, added to its gradient; 0 for none.", 0, fits=NOT_NEGATIVE),
    Key("clip_value", "No gradient is larger than this; 0 for no clipping.", 0, fits=NOT_NEGATIVE),
    Key("clip_norm", "All gradients together are no longer than this; 0 for no clipping.", 0, fits=NOT_NEGATIVE),
)
COLOURS = _by_name(
    Key("input", "Inputs and targets."),
    Key("hidden", "Hidden layers."),
    Key("output", "The output layer."),
    Key("loss", "Losses."),
    Key("gradient", "Gradients."),
)
FORMATS = _by_name(
    Key("weights", "Weights, and what units receive and give."),
    Key("gradients", "Gradients and losses."),
)
LOOK = COLOURS | FORMATS
