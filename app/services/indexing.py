"""The search index follows the change log; it is never written in a request.

One process per index folder writes (see worker.py); the others reopen the index when its
sequence moves.  A missing, damaged, older or foreign index is built anew aside and
swapped, while pages and the plain database search go on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, current_app

from app.db import db, end_read, rows_of
from app.errors import SearchUnavailable
from app.models import Change, Comment, Community, CommunityName, Entry, Program, ProgramName, User
from app.policy import grants_of, is_for_the_province
from app.queries import words as word_queries
from app.queries.entries import OUT_OF_SIGHT, readable_by, with_card
from app.search.documents import Deletion, Document
from app.search.engine import IndexUnusable, SearchEngine
from app.search.registry import open_engine
from app.services import words
from app.services.election import Election
from app.vocabulary import CommentStatus, Right, Status

log = logging.getLogger(__name__)

#: Changes applied in one commit of the index.
BATCH = 500
#: Letters of comments that go into one search document.
MOST_COMMENT_LETTERS = 20_000


class IndexHandle:
    """This process's open index; kept at ``app.extensions["search_index"]``."""

    def __init__(self, engine_name: str, folder: Path) -> None:
        self.engine_name, self.folder = engine_name, folder
        self._engine: SearchEngine | None = None
        self._lock = threading.Lock()
        self._words_version: str | None = None

    def engine(self) -> SearchEngine:
        """The engine, opened at first use; SearchUnavailable while there is no good index."""
        with self._lock:
            if self._engine is None:
                self.learn_words()
                try:
                    self._engine = open_engine(self.engine_name, self.folder)
                except IndexUnusable as cause:
                    raise SearchUnavailable(str(cause)) from cause
            return self._engine

    def learn_words(self) -> None:
        """Give the segmenter and the synonyms our own words, when they have changed."""
        version = word_queries.version()
        if version != self._words_version:
            words.teach()
            self._words_version = version

    def replace(self, engine: SearchEngine | None) -> None:
        """Answer from ``engine`` from now on (None: open anew at the next call)."""
        with self._lock:
            was, self._engine = self._engine, engine
        if was is not None and was is not engine:
            was.close()


def init_app(app: Flask) -> None:
    """Tell this process where its index is; nothing is opened yet."""
    folder = Path(app.config["DATA_DIR"]) / "search_index"
    app.extensions["search_index"] = IndexHandle(str(app.config["SEARCH_ENGINE"]), folder)


def handle() -> IndexHandle:
    found: IndexHandle = current_app.extensions["search_index"]
    return found


def catch_up(limit: int = BATCH) -> int:
    """Apply the oldest changes that the index does not hold yet; returns how many."""
    engine = handle().engine()
    end_read()
    rows = db.session.execute(
        sa.select(Change.sequence, Change.entry_id)
        .where(Change.sequence > engine.sequence)
        .order_by(Change.sequence)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    engine.apply(list(batch_for({row.entry_id for row in rows})), sequence=rows[-1].sequence)
    end_read()
    return len(rows)


def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Build the index anew aside and swap it in; returns the number of documents.

    It holds everything up to the sequence read before the first document; ``catch_up``
    brings what was written meanwhile.
    """
    end_read()
    sequence = db.session.scalar(sa.select(sa.func.max(Change.sequence))) or 0
    total = (
        db.session.scalar(sa.select(sa.func.count(Entry.id)).where(Entry.status != Status.BINNED))
        or 0
    )
    handle().learn_words()
    handle().replace(None)
    engine = open_engine(handle().engine_name, handle().folder, create=True)

    def told(done: int) -> None:
        if progress is not None:
            progress(done, max(done, total))

    engine.rebuild(all_documents(), sequence=sequence, progress=told)
    handle().replace(engine)
    end_read()
    return engine.count()


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
    documents = []
    for entry in loaded:
        try:
            documents.append(document_of(entry, lineage, names, said.get(entry.id, "")))
        except Exception:  # boundary: one bad entry must not hold up the change log
            log.exception("entry %s is left out of the index", entry.number)
    return documents


def document_of(
    entry: Entry, lineage: dict[int, str], names: dict[str, list[str]], said: str
) -> Document:
    """One search document.

    :param lineage: {community id: slug} of all communities and those above.
    :param names: further names by slug of community or program.
    :param said: the text of its comments.
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
        author=entry.author.username if entry.author else "",
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
        comments=said,
        version=entry.version,
    )


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
        if person.user_id and person.role != "participant"
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


def may_write() -> bool:
    """Whether no other process of this data folder writes the index now."""
    election = Election(Path(current_app.config["DATA_DIR"]))
    won = election.won()
    election.resign()
    return won


def follow_if_alone() -> int | None:
    """Apply every waiting change; None when a running site does it."""
    election = Election(Path(current_app.config["DATA_DIR"]))
    if not election.won():
        return None
    try:
        handle().engine()
    except (SearchUnavailable, IndexUnusable, OSError):
        return rebuild()
    else:
        done = 0
        while applied := catch_up():
            done += applied
        return done
    finally:
        election.resign()
