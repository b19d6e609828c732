"""`grade` as a function: collect the files, look at each, compare them, and write gradebook and feedback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlbackprop.build import check_out, make_folder
from xlbackprop.errors import BadOption
from xlbackprop.exercise.roster import read as read_roster
from xlbackprop.grade.alike import alike
from xlbackprop.grade.apart import SECONDS
from xlbackprop.grade.collect import collect
from xlbackprop.grade.features import features, typed
from xlbackprop.grade.feedback import FORMATS, write_feedback
from xlbackprop.grade.gradebook import write_gradebook
from xlbackprop.grade.notes import notes, same_name
from xlbackprop.grade.places import Places
from xlbackprop.grade.rubric import load as load_rubric
from xlbackprop.grade.spread import ALL_CORES, spread
from xlbackprop.grade.submission import Feature, Job, Submission
from xlbackprop.grade.words import first_mistake
from xlbackprop.grid import SavedCell
from xlbackprop.judge.findings import as_json
from xlbackprop.maths.network import Network
from xlbackprop.pages.book import first_given, pages, plan_for
from xlbackprop.pages.plan import train
from xlbackprop.template.template import load

OUT = Path("gradebook.xlsx")
USUAL = "classic"  # the layout of this one is what anybody may have
Watch = Callable[[int], Callable[[], None]]  # told how many files there are; what it gives is called for each


@dataclass(frozen=True, slots=True)
class Asked:
    """What `grade` was asked for. jobs: how many files at a time, None for as many as there are cores."""

    paths: tuple[Path, ...]
    out: Path = OUT
    rubric: Path | None = None
    template: str | None = None
    students: Path | None = None
    feedback: Path | None = None
    form: str = FORMATS[0]
    corrections: bool = True
    jobs: int | None = None
    dask: str | None = None
    seconds: float = SECONDS
    force: bool = False


def grade(asked: Asked, watch: Watch = lambda count: lambda: None) -> Places:
    """The graded class, once gradebook and feedback are written. BadOption and its like say what cannot be done."""
    if asked.jobs is not None and asked.jobs < 1:
        raise BadOption(f"--jobs: {asked.jobs} is too few; at least 1 file is judged at a time")
    if not 0 < asked.seconds < float("inf"):
        raise BadOption(f"--time-limit: {asked.seconds:g} is no time; give a number of seconds for one file")
    rubric = load_rubric(asked.rubric)
    assignment = None if asked.template is None else load(asked.template)
    roster = [] if asked.students is None else [one.name for one in read_roster(asked.students)]
    collected = collect(asked.paths, asked.out)
    check_out(asked.out, force=asked.force)
    if asked.feedback is not None:
        make_folder(asked.feedback, "--feedback")
    submissions = spread(
        collected.jobs,
        assignment,
        processes=asked.jobs or ALL_CORES,
        dask=asked.dask,
        seconds=asked.seconds,
        progress=watch(len(collected.jobs)),
    )
    known = notes(collected, submissions, roster)
    submissions = told_apart(collected.jobs, submissions)
    pairs = tuple(alike(submissions, usual(assignment or load(USUAL))))
    places = Places(tuple(submissions), rubric, pairs, known)
    write_gradebook(places, asked.out)
    if asked.feedback is not None:
        write_feedback(submissions, rubric, asked.feedback, asked.form, corrections=asked.corrections)
    return places


def told_apart(jobs: Sequence[Job], submissions: Sequence[Submission]) -> list[Submission]:
    """The submissions; those that say another name than their file's, or the same as another, also say the file's."""
    times = Counter(one.student for one in submissions)
    return [
        replace(one, student=f"{one.student}, handed in as {job.student}")
        if one.student != job.student and (times[one.student] > 1 or not same_name(job, one.student))
        else one
        for job, one in zip(jobs, submissions, strict=True)
    ]


def usual(network: Network) -> set[Feature]:
    """The features of the workbook that `build` makes of a network, and its numbers: everybody may have them."""
    rates = network.learning_rates
    plan = plan_for(network, rates, network.steps)
    written = pages(train(plan, first_given(plan, rates)))
    cells = {
        page.name: {place: SavedCell(cell.formula, cell.value) for place, cell in page.every_cell()} for page in written
    }
    learnt = [value for sample in network.samples for value in (*sample.inputs, *sample.targets)]
    given = (*network.weights, *network.held, *rates, *learnt)
    return {*features(cells), *(typed(value) for value in given)}


def line(submission: Submission, places: Places) -> dict[str, object]:
    """What ``grade --json`` prints for a submission, on one line."""
    return {
        "student": submission.student,
        "verdict": str(submission.standing),
        "score": places.rubric.score(submission),
        "first_mistake": first_mistake(submission),
        "error": submission.judgement.error,
        "seconds": round(submission.seconds, 3),
        **as_json(submission.judgement),
    }


def lines(places: Places) -> Sequence[dict[str, object]]:
    """A line for each submission."""
    return [line(submission, places) for submission in places.submissions]
