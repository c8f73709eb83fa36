"""What a plan finds in a tantivy index, and how its best finds rank.

Finding is exact.  "Units that carry enough of the weight" is written out as the choices of
units that are enough, while these are few; for a long question documents are listed by the
weight they carry, which tantivy adds up, and those with enough are named one by one.

Ranking has two steps: tantivy's own BM25 over words, with our weights for letters, brings up
candidates; the formula of scoring.py over their records says how they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import tantivy
from tantivy import Occur, Query

from app.search import scoring
from app.search.analysis import GRAM_WEIGHT, Plan, Run, Unit, tag_token
from app.search.engines.tantivy_index import Record, term_of
from app.search.engines.tantivy_letters import gram_needle
from app.search.engines.tantivy_query import Terms, all_of, any_of
from app.search.forms import Form, compiled_bytes
from app.search.letters import SEPARATOR, encode, gram_bytes

#: Choices of units that are written out.
MOST_CHOICES = 48
#: Parts of a compound whose combinations are looked at.
_MOST_PARTS = 4
#: Documents that are named one by one for a long question; more are not found.
MOST_LISTED = 50_000
#: Candidates among which those near the best are looked for, beside the finds.
MOST_NEAR = 60
_MARGIN = 1.0 - 1e-5  # tantivy adds in 32 bits
_NO_LETTER = b"[^0-9a-z\x80-\x9f\xa1-\xda\xe0-\xee\xfe]"


class _Level(NamedTuple):
    """One way to have a unit or part of it: what it counts, and who has it."""

    credit: float
    query: Query
    atoms: frozenset[str] = frozenset()  # where it is atoms of a compound


class _TooMany(Exception):
    """The choices are too many to be written out."""


_NEVER, _ALWAYS = "never", "always"


class Asked:
    """A plan over one commit."""

    def __init__(self, terms: Terms, plan: Plan) -> None:
        self.terms, self.plan = terms, plan
        self.weights = scoring.weights_of(
            terms.total, [terms.count_of(unit) for unit in plan.units]
        )
        self.counting = scoring.counting(plan.units, self.weights)
        self.idf = {
            atom: scoring.idf(terms.total, terms.word_count(atom))
            for unit in plan.units
            for atom in unit.atoms
        }
        self.run_weights = [sum(self.weights[at] for at in run.units) for run in plan.runs]
        self.scorer = Scorer(self)

    # --- what is found ---

    def restrictions(self) -> list[tuple[Occur, Query]]:
        """What phrases in quotation marks and words with a minus ask of every hit."""
        clauses = []
        for phrase in self.plan.required:
            wanted = any_of(self.terms.form(form) for form in phrase)
            clauses.append((Occur.Must, wanted or Query.empty_query()))
        for unit in self.plan.excluded:
            ruled_out = self.terms.holding(unit)
            if ruled_out is not None:
                clauses.append((Occur.MustNot, ruled_out))
        return clauses

    def finds(self, allowed: Query) -> Query | None:
        """What is found among ``allowed``, by units, runs and number; None for nothing."""
        counts = scoring.runs_that_count(self.run_weights)
        found = [
            self.terms.form(run.form)
            for run, is_find in zip(self.plan.runs, counts, strict=True)
            if is_find
        ]
        found.append(self._enough(allowed))
        if self.plan.number is not None:
            found.append(self.terms.term("number", self.plan.number))
        if len(self.plan.units) >= scoring.LONG_QUERY:
            found.append(self._near_the_best(allowed))
        return any_of(found)

    def _enough(self, allowed: Query) -> Query | None:
        """Documents with units that carry enough of the weight."""
        if sum(self.counting) <= 0:
            return None
        enough = scoring.is_enough(self.counting) * _MARGIN
        try:
            levels = [self._levels(unit, weight) for unit, weight in self._counted()]
            return _Choices([level for level in levels if level]).enough(enough)
        except _TooMany:
            return self._listed(allowed, enough)

    def _counted(self) -> list[tuple[Unit, float]]:
        return [
            (unit, weight)
            for unit, weight in zip(self.plan.units, self.counting, strict=True)
            if weight > 0
        ]

    def _levels(self, unit: Unit, weight: float) -> list[_Level]:
        """The ways to have ``unit``, from least to most."""
        levels = []
        if unit.is_compound:
            parts = [(atom, self.terms.word(atom)) for atom in unit.atoms]
            known = [(atom, query) for atom, query in parts if query is not None]
            if len(known) > _MOST_PARTS:
                raise _TooMany
            whole = max(sum(self.idf[atom] for atom in unit.atoms), 1e-9)
            counts = weight * scoring.parts_count(len(self.weights)) / whole
            for size in range(1, len(known) + 1):
                for some in combinations(known, size):
                    credit = counts * sum(self.idf[atom] for atom, _ in some)
                    query = all_of(*(query for _, query in some))
                    levels.append(_Level(credit, query, frozenset(atom for atom, _ in some)))
        holding = self.terms.holding(unit)
        if holding is not None:
            levels.append(_Level(weight, holding))
        return sorted(levels, key=lambda level: level.credit)

    def _listed(self, allowed: Query, enough: float) -> Query | None:
        """The same by listing documents with what they carry."""
        carried = [self._carried(unit, weight) for unit, weight in self._counted()]
        query = Query.boolean_query(
            [
                (Occur.Must, Query.const_score_query(allowed, 0.0)),
                (Occur.Must, any_of(carried) or Query.empty_query()),
            ]
        )
        limit = min(MOST_LISTED, self.terms.total)
        hits = self.terms.searcher.search(query, limit=max(limit, 1), count=False).hits
        addresses = [address for carried, address in hits if carried >= enough]
        if not addresses:
            return None
        return self.terms.ids(self.terms.searcher.fast_field_values("id", addresses))

    def _carried(self, unit: Unit, weight: float) -> Query | None:
        """A query whose score is what a document has of ``unit``."""
        ways: list[Query] = []
        holding = self.terms.holding(unit)
        if holding is not None:
            ways.append(Query.const_score_query(holding, weight))
        if unit.is_compound:
            whole = max(sum(self.idf[atom] for atom in unit.atoms), 1e-9)
            counts = weight * scoring.parts_count(len(self.weights)) / whole
            parts = any_of(
                Query.const_score_query(query, counts * self.idf[atom])
                for atom in unit.atoms
                if (query := self.terms.word(atom)) is not None
            )
            if parts is not None:
                ways.append(parts)
        return Query.disjunction_max_query(ways) if len(ways) > 1 else (ways or [None])[0]

    def _near_the_best(self, allowed: Query) -> Query | None:
        """Documents that rank near the best and have nearly enough, looked for among the best."""
        nearly = scoring.NEARLY_ENOUGH * scoring.is_enough(self.counting)
        ranked = [
            (self.scorer.read(address), address)
            for address in self.ranked(allowed, MOST_NEAR, is_find=False)
        ]
        least = scoring.NEAR_THE_BEST * max((found.score for found, _ in ranked), default=0.0)
        near = [
            address
            for found, address in ranked
            if found.score >= least > 0 and found.share >= nearly
        ]
        return self.terms.ids(self.terms.searcher.fast_field_values("id", near)) if near else None

    def by_grams(self) -> Query | None:
        """Documents that share most of a run's grams; for when nothing else was found."""
        found = []
        for run in self.plan.runs:
            if len(run.grams) > 1:
                held = [self.terms.phrase(gram_needle(key)) for key in run.grams]
                known = [(Occur.Should, query) for query in held if query is not None]
                enough = scoring.enough_grams(len(run.grams))
                if len(known) >= enough:
                    found.append(Query.boolean_query(known, minimum_number_should_match=enough))
        return any_of(found)

    def is_unsure(self, allowed: Query, seen: Sequence[Found]) -> bool:
        """Whether a word, or a whole run of a short query, stands in nothing that is allowed."""
        for at, unit in enumerate(self.plan.units):
            if not any(found.has[at] for found in seen) and not self._exists(
                allowed, self.terms.holding(unit)
            ):
                return True
        if len(self.plan.units) > scoring.SHORT_QUERY:
            return False
        return any(
            not any(found.runs[at] for found in seen)
            and not self._exists(allowed, self.terms.form(run.form))
            for at, run in enumerate(self.plan.runs)
        )

    def _exists(self, allowed: Query, query: Query | None) -> bool:
        return query is not None and self.terms.exists(all_of(allowed, query))

    # --- how it ranks ---

    def ranked(
        self, hits: Query, limit: int, *, offset: int = 0, is_find: bool = True
    ) -> list[tantivy.DocAddress]:
        """The best of ``hits`` by tantivy's score.

        :param is_find: whether ``hits`` need not hold anything that ranks.
        """
        clauses = [(Occur.Must, Query.const_score_query(hits, 0.0))]
        worth = self._worth()
        if is_find:
            clauses += [(Occur.Should, query) for query in worth]
        else:
            clauses.append((Occur.Must, any_of(worth) or Query.empty_query()))
        found = self.terms.searcher.search(
            Query.boolean_query(clauses), limit=limit, offset=offset, count=False
        )
        return [address for _, address in found.hits]

    def _worth(self) -> list[Query]:
        """Queries whose scores add up to about what scoring.py says."""
        worth: list[Query] = []
        for unit, weight in zip(self.plan.units, self.weights, strict=True):
            worth += self._unit_worth(unit, weight)
        for run, weight in zip(self.plan.runs, self.run_weights, strict=True):
            bonus = weight * self._run_bonus(run)
            query = self.terms.form(run.form)
            if query is not None and bonus > 0:
                worth.append(Query.const_score_query(query, bonus))
        if self.plan.number is not None:
            query = self.terms.term("number", self.plan.number)
            worth.append(Query.const_score_query(query, scoring.NUMBER))
        return worth

    def _unit_worth(self, unit: Unit, weight: float) -> list[Query]:
        rank = scoring.parts_rank(len(self.weights)) if unit.is_compound else 1.0
        known = [atom for atom in unit.atoms if self.terms.word(atom) is not None]
        worth = [Query.boost_query(self.terms.ranked(atom), rank) for atom in known]
        together = scoring.TOGETHER * weight + (1.0 - rank) * sum(self.idf[atom] for atom in known)
        if not known or not unit.is_compound:
            together += weight
        for form in unit.forms:
            held = self.terms.form(form)
            if held is None:
                continue
            worth.append(Query.const_score_query(held, together * form.weight))
            title = self.terms.in_title(form)
            if title is not None:
                worth.append(Query.const_score_query(title, 0.8 * weight * form.weight))
        tag = tag_token(unit.text)
        if self.terms.word(tag) is not None:
            query = self.terms.term("words", term_of(tag))
            worth.append(Query.const_score_query(query, (0.7 + scoring.TOGETHER) * weight))
        return worth

    def _run_bonus(self, run: Run) -> float:
        return scoring.run_bonus([self.plan.units[at] for at in run.units])


class _Choices:
    """All choices of units that carry enough, written out as one query.

    A choice is made unit by unit; what is still needed decides about the units that follow,
    and equal needs are written once.
    """

    def __init__(self, levels: list[list[_Level]]) -> None:
        self.levels = sorted(levels, key=lambda own: -own[-1].credit)
        self.left = 0
        self._sums: list[list[float]] = [[0.0]]
        for own in reversed(self.levels):
            credits = [0.0, *(level.credit for level in own)]
            sums = {round(have + more, 9) for have in self._sums[0] for more in credits}
            if len(sums) > 2_000:
                raise _TooMany
            self._sums.insert(0, sorted(sums))
        self._known: dict[tuple[int, float], Query | str] = {}
        self._sizes: dict[int, int] = {}

    def enough(self, need: float) -> Query | None:
        """The documents that carry ``need``; None when none can.

        :raises _TooMany: when there are more than MOST_CHOICES of them.
        """
        found = self._enough(0, need)
        return None if isinstance(found, str) else found

    def _enough(self, at: int, need: float) -> Query | str:
        if need <= 1e-9:
            return _ALWAYS
        need = next((total for total in self._sums[at] if total >= need - 1e-9), -1.0)
        if need < 0:
            return _NEVER
        if (at, need) not in self._known:
            self._known[at, need] = self._written(at, need)
        return self._known[at, need]

    def _written(self, at: int, need: float) -> Query | str:
        below = self._enough(at + 1, need)
        ways: dict[int, tuple[Query | str, list[_Level]]] = {}  # by what must follow
        for level in self.levels[at]:
            following = self._enough(at + 1, need - level.credit)
            if following is below or following is _NEVER:
                continue
            _, group = ways.setdefault(id(following), (following, []))
            # More atoms than are needed for the same are no other way.
            if not any(less.atoms and less.atoms < level.atoms for less in group):
                group.append(level)
        parts: list[Query] = []
        size = 0 if isinstance(below, str) else self._sizes[id(below)]
        for following, group in ways.values():
            own = any_of(level.query for level in group)
            assert own is not None
            parts.append(own if isinstance(following, str) else all_of(own, following))
            size += len(group) + self._sizes.get(id(following), 0)
        if not isinstance(below, str):
            parts.append(below)
        if size > MOST_CHOICES:
            raise _TooMany
        written = any_of(parts)
        if written is None:
            return _NEVER
        self._sizes[id(written)] = size
        return written


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that was read."""

    record: Record
    score: float
    share: float  # weight of the units that it has
    has: tuple[bool, ...]  # which units
    runs: tuple[bool, ...]  # which runs stand in it


class Scorer:
    """The formula of scoring.py over the record of one document."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._terms = {
            word: f" {term_of(word)} ".encode("utf-8", "replace")
            for unit in asked.plan.units
            for word in (*unit.atoms, unit.word, tag_token(unit.text))
            if word
        }
        self._grams: list[tuple[bytes, float]] | None = None
        self._edges: list[tuple[bytes, float]] = []
        self._read: dict[tuple[int, int], Found] = {}

    def read(self, address: tantivy.DocAddress) -> Found:
        """The candidate at ``address``, read once."""
        place = address.segment_ord, address.doc
        found = self._read.get(place)
        if found is None:
            found = self._read[place] = self._scored(self.asked.terms.record(address))
        return found

    def _scored(self, record: Record) -> Found:
        asked, plan = self.asked, self.asked.plan
        norm = scoring.length_norm(record.length, asked.terms.average)
        held: dict[Form, float] = {}
        score = share = 0.0
        has = []
        for unit, weight, counts in zip(plan.units, asked.weights, asked.counting, strict=True):
            words = {atom: record.weight(self._terms[atom]) for atom in unit.atoms}
            for form in unit.forms:
                if form not in held:
                    held[form] = mentions(record, form)
            score += self._unit(record, unit, weight, norm, words, held)
            is_held = any(held[form] for form in unit.forms) or bool(
                unit.word and record.weight(self._terms[unit.word])
            )
            has.append(is_held)
            share += counts * (1.0 if is_held else self._parts(unit, words))
        runs = []
        for run, weight in zip(plan.runs, asked.run_weights, strict=True):
            if run.form not in held:
                held[run.form] = mentions(record, run.form)
            runs.append(held[run.form] > 0)
            if held[run.form]:
                score += asked._run_bonus(run) * weight
        score += self._by_grams(record)
        if plan.number is not None and record.number == plan.number:
            score += scoring.NUMBER
        return Found(record, score, share, tuple(has), tuple(runs))

    def _unit(
        self,
        record: Record,
        unit: Unit,
        weight: float,
        norm: float,
        words: dict[str, float],
        held: dict[Form, float],
    ) -> float:
        base = sum(
            self.asked.idf[atom] * float(scoring.saturated(count, norm))
            for atom, count in words.items()
            if count
        )
        if unit.is_compound and not any(form.weight == 1.0 and held[form] for form in unit.forms):
            base *= scoring.parts_rank(len(self.asked.weights))
        best = float(scoring.saturated(record.weight(self._terms[tag_token(unit.text)]), norm))
        for form in unit.forms:
            if held[form]:
                best = max(best, form.weight * float(scoring.saturated(held[form], norm)))
        return max(base, weight * best) + scoring.TOGETHER * weight * best

    def _parts(self, unit: Unit, words: dict[str, float]) -> float:
        """What the scattered atoms of a compound are worth, as a share of it."""
        if not unit.is_compound:
            return 0.0
        whole = sum(self.asked.idf[atom] for atom in unit.atoms)
        own = sum(self.asked.idf[atom] for atom, count in words.items() if count)
        return scoring.parts_count(len(self.asked.weights)) * own / max(whole, 1e-9)

    def _by_grams(self, record: Record) -> float:
        if self._grams is None:
            self._learn_grams()
        assert self._grams is not None
        told = sum(weight for gram, weight in self._grams if gram in record.text)
        told += sum(
            weight for pattern, weight in self._edges if compiled_bytes(pattern).search(record.text)
        )
        average = self.asked.terms.average
        return GRAM_WEIGHT * told * float(scoring.gram_norm(record.length, average))

    def _learn_grams(self) -> None:
        """Grams of three letters as they stand in a text, and ends of runs as patterns."""
        self._grams = []
        total = self.asked.terms.total
        for key in self.asked.plan.grams:
            count = self.asked.terms.gram_count(key)
            letters = gram_bytes(key)
            weight = scoring.idf(total, count) if count else 0.0
            if not weight:
                continue
            if letters[2] == SEPARATOR:
                self._edges.append((re.escape(letters[:2]) + _NO_LETTER, weight))
            else:
                self._grams.append((letters, weight))


def mentions(record: Record, form: Form) -> float:
    """Weighted mentions of ``form`` in a document; 0 where it does not stand."""
    text = record.text
    core = encode(form.needles[0]) if form.needles else b""
    if not core:
        return 0.0
    at = text.find(core)
    if at < 0:
        return 0.0
    title, own, names = record.stops
    if form.is_plain:
        count = text[at:own].count(core)
    else:
        reach = 2 * len(form.text) + 8
        match = compiled_bytes(form.encoded_pattern).search(text, max(0, at - reach))
        if match is None:
            return 0.0
        at, count = match.start(), 1
    return scoring.mentions(count, at, title=title, own=own, names=names)
