"""The formulas that all engines share.  Arrays or plain numbers, as the caller has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.search.analysis import ENOUGH, ENOUGH_GRAMS, FIELD_WEIGHTS, K1, LEAST_ENOUGH, B, Unit
from app.text import thai

#: A form that is found letter by letter counts as one mention, in the title as five.
TITLE_MENTIONS = 5.0
#: A form that is written again and again counts so many times at most.
MOST_MENTIONS = 20
#: Texts of the language that are thought to stand beside the collection, and their words.
PRIOR_TEXTS, TEXT_WORDS = 30, 300
#: What a year counts beside words: it finds nothing by itself, and lifts what is of that year.
YEAR_BOOST = 2.0
#: Added to a unit whose letters stand together, as a share of what its letters weigh.
TOGETHER = 0.2
#: Added for a whole run of several units, as a share of their weight.
WHOLE_RUN = 0.5
#: Weight of a word that is found inside another word only.
INSIDE = 0.2
#: Weight of a unit that nobody has, as a share of what the others weigh on average: it is a
#: misspelling more often than the one word that matters.
UNKNOWN = 0.7
#: The same in a short query: half of คุณลิขิด is no find, its letters tell what was meant.
UNKNOWN_OF_FEW = 1.05
#: Up to so many units a run that stands nowhere as a whole may be one misspelt word.
SHORT_QUERY = 4
#: From so many units on a query is a question, and what ranks near the best is found too:
#: this part of the best score (XQuAD with typing errors: recall@10 from 0.983 to 0.997) …
LONG_QUERY = 4
NEAR_THE_BEST = 0.4
#: … if it holds at least this part of what would be enough.
NEARLY_ENOUGH = 0.4
#: A record number puts its entry first.
NUMBER = 1e6


def idf(total: int, holding: int) -> float:
    """How much a find tells when ``holding`` of ``total`` documents have it; never negative."""
    return math.log(1.0 + (total - holding + 0.5) / (holding + 0.5))


@lru_cache(maxsize=4096)
def expected(word: str) -> float:
    """Share of texts of TEXT_WORDS words of the language that hold ``word``."""
    return 1.0 - math.exp(-thai.commonness(word) * TEXT_WORDS)


def word_idf(word: str, total: int, holding: int) -> float:
    """``idf`` of a word, as if PRIOR_TEXTS texts of the language stood beside the collection.

    Thirty entries do not show that อะไร and ทำ tell nothing; the language does.
    """
    return idf(total + PRIOR_TEXTS, round(holding + PRIOR_TEXTS * expected(word)))


def length_norm(length: Any, average: float) -> Any:
    """The K of BM25 for documents of ``length`` atoms."""
    return K1 * (1.0 - B + B * length / max(average, 1.0))


def mentions(counts: Any, ats: Any, stops: Any) -> NDArray[np.float32]:
    """Mentions of a form in some documents, weighted by where it stands first.

    :param counts: how often it stands in what each entry says itself.
    :param ats: where it stands first, in bytes of the text.
    :param stops: ``analysis.Stops`` of each document, a row each.
    :returns: what stands only in names or comments is less than one mention, however often:
        talk beneath an entry does not outrank its title.
    """
    counted = np.minimum(counts, MOST_MENTIONS).astype(np.float32)
    title, own, names = (ats < stops[:, part] for part in range(3))
    outside = np.where(names, FIELD_WEIGHTS["names"], FIELD_WEIGHTS["comments"])
    inside = counted + np.where(title, TITLE_MENTIONS - 1.0, 0.0)
    weighed: NDArray[np.float32] = np.where(own, inside, outside).astype(np.float32)
    return weighed


def saturated(mentions: Any, norm: Any) -> Any:
    """What ``mentions`` (weighted by field) are worth, from 0 to K1 + 1."""
    return mentions * (K1 + 1.0) / (mentions + norm)


def gram_norm(length: Any, average: float) -> Any:
    """What one gram is worth in documents of ``length`` atoms: half as strict as for words."""
    return 1.0 / (1.0 - B / 2 + B / 2 * length / max(average, 1.0))


def weights_of(units: Sequence[Unit], total: int, holding: Sequence[int]) -> list[float]:
    """The weight of each unit by the number of documents that have it.

    A unit that nobody has weighs what the others do on average, a little more in a short
    query and less in a long one.
    """
    weights = [
        word_idf(unit.text, total, count) for unit, count in zip(units, holding, strict=True)
    ]
    known = [weight for weight, count in zip(weights, holding, strict=True) if count]
    average = sum(known) / len(known) if known else idf(total, 0)
    unknown = UNKNOWN_OF_FEW if len(units) <= SHORT_QUERY else UNKNOWN
    return [
        weight if count else unknown * average
        for weight, count in zip(weights, holding, strict=True)
    ]


def boost(unit: Unit, units: int) -> float:
    """By how much a unit of a query of so many ranks more than its weight says."""
    return YEAR_BOOST if unit.is_year and units > 1 else 1.0


def counting(units: Sequence[Unit], weights: Sequence[float]) -> list[float]:
    """What each unit counts for being found.

    A year beside words ranks and finds nothing: ปุ๋ยหมัก 2550 shows what tells of ปุ๋ยหมัก,
    that of 2550 first, and not all of 2550.  Nor does a single letter or digit, which a
    wrong cut left over.
    """
    counts = [not unit.is_year and len(unit.text) > 1 for unit in units]
    if not any(counts):
        return list(weights)
    return [weight if is_one else 0.0 for weight, is_one in zip(weights, counts, strict=True)]


def is_enough(weights: Sequence[float]) -> float:
    """The least weight of units that makes a find.

    Half for three units or fewer; a longer query is a question, whose words are not all in
    its answer: 0.2 from nine units on (XQuAD: recall@10 0.90 at a half, 0.998 at 0.2).
    """
    share = max(LEAST_ENOUGH, min(ENOUGH, 1.8 / max(len(weights), 1)))
    return share * sum(weights) * (1.0 - 1e-6)


def parts_count(units: int) -> float:
    """What the scattered parts of a compound are worth beside the compound, for being found.

    Less than enough where a query is little more than that compound.
    """
    return 0.49 if units <= 3 else 0.9


def parts_rank(units: int) -> float:
    """What the scattered parts of a compound are worth beside the compound, for ranking."""
    return 0.3 if units <= 3 else 0.8


def run_bonus(units: Sequence[Unit]) -> float:
    """What holding a whole run letter for letter adds, as a share of its weight.

    A run of one unit adds nothing to a unit that is looked for by its letters anyway.
    """
    if len(units) > 1:
        return WHOLE_RUN
    return 0.0 if units[0].forms else INSIDE


def runs_that_count(weights: Sequence[float]) -> list[bool]:
    """For each run of a query, by weight: whether holding it alone is a find.

    A run of words that are everywhere (ที่, ของ) beside others is not: it needs half of
    what the runs weigh on average.
    """
    least = 0.5 * sum(weights) / max(len(weights), 1) * (1.0 - 1e-6)
    return [weight >= least for weight in weights]


def enough_grams(count: int) -> int:
    """How many of a run's grams are enough when nothing else was found."""
    return max(1, math.ceil(ENOUGH_GRAMS * count - 1e-9))
