"""A new title: the old address leads on, and links that name the old title are repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db, transaction
from app.errors import EditConflict, Invalid
from app.models import Entry, FormerTitle, Link, Redirect, User
from app.policy import Permission, can, ensure
from app.services import audit, drafts, entries, jobs, notices, rendering, revisions
from app.services.entries import Origin
from app.text import references
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.vocabulary import AuditAction, EntryKind, JobKind


def rename(actor: User, entry: Entry, *, title: str, reason: str = "") -> Entry:
    """Give an entry another title, and a page the address that goes with it.

    The step is a revision whose reason names both titles.  Links in other texts work at
    once, by the former title; a job brings their words in line.
    """
    title = clean_line(title)
    if not title:
        raise Invalid({"title": [_("Give it a title first.")]})
    draft = replace(drafts.draft_of(entry), title=title)
    entries.check_lengths(draft)
    draft, page = revisions.prepared(entry, draft)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        if fresh.revision_number != entry.revision_number or fresh.body != draft.body:
            raise EditConflict(mine=draft, theirs=entries.newest_revision(fresh), base=None)
        if fresh.title == title:
            return fresh
        old, keepers = fresh.title, notices.keepers_of(fresh)
        move_page(fresh, slugify(title))
        note = _("Renamed from “%(old)s” to “%(new)s”", old=old, new=title)
        note = f"{note}: {clean_line(reason)}" if clean_line(reason) else note
        entries.store(actor, fresh, draft, page=page, origin=Origin(note=note))
        audit.record(actor, AuditAction.RENAME, f"entry:{fresh.id}", reason=clean_line(reason))
        notices.tell_of_edit(keepers, fresh, actor)
        jobs.enqueue(
            JobKind.REPAIR_LINKS, f"repair:{fresh.id}", {"entry": fresh.id, "actor": actor.id}
        )
    return fresh


def move_page(entry: Entry, wanted: str) -> None:
    """Give a page another address; the one it had leads on."""
    if entry.kind is not EntryKind.PAGE or not entry.page_slug or entry.page_slug == wanted:
        return
    old, entry.page_slug = entry.page_slug, entries.free_page_slug(wanted, entry.number, entry)
    leave_redirect(entry, old)
    db.session.execute(sa.delete(Redirect).where(Redirect.path == f"/pages/{entry.page_slug}"))


def leave_redirect(entry: Entry, slug: str) -> None:
    """Let /pages/<slug>, which the entry had, lead to it from now on."""
    path = f"/pages/{slug}"
    db.session.execute(sa.delete(Redirect).where(Redirect.path == path))
    db.session.add(Redirect(path=path, entry_id=entry.id))


def repair(entry_id: int, actor_id: int) -> int:
    """Write the new title into links that name a former one; returns how many texts changed.

    In the name of whoever renamed, and only where they may edit; elsewhere the former
    title goes on leading here.  Run twice, it finds nothing the second time.
    """
    entry, actor = db.session.get(Entry, entry_id), db.session.get(User, actor_id)
    if entry is None or actor is None:
        return 0
    own = rendering.path_of(entry.kind, entry.number, entry.slug, entry.page_slug)
    if rendering.addresses_of([entry.title]).get(entry.title) != own:
        return 0  # another text has the same title: the words would lead there
    count = 0
    for linker_id, targets in _old_links(entry).items():
        linker = db.session.get(Entry, linker_id)
        if linker is not None and can(actor, Permission.ENTRY_EDIT, linker):
            count += _repair_text(actor, linker, targets, entry.title)
    return count


def _old_links(entry: Entry) -> dict[int, list[str]]:
    """{id of an entry: targets as written} of the links that name a former title."""
    former = sa.select(FormerTitle.folded).where(FormerTitle.entry_id == entry.id)
    rows = db.session.execute(
        sa.select(Link.entry_id, Link.target).where(
            Link.target_id == entry.id, Link.folded.in_(former), Link.folded != entry.folded
        )
    )
    found: dict[int, list[str]] = {}
    for linker_id, target in rows:
        found.setdefault(linker_id, []).append(target)
    return found


def _repair_text(actor: User, linker: Entry, targets: Sequence[str], title: str) -> int:
    draft = drafts.draft_of(linker)
    for target in targets:
        draft = replace(draft, body=references.rename(draft.body, target, title))
    if draft.body == linker.body:
        return 0
    base = linker.revision_number
    draft, page = revisions.prepared(linker, draft)
    note = _("Link repaired: the page is now called “%(title)s”", title=title)
    entries.save(actor, linker, draft, base=base, note=note, page=page)
    return 1
