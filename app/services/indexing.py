"""The search index follows the change log; it is never written in a request.

One process per index folder writes (see worker.py); the others reopen the index when it
has moved.  A missing, damaged, older or foreign index is built anew aside and swapped,
while pages and the plain database search go on (see rebuilding.py).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, current_app

from app.db import db, end_read, rows_of
from app.errors import SearchUnavailable
from app.models import Change, Comment, Community, CommunityName, Entry, Program, ProgramName, User
from app.policy import WRITING_ROLES, grants_of, is_for_the_province
from app.queries import uploads as upload_queries
from app.queries import words as word_queries
from app.queries.entries import OUT_OF_SIGHT, readable_by, with_card
from app.search.documents import Deletion, Document
from app.search.engine import IndexUnusable, SearchEngine, SearchResult, Suggestion
from app.search.engines.folder import IndexFolder
from app.search.query import SearchQuery
from app.search.registry import ENGINES, open_engine
from app.search.wishes import Wishes
from app.services import words
from app.services.election import Election
from app.vocabulary import CommentStatus, Right, Status

log = logging.getLogger(__name__)

#: Changes applied in one commit of the index.
BATCH = 500
#: Letters of comments that go into one search document.
MOST_COMMENT_LETTERS = 20_000
#: … and letters of attached files.
MOST_FILE_LETTERS = 60_000
#: Searches whose time a process remembers.
MOST_TIMES = 200


class _Watched:
    """An engine whose searches are timed, and whose damage is told to whoever can mend it."""

    def __init__(self, engine: SearchEngine, handle: IndexHandle) -> None:
        self._engine, self._handle = engine, handle

    def search(
        self, query: SearchQuery, *, audience: frozenset[str], exclude: frozenset[str] = frozenset()
    ) -> SearchResult:
        with self._handle.doubting():
            found = self._engine.search(query, audience=audience, exclude=exclude)
        self._handle.times.append(found.took_ms)
        return found

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        with self._handle.doubting():
            return self._engine.suggest(text, limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class IndexHandle:
    """This process's open index; kept at ``app.extensions["search_index"]``.

    It opens the engine that made the generation in use, whichever that is, and follows when
    another process swaps in a generation of another engine.

    :param first_choice: the engine of a folder that has none yet.
    """

    def __init__(self, first_choice: str, folder: Path) -> None:
        self.first_choice, self.folder = first_choice, folder
        self.files, self.wishes = IndexFolder(folder), Wishes(folder)
        #: Held by whoever changes the index, from reading its sequence to the commit: a swap
        #: between the two would let changes slip through.
        self.writing = threading.RLock()
        #: Milliseconds of the last searches of this process.
        self.times: deque[float] = deque(maxlen=MOST_TIMES)
        self._engine: SearchEngine | None = None
        self._name, self._stamp = "", (0, 0)
        self._is_warm = False
        self._lock = threading.Lock()
        self._words_version: str | None = None

    @property
    def name(self) -> str:
        """The engine that answers now; "" while none is open."""
        return self._name

    def engine(self) -> SearchEngine:
        """The engine, opened at first use; SearchUnavailable while there is no good index."""
        with self._lock:
            if self._engine is None:
                self.learn_words()
                with self.doubting():
                    self._engine, self._name, self._stamp = self._opened()
            return self._engine

    def _opened(self) -> tuple[SearchEngine, str, tuple[int, int]]:
        """(what CURRENT names, opened; its engine's name; the stamp of CURRENT)."""
        while True:
            stamp = self.files.stamp()
            try:
                name = self.files.engine()
                engine = cast(SearchEngine, _Watched(open_engine(name, self.folder), self))
                return engine, name, stamp
            except (IndexUnusable, ValueError, ImportError) as cause:
                if self.files.stamp() == stamp:
                    raise SearchUnavailable(str(cause)) from cause
                # swapped between the two looks

    def refresh(self) -> bool:
        """Open what was written since, by whatever engine; True when there was something.

        :raises SearchUnavailable, IndexUnusable: if there is no good index (any more).
        """
        engine = self.engine()
        stamp = self.files.stamp()
        if stamp != self._stamp and self.files.engine() != self._name:
            self.reopen()
            return True
        moved = engine.refresh()
        self._stamp = stamp
        return moved

    def reopen(self) -> None:
        """Answer from what CURRENT names now.

        It is opened and warmed beside the old engine, which answers until then and is not
        closed: a search may be under way in it.  Its files are let go with the last search.
        """
        opened = self._opened()
        lay_out(opened[0])
        with self._lock:
            self._engine, self._name, self._stamp = opened
            self._is_warm = True

    def warm(self) -> None:
        """Once after opening: let the engine lay out what its first reader would wait for."""
        engine = self.engine()
        if not self._is_warm:
            lay_out(engine)
            self._is_warm = True

    def learn_words(self) -> None:
        """Give the segmenter and the synonyms our own words, when they have changed."""
        version = word_queries.version()
        if version != self._words_version:
            words.teach()
            self._words_version = version

    def replace(self, engine: SearchEngine | None) -> None:
        """Answer from ``engine`` from now on (None: open anew at the next call)."""
        with self._lock:
            self._engine = engine
            self._is_warm = False
            if engine is None:
                self._name, self._stamp = "", (0, 0)

    @contextlib.contextmanager
    def doubting(self) -> Iterator[None]:
        """Let the process that writes look at the files when they cannot be read here.

        Its own open files may be good, or it may never read the bad ones.
        """
        try:
            yield
        except (IndexUnusable, SearchUnavailable):
            with contextlib.suppress(IndexUnusable):  # without CURRENT it knows by itself
                self.wishes.leave_doubt(self.files.generation().name)
            raise

    def wanted(self) -> str:
        """The engine that is to be used here.

        The one that was chosen, else the one that made the index, else the setting.
        """
        chosen = self.wishes.engine()
        if chosen in ENGINES:
            return chosen
        with contextlib.suppress(IndexUnusable):
            if (made_by := self.files.engine()) in ENGINES:
                return made_by
        return self.first_choice


def init_app(app: Flask) -> None:
    """Tell this process where its index is; nothing is opened yet."""
    folder = Path(app.config["DATA_DIR"]) / "search_index"
    app.extensions["search_index"] = IndexHandle(str(app.config["SEARCH_ENGINE"]), folder)


def handle() -> IndexHandle:
    found: IndexHandle = current_app.extensions["search_index"]
    return found


def lay_out(engine: SearchEngine) -> None:
    """Ask what makes ``engine`` prepare its facets and suggestions."""
    engine.search(SearchQuery(), audience=frozenset({"public"}))
    engine.suggest("กก")


def catch_up(limit: int = BATCH) -> int:
    """Apply the oldest changes that the index does not hold yet; returns how many."""
    held = handle()
    with held.writing:
        return apply_newer(held.engine(), limit)


def follow() -> int:
    """Apply every change that the index does not hold yet; returns how many."""
    done = 0
    while applied := catch_up():
        done += applied
    return done


def apply_newer(engine: SearchEngine, limit: int = BATCH) -> int:
    """Apply the oldest changes that ``engine`` does not hold yet; returns how many."""
    end_read()
    rows = db.session.execute(
        sa.select(Change.sequence, Change.entry_id)
        .where(Change.sequence > engine.sequence)
        .order_by(Change.sequence)
        .limit(limit)
    ).all()
    if rows:
        batch = list(batch_for({row.entry_id for row in rows}))
        engine.apply(batch, sequence=rows[-1].sequence)
    end_read()
    return len(rows)


def maintain() -> bool:
    """Merge what many small commits left; True when something was done."""
    held = handle()
    with held.writing:
        return held.engine().maintain()


def rebuild(
    progress: Callable[[int, int], None] | None = None, *, engine: str | None = None
) -> int:
    """Build the index anew aside and swap it in; returns the number of documents.

    Searches, and following with the index in use, go on meanwhile.  What is built holds
    everything up to the sequence read before its first document; what was written since is
    applied to it before it is swapped in, so nobody sees a step back.

    :param progress: called with (documents done, documents in all).
    :param engine: the engine to build with; None: the one that is wanted here.
    :raises TimeoutError: if another process builds.
    """
    held = handle()
    name = engine or held.wanted()
    end_read()
    held.learn_words()
    with held.files.building() as folder:
        built = open_engine(name, folder, create=True)
        newest, total = extent()

        def told(done: int) -> None:
            if progress is not None:
                progress(done, max(done, total))

        built.rebuild(all_documents(), sequence=newest, progress=told)
        while apply_newer(built):
            pass
        with held.writing:
            while apply_newer(built):
                pass
            count = built.count()
            built.close()
            held.files.adopt(IndexFolder(folder).generation())
            if held.wishes.engine() not in ENGINES:
                held.wishes.choose(name)
            held.reopen()
    end_read()
    return count


def extent() -> tuple[int, int]:
    """(newest sequence, entries that have a document)."""
    sequence = db.session.scalar(sa.select(sa.func.max(Change.sequence))) or 0
    living = sa.select(sa.func.count(Entry.id)).where(Entry.status != Status.BINNED)
    return sequence, db.session.scalar(living) or 0


def all_documents() -> Iterator[Document]:
    """Every entry that may be found by somebody, in batches of a fixed number of statements."""
    last = 0
    while True:
        ids = db.session.scalars(
            sa.select(Entry.id)
            .where(Entry.id > last, Entry.status != Status.BINNED)
            .order_by(Entry.id)
            .limit(BATCH)
        ).all()
        if not ids:
            return
        yield from documents_of(ids)
        last = ids[-1]
        end_read()


def batch_for(entry_ids: Iterable[int]) -> Iterator[Document | Deletion]:
    """What the index needs for entries that changed."""
    ids = sorted(entry_ids)
    found = set()
    for document in documents_of(ids):
        found.add(document.key)
        yield document
    for entry_id in ids:
        if f"entry:{entry_id}" not in found:
            yield Deletion(key=f"entry:{entry_id}")


def documents_of(entry_ids: Iterable[int]) -> list[Document]:
    """Search documents of entries by id; binned ones are left out."""
    ids = list(entry_ids)
    entries = db.session.scalars(
        with_card(sa.select(Entry))
        .where(Entry.id.in_(ids), Entry.status != Status.BINNED)
        .order_by(Entry.id)
    ).unique()
    loaded = list(entries)
    lineage = _communities({cid for e in loaded for c in e.communities for cid in c.lineage})
    names = _names(loaded, lineage)
    said = _comments(ids)
    attached = upload_queries.texts_of_files(ids)
    documents = []
    for entry in loaded:
        try:
            documents.append(
                document_of(
                    entry, lineage, names, said.get(entry.id, ""), attached.get(entry.id, "")
                )
            )
        except Exception:  # boundary: one bad entry must not hold up the change log
            log.exception("entry %s is left out of the index", entry.number)
    return documents


def document_of(
    entry: Entry,
    lineage: dict[int, str],
    names: dict[str, list[str]],
    said: str,
    attached: str = "",
) -> Document:
    """One search document.

    :param lineage: {community id: slug} of all communities and those above.
    :param names: further names by slug of community or program.
    :param said: the text of its comments.
    :param attached: the words of its files; they count as what stands beneath the entry.
    """
    own = [community.slug for community in entry.communities]
    above = {
        lineage[cid]
        for community in entry.communities
        for cid in community.lineage
        if cid in lineage
    }
    programs = [program.slug for program in entry.programs]
    spoken = [name for slug in sorted(above | set(programs)) for name in names.get(slug, ())]
    spoken += [person.name for person in entry.people]
    return Document(
        key=f"entry:{entry.id}",
        number=entry.number,
        kind=entry.kind.value,
        title=entry.title,
        summary=entry.summary,
        body=entry.plain,
        tags=tuple(tag.slug for tag in entry.tags),
        tag_names=tuple(tag.name for tag in entry.tags),
        authors=authors_of(entry),
        author_name=entry.byline,
        communities=tuple(sorted(above | set(own))),
        programs=tuple(programs),
        years=entry.years,
        fiscal_years=(entry.fiscal_year,) if entry.fiscal_year else (),
        state=entry.state.value if entry.state else "",
        audience=audience_of(entry),
        created=entry.created_at,
        updated=entry.edited_at,
        names="\n".join(spoken),
        comments=f"{said}{attached[:MOST_FILE_LETTERS]}",
        files_at=len(said) if attached else -1,
        version=entry.version,
    )


def authors_of(entry: Entry) -> tuple[str, ...]:
    """User names of those who wrote it."""
    wrote = [entry.author, *(person.user for person in entry.coauthors)]
    return tuple(user.username for user in wrote if user is not None)


def audience_of(entry: Entry) -> tuple[str, ...]:
    """Who may find an entry, as tokens: the third twin of ENTRY_READ.

    The index is never trusted about permission; every hit is asked for again in SQL.
    """
    if entry.status is Status.PUBLISHED:
        return ("public",)
    tokens = {f"user:{entry.author_id}"} if entry.author_id else set()
    tokens |= {
        f"user:{person.user_id}"
        for person in entry.people
        if person.user_id and person.role in WRITING_ROLES
    }
    if entry.status in OUT_OF_SIGHT:
        tokens.add("moderator")
        tokens |= {
            f"community:{cid}" for community in entry.communities for cid in community.lineage
        }
        tokens |= {f"program:{program.id}" for program in entry.programs}
        if not entry.communities and not entry.programs:
            tokens.add("province")
    return tuple(sorted(tokens))


def tokens_of(viewer: User | None) -> frozenset[str]:
    """The tokens that ``viewer`` holds."""
    if viewer is None or not viewer.is_active:
        return frozenset({"public"})
    tokens = {"public", f"user:{viewer.id}"}
    if grants_of(viewer, Right.MODERATOR, Right.ADMIN):
        tokens.add("moderator")
    for grant in grants_of(viewer, Right.FACILITATOR):
        if grant.community_id is not None:
            tokens.add(f"community:{grant.community_id}")
        if grant.program_id is not None:
            tokens.add(f"program:{grant.program_id}")
        if is_for_the_province(grant):
            tokens.add("province")
    return frozenset(tokens)


def pending_hidden_from(viewer: User | None, sequence: int) -> frozenset[str]:
    """Keys of entries that changed after ``sequence`` and that ``viewer`` may not read now.

    So a hidden entry leaves hits and counts at once, before the index follows.
    """
    query = _PENDING_HIDDEN_FROM_ALL if viewer is None else _pending_hidden_from(viewer)
    found = rows_of(query, {"sequence": sequence}).scalars()
    return frozenset(f"entry:{entry_id}" for entry_id in found)


def _pending_hidden_from(viewer: User | None) -> sa.Select[int]:
    """Ids of entries changed after ``sequence``, which ``viewer`` may not read; may repeat.

    In one statement: after an import there are more ids than a statement may carry.
    Without DISTINCT, for which SQLite walks through every change there ever was.
    """
    may_read = sa.exists().where(Entry.id == Change.entry_id, readable_by(viewer))
    return sa.select(Change.entry_id).where(
        Change.sequence > sa.bindparam("sequence"), ~may_read.correlate(Change)
    )


#: Made once: every search of readers without account asks it.
_PENDING_HIDDEN_FROM_ALL = _pending_hidden_from(None)


def _communities(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        sa.select(Community.id, Community.slug).where(Community.id.in_(ids))
    ).all()
    return {row.id: row.slug for row in rows}


def _names(entries: list[Entry], lineage: dict[int, str]) -> dict[str, list[str]]:
    """Every name of the communities and programs of ``entries``, old ones included, by slug."""
    names: dict[str, list[str]] = {}
    places = sa.select(Community.slug, Community.name).where(
        Community.slug.in_(set(lineage.values()))
    )
    older = (
        sa.select(Community.slug, CommunityName.name)
        .join(Community, Community.id == CommunityName.community_id)
        .where(Community.slug.in_(set(lineage.values())))
    )
    program_ids = {program.id for entry in entries for program in entry.programs}
    programs = sa.select(Program.slug, Program.name).where(Program.id.in_(program_ids))
    program_names = (
        sa.select(Program.slug, ProgramName.name)
        .join(Program, Program.id == ProgramName.program_id)
        .where(Program.id.in_(program_ids))
    )
    for query in (places, older, programs, program_names):
        for slug, name in db.session.execute(query):
            kept = names.setdefault(slug, [])
            if name not in kept and not name.isdecimal():
                kept.append(name)
    return names


def _comments(entry_ids: list[int]) -> dict[int, str]:
    rows = db.session.execute(
        sa.select(Comment.entry_id, Comment.plain)
        .where(Comment.entry_id.in_(entry_ids), Comment.status == CommentStatus.VISIBLE)
        .order_by(Comment.created_at)
    )
    said: dict[int, str] = {}
    for entry_id, plain in rows:
        said[entry_id] = f"{said.get(entry_id, '')}\n{plain}"[:MOST_COMMENT_LETTERS]
    return said


def follow_if_alone() -> int | None:
    """Apply every waiting change; None when a running site does it."""
    with leading() as leads:
        if not leads:
            return None
        try:
            handle().refresh()
        except (SearchUnavailable, IndexUnusable):
            return rebuild()
        return follow()


def may_write() -> bool:
    """Whether no other process of this data folder writes the index now."""
    with leading() as leads:
        return leads


@contextlib.contextmanager
def leading() -> Iterator[bool]:
    """Whether this process is the one that writes the index, for the length of the block."""
    election = Election(Path(current_app.config["DATA_DIR"]))
    try:
        yield election.won()
    finally:
        election.resign()
