"""Who alone may edit: a facilitator locks a text, limits it to a group, or opens it again."""

from __future__ import annotations

from flask_babel import gettext as _

from app.clock import now
from app.db import transaction
from app.errors import Invalid
from app.models import EditLimit, Entry, User
from app.policy import Permission, ensure
from app.services import audit, changes, entries, taxonomy
from app.text.cleaning import is_blank
from app.vocabulary import AuditAction, LimitedTo


def limit(actor: User, entry: Entry, *, to: LimitedTo, reason: str, community: str = "") -> Entry:
    """Let only facilitators, or only the writers of ``community`` (a slug), edit an entry."""
    reason = audit.clean_reason(reason)
    faults: dict[str, list[str]] = {}
    if is_blank(reason):
        faults["reason"] = [_("Say why; the reason is shown to those who want to edit.")]
    if to is LimitedTo.COMMUNITY and not community:
        faults["community"] = [_("Choose the community whose writers may edit.")]
    if faults:
        raise Invalid(faults)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_LIMIT, fresh)
        chosen = None
        if to is LimitedTo.COMMUNITY:
            chosen = next(iter(taxonomy.resolve_communities((community,))), None)
        fresh.limit = fresh.limit or EditLimit(entry_id=fresh.id)
        fresh.limit.to, fresh.limit.reason = to, reason
        fresh.limit.community_id = chosen.id if chosen is not None else None
        fresh.limit.by_id, fresh.limit.at = actor.id, now()
        audit.record(actor, AuditAction.LIMIT, f"entry:{fresh.id}", reason=reason, to=to.value)
        changes.append(fresh)
    return fresh


def open_again(actor: User, entry: Entry) -> Entry:
    """Let everybody edit again who could before."""
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_LIMIT, fresh)
        if fresh.limit is not None:
            fresh.limit = None
            audit.record(actor, AuditAction.UNLIMIT, f"entry:{fresh.id}")
            changes.append(fresh)
    return fresh
