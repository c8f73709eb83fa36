"""Where an entry stands: published, withdrawn, hidden, in the bin, given to its author."""

from __future__ import annotations

from app.clock import now
from app.db import transaction
from app.models import Entry, User
from app.policy import Permission, ensure
from app.services import (
    audit,
    books,
    changes,
    entries,
    history,
    linking,
    programs,
    settings,
    throttles,
)
from app.vocabulary import AuditAction, EntryKind, PersonRole, Status


def publish(actor: User, entry: Entry) -> Entry:
    """Make a draft or waiting entry public.  The rules of its kind were asked before."""
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_PUBLISH, fresh)
        throttles_for_publishing(actor)
        if fresh.status is Status.PUBLISHED:
            return fresh
        if fresh.published_at is None:
            fresh.published_at = now()
            history.show_newest_revision(fresh)
        set_status(fresh, Status.PUBLISHED)
        programs.tell_of_proposed(actor, fresh)
        audit.record(actor, AuditAction.PUBLISH, f"entry:{fresh.id}")
    return fresh


def throttles_for_publishing(actor: User) -> None:
    """The brake against floods of one account (settings: entries_per_hour)."""
    throttles.hit(
        "publish", str(actor.id), limit=int(settings.get("entries_per_hour")), window_s=3600
    )


def withdraw(actor: User, entry: Entry) -> Entry:
    """Take a published entry back to draft."""
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_PUBLISH, fresh)
        set_status(fresh, Status.DRAFT)
        audit.record(actor, AuditAction.WITHDRAW, f"entry:{fresh.id}")
    return fresh


def bin_entry(actor: User, entry: Entry, *, reason: str = "") -> Entry:
    """Put an entry into the bin; its status is kept for the way back."""
    reason = audit.clean_reason(reason)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_BIN, fresh)
        fresh.status_before_bin, fresh.binned_at = fresh.status, now()
        set_status(fresh, Status.BINNED)
        audit.record(actor, AuditAction.BIN, f"entry:{fresh.id}", reason=reason)
    return fresh


def restore(actor: User, entry: Entry) -> Entry:
    """Take an entry out of the bin, comments intact, to where it stood."""
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_RESTORE, fresh)
        set_status(fresh, fresh.status_before_bin or Status.DRAFT)
        fresh.status_before_bin = fresh.binned_at = None
        audit.record(actor, AuditAction.RESTORE, f"entry:{fresh.id}")
    return fresh


def hide(actor: User, entry: Entry, *, reason: str) -> Entry:
    """Take an entry out of everybody's sight but its writers' and moderators'."""
    reason = audit.reason_needed(reason)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_HIDE, fresh)
        fresh.status_before_bin = (
            fresh.status if fresh.status is not Status.HIDDEN else fresh.status_before_bin
        )
        fresh.hidden_reason = reason
        set_status(fresh, Status.HIDDEN)
        audit.record(actor, AuditAction.HIDE, f"entry:{fresh.id}", reason=reason)
    return fresh


def unhide(actor: User, entry: Entry, *, reason: str) -> Entry:
    """Bring a hidden entry back to where it stood."""
    reason = audit.reason_needed(reason)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_HIDE, fresh)
        if fresh.status is Status.HIDDEN:
            was_public = Status.PUBLISHED if fresh.published_at else Status.DRAFT
            set_status(fresh, fresh.status_before_bin or was_public)
            fresh.status_before_bin, fresh.hidden_reason = None, ""
            audit.record(actor, AuditAction.UNHIDE, f"entry:{fresh.id}", reason=reason)
    return fresh


def set_status(entry: Entry, status: Status) -> None:
    """Move an entry; where it appears or goes, the texts that link to it are made anew."""
    is_news = Status.PUBLISHED in (entry.status, status) and entry.status is not status
    entry.status = status
    changes.append(entry)
    if is_news:
        linking.ask_to_relink(entry)


def assign_author(actor: User, entry: Entry, author: User) -> Entry:
    """Give an imported entry to the account that wrote it; the log notes who and when."""
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_ASSIGN_AUTHOR, fresh)
        fresh.author_id, fresh.author_name = author.id, ""
        if fresh.kind is not EntryKind.JOURNAL:
            fresh.book = books.first_book(author)
        fresh.people = [  # the author is not named twice
            row
            for row in fresh.people
            if row.role is not PersonRole.AUTHOR or row.user_id != author.id
        ]
        changes.append(fresh)
        audit.record(actor, AuditAction.ASSIGN_AUTHOR, f"entry:{fresh.id}", author=author.username)
    return fresh
