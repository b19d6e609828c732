"""Which submissions share what hardly anybody else has: hints at copied work, for a person to look into.

What many have proves nothing: a plain correct solution in the usual layout is what was asked for. So a feature weighs
the more the fewer have it, and what more than a third of the class has does not count at all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from xlbackprop.grade.submission import Feature, Submission

FEWEST = 4  # submissions; of fewer, nothing can be said to be rare
COMMON = 3  # what more than one in so many has is common
LEAST = 0.6  # of what is rare in either of two submissions, by weight, that both share
ENOUGH = 8.0  # weight of what they share
FEW = 5  # shared features; fewer may be chance
SHOWN = 6  # features that are named
MOST = 300  # pairs that are listed


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that are alike. one, other: places in the class; share: from 0 to 1; shared: rarest first."""

    one: int
    other: int
    share: float
    shared: tuple[Feature, ...]


def alike(submissions: Sequence[Submission], usual: AbstractSet[Feature] = frozenset()) -> list[Pair]:
    """The pairs that are alike, the most alike first. usual: features of the shipped layout, which anybody may have."""
    weights = _weights([submission.features for submission in submissions], usual)
    rare = [{one for one in submission.features if one in weights} for submission in submissions]
    heavy = [n for n, features in enumerate(rare) if _sum(features, weights) >= ENOUGH]
    found = [pair for n, m in combinations(heavy, 2) if (pair := _pair(n, m, rare, weights))]
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))[:MOST]


def _weights(features: Sequence[Mapping[Feature, str]], usual: AbstractSet[Feature]) -> dict[Feature, float]:
    """What each rare feature weighs."""
    count = sum(1 for one in features if one)
    if count < FEWEST:
        return {}
    times = Counter(feature for one in features for feature in one)
    most = max(2, count // COMMON)
    return {feature: math.log(count / n) for feature, n in times.items() if n <= most and feature not in usual}


def _pair(n: int, m: int, rare: Sequence[AbstractSet[Feature]], weights: Mapping[Feature, float]) -> Pair | None:
    shared = rare[n] & rare[m]
    weight = _sum(shared, weights)
    if len(shared) < FEW or weight < ENOUGH:
        return None
    share = weight / _sum(rare[n] | rare[m], weights)
    if share < LEAST:
        return None
    return Pair(n, m, share, tuple(sorted(shared, key=lambda one: (-weights[one], one))))


def _sum(features: AbstractSet[Feature], weights: Mapping[Feature, float]) -> float:
    return sum(weights[feature] for feature in features)
