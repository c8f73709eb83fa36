"""What every engine does, and what a search gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.search.documents import Deletion, Document
from app.search.facets import FacetCount
from app.search.query import SearchQuery

Span = tuple[int, int]

#: Highest hits that a result names besides its page; who knows about a topic is read off them.
MOST_BEST = 60


class IndexUnusable(Exception):
    """There is no index that can be used: missing, damaged, foreign or of an older version.

    The cure is always the same: ``open_engine(name, folder, create=True)`` and ``rebuild``.
    """


@dataclass(frozen=True, slots=True)
class Hit:
    """One found document.  Spans are (start, stop) code points, to be marked after escaping."""

    key: str
    number: int
    score: float
    title: str = ""
    title_spans: list[Span] = field(default_factory=list)
    snippet: str = ""  # a stretch of summary or body, as typed
    snippet_spans: list[Span] = field(default_factory=list)
    in_comments: bool = False  # found beneath the entry only; the snippet is of a comment
    in_files: bool = False  # … or of an attached file


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query."""

    total: int
    hits: list[Hit]
    facets: dict[str, list[FacetCount]]
    notes: list[str] = field(default_factory=list)  # rules that applied: "2007 = พ.ศ. 2550"
    did_you_mean: str | None = None
    took_ms: float = 0.0
    related: list[str] = field(default_factory=list)  # words to try; nothing was added for them
    is_plain: bool = False  # the query held signs of a query language; they were taken as text
    is_unsure: bool = False  # a word or the whole of a short query stands nowhere: misspelt?
    best: tuple[int, ...] = ()  # numbers of the highest, whatever the page: at most MOST_BEST


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line to offer while a reader types."""

    text: str
    kind: str  # "title", "tag"
    key: str = ""  # of the document, for a title; the slug, for a tag


class SearchEngine(Protocol):
    """An index and the way to ask it.  One process writes, any number read."""

    @property
    def sequence(self) -> int:
        """The last change of the log that the index holds; 0 for a new one."""

    def search(
        self, query: SearchQuery, *, audience: frozenset[str], exclude: frozenset[str] = frozenset()
    ) -> SearchResult:
        """Documents for ``query`` that hold one of the tokens ``audience``.

        Keys in ``exclude`` are neither found nor counted.  Without words it browses.
        """

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Titles and tags of public documents that begin with, or else hold, ``text``."""

    def apply(self, batch: Sequence[Document | Deletion], *, sequence: int) -> None:
        """Add, replace and forget, and remember ``sequence``: one commit, all or nothing."""

    def rebuild(
        self,
        documents: Iterable[Document],
        *,
        sequence: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make the index anew from ``documents`` aside, then switch to it.

        :param progress: called with the number of documents done.
        """

    def refresh(self) -> bool:
        """Open what another process has written since; True when there was something.

        :raises IndexUnusable: if the index is gone or damaged.
        """

    def maintain(self) -> bool:
        """Merge what many small commits left, if it is worth it; True when something was done.

        :raises IndexUnusable: if the index is gone or damaged; only a rebuild helps.
        """

    def count(self) -> int:
        """Documents that the index holds."""

    def versions(self) -> dict[str, int]:
        """Key -> ``Document.version`` of every document: what a check compares."""

    def vocabulary(self) -> dict[str, int]:
        """Atom -> number of documents that hold it: what spelling is compared with."""

    def close(self) -> None:
        """Let go of files and memory."""
