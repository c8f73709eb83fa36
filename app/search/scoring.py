"""The formulas that all engines share.  Arrays or plain numbers, as the caller has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.search.analysis import ENOUGH, ENOUGH_GRAMS, K1, B

#: A form that is found letter by letter counts as one mention, in the title as five.
TITLE_MENTIONS = 5.0
#: Added to a unit whose letters stand together, as a share of what its letters weigh.
TOGETHER = 0.2
#: Added for a whole run of several units, as a share of their weight.
WHOLE_RUN = 0.5
#: Weight of a word that is found inside another word only.
INSIDE = 0.2
#: A record number puts its entry first.
NUMBER = 1e6


def idf(total: int, holding: int) -> float:
    """How much a find tells when ``holding`` of ``total`` documents have it; never negative."""
    return math.log(1.0 + (total - holding + 0.5) / (holding + 0.5))


def length_norm(length: Any, average: float) -> Any:
    """The K of BM25 for documents of ``length`` atoms."""
    return K1 * (1.0 - B + B * length / max(average, 1.0))


def saturated(mentions: Any, norm: Any) -> Any:
    """What ``mentions`` (weighted by field) are worth, from 0 to K1 + 1."""
    return mentions * (K1 + 1.0) / (mentions + norm)


def gram_norm(length: Any, average: float) -> Any:
    """What one gram is worth in documents of ``length`` atoms: half as strict as for words."""
    return 1.0 / (1.0 - B / 2 + B / 2 * length / max(average, 1.0))


def is_enough(weights: Sequence[float]) -> float:
    """The least weight of units that makes a find."""
    return ENOUGH * sum(weights) * (1.0 - 1e-6)


def run_counts(run_weight: float, weights: Sequence[float], runs: int) -> bool:
    """Whether holding a run alone is a find.

    A run of words that are everywhere (ที่, ของ) in a longer query is not: it needs half of
    what the runs weigh on average.
    """
    return run_weight >= 0.5 * sum(weights) / max(runs, 1) * (1.0 - 1e-6)


def enough_grams(count: int) -> int:
    """How many of a run's grams are enough when nothing else was found."""
    return max(1, math.ceil(ENOUGH_GRAMS * count - 1e-9))
