"""Hand out exercises: a workbook for each student and one key for the teacher, every file whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlbackprop.build import check_out, check_rates, make_folder, parse_rates
from xlbackprop.errors import BadOption
from xlbackprop.exercise import hidden, key, roster, sheet
from xlbackprop.exercise.blanks import GRADIENTS, UPDATES, check_blank
from xlbackprop.exercise.blueprint import Blueprint, check_size
from xlbackprop.exercise.card import Card, properties
from xlbackprop.exercise.drawn import drawn
from xlbackprop.exercise.roster import NOBODY, Student
from xlbackprop.files import whole
from xlbackprop.maths.lower import settings_of
from xlbackprop.maths.network import Network
from xlbackprop.pages.limits import size_flaws, steps_flaw
from xlbackprop.pages.look import hues
from xlbackprop.pages.page import Page
from xlbackprop.pages.plan import COLUMN_WIDTH, ROW_HEIGHT
from xlbackprop.pages.spec import WROTE
from xlbackprop.writing.picture import png
from xlbackprop.writing.workbook import write

KEY = "Key"
USUAL_STEPS = 20  # at most, unless asked for: a page that can be seen as a whole
LEAST_FOR_UPDATES = 2  # the first weights are given
ABOUT = {
    "title": "Backpropagation: an exercise",
    "comments": "Written by xlbackprop. Yellow cells are to be filled in with formulas.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What exercises are asked for. network: of `template`; rate, steps: None for the template's own."""

    network: Network
    template: str
    students: Path | None = None
    blank: tuple[str, ...] = (GRADIENTS,)
    seed: int = 1
    rate: float | None = None
    steps: int | None = None


def hand_out(asked: Asked, folder: Path, *, force: bool = False) -> list[Path]:
    """Write the workbooks into the folder, the key last; BadOption or BadFile says why none can be written."""
    blueprint = planned(asked)
    students = roster.read(asked.students) if asked.students else [Student("", NOBODY)]
    outs = [folder / f"{name}.xlsx" for name in (*(student.file for student in students), KEY)]
    for out in outs:
        check_out(out, force=force, made=[folder])
    make_folder(folder, "-o")
    look = dict(blueprint.network.look)
    picture = png(blueprint.drawing, COLUMN_WIDTH, ROW_HEIGHT, hues(look))

    def save(out: Path, pages: list[Page], said: Mapping[str, str]) -> None:
        with whole(out) as file:
            write(file, pages, picture, blueprint.network.title, said, ABOUT, look=look)

    networks = [own_numbers(blueprint, asked.seed, student.name) for student in students]
    for student, network, out in zip(students, networks, outs, strict=False):
        card = Card(student.name, asked.seed, asked.template, network, blueprint)
        pages = [sheet.page(blueprint, network, student.name), hidden.page(blueprint, network)]
        save(out, pages, properties(card))
    save(outs[-1], key.pages(blueprint, list(zip(students, networks, strict=True))), {WROTE: "key"})
    return outs


def planned(asked: Asked) -> Blueprint:
    """What all exercises have in common; BadOption if it cannot be made. Of several optimisers, the first is taken."""
    network = asked.network.on_sheet(0)
    (rate,) = check_rates([_usual_rate(asked.network) if asked.rate is None else asked.rate])
    steps = min(network.steps, USUAL_STEPS) if asked.steps is None else asked.steps
    if flaw := steps_flaw(steps, 1, network):
        raise BadOption(f"--steps: {flaw}")
    for _, flaw in size_flaws(network):
        raise BadOption(f"--template: {flaw}")
    check_blank(asked.blank, network)
    if asked.blank == (UPDATES,) and steps < LEAST_FOR_UPDATES:
        raise BadOption(f"--steps: {steps} leaves no update to fill in; give {LEAST_FOR_UPDATES} or more")
    blueprint = Blueprint(network, tuple(settings_of(network, rate).values()), steps, asked.blank)
    check_size(blueprint)
    return blueprint


def one_rate(text: str) -> float:
    """The learning rate of an option; BadOption unless it is one number."""
    rates = parse_rates(text)
    if len(rates) > 1:
        raise BadOption(f"--lrs: an exercise has one learning rate, and {text} are {len(rates)}; give one number")
    return rates[0]


def _usual_rate(network: Network) -> float:
    """The one in the middle; where sheets compare optimisers, that of the first."""
    return network.learning_rates[0 if network.compared else (len(network.learning_rates) - 1) // 2]


def own_numbers(blueprint: Blueprint, seed: int, student: str) -> Network:
    """The network with a student's numbers, the same whenever it is asked for."""
    return drawn(blueprint.network, blueprint.tape, blueprint.settings, blueprint.steps, f"{seed} {student}")
