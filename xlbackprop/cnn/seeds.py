"""The runs of a command, seed after seed, each from its checkpoint or from the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlbackprop.cnn import checkpoint, judge
from xlbackprop.cnn.console import Watch
from xlbackprop.cnn.data import Digits
from xlbackprop.cnn.machine import THREADS, deciding, threads
from xlbackprop.cnn.options import checkpoints
from xlbackprop.cnn.parallel import Crew
from xlbackprop.cnn.plan import Plan
from xlbackprop.cnn.result import Epoch, Run
from xlbackprop.cnn.state import State, first_state
from xlbackprop.cnn.train import Batches, train_epoch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What all runs share. saved: checkpoints to go on from, by seed; images: the judges' (n, 1, 28, 28), standardised.

    out: the report's path, which the other files' names come from.
    """

    plans: Sequence[Plan]
    saved: Mapping[int, checkpoint.Saved]
    training: Batches
    judges: Digits
    images: Tensor
    crew: Crew
    watch: Watch
    out: Path


def checkpoint_path(out: Path, seed: int) -> Path:
    """Where a seed's checkpoint is, beside the report."""
    return checkpoints(out) / f"seed-{seed}.safetensors"


def train_all(session: Session) -> list[tuple[Run, Path]]:
    """The runs and their weights' files, until one is interrupted; none in a process that does not lead."""
    done: list[tuple[Run, Path]] = []
    for plan in session.plans:
        state, history = _train(session, plan)
        if history and session.crew.leads:
            path = session.out.with_suffix(f".seed-{plan.seed}.safetensors" if session.plans[1:] else ".safetensors")
            checkpoint.save_weights(path, plan, state, history)
            done.append((_judged(session, plan, state, history), path))
        if len(history) < plan.epochs:
            break
    return done


def _train(session: Session, plan: Plan) -> tuple[State, list[Epoch]]:
    """The state at the end and the epochs done; if interrupted, as its last whole epoch left it."""
    state = first_state(plan.arch, plan.seed, session.images.device, averaged=bool(plan.recipe.average))
    path, leads = checkpoint_path(session.out, plan.seed), session.crew.leads
    saved = session.saved.get(plan.seed)
    history = checkpoint.restore(saved, state) if saved else []
    if saved and history:
        session.watch.say(_resumed(plan, saved))
    if leads and not saved:
        checkpoint.save(path, plan, state, history, deciding())  # finds an unwritable folder before the first epoch
    runs_left = session.plans[-1].seed - plan.seed
    try:
        for number in range(len(history) + 1, plan.epochs + 1):
            left = runs_left * plan.steps + (plan.epochs - number + 1) * plan.steps_per_epoch
            session.watch.begin(plan, number, left)
            row = train_epoch(state, plan, session.training, number, session.crew, session.watch.step)
            if leads:
                row = replace(row, accuracy=judge.accuracy(state.judged, session.images, session.judges.labels))
                checkpoint.save(path, plan, state, [*history, row], deciding())
            history.append(row)
            session.watch.end(row)
    except KeyboardInterrupt:
        if not leads:
            raise SystemExit(130) from None
        session.watch.say("Interrupted: writing what was done")
        history = checkpoint.restore(checkpoint.load(path, plan), state)
    return state, history


def _resumed(plan: Plan, saved: checkpoint.Saved) -> str:
    """Where a seed goes on, and whether that gives the weights it would have had in one go."""
    done, told = len(saved.history), saved.versions.get(THREADS)
    if done == plan.epochs:
        return f"seed {plan.seed}: all {done} epochs are done"
    other = f", with another number of threads: only OMP_NUM_THREADS={told} gives the weights of a training in one go"
    return f"seed {plan.seed}: {done} of {plan.epochs} epochs are done{'' if told in (None, str(threads())) else other}"


def _judged(session: Session, plan: Plan, state: State, history: Sequence[Epoch]) -> Run:
    logits = judge.scores(state.judged, session.images)
    return Run(
        seed=plan.seed,
        epochs=tuple(history),
        confusion=judge.confusion(logits, session.judges.labels),
        mistakes=judge.mistakes(logits, session.judges),
    )
