"""What `train-cnn` was asked for, checked before anything is fetched or trained."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.cnn import DATA_DIR, REPORT
from xlbackprop.cnn.data import TRAINING
from xlbackprop.cnn.model import ARCHS
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.recipe import RECIPES, Recipe, resized
from xlbackprop.errors import BadOption
from xlbackprop.files import is_untouched

if TYPE_CHECKING:
    import torch

EXTRA = ("torch", "torchvision", "safetensors")
MOST_EPOCHS, MOST_RUNS, MOST_SEED = 1000, 100, 2**32


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `train-cnn`. epochs, batch_size: None for the recipe's; holdout: 0 to judge on the test set."""

    epochs: int | None = None
    seed: int = 1
    runs: int = 1
    arch: str = "reference"
    recipe: str = "best"
    batch_size: int | None = None
    device: str = "auto"
    data_dir: Path = DATA_DIR
    mirror: str | None = None
    holdout: int = 0
    resume: bool = False
    out: Path = REPORT

    @property
    def how(self) -> Recipe:
        """The recipe, with what was asked to be otherwise."""
        recipe = RECIPES[self.recipe]
        return resized(replace(recipe, epochs=self.epochs or recipe.epochs), self.batch_size or recipe.batch_size)

    @property
    def seeds(self) -> range:
        """The seeds of the runs."""
        return range(self.seed, self.seed + self.runs)


def check(options: Options) -> None:
    """BadOption for what cannot be done; needs no torch and writes nothing that stays."""
    _one_of("--arch", options.arch, ARCHS)
    _one_of("--recipe", options.recipe, RECIPES)
    _one_of("--device", options.device, DEVICES)
    _within("--epochs", options.epochs, 1, MOST_EPOCHS)
    _within("--runs", options.runs, 1, MOST_RUNS)
    _within("--seed", options.seed, 0, MOST_SEED)
    _within("--batch-size", options.batch_size, 1, TRAINING)
    _within("--holdout", options.holdout, 0, TRAINING - options.how.batch_size)
    if options.mirror is not None and not options.mirror.startswith(("http://", "https://")):
        raise BadOption(
            f"--mirror {options.mirror}: is no URL that begins with http:// or https://; "
            "files that are on this machine go into MNIST/raw in --data-dir"
        )
    check_out(options.out)


def check_crew(options: Options, crew: Crew) -> None:
    """BadOption unless each process gets as many digits of a batch as the others."""
    if options.how.batch_size % crew.size:
        raise BadOption(
            f"--batch-size {options.how.batch_size}: cannot be shared evenly by {crew.size} processes; "
            f"try {options.how.batch_size // crew.size * crew.size or crew.size}"
        )


def check_out(out: Path) -> None:
    """BadOption unless a workbook, and what lies beside it, can be written there."""
    if out.is_dir():
        raise BadOption(f"{out}: is a folder; give -o the name of a file, like {out / REPORT.name}")
    if out.suffix.lower() != ".xlsx":
        raise BadOption(f"{out}: a workbook's name ends in .xlsx; try -o {out.with_suffix('.xlsx')}")
    if not out.parent.is_dir() and out != REPORT:
        raise BadOption(f"{out}: there is no folder {out.parent}; make it first, or choose another with -o")
    if out.exists() and not is_untouched(out):
        raise BadOption(
            f"{out}: has been changed since it was written, or is not ours; move it away, or choose another -o"
        )
    beside = checkpoints(out)
    if beside.exists() and not beside.is_dir():
        raise BadOption(f"{beside}: is where the checkpoints belong, and is no folder; choose another name with -o")
    for folder in (out.parent, *([beside] if beside.exists() else [])):
        try:
            if out == REPORT:
                folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise BadOption(f"{out}: cannot write in {folder} ({error.strerror}); choose another with -o") from None


def checkpoints(out: Path) -> Path:
    """The folder of the checkpoints, beside the report."""
    return out.with_suffix(".checkpoints")


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


DEVICES: dict[str, Callable[[], bool]] = {  # whether torch finds one; `auto` takes the first
    "auto": lambda: True,
    "cuda": _has_cuda,
    "mps": _has_mps,
    "cpu": lambda: True,
}


def device_of(name: str, crew: Crew) -> torch.device:
    """The device of this process; BadOption if there is none of that name."""
    import torch

    if not DEVICES[name]():
        raise BadOption(f"--device {name}: torch finds none here; --device auto takes what there is")
    if name == "auto":
        name = next(kind for kind, there in DEVICES.items() if kind != "auto" and there())
    if name != "cuda":
        return torch.device(name)
    torch.backends.cudnn.deterministic = True  # the same seed gives the same weights, bit for bit
    torch.backends.cudnn.allow_tf32 = False  # float32 means float32, above all in judging
    return torch.device(name, crew.local)


def _one_of(option: str, given: str, known: Iterable[str]) -> None:
    names = list(known)
    if given not in names:
        raise BadOption(f"{option} {given}: is unknown; choose {', '.join(names[:-1])} or {names[-1]}")


def _within(option: str, given: int | None, least: int, most: int) -> None:
    if given is not None and not least <= given <= most:
        raise BadOption(f"{option} {given}: must be from {least:,} to {most:,}")
