"""The files of MNIST: fetched and unpacked by torchvision, trusted only if they are what was published.

MNIST is by LeCun, Cortes and Burges, under CC BY-SA 3.0.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlbackprop.cnn.errors import BadData
from xlbackprop.errors import NotInstalled

PATIENCE = 30  # seconds without a byte before a server counts as gone


@dataclass(frozen=True, slots=True)
class Published:
    """A file of MNIST, with the MD5 sums it has packed (as torchvision lists them too) and unpacked."""

    name: str
    packed: str
    unpacked: str


FILES = (
    Published("train-images-idx3-ubyte", "f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
    Published("train-labels-idx1-ubyte", "d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
    Published("t10k-images-idx3-ubyte", "9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
    Published("t10k-labels-idx1-ubyte", "ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637"),
)


def ensure(folder: Path, mirror: str | None, say: Callable[[str], None]) -> None:
    """See to it that the four unpacked files are there, and as published."""
    if not all((folder / one.name).exists() for one in FILES):
        for one in FILES:
            _check(folder / f"{one.name}.gz", one.packed)
        _fetch(folder, mirror, say)
    for one in FILES:
        _check(folder / one.name, one.unpacked)


def _check(path: Path, expected: str) -> None:
    """BadData if there is such a file and it is not as published."""
    if found := _wrong_sum(path, expected):
        raise BadData(
            f"{path}: is damaged or cut short; its MD5 sum should be {expected} and is {found}; "
            "delete it and run again, and it is fetched anew"
        )


def _wrong_sum(path: Path, expected: str) -> str | None:
    """The MD5 sum of a file that is there and is not as published."""
    try:
        found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({error.strerror})") from None
    return None if found == expected else found


def _fetch(folder: Path, mirror: str | None, say: Callable[[str], None]) -> None:
    """Let torchvision fetch what is missing and unpack it all; what came damaged does not stay."""
    try:
        from torchvision import datasets
    except (ImportError, OSError, RuntimeError) as error:  # RuntimeError: it does not fit this torch
        raise NotInstalled(f'torchvision does not load ({error}); run: pip install -U "xlbackprop[cnn]"') from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadData(f"{folder}: cannot be made ({error.strerror}); choose another --data-dir") from None
    mirrors = [mirror.rstrip("/") + "/"] if mirror else list(datasets.MNIST.mirrors)
    # torchvision names the folder after the class.
    dataset = type("MNIST", (datasets.MNIST,), {"mirrors": mirrors, "resources": _resources()})
    missing = [one for one in FILES if not (folder / f"{one.name}.gz").exists()]
    if missing:
        say(f"Fetching MNIST (11 MB) from {mirrors[0]} to {folder}")
    try:
        with _quiet(), _patience():
            _download(dataset, folder)
    except (OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
        damaged = _discard(folder, missing)
        raise BadData(damaged or _no_files(folder, mirrors, missing, error)) from None
    except KeyboardInterrupt:
        _discard(folder, missing)
        raise


def _resources() -> list[tuple[str, str]]:
    return [(f"{one.name}.gz", one.packed) for one in FILES]


def _download(dataset: Any, folder: Path) -> None:
    empty = dataset.__new__(dataset)  # its constructor would also read old formats, whose checksums nobody knows
    empty.root = str(folder.parent.parent)
    empty.download()


def _discard(folder: Path, fetched: list[Published]) -> str:
    """Delete what was fetched and is not as published; what there is to say of it."""
    told = ""
    for one in fetched:
        path = folder / f"{one.name}.gz"
        if found := _wrong_sum(path, one.packed):
            path.unlink()
            told = (
                f"{path}: came over the network damaged or cut short; its MD5 sum should be {one.packed} "
                f"and is {found}; it is deleted: run again, or give another --mirror URL"
            )
    return told


def _no_files(folder: Path, mirrors: list[str], missing: list[Published], error: Exception) -> str:
    wanted = ", ".join(f"{one.name}.gz" for one in FILES)
    if not missing:
        return f"{folder}: cannot unpack {wanted} there ({error})"
    tried = " and ".join(f"{mirror}{missing[0].name}.gz" for mirror in mirrors)
    return (
        f"MNIST is not there and could not be fetched: tried {tried} ({_reason(error)}); "
        f"give another --mirror URL, or put {wanted} into {folder}"
    )


def _reason(error: Exception) -> str:
    """The last line of what torchvision tells, without its own preface."""
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(("Error", "Tried"))]
    return lines[-1].strip("<>") if lines else type(error).__name__


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing of torchvision's own on stdout, where --json goes, nor its bars on stderr."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
