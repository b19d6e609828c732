"""The files of a class spread over the cores of this machine, or over the workers of a Dask cluster, by joblib."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import joblib

from xlbackprop.errors import BadOption
from xlbackprop.extras import check_installed
from xlbackprop.grade.apart import SECONDS, looked_at
from xlbackprop.grade.submission import Job, Submission
from xlbackprop.maths.network import Network

ALL_CORES = -1  # as joblib calls them
WAIT = 10  # seconds for a scheduler to answer
LIKE = "give one like tcp://host:8786"
Progress = Callable[[], None]


def spread(
    jobs: Sequence[Job],
    assignment: Network | None = None,
    *,
    processes: int = ALL_CORES,
    dask: str | None = None,
    seconds: float = SECONDS,
    progress: Progress = lambda: None,
) -> list[Submission]:
    """The submission of each job, in the same order.

    processes: how many at a time; dask: address of a scheduler that spreads them
    instead; seconds: for one file; progress: called whenever one is done.
    """
    with _backend(dask):
        parallel = joblib.Parallel(n_jobs=min(processes, len(jobs)) or 1, return_as="generator_unordered", batch_size=1)
        found: dict[int, Submission] = {}
        asked = (joblib.delayed(_numbered)(n, _absolute(job), assignment, seconds) for n, job in enumerate(jobs))
        for n, submission in parallel(asked):
            found[n] = submission
            progress()
    return [_as_asked(job, found[n]) for n, job in enumerate(jobs)]


def _numbered(n: int, job: Job, assignment: Network | None, seconds: float) -> tuple[int, Submission]:
    return n, looked_at(job, assignment, seconds)


def _absolute(job: Job) -> Job:
    return Job(Path(os.path.abspath(job.file)), job.student)  # noqa: PTH100 - resolve() would rename a link


def _as_asked(job: Job, submission: Submission) -> Submission:
    """The submission with the path as it was given."""
    return replace(submission, judgement=replace(submission.judgement, file=job.file))


@contextmanager
def _backend(dask: str | None) -> Iterator[None]:
    if dask is not None:
        with _cluster(dask):
            yield
        return
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"  # loky's workers import nothing from a folder full of strangers' files
    try:
        with joblib.parallel_config(backend="loky"):
            yield
    finally:
        del os.environ["PYTHONSAFEPATH"]
        if before is not None:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def _cluster(address: str) -> Iterator[None]:
    """A Dask scheduler as joblib's backend; BadOption where nobody answers there, or it has no workers."""
    check_installed("--dask", "distributed", extra="dask")
    from distributed import Client

    _check_answers(address)
    try:
        client = Client(address, timeout=WAIT, set_as_default=False)
    except OSError as error:
        raise BadOption(f"--dask: no scheduler at {address} ({_first(error)}); {LIKE}") from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise BadOption(f"--dask: {address} has no workers; start some with: dask worker {address}")
        with joblib.parallel_config(backend="dask", client=client):
            yield


def _check_answers(address: str) -> None:
    """BadOption unless something listens there; a Dask client would say so in many lines."""
    try:
        parts = urlsplit(address)
        place = parts.hostname or "", parts.port or 0
        if parts.scheme not in ("tcp", "tls") or not all(place):
            raise ValueError(address)
    except ValueError:
        raise BadOption(f"--dask: {address!r} is no address of a scheduler; {LIKE}") from None
    try:
        socket.create_connection(place, WAIT).close()
    except (OSError, ValueError) as error:
        raise BadOption(f"--dask: no scheduler at {address} ({_first(error)}); {LIKE}") from None


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n")[0]
