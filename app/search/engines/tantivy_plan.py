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
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import tantivy
from tantivy import Occur, Query

from app.search import scoring
from app.search.analysis import FIELD_WEIGHTS, GRAM_WEIGHT, Plan, Run, Unit, tag_token
from app.search.engines.tantivy_index import Record, term_of, written
from app.search.engines.tantivy_letters import gram_needle
from app.search.engines.tantivy_query import FEW_DOCUMENTS, Terms, all_of, any_of
from app.search.forms import Form, compiled_bytes
from app.search.letters import SEPARATOR, encode, gram_bytes

#: Choices of units that are written out.
MOST_CHOICES = 16
#: Parts of a compound whose combinations are looked at.
_MOST_PARTS = 4
#: Documents that are named one by one for a long question; more are not found.
MOST_LISTED = 50_000
_FIRST_LISTED = 1_000
#: Documents that may be found for ranking near the best.
MOST_NEAR = 300
#: Where less than one in so many documents are hits, what ranks is looked up hit by hit.
SELDOM = 30
#: Candidates that are ranked by the exact formula, at least.
RANKED = 40
_MOST_SUMS = 300
_MARGIN = 1.0 - 1e-5  # tantivy adds in 32 bits
_NO_LETTER = b"[^0-9a-z\x80-\x9f\xa1-\xda\xe0-\xee\xfe]"


class _Level(NamedTuple):
    """One way to have a unit or part of it: what it counts, and who has it."""

    credit: float
    query: Query
    held: int  # by so many documents, at most
    atoms: frozenset[str] = frozenset()  # where it is atoms of a compound


class _TooMany(Exception):
    """The choices are too many to be written out."""


_NEVER, _ALWAYS = "never", "always"


class Asked:
    """A plan over one commit."""

    def __init__(self, terms: Terms, plan: Plan) -> None:
        self.terms, self.plan = terms, plan
        self.weights = scoring.weights_of(
            plan.units, terms.total, [terms.count_of(unit) for unit in plan.units]
        )
        self.counting = scoring.counting(plan.units, self.weights)
        self.idf = {
            atom: scoring.word_idf(atom, terms.total, terms.word_count(atom))
            for unit in plan.units
            for atom in unit.atoms
        }
        self.run_weights = [sum(self.weights[at] for at in run.units) for run in plan.runs]
        self.scorer = Scorer(self)
        self._about: list[int] = []  # documents found by each way to be found
        #: The highest finds in their exact order and what follows, where both are known.
        self.top: tuple[list[tuple[Found, tantivy.DocAddress]], list[tantivy.DocAddress]] = [], []

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
        self._about = [
            min(self.terms.count_of(self.plan.units[at]) for at in run.units)
            for run, is_find in zip(self.plan.runs, counts, strict=True)
            if is_find
        ]
        if sum(self.counting) > 0:
            found.append(self._carrying(allowed, scoring.is_enough(self.counting)))
        if self.plan.number is not None:
            found.append(self.terms.term("number", self.plan.number))
        if len(self.plan.units) >= scoring.LONG_QUERY and sum(self.counting) > 0:
            found.append(self._near_the_best(allowed))
        return any_of(found)

    def _carrying(self, allowed: Query, enough: float) -> Query | None:
        """Documents with units that carry at least ``enough`` of the weight."""
        enough *= _MARGIN
        try:
            levels = [self._levels(unit, weight) for unit, weight in self._counted()]
            choices = _Choices([level for level in levels if level])
            found = choices.enough(enough)
            self._about.append(choices.about(found))
            return found
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
                    count = min(self.terms.word_count(atom) for atom, _ in some)
                    atoms = frozenset(atom for atom, _ in some)
                    levels.append(_Level(credit, query, count, atoms))
        holding = self.terms.holding(unit)
        if holding is not None:
            levels.append(_Level(weight, holding, self.terms.count_of(unit)))
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
        limit, hits = _FIRST_LISTED, []
        while True:
            hits = self.terms.searcher.search(query, limit=limit, count=False).hits
            if len(hits) < limit or hits[-1][0] < enough or limit >= MOST_LISTED:
                break
            limit = min(limit * 4, MOST_LISTED)
        addresses = [address for carried, address in hits if carried >= enough]
        self._about.append(len(addresses))
        return self.terms.named(addresses)

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
        return Query.disjunction_max_query(ways) if len(ways) > 1 else any_of(ways)

    def _near_the_best(self, allowed: Query) -> Query | None:
        """Documents that rank near the best and have nearly enough; fills in ``top``.

        The highest are read.  Behind these tantivy's score decides, brought to the measure of
        those that were read; what they have is not looked at.
        """
        ranks = any_of(self._worth)
        if ranks is None:
            return None
        clauses = [(Occur.Must, Query.const_score_query(allowed, 0.0)), (Occur.Must, ranks)]
        hits = self.terms.searcher.search(
            Query.boolean_query(clauses), limit=MOST_NEAR, count=False
        ).hits
        most = 100 if self.terms.total <= FEW_DOCUMENTS else RANKED
        read = [(self.scorer.read(address), address) for _, address in hits[:most]]
        least = scoring.NEAR_THE_BEST * max((one.score for one, _ in read), default=0.0)
        share = scoring.NEARLY_ENOUGH * scoring.is_enough(self.counting)
        told = sum(score for score, _ in hits[: len(read)])
        measure = sum(one.score for one, _ in read) / told if told else 1.0
        more = [address for score, address in hits[most:] if score * measure >= least > 0]
        near = [one for one in read if one[0].score >= least > 0 and one[0].share >= share]
        finds = [one for one in read if one not in near and self._is_find(one[0])]
        self.top = (near + finds, more)
        return self.terms.named([address for _, address in near] + more)

    def _is_find(self, one: Found) -> bool:
        """Whether a candidate that was read is a find by units, runs or number."""
        counts = scoring.runs_that_count(self.run_weights)
        return (
            one.share >= scoring.is_enough(self.counting) * _MARGIN
            or any(stands and is_find for stands, is_find in zip(one.runs, counts, strict=True))
            or (self.plan.number is not None and one.record.number == self.plan.number)
        )

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

    def about(self) -> int:
        """About how many documents are found."""
        if self.plan.is_browsing or self.plan.number is not None:
            return self.terms.total
        return sum(self._about)

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

    def scored(
        self, hits: Query, limit: int, *, offset: int = 0, found: Query | None = None
    ) -> list[tuple[float, tantivy.DocAddress]]:
        """The best of ``hits`` with tantivy's score.

        :param found: what the hits must hold besides.
        """
        return self.searched(hits, limit, offset=offset, found=found, count=False).hits

    def searched(
        self,
        hits: Query,
        limit: int,
        *,
        offset: int = 0,
        found: Query | None = None,
        count: bool = True,
    ) -> tantivy.SearchResult:
        """The same, counted."""
        every = hits if found is None else all_of(hits, found)
        query = Query.const_score_query(every, 0.0)
        if self.about() * SELDOM < self.terms.total:
            # One by one: each looks at the hits only.
            for worth in self._worth:
                query = Query.boolean_query([(Occur.Must, query), (Occur.Should, worth)])
        else:
            optional = [(Occur.Should, worth) for worth in self._worth]
            query = Query.boolean_query([(Occur.Must, query), *optional])
        return self.terms.searcher.search(query, limit=limit, offset=offset, count=count)

    @cached_property
    def _worth(self) -> list[Query]:
        """Queries whose scores add up to about what scoring.py says."""
        worth: list[Query] = []
        for unit, weight in zip(self.plan.units, self.weights, strict=True):
            boost = scoring.boost(unit, len(self.weights))
            own = self._unit_worth(unit, weight)
            worth += own if boost == 1.0 else [Query.boost_query(one, boost) for one in own]
        for run, weight in zip(self.plan.runs, self.run_weights, strict=True):
            bonus = weight * self.run_bonus(run)
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

    def run_bonus(self, run: Run) -> float:
        """What holding ``run`` letter for letter adds, as a share of its weight."""
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
            if len(sums) > _MOST_SUMS:
                raise _TooMany
            self._sums.insert(0, sorted(sums))
        self._known: dict[tuple[int, float], Query | str] = {}
        self._sizes: dict[int, int] = {}
        self._counts: dict[int, int] = {}  # of documents, at most

    def enough(self, need: float) -> Query | None:
        """The documents that carry ``need``; None when none can.

        :raises _TooMany: when there are more than MOST_CHOICES of them.
        """
        found = self._enough(0, need)
        return None if isinstance(found, str) else found

    def about(self, written: Query | None) -> int:
        """How many documents a query of ``enough`` finds, at most."""
        return self._counts.get(id(written), 0)

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
        size, count = (0, 0) if isinstance(below, str) else self._sizes_of(below)
        for following, group in ways.values():
            own = any_of(level.query for level in group)
            assert own is not None
            parts.append(own if isinstance(following, str) else all_of(own, following))
            size += len(group) + self._sizes.get(id(following), 0)
            held = sum(level.held for level in group)
            count += min(held, self._counts.get(id(following), held))
        if not isinstance(below, str):
            parts.append(below)
        if size > MOST_CHOICES:
            raise _TooMany
        written = any_of(parts)
        if written is None:
            return _NEVER
        self._sizes[id(written)], self._counts[id(written)] = size, count
        return written

    def _sizes_of(self, written: Query) -> tuple[int, int]:
        return self._sizes[id(written)], self._counts[id(written)]


class Found(NamedTuple):
    """A candidate that was read."""

    record: Record
    score: float
    share: float  # weight of the units that it has
    has: list[bool]  # which units
    runs: list[bool]  # which runs stand in it


class _Sought(NamedTuple):
    """A form as it is looked for in the text of a record."""

    core: bytes
    pattern: re.Pattern[bytes] | None  # None where holding the core is all there is to it
    reach: int  # bytes before the core that the pattern may look at


class _Weighed(NamedTuple):
    """A unit as it is scored; words and forms by their place in the scorer's lists."""

    weight: float
    counting: float
    word: int  # -1 where it is none
    tag: int
    atoms: list[tuple[int, float]]  # with their idf
    forms: list[tuple[int, float]]  # with their weight
    boost: float
    parts_rank: float  # 1.0 where it is no compound
    parts_count: float  # by the idf of the atoms held; 0.0 where it is no compound


class Scorer:
    """The formula of scoring.py over the record of one document."""

    def __init__(self, asked: Asked) -> None:
        self.terms, self.plan = asked.terms, asked.plan
        self._words: dict[bytes, int] = {}
        self._forms: dict[Form, int] = {}
        self._units = [
            self._weighed(asked, unit, *weights)
            for unit, *weights in zip(asked.plan.units, asked.weights, asked.counting, strict=True)
        ]
        self._runs = [
            (self._form(run.form), asked.run_bonus(run) * weight)
            for run, weight in zip(asked.plan.runs, asked.run_weights, strict=True)
        ]
        self._sought = [_sought(form) for form in self._forms]
        self._read: dict[tuple[int, int], Found] = {}

    def _weighed(self, asked: Asked, unit: Unit, weight: float, counting: float) -> _Weighed:
        units, whole = len(asked.weights), sum(asked.idf[atom] for atom in unit.atoms)
        share = scoring.parts_count(units) / max(whole, 1e-9)
        return _Weighed(
            weight,
            counting,
            self._word(unit.word) if unit.word else -1,
            self._word(tag_token(unit.text)),
            [(self._word(atom), asked.idf[atom]) for atom in unit.atoms],
            [(self._form(form), form.weight) for form in unit.forms],
            scoring.boost(unit, units),
            scoring.parts_rank(units) if unit.is_compound else 1.0,
            share if unit.is_compound else 0.0,
        )

    def _word(self, word: str) -> int:
        return self._words.setdefault(written(word), len(self._words))

    def _form(self, form: Form) -> int:
        return self._forms.setdefault(form, len(self._forms))

    def read(self, address: tantivy.DocAddress) -> Found:
        """The candidate at ``address``, read once."""
        place = address.segment_ord, address.doc
        found = self._read.get(place)
        if found is None:
            found = self._read[place] = self._scored(self.terms.record(address))
        return found

    def _scored(self, record: Record) -> Found:
        norm = float(scoring.length_norm(record.length, self.terms.average))
        words = [record.weight(term) for term in self._words]
        forms = [_mentions(record, sought) for sought in self._sought]
        score = share = 0.0
        has = []
        for unit in self._units:
            base = own = 0.0
            for at, idf in unit.atoms:
                if words[at]:
                    own += idf
                    base += idf * scoring.saturated(words[at], norm)
            best = scoring.saturated(words[unit.tag], norm)
            is_held = unit.word >= 0 and words[unit.word] > 0
            is_typed = False
            for at, nearness in unit.forms:
                if forms[at]:
                    is_held = True
                    is_typed = is_typed or nearness == 1.0
                    best = max(best, nearness * scoring.saturated(forms[at], norm))
            if not is_typed:
                base *= unit.parts_rank
            worth = max(base, unit.weight * best) + scoring.TOGETHER * unit.weight * best
            score += unit.boost * worth
            share += unit.counting * (1.0 if is_held else unit.parts_count * own)
            has.append(is_held)
        runs = [forms[at] > 0 for at, _ in self._runs]
        score += sum(bonus for (_, bonus), stands in zip(self._runs, runs, strict=True) if stands)
        score += self._by_grams(record)
        if self.plan.number is not None and record.number == self.plan.number:
            score += scoring.NUMBER
        return Found(record, score, share, has, runs)

    def _by_grams(self, record: Record) -> float:
        text, (grams, ends) = record.text, self._grams
        told = sum([weight for gram, weight in grams if gram in text])
        told += sum([weight for pattern, weight in ends if pattern.search(text)])
        return float(GRAM_WEIGHT * told * scoring.gram_norm(record.length, self.terms.average))

    @cached_property
    def _grams(self) -> tuple[list[tuple[bytes, float]], list[tuple[re.Pattern[bytes], float]]]:
        """Grams of three letters as they stand in a text, and ends of runs as patterns."""
        grams, ends = [], []
        for key in self.plan.grams:
            count = self.terms.gram_count(key)
            letters = gram_bytes(key)
            weight = scoring.idf(self.terms.total, count)
            if count and letters[2] == SEPARATOR:
                pattern = compiled_bytes(re.escape(letters[:2]) + _NO_LETTER)
                ends.append((pattern, weight))
            elif count:
                grams.append((letters, weight))
        return grams, ends


def _sought(form: Form) -> _Sought:
    core = encode(form.needles[0]) if form.needles else b""
    pattern = None if form.is_plain else compiled_bytes(form.encoded_pattern)
    return _Sought(core, pattern, 2 * len(form.text) + 8)


def _mentions(record: Record, sought: _Sought) -> float:
    """``scoring.mentions`` of a form in one document; 0 where it does not stand."""
    core, pattern, reach = sought
    text = record.text
    at = text.find(core) if core else -1
    if at < 0:
        return 0.0
    title, own, names = record.stops
    count = 1
    if pattern is None:
        count = text[at:own].count(core)
    else:
        match = pattern.search(text, max(0, at - reach))
        if match is None:
            return 0.0
        at = match.start()
    if at >= own:
        return FIELD_WEIGHTS["names" if at < names else "comments"]
    inside = float(min(count, scoring.MOST_MENTIONS))
    return inside + scoring.TITLE_MENTIONS - 1.0 if at < title else inside
