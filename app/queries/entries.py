"""Reading entries.  Every door to an entry passes through ``visible_to``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from app.db import db, rows_of
from app.errors import NotFound
from app.models import (
    Book,
    Change,
    Community,
    CommunityAncestor,
    Entry,
    EntryPerson,
    EntryYear,
    FormToken,
    Link,
    Program,
    Redirect,
    Revision,
    Tag,
    User,
    WritingTemplate,
    entry_community,
    entry_program,
    entry_tag,
)
from app.policy import WRITING_ROLES, Permission, can, grants_of, is_for_the_province
from app.queries import cards
from app.queries.cards import Card
from app.vocabulary import LISTED_KINDS, EntryKind, PersonRole, Right, Status

OUT_OF_SIGHT = (Status.WAITING, Status.HIDDEN, Status.BINNED)


def visible_to(viewer: User | None) -> sa.Select[Entry]:
    """Entries that ``viewer`` (None: no account) may read: the SQL twin of ENTRY_READ."""
    return sa.select(Entry).where(readable_by(viewer))


def readable_by(viewer: User | None) -> sa.ColumnElement[bool]:
    """The condition behind ``visible_to``, for queries that count or join."""
    public = Entry.status == Status.PUBLISHED
    if viewer is None or not viewer.is_active:
        return public
    reasons = [public, written_by(viewer)]
    if grants_of(viewer, Right.MODERATOR, Right.ADMIN):
        reasons.append(Entry.status.in_(OUT_OF_SIGHT))
    elif grants_of(viewer, Right.FACILITATOR):
        reasons.append(sa.and_(Entry.status.in_(OUT_OF_SIGHT), within_reach_of(viewer)))
    return sa.or_(*reasons)


def written_by(viewer: User) -> sa.ColumnElement[bool]:
    """Entries of which ``viewer`` is author, co-author, or teller or recorder by account."""
    takes_part = of_entry(
        EntryPerson.entry_id == Entry.id,
        EntryPerson.user_id == viewer.id,
        EntryPerson.role.in_(WRITING_ROLES),
    )
    return sa.or_(Entry.author_id == viewer.id, takes_part)


def of_entry(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """EXISTS that knows the Entry of the query around it and none of its other tables.

    So it means the same inside a query that joins communities or programs itself.
    """
    return sa.exists().where(*conditions).correlate(Entry)


def within_reach_of(viewer: User) -> sa.ColumnElement[bool]:
    """Entries at which one of the viewer's rights as facilitator holds."""
    grants = grants_of(viewer, Right.FACILITATOR)
    places = [grant.community_id for grant in grants if grant.community_id is not None]
    programs = [grant.program_id for grant in grants if grant.program_id is not None]
    reasons = [
        of_entry(
            entry_community.c.entry_id == Entry.id,
            entry_community.c.community_id == CommunityAncestor.community_id,
            CommunityAncestor.ancestor_id.in_(places),
        ),
        of_entry(
            entry_program.c.entry_id == Entry.id,
            entry_program.c.program_id.in_(programs),
        ),
    ]
    if any(is_for_the_province(grant) for grant in grants):
        reasons.append(
            sa.and_(
                ~of_entry(entry_community.c.entry_id == Entry.id),
                ~of_entry(entry_program.c.entry_id == Entry.id),
            )
        )
    return sa.or_(*reasons)


def with_card(query: sa.Select[Entry]) -> sa.Select[Entry]:
    """Load with each entry what a card in a list shows, in a fixed number of statements."""
    return query.options(
        joinedload(Entry.author),
        selectinload(Entry.communities),
        selectinload(Entry.programs),
        selectinload(Entry.tags),
        selectinload(Entry.people),
        selectinload(Entry.year_rows),
    )


def get_visible(viewer: User | None, number: int) -> Entry:
    """The entry of that record number; NotFound when missing or hidden from ``viewer``."""
    entry = db.session.scalar(with_card(visible_to(viewer)).where(Entry.number == number))
    if entry is None:
        raise NotFound(f"no entry {number}")
    return entry


def get_all_visible(viewer: User | None, numbers: Sequence[int]) -> dict[int, Entry]:
    """{record number: entry} of those that ``viewer`` may read, with what says who may edit them.

    In a fixed number of statements.
    """
    if not numbers:
        return {}
    query = with_card(visible_to(viewer)).where(Entry.number.in_(numbers))
    query = query.options(selectinload(Entry.limit))
    return {entry.number: entry for entry in db.session.scalars(query).unique()}


def get_visible_page(viewer: User | None, slug: str) -> Entry:
    """The wiki page at that slug; NotFound when missing or hidden from ``viewer``."""
    entry = db.session.scalar(with_card(visible_to(viewer)).where(Entry.page_slug == slug))
    if entry is None:
        raise NotFound(f"no page {slug}")
    return entry


#: Made once: every read of a public page asks it.
STAMP = sa.select(
    Entry.id,
    Entry.kind,
    Entry.slug,
    Entry.page_slug,
    Entry.status,
    Entry.version,
    Entry.reads,
    sa.select(sa.func.max(Change.sequence)).scalar_subquery().label("change"),
).where(Entry.number == sa.bindparam("number"))


def stamp_of(number: int) -> sa.Row | None:
    """What a page cache needs of one entry, and the newest change of any.

    (id, kind, slug, page_slug, status, version, reads, change): beside its own text a page
    shows titles of others, which may be hidden meanwhile.
    """
    return db.session.execute(STAMP, {"number": number}).first()


def number_of_page(slug: str) -> int | None:
    """The record number behind a page's slug, without asking who looks."""
    return db.session.scalar(sa.select(Entry.number).where(Entry.page_slug == slug))


def redirect_for(path: str) -> Entry | None:
    """The entry that an old address leads to."""
    return db.session.scalar(
        sa.select(Entry).join(Redirect, Redirect.entry_id == Entry.id).where(Redirect.path == path)
    )


def newest(
    viewer: User | None,
    *,
    kinds: Iterable[EntryKind] = (),
    limit: int = 20,
    offset: int = 0,
) -> list[Card]:
    """Published entries, the last published first."""
    query = visible_to(viewer).where(Entry.status == Status.PUBLISHED)
    if kinds:
        query = query.where(Entry.kind.in_(tuple(kinds)))
    query = query.order_by(Entry.published_at.desc(), Entry.id.desc()).limit(limit).offset(offset)
    return cards.of(query)


def freshly_commented(viewer: User | None, *, limit: int = 5) -> list[Card]:
    """Published entries with a visible comment, the last commented first."""
    query = (
        visible_to(viewer)
        .where(
            Entry.status == Status.PUBLISHED,
            Entry.commented_at.is_not(None),
            Entry.comment_count > 0,
        )
        .order_by(Entry.commented_at.desc(), Entry.id.desc())
        .limit(limit)
    )
    return cards.of(query)


def asked_last(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """``condition`` in a CASE, so that no planner begins with it.

    For the rule of who may read beside a few entries named by number or id: SQLite, which
    keeps no counts of its rows, walks through all that is published to find twenty numbers
    (12 ms of 10,000 entries; 0.1 ms from the numbers).
    """
    return sa.case((condition, 1), else_=0) == 1


def _of_numbers(viewer: User | None) -> sa.Select[Entry]:
    """What ``viewer`` may read of the record numbers given as ``numbers``."""
    numbers: sa.BindParameter[int] = sa.bindparam("numbers", expanding=True)
    return sa.select(Entry).where(Entry.number.in_(numbers), asked_last(readable_by(viewer)))


#: Made once: every search page of readers without account asks it.
_CARDS_FOR_ALL = cards.statement(_of_numbers(None))


def by_numbers(viewer: User | None, numbers: Sequence[int]) -> list[Card]:
    """Entries in the order of ``numbers``, without those that ``viewer`` may not read."""
    if not numbers:
        return []
    query = _CARDS_FOR_ALL if viewer is None else cards.statement(_of_numbers(viewer))
    found = {card.number: card for card in cards.read(query, {"numbers": list(numbers)})}
    return [found[number] for number in numbers if number in found]


def texts_of(viewer: User | None, numbers: Sequence[int]) -> dict[int, sa.Row]:
    """{record number: (number, html, plain)} of those that ``viewer`` may read."""
    if not numbers:
        return {}
    query = _of_numbers(viewer).with_only_columns(Entry.number, Entry.html, Entry.plain)
    rows = db.session.execute(query, {"numbers": list(numbers)})
    return {row.number: row for row in rows}


def drafts_of(viewer: User) -> list[Entry]:
    """What ``viewer`` writes and has not published, the last edited first."""
    query = (
        with_card(sa.select(Entry))
        .where(written_by(viewer), Entry.status.in_((Status.DRAFT, Status.WAITING)))
        .order_by(Entry.edited_at.desc())
    )
    return list(db.session.scalars(query).unique())


def templates_of(viewer: User) -> list[Entry]:
    """The texts that ``viewer`` begins new ones from, the newest first."""
    query = (
        with_card(visible_to(viewer))
        .join(WritingTemplate, WritingTemplate.entry_id == Entry.id)
        .where(WritingTemplate.user_id == viewer.id, Entry.status != Status.BINNED)
        .order_by(WritingTemplate.created_at.desc(), Entry.id.desc())
    )
    return list(db.session.scalars(query).unique())


def binned_of(viewer: User) -> list[Entry]:
    """What lies in the bin of ``viewer``, the last binned first."""
    query = (
        with_card(sa.select(Entry))
        .where(written_by(viewer), Entry.status == Status.BINNED)
        .order_by(Entry.binned_at.desc())
    )
    return list(db.session.scalars(query).unique())


def in_book(viewer: User | None, book: Book, *, limit: int = 20, offset: int = 0) -> list[Card]:
    """Published entries of a book, newest first."""
    query = (
        visible_to(viewer)
        .where(Entry.book_id == book.id, Entry.status == Status.PUBLISHED)
        .order_by(Entry.published_at.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return cards.of(query)


def count_in_book(viewer: User | None, book: Book) -> int:
    """How many entries ``in_book`` would give in all."""
    query = visible_to(viewer).where(Entry.book_id == book.id, Entry.status == Status.PUBLISHED)
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


#: What no list of versions shows; fifty bodies of 10 kB took longer than all the rest.
TEXT_OF_REVISION = (Revision.body, Revision.header, Revision.summary)


def revisions_of(
    viewer: User | None, entry: Entry, *, limit: int = 50, offset: int = 0
) -> list[Revision]:
    """Saved versions, newest first; those from before publication for its writers only."""
    query = (
        sa.select(Revision)
        .where(Revision.entry_id == entry.id)
        .options(joinedload(Revision.author), *(defer(column) for column in TEXT_OF_REVISION))
        .order_by(Revision.number.desc())
        .limit(limit)
        .offset(offset)
    )
    if not can(viewer, Permission.ENTRY_READ_EARLIER, entry):
        query = query.where(Revision.is_before_publication.is_(False))
    return list(db.session.scalars(query))


def get_revision(viewer: User | None, entry: Entry, number: int) -> Revision:
    """One saved version; NotFound when missing or not for ``viewer``."""
    revision = revision_for(viewer, entry, number)
    if revision is None:
        raise NotFound(f"no revision {number}")
    return revision


def revision_for(viewer: User | None, entry: Entry, number: int) -> Revision | None:
    """One saved version; None when missing or not for ``viewer``."""
    revision = db.session.scalar(
        sa.select(Revision)
        .where(Revision.entry_id == entry.id, Revision.number == number)
        .options(joinedload(Revision.author))
    )
    if revision is None or not revision.is_before_publication:
        return revision
    return revision if can(viewer, Permission.ENTRY_READ_EARLIER, entry) else None


def backlinks_to(viewer: User | None, entry: Entry) -> list[Entry]:
    """Entries whose text links to ``entry`` and that ``viewer`` may read."""
    query = (
        with_card(visible_to(viewer))
        .where(
            Entry.status == Status.PUBLISHED,
            Entry.id.in_(sa.select(Link.entry_id).where(Link.target_id == entry.id)),
        )
        .order_by(Entry.sort_key)
    )
    return list(db.session.scalars(query).unique())


def made_by_form(actor: User, token: str) -> Entry | None:
    """The entry that this form made when it was sent before."""
    return db.session.scalar(
        sa.select(Entry)
        .join(FormToken, FormToken.entry_id == Entry.id)
        .where(FormToken.token == token, FormToken.user_id == actor.id)
    )


#: Made once: every page with a list asks it.
_LAST_CHANGE = sa.select(sa.func.max(Change.sequence))


def last_change() -> int:
    """The newest sequence of the change log: a stamp for pages that show many entries."""
    return rows_of(_LAST_CHANGE).scalar() or 0


def count_published() -> int:
    return (
        db.session.scalar(
            sa.select(sa.func.count(Entry.id)).where(Entry.status == Status.PUBLISHED)
        )
        or 0
    )


def matching(
    viewer: User | None,
    words: Sequence[str],
    *,
    facets: dict[str, frozenset[str]],
    limit: int,
    offset: int,
    without: Sequence[str] = (),
    without_facets: dict[str, frozenset[str]] | None = None,
) -> tuple[int, list[Card]]:
    """A plain database search: every word somewhere in title, summary or text.

    Entries with a word of ``without``, or a choice of ``without_facets``, are left out.

    The answer while the index is being rebuilt; slow and unranked, never wrong about
    who may read.  Returns (total, entries newest first).
    """
    query = visible_to(viewer).where(Entry.status == Status.PUBLISHED)
    for word in words:
        query = query.where(_holds(word))
    for word in without:
        query = query.where(~_holds(word))
    for name, slugs in (without_facets or {}).items():
        chosen = _with_facets(sa.select(Entry), {name: slugs}).with_only_columns(Entry.id)
        query = query.where(Entry.id.not_in(chosen))
    query = _with_facets(query, facets)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    newest_first = query.order_by(Entry.published_at.desc(), Entry.id.desc())
    return total, cards.of(newest_first.limit(limit).offset(offset))


def _holds(word: str) -> sa.ColumnElement[bool]:
    """Whether an entry has the letters of ``word`` in title, summary or text."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"%{escaped}%"
    return sa.or_(
        Entry.title.ilike(like, escape="\\"),
        Entry.summary.ilike(like, escape="\\"),
        Entry.plain.ilike(like, escape="\\"),
    )


def _with_facets(query: sa.Select[Entry], facets: dict[str, frozenset[str]]) -> sa.Select[Entry]:
    if kinds := facets.get("kind"):
        query = query.where(Entry.kind.in_([kind for kind in EntryKind if kind.value in kinds]))
    if slugs := facets.get("community"):
        query = query.where(
            Entry.id.in_(
                sa.select(entry_community.c.entry_id)
                .join(
                    CommunityAncestor,
                    CommunityAncestor.community_id == entry_community.c.community_id,
                )
                .join(Community, Community.id == CommunityAncestor.ancestor_id)
                .where(Community.slug.in_(slugs))
            )
        )
    if slugs := facets.get("program"):
        query = query.where(
            Entry.id.in_(
                sa.select(entry_program.c.entry_id).join(Program).where(Program.slug.in_(slugs))
            )
        )
    if slugs := facets.get("tag"):
        query = query.where(
            Entry.id.in_(sa.select(entry_tag.c.entry_id).join(Tag).where(Tag.slug.in_(slugs)))
        )
    if years := facets.get("year"):
        wanted = [int(year) for year in years if year.isdigit()]
        query = query.where(
            Entry.id.in_(sa.select(EntryYear.entry_id).where(EntryYear.year.in_(wanted)))
        )
    if names := facets.get("author"):
        wrote = sa.select(User.id).where(User.username.in_(names))
        with_others = of_entry(
            EntryPerson.entry_id == Entry.id,
            EntryPerson.role == PersonRole.AUTHOR,
            EntryPerson.user_id.in_(wrote),
        )
        query = query.where(sa.or_(Entry.author_id.in_(wrote), with_others))
    return query


def related_to(viewer: User | None, entry: Entry, *, limit: int = 4) -> list[Entry]:
    """Entries that share a tag, program or community with ``entry``; most shared first."""
    shared = sa.union_all(
        *(
            sa.select(table.c.entry_id.label("entry_id"), sa.literal(weight).label("weight")).where(
                column.in_([row.id for row in rows]), table.c.entry_id != entry.id
            )
            for table, column, rows, weight in (
                (entry_tag, entry_tag.c.tag_id, entry.tags, 3),
                (entry_community, entry_community.c.community_id, entry.communities, 2),
                (entry_program, entry_program.c.program_id, entry.programs, 1),
            )
        )
    ).subquery()
    scored = (
        sa.select(shared.c.entry_id, sa.func.sum(shared.c.weight).label("score"))
        .group_by(shared.c.entry_id)
        .subquery()
    )
    query = (
        with_card(visible_to(viewer))
        .join(scored, scored.c.entry_id == Entry.id)
        .where(Entry.status == Status.PUBLISHED)
        .order_by(scored.c.score.desc(), Entry.published_at.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query).unique())


def titles_by_number(viewer: User | None, numbers: Iterable[int]) -> dict[int, Entry]:
    """Visible entries by record number."""
    rows = db.session.scalars(visible_to(viewer).where(Entry.number.in_(list(numbers)))).unique()
    return {entry.number: entry for entry in rows}


def newest_by(author: User) -> Entry | None:
    """What ``author`` began last: its place, program and year are offered again."""
    query = (
        with_card(sa.select(Entry))
        .where(
            Entry.author_id == author.id,
            Entry.kind.not_in((EntryKind.PAGE, EntryKind.JOURNAL)),
            Entry.status.in_((Status.DRAFT, Status.WAITING, Status.PUBLISHED)),
        )
        .order_by(Entry.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).unique().first()


def by_author(viewer: User | None, user: User, *, limit: int = 20, offset: int = 0) -> list[Card]:
    """Published entries that ``user`` wrote or told, newest first; notes are in the journal."""
    query = (
        _by_author(viewer, user)
        .order_by(Entry.published_at.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return cards.of(query)


def count_by_author(viewer: User | None, user: User) -> int:
    """How many entries ``by_author`` would give in all."""
    query = _by_author(viewer, user).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(query)) or 0


def _by_author(viewer: User | None, user: User) -> sa.Select[Entry]:
    return visible_to(viewer).where(
        written_by(user), Entry.status == Status.PUBLISHED, Entry.kind.in_(LISTED_KINDS)
    )


def public_addresses(*, limit: int) -> list[sa.Row]:
    """(kind, number, slug, page_slug, edited_at) of what everybody may read, newest first."""
    query = (
        sa.select(Entry.kind, Entry.number, Entry.slug, Entry.page_slug, Entry.edited_at)
        .where(readable_by(None))
        .order_by(Entry.published_at.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))
