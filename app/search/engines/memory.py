"""Exact and slow: every query looks at every document.  The reference that tests trust."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.search import analysis, facets, forms, scoring, snippets, synonyms
from app.search.analysis import Plan, Unit
from app.search.documents import Deletion, Document
from app.search.engine import MOST_BEST, SearchResult, Suggestion
from app.search.letters import decode
from app.search.query import SearchQuery
from app.search.suggestions import OF_NO_PLACE, Suggestions, candidates, offer
from app.text.sorting import sort_key

Choices = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Held:
    """A document with its terms and its folded text."""

    document: Document
    words: dict[str, float]
    length: int
    grams: frozenset[int]
    title: str
    own: str  # what the entry says itself, title included
    names: str
    comments: str
    facets: dict[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """All fields, folded."""
        return f"{self.own}{self.names}{self.comments}"


class MemoryEngine:
    """A search engine without an index; what it holds is gone with the process."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._sequence = 0

    @property
    def sequence(self) -> int:
        return self._sequence

    def count(self) -> int:
        return len(self._held)

    def apply(self, batch: Sequence[Document | Deletion], *, sequence: int) -> None:
        for item in batch:
            self._held.pop(item.key, None)
            if isinstance(item, Document):
                self._held[item.key] = _hold(item)
        self._sequence = sequence

    def rebuild(
        self,
        documents: Iterable[Document],
        *,
        sequence: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        held = {}
        for done, document in enumerate(documents, 1):
            held[document.key] = _hold(document)
            if progress is not None:
                progress(done)
        self._held, self._sequence = held, sequence

    def refresh(self) -> bool:
        return False

    def maintain(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""

    def versions(self) -> dict[str, int]:
        return {key: held.document.version for key, held in self._held.items()}

    def vocabulary(self) -> dict[str, int]:
        return dict(Counter(word for held in self._held.values() for word in held.words))

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        held = self._held.values()
        rows = Suggestions((OF_NO_PLACE, row) for one in held for row in candidates(one.document))
        return offer([(rows, np.ones(0, np.bool_))], text, limit)

    def search(
        self, query: SearchQuery, *, audience: frozenset[str], exclude: frozenset[str] = frozenset()
    ) -> SearchResult:
        started = time.perf_counter()
        asked = analysis.plan(query.text, synonyms.current())
        allowed = {
            key: held
            for key, held in self._held.items()
            if key not in exclude
            and audience & set(held.document.audience)
            and not any(slugs & set(held.facets[name]) for name, slugs in query.without.items())
            and _may(held, asked)
        }
        scores, weights = self._scores(asked, allowed)
        unsure = not asked.is_browsing and _is_unsure(allowed, asked, scores)
        allowed = {key: held for key, held in allowed.items() if key in scores}
        hits = [held for held in allowed.values() if _chosen(held, query.facets)]
        page = _sorted(hits, scores, _sort_of(query, asked))[
            (query.page - 1) * query.per_page : query.page * query.per_page
        ]
        pattern = forms.any_of(analysis.shown_forms(asked, weights)) if asked.units else None
        return SearchResult(
            total=len(hits),
            hits=[
                snippets.hit_of(held.document, scores[held.document.key], pattern) for held in page
            ],
            facets={name: _counted(name, allowed.values(), query.facets) for name in facets.FACETS},
            notes=list(asked.notes),
            took_ms=(time.perf_counter() - started) * 1000,
            related=list(asked.related),
            is_plain=asked.is_plain,
            is_unsure=unsure,
            best=() if asked.is_browsing else _best(hits, scores),
        )

    def _scores(
        self, asked: Plan, allowed: dict[str, _Held]
    ) -> tuple[dict[str, float], list[float]]:
        """Key -> score of everything that is a find; weights of the units."""
        everything = list(self._held.values())
        if asked.is_browsing:
            return dict.fromkeys(allowed, 0.0), []
        holders = [
            {held.document.key for held in everything if _has(held, unit)} for unit in asked.units
        ]
        weights = scoring.weights_of(asked.units, len(everything), [len(keys) for keys in holders])
        average = sum(held.length for held in everything) / max(len(everything), 1)
        atoms = Counter(word for held in everything for word in held.words)
        grams = Counter(key for held in everything for key in held.grams)
        scores = {
            key: self._score(held, asked, weights, average, atoms, grams)
            for key, held in allowed.items()
        }
        counting = scoring.counting(asked.units, weights)
        shares = {
            key: self._share(held, asked, holders, counting, atoms) for key, held in allowed.items()
        }
        found = self._finds(asked, weights, counting, allowed, shares)
        if len(asked.units) >= scoring.LONG_QUERY and scores:
            least = scoring.NEAR_THE_BEST * max(scores.values())
            nearly = scoring.NEARLY_ENOUGH * scoring.is_enough(counting)
            found |= {
                key for key, score in scores.items() if score >= least > 0 and shares[key] >= nearly
            }
        if not found:
            found = _found_by_grams(asked, allowed)
        return {key: scores[key] for key in found}, weights

    def _share(
        self,
        held: _Held,
        asked: Plan,
        holders: list[set[str]],
        weights: list[float],
        atoms: Counter[str],
    ) -> float:
        """Weight of the units that ``held`` has."""
        return sum(
            weight
            * (1.0 if held.document.key in keys else self._parts(held, unit, atoms, len(weights)))
            for unit, keys, weight in zip(asked.units, holders, weights, strict=True)
        )

    def _finds(
        self,
        asked: Plan,
        weights: list[float],
        counting: list[float],
        allowed: dict[str, _Held],
        shares: dict[str, float],
    ) -> set[str]:
        found = set()
        for key, held in allowed.items():
            if sum(counting) > 0 and shares[key] >= scoring.is_enough(counting):
                found.add(key)
            if asked.number is not None and held.document.number == asked.number:
                found.add(key)
        run_weights = [sum(weights[index] for index in run.units) for run in asked.runs]
        for run, counts in zip(asked.runs, scoring.runs_that_count(run_weights), strict=True):
            if counts:
                found |= {key for key, held in allowed.items() if run.form.stands_in(held.text)}
        return found

    def _parts(self, held: _Held, unit: Unit, atoms: Counter[str], units: int) -> float:
        """What the scattered atoms of a compound are worth."""
        if not unit.is_compound:
            return 0.0
        weights = {
            atom: scoring.word_idf(atom, len(self._held), atoms[atom]) for atom in unit.atoms
        }
        held_weight = sum(weight for atom, weight in weights.items() if atom in held.words)
        return scoring.parts_count(units) * held_weight / max(sum(weights.values()), 1e-9)

    def _score(
        self,
        held: _Held,
        asked: Plan,
        weights: list[float],
        average: float,
        atoms: Counter[str],
        grams: Counter[int],
    ) -> float:
        total, norm = len(self._held), scoring.length_norm(held.length, average)
        score = 0.0
        for unit, weight in zip(asked.units, weights, strict=True):
            base = sum(
                scoring.word_idf(atom, total, atoms[atom])
                * scoring.saturated(held.words.get(atom, 0.0), norm)
                for atom in unit.atoms
            )
            if unit.is_compound and not any(
                form.weight == 1.0 and form.stands_in(held.text) for form in unit.forms
            ):
                base *= scoring.parts_rank(len(weights))
            tagged = held.words.get(analysis.tag_token(unit.text), 0.0)
            best = max(
                float(scoring.saturated(tagged, norm)),
                *(form.weight * _mentions(held, form, norm) for form in unit.forms),
                0.0,
            )
            worth = max(base, weight * best) + scoring.TOGETHER * weight * best
            score += scoring.boost(unit, len(weights)) * worth
        for run in asked.runs:
            if run.form.stands_in(held.text):
                share = scoring.run_bonus([asked.units[index] for index in run.units])
                score += share * sum(weights[index] for index in run.units)
        told = sum(scoring.idf(total, grams[key]) for key in asked.grams if key in held.grams)
        score += analysis.GRAM_WEIGHT * told * scoring.gram_norm(held.length, average)
        return score + (scoring.NUMBER if held.document.number == asked.number else 0.0)


def _hold(document: Document) -> _Held:
    terms = analysis.index_terms(document)
    title, own, names = terms.stops
    return _Held(
        document=document,
        words=terms.words,
        length=terms.length,
        grams=frozenset(terms.grams.tolist()),
        title=decode(terms.text[:title]),
        own=decode(terms.text[:own]),
        names=decode(terms.text[own:names]),
        comments=decode(terms.text[names:]),
        facets=facets.values_of(document),
    )


def _may(held: _Held, asked: Plan) -> bool:
    """Whether a document holds every phrase and nothing that was ruled out."""
    return all(
        any(form.stands_in(held.text) for form in phrase) for phrase in asked.required
    ) and not any(_has(held, unit) for unit in asked.excluded)


def _is_unsure(allowed: dict[str, _Held], asked: Plan, found: dict[str, float]) -> bool:
    """Whether a word, or a whole run of a short query, stands in nothing that is allowed."""
    held = list(allowed.values())
    if not found or not all(any(_has(one, unit) for one in held) for unit in asked.units):
        return True
    if len(asked.units) > scoring.SHORT_QUERY:
        return False
    return not all(any(run.form.stands_in(one.text) for one in held) for run in asked.runs)


def _found_by_grams(asked: Plan, allowed: dict[str, _Held]) -> set[str]:
    found = set()
    for run in asked.runs:
        enough = scoring.enough_grams(len(run.grams))
        if len(run.grams) > 1:
            found |= {
                key
                for key, held in allowed.items()
                if len(held.grams.intersection(run.grams)) >= enough
            }
    return found


def _has(held: _Held, unit: Unit) -> bool:
    return unit.word in held.words or any(form.stands_in(held.text) for form in unit.forms)


def _mentions(held: _Held, form: forms.Form, norm: float) -> float:
    parts = (held.title, held.own, held.names, held.comments)
    place = next((n for n, part in enumerate(parts) if form.stands_in(part)), None)
    if place is None:
        return 0.0
    count = held.own.count(form.text) if form.is_plain else 1
    stops = np.array([[1, 2, 3]])
    mentions = scoring.mentions(np.array([count]), np.array([place]), stops)
    return float(scoring.saturated(mentions[0], norm))


def _chosen(held: _Held, chosen: Choices, *, but: str = "") -> bool:
    return all(
        values & set(held.facets.get(name, ()))
        for name, values in chosen.items()
        if name != but and values
    )


def _counted(name: str, allowed: Iterable[_Held], chosen: Choices) -> list[facets.FacetCount]:
    counts: Counter[str] = Counter()
    for held in allowed:
        if _chosen(held, chosen, but=name):
            counts.update(held.facets[name])
    return facets.told(counts, facets.FACETS[name], chosen.get(name, frozenset()))


def _best(hits: list[_Held], scores: dict[str, float]) -> tuple[int, ...]:
    ranked = _sorted(hits, scores, "relevance")
    return tuple(held.document.number for held in ranked[:MOST_BEST])


def _sort_of(query: SearchQuery, asked: Plan) -> str:
    """What "relevance" means where nothing is looked for: the newest first."""
    return "newest" if asked.is_browsing and query.sort == "relevance" else query.sort


def _sorted(hits: list[_Held], scores: dict[str, float], sort: str) -> list[_Held]:
    def age(held: _Held) -> tuple[float, int]:
        return -held.document.created.timestamp(), -held.document.number

    if sort == "title":
        return sorted(hits, key=lambda held: (sort_key(held.document.title), held.document.number))
    if sort == "oldest":
        return sorted(
            hits, key=lambda held: (held.document.created.timestamp(), held.document.number)
        )
    if sort == "newest":
        return sorted(hits, key=age)
    return sorted(hits, key=lambda held: (-scores[held.document.key], *age(held)))
