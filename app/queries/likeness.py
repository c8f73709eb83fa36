"""Names that are like what somebody types: entries, people and keywords to offer in a form.

Read from the database and not from the index: what was published a second ago is offered,
and what the viewer may not see never is.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.models import Entry, Tag, User, entry_tag
from app.queries.entries import readable_by, written_by
from app.text import thai
from app.text.slugs import slugify
from app.vocabulary import Status

#: Words of a title that are compared, and how much of their letters a like title holds.
MOST_WORDS, LEAST_ALIKE = 8, 0.5
#: Shorter pieces and the commonest words ("ให้", "ทุก") stand in too many titles to tell.
SHORTEST_WORD, MOST_COMMON = 3, 0.0015

#: What a line of suggestions needs of an entry.
COLUMNS = (Entry.id, Entry.title, Entry.kind, Entry.status, Entry.number, Entry.slug)
COLUMNS_OF_PAGE = (*COLUMNS, Entry.page_slug)


def entries_titled(viewer: User | None, text: str, *, limit: int = 8) -> list[sa.Row]:
    """Published entries whose title holds ``text``, those that begin with it first.

    Without text: what the viewer wrote last.  Rows of id, title, kind, status, number, slug
    and page_slug.
    """
    query = sa.select(*COLUMNS_OF_PAGE).where(
        Entry.status == Status.PUBLISHED, readable_by(viewer), Entry.title != ""
    )
    folded = _folded(text)
    if not folded:
        if viewer is None:
            return []
        query = query.where(written_by(viewer)).order_by(Entry.edited_at.desc(), Entry.id)
        return list(db.session.execute(query.limit(limit)))
    begins = Entry.folded.startswith(folded, autoescape=True)
    query = query.where(Entry.folded.contains(folded, autoescape=True)).order_by(
        sa.case((begins, 0), else_=1), sa.func.length(Entry.folded), Entry.number
    )
    return list(db.session.execute(query.limit(limit)))


def entries_like(
    viewer: User | None, title: str, *, but: int | None = None, limit: int = 5
) -> list[sa.Row]:
    """Entries that ``viewer`` sees, public or still drafts, with a title like ``title``.

    :param but: record number of the entry that is being written.
    """
    words = _words(title)
    if not words:
        return []
    least = LEAST_ALIKE * sum(map(len, words))
    shared = sum(
        (
            sa.case((Entry.folded.contains(word, autoescape=True), len(word)), else_=0)
            for word in words
        ),
        start=sa.literal(0),
    )
    query = (
        sa.select(*COLUMNS_OF_PAGE)
        .where(
            Entry.status.in_((Status.PUBLISHED, Status.DRAFT)),
            readable_by(viewer),
            shared >= least,
        )
        .order_by(shared.desc(), sa.func.length(Entry.folded), Entry.number)
        .limit(limit)
    )
    if but is not None:
        query = query.where(Entry.number != but)
    return list(db.session.execute(query))


def people_called(text: str, *, limit: int = 8) -> list[sa.Row]:
    """(username, display_name) of accounts in use whose name or user name holds ``text``."""
    text = " ".join(text.split())[:100]
    query = sa.select(User.username, User.display_name).where(User.blocked_at.is_(None))
    if text:
        query = query.where(
            sa.or_(
                User.username.icontains(text, autoescape=True),
                User.display_name.icontains(text, autoescape=True),
            )
        )
    return list(db.session.execute(query.order_by(User.sort_key, User.id).limit(limit)))


def tags_called(viewer: User | None, text: str, *, limit: int = 8) -> list[str]:
    """Names of keywords that hold ``text`` and lead to something the viewer sees."""
    slug = slugify(text) if text.strip() else ""
    uses = (
        sa.select(entry_tag.c.tag_id, sa.func.count().label("uses"))
        .join(Entry, Entry.id == entry_tag.c.entry_id)
        .where(Entry.status == Status.PUBLISHED, readable_by(viewer))
        .group_by(entry_tag.c.tag_id)
        .subquery()
    )
    query = sa.select(Tag.name).join(uses, uses.c.tag_id == Tag.id)
    if text.strip():
        query = query.where(
            sa.or_(
                Tag.name.icontains(text.strip(), autoescape=True),
                Tag.slug.contains(slug, autoescape=True) if slug else sa.false(),
            )
        )
    query = query.order_by(uses.c.uses.desc(), Tag.sort_key, Tag.id)
    return list(db.session.scalars(query.limit(limit)))


def _folded(text: str) -> str:
    return thai.normalise(text[:300]).replace(" ", "")


def _words(title: str) -> list[str]:
    """The words of a title that tell something, the longest first."""
    pieces = dict.fromkeys(word.strip() for word in thai.cut(thai.normalise(title[:300])))
    long = [word for word in pieces if len(word) >= SHORTEST_WORD]
    telling = [word for word in long if thai.commonness(word) < MOST_COMMON] or long
    return sorted(telling, key=len, reverse=True)[:MOST_WORDS]
