"""From words and forms to tantivy's queries, over one commit of the index.

What is looked for letter by letter is a phrase of grams (tantivy_letters.py).  A phrase costs
what its rarest gram is frequent, so the rarest one is always part of it; what a phrase of
frequent grams finds is remembered for as long as the commit is open.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import tantivy
from tantivy import Occur, Query

from app.search.analysis import Unit
from app.search.engines.tantivy_index import EVERY, Record, term_of
from app.search.engines.tantivy_letters import (
    BEGINS,
    DIGIT,
    ENDS,
    LATIN,
    THAI,
    begin,
    class_of,
    end,
    gram_needle,
    needle,
)
from app.search.forms import Form, compiled_bytes

#: Of so many documents that hold a form where its rules are in doubt, the text is read; in
#: the rest it counts as not found, as the rules do.
MOST_READ = 300
#: From so many documents with its rarest gram on, what a phrase finds is remembered …
FREQUENT = 2_000
#: … where it finds no more than these, or nearly all that hold its grams but for these.
MOST_NAMED, MOST_EXCEPTIONS = 2_000, 1_000
#: Up to so many documents deleted ones are always counted out.
FEW_DOCUMENTS = 5_000
#: Spellings of the gaps in a form of several words.
_GAPS = (" ", "", "-")
_MOST_BODIES = 27
_MOST_REMEMBERED = 4_096
_BEFORE_CONSONANT = "เแโใไ"


def counted(found: tantivy.SearchResult) -> int:
    """All documents that were found."""
    count: int = found.count  # type: ignore[attr-defined]  # missing in its types
    return count


def all_of(*queries: Query) -> Query:
    """Documents that all ``queries`` find; no score."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def any_of(queries: Iterable[Query | None]) -> Query | None:
    """Documents that one of ``queries`` finds; None where there is nothing to look for."""
    known = [query for query in queries if query is not None]
    if len(known) < 2:
        return known[0] if known else None
    return Query.boolean_query([(Occur.Should, query) for query in known])


def but_not(query: Query, without: Iterable[Query | None]) -> Query:
    """Documents of ``query`` that none of ``without`` finds."""
    ruled_out = [(Occur.MustNot, one) for one in without if one is not None]
    if not ruled_out:
        return query
    return Query.boolean_query([(Occur.Must, query), *ruled_out])


class Terms:
    """One commit, with what was found out about it so far.

    ``total`` documents; ``average`` atoms of a document.
    """

    def __init__(self, index: tantivy.Index) -> None:
        self.searcher = index.searcher()
        self.schema = index.schema
        self.total = max(self.searcher.num_docs - 1, 0)
        held = self.searcher.doc_freq("choices", EVERY)
        self.has_deleted = held != self.total
        self._alive = self.total / max(held, 1)
        told = self.searcher.aggregate(Query.all_query(), {"length": {"avg": {"field": "length"}}})
        self.average = float(told["length"]["value"] or 1.0)
        self._phrases: dict[tuple[str, str], Query | None] = {}
        self._forms: dict[Form, Query | None] = {}
        self._holding: dict[Unit, int] = {}
        self._gram_counts: dict[int, int] = {}
        self._lock = threading.Lock()

    # --- terms ---

    def term(self, field: str, value: str | int) -> Query:
        """Documents with a term."""
        return Query.term_query(self.schema, field, value, "basic")

    def ranked(self, word: str) -> Query:
        """Documents that hold an atom, by BM25."""
        return Query.term_query(self.schema, "words", term_of(word), "freq")

    def named(self, addresses: list[tantivy.DocAddress]) -> Query | None:
        """These documents; None when there are none."""
        if not addresses:
            return None
        return Query.term_set_query(self.schema, "id", self.numbers("id", addresses))

    def word(self, word: str) -> Query | None:
        """Documents that hold an atom; None when none does."""
        term = term_of(word)
        if not self.searcher.doc_freq("words", term):
            return None
        return self.term("words", term)

    def word_count(self, word: str) -> int:
        """How many documents hold an atom."""
        term = term_of(word)
        held: int = self.searcher.doc_freq("words", term)
        return self.count(self.term("words", term)) if held and self.has_deleted else held

    def gram_count(self, key: int) -> int:
        """How many documents hold a gram (letters.grams).

        In a large index deleted documents are counted as often as there are any, and the end
        of a run counts where letters of another script follow.
        """
        signs = gram_needle(key)
        if len(signs) == 3 and self.total > FEW_DOCUMENTS:
            return math.ceil(self.searcher.doc_freq("grams", signs) * self._alive)
        known = self._gram_counts.get(key)
        if known is None:
            query = self.phrase(signs)
            if query is not None and len(signs) == 3 and signs[2] in ENDS:
                following = f"{_escaped(signs[1])}{_escaped(signs[2])}[^{BEGINS}]"
                places: list[str | tuple[int, str]] = [
                    (0, "".join(map(_escaped, signs))),
                    (1, following),
                ]
                query = Query.regex_phrase_query(self.schema, "grams", places)
            known = self.count(query)
            self._remember(self._gram_counts, key, known)
        return known

    def count(self, query: Query | None) -> int:
        """How many documents a query finds."""
        if query is None:
            return 0
        return counted(self.searcher.search(query, limit=1, count=True))

    def exists(self, query: Query) -> bool:
        """Whether a query finds anything."""
        return bool(self.searcher.search(query, limit=1, count=False).hits)

    def stored(self, address: tantivy.DocAddress) -> bytes:
        """The record of one document, as it lies there."""
        found = self.searcher.doc(address).get_first("record")
        if not isinstance(found, bytes):
            raise ValueError("a record is missing")
        return found

    def record(self, address: tantivy.DocAddress) -> Record:
        """The record of one document."""
        return Record(self.stored(address))

    def numbers(self, field: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        """A number of each of some documents."""
        found = self.searcher.fast_field_values(field, addresses)
        return [int(number or 0) for number in found]

    # --- units and forms ---

    def holding(self, unit: Unit) -> Query | None:
        """Documents that have a unit."""
        word = self.word(unit.word) if unit.word else None
        return any_of((word, *(self.form(form) for form in unit.forms)))

    def count_of(self, unit: Unit) -> int:
        """How many documents have a unit."""
        known = self._holding.get(unit)
        if known is None:
            known = (
                self.word_count(unit.word)
                if unit.word and not unit.forms
                else self.count(self.holding(unit))
            )
            self._remember(self._holding, unit, known)
        return known

    def form(self, form: Form) -> Query | None:
        """Documents whose text holds ``form``."""
        if form not in self._forms:
            self._remember(self._forms, form, self._looked_up(form))
        return self._forms.get(form)

    def in_title(self, form: Form) -> Query | None:
        """Documents whose title holds the letters of ``form``."""
        bodies, _ = spelled(form)
        return any_of(self.phrase(signs, "titles") for signs in bodies)

    def _looked_up(self, form: Form) -> Query | None:
        bodies, doubtful = spelled(form)
        found = any_of(self.phrase(signs) for signs in bodies)
        doubt = any_of(self.phrase(signs) for signs in doubtful)
        if found is None or doubt is None:
            return found
        pattern = compiled_bytes(form.encoded_pattern)
        hits = self.searcher.search(all_of(found, doubt), limit=MOST_READ, count=False).hits
        addresses = [
            address for _, address in hits if pattern.search(self.record(address).text) is not None
        ]
        return any_of((but_not(found, [doubt]), self.named(addresses)))

    def _remember(self, known: dict[Any, Any], key: object, value: object) -> None:
        with self._lock:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            known[key] = value

    # --- letters ---

    def phrase(self, signs: str, field: str = "grams") -> Query | None:
        """Documents that hold ``signs`` (tantivy_letters.needle) in a row."""
        key = field, signs
        if key not in self._phrases:
            self._remember(self._phrases, key, self._phrase(signs, field))
        return self._phrases.get(key)

    def _phrase(self, signs: str, field: str) -> Query | None:
        if len(signs) < 3:
            pattern = "".join(map(_escaped, signs)) + "." * (3 - len(signs))
            return Query.regex_query(self.schema, field, pattern) if signs else None
        grams = [signs[at : at + 3] for at in range(len(signs) - 2)]
        counts = [self.searcher.doc_freq(field, gram) for gram in grams]
        if not min(counts):
            return None
        if len(grams) == 1:
            return self.term(field, grams[0])
        places = _cover(counts)
        phrase = Query.phrase_query(self.schema, field, [(at, grams[at]) for at in places])
        if field == "grams" and min(counts) >= FREQUENT:
            return self._remembered(phrase, grams, counts)
        return phrase

    def _remembered(self, phrase: Query, grams: list[str], counts: list[int]) -> Query:
        """The same documents without another look at positions, where that is less.

        They are named where they are few; where nearly all that hold the grams hold the
        phrase, the others are.
        """
        hits = self.searcher.search(phrase, limit=MOST_NAMED, count=True)
        if counted(hits) <= MOST_NAMED:
            return self.named([address for _, address in hits.hits]) or Query.empty_query()
        everywhere = self.total if not self.has_deleted else -1
        needed = {gram for gram, count in zip(grams, counts, strict=True) if count != everywhere}
        together = all_of(*(self.term("grams", gram) for gram in sorted(needed) or grams[:1]))
        if self.count(together) - counted(hits) > MOST_EXCEPTIONS:
            return phrase
        others = self.searcher.search(but_not(together, [phrase]), limit=MOST_EXCEPTIONS).hits
        return but_not(together, [self.named([address for _, address in others])])


def _cover(counts: Sequence[int]) -> list[int]:
    """Places of grams that cover all letters, the rarest among them."""
    rarest = min(range(len(counts)), key=counts.__getitem__)
    places = {rarest, *range(rarest % 3, len(counts), 3)}
    return sorted(places | {0, len(counts) - 1})


def _escaped(sign: str) -> str:
    """One sign for tantivy's regular expressions."""
    return f"\\x{{{ord(sign):x}}}"


def spelled(form: Form) -> tuple[list[str], list[str]]:
    """(needles, doubts): a text with ``form`` holds one of ``needles``.

    One that holds a needle and no doubt has the form; one with both has to be read.
    """
    needles: list[str] = []
    doubts: list[str] = []
    for body in _bodies(form.text):
        if form.is_short_form:
            _short_form(form, body.removesuffix("."), needles, doubts)
        else:
            _plain(form, body, needles, doubts)
    return needles, doubts


def _bodies(text: str) -> list[str]:
    """The form with its gaps as they may be written."""
    pieces = text.split()
    gaps = max(len(pieces) - 1, 0)
    if not pieces:
        return []
    spellings: Iterable[tuple[str, ...]] = itertools.product(_GAPS, repeat=gaps)
    if len(_GAPS) ** gaps > _MOST_BODIES:
        spellings = [(gap,) * gaps for gap in _GAPS]
    return ["".join(itertools.chain(*zip(pieces, (*gap, ""), strict=True))) for gap in spellings]


def _short_form(form: Form, body: str, needles: list[str], doubts: list[str]) -> None:
    if not body:
        return
    dotted = f"{body}."
    if len(form.text) <= 2:
        needles.append(_alone(dotted, doubts, is_open=True))
        return
    needles.append(needle(dotted))
    doubts += [needle(f"{more}{dotted}") for more in (*_BEFORE_CONSONANT, *sorted(form.longer))]
    if not form.dotted:
        needles.append(_alone(body, doubts))


def _alone(body: str, doubts: list[str], *, is_open: bool = False) -> str:
    """``body`` where no Thai letter touches it, at its end as well unless ``is_open``."""
    first, last = class_of(body[0]), class_of(body[-1])
    if first != THAI:
        doubts.append(needle(body, end(THAI) + begin(first)))
    if last != THAI and not is_open:
        doubts.append(needle(body, b"", end(last) + begin(THAI)))
    is_closed = last == THAI and not is_open
    return needle(body, begin(THAI) if first == THAI else b"", end(THAI) if is_closed else b"")


def _plain(form: Form, body: str, needles: list[str], doubts: list[str]) -> None:
    kinds = []
    for letter in (body[0], body[-1]):
        kind = class_of(letter)
        borders = kind == DIGIT or (kind == LATIN and not form.inside_latin)
        kinds.append(kind if borders or (form.alone and kind == THAI) else 0)
    if form.alone:
        _alone(body, doubts)
    needles.append(needle(body, begin(kinds[0]), end(kinds[1])))
    doubts += [needle(f"{word}{body}") for word in sorted(form.not_after)]
    doubts += [needle(f"{body}{word}") for word in sorted(form.not_before)]
