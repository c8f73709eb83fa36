"""Which rules a kind of text follows, and a draft made ready by them."""

from __future__ import annotations

from app.errors import Invalid
from app.models import Entry, User
from app.services import drafts, entries, forums, lessons, posts, rendering, telling
from app.services.drafts import Draft, Faults
from app.services.rules import Rules
from app.vocabulary import EntryKind

#: The kinds that have rules of their own; all others follow those of posts.
RULES: dict[EntryKind, Rules] = {EntryKind.LESSON: lessons.RULES, EntryKind.FORUM: forums.RULES}


def rules_of(kind: EntryKind) -> Rules:
    """The rules of a kind; those of posts when it has none of its own."""
    return RULES.get(kind, posts.RULES)


def prepared(entry: Entry | None, draft: Draft) -> tuple[Draft, rendering.Page]:
    """``draft`` as it is stored in ``entry`` (None: in a new one), and its page.

    Slow, so before any transaction.

    :raises Invalid: it cannot be taken; names each fault.
    """
    rules = rules_of(draft.kind)
    draft = rules.titled(draft)
    if faults := rules.faults_of(draft):
        raise Invalid(faults)
    used = entries.used_part_ids(entry) if entry is not None else set()
    draft = rules.numbered(rules.over(draft, entry), used)
    return draft, drafts.page_of(draft)


def gaps_of(draft: Draft, entry: Entry | None, writer: User | None) -> Faults:
    """What a draft lacks as a public text, {field: sentences}: by its kind, and of its tellers.

    :param entry: what it is, or is going to be, stored in; None: a new one of ``writer``.
    """
    return rules_of(draft.kind).gaps_of(draft) | telling.gaps_of(draft, entry, writer)
