"""Who points at whom: the links of a text, the titles and addresses that lead to an entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.models import Entry, FormerTitle, Link, Redirect
from app.services import changes, jobs, rendering
from app.vocabulary import JobKind


def keep_former_title(entry: Entry, title: str, folded: str) -> None:
    """Let links that name the title which a public entry had lead to it from now on."""
    if not folded or entry.published_at is None:
        return
    same = FormerTitle.folded.in_([folded, entry.folded])
    db.session.execute(sa.delete(FormerTitle).where(FormerTitle.entry_id == entry.id, same))
    db.session.add(FormerTitle(entry_id=entry.id, title=title, folded=folded, until=now()))


def relink(entry: Entry, page: rendering.Page) -> None:
    """Keep who this entry points at, for "what links here" and for red links."""
    db.session.execute(sa.delete(Link).where(Link.entry_id == entry.id))
    folded = {target: rendering.fold(target) for target in page.wiki_targets}
    known = _targets(
        set(folded.values()), page.own_numbers, page.own_slugs | set(page.wiki_targets)
    )
    by_title = {row.folded: row.id for row in known}
    by_slug = {row.page_slug: row.id for row in known if row.page_slug}
    former = rendering.with_former_titles(set(folded.values()))
    for target, key in folded.items():
        found = by_title.get(key) or by_slug.get(target) or former.get(key)
        db.session.add(
            Link(entry_id=entry.id, target=target[:300], folded=key[:300], target_id=found)
        )
    named = {
        row.id for row in known if row.number in page.own_numbers or row.page_slug in page.own_slugs
    }
    named |= set(_moved_pages(page.own_slugs))
    for target_id in sorted(named - {entry.id}):
        db.session.add(Link(entry_id=entry.id, target="", folded="", target_id=target_id))


def _targets(folded: set[str], numbers: frozenset[int], slugs: Iterable[str]) -> Sequence[Any]:
    conditions = [
        Entry.number.in_(numbers),
        Entry.page_slug.in_(list(slugs)),
        Entry.folded.in_(folded),
    ]
    return db.session.execute(
        sa.select(Entry.id, Entry.number, Entry.page_slug, Entry.folded).where(sa.or_(*conditions))
    ).all()


def _moved_pages(slugs: Iterable[str]) -> Sequence[int]:
    """Ids of the entries that former addresses of pages lead to."""
    paths = [f"/pages/{slug}" for slug in slugs]
    if not paths:
        return []
    return db.session.scalars(sa.select(Redirect.entry_id).where(Redirect.path.in_(paths))).all()


def ask_to_relink(entry: Entry) -> None:
    """Have the texts that name this entry's title rendered again: red links turn live.

    Called behind ``changes.append``, as ``jobs.enqueue`` asks for.
    """
    db.session.flush()
    names = [entry.folded, rendering.fold(entry.page_slug or "")]
    waiting = db.session.scalars(
        sa.select(Link.entry_id)
        .where(
            sa.or_(Link.folded.in_([name for name in names if name]), Link.target_id == entry.id)
        )
        .distinct()
    ).all()
    for entry_id in waiting:  # perhaps its own: a text may name itself
        jobs.enqueue(JobKind.RERENDER, f"rerender:{entry_id}", {"entry": entry_id})


def render_again_if_stale(entry: Entry, page: rendering.Page) -> None:
    """Have ``entry`` rendered anew when its [[links]] lead elsewhere than ``page`` has them.

    A page is rendered before its transaction begins, so a title can appear or go between.
    Called behind ``changes.append``: its lock lets whoever publishes the title at the same
    moment either be seen here, or see the links of this entry (``ask_to_relink``).  A saving
    that changes nothing comes without it, so it is taken here before the lock of the job
    (``jobs.enqueue``): both ask for one rendering, one behind the other.
    """
    if rendering.addresses_of(page.wiki_targets) != page.addresses:
        changes.append(entry)
        jobs.enqueue(JobKind.RERENDER, f"rerender:{entry.id}", {"entry": entry.id})


def free_page_slug(wanted: str, number: int, entry: Entry | None = None) -> str:
    """``wanted``, or with the record number behind it when another page has or had it.

    :param entry: the page that asks, which may take an address of its own again.
    """
    own = entry.id if entry is not None else None
    taken = db.session.scalar(
        sa.select(Entry.id).where(Entry.page_slug == wanted, Entry.id.is_distinct_from(own))
    ) or db.session.scalar(
        sa.select(Redirect.id).where(
            Redirect.path == f"/pages/{wanted}", Redirect.entry_id.is_distinct_from(own)
        )
    )
    return wanted if taken is None else f"{wanted}-{number}"
