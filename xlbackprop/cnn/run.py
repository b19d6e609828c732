"""`train-cnn` as a function: check, load, train each seed, and write weights and report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.cnn import checkpoint
from xlbackprop.cnn.console import Watch, watching
from xlbackprop.cnn.data import Mnist, load, standardised
from xlbackprop.cnn.errors import BadCheckpoint
from xlbackprop.cnn.machine import THREADS, command, described, threads, versions
from xlbackprop.cnn.memory import keep_freed_memory
from xlbackprop.cnn.model import ARCHS
from xlbackprop.cnn.options import EXTRA, Options, check, check_crew, checkpoints, device_of
from xlbackprop.cnn.parallel import Crew, crew_of_torchrun, together
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.report import write_report
from xlbackprop.cnn.result import Result, Run
from xlbackprop.cnn.seeds import Session, checkpoint_path, train_all
from xlbackprop.cnn.train import batches
from xlbackprop.errors import BadOption, XlbackpropError
from xlbackprop.extras import check_installed

if TYPE_CHECKING:
    import torch


def train_cnn(options: Options, tell: Callable[..., AbstractContextManager[Watch]] = watching) -> Result:
    """Train, write weights and report; what they say. An XlbackpropError if it cannot be done, mostly at once."""
    start, crew = time.perf_counter(), crew_of_torchrun()
    try:
        check(options)
        check_installed("train-cnn", *EXTRA)
        check_crew(options, crew)
        device = device_of(options.device, crew)
        with tell(leads=crew.leads) as watch, together(crew, device.type):
            session = _session(options, crew, device, watch)
            watch.say(_begun(session))
            done = train_all(session)
    except XlbackpropError:
        if crew.leads:
            raise
        raise SystemExit(2) from None  # the leading process says what went wrong
    if not crew.leads:
        raise SystemExit(0)
    result = _result(options, session, done, time.perf_counter() - start)
    if done:
        write_report(result, options.out)
    return result


def _session(options: Options, crew: Crew, device: torch.device, watch: Watch) -> Session:
    """Everything in place for the first step."""
    keep_freed_memory()
    mnist = _loaded(options, crew, device, watch)
    plans = [
        Plan(ARCHS[options.arch], options.how, options.how.epochs, seed, len(mnist.training), options.holdout)
        for seed in options.seeds
    ]
    if not plans[0].steps_per_epoch:
        raise BadOption(f"--batch-size {options.batch_size}: there are only {len(mnist.training):,} training digits")
    saved = _saved(options, plans) if options.resume or crew.restarts else {}
    if options.resume and not saved:
        raise BadCheckpoint(f"{checkpoints(options.out)}: has no checkpoint to resume; train without --resume")
    checkpoints(options.out).mkdir(exist_ok=True)
    return Session(
        plans=plans,
        saved=saved,
        training=batches(mnist.training, options.how),
        judges=mnist.judging,
        images=standardised(mnist.judging.images),
        crew=crew,
        watch=watch,
        out=options.out,
    )


def _loaded(options: Options, crew: Crew, device: torch.device, watch: Watch) -> Mnist:
    """MNIST, fetched by the leading process while the others wait."""
    import torch

    def get() -> Mnist:
        return load(options.data_dir.expanduser(), options.mirror, options.holdout, device, watch.say)

    fine = torch.ones(1, device=device)
    if crew.leads:
        try:
            mnist = get()
        except XlbackpropError:
            crew.average(fine.zero_())
            raise
    crew.average(fine)
    if fine < 1:
        raise SystemExit(2)  # the leading process says why
    return mnist if crew.leads else get()


def _saved(options: Options, plans: Sequence[Plan]) -> dict[int, checkpoint.Saved]:
    """The checkpoints there are, by seed."""
    paths = {plan.seed: checkpoint_path(options.out, plan.seed) for plan in plans}
    return {plan.seed: checkpoint.load(paths[plan.seed], plan) for plan in plans if paths[plan.seed].exists()}


def _begun(session: Session) -> str:
    """What begins, in a line, for those who wait for the first epoch's."""
    plan, several = session.plans[0], f" to {session.plans[-1].seed}" if session.plans[1:] else ""
    return (
        f"Training {plan.arch.name} ({plan.arch.parameters:,} parameters), recipe {plan.recipe.name}: {plan.epochs} "
        f"epoch{'s' * (plan.epochs > 1)} of {plan.digits:,} digits, seed{'s' * bool(several)} {plan.seed}{several}, "
        f"on {session.images.device.type} with {threads()} thread{'s' * (threads() > 1)}"
    )


def _threads(session: Session) -> int:
    """How many threads the runs were trained with: what their checkpoints say, if they agree."""
    begun = [saved.versions for saved in session.saved.values() if saved.history]
    told = {versions[THREADS] for versions in begun if THREADS in versions}
    return int(told.pop()) if len(told) == 1 else threads()


def _result(options: Options, session: Session, done: Sequence[tuple[Run, Path]], seconds: float) -> Result:
    with_threads = _threads(session)
    return Result(
        arch=ARCHS[options.arch],
        recipe=options.how,
        wanted=options.runs,
        epochs=options.how.epochs,
        holdout=options.holdout,
        judged=len(session.judges),
        runs=tuple(run for run, _ in done),
        versions=versions(),
        machine=described(session.images.device, with_threads, bfloat16=session.training.bfloat16),
        seconds=seconds,
        command=command(options, session.crew, with_threads),
        weights=tuple(path for _, path in done),
        resumed=any(saved.history for saved in session.saved.values()),
    )
