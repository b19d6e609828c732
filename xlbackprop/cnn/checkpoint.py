"""A training saved after each epoch in one file, safetensors with JSON in its header, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbackprop.cnn.errors import BadCheckpoint
from xlbackprop.cnn.model import ARCHS, build
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.result import Epoch
from xlbackprop.cnn.state import State, learnt
from xlbackprop.files import write_whole

if TYPE_CHECKING:
    from torch import Tensor, nn

OPTIONS = ("arch", "recipe", "seed", "epochs", "holdout", "batch_size")
TRAINING, SUM = "training", "sha256"  # keys in the header
FORMAT = 1  # goes up when a checkpoint of before would no longer be understood


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """A checkpoint that was read. plan: Plan.described; versions: of what it was trained with.

    history: the epochs done; tensors: those of State.saved.
    """

    plan: dict[str, Any]
    versions: dict[str, str]
    history: list[Epoch]
    tensors: dict[str, Tensor]


def save(path: Path, plan: Plan, state: State, history: list[Epoch], versions: Mapping[str, str]) -> None:
    """Write the checkpoint; if that fails, the one before it still stands."""
    from safetensors.torch import save as packed

    about = {
        "format": FORMAT,
        "plan": plan.described,
        "epoch": len(history),
        "step": len(history) * plan.steps_per_epoch,
        "history": [asdict(row) for row in history],
        "versions": dict(versions),
    }
    text = json.dumps(about)
    tensors = {name: tensor.detach().cpu().clone() for name, tensor in state.saved.items()}
    write_whole(path, packed(tensors, {TRAINING: text, SUM: _digest(text, tensors)}))


def save_weights(path: Path, plan: Plan, state: State, history: list[Epoch]) -> None:
    """Write the weights that were judged, by torch's names, for anyone to load."""
    from safetensors.torch import save as packed

    about = {
        "arch": plan.arch.name,
        "recipe": plan.recipe.name,
        "seed": plan.seed,
        "epochs": len(history),
        "accuracy": history[-1].accuracy,
    }
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in learnt(state.judged).items()}
    # One key, because several come in any order, and the same training should write the same bytes.
    write_whole(path, packed(tensors, {TRAINING: json.dumps(about)}))


def load_weights(path: Path) -> nn.Sequential:
    """The net of a weights file, to judge with: (batch, 1, 28, 28) standardised in, logits (batch, 10) out.

    BadCheckpoint if it is no weights file of ours.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    try:
        data = path.read_bytes()
        net = build(ARCHS[json.loads(_metadata(data)[TRAINING])["arch"]])
        net.load_state_dict(unpacked(data))
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else "holds no weights of train-cnn"
        raise BadCheckpoint(f"{path}: cannot be loaded ({why})") from None
    return net.eval()


def load(path: Path, plan: Plan) -> Saved:
    """A checkpoint of this very training; BadCheckpoint if it is none."""
    saved = read(path)
    difference = _difference(saved.plan, plan.described)
    if difference:
        raise BadCheckpoint(
            f"{path}: cannot be resumed, {difference}; give that training's options, or train anew without --resume"
        )
    return saved


def restore(saved: Saved, state: State) -> list[Epoch]:
    """Put what was saved into the state; the epochs done."""
    for name, tensor in state.saved.items():
        tensor.copy_(saved.tensors[name])
    return list(saved.history)


def read(path: Path) -> Saved:
    """A checkpoint; BadCheckpoint unless it is as it was written."""
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    try:
        data = path.read_bytes()  # at once: a training that goes on may put the next one in its place
        tensors = unpacked(data)
        header = _metadata(data)
        if header[SUM] != _digest(header[TRAINING], tensors):
            raise ValueError
        about = json.loads(header[TRAINING])
        if about["format"] != FORMAT:
            raise ValueError
    except FileNotFoundError:
        raise BadCheckpoint(f"{path}: is not there, so nothing can be resumed; train without --resume") from None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        raise BadCheckpoint(f"{path}: is damaged, so it cannot be resumed; train anew without --resume") from None
    return Saved(about["plan"], about["versions"], [Epoch(**row) for row in about["history"]], tensors)


def _metadata(data: bytes) -> dict[str, str]:
    """What a safetensors file says of itself; its library reads that from files only, not from bytes."""
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()


def _difference(saved: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In what the saved training is another, in words: what an option decides, else whatever it is.

    >>> _difference({"arch": "tiny", "seed": 1, "peak": 0.1}, {"arch": "small", "seed": 1, "peak": 0.2})
    'its arch is tiny, not small'
    """
    keys = [key for key in {**wanted, **saved} if saved.get(key) != wanted.get(key)]
    telling = [key for key in keys if key in OPTIONS] or keys
    return " and ".join(f"its {key.replace('_', ' ')} is {saved.get(key)}, not {wanted.get(key)}" for key in telling)
