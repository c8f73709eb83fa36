"""The engine for large sites: tantivy finds, counts and lists facets, outside Python.

Tokens, forms and formula are those of the other engines (app/search/analysis.py, scoring.py).
An index is a folder as the others have it (folder.py); inside a generation lies a tantivy
index, whose own commits hold the documents and the last change of the log.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import tantivy
from tantivy import Occur, Order, Query

from app.search import analysis, facets, forms, snippets, synonyms
from app.search.documents import Deletion, Document
from app.search.engine import MOST_BEST, Hit, IndexUnusable, SearchResult, Suggestion
from app.search.engines import tantivy_index as held
from app.search.engines.folder import (
    LOCK_WAIT_S,
    IndexFolder,
    Manifest,
    read_manifest,
    write_manifest,
)
from app.search.engines.tantivy_index import damage_named
from app.search.engines.tantivy_plan import RANKED, Asked
from app.search.engines.tantivy_query import Terms, all_of
from app.search.engines.tantivy_suggest import Offers
from app.search.query import SearchQuery

log = logging.getLogger(__name__)

#: The folder of the tantivy index inside a generation.
INSIDE = "tantivy"
#: Memory of a writer, in bytes.  A rebuild is as quick with less, but leaves more segments, and
#: every search pays for each of them.
REBUILD_HEAP, APPLY_HEAP = 250_000_000, 20_000_000
#: Where less than one in so many documents are hits, facets are counted through the hits.
FEW = 8
#: A writer that was not used for so long is let go.
REST_S = 3.0
#: Threads that count facets; more searches at once wait for one another there.
COUNTING = 2
_SORTS = {
    "newest": ("age", Order.Desc),
    "oldest": ("age", Order.Asc),
    "title": ("title", Order.Asc),
}
_MOST_CHOICES = 60_000  # of all facets, in one answer


class TantivyEngine:
    """A search engine whose index lies in ``folder``.

    :param create: open even if there is no good index; it is empty until ``rebuild``.
    :raises IndexUnusable: if there is no good index and ``create`` is not set.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self._folder = IndexFolder(folder)
        self._fingerprint = held.fingerprint()
        self._lock = threading.RLock()
        # Facets are counted outside Python, beside the making of excerpts.
        self._threads = ThreadPoolExecutor(COUNTING, thread_name_prefix="facets")
        self._open: _Opened | None = None
        self._writer: tuple[Path, tantivy.IndexWriter] | None = None
        self._resting: threading.Timer | None = None
        try:
            self.refresh()
        except IndexUnusable:
            if not create:
                raise

    @property
    def sequence(self) -> int:
        return self._open.sequence if self._open else 0

    def count(self) -> int:
        return self._open.terms.total if self._open else 0

    def close(self) -> None:
        self._release()
        with self._lock:
            self._open = None
        self._threads.shutdown(wait=False)

    # --- reading ---

    def refresh(self) -> bool:
        with self._lock:
            generation, opened = self._folder.generation(), self._open
            if opened is None or opened.generation != generation:
                read_manifest(generation, self._fingerprint)
                opened = None
            seen = _identity(generation / INSIDE / "meta.json")
            if opened is None:
                index = held.open_index(generation / INSIDE)
            elif opened.seen == seen:
                return False
            else:
                index = opened.index
                with damage_named(generation):
                    index.reload()
            self._open = _Opened(generation, index, seen)
            return True

    def search(
        self, query: SearchQuery, *, audience: frozenset[str], exclude: frozenset[str] = frozenset()
    ) -> SearchResult:
        started = time.perf_counter()
        asked = analysis.plan(query.text, synonyms.current())
        opened = self._open
        if opened is None or not audience:
            return _nothing(query, asked)
        with damage_named(opened.generation):
            answer = _Answer(opened.terms, asked, query, audience, exclude, self._threads)
            hits = answer.hits()
            counts = answer.facets()
        return SearchResult(
            total=answer.total,
            hits=hits,
            facets=counts,
            notes=list(asked.notes),
            took_ms=(time.perf_counter() - started) * 1000,
            related=list(asked.related),
            is_plain=asked.is_plain,
            is_unsure=answer.is_unsure,
            best=answer.best,
        )

    def versions(self) -> dict[str, int]:
        if self._open is None:
            return {}
        with damage_named(self._open.generation):
            terms = self._open.terms
            alive = Query.all_query() if terms.has_deleted else None
            rows = terms.searcher.terms_with_prefix("held", "", alive)
            parted = (term.rsplit("\x1f", 1) for term, _ in rows)
            return {key: int(version) for key, version in parted}

    def vocabulary(self) -> dict[str, int]:
        """Atom -> documents that hold it; those not yet merged away count as well."""
        if self._open is None:
            return {}
        with damage_named(self._open.generation):
            rows = self._open.terms.searcher.terms_with_prefix("words", "")
            return {held.word_of(term): count for term, count in rows}

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        if self._open is None:
            return []
        with damage_named(self._open.generation):
            return self._open.offers.offer(text, limit)

    # --- writing ---

    def apply(self, batch: Sequence[Document | Deletion], *, sequence: int) -> None:
        newest = {item.key: item for item in batch}
        with self._folder.lock(), self._lock:
            opened = self._begin()
            try:
                with held.writing(opened.generation):
                    writer = self._writer_of(opened)
                    for key in newest:
                        writer.delete_documents_by_term("key", held.clean(key))
                    _add(writer, [item for item in newest.values() if isinstance(item, Document)])
                    _finish(writer, sequence)
            except BaseException:
                self._writer = None  # what was not committed is forgotten with it
                raise
            self.refresh()

    def _writer_of(self, opened: _Opened) -> tantivy.IndexWriter:
        """The writer of this process.

        It is kept for a while: tantivy merges small segments after a commit, beside whatever
        comes next, and a writer that is dropped throws that work away.
        """
        if self._writer is None or self._writer[0] != opened.generation:
            self._release()
            self._writer = opened.generation, _writer(opened.index, heap=APPLY_HEAP)
        if self._resting is not None:
            self._resting.cancel()
        self._resting = threading.Timer(REST_S, self._rest)
        self._resting.daemon = True
        self._resting.start()
        return self._writer[1]

    def _release(self) -> None:
        """Let go of the writer, after its merging."""
        with self._lock:
            kept, self._writer = self._writer, None
            if self._resting is not None:
                self._resting.cancel()
                self._resting = None
            if kept is not None:
                with damage_named(kept[0]):
                    kept[1].wait_merging_threads()

    def _rest(self) -> None:
        try:
            self._release()
        except IndexUnusable as cause:  # its folder was swapped or taken away meanwhile
            log.info("%s", cause)

    def _begin(self) -> _Opened:
        """Stand on the newest commit of the folder; make a first generation if there is none."""
        try:
            self.refresh()
        except IndexUnusable:
            if self._open is not None:
                raise  # it was taken away: the batch alone would pass for all up to its sequence
            if self._folder.path.is_dir() and any(self._folder.path.glob("generation-*")):
                raise
            generation = self._new_generation()
            _finish(_writer(held.open_index(generation / INSIDE), heap=APPLY_HEAP), 0)
            self._folder.switch(generation)
            self.refresh()
        assert self._open is not None
        return self._open

    def _new_generation(self) -> Path:
        generation = self._folder.new_generation()
        write_manifest(generation, Manifest(self._fingerprint))
        held.open_index(generation / INSIDE, create=True)
        return generation

    def maintain(self) -> bool:
        """Nothing is left to do: tantivy merges by itself after a commit."""
        with self._folder.lock(), self._lock:
            self.refresh()  # raises when the index was taken away: the caller rebuilds it
            return False

    def rebuild(
        self,
        documents: Iterable[Document],
        *,
        sequence: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        with self._folder.lock():
            generation = self._new_generation()
            with held.writing(generation):
                writer = _writer(held.open_index(generation / INSIDE), heap=REBUILD_HEAP)
                try:
                    _add(writer, documents, progress)
                    _finish(writer, sequence)
                except BaseException:
                    # Its threads would write on while the folder is being removed.
                    with contextlib.suppress(Exception):
                        writer.wait_merging_threads()
                    raise
                writer.wait_merging_threads()
            self._release()
            self._folder.switch(generation)
            self.refresh()


class _Opened:
    """One commit, opened."""

    def __init__(self, generation: Path, index: tantivy.Index, seen: tuple[int, int]) -> None:
        self.generation, self.index, self.seen = generation, index, seen
        with damage_named(generation):
            self.terms = Terms(index)
            self.offers = Offers(self.terms)
            found = self.terms.searcher.search(
                self.terms.term("key", held.SEQUENCE_KEY), limit=1, count=False
            ).hits
            if not found:
                raise ValueError("it does not say which change it holds")
            record = self.terms.stored(found[0][1])
            self.sequence = int(json.loads(record)["sequence"])


class _Answer:
    """One search over one commit."""

    def __init__(
        self,
        terms: Terms,
        plan: analysis.Plan,
        query: SearchQuery,
        audience: frozenset[str],
        exclude: frozenset[str],
        threads: ThreadPoolExecutor,
    ) -> None:
        self.terms, self.plan, self.query = terms, plan, query
        self._threads = threads
        self._counts: Future[dict[str, int]] = Future()
        self.asked = Asked(terms, plan)
        self.is_unsure = False
        self.best: tuple[int, ...] = ()
        self._allowed = self._allowed_for(audience, exclude)
        self._finds = self._found()
        self._choices = {
            name: self._chosen(name, slugs)
            for name, slugs in query.facets.items()
            if slugs and name in facets.FACETS
        }

    def _allowed_for(self, audience: frozenset[str], exclude: frozenset[str]) -> Query:
        tokens = [held.clean(token) for token in sorted(audience)]
        clauses = [(Occur.Must, _one_of(self.terms, "audience", tokens))]
        if exclude:
            keys = [held.clean(key) for key in sorted(exclude)]
            clauses.append((Occur.MustNot, _one_of(self.terms, "key", keys)))
        for name, slugs in self.query.without.items():
            if slugs:
                clauses.append((Occur.MustNot, self._chosen(name, slugs)))
        return Query.boolean_query([*clauses, *self.asked.restrictions()])

    def _chosen(self, name: str, slugs: Iterable[str]) -> Query:
        return _one_of(self.terms, "choices", [held.choice(name, slug) for slug in sorted(slugs)])

    def _found(self) -> Query:
        if self.plan.is_browsing:
            return self._allowed
        found = self.asked.finds(self._allowed)
        return all_of(self._allowed, found) if found is not None else Query.empty_query()

    def _under(self, *, but: str = "") -> Query:
        """The finds under the choices of all facets but one."""
        choices = [query for name, query in self._choices.items() if name != but]
        return all_of(self._finds, *choices)

    # --- the page ---

    def hits(self) -> list[Hit]:
        """The hits of the page; fills in what else there is to tell."""
        self._counts = self._threads.submit(self._counted, self._under())
        if self.plan.is_browsing:
            return self._page([], "newest" if self.query.sort == "relevance" else self.query.sort)
        ranked = self._ranked()
        if ranked or (self._choices and self.terms.exists(self._finds)):
            seen = [self.asked.scorer.read(address) for address in ranked[:RANKED]]
            self.is_unsure = self.asked.is_unsure(self._allowed, seen)
        else:
            self.is_unsure = True
            by_grams = self.asked.by_grams()
            if by_grams is not None:
                self._finds = all_of(self._allowed, by_grams)
                self._counts = self._threads.submit(self._counted, self._under())
                ranked = self._ranked()
        return self._page(ranked, self.query.sort)

    @property
    def total(self) -> int:
        """All hits, on whatever page."""
        return self._counts.result().get(held.EVERY, 0)

    def _ranked(self) -> list[tantivy.DocAddress]:
        """The best candidates in their exact order, and then some as tantivy ranks them."""
        exact = max(RANKED, min(2 * self.query.per_page, 100))
        read, more = self.asked.top
        stop = self.query.page * self.query.per_page
        if self._choices or not read or (len(read) < stop and len(read) < self.total):
            found = self.asked.scored(self._under(), max(exact, MOST_BEST))
            addresses = [address for _, address in found]
            read = [(self.asked.scorer.read(address), address) for address in addresses[:exact]]
            more = addresses[exact:]
        read.sort(key=lambda one: (-one[0].score, -one[0].record.created, -one[0].record.number))
        ranked = [address for _, address in read] + more
        self.best = tuple(self.terms.numbers("number", ranked[:MOST_BEST]))
        return ranked

    def _page(self, ranked: list[tantivy.DocAddress], sort: str) -> list[Hit]:
        first = (self.query.page - 1) * self.query.per_page
        stop = first + self.query.per_page
        if sort not in _SORTS and stop <= len(ranked):
            return self._shown(ranked[first:stop])
        stop = min(stop, self.total)
        if first >= stop:
            return []
        if sort in _SORTS:
            field, order = _SORTS[sort]
            found = self.terms.searcher.search(
                self._under(),
                limit=stop - first,
                offset=first,
                count=False,
                order_by_field=field,
                order=order,
            )
            return self._shown([address for _, address in found.hits])
        page = ranked[first:stop]
        if stop > len(ranked):
            more = max(first, len(ranked))
            rest = self.asked.scored(self._under(), stop - more, offset=more)
            page += [address for _, address in rest]
        return self._shown(page)

    def _shown(self, page: Sequence[tantivy.DocAddress]) -> list[Hit]:
        pattern = None
        if self.plan.units:
            pattern = forms.any_of(analysis.shown_forms(self.plan, self.asked.weights))
        shown = []
        for address in page:
            found = self.asked.scorer.read(address)
            score = 0.0 if self.plan.is_browsing else found.score
            shown.append(snippets.hit_of(found.record.document(), score, pattern))
        return shown

    # --- the facets ---

    def _counted(self, hits: Query, facet: str = "") -> dict[str, int]:
        """Choice -> number of ``hits`` that have it.

        Two ways to the same numbers: along the documents of each choice, which costs what the
        index is large, or through the hits, which costs what they are many.
        """
        if facet or self.asked.about() * FEW > self.terms.total:
            prefix = f"{facet}:" if facet else ""
            return dict(self.terms.searcher.terms_with_prefix("choices", prefix, hits))
        wanted = {"terms": {"field": "choices", "size": _MOST_CHOICES}}
        told = self.terms.searcher.aggregate(hits, {"choices": wanted})
        return {row["key"]: row["doc_count"] for row in told["choices"]["buckets"]}

    def facets(self) -> dict[str, list[facets.FacetCount]]:
        """The lists beside the results; each is counted under the choices of the others."""
        counts: dict[str, dict[str, int]] = {name: {} for name in facets.FACETS}
        for choice, count in self._counts.result().items():
            name, _, slug = choice.partition(":")
            if name in counts and name not in self._choices:
                counts[name][slug] = count
        for name in self._choices:
            rows = self._counted(self._under(but=name), name)
            counts[name] = {choice.partition(":")[2]: count for choice, count in rows.items()}
        return _told(counts, self.query)


def _told(
    counts: Mapping[str, Mapping[str, int]], query: SearchQuery
) -> dict[str, list[facets.FacetCount]]:
    return {
        name: facets.told(counts.get(name, {}), facet, query.facets.get(name, frozenset()))
        for name, facet in facets.FACETS.items()
    }


def _nothing(query: SearchQuery, asked: analysis.Plan) -> SearchResult:
    """The answer of an index that holds nothing, or for nobody."""
    return SearchResult(
        total=0,
        hits=[],
        facets=_told({}, query),
        notes=list(asked.notes),
        related=list(asked.related),
        is_plain=asked.is_plain,
        is_unsure=not asked.is_browsing,
    )


def _one_of(terms: Terms, field: str, values: Sequence[str]) -> Query:
    if len(values) == 1:
        return terms.term(field, values[0])
    return Query.term_set_query(terms.schema, field, list(values))


def _writer(index: tantivy.Index, *, heap: int) -> tantivy.IndexWriter:
    """A writer with one thread; what it was given and did not commit goes with it.

    :raises TimeoutError: if another process keeps one for LOCK_WAIT_S.
    """
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            writer = index.writer(heap_size=heap, num_threads=1)
            # What a killed commit left would stand in the way of the next one of its number.
            writer.garbage_collect_files()
            return writer
        except ValueError as cause:
            if "LockBusy" not in str(cause):
                raise OSError(f"The index cannot be written: {cause}") from cause
            if time.monotonic() > until:
                raise TimeoutError("Another process has been writing to the index.") from cause
            time.sleep(0.05)


def _add(
    writer: tantivy.IndexWriter,
    documents: Iterable[Document],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Add documents; one that cannot be analysed is left out, and named."""
    for done, document in enumerate(documents, 1):
        try:
            new = held.document_of(document, analysis.index_terms(document))
        except Exception:  # boundary: one bad text must not hold up all that come after it
            log.exception("%s is left out of the index", document.key)
        else:
            writer.add_document(new)
        if progress is not None:
            progress(done)


def _finish(writer: tantivy.IndexWriter, sequence: int) -> None:
    """Commit, with the last change that is held now."""
    writer.delete_documents_by_term("key", held.SEQUENCE_KEY)
    writer.add_document(held.sequence_document(sequence))
    writer.commit()


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as cause:
        raise IndexUnusable(f"{path} is gone.") from cause
    return found.st_ino, found.st_mtime_ns
