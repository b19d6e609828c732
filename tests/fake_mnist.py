"""Small data sets in MNIST's format, as easy to learn as they are quick, and a command that takes them for MNIST."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlbackprop.cnn.fetch import Published

TRAINING, TEST = 1600, 400
THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}  # two would wait for each other on a busy machine
DRIVER = """
import sys
from pathlib import Path
from xlbackprop.cnn import fetch
fetch.FILES = tuple(fetch.Published(*line.split()) for line in Path({sums!r}).read_text().splitlines())
from xlbackprop.cli import main
main(["train-cnn", "--data-dir", {data!r}, *sys.argv[1:]])
"""


@dataclass(frozen=True)
class Fake:
    """A folder laid out as torchvision lays it out, and the sums that stand for the published ones."""

    data_dir: Path
    files: tuple[Published, ...]
    driver: Path

    @property
    def raw(self) -> Path:
        return self.data_dir / "MNIST" / "raw"

    def command(self, *given: str, torchrun: int = 0) -> list[str]:
        """`train-cnn` with these digits, by that many processes of torchrun, which may start them all once more."""
        several = ["-m", "torch.distributed.run", "--max-restarts", "1", "--nproc-per-node", str(torchrun)]
        return [sys.executable, *(several if torchrun else []), str(self.driver), *given]

    def start(self, *given: str, torchrun: int = 0, folder: Path | None = None) -> subprocess.Popen[str]:
        """`train-cnn` with these digits, in a process of its own."""
        return subprocess.Popen(
            self.command(*given, torchrun=torchrun),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, **THREAD},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )

    def run(self, *given: str, torchrun: int = 0, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        process = self.start(*given, torchrun=torchrun, folder=folder)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in the format of MNIST's files."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.astype(np.uint8).tobytes()


def digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Stripes, each class at its own slant, in noise: (count, 28, 28) and (count,)."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count)
    slant, phase = (labels * np.pi / 10)[:, None, None], random.uniform(0, 2 * np.pi, (count, 1, 1))
    down, right = np.mgrid[:28, :28]
    stripes = np.sin((right * np.cos(slant) + down * np.sin(slant)) * 2 * np.pi / 7 + phase)
    return 128 + 70 * stripes + random.uniform(-50, 50, (count, 28, 28)), labels


def fake(folder: Path) -> Fake:
    """The four files, packed and unpacked."""
    data_dir = folder / "data"
    raw = data_dir / "MNIST" / "raw"
    raw.mkdir(parents=True)
    files = []
    for which, count, seed in (("train", TRAINING, 1), ("t10k", TEST, 2)):
        for name, array in zip(("images-idx3", "labels-idx1"), digits(count, seed), strict=True):
            unpacked = idx(array)
            packed = gzip.compress(unpacked, mtime=0)
            (raw / f"{which}-{name}-ubyte").write_bytes(unpacked)
            (raw / f"{which}-{name}-ubyte.gz").write_bytes(packed)
            sums = (hashlib.md5(data).hexdigest() for data in (packed, unpacked))
            files.append(Published(f"{which}-{name}-ubyte", *sums))
    sums_path, driver = folder / "sums", folder / "train.py"
    sums_path.write_text("".join(f"{one.name} {one.packed} {one.unpacked}\n" for one in files))
    driver.write_text(DRIVER.format(sums=str(sums_path), data=str(data_dir)))
    return Fake(data_dir, tuple(files), driver)
