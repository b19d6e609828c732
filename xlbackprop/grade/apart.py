"""Looks at files in a process of its own, so that one that hangs, crashes or wants all memory costs only itself.

``python -m xlbackprop.grade.apart`` reads jobs from stdin and writes submissions to stdout until stdin ends. It is
started by `looked_at`, once for each thread that asks, and serves many files: it takes a while to start.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from xlbackprop.grade.submission import Job, Standing, Submission
from xlbackprop.judge.findings import Judgement
from xlbackprop.maths.network import Network

SECONDS = 60.0  # for one file, where nobody says otherwise
MEMORY = 2 << 30  # bytes for one process
SERVED = 40  # files after which a process is replaced, so that what one leaves behind does not add up
MODULE = "xlbackprop.grade.apart"
HOME = Path(__file__).parents[2]
TOO_LONG = "takes more than {:g} s to judge: look at it yourself, or give it more with --time-limit"
OUT_OF_MEMORY = "takes more than 2 GB of memory to judge: look at it yourself"

_mine = threading.local()  # the process of this thread


def looked_at(job: Job, assignment: Network | None, seconds: float = SECONDS) -> Submission:
    """The submission that a file is; whatever happens to the process that looks at it, there is one."""
    since = time.perf_counter()
    for _ in range(2):  # a process may have died of what came before, or of what the machine had no room for
        answer = _process().ask(job, assignment, seconds)
        if answer is not None:
            return answer
        if time.perf_counter() - since >= seconds:
            return _not_judged(
                job,
                f"takes more than {seconds:g} s to judge: look at it yourself, or give it more with --time-limit",
                since,
            )
    return _not_judged(job, "makes the judge crash: look at it yourself, and please report it", since)


def _not_judged(job: Job, why: str, since: float) -> Submission:
    spent = time.perf_counter() - since
    return Submission(job.student, Standing.NOT_JUDGED, Judgement(job.file, error=why), spent, {})


def _process() -> _Process:
    """The process of this thread; another one where it has served or died."""
    process: _Process | None = getattr(_mine, "process", None)
    if process is None or process.spent:
        if process is not None:
            process.end()
        process = _mine.process = _Process()
    return process


class _Process:
    """A running `python -m xlbackprop.grade.apart`."""

    def __init__(self) -> None:
        self.served = 0
        # -P: a folder full of strangers' files is no place to import from.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": _path(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    @property
    def spent(self) -> bool:
        """Whether it is time for another one."""
        return self.served >= SERVED or self.process.poll() is not None

    def ask(self, job: Job, assignment: Network | None, seconds: float) -> Submission | None:
        """What it makes of a file; None where it died, or was ended for taking too long."""
        if self.process.stdin is None or self.process.stdout is None:
            raise TypeError("a process without pipes")
        self.served += 1
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            pickle.dump((job, assignment), self.process.stdin)
            self.process.stdin.flush()
            answer = pickle.load(self.process.stdout)  # noqa: S301 - our own process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            return None
        finally:
            timer.cancel()
        return answer if isinstance(answer, Submission) else None

    def end(self) -> None:
        """End it, if it has not ended."""
        self.process.kill()
        self.process.communicate()


def _path() -> str:
    """Where the process finds this package, also where it is not installed."""
    return os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))


def _serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Look at one file after the other until there are no more."""
    from xlbackprop.grade.examine import examine

    while True:
        try:
            job, assignment = pickle.load(jobs)  # noqa: S301 - our own parent wrote it
        except EOFError:
            return
        since = time.perf_counter()
        try:
            answer = examine(job, assignment)
        except MemoryError:
            answer = _not_judged(job, OUT_OF_MEMORY, since)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file provokes is a line, not the end
            why = f"makes the judge fail ({type(error).__name__}): look at it yourself, and please report it"
            answer = _not_judged(job, why, since)
        pickle.dump(answer, answers)
        answers.flush()


def _bound_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard < 0 else min(MEMORY, hard), hard))


if __name__ == "__main__":
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    _bound_memory()
    _serve(sys.stdin.buffer, answers)
