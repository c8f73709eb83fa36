"""A new title: the old address leads on, and links that name the old title are repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid
from app.models import Entry, FormerTitle, Link, Redirect, User
from app.policy import Permission, can, ensure
from app.services import (
    audit,
    drafts,
    entries,
    jobs,
    linking,
    notices,
    rendering,
    rule_books,
)
from app.text import references
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.vocabulary import AuditAction, EntryKind, JobKind

#: Notes are kept with the revision and read in Thai, whoever reads.
RENAMED = "เปลี่ยนชื่อจาก “{old}” เป็น “{new}”"
REPAIRED = "แก้ลิงก์ หน้านั้นเปลี่ยนชื่อเป็น “{title}”"


def rename(actor: User, entry: Entry, *, title: str, reason: str = "") -> Entry:
    """Give an entry another title, and a page the address that goes with it.

    The step is a revision whose reason names both titles.  Links in other texts work at
    once, by the former title; a job brings their words in line.
    """
    title = clean_line(title)
    if not title:
        raise Invalid({"title": [drafts.no_title()]})
    ensure(actor, Permission.ENTRY_EDIT, entry)
    reason = audit.clean_reason(reason)

    def renamed(known: Entry) -> entries.Made | None:
        if known.title == title:
            return None
        note = RENAMED.format(old=known.title, new=title)
        draft = replace(drafts.draft_of(known), title=title)
        draft, page = rule_books.prepared(known, draft)
        return entries.Made(draft, page, f"{note}: {reason}" if reason else note)

    def record(actor: User, fresh: Entry, keepers: Sequence[User]) -> None:
        move_page(fresh, slugify(title))
        audit.record(actor, AuditAction.RENAME, f"entry:{fresh.id}", reason=reason)
        notices.tell_of_edit(keepers, fresh, actor)
        jobs.enqueue(
            JobKind.REPAIR_LINKS, f"repair:{fresh.id}", {"entry": fresh.id, "actor": actor.id}
        )

    return entries.change(actor, entry, renamed, record=record) or entry


def move_page(entry: Entry, wanted: str) -> None:
    """Give a page another address; the one it had leads on."""
    if entry.kind is not EntryKind.PAGE or not entry.page_slug or entry.page_slug == wanted:
        return
    old, entry.page_slug = entry.page_slug, linking.free_page_slug(wanted, entry.number, entry)
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
    def repaired(known: Entry) -> entries.Made | None:
        draft = drafts.draft_of(known)
        for target in targets:
            draft = replace(draft, body=references.rename(draft.body, target, title))
        if draft.body == known.body:
            return None
        try:
            draft, page = rule_books.prepared(known, draft)
        except Invalid:  # too long with the new title: the former one goes on leading there
            return None
        return entries.Made(draft, page, REPAIRED.format(title=title))

    return 1 if entries.change(actor, linker, repaired) else 0
