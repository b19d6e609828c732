"""Which submissions share what hardly anybody else has: hints at copied work, for a person to look into.

What many have proves nothing: a plain correct solution in the usual layout is what was asked for. So a feature weighs
the more the fewer have it, and what more than a few have does not count at all. Nor do formulas alone make a hint: two
who put their columns in the same unusual order have them all alike. It takes oddities in how they are written, too.
A file that several handed in is another matter: it is one however many have it, and stands for them all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from xlbackprop.grade.features import ODD
from xlbackprop.grade.submission import Feature, Standing, Submission

FEWEST = 4  # submissions; of fewer, nothing can be said to be rare
LEAST = 0.6  # of what is rare in the smaller of two submissions, by weight, that the other has, too
ENOUGH = 8.0  # weight of what they share
ODDITIES = 3  # that they share; fewer may be chance
SHOWN = 6  # features that are named
MOST = 300  # pairs that are listed


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that are alike. one, other: places in the class; share: from 0 to 1; shared: oddities first."""

    one: int
    other: int
    share: float
    shared: tuple[Feature, ...]


def same(submissions: Sequence[Submission]) -> list[tuple[int, ...]]:
    """Who handed in one and the same file, byte by byte: their places in the class, two at least in each group."""
    groups: dict[str, list[int]] = {}
    for n, submission in enumerate(submissions):
        if submission.digest and submission.standing is not Standing.LEFT_OUT:
            groups.setdefault(submission.digest, []).append(n)
    return [tuple(places) for places in groups.values() if len(places) > 1]


def alike(submissions: Sequence[Submission], usual: AbstractSet[Feature] = frozenset()) -> list[Pair]:
    """The pairs that are alike, the most alike first. usual: features of the shipped layout, which anybody may have.

    Of those who handed in the same file only the first counts.
    """
    repeated = {n for _, *others in same(submissions) for n in others}
    own = [{} if n in repeated else submission.features for n, submission in enumerate(submissions)]
    weights = _weights(own, usual)
    rare = [{one for one in features if one in weights} for features in own]
    heavy = [n for n, features in enumerate(rare) if _sum(features, weights) >= ENOUGH]
    found = [pair for n, m in combinations(heavy, 2) if (pair := _pair(n, m, rare, weights))]
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))[:MOST]


def few_of(count: int) -> int:
    """How many of a class may have what counts as rare: a whole group that copied, but not a habit.

    >>> few_of(5), few_of(20), few_of(200)
    (2, 5, 14)
    """
    return max(2, min(count // 4, 4 + count // 20))


def _weights(features: Sequence[Mapping[Feature, str]], usual: AbstractSet[Feature]) -> dict[Feature, float]:
    """What each rare feature weighs."""
    count = sum(1 for one in features if one)
    if count < FEWEST:
        return {}
    times = Counter(feature for one in features for feature in one)
    most = few_of(count)
    return {feature: math.log1p(count / n) for feature, n in times.items() if n <= most and feature not in usual}


def _pair(n: int, m: int, rare: Sequence[AbstractSet[Feature]], weights: Mapping[Feature, float]) -> Pair | None:
    shared = rare[n] & rare[m]
    weight = _sum(shared, weights)
    if weight < ENOUGH or sum(feature.kind in ODD for feature in shared) < ODDITIES:
        return None
    share = weight / min(_sum(rare[n], weights), _sum(rare[m], weights))
    if share < LEAST:
        return None
    return Pair(n, m, share, tuple(sorted(shared, key=lambda one: (one.kind not in ODD, -weights[one], one))))


def _sum(features: AbstractSet[Feature], weights: Mapping[Feature, float]) -> float:
    return sum(weights[feature] for feature in features)
