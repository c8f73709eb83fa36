"""Lists for those who keep the pages: wanted, orphan and long untouched ones."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.clock import now
from app.db import db
from app.models import Entry, Link, User
from app.queries.entries import visible_to, with_card
from app.vocabulary import EntryKind, Status

#: Pages that every page of the site links to from its foot.
AT_THE_FOOT = ("about", "guide", "privacy")
UNTOUCHED_DAYS = 365


class Wanted(NamedTuple):
    """A title that texts link to and no public text has."""

    title: str
    linked: int  # texts that link to it


def wanted_pages(*, limit: int = 100) -> list[Wanted]:
    """Red links of public texts, those that most texts have first."""
    linker, target = aliased(Entry), aliased(Entry)
    count = sa.func.count(sa.distinct(Link.entry_id))
    query = (
        sa.select(sa.func.min(Link.target), count)
        .join(linker, linker.id == Link.entry_id)
        .outerjoin(target, target.id == Link.target_id)
        .where(
            linker.status == Status.PUBLISHED,
            Link.folded != "",
            sa.or_(target.id.is_(None), target.status != Status.PUBLISHED),
        )
        .group_by(Link.folded)
        .order_by(count.desc(), sa.func.min(Link.target))
        .limit(limit)
    )
    return [Wanted(title, many) for title, many in db.session.execute(query)]


def orphan_pages(viewer: User | None, *, limit: int = 100) -> list[Entry]:
    """Public wiki pages to which no other public text links."""
    linker = aliased(Entry)
    linked = sa.select(Link.target_id).join(linker, linker.id == Link.entry_id)
    linked = linked.where(
        linker.status == Status.PUBLISHED,
        Link.target_id.is_not(None),
        Link.target_id != Link.entry_id,
    )
    query = _pages(viewer).where(Entry.id.not_in(linked), Entry.page_slug.not_in(AT_THE_FOOT))
    return _listed(query.order_by(Entry.sort_key), limit)


def untouched_pages(viewer: User | None, *, limit: int = 100) -> list[Entry]:
    """Public wiki pages that nobody has edited for a year, the oldest first."""
    before = now() - timedelta(days=UNTOUCHED_DAYS)
    query = _pages(viewer).where(Entry.edited_at < before)
    return _listed(query.order_by(Entry.edited_at), limit)


def _pages(viewer: User | None) -> sa.Select[Entry]:
    return visible_to(viewer).where(Entry.kind == EntryKind.PAGE, Entry.status == Status.PUBLISHED)


def _listed(query: sa.Select[Entry], limit: int) -> list[Entry]:
    return list(db.session.scalars(with_card(query).limit(limit)).unique())
