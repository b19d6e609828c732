"""The rubric: what a submission is worth, from a TOML file; the one that comes with the program has every line."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlbackprop.asking.data import contents
from xlbackprop.errors import BadFile
from xlbackprop.grade.submission import UNSCORED, Standing, Submission
from xlbackprop.judge.findings import Kind
from xlbackprop.shown import plain, rounded
from xlbackprop.template.source import kind_of, nearest

SHIPPED = Path(__file__).with_name("rubric.toml")
FULL, LOWEST, MOST, ROUND = "full", "lowest", "most_per_kind", "round_to"
STARTS, COSTS = "starts", "costs"
ELSEWHERE = (Standing.INCOMPLETE, Standing.VALUES_ONLY, Standing.NO_TABLE, Standing.UNREADABLE)  # start below full

FILLED = (Standing.CORRECT, Standing.WRONG, Standing.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Rubric:
    """Points. starts: by verdicts that do not start from full; costs: of each column with that kind of mistake.

    round_to: scores are multiples of this; 0 for any.
    """

    full: float
    lowest: float
    most_per_kind: float
    round_to: float
    starts: Mapping[Standing, float]
    costs: Mapping[Kind, float]

    def start(self, submission: Submission) -> float:
        """Where a score starts: of an exercise, at no more than the share of it that is right."""
        filled = self._filled(submission)
        if not capped(submission):
            return filled
        typed = min(self.starts[Standing.VALUES_ONLY], self.full * submission.numbers)
        return float(rounded(min(filled, max(self.full * submission.right, typed)), 2))

    def _filled(self, submission: Submission) -> float:
        """Where it would start if all that was filled in were right."""
        if by_share(submission):
            return float(rounded(self.full * (submission.done or 0), 2))
        return min(self.full, self.starts.get(submission.begins, self.full))

    def taken(self, submission: Submission) -> float:
        """What is taken off: what its mistakes cost, less what cells that are not right have cost it at the start."""
        lost = self._filled(submission) - self.start(submission)
        return max(0.0, self.off(submission.columns) - lost)

    def off(self, columns: Mapping[Kind, int]) -> float:
        """What is taken off for that many columns with each kind of mistake."""
        return sum(min(self.most_per_kind, count * self.costs[kind]) for kind, count in columns.items())

    def score(self, submission: Submission) -> float | None:
        """The points of a submission; None where it is nobody's work, or a person has to look."""
        if submission.standing in UNSCORED:
            return None
        left = self.start(submission) - self.taken(submission)
        if self.round_to:  # halves away from zero, as in a spreadsheet
            left = float(plain(float(rounded(left / self.round_to, 0)) * self.round_to))
        return max(self.lowest, left)


def capped(submission: Submission) -> bool:
    """Whether it is an exercise with cells that were filled in and are not right."""
    return submission.done is not None and submission.right < submission.done


def by_share(submission: Submission) -> bool:
    """Whether its score starts at a share of full points, which is what an incomplete exercise is worth."""
    return submission.done is not None and submission.standing in FILLED


def load(path: Path | None = None) -> Rubric:
    """The rubric of a file, what it leaves out being as shipped; BadFile says which key of which file is wrong."""
    ours = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    given = {} if path is None else _toml(path)
    where = str(path or SHIPPED)
    _check(where, "", given, ours)
    merged = {key: {**ours[key], **given.get(key, {})} for key in (STARTS, COSTS)}
    plain = {key: float(given.get(key, ours[key])) for key in (FULL, LOWEST, MOST, ROUND)}
    if plain[FULL] <= plain[LOWEST]:
        raise BadFile(f"{where}: {FULL} is {plain[FULL]:g} and {LOWEST} {plain[LOWEST]:g}; give {FULL} the larger one")
    high = next((word for word in ELSEWHERE if merged[STARTS][word] > plain[FULL]), None)
    if high:
        raise BadFile(
            f"{where}: {FULL} is {plain[FULL]:g} and {STARTS}.{high!s} {merged[STARTS][high]:g}; "
            f"write under [{STARTS}] what such work is worth at most, and look at [{COSTS}], too"
        )
    return Rubric(
        **plain,
        starts={word: float(merged[STARTS][word]) for word in ELSEWHERE},
        costs={kind: float(merged[COSTS][kind]) for kind in Kind},
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(contents(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path}: is not TOML: {error}") from None


def _check(where: str, prefix: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """BadFile unless every key is known and holds what that key holds in the shipped rubric."""
    for key, value in given.items():
        name = f"{prefix}{key}"
        if key not in known:
            raise BadFile(f"{where}: {name!r:.80}: no such key{nearest(key, known)}; xlbackprop grade --show-rubric")
        if isinstance(known[key], dict):
            if not isinstance(value, dict):
                raise BadFile(f"{where}: {name}: {kind_of(value)}; write a table, [{name}]")
            _check(where, f"{name}.", value, known[key])
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise BadFile(f"{where}: {name}: {kind_of(value)}; write a number of points")
        elif not (math.isfinite(value) and value >= 0):
            raise BadFile(f"{where}: {name}: {value:g}; write a number of points that is not negative")
