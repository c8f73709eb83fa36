"""Why a search found what it found, in numbers that add up and in plain words.

The work is done by the scorer itself, step by step (engines/snapshot.py); what each step
adds to the score of an entry is told apart by looking before and after it.  So this cannot
say anything else than what the search does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.search import analysis, scoring, synonyms
from app.search.analysis import Plan, Run, Unit
from app.search.documents import Document
from app.search.engines.snapshot import Answer, Floats, Mask, Snapshot, _Scorer, narrowed, page_of
from app.search.forms import Form
from app.search.query import SearchQuery
from app.text import thai

#: Spellings of a unit that are told.
MOST_FORMS = 6


@dataclass(frozen=True, slots=True)
class UnitTold:
    """One unit of the query."""

    text: str
    atoms: tuple[str, ...]
    forms: tuple[str, ...]  # other spellings that count as well
    weight: float  # by how rare it is
    counts: float  # towards being found: 0 for a year beside words
    holding: int  # entries that have it
    is_compound: bool  # its parts alone are less than it


@dataclass(frozen=True, slots=True)
class EntryTold:
    """One entry: why it is a hit or not, and what its score is made of."""

    number: int
    title: str
    is_found: bool
    rank: int = 0  # from 1; 0 when it is no hit
    score: float = 0.0
    words: float = 0.0  # whole words, by BM25
    letters: float = 0.0  # spellings that stand there letter for letter
    runs: float = 0.0  # a whole stretch of the query in one piece
    grams: float = 0.0  # three letters in a row
    record_number: float = 0.0
    share: float = 0.0  # weight of the units it has
    enough: float = 0.0  # weight that makes a hit
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # unit -> its fields
    lacking: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a search did."""

    folded: str
    tokens: tuple[str, ...]
    units: tuple[UnitTold, ...]
    runs: tuple[str, ...]
    phrases: tuple[str, ...]
    excluded: tuple[str, ...]
    number: int | None
    notes: tuple[str, ...]
    related: tuple[str, ...]
    is_plain: bool
    total: int
    is_by_grams: bool  # nothing was found; these share most of its letters
    entries: tuple[EntryTold, ...]


def explain(
    snapshot: Snapshot,
    query: SearchQuery,
    *,
    audience: frozenset[str],
    first: int = 5,
    number: int | None = None,
) -> Explanation:
    """Explain ``query`` over ``snapshot``: its first hits, or the entry ``number``."""
    work = _Work(snapshot, query, audience)
    plan = work.plan
    if number is not None:
        places = np.flatnonzero((snapshot.number == number) & snapshot.live).tolist()
    else:
        sort = "newest" if plan.is_browsing and query.sort == "relevance" else query.sort
        places = page_of(snapshot, work.hits, work.answer.score, sort=sort, first=0, count=first)
    return Explanation(
        folded=thai.fold(query.text).strip(),
        tokens=tuple(token.text for token in thai.segment(thai.fold(query.text))),
        units=tuple(work.unit_told(at) for at in range(len(plan.units))),
        runs=tuple(run.form.text for run in plan.runs),
        phrases=tuple(phrase[0].text for phrase in plan.required),
        excluded=tuple(unit.text for unit in plan.excluded),
        number=plan.number,
        notes=plan.notes,
        related=plan.related,
        is_plain=plan.is_plain,
        total=int(work.hits.sum()),
        is_by_grams=work.is_by_grams,
        entries=tuple(work.entry_told(place) for place in places)
        or ((_not_indexed(number),) if number is not None else ()),
    )


def _not_indexed(number: int) -> EntryTold:
    return EntryTold(number, "", is_found=False, reasons=("it is not in the index",))


class _Work:
    """One query taken through the scorer, with what each step added."""

    def __init__(self, snapshot: Snapshot, query: SearchQuery, audience: frozenset[str]) -> None:
        self.snapshot, self.query, self.audience = snapshot, query, audience
        self.plan: Plan = analysis.plan(query.text, synonyms.current())
        self.may_see: Mask = snapshot.live & snapshot.holding("audience", audience)
        for name, slugs in query.without.items():
            self.may_see &= ~snapshot.holding(name, slugs)
        self.answer: Answer = snapshot.answer(self.plan, self.may_see)
        self.hits: Mask = narrowed(snapshot, self.answer.found, query.facets)[0]
        self.scorer = _Scorer(snapshot, self.plan)
        self.may_be_found: Mask = self.scorer.may_be_found()
        self.scorer.score_units()
        self.of_units: Floats = self.scorer.score.copy()
        self.enough_found: Mask = self.scorer.found()
        self.of_runs: Floats = self.scorer.score - self.of_units
        self.of_grams: Floats = self.scorer.total() - self.scorer.score
        self.is_by_grams = bool(
            not self.plan.is_browsing
            and self.answer.found.any()
            and not (self.enough_found & self.answer.found).any()
            and not self._is_number().any()
        )

    def _is_number(self) -> Mask:
        same: Mask = self.snapshot.number == (-1 if self.plan.number is None else self.plan.number)
        return same

    def unit_told(self, at: int) -> UnitTold:
        unit = self.plan.units[at]
        return UnitTold(
            text=unit.text,
            atoms=unit.atoms,
            forms=tuple(dict.fromkeys(form.text for form in unit.forms if form.text != unit.text))[
                :MOST_FORMS
            ],
            weight=self.scorer.weights[at],
            counts=self.scorer.counting[at],
            holding=int(self.snapshot.live[self.scorer.holds[at]].sum()),
            is_compound=unit.is_compound,
        )

    def entry_told(self, place: int) -> EntryTold:
        document = self.snapshot.document(place)
        held = {
            unit.text: _fields(document, unit)
            for unit, ids in zip(self.plan.units, self.scorer.holds, strict=True)
            if place in ids
        }
        is_found = bool(self.hits[place])
        number = scoring.NUMBER if document.number == self.plan.number else 0.0
        of_words = sum(float(self.scorer._atoms(unit)[place]) for unit in self.plan.units)
        words = min(of_words, float(self.of_units[place]))
        return EntryTold(
            number=document.number,
            title=document.title,
            is_found=is_found,
            rank=self._rank(place) if is_found else 0,
            score=float(self.answer.score[place]),
            words=words,
            letters=float(self.of_units[place]) - words,
            runs=float(self.of_runs[place]),
            grams=float(self.of_grams[place]) - number,
            record_number=number,
            share=float(self.scorer.share[place]),
            enough=scoring.is_enough(self.scorer.counting),
            held=held,
            lacking=tuple(unit.text for unit in self.plan.units if unit.text not in held),
            reasons=tuple(
                self._why(place, document) if is_found else self._why_not(place, document)
            ),
        )

    def _rank(self, place: int) -> int:
        score = self.answer.score
        return 1 + int((score[self.hits] > score[place]).sum())

    def _why(self, place: int, document: Document) -> list[str]:
        """What made it a hit."""
        if self.plan.is_browsing:
            return ["no words: everything is shown"]
        reasons = []
        if document.number == self.plan.number:
            reasons.append("it has the record number that was asked for")
        if self._has_enough(place):
            reasons.append("it has enough of the words by weight")
        reasons += [
            f"it holds “{run.form.text}” letter for letter"
            for run in self._runs_that_count()
            if place in self.snapshot.find(run.form)[0]
        ]
        if not reasons and self.is_by_grams:
            reasons.append("nothing has the words; it shares most of their letters")
        return reasons or ["a long question: its score is near the best, and it has some words"]

    def _why_not(self, place: int, document: Document) -> list[str]:
        """Why it is none: the first thing that stood in the way, then the rest."""
        reasons = []
        if not self.audience & set(document.audience):
            reasons.append("this reader may not see it")
        for name, slugs in self.query.facets.items():
            if slugs and not self.snapshot.holding(name, slugs)[place]:
                reasons.append(f"it is not among {name}: {', '.join(sorted(slugs))}")
        for name, slugs in self.query.without.items():
            if self.snapshot.holding(name, slugs)[place]:
                reasons.append(
                    f"it is among what was ruled out, {name}: {', '.join(sorted(slugs))}"
                )
        for phrase in self.plan.required:
            if not any(place in self.snapshot.find(form)[0] for form in phrase):
                reasons.append(f"it does not hold the phrase “{phrase[0].text}”")
        reasons += [
            f"it holds “{unit.text}”, which was ruled out"
            for unit in self.plan.excluded
            if place in self.scorer._holders(unit)
        ]
        if not self.answer.found[place] and not reasons:
            share, enough = self.scorer.share[place], scoring.is_enough(self.scorer.counting)
            reasons.append(
                f"it has {share:.2f} of the query's weight and {enough:.2f} is needed, and it "
                f"holds no whole stretch of the query"
            )
        return reasons

    def _has_enough(self, place: int) -> bool:
        enough = scoring.is_enough(self.scorer.counting) * (1 - 1e-5)
        return bool(sum(self.scorer.counting) > 0 and self.scorer.share[place] >= enough)

    def _runs_that_count(self) -> list[Run]:
        weights = [sum(self.scorer.weights[at] for at in run.units) for run in self.plan.runs]
        counting = scoring.runs_that_count(weights)
        return [run for run, counts in zip(self.plan.runs, counting, strict=True) if counts]


def _fields(document: Document, unit: Unit) -> tuple[str, ...]:
    """The parts of ``document`` that hold ``unit``, in the order in which they count."""
    parts = {
        "title": document.title,
        "tags": "\n".join(document.tag_names or document.tags),
        "summary": document.summary,
        "text": document.body,
        "names": f"{document.author_name}\n{document.names}",
        "comments": document.comments,
    }
    found = [name for name, text in parts.items() if _holds(thai.fold(text), unit)]
    if unit.is_year and any(unit.word == analysis.year_token(year) for year in document.years):
        found.append("its years")
    return tuple(found)


def _holds(folded: str, unit: Unit) -> bool:
    forms: tuple[Form, ...] = (*unit.forms, *unit.shown)
    if any(form.stands_in(folded) for form in forms):
        return True
    return bool(unit.word) and unit.word in thai.cut(folded)
