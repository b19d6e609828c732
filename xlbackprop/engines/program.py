"""Recalculates one .xlsx by a program that converts it; what the programs have in common."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from xlbackprop.engines.values import Values
from xlbackprop.errors import EngineFailed, Unreadable
from xlbackprop.reading.package import read_package, without_saved_values

TIMEOUT = 300  # seconds


def version_of(program: str) -> str | None:
    """The version that `program --version` tells; None where there is no such program."""
    if shutil.which(program) is None:
        return None
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+)+", told)
    return found[0] if found else None


def converted(path: Path, program: str, arguments: Callable[[Path, Path], list[str]]) -> Values:
    """The values in the file `out` after `program *arguments(book, out)`; `book` is `path` without saved values."""
    if shutil.which(program) is None:
        raise EngineFailed(f"{path}: cannot be recalculated, for `{program}` is not on the PATH: install it")
    with tempfile.TemporaryDirectory(prefix="xlbackprop-", ignore_cleanup_errors=True) as folder:
        book, out = Path(folder, "in", "book.xlsx"), Path(folder, "out", "book.xlsx")
        book.parent.mkdir()
        out.parent.mkdir()
        without_saved_values(path, book)
        try:
            said = _run([program, *arguments(book, out)])
            return _values(out)
        except subprocess.TimeoutExpired as error:
            raise EngineFailed(f"{path}: `{program}` took more than {TIMEOUT} s: try another engine") from error
        except Unreadable as error:
            raise EngineFailed(f"{path}: `{program}` did not recalculate it ({said}): try another engine") from error


def _values(path: Path) -> Values:
    return {name: sheet.grid for name, sheet in read_package(path, formulas=False).sheets.items()}


def _run(command: list[str]) -> str:
    """What a program said last; neither a timeout nor Ctrl-C leaves it running."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "LC_ALL": "C.UTF-8"},  # TEXT() writes a decimal comma in other places
        start_new_session=True,
    )
    with process, ExitStack() as unfinished:
        unfinished.callback(_kill, process)
        said, _ = process.communicate(timeout=TIMEOUT)
        unfinished.pop_all()
    return " ".join(said.split())[-300:] or f"exit status {process.returncode}"


def _kill(process: "subprocess.Popen[str]") -> None:
    """End a program and the programs it started: `soffice` is a launcher."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
