"""Posts, stories and wiki pages: what they need before they are public."""

from __future__ import annotations

from flask_babel import gettext as _

from app.errors import Invalid
from app.models import Entry, User
from app.services import entries, merging, rendering, telling
from app.services.entries import Draft, Origin
from app.services.form_tokens import Sent
from app.text.cleaning import is_blank


def create(
    actor: User | None,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    origin: Origin | None = None,
) -> Entry:
    """Store a new draft; a title is needed, so that it can be found again."""
    check(draft)
    page = rendering.render(draft.body, is_lesson=False)
    return entries.create(
        actor, draft, form_token=form_token, digest=digest, origin=origin, page=page
    )


def save(
    actor: User | None,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: Sent | None = None,
) -> Entry:
    """Store a new revision, merged with what was saved since ``base``.

    Raises EditConflict when both changed the same.
    """
    return merging.save(actor, entry, draft, base=base, note=note, sent=sent, prepare=prepared)


def prepared(draft: Draft) -> tuple[Draft, rendering.Page]:
    """The draft as it is stored, and its page; Invalid when it cannot be taken."""
    check(draft)
    return draft, rendering.render(draft.body, is_lesson=False)


def publish(actor: User | None, entry: Entry) -> Entry:
    """Make it public; Invalid names what is missing, and the draft stays as it is."""
    missing = missing_for_publishing(entry) | telling.gaps(actor, entry)
    if missing:
        raise Invalid(missing)
    return entries.publish(actor, entry)


def check(draft: Draft) -> None:
    """What even a draft must have."""
    if not draft.title:
        raise Invalid({"title": [_("Give it a title first.")]})
    entries.check_lengths(draft)


def missing_for_publishing(entry: Entry) -> dict[str, list[str]]:
    """Fields that a post, story or page still lacks, with a sentence each."""
    return _gaps(entry.title, entry.body)


def gaps_of(draft: Draft) -> dict[str, list[str]]:
    """The same for a draft that is about to replace a published text."""
    return _gaps(draft.title, draft.body)


def _gaps(title: str, body: str) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if is_blank(title):
        faults["title"] = [_("Give it a title first.")]
    if is_blank(body):
        faults["body"] = [_("Not filled in yet: %(field)s", field=_("Text"))]
    return faults
