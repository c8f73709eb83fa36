"""All segments of one commit as arrays, and the answer to a plan over them.

A snapshot never changes: a search works on the one it began with, whatever is committed
meanwhile.  Documents are numbered through all segments ("places").
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.search import facets, forms, scoring
from app.search.analysis import GRAM_WEIGHT, Plan, Unit, lone_token, tag_token
from app.search.documents import Document
from app.search.engines.segments import Ids, Segment, Weights
from app.search.letters import encode, grams_of
from app.search.suggestions import Suggestions

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Item = TypeVar("Item", bound=np.generic)
_MOST_REMEMBERED = 512  # results of looking for letters
_MOST_REMEMBERED_BYTES = 8_000_000


@dataclass(frozen=True)
class _Facet:
    """Places by value: the places of value ``n`` are ``places[starts[n]:starts[n + 1]]``."""

    slugs: list[str]
    starts: NDArray[np.int64]
    places: Ids
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

    def lay_out_like(self, before: Snapshot) -> None:
        """Lay out what readers of ``before`` asked for, before anybody reads this one.

        Suggestions of ``before`` are offered until ``offer_anew``: they take 0.4 s at 100,000
        documents, facets and the order of titles 0.1 s each.
        """
        for name in ("facets", "title_rank"):
            if name in vars(before):
                getattr(self, name)
        if "suggestions" in vars(before):
            vars(self)["suggestions"] = before.suggestions

    def offer_anew(self) -> None:
        """Lay out the suggestions of this snapshot, if those of an older one are offered."""
        if "suggestions" in vars(self):
            vars(self)["suggestions"] = self._suggestions()

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
            for word, count in segment.atoms():
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
        all_places = _concatenated(places, np.uint32)
        all_values = _concatenated(values, np.uint32)
        order = np.argsort(all_values, kind="stable")
        all_places, all_values = all_places[order], all_values[order]
        starts = np.searchsorted(all_values, np.arange(len(slugs) + 1))
        return _Facet(slugs, starts, all_places, all_values)

    def holding(self, name: str, slugs: frozenset[str]) -> Mask:
        """Places that have one of ``slugs`` in the facet ``name``."""
        facet, mask = self.facets[name], np.zeros(self.size, np.bool_)
        for value in np.searchsorted(facet.slugs, sorted(slugs)).tolist() if facet.slugs else ():
            if value < len(facet.slugs) and facet.slugs[value] in slugs:
                mask[facet.places[facet.starts[value] : facet.starts[value + 1]]] = True
        return mask

    def counts(self, name: str, mask: Mask) -> dict[str, int]:
        """How many places of ``mask`` have each value of the facet ``name``."""
        facet = self.facets[name]
        counted = np.bincount(facet.values[mask[facet.places]], minlength=len(facet.slugs))
        return {
            facet.slugs[value]: int(counted[value]) for value in np.flatnonzero(counted).tolist()
        }

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

    @cached_property
    def suggestions(self) -> Suggestions:
        """Titles and tags of the live public documents."""
        return self._suggestions()

    def _suggestions(self) -> Suggestions:
        return Suggestions(
            offered
            for segment, base in zip(self.segments, self.bases, strict=False)
            for place, offered in segment.offered
            if self.live[base + place]
        )


class _Scorer:
    """Works through one plan over one snapshot."""

    def __init__(self, snapshot: Snapshot, plan: Plan) -> None:
        self.snapshot, self.plan = snapshot, plan
        self.score: Floats = np.zeros(snapshot.size, np.float32)
        self.share: Floats = np.zeros(snapshot.size, np.float32)  # weight of the units held
        self.holds: list[Ids] = []  # of each unit: places that have it, each once
        self.weights: list[float] = []
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
            self.snapshot.count, [self._alive(ids) for ids in self.holds]
        )
        self.counting = scoring.counting(self.plan.units, self.weights)
        for unit, weight in zip(self.plan.units, self.weights, strict=True):
            base = self._atoms(unit)
            best = self._forms(unit) * np.float32(weight)
            if unit.is_compound:
                base[self._without(unit)] *= np.float32(scoring.parts_rank(len(self.weights)))
            self.score += np.maximum(base, best) + np.float32(scoring.TOGETHER) * best

    def _atoms(self, unit: Unit) -> Floats:
        base: Floats = np.zeros(self.snapshot.size, np.float32)
        for atom in unit.atoms:
            ids, mentions = self.snapshot.word(atom)
            if len(ids):
                weight = scoring.idf(self.snapshot.count, self._alive(ids))
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
        weights = [scoring.idf(self.snapshot.count, self._alive(ids)) for ids in lists]
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
            ids = self.snapshot.find(run.form)[0]
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
        found = (self.snapshot.find(run.form)[0] for run in self.plan.runs)
        return not all(allowed[ids].any() for ids in found)

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
    places: list[int] = []
    mentions: list[float] = []
    if core:
        candidates = _candidates(segment, form.needles[0], core)
        text, starts, stops = segment.text, segment.text_starts, segment.stops
        for place, at in _places_at(segment, form, candidates, core):
            first = starts[place]
            title, own, names = stops[place]
            # Counting is for plain letters; conditions are looked at once.
            count = text[at : first + own].count(core) if form.is_plain else 1
            places.append(place)
            mentions.append(scoring.mentions(count, at - first, title=title, own=own, names=names))
    return np.array(places, np.uint32), np.array(mentions, np.float32)


def _places_at(
    segment: Segment, form: forms.Form, candidates: Ids, core: bytes
) -> Iterator[tuple[int, int]]:
    """(place, where in the text) of the candidates that hold ``form``."""
    text, starts = segment.text, segment.text_starts
    pattern = None if form.is_plain else forms.compiled_bytes(form.encoded_pattern)
    reach = 2 * len(form.text) + 8
    lone: set[int] = set()
    if form.is_short_form:
        # Two letters stand in nearly every text, with their dot or alone in few.
        lone = set(segment.word(encode(lone_token(form.needles[0])))[0].tolist())
        core += b"."
    for place in candidates.tolist():
        first, stop = starts[place], starts[place + 1]
        at = text.find(core, first, stop)
        if at < 0 and place not in lone:
            continue
        if pattern is not None:
            # No match begins earlier than its longest piece allows.
            start = first if place in lone else max(first, at - reach)
            found = pattern.search(text, start, stop)
            if found is None:
                continue
            at = found.start()
        yield place, at


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
    counts = {}
    for name in facets.FACETS:
        counted = hits
        if name in choices:
            counted = mask.copy()
            for other, choice in choices.items():
                if other != name:
                    counted &= choice
        counts[name] = snapshot.counts(name, counted)
    return hits, counts


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
