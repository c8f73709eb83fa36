"""The default engine: Whoosh keeps the postings, arrays over them give the answers.

Whoosh's own scoring took 9 ms at the median and 50 ms at worst for 10,000 documents, its
filters with a time limit have shown forbidden documents, and its index is made of pickles.
So Whoosh is the store: its ordered term hash, its files and its lock.  Scoring, exact
totals and facets are numpy over the postings where they lie (see snapshot.py), and the
audience is part of every query.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.search import analysis, facets, forms, snippets, synonyms
from app.search.documents import Deletion, Document
from app.search.engine import MOST_BEST, Hit, IndexUnusable, SearchResult, Suggestion
from app.search.engines.folder import (
    MANIFEST,
    IndexFolder,
    Manifest,
    SegmentInfo,
    check_sizes,
    read_manifest,
    write_manifest,
)
from app.search.engines.segments import Segment, SegmentWriter
from app.search.engines.snapshot import Answer, Snapshot, narrowed, page_of
from app.search.query import SearchQuery

log = logging.getLogger(__name__)

#: A rebuild begins a new segment after so many postings (about 90 MB of memory).
MOST_POSTINGS = 4_000_000
#: So many segments of one size are merged into one by ``maintain``.
TIER = 8
#: Documents merged in one go; larger segments stay as they are until a rebuild.
MOST_MERGED = 4_000
#: What reading a damaged file may raise.
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
)


class WhooshEngine:
    """A search engine whose index lies in ``folder``.

    :param create: open even if there is no good index; it is empty until ``rebuild``.
    :raises IndexUnusable: if there is no good index and ``create`` is not set.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self._folder = IndexFolder(folder)
        self._fingerprint = analysis.fingerprint()
        self._lock = threading.RLock()
        self._generation: Path | None = None
        self._manifest = Manifest(self._fingerprint)
        self._snapshot = Snapshot((), ())
        self._seen: tuple[int, int] = (0, 0)  # identity of the manifest file
        try:
            self.refresh()
        except IndexUnusable:
            if not create:
                raise

    @property
    def sequence(self) -> int:
        return self._manifest.sequence

    def count(self) -> int:
        return self._snapshot.count

    def close(self) -> None:
        with self._lock:
            self._snapshot, self._manifest = Snapshot((), ()), Manifest(self._fingerprint)
            self._generation, self._seen = None, (0, 0)

    # --- reading ---

    def refresh(self) -> bool:
        with self._lock:
            generation = self._folder.generation()
            seen = _identity(generation / MANIFEST)
            if generation == self._generation and seen == self._seen:
                return False
            for _ in range(5):
                manifest = read_manifest(generation, self._fingerprint)
                try:
                    self._open(generation, manifest)
                    break
                except IndexUnusable:
                    # A commit between the two reads removes files: look once more.
                    generation = self._folder.generation()
                    if read_manifest(generation, self._fingerprint) == manifest:
                        raise
            self._seen = seen
            return True

    def _open(self, generation: Path, manifest: Manifest) -> None:
        known = {
            segment.name: segment
            for segment in self._snapshot.segments
            if segment.folder == generation
        }
        segments = []
        for info in manifest.segments:
            segment = known.get(info.name)
            if segment is None:
                check_sizes(generation, info)
                with _damage_named(generation):
                    segment = Segment(generation, info.name)
            segments.append(segment)
        with _damage_named(generation):
            self._snapshot = Snapshot(segments, [info.deleted for info in manifest.segments])
        self._generation, self._manifest = generation, manifest

    def search(
        self, query: SearchQuery, *, audience: frozenset[str], exclude: frozenset[str] = frozenset()
    ) -> SearchResult:
        started = time.perf_counter()
        snapshot = self._snapshot
        asked = analysis.plan(query.text, synonyms.current())
        with _damage_named(self._generation):
            allowed = snapshot.live & snapshot.holding("audience", audience)
            for key in exclude:
                place = snapshot.place_of(key)
                if place is not None:
                    allowed[place] = False
            for name, slugs in query.without.items():
                allowed &= ~snapshot.holding(name, slugs)
            answer = snapshot.answer(asked, allowed)
            hits, counts = narrowed(snapshot, answer.found, query.facets)
            shown = self._page(snapshot, hits, answer, query, asked)
            best = () if asked.is_browsing else self._best(snapshot, hits, answer)
        return SearchResult(
            total=int(hits.sum()),
            hits=shown,
            facets={
                name: facets.told(counts[name], facet, query.facets.get(name, frozenset()))
                for name, facet in facets.FACETS.items()
            },
            notes=list(asked.notes),
            took_ms=(time.perf_counter() - started) * 1000,
            related=list(asked.related),
            is_plain=asked.is_plain,
            is_unsure=answer.is_unsure,
            best=best,
        )

    def _page(
        self,
        snapshot: Snapshot,
        hits: np.ndarray,
        answer: Answer,
        query: SearchQuery,
        asked: analysis.Plan,
    ) -> list[Hit]:
        sort = "newest" if asked.is_browsing and query.sort == "relevance" else query.sort
        first = (query.page - 1) * query.per_page
        places = page_of(snapshot, hits, answer.score, sort=sort, first=first, count=query.per_page)
        pattern = (
            forms.any_of(analysis.shown_forms(asked, answer.weights)) if answer.weights else None
        )
        return [
            snippets.hit_of(snapshot.document(place), float(answer.score[place]), pattern)
            for place in places
        ]

    def _best(self, snapshot: Snapshot, hits: np.ndarray, answer: Answer) -> tuple[int, ...]:
        places = page_of(snapshot, hits, answer.score, sort="relevance", first=0, count=MOST_BEST)
        return tuple(snapshot.number[places].tolist())

    def versions(self) -> dict[str, int]:
        with _damage_named(self._generation):
            return self._snapshot.versions()

    def vocabulary(self) -> dict[str, int]:
        with _damage_named(self._generation):
            return self._snapshot.vocabulary()

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        with _damage_named(self._generation):
            return self._snapshot.suggest(text, limit)

    # --- writing ---

    def apply(self, batch: Sequence[Document | Deletion], *, sequence: int) -> None:
        newest = {item.key: item for item in batch}
        with self._folder.lock(), self._lock:
            self._begin()
            documents = [item for item in newest.values() if isinstance(item, Document)]
            kept = self._without(newest)
            self._commit(kept, _analysed(documents), sequence=sequence)

    def _begin(self) -> None:
        """Stand on the newest commit of the folder; make a first generation if there is none."""
        try:
            self.refresh()
        except IndexUnusable:
            if self._folder.path.is_dir() and any(self._folder.path.glob("generation-*")):
                raise
            generation = self._folder.new_generation()
            write_manifest(generation, Manifest(self._fingerprint))
            self._folder.switch(generation)
            self.refresh()

    def _without(self, keys: Iterable[str]) -> list[SegmentInfo]:
        """The segments of now with the documents ``keys`` deleted."""
        kept = []
        wanted = list(keys)
        for info, segment in zip(self._manifest.segments, self._snapshot.segments, strict=True):
            with _damage_named(self._generation):
                places = {segment.place_of(key) for key in wanted} - {None}
            deleted = sorted({*info.deleted, *(place for place in places if place is not None)})
            kept.append(replace(info, deleted=tuple(deleted)))
        return kept

    def _commit(
        self, kept: list[SegmentInfo], analysed: Iterable[Analysed], *, sequence: int
    ) -> None:
        assert self._generation is not None
        new = _written(self._generation, analysed)
        segments = [info for info in kept if info.live] + new
        write_manifest(
            self._generation,
            Manifest(self._fingerprint, sequence, self._manifest.commit + 1, tuple(segments)),
        )
        self.refresh()

    def maintain(self) -> bool:
        """Merge ``TIER`` segments of about one size, and those that are half deleted."""
        with self._folder.lock(), self._lock:
            self.refresh()  # raises when the index was taken away: the caller rebuilds it
            merged = _worth_merging(self._manifest.segments)
            if not merged:
                return False
            names = {info.name for info in merged}
            kept = [info for info in self._manifest.segments if info.name not in names]
            self._commit(kept, self._held_in(names), sequence=self._manifest.sequence)
            return True

    def _held_in(self, names: set[str]) -> Iterator[Analysed]:
        snapshot = self._snapshot
        for segment, base in zip(snapshot.segments, snapshot.bases, strict=False):
            if segment.name in names:
                for place in np.flatnonzero(snapshot.live[base : base + segment.size]).tolist():
                    with _damage_named(self._generation):
                        held = segment.document(place), segment.terms(place)
                    yield held

    def rebuild(
        self,
        documents: Iterable[Document],
        *,
        sequence: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        with self._folder.lock():
            generation = self._folder.new_generation()
            segments = _written(generation, _analysed(documents), progress)
            write_manifest(generation, Manifest(self._fingerprint, sequence, 1, tuple(segments)))
            self._folder.switch(generation)
            self.refresh()


Analysed = tuple[Document, analysis.IndexTerms]


def _analysed(documents: Iterable[Document]) -> Iterator[Analysed]:
    """Documents with their terms; one that cannot be analysed is left out, and named."""
    for document in documents:
        try:
            terms = analysis.index_terms(document)
        except Exception:  # boundary: one bad text must not hold up all that come after it
            log.exception("%s is left out of the index", document.key)
        else:
            yield document, terms


def _written(
    generation: Path, analysed: Iterable[Analysed], progress: Callable[[int], None] | None = None
) -> list[SegmentInfo]:
    """Documents with their terms as new segments, not yet part of any commit."""
    segments: list[SegmentInfo] = []
    writer: SegmentWriter | None = None
    try:
        for done, (document, terms) in enumerate(analysed, 1):
            if writer is None:
                writer = SegmentWriter(generation, secrets.token_hex(8))
            writer.add(document, terms)
            if writer.postings >= MOST_POSTINGS:
                segments.append(_finished(writer))
                writer = None
            if progress is not None:
                progress(done)
        if writer is not None:
            segments.append(_finished(writer))
    except BaseException:
        if writer is not None:
            writer.abandon()
        raise
    return segments


def _finished(writer: SegmentWriter) -> SegmentInfo:
    return SegmentInfo(writer.name, len(writer), writer.finish())


def _worth_merging(segments: Sequence[SegmentInfo]) -> list[SegmentInfo]:
    """The smallest tier with TIER segments in it; else segments that are half deleted."""
    tiers: dict[int, list[SegmentInfo]] = {}
    for info in segments:
        if info.live * 2 <= MOST_MERGED:
            tiers.setdefault(len(np.base_repr(max(info.live, 1), TIER)), []).append(info)
    for _, tier in sorted(tiers.items()):
        if len(tier) >= TIER:
            return tier
    half_gone = [
        info
        for info in segments
        if len(info.deleted) * 2 > info.documents and info.live <= MOST_MERGED
    ]
    return half_gone


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as cause:
        raise IndexUnusable(f"{path} is gone.") from cause
    return found.st_ino, found.st_mtime_ns


@contextlib.contextmanager
def _damage_named(generation: Path | None) -> Iterator[None]:
    """Give what a damaged file raises its one name."""
    try:
        yield
    except _DAMAGE as cause:
        raise IndexUnusable(f"The index in {generation} is damaged: {cause!r}") from cause
