"""Where a training ran, and how to run it again."""

from __future__ import annotations

import platform
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.cnn import DATA_DIR
from xlbackprop.cnn.options import EXTRA, Options
from xlbackprop.cnn.parallel import Crew

if TYPE_CHECKING:
    import torch

THREADS = "threads"  # the key in what a checkpoint tells
CPUINFO = Path("/proc/cpuinfo")  # Linux; elsewhere platform knows


def versions() -> dict[str, str]:
    """Of what decides a training's numbers."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("xlbackprop", *EXTRA)}}


def threads() -> int:
    """How many threads torch sums with on the processor: another number gives other last bits."""
    import torch

    return torch.get_num_threads()


def deciding() -> dict[str, str]:
    """All that a checkpoint tells of what it was trained with."""
    return {**versions(), THREADS: str(threads())}


def described(device: torch.device, threads: int, *, bfloat16: bool) -> str:
    """The processor or GPU, the threads, the system and the number format, in a line."""
    import torch

    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    system = f"{platform.system()} {platform.machine()}"
    return f"{chip}, {threads} thread{'s' * (threads > 1)}, {system}, {'bfloat16' if bfloat16 else 'float32'}"


def _processor() -> str:
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def command(options: Options, crew: Crew, threads: int) -> str:
    """What a shell needs to give the same weights and report again.

    >>> command(Options(arch="tiny", epochs=3, out=Path("my report.xlsx")), Crew(), threads=2)
    "OMP_NUM_THREADS=2 xlbackprop train-cnn --arch tiny --recipe best --epochs 3 --seed 1 --runs 1 -o 'my report.xlsx'"
    """
    start = f"torchrun --nproc-per-node {crew.size} -m xlbackprop" if crew.size > 1 else "xlbackprop"
    asked = {
        "--arch": options.arch,
        "--recipe": options.recipe,
        "--epochs": options.how.epochs,
        "--seed": options.seed,
        "--runs": options.runs,
        "--batch-size": options.batch_size,
        "--holdout": options.holdout or None,
        "--device": None if options.device == "auto" else options.device,
        "--data-dir": None if options.data_dir == DATA_DIR else options.data_dir,
        "--mirror": options.mirror,
        "-o": options.out,
    }
    given = (f"{name} {shlex.quote(str(value))}" for name, value in asked.items() if value is not None)
    return " ".join((f"OMP_NUM_THREADS={threads}", start, "train-cnn", *given))
