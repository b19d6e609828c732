"""Where a training ran, and how to run it again."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.cnn.options import EXTRA, Options
from xlbackprop.cnn.parallel import Crew

if TYPE_CHECKING:
    import torch

CPUINFO = Path("/proc/cpuinfo")  # Linux; elsewhere platform knows


def versions() -> dict[str, str]:
    """Of what decides a training's numbers."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("xlbackprop", *EXTRA)}}


def described(device: torch.device, *, bfloat16: bool) -> str:
    """The processor or GPU, the threads, the system and the number format, in a line."""
    import torch

    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    threads = torch.get_num_threads()
    system = f"{platform.system()} {platform.machine()}"
    return f"{chip}, {threads} thread{'s' * (threads > 1)}, {system}, {'bfloat16' if bfloat16 else 'float32'}"


def _processor() -> str:
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def command(options: Options, crew: Crew) -> str:
    """What gives the same weights again.

    >>> command(Options(recipe="fast", epochs=3, runs=5), Crew())
    'xlbackprop train-cnn --arch reference --recipe fast --epochs 3 --seed 1 --runs 5'
    """
    start = f"torchrun --nproc-per-node {crew.size} -m xlbackprop" if crew.size > 1 else "xlbackprop"
    asked = {
        "arch": options.arch,
        "recipe": options.recipe,
        "epochs": options.how.epochs,
        "seed": options.seed,
        "runs": options.runs,
        "batch-size": options.batch_size,
        "holdout": options.holdout or None,
        "device": None if options.device == "auto" else options.device,
    }
    given = (f"--{name} {value}" for name, value in asked.items() if value is not None)
    return " ".join((start, "train-cnn", *given))
