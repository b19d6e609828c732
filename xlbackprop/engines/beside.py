"""Recalculates a workbook while something else is done: a large one in a process of its own.

A thread would not do, for IronCalc does not let Python go on meanwhile.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from xlbackprop.engines import ENGINES, Values
from xlbackprop.errors import EngineFailed

LARGE = 2_000_000  # bytes of a file from which on a second process costs less time than it saves
GRACE = 2  # seconds
COMMAND = ("-m", "xlbackprop.engines.beside")

Recalculated = tuple[dict[str, Values], list[EngineFailed]]  # what each engine makes of a file, and which failed


@contextmanager
def recalculating(path: Path, names: Sequence[str]) -> Iterator[Callable[[], Recalculated]]:
    """A function that waits for what the engines make of the file; whoever leaves before it is asked ends them."""
    try:
        large = path.stat().st_size >= LARGE
    except OSError:
        large = False
    if not large:
        yield partial(recalculated, path, names)
        return
    with tempfile.TemporaryDirectory(prefix="xlbackprop-", ignore_cleanup_errors=True) as folder:
        out = Path(folder, "values")
        command = [sys.executable, *COMMAND, str(path), str(out), *names]
        nothing = subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)
        try:
            yield partial(_waited, process, out)
        finally:
            _end(process)


def recalculated(path: Path, names: Sequence[str]) -> Recalculated:
    """What the engines make of the file, one after the other."""
    values: dict[str, Values] = {}
    failures: list[EngineFailed] = []
    for name in names:
        try:
            values[name] = ENGINES[name].recalculate(path)
        except EngineFailed as error:
            failures.append(error)
    return values, failures


def _waited(process: subprocess.Popen[bytes], out: Path) -> Recalculated:
    if process.wait():
        raise EngineFailed(f"the engine ended with {process.returncode}: there may be too little memory")
    found: Recalculated = pickle.loads(out.read_bytes())  # noqa: S301 - our own process wrote it
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, with time to end the program that it waits for."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    book, target, *wanted = sys.argv[1:]
    Path(target).write_bytes(pickle.dumps(recalculated(Path(book), wanted)))
