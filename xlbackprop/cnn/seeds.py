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
        state, history = _begun(session, plan)
        try:
            _train(session, plan, state, history)
            done += _kept(session, plan, state, history)
        except KeyboardInterrupt:
            if not session.crew.leads:
                raise SystemExit(130) from None
            session.watch.say("Interrupted: writing what was done")
            history = checkpoint.restore(checkpoint.load(checkpoint_path(session.out, plan.seed), plan), state)
            return done + _kept(session, plan, state, history)
    return done


def _begun(session: Session, plan: Plan) -> tuple[State, list[Epoch]]:
    """The state to go on from and the epochs done, which a checkpoint has from now on."""
    state = first_state(plan.arch, plan.seed, session.images.device, averaged=bool(plan.recipe.average))
    if saved := session.saved.get(plan.seed):
        history = checkpoint.restore(saved, state)
        if history:
            session.watch.say(_resumed(plan, saved))
        return state, history
    if session.crew.leads:  # finds an unwritable folder before the first epoch
        checkpoint.save(checkpoint_path(session.out, plan.seed), plan, state, [], deciding())
    return state, []


def _train(session: Session, plan: Plan, state: State, history: list[Epoch]) -> None:
    """Train the epochs that are not done, and add them."""
    path, leads = checkpoint_path(session.out, plan.seed), session.crew.leads
    runs_left = session.plans[-1].seed - plan.seed
    for number in range(len(history) + 1, plan.epochs + 1):
        left = runs_left * plan.steps + (plan.epochs - number + 1) * plan.steps_per_epoch
        session.watch.begin(plan, number, left)
        row = train_epoch(state, plan, session.training, number, session.crew, session.watch.step)
        if leads:
            row = replace(row, accuracy=judge.accuracy(state.judged, session.images, session.judges.labels))
            checkpoint.save(path, plan, state, [*history, row], deciding())
        history.append(row)
        session.watch.end(row)


def _kept(session: Session, plan: Plan, state: State, history: list[Epoch]) -> list[tuple[Run, Path]]:
    """The run, and the file that its weights are now in; nothing before the first epoch, or if others lead."""
    if not history or not session.crew.leads:
        return []
    path = session.out.with_suffix(f".seed-{plan.seed}.safetensors" if session.plans[1:] else ".safetensors")
    checkpoint.save_weights(path, plan, state, history)
    return [(_judged(session, plan, state, history), path)]


def _resumed(plan: Plan, saved: checkpoint.Saved) -> str:
    """Where a seed goes on, and whether that gives the weights it would have had in one go."""
    done, told = len(saved.history), saved.versions.get(THREADS)
    if done == plan.epochs:
        return f"seed {plan.seed}: is trained already"
    goes_on = f"seed {plan.seed}: goes on after epoch {done} of {plan.epochs}"
    if told in (None, str(threads())):
        return goes_on
    return f"{goes_on}, trained with other threads: only OMP_NUM_THREADS={told} gives the weights of one go"


def _judged(session: Session, plan: Plan, state: State, history: Sequence[Epoch]) -> Run:
    logits = judge.scores(state.judged, session.images)
    return Run(
        seed=plan.seed,
        epochs=tuple(history),
        confusion=judge.confusion(logits, session.judges.labels),
        mistakes=judge.mistakes(logits, session.judges),
    )
