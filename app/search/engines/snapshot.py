"""All segments of one commit as arrays, and the answer to a plan over them.

A snapshot never changes: a search works on the one it began with, whatever is committed
meanwhile.  Documents are numbered through all segments ("places").
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.search import facets, forms, scoring
from app.search.analysis import GRAM_WEIGHT, Plan, Run, Unit, lone_token, tag_token
from app.search.documents import Document
from app.search.engine import Suggestion
from app.search.engines.segments import Ids, Segment, Weights
from app.search.letters import encode, grams_of
from app.search.suggestions import offer

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Item = TypeVar("Item", bound=np.generic)
_MOST_REMEMBERED = 512  # results of looking for letters
_MOST_REMEMBERED_BYTES = 8_000_000


@dataclass(frozen=True)
class _Facet:
    """Values by place: place ``n`` has ``values[starts[n]:starts[n + 1]]`` of ``slugs``."""

    slugs: list[str]
    starts: NDArray[np.int64]
    places: Ids  # the place of each value
    values: Ids


@dataclass(frozen=True)
class Answer:
    """What a plan found, before facets."""

    found: Mask
    score: Floats
    weights: list[float]  # of the units
    is_unsure: bool = False


class Snapshot:
    """The documents of one commit.

    :param deleted: places inside each segment that no longer count.
    """

    def __init__(self, segments: Sequence[Segment], deleted: Sequence[Sequence[int]]) -> None:
        self.segments = tuple(segments)
        self.bases = np.cumsum([0, *(segment.size for segment in segments)]).tolist()
        self.size: int = self.bases[-1]
        self.live = np.ones(self.size, np.bool_)
        for base, places in zip(self.bases, deleted, strict=False):
            if places:
                self.live[np.asarray(places) + base] = False
        self.count = int(self.live.sum())
        self.number = self._joined("number", np.int64)
        self.created = self._joined("created", np.int64)
        lengths = self._joined("length", np.float32)
        average = float(lengths[self.live].mean()) if self.count else 1.0
        self.norm: Floats = scoring.length_norm(lengths, average).astype(np.float32)
        self.gram_norm: Floats = scoring.gram_norm(lengths, average).astype(np.float32)
        self._found: OrderedDict[forms.Form, tuple[Ids, Floats]] = OrderedDict()
        self._found_bytes = 0
        self._lock = threading.Lock()

    def _joined(self, name: str, kind: type[Item]) -> NDArray[Item]:
        arrays: list[NDArray[Item]] = [segment.arrays[name] for segment in self.segments]
        return _concatenated(arrays, kind).astype(kind, copy=False)

    # --- terms ---

    def word(self, atom: str) -> tuple[Ids, Weights]:
        """Places that hold ``atom``, and its weighted mentions."""
        encoded = encode(atom)
        lists = [segment.word(encoded) for segment in self.segments]
        mentions = _concatenated([weights for _, weights in lists], np.float32)
        return self._merged([ids for ids, _ in lists]), mentions

    def gram(self, key: int) -> Ids:
        """Places that hold a gram."""
        return self._merged([segment.gram(key) for segment in self.segments])

    def _merged(self, lists: list[Ids]) -> Ids:
        if len(lists) == 1:
            return lists[0]
        based = [
            ids + np.uint32(base) for ids, base in zip(lists, self.bases, strict=False) if len(ids)
        ]
        return _concatenated(based, np.uint32)

    def find(self, form: forms.Form) -> tuple[Ids, Floats]:
        """Places whose text holds ``form``, and its mentions, weighted by where they stand."""
        with self._lock:
            known = self._found.get(form)
            if known is not None:
                self._found.move_to_end(form)
                return known
        lists = [_find(segment, form) for segment in self.segments]
        mentions = _concatenated([found for _, found in lists], np.float32)
        answer = self._merged([ids for ids, _ in lists]), mentions
        with self._lock:
            self._remember(form, answer)
        return answer

    def holding_letters(self, form: forms.Form, word: str) -> Ids:
        """Places whose text holds ``form``, where nothing else is asked; quicker than ``find``.

        :param word: an atom whose places hold it for sure; empty when there is none.
        """
        if not form.is_plain:
            return self.find(form)[0]
        return self._merged([_holding_letters(segment, form, word) for segment in self.segments])

    def _remember(self, form: forms.Form, answer: tuple[Ids, Floats]) -> None:
        if form in self._found:
            return
        self._found[form] = answer
        self._found_bytes += 8 * len(answer[0])
        while len(self._found) > _MOST_REMEMBERED or self._found_bytes > _MOST_REMEMBERED_BYTES:
            _, (ids, _) = self._found.popitem(last=False)
            self._found_bytes -= 8 * len(ids)

    # --- a plan ---

    def answer(self, plan: Plan, allowed: Mask) -> Answer:
        """Which of the places ``allowed`` the plan finds, and how all of them rank."""
        scorer = _Scorer(self, plan)
        scorer.score_units()
        allowed = allowed & scorer.may_be_found()
        if plan.is_browsing:
            return Answer(allowed, scorer.score, [])
        found = scorer.found()
        score = scorer.total()
        if plan.number is not None:
            found |= self.number == plan.number
        if len(plan.units) >= scoring.LONG_QUERY:
            nearly = scorer.share >= scoring.NEARLY_ENOUGH * scoring.is_enough(scorer.counting)
            found |= nearly & (score >= scoring.NEAR_THE_BEST * _highest(score[allowed]))
        found &= allowed
        unsure = not found.any() or scorer.is_unsure(allowed)
        if not found.any():
            found = scorer.found_by_grams() & allowed
        return Answer(found, score, scorer.weights, unsure)

    # --- what a check and spelling ask ---

    def versions(self) -> dict[str, int]:
        """Key -> version of every live document."""
        return {
            key: version
            for segment, base in zip(self.segments, self.bases, strict=False)
            for key, place, version in segment.versions()
            if self.live[base + place]
        }

    def vocabulary(self) -> dict[str, int]:
        """Atom -> documents that hold it; those not yet merged away count as well."""
        counts: dict[str, int] = {}
        for segment in self.segments:
            for word, count in segment.atoms().items():
                counts[word] = counts.get(word, 0) + count
        return counts

    # --- facets, keys, titles ---

    @cached_property
    def facets(self) -> dict[str, _Facet]:
        """The facets, and "audience", over all segments."""
        return {name: self._facet(name) for name in (*facets.FACETS, "audience")}

    def _facet(self, name: str) -> _Facet:
        slugs = sorted({slug for segment in self.segments for slug in segment.vocabulary[name]})
        value_of = {slug: value for value, slug in enumerate(slugs)}
        places, values = [], []
        for segment, base in zip(self.segments, self.bases, strict=False):
            places.append(segment.arrays[f"{name}_docs"] + np.uint32(base))
            here = np.array([value_of[slug] for slug in segment.vocabulary[name]], np.uint32)
            own = segment.arrays[f"{name}_values"]
            values.append(here[own] if len(own) else own)
        all_places = _concatenated(places, np.uint32)  # ascending: documents add theirs in turn
        starts = np.zeros(self.size + 1, np.int64)
        np.cumsum(np.bincount(all_places, minlength=self.size), out=starts[1:])
        return _Facet(slugs, starts, all_places, _concatenated(values, np.uint32))

    def holding(self, name: str, slugs: frozenset[str]) -> Mask:
        """Places that have one of ``slugs`` in the facet ``name``."""
        facet, mask = self.facets[name], np.zeros(self.size, np.bool_)
        wanted = np.zeros(len(facet.slugs), np.bool_)
        for value, slug in enumerate(facet.slugs):
            wanted[value] = slug in slugs
        mask[facet.places[wanted[facet.values]]] = True
        return mask

    def counts(
        self, name: str, mask: Mask, few: Ids | None, chosen: frozenset[str]
    ) -> dict[str, int]:
        """How many places of ``mask`` have the most frequent and the ``chosen`` values of a facet.

        :param few: the places of ``mask``, where they are few beside all.
        """
        facet = self.facets[name]
        if few is None:
            values = facet.values[mask[facet.places]]
        else:
            values = facet.values[_ranges(facet.starts[few], facet.starts[few + 1])]
        counted = np.bincount(values, minlength=len(facet.slugs))
        # Those that are told, and what was chosen: slugs are in order, so ties are too.
        most = np.argsort(-counted, kind="stable")[: facets.FACETS[name].most].tolist()
        told = {facet.slugs[value]: int(counted[value]) for value in most if counted[value]}
        for slug in chosen:
            value = bisect_left(facet.slugs, slug)
            if value < len(facet.slugs) and facet.slugs[value] == slug:
                told[slug] = int(counted[value])
        return told

    def place_of(self, key: str) -> int | None:
        """The place of the live document ``key``."""
        for segment, base in zip(self.segments, self.bases, strict=False):
            place = segment.place_of(key)
            if place is not None and self.live[base + place]:
                return int(base + place)
        return None

    def document(self, place: int) -> Document:
        """The document at ``place``."""
        index = int(np.searchsorted(self.bases, place, side="right")) - 1
        return self.segments[index].document(place - self.bases[index])

    @cached_property
    def title_rank(self) -> NDArray[np.int64]:
        """The rank of every place in the order of titles; equal titles have equal ranks."""
        titles = [segment.arrays["title"] for segment in self.segments]
        if not titles:
            return np.zeros(0, np.int64)
        _, ranks = np.unique(np.concatenate(titles), return_inverse=True)
        return ranks.reshape(-1)

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Titles and tags of public documents that begin with, or else hold, ``text``."""
        lists = (
            (segment.suggestions, self.live[base : base + segment.size])
            for segment, base in zip(self.segments, self.bases, strict=False)
        )
        return offer(lists, text, limit)


class _Scorer:
    """Works through one plan over one snapshot."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        self.snapshot, self.plan = snapshot, plan
        self.score: Floats = np.zeros(snapshot.size, np.float32)
        self.share: Floats = np.zeros(snapshot.size, np.float32)  # weight of the units held
        self.holds: list[Ids] = []  # of each unit: places that have it, each once
        self.weights: list[float] = []
        self.letters: dict[Run, Ids] = {}  # places that hold a run
        self.counting: list[float] = []  # the same, for what makes a find

    def may_be_found(self) -> Mask:
        """Places that hold every phrase and nothing that was ruled out."""
        may: Mask = np.ones(self.snapshot.size, np.bool_)
        for phrase in self.plan.required:
            holds = np.zeros(self.snapshot.size, np.bool_)
            for form in phrase:
                holds[self.snapshot.find(form)[0]] = True
            may &= holds
        for unit in self.plan.excluded:
            may[self._holders(unit)] = False
        return may

    def score_units(self) -> None:
        self.holds = [self._holders(unit) for unit in self.plan.units]
        self.weights = scoring.weights_of(
            self.plan.units, self.snapshot.count, [self._alive(ids) for ids in self.holds]
        )
        self.counting = scoring.counting(self.plan.units, self.weights)
        for unit, weight in zip(self.plan.units, self.weights, strict=True):
            base = self._atoms(unit)
            best = self._forms(unit) * np.float32(weight)
            if unit.is_compound:
                base[self._without(unit)] *= np.float32(scoring.parts_rank(len(self.weights)))
            worth = np.maximum(base, best) + np.float32(scoring.TOGETHER) * best
            self.score += np.float32(scoring.boost(unit, len(self.weights))) * worth

    def _atoms(self, unit: Unit) -> Floats:
        base: Floats = np.zeros(self.snapshot.size, np.float32)
        for atom in unit.atoms:
            ids, mentions = self.snapshot.word(atom)
            if len(ids):
                weight = scoring.word_idf(atom, self.snapshot.count, self._alive(ids))
                base[ids] += weight * scoring.saturated(mentions, self.snapshot.norm[ids])
        return base

    def _without(self, unit: Unit) -> Mask:
        """Places where the unit as it was typed does not stand."""
        without = np.ones(self.snapshot.size, np.bool_)
        for form in unit.forms:
            if form.weight == 1.0:
                without[self.snapshot.find(form)[0]] = False
        return without

    def _forms(self, unit: Unit) -> Floats:
        """What the best form of the unit is worth at each place, or a tag that is the unit."""
        best: Floats = np.zeros(self.snapshot.size, np.float32)
        tagged, mentions = self.snapshot.word(tag_token(unit.text))
        best[tagged] = scoring.saturated(mentions, self.snapshot.norm[tagged])
        for form in unit.forms:
            ids, mentions = self.snapshot.find(form)
            if len(ids):
                worth = form.weight * scoring.saturated(mentions, self.snapshot.norm[ids])
                best[ids] = np.maximum(best[ids], worth)
        return best

    def _holders(self, unit: Unit) -> Ids:
        lists = [self.snapshot.find(form)[0] for form in unit.forms]
        if unit.word:
            lists.append(self.snapshot.word(unit.word)[0])
        if len(lists) == 1:
            return lists[0]
        return np.unique(_concatenated(lists, np.uint32))

    def _parts(self, unit: Unit) -> Floats:
        """Share of the atoms of a compound that each place holds, by weight."""
        share: Floats = np.zeros(self.snapshot.size, np.float32)
        lists = [self.snapshot.word(atom)[0] for atom in unit.atoms]
        weights = [
            scoring.word_idf(atom, self.snapshot.count, self._alive(ids))
            for atom, ids in zip(unit.atoms, lists, strict=True)
        ]
        for ids, weight in zip(lists, weights, strict=True):
            share[ids] += np.float32(weight / max(sum(weights), 1e-9))
        return share

    def _alive(self, ids: Ids) -> int:
        if self.snapshot.count == self.snapshot.size:
            return len(ids)
        return int(self.snapshot.live[ids].sum())

    def found(self) -> Mask:
        """Places with enough units, or with a whole run; runs add to the score here."""
        share = self.share
        for unit, ids, weight in zip(self.plan.units, self.holds, self.counting, strict=True):
            if unit.is_compound:
                credit = self._parts(unit) * np.float32(scoring.parts_count(len(self.weights)))
                credit[ids] = 1.0
                share += np.float32(weight) * credit
            else:
                share[ids] += np.float32(weight)
        enough = np.float32(scoring.is_enough(self.counting) * (1 - 1e-5))
        found: Mask = (share >= enough) & (sum(self.counting) > 0)
        run_weights = [sum(self.weights[at] for at in run.units) for run in self.plan.runs]
        counting = scoring.runs_that_count(run_weights)
        for run, weight, counts in zip(self.plan.runs, run_weights, counting, strict=True):
            ids = self._letters_of(run)
            share_of = scoring.run_bonus([self.plan.units[at] for at in run.units])
            self.score[ids] += np.float32(share_of * weight)
            if counts:
                found[ids] = True
        return found

    def is_unsure(self, allowed: Mask) -> bool:
        """Whether a word, or a whole run of a short query, stands in nothing that is allowed."""
        if not all(allowed[ids].any() for ids in self.holds):
            return True
        if len(self.plan.units) > scoring.SHORT_QUERY:
            return False
        return not all(allowed[self._letters_of(run)].any() for run in self.plan.runs)

    def _letters_of(self, run: Run) -> Ids:
        """Places that hold a run letter for letter."""
        if run not in self.letters:
            words = [self.plan.units[at].word for at in run.units]
            word = words[0] if len(words) == 1 and words[0] == run.form.text else ""
            self.letters[run] = self.snapshot.holding_letters(run.form, word)
        return self.letters[run]

    def found_by_grams(self) -> Mask:
        """Places that share most of a run's grams; for when nothing else was found."""
        found: Mask = np.zeros(self.snapshot.size, np.bool_)
        for run in self.plan.runs:
            if len(run.grams) < 2:
                continue
            shared = np.zeros(self.snapshot.size, np.uint16)
            for key in run.grams:
                shared[self.snapshot.gram(key)] += 1
            found |= shared >= scoring.enough_grams(len(run.grams))
        return found

    def total(self) -> Floats:
        """Words and grams together, and a record number before all."""
        told: Floats = np.zeros(self.snapshot.size, np.float32)
        for key in self.plan.grams:
            ids = self.snapshot.gram(key)
            if len(ids):
                told[ids] += np.float32(scoring.idf(self.snapshot.count, self._alive(ids)))
        score = self.score + np.float32(GRAM_WEIGHT) * told * self.snapshot.gram_norm
        if self.plan.number is not None:
            score[self.snapshot.number == self.plan.number] += np.float32(scoring.NUMBER)
        return score


def _find(segment: Segment, form: forms.Form) -> tuple[Ids, Floats]:
    """Places of one segment that hold ``form``, and its weighted mentions."""
    core = encode(form.needles[0])
    if not core:
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    candidates = _candidates(segment, form.needles[0], core)
    places, ats = _places_at(segment, form, candidates, core)
    found = np.array(places, np.uint32)
    first = segment.text_start[found]
    stops = segment.arrays["stops"][found]
    counts = np.ones(len(places), np.int64)
    if form.is_plain:  # counting is for plain letters; conditions are looked at once
        text, owns = segment.text, (first + stops[:, 1]).tolist()
        counts[:] = [text[at:own].count(core) for at, own in zip(ats, owns, strict=True)]
    return found, scoring.mentions(counts, np.array(ats, np.int64) - first, stops)


def _holding_letters(segment: Segment, form: forms.Form, word: str) -> Ids:
    """Places of one segment that hold a plain form; those of the atom ``word`` are known to."""
    core = encode(form.core)
    candidates = _candidates(segment, form.core, core)
    if len(core) <= 3:
        return candidates  # a gram is its three letters
    known = segment.word(encode(word))[0] if word else candidates[:0]
    places, _ = _places_at(segment, form, np.setdiff1d(candidates, known, True), core)
    return np.union1d(known, np.array(places, np.uint32)).astype(np.uint32, copy=False)


def _places_at(
    segment: Segment, form: forms.Form, candidates: Ids, core: bytes
) -> tuple[list[int], list[int]]:
    """(places, where in the text) of the candidates that hold ``form``."""
    find = segment.text.find
    firsts = segment.text_start[candidates].tolist()
    stops = segment.text_start[candidates + 1].tolist()
    places, ats = [], []
    if form.is_plain:
        for place, first, stop in zip(candidates.tolist(), firsts, stops, strict=True):
            at = find(core, first, stop)
            if at >= 0:
                places.append(place)
                ats.append(at)
        return places, ats
    pattern = forms.compiled_bytes(form.encoded_pattern)
    reach = 2 * len(form.text) + 8
    lone: set[int] = set()
    if form.is_short_form:
        # Two letters stand in nearly every text, with their dot or alone in few.
        lone = set(segment.word(encode(lone_token(form.needles[0])))[0].tolist())
        core += b"."
    for place, first, stop in zip(candidates.tolist(), firsts, stops, strict=True):
        at = find(core, first, stop)
        if at < 0 and place not in lone:
            continue
        # Mostly it begins where its letters do, and never earlier than its pieces allow.
        begins = form.is_short_form and place not in lone
        found = pattern.match(segment.text, at, stop) if begins else None
        if found is None:
            start = first if place in lone else max(first, at - reach)
            found = pattern.search(segment.text, start, stop)
        if found is not None:
            places.append(place)
            ats.append(found.start())
    return places, ats


def _candidates(segment: Segment, needle: str, core: bytes) -> Ids:
    """Places that may hold ``needle``: those with all its grams."""
    keys = grams_of(needle)
    if not keys:
        if len(core) == 1:  # one letter: only as a word
            return segment.word(core)[0]
        if len(core) == 2:
            return segment.grams_beginning(core)
        return np.arange(segment.size, dtype=np.uint32)  # letters parted by dots: ม.อ.
    lists = sorted((segment.gram(key) for key in keys), key=len)
    left = lists[0]
    for ids in lists[1:]:
        if len(left) < 24:
            break
        at = np.searchsorted(ids, left)
        at[at == len(ids)] = 0
        left = left[ids[at] == left]
    return left


def _concatenated(arrays: list[NDArray[Item]], kind: type[Item]) -> NDArray[Item]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)


def _highest(score: Floats) -> float:
    return float(score.max()) if len(score) and score.max() > 0 else np.inf


def narrowed(
    snapshot: Snapshot, mask: Mask, chosen: Mapping[str, frozenset[str]]
) -> tuple[Mask, dict[str, dict[str, int]]]:
    """(hits, counts): ``mask`` under all choices, and the counts of every facet.

    A facet is counted under the choices of the others, so its own choice does not shrink it.
    """
    choices = {
        name: snapshot.holding(name, slugs)
        for name, slugs in chosen.items()
        if slugs and name in facets.FACETS
    }
    hits = mask.copy()
    for choice in choices.values():
        hits &= choice
    few = _few(hits)
    counts = {}
    for name in facets.FACETS:
        if name not in choices:
            counts[name] = snapshot.counts(name, hits, few, frozenset())
            continue
        counted = mask.copy()
        for other, choice in choices.items():
            if other != name:
                counted &= choice
        counts[name] = snapshot.counts(name, counted, _few(counted), chosen[name])
    return hits, counts


def _few(mask: Mask) -> Ids | None:
    """The places of ``mask``; None where they are so many that a look at all is quicker."""
    places = np.flatnonzero(mask)
    return places.astype(np.uint32) if len(places) * 8 < len(mask) else None


def _ranges(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each start up to its stop."""
    lengths = stops - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


def page_of(
    snapshot: Snapshot, hits: Mask, score: Floats, *, sort: str, first: int, count: int
) -> list[int]:
    """The places of one page of ``hits`` in the order ``sort``."""
    places = np.flatnonzero(hits)
    if first >= len(places):
        return []
    if sort == "relevance":
        places = places[_can_be_shown(score[places], first + count)]
    created, number = snapshot.created[places], snapshot.number[places]
    if sort == "title":
        order = np.lexsort((number, snapshot.title_rank[places]))
    elif sort == "oldest":
        order = np.lexsort((number, created))
    elif sort == "newest":
        order = np.lexsort((-number, -created))
    else:
        order = np.lexsort((-number, -created, -score[places]))
    wanted: list[int] = places[order[first : first + count]].tolist()
    return wanted


def _can_be_shown(worth: Floats, most: int) -> Mask:
    """Which can be among the ``most`` highest, ties included."""
    if len(worth) <= most * 4:
        return np.ones(len(worth), np.bool_)
    least = np.partition(worth, len(worth) - most)[len(worth) - most]
    high: Mask = worth >= least
    return high
